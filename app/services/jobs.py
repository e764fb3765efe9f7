"""The durable queue: runs the jobs that are stored as rows, in every server process.

A lane is a number of places and the kinds of jobs that may sit on them, so that receivers of
notifications who take their time never keep renderings waiting, nor the other way round.
"""

from __future__ import annotations

import asyncio
import logging
import random
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, TypeAlias

from app.domain.errors import NotFound, ServiceError
from app.domain.jobs import Job, JobCount, JobState, PermanentFailure, TemporaryFailure
from app.domain.unit_of_work import Database, UnitOfWork

log = logging.getLogger(__name__)

#: Runs one job. Raising fails the attempt: :class:`PermanentFailure` for good, anything else
#: until there are no attempts left. May be cancelled when the server stops.
Handler: TypeAlias = Callable[[Job], Awaitable[None]]

#: ``work`` takes a core, ``network`` waits for others.
LaneName: TypeAlias = Literal["work", "network"]

#: Seconds between two looks into an empty queue: they double from the first to the second.
#: Only what others have added is found by looking; our own jobs wake the queue.
SHORTEST_LOOK, LONGEST_LOOK = 0.25, 4.0

#: Most seconds between two attempts.
LONGEST_RETRY = 3600.0

#: Seconds that running jobs are given when the server stops.
STOPPING = 5.0

#: Seconds between two sweeps of jobs that died long ago.
SWEEP = 3600.0

#: Characters of an error that are kept.
LONGEST_ERROR = 500

#: Failures whose text says everything; others are logged with their traceback.
_EXPECTED = (ServiceError, TemporaryFailure, PermanentFailure)


@dataclass(frozen=True, slots=True)
class QueueLimits:
    """How the queue runs its jobs.

    Attributes:
        places: jobs of each lane that a process runs at once.
        attempts: after which a job is dead.
        retry_seconds: until the second attempt; each further wait is twice as long.
        seconds: that one attempt may take.
        lease_seconds: after which the jobs of a process that died are taken up by others.
        keep_days: that dead jobs are kept.
    """

    places: Mapping[LaneName, int]
    attempts: int = 10
    retry_seconds: float = 10.0
    seconds: float = 3600.0
    lease_seconds: float = 30.0
    keep_days: float = 30.0


class _Lane:
    """Some places, what may sit on them, and what does."""

    def __init__(self, places: int) -> None:
        self.places = places
        self.handlers: dict[str, Handler] = {}
        self.running: dict[asyncio.Task[None], str] = {}
        self.changed = asyncio.Event()

    def leave(self, task: asyncio.Task[None]) -> None:
        """Free the place of a task that has ended."""
        del self.running[task]
        self.changed.set()


