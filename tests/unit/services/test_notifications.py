"""Notifications on their whole way: a row, the queue, HTTP, a receiver that checks them."""

from __future__ import annotations

import asyncio
import ipaddress
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cloudinary
import pytest
from cloudinary.utils import verify_notification_signature

from app.db.database import SqlDatabase, open_database
from app.db.migrate import migrate
from app.domain.accounts import ApiKey
from app.domain.errors import BadRequest
from app.domain.jobs import Job
from app.domain.signing import sign_webhook
from app.net.webhooks import HttpPoster
from app.services.jobs import Queue, QueueLimits
from app.services.notifications import NOTIFICATION, Notifications
from tests.live import free_port
from tests.receiver import Received, Receiver, receiving

LIMITS = QueueLimits({"network": 4}, attempts=3, retry_seconds=0.05)
BODY = {"notification_type": "upload", "public_id": "cats/tabby", "signature": "s", "é": ["\n"]}
LOCAL = (ipaddress.ip_network("127.0.0.0/8"),)


@dataclass
class Post:
    """A post office: everything between an enqueued notification and its receiver."""

    database: SqlDatabase
    key: ApiKey
    notifications: Notifications
    queue: Queue

    async def send(self, *urls: str, access_key: str | None = None) -> None:
        named = self.key.key if access_key is None else access_key
        await self.database.write(
            lambda unit: self.notifications.enqueue(
                unit, self.key.cloud.id, urls, BODY, access_key=named
            )
        )
        self.queue.wake()

    async def settled(self) -> list[Job]:
        """The jobs, once none waits or runs."""
        async with asyncio.timeout(15):
            while True:
                jobs = await self.database.read(lambda unit: unit.jobs.page(100))
                if all(job.state == "dead" for job in jobs):
                    return jobs
                await asyncio.sleep(0.02)


@asynccontextmanager
async def post_office(path: Path, **options: Any) -> AsyncIterator[Post]:
    url = f"sqlite:///{path / 'l.db'}"
    migrate(url)
    database = open_database(url)
    key = await database.write(
        lambda u: u.accounts.add_key(u.accounts.add_cloud("acme"), "111", "first-secret")
    )
    networks = options.pop("networks", LOCAL)
    poster = HttpPoster(timeout=2, allow_networks=networks)
    notifications = Notifications(database, poster, **options)
    queue = Queue(database, LIMITS)
    queue.handle(NOTIFICATION, notifications.send, "network")
    try:
        async with queue.running():
            yield Post(database, key, notifications, queue)
    finally:
        await database.close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def post(tmp_path: Path) -> Callable[..., list[Job]]:
    """Runs a test with a post office; the jobs that are left when everything is settled."""

    def run(test: Callable[[Post], Awaitable[None]], **options: Any) -> list[Job]:
        async def whole() -> list[Job]:
            async with post_office(tmp_path, **options) as office:
                await test(office)
                return await office.settled()

        return asyncio.run(whole())

    return run


def check(call: Received, secret: str, algorithm: str = "sha1") -> dict[str, Any]:
    """The body of a notification whose signature the official SDK accepts."""
    cloudinary.config(api_secret=secret)
    timestamp, signature = call.headers["X-Cld-Timestamp"], call.headers["X-Cld-Signature"]
    text = call.body.decode()
    assert verify_notification_signature(text, int(timestamp), signature, 60, algorithm)
    assert not verify_notification_signature(text + " ", int(timestamp), signature, 60, algorithm)
    cloudinary.config(api_secret="another")
    assert not verify_notification_signature(text, int(timestamp), signature, 60, algorithm)
    body: dict[str, Any] = json.loads(text)
    return body


def test_the_vector_of_the_signature() -> None:
    body = '{"notification_type":"upload","public_id":"cats/tabby"}'
    signature = "f7b09cea29cf71c1441e30089d4442a9fcd82c73"
    assert sign_webhook(body, 1700000002, "not-a-real-secret") == signature


def test_a_notification_arrives_signed(post: Callable[..., list[Job]], receiver: Receiver) -> None:
    assert post(lambda office: office.send(receiver.url)) == []
    (call,) = receiver.calls
    body = check(call, "first-secret")
    assert list(body) == [
        "notification_type",
        "timestamp",
        "request_id",
        "public_id",
        "é",
        "notification_context",
        "signature_key",
    ]
    assert (body["notification_type"], body["signature_key"]) == ("upload", "111")
    assert body["notification_context"]["triggered_by"] == {"source": "api", "id": "111"}


def test_sha256(post: Callable[..., list[Job]], receiver: Receiver) -> None:
    post(lambda office: office.send(receiver.url), algorithm="sha256")
    assert len(receiver.calls[0].headers["X-Cld-Signature"]) == 64
    check(receiver.calls[0], "first-secret", "sha256")


