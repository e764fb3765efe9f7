"""Structured metadata fields and conditional rules."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import (
    ColumnElement,
    Connection,
    Text,
    bindparam,
    cast,
    delete,
    func,
    literal,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import JSON, JSONB

from app.db.sql import Prepared, from_seconds, to_seconds, upsert
from app.db.tables import assets, metadata_fields, metadata_rules
from app.domain.metadata.fields import MetadataField, from_json
from app.domain.metadata.rules import MetadataRule

_fields = metadata_fields.c
_rules = metadata_rules.c
#: Definitions as text, which orjson reads several times faster than the drivers do.
_SELECT = select(cast(_fields.definition, Text), _fields.created_at).where(
    _fields.deleted_at.is_(None)
)
_ALL = Prepared(
    _SELECT.where(_fields.cloud_id == bindparam("cloud")).order_by(
        _fields.position, _fields.external_id
    )
)
_SELECT_RULES = select(
    _rules.external_id,
    _rules.metadata_field_id,
    _rules.name,
    _rules.condition,
    _rules.result,
    _rules.active,
    _rules.position,
)


class SqlMetadataFields:
    """The metadata field repository of one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def all(self, cloud_id: int) -> list[MetadataField]:
        """Every field in the cloud's order."""
        return [_field(row) for row in _ALL.rows(self._connection, {"cloud": cloud_id})]

    def get(self, cloud_id: int, external_id: str, *, lock: bool = False) -> MetadataField | None:
        """A field by external id."""
        statement = _SELECT.where(_this(cloud_id, external_id))
        row = self._connection.execute(statement.with_for_update() if lock else statement).first()
        return None if row is None else _field(row)

    def add(self, cloud_id: int, field: MetadataField, *, free_since: datetime) -> bool:
        """Create a field; whether its external id was free."""
        last = select(func.max(_fields.position)).where(_fields.cloud_id == cloud_id)
        values = {
            "definition": field.to_json(),
            "created_at": to_seconds(field.created_at),
            "deleted_at": None,
            "position": (self._connection.execute(last).scalar() or 0) + 1,
        }
        statement = upsert(self._connection, metadata_fields).values(
            cloud_id=cloud_id, external_id=field.external_id, **values
        )
        gone = _fields.deleted_at.is_not(None) & (_fields.deleted_at <= to_seconds(free_since))
        written = self._connection.execute(
            statement.on_conflict_do_update(
                index_elements=["cloud_id", "external_id"], set_=values, where=gone
            ).returning(_fields.external_id)
        )
        return written.first() is not None

    def save(self, cloud_id: int, field: MetadataField) -> None:
        """Overwrite a field's definition."""
        self._connection.execute(
            update(metadata_fields)
            .where(_this(cloud_id, field.external_id))
            .values(definition=field.to_json())
        )

    def reorder(self, cloud_id: int, external_ids: Sequence[str]) -> None:
        """Put the fields in this order."""
        statement = update(metadata_fields).where(
            _fields.cloud_id == cloud_id, _fields.external_id == bindparam("id")
        )
        rows = [{"id": name, "position": place} for place, name in enumerate(external_ids, 1)]
        if rows:
            self._connection.execute(statement, rows)

    def delete(self, cloud_id: int, external_id: str, when: datetime) -> None:
        """Remove a field, its values and its rules; its external id stays taken."""
        self._connection.execute(
            update(metadata_fields)
            .where(_this(cloud_id, external_id))
            .values(deleted_at=to_seconds(when))
        )
        self._connection.execute(
            delete(metadata_rules).where(
                _rules.cloud_id == cloud_id, _rules.metadata_field_id == external_id
            )
        )
        has_value, others = _without(self._connection.dialect.name, external_id)
        self._connection.execute(
            update(assets)
            .where(assets.c.cloud_id == cloud_id, has_value)
            .values(metadata=others, updated_at=to_seconds(when), revision=assets.c.revision + 1)
        )


class SqlMetadataRules:
    """The metadata rule repository of one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def all(self, cloud_id: int) -> list[MetadataRule]:
        """Every rule, by field, position and age."""
        statement = _SELECT_RULES.where(_rules.cloud_id == cloud_id).order_by(
            _rules.metadata_field_id,
            # Both databases sort what has no position last then.
            _rules.position.is_(None),
            _rules.position,
            _rules.serial,
        )
        return [MetadataRule(*row) for row in self._connection.execute(statement)]

    def get(self, cloud_id: int, external_id: str) -> MetadataRule | None:
        """A rule by external id."""
        statement = _SELECT_RULES.where(
            _rules.cloud_id == cloud_id, _rules.external_id == external_id
        )
        row = self._connection.execute(statement).first()
        return None if row is None else MetadataRule(*row)

    def put(self, cloud_id: int, rule: MetadataRule) -> None:
        """Create a rule or overwrite the one of that id."""
        values: dict[str, Any] = {
            "metadata_field_id": rule.metadata_field_id,
            "name": rule.name,
            "condition": dict(rule.condition),
            "result": dict(rule.result),
            "active": rule.active,
            "position": rule.position,
        }
        statement = upsert(self._connection, metadata_rules).values(
            cloud_id=cloud_id, external_id=rule.external_id, **values
        )
        self._connection.execute(
            statement.on_conflict_do_update(index_elements=["external_id"], set_=values)
        )

    def delete(self, cloud_id: int, external_id: str) -> bool:
        """Remove a rule; whether it was there."""
        statement = delete(metadata_rules).where(
            _rules.cloud_id == cloud_id, _rules.external_id == external_id
        )
        return self._connection.execute(statement).rowcount > 0


def _field(row: Sequence[Any]) -> MetadataField:
    return from_json(orjson.loads(row[0]), from_seconds(row[1]))


def _this(cloud_id: int, external_id: str) -> ColumnElement[bool]:
    return (
        (_fields.cloud_id == cloud_id)
        & (_fields.external_id == external_id)
        & _fields.deleted_at.is_(None)
    )


def _without(dialect: str, name: str) -> tuple[ColumnElement[bool], ColumnElement[Any]]:
    """Whether an asset has a value in a field, and its other values; NULL for none."""
    if dialect == "postgresql":
        values = cast(assets.c.metadata, JSONB)
        rest = func.nullif(values.op("-")(literal(name)), cast(literal("{}"), JSONB))
        return func.jsonb_exists(values, name), cast(rest, JSON)
    path = f'$."{name}"'  # external ids have neither quotes nor backslashes
    rest = func.nullif(func.json_remove(assets.c.metadata, path), "{}")
    return func.json_type(assets.c.metadata, path).is_not(None), rest