class Queue:
    """Runs jobs while :meth:`running` is entered.

    Args:
        busy: whether clients' own work waits for a thread; meanwhile at most one job of the
            ``work`` lane is run.
    """

    def __init__(
        self, database: Database, limits: QueueLimits, busy: Callable[[], bool] = lambda: False
    ) -> None:
        self._database = database
        self._limits = limits
        self._busy = busy
        self._worker = uuid.uuid4().hex
        self._lanes = {name: _Lane(places) for name, places in limits.places.items()}
        self._stopping = False

    def handle(self, kind: str, handler: Handler, lane: LaneName = "work") -> None:
        """Have jobs of a kind run by ``handler``; before :meth:`running`."""
        self._lanes[lane].handlers[kind] = handler

    def wake(self) -> None:
        """Look for new jobs at once. Called on the event loop, after the commit that added one."""
        for lane in self._lanes.values():
            lane.changed.set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run jobs until the block ends; what has not ended then is given back."""
        self._stopping = False
        drivers = [asyncio.create_task(self._drive(name)) for name in self._lanes]
        keepers = [
            asyncio.create_task(_repeat(self._limits.lease_seconds / 3, self._keep_leases)),
            asyncio.create_task(_repeat(SWEEP, self._sweep)),
        ]
        try:
            yield
        finally:
            self._stopping = True
            self.wake()
            await asyncio.gather(*drivers)
            await self._end_jobs()
            await _cancel(keepers)
            try:
                await self._database.write(lambda unit: unit.jobs.release(self._worker, _now()))
            except Exception:
                # The server stops all the same: the leases run out by themselves.
                log.exception("could not give back jobs")

    async def _drive(self, name: LaneName) -> None:
        lane = self._lanes[name]
        pause = SHORTEST_LOOK
        while not self._stopping:
            lane.changed.clear()
            places = 1 if name == "work" and self._busy() else lane.places
            jobs = await self._claim(lane, places - len(lane.running))
            for job in jobs:
                # One that runs here already has lost its lease while the process stood still.
                if job.id not in lane.running.values():
                    task = asyncio.create_task(self._run(lane.handlers[job.kind], job))
                    lane.running[task] = job.id
                    task.add_done_callback(lane.leave)
            pause = SHORTEST_LOOK if jobs else min(2 * pause, LONGEST_LOOK)
            with suppress(TimeoutError):
                await asyncio.wait_for(lane.changed.wait(), pause)

    async def _claim(self, lane: _Lane, free: int) -> list[Job]:
        if free <= 0 or not lane.handlers:
            return []
        kinds, seconds = list(lane.handlers), self._limits.lease_seconds
        try:
            return await self._database.write(
                lambda unit: unit.jobs.claim(self._worker, _now(), seconds, kinds, free)
            )
        except Exception:
            # The database may be away for a while; the queue goes on when it is back.
            log.exception("could not look for jobs")
            return []

    async def _run(self, handler: Handler, job: Job) -> None:
        error: Exception | None = None
        try:
            if job.attempts > self._limits.attempts:
                # It was begun as often as allowed and never ended: it may be what kills servers.
                raise PermanentFailure(job.error or "the server ended while it ran")
            async with asyncio.timeout(self._limits.seconds):
                await handler(job)
        except TimeoutError:
            error = TemporaryFailure("it took too long")
        except Exception as caught:  # whatever a handler raises is the job's failure, not ours
            error = caught
        try:
            await self._settle(job, error)
        except Exception:
            # It is run again when its lease is over.
            log.exception("could not write down the end of %s job %s", job.kind, job.id)

    async def _settle(self, job: Job, error: Exception | None) -> None:
        if error is None:
            await self._database.write(lambda unit: unit.jobs.finish(job.id))
            return
        text = _describe(error)
        if not isinstance(error, _EXPECTED):
            log.error("%s job %s failed unexpectedly", job.kind, job.id, exc_info=error)
        if isinstance(error, PermanentFailure) or job.attempts >= self._limits.attempts:
            log.error("%s job %s is given up: %s", job.kind, job.id, text)
            await self._database.write(
                lambda unit: unit.jobs.bury(self._worker, job.id, _now(), text)
            )
            return
        seconds = retry_delay(job.attempts, self._limits.retry_seconds)
        log.warning("%s job %s is tried again in %.1f s: %s", job.kind, job.id, seconds, text)
        later = _now() + timedelta(seconds=seconds)
        await self._database.write(lambda unit: unit.jobs.retry(self._worker, job.id, later, text))

    async def _keep_leases(self) -> None:
        running = {task: id for lane in self._lanes.values() for task, id in lane.running.items()}
        if not running:
            return
        until = _now() + timedelta(seconds=self._limits.lease_seconds)
        held = await self._database.write(
            lambda unit: unit.jobs.extend(self._worker, set(running.values()), until)
        )
        for task, id in running.items():
            if id not in held:
                task.cancel()  # somebody else has it, or it has just ended

    async def _sweep(self) -> None:
        until = _now() - timedelta(days=self._limits.keep_days)
        await self._database.write(lambda unit: unit.jobs.drop_dead(until))

    async def _end_jobs(self) -> None:
        tasks = [task for lane in self._lanes.values() for task in lane.running]
        if tasks:
            _, left = await asyncio.wait(tasks, timeout=STOPPING)
            await _cancel(left)


class JobAdministration:
    """What the operator does with jobs."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def counts(self) -> list[JobCount]:
        """How many there are by kind and state."""
        return await self._database.read(lambda unit: unit.jobs.counts())

    async def page(self, limit: int, state: JobState | None = None) -> list[Job]:
        """The oldest ones."""
        return await self._database.read(lambda unit: unit.jobs.page(limit, state=state))

    async def retry(self, ids: Collection[str] | None) -> int:
        """Let dead jobs (all for ``None``) begin anew; how many.

        Raises:
            NotFound: one of them is not there, or not dead; then none begins.
        """

        def work(unit: UnitOfWork) -> int:
            number = unit.jobs.revive(ids, _now())
            return _all_of(ids, number, "a dead job")

        return await self._database.write(work)

    async def drop(self, ids: Collection[str] | None) -> int:
        """Remove jobs that are not running (all dead ones for ``None``); how many.

        Raises:
            NotFound: one of them is not there, or running; then none is removed.
        """

        def work(unit: UnitOfWork) -> int:
            number = unit.jobs.drop_dead(_now()) if ids is None else unit.jobs.drop(ids)
            return _all_of(ids, number, "a job that is not running")

        return await self._database.write(work)


def _all_of(ids: Collection[str] | None, number: int, what: str) -> int:
    if ids is not None and number < len(set(ids)):
        raise NotFound(f"Not every id is that of {what}; nothing has changed")
    return number


def retry_delay(attempts: int, first: float) -> float:
    """Seconds from a failed attempt to the next.

    Doubles with each, up to :data:`LONGEST_RETRY`; less by up to a half at random, so that jobs
    that failed together do not come back together.

    Args:
        attempts: begun so far, at least 1.
        first: seconds after the first.
    """
    longest: float = min(first * 2.0 ** min(attempts - 1, 32), LONGEST_RETRY)
    return longest * random.uniform(0.5, 1)  # noqa: S311 - spreads load, hides nothing


def _describe(error: Exception) -> str:
    text = str(error) if isinstance(error, _EXPECTED) else f"{type(error).__name__}: {error}"
    # No zero characters and no halves of pairs: databases refuse them.
    return text[:LONGEST_ERROR].replace("\0", "").encode("utf-8", "replace").decode()


def _now() -> datetime:
    return datetime.now(UTC)


async def _repeat(seconds: float, work: Callable[[], Awaitable[None]]) -> None:
    while True:
        try:
            await work()
        except Exception:
            # As above: what goes wrong once may go well the next time.
            log.exception("housekeeping of jobs failed")
        await asyncio.sleep(seconds)


async def _cancel(tasks: Collection[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
