"""What every :class:`app.domain.ports.WebhookPoster` promises, against the standard server."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import time
from collections.abc import Iterator

import pytest

from app.domain.jobs import PermanentFailure, TemporaryFailure
from app.domain.ports import WebhookPoster
from app.net.webhooks import HttpPoster
from tests.live import free_port
from tests.receiver import Receiver, receiving

TIMEOUT = 1.0


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def poster() -> WebhookPoster:
    """One that may reach this machine."""
    return HttpPoster(timeout=TIMEOUT, allow_networks=(ipaddress.ip_network("127.0.0.0/8"),))


def post(poster: WebhookPoster, url: str) -> None:
    headers = {"X-Cld-Timestamp": "17", "X-Cld-Signature": "ab"}
    asyncio.run(poster.post(url, '{"é":1}'.encode(), headers))


def test_the_body_arrives_as_it_is(poster: WebhookPoster, receiver: Receiver) -> None:
    post(poster, receiver.url + "/a%20b?x=1&y=2")
    (call,) = receiver.calls
    assert call.path == "/hook/a%20b?x=1&y=2"
    assert call.body == '{"é":1}'.encode()
    assert call.headers["Content-Type"] == "application/json"
    assert call.headers["User-Agent"].startswith("Lenticular/")
    assert call.headers["Host"] == f"127.0.0.1:{receiver.port}"
    assert (call.headers["X-Cld-Timestamp"], call.headers["X-Cld-Signature"]) == ("17", "ab")
    assert "Authorization" not in call.headers


def test_credentials_of_the_url_are_sent(poster: WebhookPoster, receiver: Receiver) -> None:
    post(poster, receiver.url.replace("//", "//user:p%40ss@"))
    assert receiver.calls[0].headers["Authorization"] == "Basic dXNlcjpwQHNz"


@pytest.mark.parametrize("status", [200, 201, 204])
def test_2xx_is_success(poster: WebhookPoster, receiver: Receiver, status: int) -> None:
    receiver.answers = [status]
    post(poster, receiver.url)


@pytest.mark.parametrize("status", [301, 307, 400, 404, 410, 429, 500, 503])
def test_everything_else_is_not(poster: WebhookPoster, receiver: Receiver, status: int) -> None:
    receiver.answers = [status]
    with pytest.raises(TemporaryFailure, match=f"answered {status}"):
        post(poster, receiver.url)
    assert len(receiver.calls) == 1


def test_nobody_listens(poster: WebhookPoster) -> None:
    with pytest.raises(TemporaryFailure, match="could not be reached"):
        post(poster, f"http://127.0.0.1:{free_port()}/")


def test_the_receiver_takes_too_long(poster: WebhookPoster, receiver: Receiver) -> None:
    receiver.gate.clear()
    begun = time.monotonic()
    with pytest.raises(TemporaryFailure, match="in time"):
        post(poster, receiver.url)
    assert time.monotonic() - begun < TIMEOUT + 2
    receiver.gate.set()


def test_what_answers_is_no_web_server(poster: WebhookPoster) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"220 mail.example ESMTP\r\n" * 10)
            writer.close()

        async def run() -> None:
            async with await asyncio.start_server(answer, sock=server):
                await poster.post(f"http://127.0.0.1:{server.getsockname()[1]}/", b"{}", {})

        with pytest.raises(TemporaryFailure, match="could not be reached"):
            asyncio.run(run())


def test_an_endless_answer_is_not_read(poster: WebhookPoster) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        sent = 0

        async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal sent
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n")
            while not writer.is_closing():
                writer.write(b"x" * 65536)
                sent += 65536
                await writer.drain()

        async def run() -> None:
            async with await asyncio.start_server(answer, sock=server):
                await poster.post(f"http://127.0.0.1:{server.getsockname()[1]}/", b"{}", {})

        begun = time.monotonic()
        asyncio.run(run())
        assert time.monotonic() - begun < TIMEOUT
        # What the system buffers on the way, and no more.
        assert sent < 30_000_000


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "2130706433", "[::1]", "169.254.169.254"]
)
def test_private_addresses_are_refused(receiver: Receiver, host: str) -> None:
    as_delivered = HttpPoster(timeout=TIMEOUT)
    with pytest.raises(PermanentFailure, match="not allowed"):
        post(as_delivered, f"http://{host}:{receiver.port}/")
    assert receiver.calls == []


def test_a_redirect_is_not_followed(receiver: Receiver, poster: WebhookPoster) -> None:
    with receiving() as private:
        receiver.headers["Location"] = private.url
        receiver.answers = [307, 308, 302]
        for status in (307, 308, 302):
            with pytest.raises(TemporaryFailure, match=f"answered {status}"):
                post(poster, receiver.url)
        assert private.calls == []


@pytest.mark.parametrize("url", ["http://", "http://[::1/", "ftp://a/", "x", ""])
def test_a_url_that_is_none(poster: WebhookPoster, url: str) -> None:
    with pytest.raises(PermanentFailure, match="not valid"):
        post(poster, url)


def test_a_name_that_is_not_known(poster: WebhookPoster) -> None:
    with pytest.raises(TemporaryFailure, match="not known"):
        post(poster, "http://nowhere.invalid/")
