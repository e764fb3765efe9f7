"""Background jobs."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, tuple_, update

from app.db.sql import AnyRow, batches
from app.db.tables import jobs
from app.domain.jobs import Job, JobCount, JobState

_columns = jobs.c
_NAMES = [field.name for field in fields(Job)]
_SELECT = select(*(_columns[name] for name in _NAMES))
_TIMES = ("created_at", "run_at")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class SqlJobs:
    """The job repository of one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, job: Job) -> None:
        """Store a new job."""
        values: dict[str, Any] = {name: getattr(job, name) for name in _NAMES}
        values |= {name: _milliseconds(values[name]) for name in _TIMES}
        values["payload"] = dict(job.payload)
        self._connection.execute(insert(jobs).values(**values, worker=""))

    def claim(
        self, worker: str, now: datetime, lease_seconds: float, kinds: Collection[str], limit: int
    ) -> list[Job]:
        """Take jobs that may be run."""
        due = (
            _SELECT.where(
                _columns.state.in_(("waiting", "running")),
                _columns.run_at <= _milliseconds(now),
                _columns.kind.in_(kinds),
            )
            .order_by(_columns.run_at, _columns.created_at, _columns.id)
            .limit(limit)
            # On SQLite every write transaction excludes every other one already.
            .with_for_update(skip_locked=True)
        )
        found = [_to_job(row) for row in self._connection.execute(due)]
        end = now + timedelta(seconds=lease_seconds)
        if found:
            self._connection.execute(
                update(jobs)
                .where(_columns.id.in_([job.id for job in found]))
                .values(
                    state="running",
                    worker=worker,
                    run_at=_milliseconds(end),
                    attempts=_columns.attempts + 1,
                )
            )
        return [
            replace(job, state="running", run_at=end, attempts=job.attempts + 1) for job in found
        ]

    def extend(self, worker: str, ids: Collection[str], until: datetime) -> set[str]:
        """Move the end of leases."""
        statement = (
            update(jobs)
            .where(_held(worker), _columns.id.in_(ids))
            .values(run_at=_milliseconds(until))
        )
        return set(self._connection.execute(statement.returning(_columns.id)).scalars())

    def finish(self, id: str) -> None:
        """Remove a job that is done."""
        self._connection.execute(delete(jobs).where(_columns.id == id))

    def retry(self, worker: str, id: str, run_at: datetime, error: str) -> None:
        """Have it wait for another attempt."""
        self._end(worker, id, "waiting", run_at, error)

    def bury(self, worker: str, id: str, now: datetime, error: str) -> None:
        """Give it up."""
        self._end(worker, id, "dead", now, error)

    def release(self, worker: str, now: datetime) -> int:
        """Give back all that the worker holds."""
        statement = (
            update(jobs)
            .where(_held(worker))
            .values(
                state="waiting",
                worker="",
                run_at=_milliseconds(now),
                attempts=_columns.attempts - 1,
            )
        )
        return self._connection.execute(statement).rowcount

    def revive(self, ids: Collection[str] | None, now: datetime) -> int:
        """Let dead jobs begin anew."""
        statement = (
            update(jobs)
            .where(_columns.state == "dead")
            .values(state="waiting", run_at=_milliseconds(now), attempts=0)
        )
        if ids is None:
            return self._connection.execute(statement).rowcount
        return sum(
            self._connection.execute(statement.where(_columns.id.in_(batch))).rowcount
            for batch in batches(sorted(ids))
        )

    def drop(self, ids: Collection[str]) -> int:
        """Remove jobs that are not running."""
        statement = delete(jobs).where(_columns.state != "running")
        return sum(
            self._connection.execute(statement.where(_columns.id.in_(batch))).rowcount
            for batch in batches(sorted(ids))
        )

    def drop_dead(self, until: datetime) -> int:
        """Remove jobs that died long ago."""
        dead = (_columns.state == "dead", _columns.run_at <= _milliseconds(until))
        return self._connection.execute(delete(jobs).where(*dead)).rowcount

    def page(
        self, limit: int, *, state: JobState | None = None, after: Job | None = None
    ) -> list[Job]:
        """Jobs in the order in which they were made."""
        place = tuple_(_columns.created_at, _columns.id)
        statement = _SELECT.order_by(_columns.created_at, _columns.id).limit(limit)
        if state is not None:
            statement = statement.where(_columns.state == state)
        if after is not None:
            statement = statement.where(place > (_milliseconds(after.created_at), after.id))
        return [_to_job(row) for row in self._connection.execute(statement)]

    def counts(self) -> list[JobCount]:
        """How many there are by kind and state."""
        by = (_columns.kind, _columns.state)
        statement = select(*by, func.count()).group_by(*by).order_by(*by)
        return [JobCount(*row) for row in self._connection.execute(statement)]

    def _end(self, worker: str, id: str, state: JobState, run_at: datetime, error: str) -> None:
        self._connection.execute(
            update(jobs)
            .where(_held(worker), _columns.id == id)
            .values(state=state, worker="", run_at=_milliseconds(run_at), error=error)
        )


def _held(worker: str) -> ColumnElement[bool]:
    return (_columns.worker == worker) & (_columns.state == "running")


def _milliseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def _to_job(row: AnyRow) -> Job:
    values = dict(zip(_NAMES, row, strict=True))
    return Job(**values | {name: _EPOCH + timedelta(milliseconds=values[name]) for name in _TIMES})
