"""What clients may have sent along, and the names that servers give to their files."""

from __future__ import annotations

import asyncio
import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.errors import BadRequest
from app.domain.ports import FetchOptions, RemoteFile
from app.net.headers import file_name, read_lines
from tests.unit.net.net_server import Request, local_fetcher, redirect, response, serving


async def fetch(url: str, *lines: str) -> RemoteFile:
    return await local_fetcher().fetch(url, lambda _: None, 1 << 20, FetchOptions(lines))


def test_headers_go_to_their_own_origin_only() -> None:
    async def scenario() -> None:
        async with serving(lambda _: response(b"x"), host="127.0.0.2") as other:

            def answer(request: Request) -> bytes:
                away = other.url("/c", "127.0.0.2")
                return redirect("/b" if request.path == "/a" else away)

            async with serving(answer) as server:
                await fetch(server.url("/a"), "X-Api-Key: k 1", "Cookie:a=b", "User-Agent: me")
        for request in server.requests:
            sent = request.headers
            assert (sent["x-api-key"], sent["cookie"], sent["user-agent"]) == ("k 1", "a=b", "me")
        (away,) = other.requests
        assert not {"x-api-key", "cookie"} & set(away.headers)
        assert away.headers["user-agent"].startswith("Lenticular/")

    asyncio.run(scenario())


def test_an_authorization_header_goes_before_the_credentials_of_the_url() -> None:
    async def scenario() -> None:
        async with serving(lambda _: response(b"x")) as server:
            url = server.url("/", "u:pw@127.0.0.1")
            await fetch(url, "authorization: Bearer abc")
            await fetch(url)
        basic = f"Basic {base64.b64encode(b'u:pw').decode()}"
        sent = [request.headers["authorization"] for request in server.requests]
        assert sent == ["Bearer abc", basic]

    asyncio.run(scenario())


@pytest.mark.parametrize(
    "line",
    [
        "Host: inner.example",
        "host:x",
        "Connection: keep-alive",
        "Content-Length: 5",
        "Transfer-Encoding: chunked",
        "TE: trailers",
        "Upgrade: h2c",
        "Proxy-Authorization: Basic eDp5",
        "Accept-Encoding: br",
        "Range: bytes=0-1",
        "Expect: 100-continue",
        "no colon",
        ": empty",
        "Na me: x",
        "X: a\r\nY: b",
        "X: a\nHost: b",
        "X: \0",
        "X: €",
        "",
    ],
)
def test_what_is_not_the_clients_to_say_is_refused_before_anything_is_sent(line: str) -> None:
    async def scenario() -> None:
        async with serving(lambda _: response(b"x")) as server:
            with pytest.raises(BadRequest) as caught:
                await fetch(server.url(), "X-Fine: 1", line)
            assert caught.value.message.startswith("Invalid value ")
            assert caught.value.message.endswith(" for parameter headers")
            assert caught.value.message.isprintable()
            assert server.requests == []

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ('attachment; filename="a b.jpg"', "a b.jpg"),
        ("attachment;filename=a.jpg", "a.jpg"),
        ("inline; FILENAME=a.jpg", "a.jpg"),
        ("inline; filename*=UTF-8''%e2%82%ac.jpg; filename=euro.jpg", "€.jpg"),
        ("inline; filename=euro.jpg; filename*=UTF-8''%e2%82%ac.jpg", "€.jpg"),
        ("inline; filename*=iso-8859-1'en'%A3.png", "£.png"),
        ("inline; filename=blüte.jpg", "blüte.jpg"),
        ('attachment; filename="../../etc/passwd"', "passwd"),
        ('attachment; filename="C:\\\\tmp\\\\x.gif"', "x.gif"),
        ('attachment; filename=".."', "given.png"),
        ("attachment; filename*=nope''%ff", "ÿ"),
        ("attachment; filename=", "given.png"),
        ("attachment", "given.png"),
        (";;;=", "given.png"),
        ("attachment; filename=" + "a" * 300 + ".jpg", "a" * 251 + ".jpg"),
        ("attachment; filename=" + "a" * 3000, "given.png"),
    ],
)
def test_the_servers_name_goes_before_that_of_the_url(disposition: str, name: str) -> None:
    async def scenario() -> None:
        head = f"Content-Disposition: {disposition}".encode().decode("latin-1")
        async with serving(lambda _: response(b"x", head)) as server:
            assert (await fetch(server.url("/given.png"))).filename == name

    asyncio.run(scenario())


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300))
def test_no_disposition_raises(value: bytes) -> None:
    name = file_name([(b"Content-Disposition", b"attachment; filename" + value)])
    assert name.isprintable() and "/" not in name and len(name) <= 255


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=100))
def test_no_line_makes_more_than_one_header(text: str) -> None:
    try:
        ((name, value),) = read_lines([f"X-{text}"])
    except BadRequest:
        return
    assert not set(name + value) & set(b"\r\n\0")
