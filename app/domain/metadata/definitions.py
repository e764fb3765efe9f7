"""Definitions of metadata fields as clients send them: read, checked, changed (CONTRACT E11).

A field is consistent at all times: no change leaves a default that its field would refuse.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import orjson

from app.domain import public_ids
from app.domain.errors import BadRequest
from app.domain.metadata.fields import (
    FIELD_TYPES,
    MAX_OPTIONS,
    MetadataField,
    Option,
    is_external_id,
    is_text,
)
from app.domain.metadata.validation import check_rule
from app.domain.metadata.values import new_options, read_value
from app.domain.params import Params

#: What user interfaces are asked to do with a field.
RESTRICTIONS = ("readonly_ui", "hidden_ui", "excluded_from_search")

_DIGITS = re.compile(r"(\d+)")


def new_field(params: Params, now: datetime) -> MetadataField:
    """The field that a request to create one describes; with a random external id if it has none.

    Raises:
        BadRequest: something required is missing or something given is wrong.
    """
    given_type = params.text("type")
    if not given_type:
        raise BadRequest("Missing required parameter - type")
    if given_type not in FIELD_TYPES:
        raise BadRequest(f"Invalid value {given_type[:100]} for parameter type")
    if not params.text("label").strip():
        raise BadRequest("Missing required parameter - label")
    external_id = params.text("external_id") or public_ids.random_id()
    if not is_external_id(external_id):
        raise BadRequest("external_id is invalid")
    blank = MetadataField(external_id, given_type, "", now)
    made = changed_field(blank, params)
    if made.has_options and "datasource" not in params and not made.allow_dynamic_list_values:
        raise BadRequest("Missing required parameter - datasource")
    return made


def changed_field(item: MetadataField, params: Params) -> MetadataField:
    """The field with what a request gives; its type and its external id stay.

    An empty ``default_value`` or ``validation`` takes it away. Options are added and renamed as
    by :func:`with_options`.

    Raises:
        BadRequest: something given is wrong.
    """
    changes: dict[str, Any] = {}
    if "label" in params:
        label = params.text("label").strip()
        if not label or not is_text(label):
            raise BadRequest("label is invalid")
        changes["label"] = label
    for name in ("mandatory", "default_disabled", "allow_dynamic_list_values"):
        if name in params:
            changes[name] = params.flag(name)
    if "validation" in params:
        rule = _decoded(params.raw("validation"))
        changes["validation"] = check_rule(rule, item.type) if rule else None
    if "restrictions" in params:
        changes["restrictions"] = _restrictions(item, _decoded(params.raw("restrictions")))
    if "datasource" in params:
        datasource = _decoded(params.raw("datasource"))
        if not isinstance(datasource, Mapping):
            raise BadRequest("datasource is invalid")
        item = _merged(item, datasource.get("values"))
    item = replace(item, **changes)
    if "default_value" in params:
        item = replace(item, default_value=_default(item, params.raw("default_value")))
    return _consistent(item)


def with_options(item: MetadataField, entries: object) -> MetadataField:
    """The field with options added, or renamed where their external id is there already.

    Args:
        entries: JSON list of ``{"external_id"?, "value"}``; without an id, one is made up.

    Raises:
        BadRequest: the field has no options, or the entries are malformed or too many.
    """
    return _consistent(_merged(item, _decoded(entries)))


def with_states(item: MetadataField, names: Collection[str], *, active: bool) -> MetadataField:
    """The field with these options blocked or restored.

    Raises:
        BadRequest: the field has no such options, or its default needs one that is blocked.
    """
    known = {option.external_id for option in _options_of(item)}
    unknown = [name[:100] for name in names if name not in known]
    if unknown:
        listed = orjson.dumps(unknown[:100]).decode()
        raise BadRequest(f"Datasource External IDs do not exist: {listed}")
    chosen = frozenset(names)
    options = tuple(
        option._replace(active=active) if option.external_id in chosen else option
        for option in item.options
    )
    return _consistent(replace(item, options=options))


def with_order(item: MetadataField, *, descending: bool) -> MetadataField:
    """The field with its options ordered by their values; numbers in them count as numbers.

    Raises:
        BadRequest: the field has no options.
    """
    options = sorted(
        _options_of(item), key=lambda option: natural_order(option.value), reverse=descending
    )
    return replace(item, options=tuple(options))


def with_added(item: MetadataField, options: Sequence[Option]) -> MetadataField:
    """The field with options that values of assets have brought, but for those it has by now."""
    known = {option.external_id for option in item.options}
    added = tuple(option for option in options if option.external_id not in known)
    return replace(item, options=(*item.options, *added))


def natural_order(text: str) -> list[tuple[int, int, str]]:
    """A key to sort texts by, in either case, so that ``v9`` comes before ``v10``."""
    parts = _DIGITS.split(text.casefold())
    return [
        (0, int(part), "") if odd and part.isascii() else (1, 0, part)
        for odd, part in zip([False, True] * len(parts), parts, strict=False)
    ]


def _options_of(item: MetadataField) -> tuple[Option, ...]:
    if not item.has_options:
        raise BadRequest(f"Metadata field '{item.external_id}' has no datasource")
    return item.options


def _merged(item: MetadataField, entries: object) -> MetadataField:
    options = {option.external_id: option for option in _options_of(item)}
    if not isinstance(entries, list):
        raise BadRequest("datasource is invalid")
    for entry in entries:
        given = entry if isinstance(entry, Mapping) else {}
        name = given.get("external_id") or public_ids.random_id()
        known = options.get(name) if is_text(name) else None
        value = given.get("value") or (known and known.value)
        if not is_text(name) or not value or not is_text(value):
            raise BadRequest("datasource is invalid")
        options[name] = known._replace(value=value) if known else Option(name, value)
    if len(options) > MAX_OPTIONS:
        raise BadRequest(f"Too many datasource values. Maximum is {MAX_OPTIONS}.")
    return replace(item, options=tuple(options.values()))


def _default(item: MetadataField, raw: object) -> Any:
    if raw in ("", "[]") or raw == []:
        return None
    value = read_value(item, raw)
    if value is None:
        raise BadRequest("default_value is invalid")
    return value


def _consistent(item: MetadataField) -> MetadataField:
    """The field itself, its default being a value that it takes.

    Raises:
        BadRequest: ``default_value is invalid``.
    """
    default = item.default_value
    if default is not None and (read_value(item, default) is None or new_options(item, default)):
        raise BadRequest("default_value is invalid")
    return item


def _restrictions(item: MetadataField, raw: object) -> dict[str, bool]:
    restrictions = dict(item.restrictions)
    if not isinstance(raw, Mapping):
        raise BadRequest("restrictions is invalid")
    for name, value in raw.items():
        if name not in RESTRICTIONS or not isinstance(value, bool):
            raise BadRequest("restrictions is invalid")
        restrictions[name] = value
    return restrictions


def _decoded(raw: object) -> object:
    """A JSON value, which forms carry as text."""
    if isinstance(raw, str):
        try:
            return orjson.loads(raw) if raw else None
        except orjson.JSONDecodeError:
            return raw
    return raw
