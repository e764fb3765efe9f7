"""Where the fetcher must never go, and what it says instead."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Sequence

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.domain.errors import BadRequest
from app.net.connect import resolve
from app.net.fetch import HttpFetcher
from tests.unit.net.net_server import download, local_fetcher, redirect, refusal, response, serving

REFUSED = "BadRequest: Error in loading {} - address not allowed"

LOOPBACK_SPELLINGS = [
    "127.0.0.1",
    "127.1",
    "127.000000.1",
    "2130706433",
    "0x7f000001",
    "0x7F.1",
    "0x7f.0.0.0x1",
    "017700000001",
    "127.0.0.1.",
    "127。0。0。1",
    "0",
    "0.0.0.0",
    "localhost",
    "LOCALHOST",
    "[::1]",
    "[::]",
    "[0:0:0:0:0:0:0:1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
    "[fe80::1%25lo]",
]


@pytest.mark.parametrize("host", LOOPBACK_SPELLINGS)
def test_no_spelling_of_loopback_is_reached(host: str) -> None:
    async def scenario() -> None:
        async with serving(lambda _: response(b"secret")) as server:
            url = server.url("/x.png", host)
            assert await refusal(HttpFetcher(timeout=5), url) == REFUSED.format(url)
            assert server.requests == []

    asyncio.run(scenario())


@pytest.mark.parametrize(
    "host",
    "10.0.0.1 192.168.1.1 172.16.0.1 169.254.169.254 100.64.0.1 224.0.0.1 255.255.255.255 "
    "0xa9fea9fe 2852039166 [fd00:ec2::254] [fec0::1] [fe80::1] [ff02::1] [2001:0:7f00:1::]".split(),
)
def test_private_networks_are_refused_without_a_connection(host: str) -> None:
    # A connection attempt to most of these would time out instead of being refused.
    url = f"https://{host}/latest/meta-data/"
    assert asyncio.run(refusal(HttpFetcher(timeout=1), url)) == REFUSED.format(url)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://example.com@127.0.0.1/", "http://127.0.0.1/"),
        ("http://example.com:80@127.0.0.1/a@b", "http://127.0.0.1/a@b"),
        ("http://user:top-secret@127.0.0.1/", "http://127.0.0.1/"),
        ("http://a@b@127.0.0.1/", "http://127.0.0.1/"),
        ("http://example.com\\@127.0.0.1/", "http://127.0.0.1/"),
        ("HTTP://u:top-secret@127.0.0.1?q=a@b", "HTTP://127.0.0.1?q=a@b"),
    ],
)
def test_userinfo_misleads_nobody_and_is_not_repeated(url: str, shown: str) -> None:
    assert asyncio.run(refusal(HttpFetcher(timeout=1), url)) == REFUSED.format(shown)


@pytest.mark.parametrize(
    "url",
    [
        "http://",
        "http:///path",
        "http:/127.0.0.1/",
        "http:127.0.0.1",
        "http://0177.0.0.1/",
        "http://127.0.0.256/",
        "http://1.2.3.4:0/",
        "http://1.2.3.4:65536/",
        "http://1.2.3.4:-1/",
        "http://1.2.3.4:http/",
        "http://[::1/",
        "http://[nonsense]/",
        "http://exa mple.com/",
        "http://.example.com/",
        "http://example..com/",
        "http://%31%32%37.0.0.1/",
        "http://ex*mple.com/",
        f"http://{'a' * 64}.com/",
        f"http://{'a.' * 130}com/",
        "http://①②⑦.0.0.1/",
        "http://\N{ZERO WIDTH SPACE}.com/",
        "http://example.com/" + "a" * 70_000,
    ],
)
def test_malformed_urls_are_refused_as_such(url: str) -> None:
    message = asyncio.run(refusal(HttpFetcher(timeout=1), url))
    assert message.startswith("BadRequest: Error in loading http:")
    assert message.endswith(" - invalid URL")


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("http://u:se/cret@example.com/", "Error in loading http://example.com/ - invalid URL"),
        ("http://u:secret@ex\r\nX: y/", "Error in loading http://ex??X: y/ - invalid URL"),
        ("http://a\ud800b/", "Error in loading http://a?b/ - invalid URL"),
        ("ftp://u:secret@example.com/a", "Unsupported source URL: ftp://example.com/a"),
        ("file:///etc/passwd", "Unsupported source URL: file:///etc/passwd"),
        ("gopher://127.0.0.1:6379/_x", "Unsupported source URL: gopher://127.0.0.1:6379/_x"),
        ("httpx://example.com", "Unsupported source URL: httpx://example.com"),
        ("//example.com/a", "Unsupported source URL: //example.com/a"),
        ("picture.jpg", "Unsupported source URL: picture.jpg"),
        ("", "Unsupported source URL: "),
    ],
)
def test_messages_of_unusable_urls(url: str, message: str) -> None:
    assert asyncio.run(refusal(HttpFetcher(timeout=1), url)) == f"BadRequest: {message}"


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.1:{port}/secret",
        "//127.0.0.1:{port}/secret",
        "http://[::ffff:127.0.0.1]:{port}/secret",
        "http://2130706433:{port}/secret",
        "http://169.254.169.254/latest/meta-data/",
    ],
)
def test_a_redirect_into_a_forbidden_network_is_refused(location: str) -> None:
    async def scenario() -> None:
        only_start = (ipaddress.ip_network("127.0.0.2/32"),)
        async with serving(lambda _: response(b"secret")) as inner:
            target = redirect(location.format(port=inner.port))
            async with serving(lambda _: target, host="127.0.0.2") as outer:
                url = outer.url("/start", "u:pw@127.0.0.2")
                shown = outer.url("/start", "127.0.0.2")
                fetcher = HttpFetcher(timeout=5, allow_networks=only_start)
                assert await refusal(fetcher, url) == REFUSED.format(shown)
            assert len(outer.requests) == 1
            assert inner.requests == []

    asyncio.run(scenario())


@pytest.mark.parametrize(
    "location",
    [
        "ftp://example.com/",
        "file:///etc/passwd",
        "http://[x/",
        "http://a..b/",
        "http://ü\x7f/",
    ],
)
def test_a_redirect_to_something_unusable_is_refused(location: str) -> None:
    async def scenario() -> None:
        async with serving(lambda _: redirect(location)) as server:
            message = await refusal(local_fetcher(), server.url())
            assert message == f"BadRequest: Error in loading {server.url()} - invalid redirect"

    asyncio.run(scenario())


def test_every_address_of_a_name_is_checked() -> None:
    asked = []

    async def mixed(host: str, port: int) -> Sequence[str]:
        asked.append((host, port))
        return ["127.0.0.1", "10.0.0.1"]

    async def scenario() -> None:
        async with serving(lambda _: response(b"x")) as server:
            url = server.url("/", "mixed.test")
            assert await refusal(local_fetcher(resolver=mixed), url) == REFUSED.format(url)
            assert server.requests == []
            assert asked == [("mixed.test", server.port)]

    asyncio.run(scenario())


def test_rebinding_between_two_fetches_is_noticed() -> None:
    answers = [["8.8.8.8"], ["127.0.0.1"]]

    async def rebinding(host: str, port: int) -> Sequence[str]:
        return answers.pop(0)

    async def scenario() -> None:
        async with serving(lambda _: response(b"secret")) as server:
            url = server.url("/", "rebind.test")
            fetcher = HttpFetcher(timeout=0.5, resolver=rebinding)
            first = await refusal(fetcher, url)
            assert "address not allowed" not in first  # public, though not reachable from here
            assert len(answers) == 1  # one resolution for one connection
            assert await refusal(fetcher, url) == REFUSED.format(url)
            assert server.requests == []

    asyncio.run(scenario())


def test_rebinding_between_a_request_and_its_redirect_is_noticed() -> None:
    answers = [["127.0.0.2"], ["127.0.0.1"]]

    async def rebinding(host: str, port: int) -> Sequence[str]:
        return answers.pop(0)

    async def scenario() -> None:
        async with (
            serving(lambda _: redirect("/again"), host="127.0.0.2") as outer,
            serving(lambda _: response(b"secret"), port=outer.port) as inner,
        ):
            url = outer.url("/", "rebind.test")
            only_start = (ipaddress.ip_network("127.0.0.2/32"),)
            fetcher = HttpFetcher(timeout=5, allow_networks=only_start, resolver=rebinding)
            assert await refusal(fetcher, url) == REFUSED.format(url)
            assert (len(outer.requests), inner.requests, answers) == (1, [], [])

    asyncio.run(scenario())


def test_the_connection_goes_to_the_address_that_was_checked() -> None:
    answers = [["127.0.0.3"]]

    async def once(host: str, port: int) -> Sequence[str]:
        return answers.pop(0)  # a second question would fail

    async def scenario() -> None:
        # ``localhost`` is 127.0.0.1 to the system: only the pinned address has this server.
        async with serving(lambda _: response(b"pinned"), host="127.0.0.3") as server:
            url = server.url("/", "localhost")
            body, _ = await download(local_fetcher(resolver=once), url)
            assert body == b"pinned"
            assert server.requests[0].headers["host"] == f"localhost:{server.port}"

    asyncio.run(scenario())


def test_the_environment_names_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        async with (
            serving(lambda _: response(b"proxy")) as proxy,
            serving(lambda _: response(b"direct")) as server,
        ):
            for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
                monkeypatch.setenv(name, proxy.url())
            body, _ = await download(local_fetcher(), server.url())
            assert (body, proxy.requests) == (b"direct", [])

    asyncio.run(scenario())


def test_the_system_resolver_answers_addresses() -> None:
    assert "127.0.0.1" in asyncio.run(resolve("localhost", 80))
    with pytest.raises(OSError):
        asyncio.run(resolve("no-such-host.invalid", 80))


_PIECES = st.sampled_from(
    "http: https: ftp: // / \\ @ : ? # [ ] % %2e %00 . .. 127.0.0.1 ::1 localhost xn-- xn--a 0x7f "
    "2130706433 80 99999999999 ü 。 \ud800 \r \n \t \x00 \u202e é.com a@b ::ffff:7f00:1 -- _".split(
        " "
    )
)


async def _unknown(host: str, port: int) -> Sequence[str]:
    raise OSError("no name is known")


# Made once: loading the certificate authorities takes longer than an example.
FUZZED = HttpFetcher(timeout=2, resolver=_unknown)
FUZZED_LOCAL = local_fetcher(timeout=2, resolver=_unknown)


@settings(max_examples=400, deadline=None)
@given(st.lists(_PIECES | st.text(max_size=4), max_size=10).map("".join), st.booleans())
@example("//xn--a/", True)
@example("//xn--/", True)
def test_no_url_whatever_raises_anything_unexpected(text: str, with_scheme: bool) -> None:
    url = f"http:{text}" if with_scheme else text
    with pytest.raises(BadRequest) as caught:
        asyncio.run(FUZZED.fetch(url, lambda _: None, 10))
    assert caught.value.message.isprintable()
    caught.value.message.encode()


@settings(max_examples=200, deadline=None)
@given(st.lists(_PIECES | st.text(max_size=4), max_size=8).map("".join))
def test_no_location_whatever_raises_anything_unexpected(text: str) -> None:
    location = text.replace("\r", "").replace("\n", "").replace("\x00", "")
    raw = location.encode("utf-8", "replace").decode("latin-1")

    async def scenario() -> str:
        async with serving(lambda _: redirect(raw)) as server:
            return await refusal(FUZZED_LOCAL, server.url())

    assert asyncio.run(scenario()).startswith("BadRequest: Error in loading http://127.0.0.1:")
