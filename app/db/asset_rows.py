"""Rows of ``assets`` as domain objects and back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from app.db.sql import from_json, from_seconds, to_seconds
from app.db.tables import assets
from app.domain.assets import Asset, Categorization, Tag

_COLUMNS = [column.name for column in assets.columns]


def to_asset(
    row: Sequence[Any], tags: tuple[Tag, ...] = (), results: tuple[Categorization, ...] = ()
) -> Asset:
    """A row of ``assets`` with what belongs to it as a domain object."""
    values = dict(zip(_COLUMNS, row, strict=True))
    values["created_at"] = from_seconds(values["created_at"])
    values["updated_at"] = from_seconds(values["updated_at"])
    values["context"] = from_json(values["context"])
    return Asset(**values, tags=tags, categorizations=results)


def columns(asset: Asset) -> dict[str, Any]:
    """The values of an asset's own columns as the driver takes them."""
    values = {name: getattr(asset, name) for name in _COLUMNS}
    values["created_at"] = to_seconds(asset.created_at)
    values["updated_at"] = to_seconds(asset.updated_at)
    values["context"] = orjson.dumps(dict(asset.context)).decode()
    return values
