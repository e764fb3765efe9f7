"""What the fetcher asks for, and what it makes of good, broken and hostile answers."""

from __future__ import annotations

import asyncio
import gzip
import random
import resource
import time
import zlib
from collections.abc import AsyncIterator

import pytest

from app import __version__
from app.domain.errors import BadRequest
from tests.unit.net.net_server import (
    Request,
    download,
    local_fetcher,
    redirect,
    refusal,
    response,
    serving,
)

PICTURE = random.Random(1).randbytes(300_000)


def answered(answer: bytes, *, max_bytes: int = 1 << 30, path: str = "/a.jpg") -> str:
    """The error of fetching ``answer``, with the URL shortened to ``<url>``."""

    async def scenario() -> str:
        async with serving(lambda _: answer) as server:
            message = await refusal(local_fetcher(), server.url(path), max_bytes)
            return message.replace(server.url(path), "<url>")

    return asyncio.run(scenario())


def received(answer: bytes, *, max_bytes: int = 1 << 30) -> bytes:
    async def scenario() -> bytes:
        async with serving(lambda _: answer) as server:
            body, file = await download(local_fetcher(), server.url(), max_bytes)
            assert file.size == len(body)
            return body

    return asyncio.run(scenario())


def test_the_request_says_who_asks_and_nothing_more() -> None:
    async def scenario() -> None:
        async with serving(lambda _: response(PICTURE)) as server:
            body, file = await download(local_fetcher(), server.url("/a/b.jpg?x=1%202#part"))
            assert (body, file.filename, file.size) == (PICTURE, "b.jpg", len(PICTURE))
            assert server.requests[0].path == "/a/b.jpg?x=1%202"
            assert server.requests[0].headers == {
                "host": f"127.0.0.1:{server.port}",
                "user-agent": f"Lenticular/{__version__}",
                "accept": "*/*",
                "accept-encoding": "identity",
                "connection": "close",
            }

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("path", "filename"),
    [
        ("", ""),
        ("/", ""),
        ("/a/", ""),
        ("/a/b%20c.jpg", "b c.jpg"),
        ("/bl%C3%BCte.png?v=/other.jpg#/x", "blüte.png"),
        ("/blüte.png", "blüte.png"),
        ("/100%.jpg", "100%.jpg"),
        ("/a%2F..%2Fpasswd", "passwd"),
        ("/a/%2e%2e", ""),
        ("/nul%00line%0a.jpg", "nulline.jpg"),
    ],
)
def test_the_filename_is_the_last_segment_of_the_given_path(path: str, filename: str) -> None:
    async def scenario() -> None:
        def answer(request: Request) -> bytes:
            return response(b"x") if request.path == "/target.gif" else redirect("/target.gif")

        async with serving(answer) as server:
            _, file = await download(local_fetcher(), server.url(path))
            assert file.filename == filename

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("status", "message"),
    [
        ("404 Not Found", "NotFound: Resource not found - <url>"),
        ("404 Whatever", "NotFound: Resource not found - <url>"),
        ("403 Forbidden", "BadRequest: Error in loading <url> - 403 Forbidden"),
        ("403 <script>", "BadRequest: Error in loading <url> - 403 Forbidden"),
        ("503 Service Unavailable", "BadRequest: Error in loading <url> - 503 Service Unavailable"),
        ("206 Partial Content", "BadRequest: Error in loading <url> - 206 Partial Content"),
        ("204 No Content", "BadRequest: Error in loading <url> - 204 No Content"),
        ("302 Found", "BadRequest: Error in loading <url> - 302 Found"),
        ("304 Not Modified", "BadRequest: Error in loading <url> - 304 Not Modified"),
        ("520 Strange", "BadRequest: Error in loading <url> - 520"),
    ],
)
def test_statuses_other_than_200_are_errors(status: str, message: str) -> None:
    assert answered(response(b"", status=status)) == message


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (response(b"x" * 10, "Content-Length: 11"), "incomplete response"),
        (response(b"5\r\nabc", "Transfer-Encoding: chunked"), "incomplete response"),
        (response(b"3\r\nabc\r\n", "Transfer-Encoding: chunked"), "incomplete response"),
        (response(gzip.compress(PICTURE)[:-9], "Content-Encoding: gzip"), "incomplete response"),
        (response(b"no gzip", "Content-Encoding: gzip"), "invalid compressed data"),
        (response(b"x", "Content-Encoding: br"), "unsupported content encoding"),
        (response(b"x", "Content-Encoding: gzip, gzip"), "unsupported content encoding"),
        (response(b"x", "Content-Length: -1"), "invalid response"),
        (response(b"x", "Content-Length: 1", "Content-Length: 2"), "invalid response"),
        (response(b"x", "X: " + "y" * 200_000), "invalid response"),
        (response(status="101 Switching Protocols"), "invalid response"),
        (b"", "invalid response"),
        (b"SSH-2.0-OpenSSH_9.6\r\n", "invalid response"),
        (b"HTTP/1.1 999999 What\r\n\r\n", "invalid response"),
    ],
)
def test_broken_responses_are_named(answer: bytes, reason: str) -> None:
    assert answered(answer) == f"BadRequest: Error in loading <url> - {reason}"


