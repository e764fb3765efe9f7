"""Background jobs: what every database must do with them."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from app.db.database import open_database
from app.domain.jobs import Job, JobCount
from app.domain.unit_of_work import UnitOfWork
from tests.contract.db.works import MOMENT, Runner

LEASE = 30.0
SECOND = timedelta(seconds=1)


def add(database: Runner, *jobs: Job) -> None:
    def work(unit: UnitOfWork) -> None:
        for job in jobs:
            unit.jobs.add(job)

    database.write(work)


def made(database: Runner, number: int = 0, kind: str = "a") -> Job:
    """A job of the second ``number`` after the moment."""
    job = Job.new(database.cloud.id, kind, {"number": number, "text": "é\n|\u2028"})
    when = MOMENT + number * SECOND
    return replace(job, created_at=when, run_at=when)


def claim(
    database: Runner, worker: str = "w", *, after: float = 0, kinds: str = "ab", limit: int = 10
) -> list[Job]:
    now = MOMENT + after * SECOND
    return database.write(lambda u: u.jobs.claim(worker, now, LEASE, tuple(kinds), limit))


def everything(database: Runner) -> list[Job]:
    return database.read(lambda unit: unit.jobs.page(1000))


def test_a_job_comes_back_as_it_was(database: Runner) -> None:
    job = Job.new(database.cloud.id, "a", {"deep": [{"é": None}, 1.5]}, blob_key="b" * 64)
    add(database, job)
    assert everything(database) == [job]
    database.write(lambda unit: unit.jobs.finish(job.id))
    database.write(lambda unit: unit.jobs.finish(job.id))
    assert everything(database) == []


def test_nothing_is_added_by_a_work_that_fails(database: Runner) -> None:
    def work(unit: UnitOfWork) -> None:
        unit.jobs.add(made(database))
        raise LookupError

    with pytest.raises(LookupError):
        database.write(work)
    assert everything(database) == []


def test_the_longest_due_are_claimed_first(database: Runner) -> None:
    jobs = [made(database, number) for number in range(5)]
    add(database, *(jobs[number] for number in (3, 0, 4, 2, 1)))
    first = claim(database, after=3, limit=2)
    end = MOMENT + (3 + LEASE) * SECOND
    assert first == [replace(job, attempts=1, state="running", run_at=end) for job in jobs[:2]]
    assert [job.id for job in claim(database, after=3)] == [job.id for job in jobs[2:4]]
    assert claim(database, after=3.999) == []
    assert [job.id for job in claim(database, after=4)] == [jobs[4].id]


def test_only_the_asked_kinds_are_claimed(database: Runner) -> None:
    first, second = made(database, 0, "a"), made(database, 1, "b")
    add(database, first, second)
    assert [job.id for job in claim(database, after=9, kinds="b")] == [second.id]
    assert claim(database, after=9, kinds="b") == []
    assert claim(database, after=9, kinds="") == []
    assert [job.id for job in claim(database, after=9)] == [first.id]


def test_a_lease_that_is_over_is_anybodys(database: Runner) -> None:
    job = made(database)
    add(database, job)
    assert len(claim(database, "dead")) == 1
    assert claim(database, "other", after=LEASE - 0.001) == []
    again = claim(database, "other", after=LEASE)
    assert [(job.id, job.attempts) for job in again] == [(job.id, 2)]
    later = MOMENT + 99 * SECOND
    # The first one wakes up: nothing of what it does but finishing counts any more.
    assert database.write(lambda u: u.jobs.extend("dead", [job.id], later)) == set()
    database.write(lambda u: u.jobs.retry("dead", job.id, MOMENT, "late"))
    database.write(lambda u: u.jobs.bury("dead", job.id, MOMENT, "late"))
    assert database.write(lambda u: u.jobs.release("dead", MOMENT)) == 0
    assert everything(database) == again


def test_leases_are_extended(database: Runner) -> None:
    jobs = [made(database, number) for number in range(3)]
    add(database, *jobs)
    claim(database, limit=2, after=2)
    until = MOMENT + 100 * SECOND
    ids = [job.id for job in jobs]
    assert database.write(lambda u: u.jobs.extend("w", ids, until)) == set(ids[:2])
    assert database.write(lambda u: u.jobs.extend("w", [], until)) == set()
    assert [job.id for job in claim(database, "other", after=99.9)] == [ids[2]]
    assert [job.id for job in claim(database, "other", after=100, limit=2)] == ids[:2]


def test_a_failed_job_waits_for_its_time(database: Runner) -> None:
    job = made(database)
    add(database, job)
    claim(database)
    later = MOMENT + 10 * SECOND
    database.write(lambda u: u.jobs.retry("w", job.id, later, "no answer é"))
    waiting = replace(job, attempts=1, run_at=later, error="no answer é")
    assert everything(database) == [waiting]
    assert claim(database, after=9.9) == []
    assert [job.attempts for job in claim(database, after=10)] == [2]


def test_the_dead_are_never_claimed_until_they_are_revived(database: Runner) -> None:
    jobs = [made(database, number) for number in range(3)]
    add(database, *jobs)
    claim(database, after=2)
    died = MOMENT + 5 * SECOND
    for job in jobs[:2]:
        database.write(lambda u, id=job.id: u.jobs.bury("w", id, died, "e"))
    dead = [replace(job, attempts=1, state="dead", run_at=died, error="e") for job in jobs[:2]]
    assert database.read(lambda u: u.jobs.page(9, state="dead")) == dead
    assert [job.id for job in claim(database, "other", after=999)] == [jobs[2].id]
    now = MOMENT + 9 * SECOND
    # Only what is dead comes to life.
    ids = [jobs[0].id, jobs[2].id, "none"]
    assert database.write(lambda u: u.jobs.revive(ids, now)) == 1
    assert database.write(lambda u: u.jobs.revive(None, now)) == 1
    assert database.write(lambda u: u.jobs.revive(None, now)) == 0
    again = claim(database, after=9)
    assert [(job.id, job.attempts) for job in again] == [(job.id, 1) for job in jobs[:2]]


def test_what_is_released_has_not_begun(database: Runner) -> None:
    jobs = [made(database, number) for number in range(3)]
    add(database, *jobs)
    claim(database, "w", after=2, limit=2)
    claim(database, "other", after=2)
    now = MOMENT + 3 * SECOND
    assert database.write(lambda u: u.jobs.release("w", now)) == 2
    assert database.read(lambda u: u.jobs.page(9, state="waiting")) == [
        replace(job, run_at=now) for job in jobs[:2]
    ]
    assert [job.attempts for job in claim(database, after=3)] == [1, 1]


def test_dropping(database: Runner) -> None:
    jobs = [made(database, number) for number in range(6)]
    add(database, *jobs)
    claim(database, after=4, limit=5)
    for job in jobs[:4]:
        died = job.run_at + 10 * SECOND
        database.write(lambda u, id=job.id, at=died: u.jobs.bury("w", id, at, ""))
    assert database.write(lambda u: u.jobs.drop_dead(MOMENT + 11 * SECOND)) == 2
    ids = [jobs[2].id, jobs[4].id, jobs[5].id, "none"]  # dead, running, waiting
    assert database.write(lambda u: u.jobs.drop(ids)) == 2
    assert [job.id for job in everything(database)] == [jobs[3].id, jobs[4].id]


def test_pages_and_counts(database: Runner) -> None:
    jobs = [made(database, number // 2, "ab"[number % 2]) for number in range(7)]
    add(database, *jobs)
    jobs.sort(key=lambda job: (job.created_at, job.id))
    seen: list[Job] = []
    last: Job | None = None
    while page := database.read(lambda u, last=last: u.jobs.page(2, after=last)):
        seen += page
        last = page[-1]
    assert seen == jobs
    taken = claim(database, kinds="b", after=9)
    assert database.read(lambda u: u.jobs.page(9, state="running")) == sorted(
        taken, key=lambda job: (job.created_at, job.id)
    )
    assert database.read(lambda u: u.jobs.counts()) == [
        JobCount("a", "waiting", 4),
        JobCount("b", "running", 3),
    ]


def test_a_job_keeps_its_blob(database: Runner) -> None:
    key = "c" * 64
    job = Job.new(database.cloud.id, "a", {}, blob_key=key)
    add(database, job, Job.new(database.cloud.id, "a", {}))
    assert database.read(lambda u: u.blobs.used([key, "d" * 64])) == {key}
    assert database.read(lambda u: list(u.blobs.all())) == [(key, f"a job {job.id}")]
    database.write(lambda u: u.jobs.finish(job.id))
    assert database.read(lambda u: u.blobs.used([key])) == set()


JOBS = 200


def take_all(url: str) -> list[str]:
    """Claim until there is nothing left, as a process of its own would."""

    async def run() -> list[str]:
        database = open_database(url, threads=2)
        worker = str(threading.get_ident())
        taken: list[str] = []
        while True:
            found = await database.write(
                lambda u: u.jobs.claim(worker, MOMENT + 999 * SECOND, LEASE, ["a"], 3)
            )
            if not found:
                await database.close()
                return taken
            taken += [job.id for job in found]

    return asyncio.run(run())


def in_threads(url: str) -> list[list[str]]:
    results: list[list[str]] = []
    threads = [threading.Thread(target=lambda: results.append(take_all(url))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def in_processes(url: str) -> list[list[str]]:
    program = f"from {__name__} import take_all; print(*take_all({url!r}))"
    processes = [
        subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    results = [process.communicate(timeout=60)[0].split() for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0]
    return results


@pytest.mark.parametrize("together", [in_threads, in_processes])
def test_no_job_is_given_to_two(
    database: Runner, url: str, together: Callable[[str], list[list[str]]]
) -> None:
    jobs = [made(database, number) for number in range(JOBS)]
    add(database, *jobs)
    results = together(url)
    counted = Counter(id for result in results for id in result)
    assert counted == Counter(job.id for job in jobs)
