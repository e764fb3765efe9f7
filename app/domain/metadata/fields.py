"""Structured metadata fields: what may stand in the metadata of a cloud's assets (CONTRACT E11).

A field is kept, and shown to clients, as the JSON object of Cloudinary's Admin API.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, NamedTuple, TypeAlias, TypeGuard

FieldType: TypeAlias = Literal["string", "integer", "date", "enum", "set"]
FIELD_TYPES: tuple[FieldType, ...] = ("string", "integer", "date", "enum", "set")

#: Types whose values are chosen from a list, the field's datasource.
LIST_TYPES = ("enum", "set")

#: A value: text; a number; the chosen options' external ids.
Value: TypeAlias = str | int | list[str]

MAX_FIELDS = 100
MAX_OPTIONS = 3000

#: Characters in external ids, labels and values of options.
MAX_NAME = 255

#: Characters in a string, where no ``strlen`` rule of the field says otherwise.
MAX_TEXT = 500

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_NOT_IN_IDS = re.compile(r"""[\x00-\x1f\x7f/=|"\\]""")

#: Ids that would hide a path of the Admin API.
_PATHS = frozenset({"order", "datasource"})


class Option(NamedTuple):
    """One entry of a list field's datasource.

    Attributes:
        external_id: what assets keep.
        value: what people read.
        active: whether it may be given to assets; those that have it keep it either way.
    """

    external_id: str
    value: str
    active: bool = True

    def to_json(self) -> dict[str, Any]:
        """As it stands in a field's definition."""
        state = "active" if self.active else "inactive"
        return {"external_id": self.external_id, "value": self.value, "state": state}


@dataclass(frozen=True, slots=True)
class MetadataField:
    """A field.

    Attributes:
        external_id: its name in ``metadata``; never changes, nor does the type.
        label: what people read.
        mandatory: whether uploads must give a value, unless there is a default.
        default_value: what new assets get that give no value; ``None`` for nothing.
        default_disabled: whether the field is off until a conditional rule turns it on: then
            it has no default and is not mandatory.
        validation: a rule of ``validation.py`` as JSON; ``None`` for no rule.
        restrictions: what user interfaces should do with it; nothing to the API.
        allow_dynamic_list_values: whether values that are no options yet become options.
        options: in the order of the datasource.
    """

    external_id: str
    type: FieldType
    label: str
    created_at: datetime
    mandatory: bool = False
    default_value: Value | None = None
    default_disabled: bool = False
    validation: Mapping[str, Any] | None = None
    restrictions: Mapping[str, bool] = field(default_factory=lambda: {"readonly_ui": False})
    allow_dynamic_list_values: bool = False
    options: tuple[Option, ...] = ()

    @property
    def has_options(self) -> bool:
        """Whether values are chosen from a list."""
        return self.type in LIST_TYPES

    def active_ids(self) -> frozenset[str]:
        """External ids of the options that may be given to assets."""
        return frozenset(option.external_id for option in self.options if option.active)

    def to_json(self) -> dict[str, Any]:
        """The definition, which :func:`from_json` reads back."""
        definition: dict[str, Any] = {
            "type": self.type,
            "external_id": self.external_id,
            "label": self.label,
            "mandatory": self.mandatory,
            "default_value": self.default_value,
            "validation": None if self.validation is None else dict(self.validation),
            "default_disabled": self.default_disabled,
            "restrictions": dict(self.restrictions),
            "allow_dynamic_list_values": self.allow_dynamic_list_values,
        }
        if self.has_options:
            definition["datasource"] = {"values": [option.to_json() for option in self.options]}
        return definition


def from_json(definition: Mapping[str, Any], created_at: datetime) -> MetadataField:
    """A field from the definition that :meth:`MetadataField.to_json` made."""
    return MetadataField(
        external_id=definition["external_id"],
        type=definition["type"],
        label=definition["label"],
        created_at=created_at,
        mandatory=definition["mandatory"],
        default_value=definition["default_value"],
        default_disabled=definition["default_disabled"],
        validation=definition["validation"],
        restrictions=definition["restrictions"],
        allow_dynamic_list_values=definition["allow_dynamic_list_values"],
        options=tuple(
            Option(entry["external_id"], entry["value"], entry["state"] == "active")
            for entry in definition.get("datasource", {"values": ()})["values"]
        ),
    )


def is_text(text: object, limit: int = MAX_NAME) -> TypeGuard[str]:
    """Whether it is text of up to ``limit`` characters without control characters."""
    return isinstance(text, str) and len(text) <= limit and not _CONTROL.search(text)


def is_external_id(text: object) -> bool:
    """Whether it may name a field: it must survive a path and ``id=value|id=value``."""
    return (
        isinstance(text, str)
        and 0 < len(text) <= MAX_NAME
        and text == text.strip()
        and not _NOT_IN_IDS.search(text)
        and text not in _PATHS
    )


def by_id(fields: Iterable[MetadataField]) -> dict[str, MetadataField]:
    """Fields by external id."""
    return {item.external_id: item for item in fields}
