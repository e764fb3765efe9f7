"""Opening a database by its URL."""

from __future__ import annotations

from typing import Protocol

from sqlalchemy import URL, make_url

from app.db.postgresql import PostgresqlDatabase
from app.db.sqlite import SqliteDatabase
from app.domain.unit_of_work import Database

#: Connections, and threads that use them, of one process.
THREADS = 8


class SqlDatabase(Database, Protocol):
    """A database that can also be asked whether it is there."""

    async def ping(self) -> None:
        """Raise if the database does not answer."""


def normalised(url: str) -> URL:
    """The URL with the drivers that we use.

    Raises:
        ValueError: neither SQLite nor PostgreSQL.
    """
    parsed = make_url(url)
    backend = parsed.get_backend_name()
    if backend in ("postgres", "postgresql"):
        return parsed.set(drivername="postgresql+psycopg")
    if backend == "sqlite":
        return parsed.set(drivername="sqlite")
    raise ValueError(f"{backend} is neither sqlite nor postgresql")


def open_database(url: str, *, threads: int = THREADS) -> SqlDatabase:
    """Open a database; nothing is connected before the first work.

    Args:
        url: an SQLAlchemy URL.
        threads: works that run at the same time in this process.
    """
    parsed = normalised(url)
    if parsed.get_backend_name() == "sqlite":
        return SqliteDatabase(parsed, threads)
    return PostgresqlDatabase(parsed, threads)
