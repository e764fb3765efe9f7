"""Derived images."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ClauseElement,
    ColumnElement,
    Connection,
    and_,
    bindparam,
    delete,
    func,
    literal_column,
    not_,
    or_,
    select,
    tuple_,
    update,
)

from app.db import tables
from app.db.asset_rows import ASSET_COLUMNS, to_asset
from app.db.sql import AnyRow, Prepared, batches, from_seconds, to_seconds, upsert_for
from app.domain.assets import Asset
from app.domain.derivatives import Derivative, TransformationName, TransformationUse

_table = tables.derivatives
_columns = _table.c
_COLUMNS = [_columns[field.name] for field in fields(Derivative)]
_NAMES = [column.name for column in _COLUMNS]

#: The read of every delivery.
_GET = Prepared(
    select(*_COLUMNS).where(
        _columns.asset_id == bindparam("asset"), _columns.key == bindparam("key_")
    )
)
_PAGE = Prepared(
    select(*_COLUMNS)
    .where(_columns.asset_id == bindparam("asset"), _columns.key > bindparam("after"))
    .order_by(_columns.key)
    .limit(bindparam("most"))
    # SQLite's limit always has an offset, which would be a parameter of its own.
    .offset(literal_column("0"))
)


def _put(dialect: str) -> ClauseElement:
    assets = tables.assets.c
    owner = (
        select(*(bindparam(column.name, type_=column.type) for column in _COLUMNS), assets.cloud_id)
        .where(assets.asset_id == bindparam("asset_id"))
        # Waits for whoever is just deleting the asset, and then finds it gone.
        .with_for_update(read=True, key_share=True)
    )
    statement = upsert_for(dialect, _table).from_select([*_NAMES, "cloud_id"], owner)
    kept = {"id", "asset_id", "key", "created_at"}
    return statement.on_conflict_do_update(
        index_elements=["asset_id", "key"],
        set_={name: statement.excluded[name] for name in _NAMES if name not in kept},
    )


_PUT = Prepared(_put)


class SqlDerivatives:
    """The derivative repository of one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, asset_id: str, key: str) -> Derivative | None:
        """A derivative by asset and key."""
        rows = _GET.rows(self._connection, {"asset": asset_id, "key_": key})
        return _to_derivative(rows[0]) if rows else None

    def put(self, derivative: Derivative) -> None:
        """Store a derivative unless its asset is gone."""
        values = {name: getattr(derivative, name) for name in _NAMES}
        values["created_at"] = to_seconds(derivative.created_at)
        values["used_at"] = to_seconds(derivative.used_at)
        _PUT.run(self._connection, values)

    def touch(self, ids: Collection[str], when: datetime) -> None:
        """Remember that derivatives were used."""
        # Sorted, so that two transactions that touch the same rows do not wait for each other.
        for batch in batches(sorted(ids)):
            statement = update(_table).where(_columns.id.in_(batch))
            self._connection.execute(statement.values(used_at=to_seconds(when)))

    def page(self, asset_id: str, limit: int, after: str = "") -> list[Derivative]:
        """Derivatives of an asset by key."""
        values = {"asset": asset_id, "after": after, "most": limit}
        return [_to_derivative(row) for row in _PAGE.rows(self._connection, values)]

    def by_transformation(
        self,
        cloud_id: int,
        name: TransformationName,
        limit: int,
        after: tuple[str, str] = ("", ""),
    ) -> list[tuple[Asset, Derivative]]:
        """Derivatives made by a transformation, with their assets."""
        place = tuple_(_columns.extension, _columns.id)
        statement = (
            select(*ASSET_COLUMNS, *_COLUMNS)
            .join_from(_table, tables.assets)
            .where(_columns.cloud_id == cloud_id, _made_by(name), place > after)
            .order_by(_columns.extension, _columns.id)
            .limit(limit)
        )
        width = len(ASSET_COLUMNS)
        return [
            (to_asset(row[:width]), _to_derivative(row[width:]))
            for row in self._connection.execute(statement)
        ]

    def usage(self, cloud_id: int, limit: int, after: str = "") -> list[TransformationUse]:
        """Texts and extensions with how many derivatives they have."""
        pair = (_columns.transformation, _columns.extension)
        last = TransformationName.split(after)
        more_than_a_name = or_(*(pair[0].contains(mark, autoescape=True) for mark in "/,."))
        statement = (
            select(*pair, func.count())
            .where(
                _columns.cloud_id == cloud_id,
                or_(not_(pair[0].startswith("t_", autoescape=True)), more_than_a_name),
            )
            .group_by(*pair)
            .order_by(*pair)
            .limit(limit)
        )
        if after:
            statement = statement.where(tuple_(*pair) > (last.text, last.extension or ""))
        return [TransformationUse(*row) for row in self._connection.execute(statement)]

    def texts(self, cloud_id: int, part: str) -> list[str]:
        """Different transformations that contain a text."""
        text = _columns.transformation
        statement = select(text).where(
            _columns.cloud_id == cloud_id, text.contains(part, autoescape=True)
        )
        return list(self._connection.execute(statement.distinct().order_by(text)).scalars())

    def count(self, cloud_id: int, texts: Collection[str]) -> int:
        """How many derivatives some transformations have."""
        return sum(
            self._connection.execute(
                select(func.count()).where(
                    _columns.cloud_id == cloud_id, _columns.transformation.in_(batch)
                )
            ).scalar_one()
            for batch in batches(texts)
        )

    def delete(self, cloud_id: int | None, ids: Collection[str]) -> dict[str, str]:
        """Remove derivatives by id."""
        gone: dict[str, str] = {}
        for batch in batches(sorted(ids)):
            statement = delete(_table).where(_columns.id.in_(batch))
            if cloud_id is not None:
                statement = statement.where(_columns.cloud_id == cloud_id)
            returned = statement.returning(_columns.id, _columns.blob_key)
            gone |= dict(self._connection.execute(returned).all())
        return gone

    def delete_of(
        self, asset_id: str, names: Collection[TransformationName] | None = None
    ) -> list[str]:
        """Remove derivatives of an asset."""
        owner = _columns.asset_id == asset_id
        if names is None:
            return self._delete(owner)
        return [key for name in names for key in self._delete(owner, _made_by(name))]

    def delete_made_by(self, cloud_id: int, names: Collection[TransformationName]) -> list[str]:
        """Remove the derivatives that some transformations made."""
        owner = _columns.cloud_id == cloud_id
        return [key for name in names for key in self._delete(owner, _made_by(name))]

    def total_bytes(self) -> int:
        """Bytes of all derivatives."""
        statement = select(func.coalesce(func.sum(_columns.bytes), 0))
        return int(self._connection.execute(statement).scalar_one())

    def least_recent(self, limit: int) -> list[Derivative]:
        """Those not used for longest."""
        statement = select(*_COLUMNS).order_by(_columns.used_at, _columns.id).limit(limit)
        return [_to_derivative(row) for row in self._connection.execute(statement)]

    def blobs(self) -> Iterator[tuple[str, str]]:
        """Ids and blob keys of all."""
        yield from self._connection.execute(select(_columns.id, _columns.blob_key))

    def _delete(self, *conditions: ColumnElement[bool]) -> list[str]:
        statement = delete(_table).where(*conditions).returning(_columns.blob_key)
        return list(self._connection.execute(statement).scalars())


def _made_by(name: TransformationName) -> ColumnElement[bool]:
    made = _columns.transformation == name.text
    return made if name.extension is None else and_(made, _columns.extension == name.extension)


def _to_derivative(row: AnyRow | tuple[Any, ...]) -> Derivative:
    values = dict(zip(_NAMES, row, strict=True))
    created, used = from_seconds(values["created_at"]), from_seconds(values["used_at"])
    return Derivative(**values | {"created_at": created, "used_at": used})
