"""What the fetcher makes of well-behaved, broken and hostile servers."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import gzip
import random
import resource
import socket
import ssl
import time
import zlib
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

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

CERTIFICATE = Path(__file__).parent / "media.test.pem"  # self-signed; for nothing but these tests
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


async def _drip(first: bytes) -> AsyncIterator[bytes]:
    yield first
    while True:
        await asyncio.sleep(0.05)
        yield b"x"


@pytest.mark.parametrize(
    "first", [b"", b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"]
)
def test_a_slow_drip_ends_at_the_deadline(first: bytes) -> None:
    async def scenario() -> None:
        async with serving(lambda _: _drip(first)) as server:
            begun = time.monotonic()
            message = await refusal(local_fetcher(timeout=0.4), server.url())
            assert message == f"BadRequest: Error in loading {server.url()} - timed out"
            assert 0.3 < time.monotonic() - begun < 2

    asyncio.run(scenario())


def test_redirects_share_one_deadline() -> None:
    async def late() -> AsyncIterator[bytes]:
        await asyncio.sleep(0.15)
        yield redirect("/")

    async def scenario() -> None:
        async with serving(lambda _: late()) as server:
            message = await refusal(local_fetcher(timeout=0.4), server.url())
            assert message.endswith(" - timed out")
            assert 1 < len(server.requests) < 5

    asyncio.run(scenario())


def test_a_resolver_that_hangs_ends_at_the_deadline() -> None:
    async def hanging(host: str, port: int) -> Sequence[str]:
        await asyncio.sleep(60)
        return []

    fetcher = local_fetcher(timeout=0.2, resolver=hanging)
    message = asyncio.run(refusal(fetcher, "http://slow.test/"))
    assert message == "BadRequest: Error in loading http://slow.test/ - timed out"


def test_unknown_names_are_dns_failures() -> None:
    async def empty(host: str, port: int) -> Sequence[str]:
        return []

    expected = "BadRequest: Error in loading http://no.invalid/ - ERR_DNS_FAIL 0"
    assert asyncio.run(refusal(local_fetcher(), "http://no.invalid/")) == expected
    assert asyncio.run(refusal(local_fetcher(resolver=empty), "http://no.invalid/")) == expected


def test_a_closed_port_refuses_and_the_next_address_is_tried() -> None:
    async def both(host: str, port: int) -> Sequence[str]:
        return ["127.0.0.9", "127.0.0.1"]

    async def scenario() -> None:
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))  # bound and not listening: connections are refused
            url = f"http://127.0.0.1:{closed.getsockname()[1]}/"
            message = await refusal(local_fetcher(), url)
            assert message == f"BadRequest: Error in loading {url} - connection refused"
        async with serving(lambda _: response(b"second")) as server:
            fetcher = local_fetcher(resolver=both)
            assert (await download(fetcher, server.url("/", "two.test")))[0] == b"second"

    asyncio.run(scenario())


def test_an_address_that_swallows_packets_does_not_hide_the_next() -> None:
    async def both(host: str, port: int) -> Sequence[str]:
        return ["127.0.0.9", "127.0.0.1"]

    async def scenario() -> None:
        with socket.socket() as silent, contextlib.ExitStack() as waiting:
            silent.bind(("127.0.0.9", 0))
            silent.listen(0)
            address = silent.getsockname()
            # Once nobody accepts and the backlog is full, Linux drops what else arrives.
            for _ in range(4):
                filler = waiting.enter_context(socket.socket())
                filler.setblocking(False)
                filler.connect_ex(address)
            async with serving(lambda _: response(b"second"), port=address[1]) as server:
                fetcher = local_fetcher(timeout=1, resolver=both)
                body, _ = await download(fetcher, server.url("/", "two.test"))
                assert body == b"second"

    asyncio.run(scenario())


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("location", ["/b?c=d", "b?c=d", "?x=/../", "http://127.0.0.1:{port}/b"])
def test_redirects_are_followed(status: int, location: str) -> None:
    async def scenario() -> None:
        def answer(request: Request) -> bytes:
            if len(server.requests) > 1:
                return response(b"there")
            return redirect(location.format(port=server.port), f"{status} Moved")

        async with serving(answer) as server:
            body, _ = await download(local_fetcher(), server.url("/a"))
            assert body == b"there"

    asyncio.run(scenario())


@pytest.mark.parametrize(("hops", "works"), [(5, True), (6, False)])
def test_five_redirects_are_the_most(hops: int, works: bool) -> None:
    async def scenario() -> None:
        def answer(request: Request) -> bytes:
            at = int(request.path[1:])
            return response(b"end") if at == hops else redirect(f"/{at + 1}")

        async with serving(answer) as server:
            if works:
                assert (await download(local_fetcher(), server.url("/0")))[0] == b"end"
            else:
                message = await refusal(local_fetcher(), server.url("/0"))
                assert message.endswith("/0 - too many redirects")
            assert len(server.requests) == 6

    asyncio.run(scenario())


def test_a_missing_target_of_a_redirect_is_told_by_the_given_url() -> None:
    async def scenario() -> None:
        def answer(request: Request) -> bytes:
            return redirect("/b") if request.path == "/a" else response(status="404 Not Found")

        async with serving(answer) as server:
            url = server.url("/a", "me:pw@127.0.0.1")
            expected = f"NotFound: Resource not found - {server.url('/a')}"
            assert await refusal(local_fetcher(), url) == expected

    asyncio.run(scenario())


def test_credentials_go_to_their_own_origin_only() -> None:
    async def scenario() -> None:
        async with serving(lambda _: response(b"x"), host="127.0.0.2") as other:

            def answer(request: Request) -> bytes:
                away = other.url("/c", "eve:evil@127.0.0.2")
                return redirect("/b" if request.path == "/a" else away)

            async with serving(answer) as server:
                await download(local_fetcher(), server.url("/a", "m%40e:p%3Aw:d@127.0.0.1"))
        pair = base64.b64encode(b"m@e:p:w:d").decode()
        sent = [request.headers.get("authorization") for request in server.requests]
        assert sent == [f"Basic {pair}", f"Basic {pair}"]
        assert [request.headers.get("authorization") for request in other.requests] == [None]

    asyncio.run(scenario())


def test_cookies_are_not_kept() -> None:
    async def scenario() -> None:
        def answer(request: Request) -> bytes:
            said = redirect("/b") if request.path == "/a" else response(b"x")
            return said.replace(b"\r\n", b"\r\nSet-Cookie: id=1\r\n", 1)

        async with serving(answer) as server:
            fetcher = local_fetcher()
            await download(fetcher, server.url("/a"))
            await download(fetcher, server.url("/b"))
            assert [request.headers.get("cookie") for request in server.requests] == [None] * 3

    asyncio.run(scenario())


@pytest.mark.parametrize("error", [OSError(28, "no space"), TimeoutError("disk"), KeyError("x")])
def test_errors_of_the_writer_are_passed_on(error: Exception) -> None:
    def write(piece: bytes) -> None:
        raise error

    async def scenario() -> None:
        async with serving(lambda _: response(b"x")) as server:
            with pytest.raises(type(error)) as caught:
                await local_fetcher().fetch(server.url(), write, 10)
            assert caught.value is error

    asyncio.run(scenario())


def test_a_cancelled_fetch_closes_its_connection() -> None:
    async def scenario() -> None:
        async with serving(lambda _: _drip(b"HTTP/1.1 200 OK\r\n\r\n")) as server:
            fetching = asyncio.create_task(download(local_fetcher(), server.url()))
            await asyncio.sleep(0.2)
            fetching.cancel()
            with pytest.raises(asyncio.CancelledError):
                await fetching
            for _ in range(40):  # the server's task ends when it notices, at its next writes
                await asyncio.sleep(0.05)
                if len(asyncio.all_tasks()) == 1:
                    break
            assert len(asyncio.all_tasks()) == 1

    asyncio.run(scenario())


def test_many_fetches_share_a_fetcher() -> None:
    async def scenario() -> None:
        async with serving(lambda request: response(request.path.encode() * 1000)) as server:
            fetcher = local_fetcher()
            paths = [f"/{number}" for number in range(50)]
            got = await asyncio.gather(*(download(fetcher, server.url(path)) for path in paths))
            assert [body for body, _ in got] == [path.encode() * 1000 for path in paths]

    asyncio.run(scenario())


async def _media_test(host: str, port: int) -> Sequence[str]:
    return ["127.0.0.1"]


def _tls_server(names: list[str | None]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    context.sni_callback = lambda _socket, name, _context: names.append(name)
    return context


@pytest.mark.parametrize("host", ["media.test", "media.test.", "MEDIA.test"])
def test_tls_is_verified_for_the_name_and_not_for_the_address(host: str) -> None:
    names: list[str | None] = []

    async def scenario() -> None:
        trusting = ssl.create_default_context(cafile=str(CERTIFICATE))
        async with serving(lambda _: response(b"secure"), tls=_tls_server(names)) as server:
            url = f"https://{host}:{server.port}/"
            fetcher = local_fetcher(resolver=_media_test, ssl_context=trusting)
            body, _ = await download(fetcher, url)
            assert (body, names) == (b"secure", ["media.test"])
            assert server.requests[0].headers["host"] == f"{host.lower()}:{server.port}"

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("host", "trusted", "reason"),
    [
        ("media.test", False, "certificate not valid: self-signed certificate"),
        ("other.test", True, "certificate not valid: Hostname mismatch"),
        ("127.0.0.1", True, "certificate not valid: IP address mismatch"),
    ],
)
def test_certificates_that_do_not_fit_are_refused(host: str, trusted: bool, reason: str) -> None:
    async def scenario() -> None:
        trust = ssl.create_default_context(cafile=str(CERTIFICATE)) if trusted else None
        async with serving(lambda _: response(b"x"), tls=_tls_server([])) as server:
            fetcher = local_fetcher(resolver=_media_test, ssl_context=trust)
            url = f"https://{host}:{server.port}/"
            message = await refusal(fetcher, url)
            assert message.startswith(f"BadRequest: Error in loading {url} - {reason}")
            assert server.requests == []

    asyncio.run(scenario())


def test_tls_to_a_plain_server_fails_shortly() -> None:
    async def plain(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(response(status="400 Bad Request"))
        await writer.drain()
        writer.close()

    async def scenario() -> None:
        async with await asyncio.start_server(plain, "127.0.0.1", 0) as listener:
            url = f"https://127.0.0.1:{listener.sockets[0].getsockname()[1]}/"
            message = await refusal(local_fetcher(), url)
            assert message == f"BadRequest: Error in loading {url} - TLS handshake failed"

    asyncio.run(scenario())
