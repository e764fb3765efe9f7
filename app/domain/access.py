"""``access_control``: who may fetch an asset without a token, and when (CONTRACT B2)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, TypeAlias

import orjson

from app.domain.errors import BadRequest

AccessType: TypeAlias = Literal["token", "anonymous"]

#: Rules of one asset; the documentation speaks of one of each type.
MAX_RULES = 10

#: ``2019-03-22 00:00 +0200``, as the SDKs' own examples write a zone.
_SPACED_ZONE = re.compile(r"\s+(?=[+-]\d\d:?\d\d$|Z$)")


@dataclass(frozen=True, slots=True)
class AccessRule:
    """One way to be let in.

    Attributes:
        access_type: ``token``: with a valid token at any time; ``anonymous``: without one.
        start, end: UTC, the time within which the rule holds; ``None`` for no bound.
    """

    access_type: AccessType
    start: datetime | None = None
    end: datetime | None = None

    def holds(self, now: datetime) -> bool:
        """Whether ``now`` is within its time: ``start`` belongs to it, ``end`` no longer does."""
        return (self.start is None or self.start <= now) and (self.end is None or now < self.end)


def is_open(rules: Iterable[AccessRule], now: datetime) -> bool:
    """Whether anybody may fetch it now: there are no rules, or an anonymous one holds."""
    rules = tuple(rules)
    return not rules or any(rule.access_type == "anonymous" and rule.holds(now) for rule in rules)


def parse(value: Any) -> tuple[AccessRule, ...]:
    """Read the rules.

    Args:
        value: a JSON array of ``{"access_type", "start", "end"}``, as text or already read; one
            rule may come without the array. Times are ISO 8601, UTC unless they say otherwise,
            or Unix seconds. An empty text or array means none.

    Raises:
        BadRequest: ``Invalid value <v> for parameter access_control``.
    """
    try:
        read = orjson.loads(value.strip() or "[]") if isinstance(value, str) else value or []
        items = [read] if isinstance(read, dict) else read
        rules = tuple(_rule(item) for item in items)
    except (ValueError, TypeError, OverflowError, KeyError, AttributeError) as error:
        raise _invalid(value) from error
    anonymous = [rule for rule in rules if rule.access_type == "anonymous"]
    if len(rules) > MAX_RULES or len(anonymous) > 1:
        raise _invalid(value)
    return rules


def to_json(rules: Iterable[AccessRule]) -> list[dict[str, str]]:
    """The rules as replies show them, and as :func:`parse` reads them."""
    return [
        {"access_type": rule.access_type}
        | {
            name: moment.isoformat(timespec="seconds").replace("+00:00", "Z")
            for name, moment in (("start", rule.start), ("end", rule.end))
            if moment is not None
        }
        for rule in rules
    ]


def _rule(item: dict[str, Any]) -> AccessRule:
    start, end = _moment(item.get("start")), _moment(item.get("end"))
    if start and end and start >= end:
        raise ValueError("the time ends before it begins")
    match item["access_type"]:
        case "token":
            return AccessRule("token", start, end)
        case "anonymous":
            return AccessRule("anonymous", start, end)
    raise ValueError("no such access type")


def _moment(value: Any) -> datetime | None:
    if value is None or value == "":
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        return datetime.fromtimestamp(value, UTC)
    moment = datetime.fromisoformat(_SPACED_ZONE.sub("", value.strip()))
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return aware.astimezone(UTC).replace(microsecond=0)


def _invalid(value: Any) -> BadRequest:
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    return BadRequest(f"Invalid value {text[:200]} for parameter access_control")
