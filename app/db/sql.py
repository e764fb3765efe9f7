"""Small helpers that every repository uses."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any, TypeAlias

from sqlalchemy import Connection, Row
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.schema import Table

#: A row whose columns are known to the statement alone.
AnyRow: TypeAlias = Row[*tuple[Any, ...]]

Insert = postgresql.Insert | sqlite.Insert

#: Values in one IN list, below every database's limit of parameters.
BATCH = 500


def upsert(connection: Connection, table: Table) -> Insert:
    """An INSERT that understands ON CONFLICT on either database."""
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)


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
