"""A real server for the fetcher's tests: it answers raw bytes, so that it can misbehave."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import ssl
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

from app.domain.ports import RemoteFile
from app.net.fetch import HttpFetcher

LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"),)
UNLIMITED = 1 << 40

Answer = bytes | AsyncIterator[bytes]


@dataclass
class Request:
    path: str
    headers: dict[str, str]


@dataclass
class Server:
    port: int
    requests: list[Request] = field(default_factory=list)

    def url(self, path: str = "/", host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"


def response(body: bytes = b"", *headers: str, status: str = "200 OK") -> bytes:
    """A complete response; a Content-Length among ``headers`` replaces the right one."""
    lines = [f"HTTP/1.1 {status}", *headers]
    if not any(line.lower().startswith(("content-length", "transfer-enc")) for line in headers):
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def redirect(location: str, status: str = "302 Found") -> bytes:
    return response(b"", f"Location: {location}", status=status)


@contextlib.asynccontextmanager
async def serving(
    answer: Callable[[Request], Answer],
    host: str = "127.0.0.1",
    port: int = 0,
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[Server]:
    """Answer every connection's request with what ``answer`` makes of it, then close."""
    server = Server(0)

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            headers = dict(line.split(": ", 1) for line in head[1:] if line)
            request = Request(head[0].split(" ")[1], {k.lower(): v for k, v in headers.items()})
            server.requests.append(request)
            said = answer(request)
            if isinstance(said, bytes):
                writer.write(said)
            else:
                async for part in said:
                    writer.write(part)
                    await writer.drain()
            await writer.drain()
        writer.close()

    listener = await asyncio.start_server(handle, host, port, ssl=tls)
    server.port = listener.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listener.close()


def local_fetcher(**options: object) -> HttpFetcher:
    """A fetcher that may reach the loopback network."""
    return HttpFetcher(**{"timeout": 5.0, "allow_networks": LOOPBACK} | options)  # type: ignore[arg-type]  # passes any option on


async def download(
    fetcher: HttpFetcher, url: str, max_bytes: int = UNLIMITED
) -> tuple[bytes, RemoteFile]:
    body = bytearray()
    file = await fetcher.fetch(url, body.extend, max_bytes)
    return bytes(body), file


async def refusal(fetcher: HttpFetcher, url: str, max_bytes: int = UNLIMITED) -> str:
    """The class and the message of the error that a fetch ends with."""
    try:
        _, file = await download(fetcher, url, max_bytes)
    except Exception as exc:
        return f"{type(exc).__name__}: {exc}"
    return f"no error: {file}"
