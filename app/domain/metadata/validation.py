"""Validation rules of metadata fields: ``greater_than``, ``less_than``, ``strlen``, ``and``.

A rule is the JSON object of Cloudinary's Admin API: ``{"type": "less_than", "value": 5,
"equals": true}``, ``{"type": "strlen", "min": 1, "max": 20}``, ``{"type": "and", "rules": […]}``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from app.domain.errors import BadRequest
from app.domain.metadata.fields import MAX_TEXT, FieldType, Value

#: Longest string that a ``strlen`` rule can allow.
MAX_STRLEN = 10_000

#: Rules that one ``and`` can put together.
MAX_RULES = 20

_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def check_rule(raw: object, field_type: FieldType) -> dict[str, Any]:
    """A rule in its normal form.

    Raises:
        BadRequest: ``validation is invalid``: malformed, or not for fields of this type.
    """
    rule = _rule(raw, field_type)
    if rule is None and isinstance(raw, Mapping) and raw.get("type") == "and":
        rules = raw.get("rules")
        if isinstance(rules, list) and 0 < len(rules) <= MAX_RULES:
            parts = [_rule(part, field_type) for part in rules]
            if None not in parts:
                rule = {"type": "and", "rules": parts}
    if rule is None:
        raise BadRequest("validation is invalid")
    return rule


def satisfies(value: Value, rule: Mapping[str, Any] | None) -> bool:
    """Whether a value of the field's type keeps to its rule."""
    if rule is None:
        return not isinstance(value, str) or len(value) <= MAX_TEXT
    if rule["type"] == "and":
        rules = rule["rules"]
        # The usual limit of strings ends where some rule sets another.
        limited = any(part.get("max") is not None for part in rules)
        return all(_holds(value, part) for part in rules) and (limited or satisfies(value, None))
    return _holds(value, rule) and (rule.get("max") is not None or satisfies(value, None))


def integer(value: object) -> int | None:
    """A whole number from JSON or text; ``None`` if it is none."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value if abs(value) < 10**18 else None
    if isinstance(value, str) and _INTEGER.fullmatch(value.strip()):
        return int(value)
    return None


def day(value: object) -> str | None:
    """A date as ``YYYY-MM-DD``; ``None`` if it is none."""
    if isinstance(value, str) and _DATE.fullmatch(value):
        try:
            return date.fromisoformat(value).isoformat()
        except ValueError:
            return None
    return None


def _rule(raw: object, field_type: FieldType) -> dict[str, Any] | None:
    """One rule that is no ``and``; ``None`` if it is malformed."""
    if not isinstance(raw, Mapping):
        return None
    kind = raw.get("type")
    if kind in ("greater_than", "less_than") and field_type in ("integer", "date"):
        limit = (integer if field_type == "integer" else day)(raw.get("value"))
        equals = raw.get("equals", False)
        if limit is not None and isinstance(equals, bool):
            return {"type": kind, "value": limit, "equals": equals}
    if kind == "strlen" and field_type == "string":
        return _strlen(raw)
    return None


def _strlen(raw: Mapping[str, Any]) -> dict[str, Any] | None:
    given = {name: raw[name] for name in ("min", "max") if raw.get(name) is not None}
    limits = {name: integer(value) for name, value in given.items()}
    if not limits or any(n is None or not 0 <= n <= MAX_STRLEN for n in limits.values()):
        return None
    if (limits.get("min") or 0) > (limits.get("max", MAX_STRLEN) or 0):
        return None
    return {"type": "strlen", **limits}


def _holds(value: Any, rule: Mapping[str, Any]) -> bool:
    if rule["type"] == "strlen":
        low, high = rule.get("min", 0), rule.get("max", MAX_STRLEN)
        return bool(low <= len(value) <= high)
    # Dates in this form are ordered as their texts are.
    if value == rule["value"]:
        return bool(rule["equals"])
    return bool((value > rule["value"]) == (rule["type"] == "greater_than"))
