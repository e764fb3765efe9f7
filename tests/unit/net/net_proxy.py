"""A real forward proxy for the fetcher's tests: it knows CONNECT and nothing else."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass, field


@dataclass
class Proxy:
    port: int = 0
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def url(self, userinfo: str = "", scheme: str = "http", host: str = "127.0.0.1") -> str:
        return f"{scheme}://{userinfo}{host}:{self.port}"


@contextlib.asynccontextmanager
async def proxying(
    answer: bytes = b"HTTP/1.1 200 OK\r\n\r\n", tls: ssl.SSLContext | None = None
) -> AsyncIterator[Proxy]:
    """Connect to what is asked for, if ``answer`` is a 200; else only answer."""
    proxy = Proxy()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            headers = dict(line.split(": ", 1) for line in head[1:] if line)
            proxy.requests.append((head[0], {k.lower(): v for k, v in headers.items()}))
            writer.write(answer)
            await writer.drain()
            if answer.startswith(b"HTTP/1.1 200"):
                host, _, port = head[0].split(" ")[1].rpartition(":")
                there = await asyncio.open_connection(host.strip("[]"), int(port))
                await asyncio.gather(_copy(reader, there[1]), _copy(there[0], writer))
        writer.close()

    listener = await asyncio.start_server(handle, "127.0.0.1", 0, ssl=tls)
    proxy.port = listener.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        listener.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()
