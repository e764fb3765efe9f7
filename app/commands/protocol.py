"""How ``lenticular serve`` speaks HTTP: uvicorn's protocol, with files sent by the kernel.

It offers ASGI's *zero copy send* extension: the application names an open file and a range, and
``sendfile(2)`` moves the bytes without bringing them into this process. Where it is not offered
(over TLS, under another server) the application sends bytes.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from typing import Any

from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

#: The extension's name, and the type of its message.
ZERO_COPY = "http.response.zerocopysend"

#: Seconds without progress after which a client is given up.
STALLED = 60.0

Send = Callable[[Any], Awaitable[None]]


class ZeroCopyProtocol(HttpToolsProtocol):
    """One connection."""

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        # A connection under TLS must not be written to behind the encryption's back.
        if self.scheme == "http":
            app = _Offering(cycle, app)
        super()._start_asgi_task(cycle, app)


class _Offering:
    """An application that is offered the extension for one request."""

    def __init__(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._cycle = cycle
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Send) -> None:
        scope.setdefault("extensions", {})[ZERO_COPY] = {}

        async def forward(message: Any) -> None:
            if message["type"] != ZERO_COPY:
                await send(message)
                return
            await self._send_file(message["file"], message["offset"], message["count"])
            if not message.get("more_body", False):
                await send({"type": "http.response.body", "body": b""})

        await self._app(scope, receive, forward)

    async def _send_file(self, file: int, offset: int, count: int) -> None:
        cycle = self._cycle
        if count > cycle.expected_content_length:
            raise RuntimeError("Response content longer than Content-Length")
        cycle.expected_content_length -= count
        try:
            async with asyncio.timeout(STALLED):
                await _flushed(cycle)
            await self._send_range(file, offset, offset + count)
        except (ConnectionError, TimeoutError, EOFError):
            # The client is gone, or asleep, or the file was cut short: the answer ends here, and
            # a broken connection is all that can still tell the client.
            cycle.disconnected = True
            cycle.transport.abort()

    async def _send_range(self, file: int, at: int, end: int) -> None:
        socket: int = self._cycle.transport.get_extra_info("socket").fileno()
        while at < end and not self._cycle.disconnected:
            try:
                sent = os.sendfile(socket, file, at, end - at)
            except BlockingIOError:
                async with asyncio.timeout(STALLED):
                    await _writable(socket)
                continue
            if sent == 0:
                raise EOFError
            at += sent


async def _flushed(cycle: RequestResponseCycle) -> None:
    """Wait until everything written before, the head of the answer at least, has left."""
    transport = cycle.transport
    await asyncio.sleep(0)  # the loop writes what is pending at its next turn
    if transport.get_write_buffer_size() and not cycle.disconnected:
        # Reported by the transport itself, but only for limits of zero.
        low, high = transport.get_write_buffer_limits()
        transport.set_write_buffer_limits(0)
        await cycle.flow.drain()
        transport.set_write_buffer_limits(high, low)


async def _writable(socket: int) -> None:
    """Wait until the socket takes more bytes."""
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    # A duplicate: event loops guard the descriptors of their own transports.
    watched = os.dup(socket)
    try:
        loop.add_writer(watched, ready.set)
        try:
            await ready.wait()
        finally:
            loop.remove_writer(watched)
    finally:
        os.close(watched)
