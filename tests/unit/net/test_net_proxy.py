"""Fetching through a proxy: which ones, what they get to see, and that the guard still holds."""

from __future__ import annotations

import asyncio
import base64
import ssl
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from app.domain.errors import BadRequest
from app.domain.ports import FetchOptions
from app.net.fetch import HttpFetcher
from app.net.proxy import read_proxies
from tests.unit.net.net_proxy import proxying
from tests.unit.net.net_server import Request, local_fetcher, redirect, response, serving

CERTIFICATE = Path(__file__).parent / "media.test.pem"  # self-signed; for nothing but these tests


async def media_test(host: str, port: int) -> Sequence[str]:
    """A resolver of two names."""
    return {"media.test": ["127.0.0.1"], "inner.test": ["10.0.0.7"]}[host]


def tls_server() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    return context


def trusting(*proxies: str, **options: object) -> HttpFetcher:
    context = ssl.create_default_context(cafile=str(CERTIFICATE))
    return local_fetcher(proxies=proxies, resolver=media_test, ssl_context=context, **options)


async def through(fetcher: HttpFetcher, url: str, proxy: str) -> bytes:
    body = bytearray()
    await fetcher.fetch(url, body.extend, 1 << 20, FetchOptions(proxy=proxy))
    return bytes(body)


async def refused(fetcher: HttpFetcher, url: str, proxy: str) -> str:
    with pytest.raises(BadRequest) as caught:
        await through(fetcher, url, proxy)
    return caught.value.message


@pytest.mark.parametrize("tls", [False, True])
def test_the_proxy_is_asked_for_the_address_that_was_checked(tls: bool) -> None:
    async def scenario() -> None:
        context = tls_server() if tls else None
        async with proxying() as proxy, serving(lambda _: response(b"there"), tls=context) as site:
            url = site.url("/a", "media.test").replace("http:", "https:" if tls else "http:")
            assert await through(trusting(proxy.url()), url, proxy.url()) == b"there"
            authority = f"127.0.0.1:{site.port}"
            assert proxy.requests == [(f"CONNECT {authority} HTTP/1.1", {"host": authority})]
            assert site.requests[0].path == "/a"
            assert site.requests[0].headers["host"] == f"media.test:{site.port}"

    asyncio.run(scenario())


def test_a_proxy_may_itself_be_spoken_to_by_tls() -> None:
    async def scenario() -> None:
        async with (
            proxying(tls=tls_server()) as proxy,
            serving(lambda _: response(b"there"), tls=tls_server()) as site,
        ):
            name = proxy.url(scheme="https")
            url = site.url("/a", "media.test").replace("http:", "https:")
            # The certificate is for another name than the proxy is called by.
            message = await refused(trusting(name), url, name)
            assert message == f"Error in loading {url} - proxy connection failed"
            assert proxy.requests == []
            careless = ssl.create_default_context(cafile=str(CERTIFICATE))
            careless.check_hostname = False
            fetcher = local_fetcher(proxies=[name], resolver=media_test, ssl_context=careless)
            assert await through(fetcher, url, name) == b"there"
            assert len(proxy.requests) == 1

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("allowed", "asked", "sent"),
    [
        ("", "", None),
        ("ann:own%20word@", "", "ann:own word"),
        ("ann:own@", "b%40b:his@", "b@b:his"),
        ("", "b:his@", "b:his"),
    ],
)
def test_credentials_are_the_clients_or_the_operators(
    allowed: str, asked: str, sent: str | None
) -> None:
    async def scenario() -> None:
        async with proxying() as proxy, serving(lambda _: response(b"x")) as site:
            fetcher = trusting(proxy.url(allowed))
            await through(fetcher, site.url(), proxy.url(asked))
            expected = f"Basic {base64.b64encode(sent.encode()).decode()}" if sent else None
            assert proxy.requests[0][1].get("proxy-authorization") == expected
            assert "proxy-authorization" not in site.requests[0].headers

    asyncio.run(scenario())


def test_redirects_take_the_same_way() -> None:
    async def scenario() -> None:
        def answer(request: Request) -> bytes:
            return redirect("/b") if request.path == "/a" else response(b"end")

        async with proxying() as proxy, serving(answer) as site:
            assert await through(trusting(proxy.url()), site.url("/a"), proxy.url()) == b"end"
            assert len(proxy.requests) == 2

    asyncio.run(scenario())


@pytest.mark.parametrize(
    "target",
    ["http://inner.test/", "http://169.254.169.254/", "http://[::1]/", "http://2130706433/"],
)
def test_a_proxy_leads_into_no_network_that_is_not_allowed(target: str) -> None:
    async def scenario() -> None:
        async with proxying() as proxy:
            fetcher = HttpFetcher(timeout=5, proxies=[proxy.url()], resolver=media_test)
            message = await refused(fetcher, target, proxy.url())
            assert message == f"Error in loading {target} - address not allowed"
            assert proxy.requests == []

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ("http://other.example:3128", "Proxy http://other.example:3128 is not allowed"),
        ("https://proxy.example:3128", "Proxy https://proxy.example:3128 is not allowed"),
        ("http://proxy.example", "Proxy http://proxy.example is not allowed"),
        ("http://u:pw@other.example", "Proxy http://other.example is not allowed"),
        ("socks5://proxy.example:3128", "Invalid value socks5://proxy.example:3128 for parameter"),
        ("proxy.example:3128", "Invalid value proxy.example:3128 for parameter proxy"),
        ("http://u:p w@[", "Invalid value http://[ for parameter proxy"),
        ("http://a\r\nX: b", "Invalid value http://a??X: b for parameter proxy"),
    ],
)
def test_only_the_operators_proxies_are_used(asked: str, message: str) -> None:
    fetcher = trusting("http://proxy.example:3128")
    found = asyncio.run(refused(fetcher, "http://media.test/", asked))
    assert found.startswith(message)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"HTTP/1.1 407 Nope\r\n\r\n", "proxy answered 407 Proxy Authentication Required"),
        (b"HTTP/1.1 403 Forbidden\r\nContent-Length: 3\r\n\r\nsec", "proxy answered 403 Forbidden"),
        (b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\n\r\n", "proxy answered 302 Found"),
        (b"SSH-2.0-OpenSSH\r\n", "proxy connection failed"),
        (b"", "proxy connection failed"),
    ],
)
def test_what_the_proxy_refuses_is_told(answer: bytes, reason: str) -> None:
    async def scenario() -> None:
        async with proxying(answer) as proxy:
            url = "http://media.test/"
            message = await refused(trusting(proxy.url()), url, proxy.url())
            assert message == f"Error in loading {url} - {reason}"

    asyncio.run(scenario())


def test_a_proxy_that_is_not_there_or_silent_ends_in_time() -> None:
    async def scenario() -> None:
        async def silent(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await asyncio.sleep(5)
            writer.close()

        listener = await asyncio.start_server(silent, "127.0.0.1", 0)
        name = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
        begun = time.monotonic()
        message = await refused(trusting(name, timeout=0.4), "http://media.test/", name)
        assert message == "Error in loading http://media.test/ - timed out"
        assert time.monotonic() - begun < 2
        listener.close()
        message = await refused(trusting(name), "http://media.test/", name)
        assert message == "Error in loading http://media.test/ - proxy connection failed"

    asyncio.run(scenario())


@pytest.mark.parametrize("text", ["", "proxy.example:3128", "ftp://a.example", "http://u:secret@["])
def test_the_operators_proxies_must_be_urls(text: str) -> None:
    with pytest.raises(ValueError, match="is no URL of a proxy") as caught:
        read_proxies([text])
    assert "secret" not in str(caught.value)
