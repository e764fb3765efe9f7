"""Files sent by the kernel: whole to every client, and nobody holds up the others."""

from __future__ import annotations

import hashlib
import random
import socket
import threading
import time
from pathlib import Path

import httpx
import pytest

from tests.live import CLOUD, LiveServer

#: Far more than the sockets' buffers take.
DATA = random.Random(1).randbytes(12_000_000)
REQUEST = f"GET /{CLOUD}/raw/upload/large.bin HTTP/1.1\r\nHost: x\r\n"


@pytest.fixture(scope="module")
def large(sqlite_server: LiveServer) -> str:
    with sqlite_server.client() as client:
        client.upload(DATA, resource_type="raw", public_id="large.bin").raise_for_status()
    return f"{sqlite_server.url}/{CLOUD}/raw/upload/large.bin"


def descriptors(server: LiveServer) -> int:
    assert server.process
    return len(list(Path(f"/proc/{server.process.pid}/fd").iterdir()))


def test_slow_clients_get_everything_and_hold_up_nobody(
    large: str, sqlite_server: LiveServer
) -> None:
    digests = []

    def sip() -> None:
        with socket.create_connection(("127.0.0.1", sqlite_server.port)) as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
            connection.sendall((REQUEST + "Connection: close\r\n\r\n").encode())
            received = bytearray()
            while data := connection.recv(1_000_000):
                received += data
                if len(received) < 1_000_000:
                    time.sleep(0.02)
            body = bytes(received).partition(b"\r\n\r\n")[2]
            digests.append(hashlib.sha1(body).digest())

    threads = [threading.Thread(target=sip) for _ in range(8)]
    for thread in threads:
        thread.start()
    for _ in range(10):
        started = time.perf_counter()
        assert httpx.get(f"{sqlite_server.url}/healthz").text == "ok\n"
        assert time.perf_counter() - started < 2
    for thread in threads:
        thread.join(60)
    assert digests == [hashlib.sha1(DATA).digest()] * 8


def test_clients_that_go_away_cost_nothing(large: str, sqlite_server: LiveServer) -> None:
    httpx.get(large, headers={"Range": "bytes=0-9"})
    before = descriptors(sqlite_server)
    for _ in range(20):
        with socket.create_connection(("127.0.0.1", sqlite_server.port)) as connection:
            connection.sendall((REQUEST + "\r\n").encode())
            connection.recv(1000)
    deadline = time.monotonic() + 10
    while descriptors(sqlite_server) > before + 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    assert descriptors(sqlite_server) <= before + 2
    assert "Exception in ASGI" not in sqlite_server.log()


def test_one_connection_carries_many_answers(large: str, sqlite_server: LiveServer) -> None:
    random_source = random.Random(2)
    with httpx.Client() as client:
        for _ in range(20):
            first = random_source.randrange(len(DATA) - 2_000_000)
            last = first + random_source.randrange(1, 2_000_000)
            part = client.get(large, headers={"Range": f"bytes={first}-{last}"})
            assert (part.status_code, part.content) == (206, DATA[first : last + 1])
            assert client.head(large).headers["content-length"] == str(len(DATA))
    with socket.create_connection(("127.0.0.1", sqlite_server.port)) as connection:
        # Two at once: the second answer waits for the first to have left.
        connection.sendall((REQUEST + "\r\n" + REQUEST + "Connection: close\r\n\r\n").encode())
        received = bytearray()
        while data := connection.recv(1_000_000):
            received += data
    assert received.count(DATA) == 2
