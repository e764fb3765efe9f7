"""Metadata fields for tests."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from app.domain.metadata.definitions import new_field
from app.domain.metadata.fields import MetadataField
from app.domain.params import Params

MOMENT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)

COLOURS = {"values": [{"external_id": "r", "value": "Red"}, {"external_id": "g", "value": "Green"}]}


def field(field_type: str = "string", **changes: Any) -> MetadataField:
    """A field as a request makes it; list fields have the options ``r`` and ``g``."""
    given: dict[str, Any] = {"type": field_type, "external_id": "f", "label": "F"}
    if field_type in ("enum", "set"):
        given["datasource"] = COLOURS
    return new_field(Params.from_mapping(given | changes), MOMENT)
