"""Values of metadata fields: from the wire, and held against their fields (CONTRACT B2, D7).

On the wire they are ``field=value|set=["p","q"]`` with ``\\=`` and ``\\|`` escaped, or a JSON
object. Other backslashes are themselves: SDKs do not escape them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from app.domain.errors import BadRequest
from app.domain.metadata.fields import (
    MAX_OPTIONS,
    MetadataField,
    Option,
    Value,
    is_text,
)
from app.domain.metadata.validation import MAX_STRLEN, day, integer, satisfies

_SEPARATOR = re.compile(r"(?<!\\)\|")
_EQUALS = re.compile(r"(?<!\\)=")
_ESCAPED = re.compile(r"\\([=|])")

#: Characters of a refused value, and refused names, that the refusal repeats.
_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Checked:
    """Values that fit their fields.

    Attributes:
        values: by external id; everything the asset then has.
        options: options that have to be added to fields with dynamic lists, by external id.
    """

    values: dict[str, Value]
    options: dict[str, tuple[Option, ...]] = field(default_factory=dict)


def parse(raw: object) -> dict[str, Any]:
    """Values by external id, as they were given.

    Args:
        raw: the parameter: wire text, JSON text, or a JSON object.

    Raises:
        BadRequest: it is neither, or a pair has no ``=`` or no field.
    """
    if isinstance(raw, str) and raw.lstrip().startswith("{"):
        raw = _json(raw)
    if isinstance(raw, Mapping):
        return {str(name): value for name, value in raw.items()}
    if not isinstance(raw, str):
        raise BadRequest("Invalid value for parameter metadata")
    given: dict[str, Any] = {}
    for pair in _SEPARATOR.split(raw):
        if not pair.strip():
            continue
        halves = _EQUALS.split(pair, maxsplit=1)
        name = _unescape(halves[0]).strip()
        if len(halves) == 1 or not name:
            raise BadRequest(f"Invalid value {raw[:_SHOWN]} for parameter metadata")
        given[name] = _unescape(halves[1])
    return given


def check_values(
    fields: Mapping[str, MetadataField],
    given: Mapping[str, Any],
    stored: Mapping[str, Any],
    *,
    clear_invalid: bool = False,
    creating: bool = False,
) -> Checked:
    """What an asset has once ``given`` is applied to it.

    Given values replace stored ones, empty ones remove them, others stay. A stored value stays
    even if its field would refuse it today: an option may have been blocked since. A new asset
    gets the defaults, and must have a value in each mandatory field; a stored one must not
    lose it.

    Args:
        fields: the cloud's fields by external id.
        stored: what the asset has so far; of fields that are gone, nothing is kept.
        clear_invalid: drop values that do not fit, given or stored, instead of refusing them.
        creating: the asset is new.

    Raises:
        BadRequest: ``Metadata External IDs do not exist: ["x"]``,
            ``'<value>' is not valid for field '<id>'``, or a mandatory value is missing.
    """
    unknown = [name[:_SHOWN] for name in given if name not in fields]
    if unknown:
        names = orjson.dumps(unknown[:_SHOWN]).decode()
        raise BadRequest(f"Metadata External IDs do not exist: {names}")
    values: dict[str, Value] = {}
    options: dict[str, tuple[Option, ...]] = {}
    for name, item in fields.items():
        if name in given:
            value = None if _empty(given[name]) else read_value(item, given[name])
            if value is None and not _empty(given[name]) and not clear_invalid:
                raise BadRequest(f"{_quoted(item, given[name])} is not valid for field '{name}'")
        else:
            value = stored.get(name)
            if value is not None and clear_invalid:
                value = read_value(item, value)
        enabled = not item.default_disabled
        if value is None and creating and name not in given and enabled:
            value = item.default_value
        if value is not None:
            values[name] = value
            if name in given and (added := new_options(item, value)):
                options[name] = added
        elif item.mandatory and enabled and (creating or name in given):
            raise BadRequest(f"Metadata field '{name}' is mandatory")
    return Checked(values, options)


def read_value(item: MetadataField, raw: object) -> Value | None:
    """A value in its field's type; ``None`` if it does not fit."""
    value: Value | None = None
    if item.type == "string":
        value = raw if isinstance(raw, str) and is_text(raw, MAX_STRLEN) else None
        if isinstance(raw, int) and not isinstance(raw, bool):
            value = str(raw)  # numbers that were meant as text
    elif item.type == "integer":
        value = integer(raw)
    elif item.type == "date":
        value = day(raw)
    else:
        chosen = _chosen(item, raw)
        if chosen is None or new_options(item, chosen) is None:
            return None
        return chosen if item.type == "set" else chosen[0]
    return value if value is not None and satisfies(value, item.validation) else None


def new_options(item: MetadataField, value: Value) -> tuple[Option, ...] | None:
    """Options that a value of a list field needs and that are not there yet.

    ``None`` if it needs options that the field does not let in: blocked ones, or new ones where
    the list is not dynamic or is full.
    """
    if not item.has_options:
        return ()
    chosen = value if isinstance(value, list) else [str(value)]
    active = item.active_ids()
    missing = [name for name in chosen if name not in active]
    if not missing:
        return ()
    known = {option.external_id for option in item.options}
    room = MAX_OPTIONS - len(item.options)
    if not item.allow_dynamic_list_values or len(missing) > room or known.intersection(missing):
        return None
    return tuple(Option(name, name) for name in missing)


def _chosen(item: MetadataField, raw: object) -> list[str] | None:
    """External ids of options, each once; ``None`` if it is no such list."""
    if isinstance(raw, str) and item.type == "set" and raw.startswith("["):
        raw = _json(raw)
    chosen = raw if isinstance(raw, list) and item.type == "set" else [raw]
    written = (str(name) if type(name) is int else name for name in chosen)
    names = [name for name in written if is_text(name) and name]
    if len(names) < len(chosen) or len(names) > MAX_OPTIONS:
        return None
    return list(dict.fromkeys(names))


def _empty(raw: object) -> bool:
    return raw is None or raw in ("", "[]") or raw == []


def _quoted(item: MetadataField, raw: object) -> str:
    """What a refusal shows of a value: of a list, the first option that does not fit."""
    if item.has_options and (chosen := _chosen(item, raw)):
        active = item.active_ids()
        raw = next((name for name in chosen if name not in active), raw)
    if isinstance(raw, (list, dict)):
        raw = "[…]"  # it may be nested more deeply than can be written
    text = raw if isinstance(raw, str) else orjson.dumps(raw).decode()
    return f"'{text[:_SHOWN]}'"


def _json(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return None


def _unescape(text: str) -> str:
    return _ESCAPED.sub(r"\1", text)
