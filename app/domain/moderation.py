"""Moderation of assets: who was asked, and what became of it (CONTRACT B5, E1, E3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal, TypeAlias

from app.domain.addons import LABELS
from app.domain.errors import BadRequest

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


#: Every kind there is a queue of.
KINDS = ("manual", "duplicate", *LABELS["moderation"])

#: Similarity from which on two pictures are duplicates unless the request says.
DUPLICATE_THRESHOLD = 0.8


@dataclass(frozen=True, slots=True)
class ModerationRequest:
    """A moderator that an upload asks for.

    Attributes:
        kind: one of :data:`KINDS`.
        threshold: of ``duplicate``: the similarity, up to 1, that is too much; with 0 nothing is
            compared.
    """

    kind: str
    threshold: float = DUPLICATE_THRESHOLD


def parse_requests(text: str) -> tuple[ModerationRequest, ...]:
    """Read ``moderation``: kinds joined with ``|``, ``duplicate:0.9`` with its threshold.

    Arguments of add-ons (``aws_rek:explicit_nudity:0.9``) are theirs to read.

    Raises:
        BadRequest: ``Moderation <x> moderation is not valid``; ``manual`` is not the last one,
            or one is asked twice.
    """
    found: list[ModerationRequest] = []
    for part in filter(None, (part.strip() for part in text.split("|"))):
        kind, colon, argument = part.partition(":")
        kinds = [request.kind for request in found]
        if kind not in KINDS or kind in kinds or "manual" in kinds:
            raise _invalid(part)
        if kind == "manual" and colon:
            raise _invalid(part)
        threshold = _threshold(part, argument) if kind == "duplicate" and colon else None
        found.append(
            ModerationRequest(kind) if threshold is None else ModerationRequest(kind, threshold)
        )
    return tuple(found)


def parse_status(text: str) -> ModerationStatus:
    """Read the status of a moderation.

    Raises:
        BadRequest: it is no status.
    """
    for status in STATUSES:
        if text == status:
            return status
    raise BadRequest(f"Invalid value {text[:200]} for parameter moderation_status")


def parse_decision(text: str) -> ModerationStatus:
    """Read what a person decides: ``approved``, ``rejected``, or ``pending`` to decide anew.

    Raises:
        BadRequest: it is no decision.
    """
    status = parse_status(text)
    if status not in ("approved", "rejected", "pending"):
        raise BadRequest(f"Invalid value {text[:200]} for parameter moderation_status")
    return status


def _threshold(part: str, argument: str) -> float:
    try:
        number = float(argument)
    except ValueError as error:
        raise _invalid(part) from error
    if not 0 <= number <= 1:
        raise _invalid(part)
    return number


def _invalid(part: str) -> BadRequest:
    return BadRequest(f"Moderation {part[:200]} moderation is not valid")


def is_rejected(moderations: Sequence[Moderation]) -> bool:
    """Whether an asset must not be shown: a person's decision counts for more than an add-on's."""
    for item in moderations:
        if item.kind == "manual" and item.status in ("approved", "rejected"):
            return item.status == "rejected"
    return any(item.status == "rejected" for item in moderations)


def decided(
    moderations: Sequence[Moderation], status: ModerationStatus, now: datetime
) -> tuple[Moderation, ...]:
    """The moderations with a person's decision.

    It goes to the queue of ``manual`` if the asset is in that; else it overrides what add-ons
    said; else it is the first thing that anybody says of the asset.
    """
    if not moderations:
        return (Moderation("manual", status, {}, now),)
    manual = any(item.kind == "manual" for item in moderations)
    return tuple(
        replace(item, status=status, updated_at=now)
        if item.kind == "manual" or not manual
        else item
        for item in moderations
    )
