"""The queue on a real database: retries, death, leases, lanes, stopping."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from app.db.database import SqlDatabase, open_database
from app.db.migrate import migrate
from app.domain.errors import NotFound, RateLimited
from app.domain.jobs import Job, PermanentFailure, TemporaryFailure
from app.services.jobs import JobAdministration, Queue, QueueLimits, retry_delay

LIMITS = QueueLimits(
    places={"work": 2, "network": 3}, attempts=3, retry_seconds=0.02, lease_seconds=1.0
)


@dataclass
class Bench:
    """A migrated database with a cloud, and what handlers have noted."""

    database: SqlDatabase
    cloud_id: int
    ran: list[Job] = field(default_factory=list)

    def queue(self, limits: QueueLimits = LIMITS, **options: Any) -> Queue:
        return Queue(self.database, limits, **options)

    async def add(self, kind: str = "k", number: int = 1) -> list[str]:
        jobs = [Job.new(self.cloud_id, kind, {"number": n}) for n in range(number)]
        for job in jobs:
            await self.database.write(lambda u, job=job: u.jobs.add(job))
        return [job.id for job in jobs]

    async def jobs(self) -> list[Job]:
        return await self.database.read(lambda u: u.jobs.page(1000))

    async def note(self, job: Job) -> None:
        self.ran.append(job)

    async def until(self, done: Callable[[], bool]) -> None:
        async with asyncio.timeout(20):
            while True:
                if done():
                    return
                await asyncio.sleep(0.005)

    async def until_empty(self) -> None:
        await self._until_jobs(lambda jobs: not jobs)

    async def until_dead(self) -> Job:
        """The only job, once it was given up."""
        await self._until_jobs(lambda jobs: [job.state for job in jobs] == ["dead"])
        (job,) = await self.jobs()
        return job

    async def _until_jobs(self, done: Callable[[list[Job]], bool]) -> None:
        async with asyncio.timeout(20):
            while True:
                if done(await self.jobs()):
                    return
                await asyncio.sleep(0.01)


@asynccontextmanager
async def benched(path: Path) -> AsyncIterator[Bench]:
    url = f"sqlite:///{path / 'l.db'}"
    migrate(url)
    database = open_database(url)
    cloud = await database.write(lambda u: u.accounts.add_cloud("acme"))
    try:
        yield Bench(database, cloud.id)
    finally:
        await database.close()


@pytest.fixture
def bench(tmp_path: Path) -> Callable[[Callable[[Bench], Coroutine[Any, Any, None]]], None]:
    def run(test: Callable[[Bench], Coroutine[Any, Any, None]]) -> None:
        async def whole() -> None:
            async with benched(tmp_path) as made:
                await test(made)

        asyncio.run(whole())

    return run


Run = Callable[[Callable[[Bench], Coroutine[Any, Any, None]]], None]


def test_a_job_is_run_at_once_when_woken_and_is_gone(bench: Run) -> None:
    async def test(b: Bench) -> None:
        queue = b.queue()
        queue.handle("k", b.note)
        async with queue.running():
            await asyncio.sleep(1.7)  # by now it looks every two seconds
            begun = time.monotonic()
            (id,) = await b.add()
            queue.wake()
            await b.until(lambda: bool(b.ran))
            assert time.monotonic() - begun < 1
            await b.until_empty()
        assert [(job.id, job.attempts, job.payload) for job in b.ran] == [(id, 1, {"number": 0})]

    bench(test)


def test_what_others_have_added_is_found_by_looking(bench: Run) -> None:
    async def test(b: Bench) -> None:
        queue = b.queue()
        queue.handle("k", b.note)
        async with queue.running():
            await b.add(number=5)
            await b.until_empty()
        assert len(b.ran) == 5

    bench(test)


def test_kinds_without_a_handler_are_left_alone(bench: Run) -> None:
    async def test(b: Bench) -> None:
        queue = b.queue()
        queue.handle("k", b.note)
        await b.add("unknown")
        async with queue.running():
            await b.add("k")
            queue.wake()
            await b.until(lambda: bool(b.ran))
        assert [(job.kind, job.state, job.attempts) for job in await b.jobs()] == [
            ("unknown", "waiting", 0)
        ]

    bench(test)


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (TemporaryFailure("no answer"), "no answer"),
        (RateLimited("overloaded"), "overloaded"),
        (KeyError("é\0\ud800"), r"KeyError: 'é\x00\ud800'"),
        (ValueError("é\0\ud800" + "x" * 9999), "ValueError: é?"),
    ],
)
def test_failures_are_retried_until_there_are_no_attempts_left(
    bench: Run, caplog: pytest.LogCaptureFixture, error: Exception, text: str
) -> None:
    async def test(b: Bench) -> None:
        queue = b.queue()

        async def fail(job: Job) -> None:
            await b.note(job)
            raise error

        queue.handle("k", fail)
        await b.add()
        async with queue.running():
            dead = await b.until_dead()
        assert [job.attempts for job in b.ran] == [1, 2, 3]
        assert b.ran[1].error.startswith(text)
        assert dead.attempts == 3
        assert dead.error.startswith(text) and len(dead.error) <= 500

    with caplog.at_level(logging.WARNING):
        bench(test)
    assert "is given up" in caplog.text
    # What is expected to happen has no traceback.
    assert ("Traceback" in caplog.text) == isinstance(error, LookupError | ValueError)


def test_a_job_that_succeeds_at_the_second_attempt(bench: Run) -> None:
    async def test(b: Bench) -> None:
        queue = b.queue()

        async def second(job: Job) -> None:
            await b.note(job)
            if job.attempts == 1:
                raise TemporaryFailure("not yet")

        queue.handle("k", second)
        await b.add()
        async with queue.running():
            await b.until_empty()
        assert [job.attempts for job in b.ran] == [1, 2]

    bench(test)


def test_a_permanent_failure_is_not_retried(bench: Run) -> None:
    async def test(b: Bench) -> None:
        queue = b.queue()

        async def fail(job: Job) -> None:
            await b.note(job)
            raise PermanentFailure("never")

        queue.handle("k", fail)
        (id,) = await b.add()
        async with queue.running():
            dead = await b.until_dead()
            await asyncio.sleep(0.4)  # it would have been run again by now
        assert (dead.id, dead.attempts, dead.error, len(b.ran)) == (id, 1, "never", 1)
        operator = JobAdministration(b.database)
        assert await operator.page(9, "dead") == [dead]
        with pytest.raises(NotFound):
            await operator.retry([id, "f" * 32])
        assert await operator.page(9, "dead") == [dead]
        assert await operator.retry([id]) == 1
        queue = b.queue()
        queue.handle("k", b.note)
        async with queue.running():
            await b.until_empty()
        assert [job.attempts for job in b.ran] == [1, 1]

    bench(test)


def test_an_attempt_may_not_take_too_long(bench: Run) -> None:
    async def test(b: Bench) -> None:
        queue = b.queue(QueueLimits({"work": 1}, attempts=1, seconds=0.1))

        async def hang(_: Job) -> None:
            await asyncio.sleep(60)

        queue.handle("k", hang)
        await b.add()
        async with queue.running():
            dead = await b.until_dead()
        assert dead.error == "it took too long"

    bench(test)


def test_no_more_run_at_once_than_there_are_places(bench: Run) -> None:
    async def test(b: Bench) -> None:
        running = {"work": 0, "network": 0}
        most = dict(running)
        gate = asyncio.Event()

        def counting(name: str) -> Callable[[Job], Coroutine[Any, Any, None]]:
            async def run(job: Job) -> None:
                running[name] += 1
                most[name] = max(most[name], running[name])
                await gate.wait()
                running[name] -= 1

            return run

        queue = b.queue()
        queue.handle("w", counting("work"))
        queue.handle("n", counting("network"), "network")
        await b.add("w", 5)
        await b.add("n", 7)
        async with queue.running():
            await b.until(lambda: running == {"work": 2, "network": 3})
            await asyncio.sleep(0.6)
            assert running == {"work": 2, "network": 3}
            gate.set()
            await b.until_empty()
        assert most == {"work": 2, "network": 3}

    bench(test)


def test_clients_go_first(bench: Run) -> None:
    async def test(b: Bench) -> None:
        busy, running, most = True, 0, 0

        async def run(_: Job) -> None:
            nonlocal running, most
            running += 1
            most = max(most, running)
            await asyncio.sleep(0.05)
            running -= 1

        queue = b.queue(busy=lambda: busy)
        queue.handle("k", run)
        await b.add(number=6)
        async with queue.running():
            await b.until_empty()
            assert most == 1  # they go on all the same
            busy = False
            await b.add(number=6)
            queue.wake()
            await b.until_empty()
        assert most == 2

    bench(test)


def test_leases_are_kept_while_a_job_runs(bench: Run) -> None:
    async def test(b: Bench) -> None:
        first, second = b.queue(), b.queue()

        async def slow(job: Job) -> None:
            await b.note(job)
            await asyncio.sleep(2.5 * LIMITS.lease_seconds)

        for queue in (first, second):
            queue.handle("k", slow)
        await b.add()
        async with first.running(), second.running():
            await b.until_empty()
        assert len(b.ran) == 1

    bench(test)


def test_jobs_of_a_process_that_died_are_taken_up(bench: Run) -> None:
    async def test(b: Bench) -> None:
        (id,) = await b.add()
        now = (await b.jobs())[0].run_at
        await b.database.write(lambda u: u.jobs.claim("dead", now, 0.5, ["k"], 1))
        queue = b.queue()
        queue.handle("k", b.note)
        async with queue.running():
            await b.until_empty()
        assert [(job.id, job.attempts) for job in b.ran] == [(id, 2)]

    bench(test)


def test_what_kills_processes_is_given_up(bench: Run) -> None:
    async def test(b: Bench) -> None:
        await b.add()
        for _ in range(LIMITS.attempts):
            now = (await b.jobs())[0].run_at
            await b.database.write(lambda u, now=now: u.jobs.claim("dead", now, 0, ["k"], 1))
        queue = b.queue()
        queue.handle("k", b.note)
        async with queue.running():
            dead = await b.until_dead()
        assert dead.error == "the server ended while it ran"
        assert b.ran == []

    bench(test)


def test_a_job_that_somebody_else_has_is_stopped(bench: Run) -> None:
    async def test(b: Bench) -> None:
        queue = b.queue()
        stopped = asyncio.Event()

        async def hang(job: Job) -> None:
            await b.note(job)
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                stopped.set()
                raise

        queue.handle("k", hang)
        (id,) = await b.add()
        async with queue.running():
            await b.until(lambda: bool(b.ran))
            far = b.ran[0].run_at.replace(year=9999)
            taken = await b.database.write(lambda u: u.jobs.claim("other", far, 1, ["k"], 1))
            assert [job.id for job in taken] == [id]
            async with asyncio.timeout(5):
                await stopped.wait()
        assert [(job.state, job.attempts) for job in await b.jobs()] == [("running", 2)]

    bench(test)


def test_a_stop_gives_back_what_has_not_ended(bench: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.services.jobs.STOPPING", 0.3)

    async def test(b: Bench) -> None:
        queue = b.queue()

        async def run(job: Job) -> None:
            await b.note(job)
            await asyncio.sleep(60 if job.kind == "long" else 0.1)

        queue.handle("long", run)
        queue.handle("short", run)
        (long,) = await b.add("long")
        await b.add("short")
        async with queue.running():
            await b.until(lambda: len(b.ran) == 2)
            begun = time.monotonic()
        assert time.monotonic() - begun < 5
        (left,) = await b.jobs()
        assert (left.id, left.state, left.attempts) == (long, "waiting", 0)
        again = b.queue()
        again.handle("long", b.note)
        async with again.running():
            await b.until_empty()

    bench(test)


def test_the_queue_outlives_an_outage_of_the_database(
    bench: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def test(b: Bench) -> None:
        queue = b.queue()
        queue.handle("k", b.note)
        write = b.database.write

        async def broken(_: object) -> None:
            raise OSError("the database is away")

        async with queue.running():
            monkeypatch.setattr(b.database, "write", broken)
            await asyncio.sleep(0.6)
            monkeypatch.setattr(b.database, "write", write)
            await b.add()
            await b.until_empty()
        assert len(b.ran) == 1

    bench(test)


def test_the_dead_do_not_stay_for_ever(bench: Run) -> None:
    async def test(b: Bench) -> None:
        await b.add()
        now = (await b.jobs())[0].run_at
        await b.database.write(lambda u: u.jobs.claim("w", now, 1, ["k"], 1))
        (job,) = await b.jobs()
        long_ago = now.replace(year=now.year - 1)
        await b.database.write(lambda u: u.jobs.bury("w", job.id, long_ago, ""))
        async with b.queue().running():
            await b.until_empty()

    bench(test)


def test_the_operator_drops_what_does_not_run(bench: Run) -> None:
    async def test(b: Bench) -> None:
        operator = JobAdministration(b.database)
        first, second, third = await b.add(number=3)
        now = (await b.jobs())[2].run_at
        (running,) = await b.database.write(lambda u: u.jobs.claim("w", now, 60, ["k"], 1))
        waiting = [id for id in (first, second, third) if id != running.id]
        with pytest.raises(NotFound):
            await operator.drop([running.id, waiting[0]])
        assert len(await b.jobs()) == 3
        assert await operator.drop(waiting[:1]) == 1
        await b.database.write(lambda u: u.jobs.bury("w", running.id, now, ""))
        assert await operator.drop(None) == 1
        assert [job.id for job in await b.jobs()] == waiting[1:]
        counts = await operator.counts()
        assert [(item.kind, item.state, item.number) for item in counts] == [("k", "waiting", 1)]

    bench(test)


def test_waits_double_up_to_an_hour_and_are_spread() -> None:
    for attempts, longest in ((1, 10), (2, 20), (3, 40), (9, 2560), (10, 3600), (1000, 3600)):
        waits = [retry_delay(attempts, 10) for _ in range(200)]
        assert longest / 2 <= min(waits) < longest * 0.6
        assert longest * 0.9 < max(waits) <= longest
