"""Rows of ``assets`` as domain objects and back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

import orjson

from app.db.sql import from_json, from_seconds, to_seconds
from app.db.tables import assets
from app.domain import access
from app.domain.assets import Asset, Categorization, Tag
from app.domain.moderation import Moderation

#: The columns that make up an asset; its revision is the database's own.
ASSET_COLUMNS = [column for column in assets.columns if column.name != "revision"]
_COLUMNS = [column.name for column in ASSET_COLUMNS]
_CREATED, _CONTEXT = _COLUMNS.index("created_at"), _COLUMNS.index("context")
_FACES = _COLUMNS.index("faces")
_CUSTOM, _ACCESS = _COLUMNS.index("custom_coordinates"), _COLUMNS.index("access_control")
_HEADERS = _COLUMNS.index("headers")
#: Objects that most assets have nothing in: NULL then.
_OBJECTS = ("metadata", "regions", "analyses", "media", "info")
_OBJECT_PLACES = [_COLUMNS.index(name) for name in _OBJECTS]
_FLAG_PLACES = [_COLUMNS.index(name) for name in ("faces_given", "backup", "placeholder")]

# Rows become assets by position, which is twice as fast as by name: the order must be the same.
if [field.name for field in fields(Asset)] != [
    *_COLUMNS,
    "moderations",
    "tags",
    "categorizations",
]:
    raise TypeError("the columns of assets and the fields of Asset differ")


def to_asset(
    row: Sequence[Any],
    tags: tuple[Tag, ...] = (),
    results: tuple[Categorization, ...] = (),
    moderations: tuple[Moderation, ...] = (),
) -> Asset:
    """A row of ``assets`` with what belongs to it as a domain object."""
    values = list(row)
    values[_CREATED] = from_seconds(row[_CREATED])
    values[_CREATED + 1] = from_seconds(row[_CREATED + 1])
    values[_CONTEXT] = from_json(row[_CONTEXT])
    if row[_FACES] is not None:
        values[_FACES] = tuple(map(tuple, from_json(row[_FACES])))
    for place in _FLAG_PLACES:
        values[place] = bool(row[place])
    for place in _OBJECT_PLACES:
        values[place] = {} if row[place] is None else from_json(row[place])
    values[_HEADERS] = () if row[_HEADERS] is None else tuple(from_json(row[_HEADERS]))
    custom, rules = row[_CUSTOM], row[_ACCESS]
    values[_CUSTOM] = () if custom is None else tuple(map(tuple, from_json(custom)))
    values[_ACCESS] = () if rules is None else access.parse(rules)
    return Asset(*values, moderations, tags, results)  # type: ignore[call-arg]  # checked above


def columns(asset: Asset) -> dict[str, Any]:
    """The values of an asset's own columns as the driver takes them."""
    values = {name: getattr(asset, name) for name in _COLUMNS}
    values["created_at"] = to_seconds(asset.created_at)
    values["updated_at"] = to_seconds(asset.updated_at)
    values["context"] = orjson.dumps(dict(asset.context)).decode()
    if asset.faces is not None:
        values["faces"] = orjson.dumps(asset.faces).decode()
    custom, rules = asset.custom_coordinates, access.to_json(asset.access_control)
    values["custom_coordinates"] = orjson.dumps(custom).decode() if custom else None
    values["access_control"] = orjson.dumps(rules).decode() if rules else None
    values["headers"] = orjson.dumps(asset.headers).decode() if asset.headers else None
    for name in _OBJECTS:
        value = getattr(asset, name)
        values[name] = orjson.dumps(dict(value)).decode() if value else None
    return values
