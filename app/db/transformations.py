"""Named transformations, and unnamed ones with a setting of their own."""

from __future__ import annotations

from dataclasses import asdict

from sqlalchemy import Connection, delete, select, tuple_

from app.db.sql import upsert
from app.db.tables import transformations
from app.domain.derivatives import NamedTransformation, TransformationName

_columns = transformations.c
_SELECT = select(_columns.name, _columns.text, _columns.named, _columns.allowed_for_strict)


class SqlTransformations:
    """The transformation repository of one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, cloud_id: int, name: str) -> NamedTransformation | None:
        """A transformation by name."""
        statement = _SELECT.where(_columns.cloud_id == cloud_id, _columns.name == name)
        row = self._connection.execute(statement).first()
        return None if row is None else NamedTransformation(*row)

    def put(self, cloud_id: int, transformation: NamedTransformation) -> None:
        """Create a transformation or overwrite the one of that name."""
        values = asdict(transformation)
        statement = upsert(self._connection, transformations).values(cloud_id=cloud_id, **values)
        self._connection.execute(
            statement.on_conflict_do_update(index_elements=["cloud_id", "name"], set_=values)
        )

    def delete(self, cloud_id: int, name: str) -> bool:
        """Remove a transformation; whether it was there."""
        statement = delete(transformations).where(
            _columns.cloud_id == cloud_id, _columns.name == name
        )
        return self._connection.execute(statement).rowcount > 0

    def page(
        self, cloud_id: int, *, named: bool, limit: int, after: str = ""
    ) -> list[NamedTransformation]:
        """Named or unnamed ones, those beyond ``after``."""
        # An unnamed one's name is its text with the extension: ordered by text and name they
        # are ordered by text and extension, as the derivatives' are.
        order = (_columns.name,) if named else (_columns.text, _columns.name)
        last = (after,) if named else (TransformationName.split(after).text, after)
        statement = (
            _SELECT.where(
                _columns.cloud_id == cloud_id, _columns.named == named, tuple_(*order) > last
            )
            .order_by(*order)
            .limit(limit)
        )
        return [NamedTransformation(*row) for row in self._connection.execute(statement)]

    def containing(self, cloud_id: int, part: str) -> list[NamedTransformation]:
        """Named ones whose definitions contain a text."""
        statement = _SELECT.where(
            _columns.cloud_id == cloud_id,
            _columns.named,
            _columns.text.contains(part, autoescape=True),
        )
        rows = self._connection.execute(statement.order_by(_columns.name))
        return [NamedTransformation(*row) for row in rows]
