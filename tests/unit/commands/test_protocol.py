"""The zero-copy extension of the server's protocol."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from app.commands import protocol
from app.commands.protocol import ZERO_COPY, ZeroCopyProtocol
from tests.live import free_port

DATA = os.urandom(20_000_000)


@contextmanager
def serving(path: Path, claimed: int = 0, offset: int = 0) -> Iterator[int]:
    """A server that sends a file to everybody; its port."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert ZERO_COPY in scope["extensions"]
        count = claimed or len(DATA) - offset
        with path.open("rb") as file:
            headers = [(b"content-length", str(count).encode())]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": ZERO_COPY, "file": file.fileno(), "offset": offset, "count": count})

    port = free_port()
    server = uvicorn.Server(
        uvicorn.Config(app, port=port, http=ZeroCopyProtocol, lifespan="off", log_config=None)
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield port
    finally:
        server.should_exit = True
        thread.join(10)
        assert not thread.is_alive()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "file").write_bytes(DATA)
    return tmp_path / "file"


def test_the_kernel_sends(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sent = []

    def counted(*arguments: Any) -> int:
        sent.append(sendfile(*arguments))
        return sent[-1]

    sendfile = os.sendfile
    monkeypatch.setattr(os, "sendfile", counted)
    with serving(path, offset=1000) as port, httpx.Client() as client:
        for _ in range(3):
            assert client.get(f"http://127.0.0.1:{port}/").content == DATA[1000:]
    assert sum(sent) == 3 * (len(DATA) - 1000)


def test_a_file_that_is_too_short_breaks_the_connection(path: Path) -> None:
    with serving(path, claimed=len(DATA) + 1) as port, pytest.raises(httpx.TransportError):
        httpx.get(f"http://127.0.0.1:{port}/")


def test_a_client_that_falls_asleep_is_given_up(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "STALLED", 0.2)
    with serving(path) as port, socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        time.sleep(1)
        received = 0
        with contextlib.suppress(ConnectionResetError):
            while data := connection.recv(1_000_000):
                received += len(data)
    assert 0 < received < len(DATA)
