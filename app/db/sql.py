"""Small helpers that every repository uses."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeAlias

import orjson
from sqlalchemy import ClauseElement, ColumnElement, Connection, Row, func, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.schema import Table

#: A row whose columns are known to the statement alone.
AnyRow: TypeAlias = Row[*tuple[Any, ...]]

Values: TypeAlias = Mapping[str, Any]

Insert = postgresql.Insert | sqlite.Insert

#: Values in one IN list, below every database's limit of parameters.
BATCH = 500


class Prepared:
    """A statement compiled once for each dialect and run on the driver itself.

    For hot paths only: SQLAlchemy's own execution costs several times what an indexed look-up
    does (measured on SQLite: 55 against 9 µs). Nothing is converted on the way: values must be
    what the driver takes, rows are what it gives.
    """

    def __init__(self, statement: ClauseElement | Callable[[str], ClauseElement]) -> None:
        """``statement`` itself, or what makes it for a dialect's name."""
        self._statement = statement
        self._compiled: dict[str, tuple[str, tuple[str, ...] | None]] = {}

    def rows(self, connection: Connection, values: Values) -> list[tuple[Any, ...]]:
        """Run it and fetch everything."""
        sql, names = self._for(connection)
        given = values if names is None else [values[name] for name in names]
        cursor = driver_of(connection).execute(sql, given)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found

    def run(self, connection: Connection, values: Values) -> None:
        """Run it for its effect."""
        sql, names = self._for(connection)
        given = values if names is None else [values[name] for name in names]
        driver_of(connection).execute(sql, given)

    def run_many(self, connection: Connection, rows: Sequence[Values]) -> None:
        """Run it for every row."""
        if not rows:
            return
        sql, names = self._for(connection)
        given = rows if names is None else [[row[name] for name in names] for row in rows]
        driver_of(connection).cursor().executemany(sql, given)

    def _for(self, connection: Connection) -> tuple[str, tuple[str, ...] | None]:
        dialect = connection.dialect
        found = self._compiled.get(dialect.name)
        if found is None:
            statement = self._statement
            if not isinstance(statement, ClauseElement):
                statement = statement(dialect.name)
            compiled = statement.compile(dialect=dialect)
            order = getattr(compiled, "positiontup", None)
            found = str(compiled), None if order is None else tuple(order)
            self._compiled[dialect.name] = found
        return found


def driver_of(connection: Connection) -> Any:
    """The driver's connection: sqlite3's or psycopg's, which both have ``execute``."""
    return connection.connection.driver_connection


def json_rows(dialect: str, *columns: ColumnElement[Any]) -> ColumnElement[Any]:
    """All rows of a subselect as one JSON array of arrays; in no particular order."""
    if dialect == "postgresql":
        return func.coalesce(func.json_agg(func.json_build_array(*columns)), text("'[]'"))
    return func.json_group_array(func.json_array(*columns))


def from_json(value: Any) -> Any:
    """A JSON column as the driver gives it: text, or already read."""
    return orjson.loads(value) if isinstance(value, (str, bytes)) else value


def upsert(connection: Connection, table: Table) -> Insert:
    """An INSERT that understands ON CONFLICT on either database."""
    return upsert_for(connection.dialect.name, table)


def upsert_for(dialect: str, table: Table) -> Insert:
    """The same for a dialect's name."""
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)


def to_seconds(moment: datetime) -> int:
    """A time as the database keeps it."""
    return int(moment.timestamp())


def from_seconds(seconds: int) -> datetime:
    """A time as the domain has it."""
    return datetime.fromtimestamp(seconds, UTC)


def batches(items: Collection[str]) -> list[list[str]]:
    """The items in lists that one statement can take."""
    everything = list(items)
    return [everything[start : start + BATCH] for start in range(0, len(everything), BATCH)]


def successor(prefix: str) -> str | None:
    """The smallest text after every text that begins with ``prefix``; ``None`` if there is none.

    Prefix searches are ranges of an index rather than patterns, so that ``_`` and ``%`` in
    public ids mean themselves.
    """
    for end in range(len(prefix) - 1, -1, -1):
        code = ord(prefix[end]) + 1
        if 0xD800 <= code <= 0xDFFF:
            code = 0xE000  # surrogates are no characters
        if code <= 0x10FFFF:
            return prefix[:end] + chr(code)
    return None
