"""Moderation of assets: who was asked, and what became of it (CONTRACT B5, E1, E3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, TypeAlias

ModerationStatus: TypeAlias = Literal["pending", "approved", "rejected", "queued", "aborted"]

#: In the order of the documentation.
STATUSES: tuple[ModerationStatus, ...] = ("pending", "approved", "rejected", "queued", "aborted")


@dataclass(frozen=True, slots=True)
class Moderation:
    """What one moderator says of an asset.

    Attributes:
        kind: ``manual``, ``duplicate``, or an add-on's name.
        response: what it found, as JSON; empty if there is nothing to say.
        updated_at: UTC; ``None`` as long as nobody has decided.
    """

    kind: str
    status: ModerationStatus = "pending"
    response: Mapping[str, Any] = field(default_factory=dict)
    updated_at: datetime | None = None
