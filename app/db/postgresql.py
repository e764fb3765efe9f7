"""Works on PostgreSQL: a transaction each, in a pool of threads and connections."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import psycopg
from sqlalchemy import URL, create_engine, text
from sqlalchemy.exc import DBAPIError

from app.db.unit import SqlUnitOfWork
from app.domain.unit_of_work import UnitOfWork

T = TypeVar("T")

#: Conflicts with another transaction, after which the same work may well succeed:
#: serialization failure, deadlock, and the unique violation of two simultaneous creators.
RETRYABLE = frozenset({"40001", "40P01", "23505"})

#: Times a work is run before its conflict is let through.
ATTEMPTS = 12


class PostgresqlDatabase:
    """Implements :class:`app.domain.unit_of_work.Database` on PostgreSQL."""

    def __init__(self, url: URL, threads: int) -> None:
        self._engine = create_engine(
            url, pool_size=threads, max_overflow=0, pool_pre_ping=True, pool_recycle=1800
        )
        # One snapshot for all statements of a work, so that an asset and its tags agree.
        self._reader = self._engine.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )
        self._threads = ThreadPoolExecutor(threads, "database")

    async def read(self, work: Callable[[UnitOfWork], T]) -> T:
        """Run ``work`` on a snapshot."""
        return await asyncio.wrap_future(self._threads.submit(self._read, work))

    async def read_hot(self, work: Callable[[UnitOfWork], T]) -> T:
        """The same: a round trip to the server costs more than a thread."""
        return await self.read(work)

    async def write(self, work: Callable[[UnitOfWork], T]) -> T:
        """Run ``work`` in a transaction of its own; committed when this returns."""
        return await asyncio.wrap_future(self._threads.submit(self._write, work))

    async def ping(self) -> None:
        """Raise if the database does not answer."""

        def select_one() -> None:
            with self._engine.connect() as connection:
                connection.execute(text("SELECT 1"))

        await asyncio.wrap_future(self._threads.submit(select_one))

    async def close(self) -> None:
        """Finish what is running and close the connections."""
        await asyncio.to_thread(self._threads.shutdown)
        self._engine.dispose()

    def _read(self, work: Callable[[UnitOfWork], T]) -> T:
        with self._reader.connect() as connection:
            return work(SqlUnitOfWork(connection))

    def _write(self, work: Callable[[UnitOfWork], T]) -> T:
        attempt = 1
        while True:
            try:
                with self._engine.begin() as connection:
                    return work(SqlUnitOfWork(connection))
            except (DBAPIError, psycopg.Error) as error:
                # SQLAlchemy wraps the driver's errors, statements run on the driver do not.
                cause = error.orig if isinstance(error, DBAPIError) else error
                state = getattr(cause, "sqlstate", None)
                if state not in RETRYABLE or attempt == ATTEMPTS:
                    raise
            # Spread out, or the same works meet again.
            time.sleep(random.uniform(0, 0.005 * 2 ** min(attempt, 6)))  # noqa: S311 - jitter
            attempt += 1
