"""Background jobs outlive the server: killed, stopped, or two of them at once."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from app.db.database import open_database
from app.domain.jobs import Job
from app.domain.unit_of_work import UnitOfWork
from app.net.webhooks import HttpPoster
from app.services.notifications import Notifications
from tests.conftest import DATABASES, database_url
from tests.live import CLOUD, LiveServer
from tests.receiver import Receiver, receiving

T = TypeVar("T")

LEASE = 2
SETTINGS = {
    "JOB_LEASE": str(LEASE),
    "JOB_RETRY_SECONDS": "0.1",
    "JOB_ATTEMPTS": "3",
    "WEBHOOK_ALLOW_NETWORKS": "127.0.0.0/8",
    "WEBHOOK_TIMEOUT": "60",
}


class Jobs:
    """A server's jobs, seen and added from outside."""

    def __init__(self, server: LiveServer) -> None:
        self.url = server.database_url or f"sqlite:///{server.data_dir / 'lenticular.db'}"

    def write(self, work: Callable[[UnitOfWork], T]) -> T:
        async def run() -> T:
            database = open_database(self.url, threads=1)
            try:
                return await database.write(work)
            finally:
                await database.close()

        return asyncio.run(run())

    def notify(self, url: str, number: int = 1) -> None:
        """Have notifications sent, as a request would."""
        # The database and the poster are the server's.
        notifications = Notifications(open_database(self.url), HttpPoster(timeout=1))

        def work(unit: UnitOfWork) -> None:
            cloud = unit.accounts.cloud(CLOUD)
            assert cloud is not None
            for n in range(number):
                body = {"notification_type": "upload", "number": n}
                notifications.enqueue(unit, cloud.id, [url], body)

        self.write(work)

    def left(self) -> list[Job]:
        return self.write(lambda unit: unit.jobs.page(1000))

    def until_none_is_left(self, seconds: float = 20) -> None:
        deadline = time.monotonic() + seconds
        while self.left():
            assert time.monotonic() < deadline, self.left()
            time.sleep(0.05)


@pytest.fixture(params=DATABASES)
def server(request: pytest.FixtureRequest, tmp_path: Path) -> LiveServer:
    return LiveServer(tmp_path / "data", database_url(request.param), SETTINGS)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


def test_a_job_that_was_running_is_run_again_after_a_kill(
    server: LiveServer, receiver: Receiver
) -> None:
    server.start()
    jobs = Jobs(server)
    receiver.gate.clear()
    jobs.notify(receiver.url)
    receiver.wait(1)
    server.kill()
    (left,) = jobs.left()
    assert (left.state, left.attempts) == ("running", 1)
    receiver.gate.set()
    server.start()
    try:
        first, second = receiver.wait(2)
        jobs.until_none_is_left()
        assert first.body == second.body
        assert len(receiver.calls) == 2
    finally:
        assert server.stop() == 0


def test_a_stop_gives_jobs_back_at_once(server: LiveServer, receiver: Receiver) -> None:
    server.start()
    jobs = Jobs(server)
    receiver.gate.clear()
    jobs.notify(receiver.url)
    receiver.wait(1)
    assert server.stop() == 0
    (left,) = jobs.left()
    assert (left.state, left.attempts, left.error) == ("waiting", 0, "")
    receiver.gate.set()
    server.start()
    try:
        receiver.wait(2, seconds=5)
        jobs.until_none_is_left()
    finally:
        assert server.stop() == 0


def test_two_processes_run_no_job_twice(tmp_path: Path, receiver: Receiver) -> None:
    settings = SETTINGS | {"WORKERS": "2"}
    server = LiveServer(tmp_path / "data", settings=settings).start()
    try:
        jobs = Jobs(server)
        for _ in range(4):
            jobs.notify(receiver.url, 25)
        jobs.until_none_is_left(60)
        assert len(receiver.calls) == 100
        ids = [json.loads(call.body)["request_id"] for call in receiver.calls]
        assert len(set(ids)) == 100
    finally:
        assert server.stop() == 0


def test_the_operator_sees_retries_and_drops_what_was_given_up(
    server: LiveServer, receiver: Receiver
) -> None:
    server.start()
    try:
        jobs = Jobs(server)
        assert "There are no jobs" in server.command("jobs", "list").stdout
        receiver.answers = [500] * 6
        jobs.notify(receiver.url, 2)
        receiver.wait(6, seconds=40)
        deadline = time.monotonic() + 10
        while {job.state for job in jobs.left()} != {"dead"}:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        with server.client() as client:
            metrics = client.http.get(f"{server.url}/metrics").text
        assert 'lenticular_jobs{kind="notification",state="dead"} 2.0' in metrics
        first, second = jobs.left()
        listed = server.command("jobs", "list", "--state", "dead").stdout
        assert "notification: 2 dead" in listed and "the receiver answered 500" in listed
        assert first.id in listed and second.id in listed and receiver.url[:30] in listed
        for arguments in ((), (first.id, "--all-dead")):
            refused = server.command("jobs", "retry", *arguments)
            assert refused.returncode == 1 and "--all-dead" in refused.stderr
        unknown = server.command("jobs", "drop", first.id, "0" * 32)
        assert unknown.returncode == 1 and len(jobs.left()) == 2
        dropped = server.command("jobs", "drop", first.id)
        assert (dropped.returncode, dropped.stdout) == (0, "1 removed\n")
        again = server.command("jobs", "retry", "--all-dead")
        assert (again.returncode, again.stdout) == (0, "1 begin anew\n")
        receiver.wait(7)
        jobs.until_none_is_left()
    finally:
        assert server.stop() == 0


def test_the_commands_explain_themselves(tmp_path: Path) -> None:
    server = LiveServer(tmp_path)
    listing = server.command("jobs", "--help")
    assert listing.returncode == 0
    for word in ("list", "retry", "drop", "dead"):
        assert word in listing.stdout
    wrong = server.command("jobs", "list", "--state", "lost")
    assert wrong.returncode == 2 and "waiting, running, dead" in wrong.stderr
