"""How the fetcher connects: deadlines, addresses, redirects, credentials and TLS."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import socket
import ssl
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

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
