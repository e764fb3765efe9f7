"""Conditional metadata rules: what a field does while others have certain values (CONTRACT E11).

Rules are kept, checked and shown. They are not applied to values: they steer the forms of
user interfaces, which read them; whether uploads through Cloudinary's API heed them is not
documented.

A condition is ``{"metadata_field_id", "populated" | "includes" | "equals"}``, or
``{"and": […]}``, ``{"or": […]}`` of conditions. A result says what then happens to the field:
``enable``, ``disable``, ``hide``, ``set_mandatory``, ``activate_values``, ``apply_value``.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

import orjson

from app.domain.errors import BadRequest
from app.domain.metadata.fields import MAX_OPTIONS, is_text
from app.domain.params import Params

MAX_RULES = 1000

#: Conditions in one condition, and conditions inside one another.
MAX_CONDITIONS = 100
MAX_DEPTH = 10

_MAX_POSITION = 1_000_000

_SWITCHES = ("enable", "disable", "hide", "set_mandatory")
_APPLY_MODES = ("default", "override", "append")


@dataclass(frozen=True, slots=True)
class MetadataRule:
    """A rule.

    Attributes:
        external_id: 64 hex digits, made by the service.
        metadata_field_id: external id of the field that it changes.
        position: among the rules of that field; those that have none come in order of creation.
    """

    external_id: str
    metadata_field_id: str
    name: str
    condition: Mapping[str, Any]
    result: Mapping[str, Any]
    active: bool = True
    position: int | None = None

    def to_json(self) -> dict[str, Any]:
        """The rule as clients see it."""
        shown: dict[str, Any] = {
            "external_id": self.external_id,
            "metadata_field_id": self.metadata_field_id,
            "name": self.name,
            "condition": dict(self.condition),
            "condition_signature": self._signature(),
            "result": dict(self.result),
            "state": "active" if self.active else "inactive",
        }
        return shown if self.position is None else shown | {"position": self.position}

    def _signature(self) -> str:
        """The same for the same condition; in Cloudinary's form, a UUID."""
        text = orjson.dumps(self.condition, option=orjson.OPT_SORT_KEYS)
        return str(uuid.UUID(bytes=hashlib.md5(text).digest(), version=3))


def new_rule(external_id: str, params: Params, fields: Collection[str]) -> MetadataRule:
    """The rule that a request to create one describes.

    Args:
        fields: external ids of the cloud's fields.

    Raises:
        BadRequest: something required is missing or something given is wrong.
    """
    for name in ("metadata_field_id", "name", "condition", "result"):
        if name not in params:
            raise BadRequest(f"Missing required parameter - {name}")
    return changed_rule(MetadataRule(external_id, "", "", {}, {}), params, fields)


def changed_rule(rule: MetadataRule, params: Params, fields: Collection[str]) -> MetadataRule:
    """The rule with what a request gives.

    Raises:
        BadRequest: something given is wrong.
    """
    changes: dict[str, Any] = {}
    if "metadata_field_id" in params:
        changes["metadata_field_id"] = _existing(params.text("metadata_field_id"), fields)
    if "name" in params:
        name = params.text("name").strip()
        if not name or not is_text(name):
            raise BadRequest("name is invalid")
        changes["name"] = name
    if "condition" in params:
        changes["condition"] = _Conditions(fields).check(params.raw("condition"))
    if "result" in params:
        changes["result"] = _result(params.raw("result"))
    if "state" in params:
        state = params.text("state")
        if state not in ("active", "inactive"):
            raise BadRequest(f"Invalid value {state[:100]} for parameter state")
        changes["active"] = state == "active"
    if "position" in params:
        position = params.integer("position", default=0)
        if not 0 <= position <= _MAX_POSITION:
            raise BadRequest(f"Invalid value {position} for parameter position")
        changes["position"] = position
    return replace(rule, **changes)


class _Conditions:
    """Checks one condition with all that are in it."""

    def __init__(self, fields: Collection[str]) -> None:
        self._fields = fields
        self._left = MAX_CONDITIONS

    def check(self, raw: object, depth: int = 1) -> dict[str, Any]:
        """The condition itself.

        Raises:
            BadRequest: ``condition is invalid``, or a field does not exist.
        """
        self._left -= 1
        if not isinstance(raw, Mapping) or self._left < 0 or depth > MAX_DEPTH:
            raise BadRequest("condition is invalid")
        for word in ("and", "or"):
            if word in raw:
                parts = raw[word]
                if len(raw) != 1 or not isinstance(parts, list) or not parts:
                    raise BadRequest("condition is invalid")
                return {word: [self.check(part, depth + 1) for part in parts]}
        return self._simple(raw)

    def _simple(self, raw: Mapping[str, Any]) -> dict[str, Any]:
        name = _existing(raw.get("metadata_field_id"), self._fields)
        tests = {key: raw[key] for key in raw if key != "metadata_field_id"}
        if not tests or any(not _is_test(key, value) for key, value in tests.items()):
            raise BadRequest("condition is invalid")
        return {"metadata_field_id": name, **tests}


def _is_test(key: str, value: object) -> bool:
    """Whether it is a test of a field's value."""
    if key == "populated":
        return isinstance(value, bool)
    if key == "equals" and (is_text(value) or type(value) in (int, bool)):
        return True
    return key in ("equals", "includes") and _is_ids(value)


def _result(raw: object) -> dict[str, Any]:
    if not isinstance(raw, Mapping) or not raw:
        raise BadRequest("result is invalid")
    if any(not _is_effect(key, value) for key, value in raw.items()):
        raise BadRequest("result is invalid")
    return dict(raw)


def _is_effect(key: str, value: object) -> bool:
    """Whether it is something that a rule can do to its field."""
    if key in _SWITCHES:
        return isinstance(value, bool)
    if key == "activate_values":
        return _is_activation(value)
    return key == "apply_value" and _is_application(value)


def _is_activation(value: object) -> bool:
    """``"all"``, or ``{"external_ids": […], "exclusive"?: bool, "mode"?: text}``."""
    if value == "all":
        return True
    return (
        isinstance(value, Mapping)
        and _is_ids(value.get("external_ids"))
        and set(value) <= {"external_ids", "exclusive", "mode"}
        and isinstance(value.get("exclusive", False), bool)
        and is_text(value.get("mode", ""))
    )


def _is_application(value: object) -> bool:
    """``{"value": …, "mode"?: "default" | "override" | "append"}``."""
    if not isinstance(value, Mapping) or not set(value) <= {"value", "mode"}:
        return False
    given = value.get("value")
    fits = _is_ids(given) or is_text(given) or type(given) is int
    return fits and value.get("mode", "default") in _APPLY_MODES


def _is_ids(value: object) -> bool:
    return (
        isinstance(value, list)
        and 0 < len(value) <= MAX_OPTIONS
        and all(is_text(item) for item in value)
    )


def _existing(name: object, fields: Collection[str]) -> str:
    if not isinstance(name, str) or name not in fields:
        shown = orjson.dumps([name[:100] if isinstance(name, str) else None]).decode()
        raise BadRequest(f"Metadata External IDs do not exist: {shown}")
    return name
