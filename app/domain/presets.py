"""Upload presets: named upload parameters kept on the server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class UploadPreset:
    """A preset.

    Attributes:
        unsigned: whether uploads without a signature may use it.
        settings: upload parameters as the Admin API takes and returns them (JSON values).
        external_id: 32 hex digits.
    """

    name: str
    external_id: str
    unsigned: bool = False
    settings: Mapping[str, Any] = field(default_factory=dict)