def test_several_urls_get_the_same(post: Callable[..., list[Job]], receiver: Receiver) -> None:
    async def test(office: Post) -> None:
        given = f"{receiver.url}/a|{receiver.url}/b\n{receiver.url}/c"
        await office.send(*office.notifications.urls(given))

    assert post(test) == []
    assert sorted(call.path for call in receiver.calls) == ["/hook/a", "/hook/b", "/hook/c"]
    assert len({check(call, "first-secret")["request_id"] for call in receiver.calls}) == 1


def test_one_receiver_that_fails_keeps_no_other_waiting(
    post: Callable[..., list[Job]], receiver: Receiver
) -> None:
    with receiving() as broken:
        broken.answers = [500] * 9
        left = post(lambda office: office.send(broken.url, receiver.url))
        assert len(broken.calls) == LIMITS.attempts
    assert len(receiver.calls) == 1
    assert [(job.state, job.error) for job in left] == [("dead", "the receiver answered 500")]


def test_it_is_sent_again_after_errors(post: Callable[..., list[Job]], receiver: Receiver) -> None:
    receiver.answers = [500, 302]
    receiver.headers["Location"] = receiver.url + "/elsewhere"
    assert post(lambda office: office.send(receiver.url)) == []
    assert [call.path for call in receiver.calls] == ["/hook"] * 3
    bodies = [check(call, "first-secret") for call in receiver.calls]
    assert bodies[0] == bodies[1] == bodies[2]


def test_it_is_sent_again_after_a_refused_connection(post: Callable[..., list[Job]]) -> None:
    port = free_port()
    calls: list[Received] = []

    async def test(office: Post) -> None:
        await office.send(f"http://127.0.0.1:{port}/hook")
        async with asyncio.timeout(5):
            while True:
                (job,) = await office.database.read(lambda unit: unit.jobs.page(9))
                if job.error:
                    break
                await asyncio.sleep(0.005)
        assert "could not be reached" in job.error
        with receiving(port) as late:
            await office.settled()
            calls.extend(late.calls)

    assert post(test) == []
    assert len(calls) == 1


def test_nothing_is_sent_into_private_networks(
    post: Callable[..., list[Job]], receiver: Receiver
) -> None:
    (dead,) = post(lambda office: office.send(receiver.url), networks=())
    assert receiver.calls == []
    assert (dead.attempts, dead.error) == (1, "the receiver's address is not allowed")


def test_it_is_signed_with_a_key_that_is_enabled_when_it_is_sent(
    post: Callable[..., list[Job]], receiver: Receiver
) -> None:
    async def test(office: Post) -> None:
        def rotate(unit: Any) -> None:
            unit.accounts.add_key(office.key.cloud, "222", "second-secret")
            unit.accounts.set_key_enabled("111", False)

        await office.database.write(rotate)
        await office.send(receiver.url)

    post(test)
    body = check(receiver.calls[0], "second-secret")
    assert body["signature_key"] == "222"
    assert body["notification_context"]["triggered_by"]["id"] == "111"


def test_unsigned_requests_are_told_of_with_the_oldest_key(
    post: Callable[..., list[Job]], receiver: Receiver
) -> None:
    async def test(office: Post) -> None:
        await office.database.write(
            lambda u: u.accounts.add_key(office.key.cloud, "222", "second-secret")
        )
        await office.send(receiver.url, access_key="")
        await office.send(receiver.url, access_key="222")

    post(test)
    keys = {json.loads(call.body)["signature_key"]: call for call in receiver.calls}
    assert sorted(keys) == ["111", "222"]
    check(keys["111"], "first-secret")
    check(keys["222"], "second-secret")


def test_without_a_key_there_is_nothing_to_sign_with(
    post: Callable[..., list[Job]], receiver: Receiver
) -> None:
    async def test(office: Post) -> None:
        await office.database.write(lambda u: u.accounts.set_key_enabled("111", False))
        await office.send(receiver.url)

    (dead,) = post(test)
    assert "no enabled API key" in dead.error and receiver.calls == []


def test_the_default_urls(post: Callable[..., list[Job]]) -> None:
    async def test(office: Post) -> None:
        assert office.notifications.urls("") == ("http://d.example/",)
        assert office.notifications.urls("http://a/|http://b/") == ("http://a/", "http://b/")
        with pytest.raises(BadRequest):
            office.notifications.urls("ftp://a/")

    post(test, default_urls=("http://d.example/",))


def test_a_work_that_fails_sends_nothing(
    post: Callable[..., list[Job]], receiver: Receiver
) -> None:
    async def test(office: Post) -> None:
        def work(unit: Any) -> None:
            office.notifications.enqueue(unit, office.key.cloud.id, [receiver.url], BODY)
            raise LookupError

        with pytest.raises(LookupError):
            await office.database.write(work)
        office.queue.wake()
        await asyncio.sleep(0.2)

    assert post(test) == []
    assert receiver.calls == []