@pytest.mark.parametrize(
    "answer",
    [
        response(PICTURE),
        response(PICTURE, "Content-Encoding: identity"),
        b"HTTP/1.0 200 OK\r\n\r\n" + PICTURE,
        response(b"%x\r\n%b\r\n0\r\n\r\n" % (len(PICTURE), PICTURE), "Transfer-Encoding: chunked"),
        response(gzip.compress(PICTURE), "Content-Encoding: gzip"),
        response(gzip.compress(PICTURE), "Content-Encoding: X-GZip"),
        response(gzip.compress(PICTURE) + b"\0" * 512, "Content-Encoding: gzip"),
        response(zlib.compress(PICTURE), "Content-Encoding: deflate"),
        response(
            gzip.compress(PICTURE[:100_000]) + gzip.compress(PICTURE[100_000:]),
            "Content-Encoding: gzip",
        ),
        b"HTTP/1.1 103 Early Hints\r\n\r\n" + response(PICTURE),
    ],
)
def test_bodies_arrive_whole_in_every_framing(answer: bytes) -> None:
    assert received(answer, max_bytes=len(PICTURE)) == PICTURE


@pytest.mark.parametrize("length", [0, 1, 65535, 65536, 65537, 3 * 65536, 1_000_000])
@pytest.mark.parametrize("byte", [b"a", b"ab", b""])
def test_decompression_is_exact_at_the_edges_of_pieces(length: int, byte: bytes) -> None:
    body = (byte * length)[:length] if byte else random.Random(length).randbytes(length)
    assert received(response(gzip.compress(body), "Content-Encoding: gzip")) == body


def test_an_empty_body_is_empty_even_if_called_compressed() -> None:
    assert received(response(b"", "Content-Encoding: gzip")) == b""


def test_a_declared_size_beyond_the_limit_is_refused_before_the_body() -> None:
    written: list[bytes] = []

    async def scenario() -> None:
        async with serving(lambda _: response(b"", "Content-Length: 5000000000")) as server:
            with pytest.raises(BadRequest) as caught:
                await local_fetcher().fetch(server.url(), written.append, 1000)
            assert str(caught.value) == "File size too large. Got 5000000000. Maximum is 1000."

    asyncio.run(scenario())
    assert written == []


def test_an_endless_body_is_cut_off_at_the_limit() -> None:
    async def endless() -> AsyncIterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\n\r\n"
        while True:
            yield b"x" * 50_000

    async def scenario() -> None:
        body = bytearray()
        async with serving(lambda _: endless()) as server:
            with pytest.raises(
                BadRequest, match=r"^File size too large. Got \d+. Maximum is 99999"
            ):
                await local_fetcher().fetch(server.url(), body.extend, 99_999)
        assert len(body) <= 99_999

    asyncio.run(scenario())


def test_the_limit_itself_is_allowed() -> None:
    assert received(response(b"x" * 1000), max_bytes=1000) == b"x" * 1000
    too_large = "BadRequest: File size too large. Got 1001. Maximum is 1000."
    assert answered(response(b"x" * 1001), max_bytes=1000) == too_large


def test_a_decompression_bomb_costs_no_memory() -> None:
    # 800 MB of zeros in less than 1 MB, the first half of them in one member.
    squeezer = zlib.compressobj(9, wbits=31)
    megabyte = bytes(1 << 20)
    member = b"".join(squeezer.compress(megabyte) for _ in range(400)) + squeezer.flush()
    answer = response(member * 2, "Content-Encoding: gzip")
    limit = 200_000_000
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # KiB
    largest = 0

    def write(piece: bytes) -> None:
        nonlocal largest
        largest = max(largest, len(piece))

    async def scenario() -> None:
        async with serving(lambda _: answer) as server:
            with pytest.raises(BadRequest, match="Maximum is 200000000"):
                await local_fetcher(timeout=30).fetch(server.url(), write, limit)

    asyncio.run(scenario())
    assert largest <= 65536
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000


def test_the_loop_keeps_turning_while_a_bomb_is_decompressed() -> None:
    squeezer = zlib.compressobj(9, wbits=31)
    bomb = b"".join(squeezer.compress(bytes(1 << 20)) for _ in range(64)) + squeezer.flush()
    ticks = []

    async def tick() -> None:
        while True:
            ticks.append(time.monotonic())
            await asyncio.sleep(0)

    async def scenario() -> None:
        async with serving(lambda _: response(bomb, "Content-Encoding: gzip")) as server:
            fetching = asyncio.create_task(download(local_fetcher(), server.url()))
            ticking = asyncio.create_task(tick())
            body, _ = await fetching
            ticking.cancel()
            assert len(body) == 64 << 20

    asyncio.run(scenario())
    assert len(ticks) > 500
