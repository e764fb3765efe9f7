"""Works on SQLite: readers beside one writer, which commits for many at once."""

from __future__ import annotations

import asyncio
import queue
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, create_engine, event
from sqlalchemy.pool import QueuePool

from app.db.unit import SqlUnitOfWork
from app.domain.unit_of_work import UnitOfWork

T = TypeVar("T")

#: Works that share one commit at most: bounds how long the first of them waits.
GROUP = 64

#: Milliseconds to wait for another process's transaction. Longer than any of ours takes.
BUSY_TIMEOUT = 60_000

_PRAGMAS = (
    f"PRAGMA busy_timeout={BUSY_TIMEOUT}",
    "PRAGMA journal_mode=WAL",
    # FULL: a commit is on the disk when it returns, not only in the system's cache.
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA temp_store=MEMORY",
    "PRAGMA cache_size=-16000",
)


@dataclass(slots=True)
class _Job:
    work: Callable[[UnitOfWork], Any]
    future: Future[Any]


class SqliteDatabase:
    """Implements :class:`app.domain.unit_of_work.Database` on SQLite."""

    def __init__(self, url: URL, threads: int) -> None:
        # The driver and SQLAlchemy stay out of transactions: BEGIN and COMMIT are ours.
        self._engine = create_engine(
            url,
            isolation_level="AUTOCOMMIT",
            poolclass=QueuePool,
            pool_size=threads + 2,
            max_overflow=0,
            connect_args={"check_same_thread": False, "cached_statements": 512},
        )
        event.listen(self._engine, "connect", _prepare)
        self._readers = ThreadPoolExecutor(threads, "database-read")
        self._hot: Connection | None = None
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._writer = threading.Thread(target=self._write_forever, name="database-write")
        self._writing = False

    async def read(self, work: Callable[[UnitOfWork], T]) -> T:
        """Run ``work`` on a snapshot in a thread."""
        return await asyncio.wrap_future(self._readers.submit(self._read, work))

    async def read_hot(self, work: Callable[[UnitOfWork], T]) -> T:
        """Run ``work`` here and now: readers wait for nobody in WAL mode."""
        if self._hot is None:
            self._hot = self._engine.connect()
        # No transaction around it: each look-up is one statement, which sees the newest commit.
        return work(SqlUnitOfWork(self._hot))

    async def write(self, work: Callable[[UnitOfWork], T]) -> T:
        """Run ``work`` in the writer's next transaction; committed when this returns."""
        if not self._writing:
            self._writing = True
            self._writer.start()
        future: Future[T] = Future()
        self._jobs.put(_Job(work, future))
        return await asyncio.wrap_future(future)

    async def ping(self) -> None:
        """Raise if the database does not answer."""
        await self.read(lambda unit: unit.accounts.clouds())

    async def close(self) -> None:
        """Finish what is queued and close the connections."""
        if self._writing:
            self._jobs.put(None)
            await asyncio.to_thread(self._writer.join)
        await asyncio.to_thread(self._readers.shutdown)
        if self._hot is not None:
            self._hot.close()
        self._engine.dispose()

    def _read(self, work: Callable[[UnitOfWork], T]) -> T:
        with self._engine.connect() as connection:
            return _on_snapshot(connection, work)

    def _write_forever(self) -> None:
        with self._engine.connect() as connection:
            while (job := self._jobs.get()) is not None:
                group = [job]
                ending = False
                while len(group) < GROUP and not ending:
                    try:
                        following = self._jobs.get_nowait()
                    except queue.Empty:
                        break
                    if following is None:
                        ending = True
                    else:
                        group.append(following)
                # What nobody waits for any more is not begun; what is begun cannot be cancelled.
                begun = [job for job in group if job.future.set_running_or_notify_cancel()]
                _commit_together(connection, begun)
                if ending:
                    return


def _prepare(driver: sqlite3.Connection, _: object) -> None:
    for pragma in _PRAGMAS:
        driver.execute(pragma)


def _on_snapshot(connection: Connection, work: Callable[[UnitOfWork], T]) -> T:
    driver = _driver(connection)
    driver.execute("BEGIN")
    try:
        return work(SqlUnitOfWork(connection))
    finally:
        driver.execute("COMMIT")  # nothing was written; this only lets go of the snapshot


def _commit_together(connection: Connection, group: list[_Job]) -> None:
    """Run the works in one transaction, each in a savepoint, and commit once."""
    driver = _driver(connection)
    outcomes: list[tuple[Future[Any], Any, BaseException | None]] = []
    try:
        driver.execute("BEGIN IMMEDIATE")
        for job in group:
            outcomes.append((job.future, *_in_savepoint(connection, job.work)))
        driver.execute("COMMIT")
    except Exception as error:  # a full disk, a broken file: nobody may believe it is stored
        if driver.in_transaction:
            driver.execute("ROLLBACK")
        outcomes = [(job.future, None, error) for job in group]
    for future, result, failure in outcomes:
        if failure is not None:
            future.set_exception(failure)
        else:
            future.set_result(result)


def _in_savepoint(
    connection: Connection, work: Callable[[UnitOfWork], Any]
) -> tuple[Any, BaseException | None]:
    driver = _driver(connection)
    driver.execute("SAVEPOINT work")
    try:
        result = work(SqlUnitOfWork(connection))
    except Exception as error:  # its caller's business; its neighbours go on
        if not driver.in_transaction:
            raise  # SQLite has given up the whole transaction, as on a full disk
        driver.execute("ROLLBACK TO work")
        driver.execute("RELEASE work")
        return None, error
    driver.execute("RELEASE work")
    return result, None


def _driver(connection: Connection) -> sqlite3.Connection:
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)  # noqa: S101 - the engine's own driver
    return driver
