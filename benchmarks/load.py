"""A lean load generator: raw sockets, keep-alive, bodies made beforehand, its own process."""

from __future__ import annotations

import base64
import multiprocessing
import os
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.live import CLOUD, KEY, SECRET

BOUNDARY = "lenticular-benchmark"
AUTHORIZATION = "Basic " + base64.b64encode(f"{KEY}:{SECRET}".encode()).decode()


@dataclass(frozen=True)
class Load:
    """What a load came to: requests a second, and the generator's own CPU seconds."""

    rate: float
    cpu_seconds: float


def upload_request(picture: bytes) -> bytes:
    """A tagged multipart upload as bytes on the wire."""
    fields = {"categorization": "imagga_tagging", "auto_tagging": "0.4"}
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    parts.append(
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="photo.jpg"\r\n'
        "Content-Type: image/jpeg\r\n\r\n".encode()
    )
    body = b"".join([*parts, picture, f"\r\n--{BOUNDARY}--\r\n".encode()])
    head = (
        f"POST /v1_1/{CLOUD}/image/upload HTTP/1.1\r\nHost: localhost\r\n"
        f"Authorization: {AUTHORIZATION}\r\nContent-Length: {len(body)}\r\n"
        f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\n\r\n"
    )
    return head.encode() + body


def get_request(path: str) -> bytes:
    """An authenticated GET as bytes on the wire."""
    return (
        f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: {AUTHORIZATION}\r\n\r\n".encode()
    )


def _drive(port: int, requests: list[bytes], failures: list[str]) -> None:
    with socket.create_connection(("127.0.0.1", port)) as connection:
        replies = connection.makefile("rb")
        for request in requests:
            connection.sendall(request)
            status = replies.readline()
            length = 0
            while (line := replies.readline()) not in (b"\r\n", b""):
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            body = replies.read(length)
            if b" 200 " not in status:
                failures.append(f"{status!r} {body[:200]!r}")
                return


def _generate(port: int, shares: list[list[bytes]], result: Any) -> None:
    failures: list[str] = []
    threads = [threading.Thread(target=_drive, args=(port, share, failures)) for share in shares]
    before, started = time.process_time(), time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - started
    result.put((sum(map(len, shares)) / seconds, time.process_time() - before, failures))


def run(port: int, requests: list[bytes], concurrency: int) -> Load:
    """Send the requests over ``concurrency`` connections from another process."""
    context = multiprocessing.get_context("spawn")
    result = context.Queue()
    shares = [requests[start::concurrency] for start in range(concurrency)]
    process = context.Process(target=_generate, args=(port, shares, result))
    process.start()
    rate, cpu, failures = result.get()
    process.join()
    if failures:
        raise RuntimeError(failures[0])
    return Load(rate, cpu)


def in_processes(count: int, function: Callable[..., float], *arguments: Any) -> float:
    """Run ``function`` in several processes at once; the longest of the times they return."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(count) as pool:
        return max(pool.starmap(function, [arguments] * count))


def resident_bytes(pid: int) -> int:
    """Resident memory of a process and its children (Linux)."""
    total = 0
    for entry in [str(pid), *_children(pid)]:
        pages = int(Path(f"/proc/{entry}/statm").read_text().split()[1])
        total += pages * os.sysconf("SC_PAGE_SIZE")
    return total


def _children(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
