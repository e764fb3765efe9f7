"""Background jobs: work that a request leaves behind, as rows that outlive a restart.

A job is added in the transaction that needs the work, so that it exists exactly when that
transaction does. It is run at least once: whoever runs it holds a lease, and when a process
dies its jobs are taken up again once the lease is over. Handlers therefore bear being run
twice. One whose effect is rows of the same database can do better: it removes its job
(:meth:`Jobs.finish`) in the transaction that writes them.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, Protocol, TypeAlias

#: ``waiting`` for its time or for a free place, ``running`` under a lease, ``dead``: given up,
#: kept for the operator to see.
JobState: TypeAlias = Literal["waiting", "running", "dead"]

JOB_STATES: tuple[JobState, ...] = ("waiting", "running", "dead")


@dataclass(frozen=True, slots=True)
class Job:
    """One piece of background work.

    Attributes:
        id: 32 hexadecimal digits.
        kind: which handler runs it.
        payload: what the handler needs, as JSON values.
        created_at: times are kept to the millisecond.
        run_at: when it may be taken: of a running job the end of its lease, of a dead one
            when it was given up.
        blob_key: a blob that is kept as long as the job is there; ``None`` for none.
        attempts: how often it was begun, the present run among them.
        error: why the last attempt failed; empty before.
    """

    id: str
    cloud_id: int
    kind: str
    payload: Mapping[str, Any]
    created_at: datetime
    run_at: datetime
    blob_key: str | None = None
    attempts: int = 0
    state: JobState = "waiting"
    error: str = ""

    @classmethod
    def new(
        cls, cloud_id: int, kind: str, payload: Mapping[str, Any], *, blob_key: str | None = None
    ) -> Job:
        """A job that may be run at once."""
        now = datetime.now(UTC)
        now = now.replace(microsecond=now.microsecond // 1000 * 1000)
        return cls(uuid.uuid4().hex, cloud_id, kind, payload, now, now, blob_key)


@dataclass(frozen=True, slots=True)
class JobCount:
    """How many jobs of a kind are in a state."""

    kind: str
    state: JobState
    number: int


class TemporaryFailure(Exception):
    """An attempt failed for a reason that may pass; the text is what the operator reads.

    Any other exception is retried as well, and logged with its traceback.
    """


class PermanentFailure(Exception):
    """Repeating the job will not help: it is dead at once."""


class Jobs(Protocol):
    """The jobs as one transaction sees them.

    ``worker`` names one running queue. Its claims are leases: only their holder may extend,
    retry, bury or release them, and once a lease is over anybody may claim the job.
    """

    def add(self, job: Job) -> None:
        """Store a new job.

        One with a blob key is a reference to that blob: guard it, as when an asset is stored.
        """

    def claim(
        self, worker: str, now: datetime, lease_seconds: float, kinds: Collection[str], limit: int
    ) -> list[Job]:
        """Take jobs that may be run, the longest due first, each counted as an attempt.

        No job is given to two workers, however many ask at once.
        """

    def extend(self, worker: str, ids: Collection[str], until: datetime) -> set[str]:
        """Move the end of leases; those of ``ids`` that the worker still holds."""

    def finish(self, id: str) -> None:
        """Remove a job that is done. One that is gone is no error."""

    def retry(self, worker: str, id: str, run_at: datetime, error: str) -> None:
        """Have it wait for another attempt."""

    def bury(self, worker: str, id: str, now: datetime, error: str) -> None:
        """Give it up: it stays, and is not run any more."""

    def release(self, worker: str, now: datetime) -> int:
        """Give back all that the worker holds, as if it had not begun; how many."""

    def revive(self, ids: Collection[str] | None, now: datetime) -> int:
        """Let dead jobs (all for ``None``) begin anew, with all their attempts; how many."""

    def drop(self, ids: Collection[str]) -> int:
        """Remove jobs that are not running; how many."""

    def drop_dead(self, until: datetime) -> int:
        """Remove jobs that died at ``until`` or before; how many."""

    def page(
        self, limit: int, *, state: JobState | None = None, after: Job | None = None
    ) -> list[Job]:
        """Jobs in the order in which they were made, those after ``after``."""

    def counts(self) -> list[JobCount]:
        """How many there are by kind and state; nothing of what there is none of."""
