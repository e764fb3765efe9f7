"""A thousand clients ask for twice as many cold derivatives as can be made (``make soak``).

Every one gets its image or a 503 that says when to come back; memory stays within its limit; and
when they are gone the service answers as before.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import random
import resource
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console

from benchmarks import load, pictures
from tests.live import CLOUD, LiveServer

CLIENTS = 1000
#: Of one worker, models and caches included.
MEMORY_LIMIT = 1_000_000_000
#: Photos as cameras make them.
PHOTO = (4000, 2667)
PHOTOS = 6
#: Seconds that a client waits for an answer.
PATIENCE = 120


@dataclass
class Outcome:
    """What the clients saw.

    Attributes:
        statuses: of their answers; 0 for a connection that broke or came to nothing.
        seconds: that answers with an image took.
        without_retry: 503 without ``Retry-After``.
        memory: most resident bytes of the server.
    """

    statuses: Counter[int] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    without_retry: int = 0
    memory: int = 0


class Paths:
    """Derivatives that nobody has asked for before."""

    def __init__(self, seed: int) -> None:
        self._source = random.Random(seed)
        self._seen: set[str] = set()

    def next(self) -> str:
        while True:
            number = self._source.randrange(PHOTOS)
            width, height = self._source.randrange(200, 800), self._source.randrange(200, 800)
            path = f"/{CLOUD}/image/upload/c_fill,w_{width},h_{height}/over{number}.jpg"
            if path not in self._seen:
                self._seen.add(path)
                return path


async def ask(port: int, path: str, outcome: Outcome) -> None:
    """One request over a connection of its own."""
    started = time.perf_counter()
    status, retry = 0, False
    with contextlib.suppress(OSError, TimeoutError, asyncio.IncompleteReadError, ValueError):
        async with asyncio.timeout(PATIENCE):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                writer.write(
                    f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()
                )
                head = (await reader.readuntil(b"\r\n\r\n")).lower()
                length = int(head.partition(b"content-length: ")[2].partition(b"\r")[0])
                await reader.readexactly(length)
                status, retry = int(head.split(b" ")[1]), b"retry-after" in head
            finally:
                writer.close()
    outcome.statuses[status] += 1
    if status == 200:
        outcome.seconds.append(time.perf_counter() - started)
    outcome.without_retry += status == 503 and not retry


async def capacity(port: int, paths: Paths, clients: int, count: int) -> float:
    """Derivatives a second that a few clients get made, one after the other each."""
    outcome = Outcome()

    async def client() -> None:
        for _ in range(count):
            await ask(port, paths.next(), outcome)

    started = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(clients)))
    if set(outcome.statuses) != {200}:
        raise RuntimeError(f"without any load: {dict(outcome.statuses)}")
    return clients * count / (time.perf_counter() - started)


async def overload(server: LiveServer, paths: Paths, rate: float, seconds: float) -> Outcome:
    """``CLIENTS`` clients that ask ``rate`` times a second altogether."""
    outcome = Outcome()
    end = time.perf_counter() + seconds
    source = random.Random(9)

    async def client() -> None:
        pause = CLIENTS / rate
        await asyncio.sleep(source.uniform(0, pause))
        while time.perf_counter() < end:
            await ask(server.port, paths.next(), outcome)
            await asyncio.sleep(source.uniform(0.5, 1.5) * pause)

    async with watching(server, outcome):
        await asyncio.gather(*(client() for _ in range(CLIENTS)))
    return outcome


@contextlib.asynccontextmanager
async def watching(server: LiveServer, outcome: Outcome) -> AsyncIterator[None]:
    """Remember the most memory that the server takes meanwhile."""
    process = server.process
    assert process

    async def watch() -> None:
        while True:
            outcome.memory = max(outcome.memory, load.resident_bytes(process.pid))
            await asyncio.sleep(0.05)

    task = asyncio.create_task(watch())
    try:
        yield
    finally:
        task.cancel()


async def run(server: LiveServer, seconds: float) -> list[str]:
    """Everything; the lines of the report.

    Raises:
        RuntimeError: something was not as it should be.
    """
    paths = Paths(1)
    before = await capacity(server.port, paths, 4, 15)
    outcome = await overload(server, paths, 2 * before, seconds)
    after = await capacity(server.port, paths, 4, 15)
    lines = [
        f"capacity {before:.1f} derivatives/s from photos of {PHOTO[0]}×{PHOTO[1]}; "
        f"{CLIENTS} clients at {2 * before:.1f}/s for {seconds:.0f} s",
        f"    answers: {dict(sorted(outcome.statuses.items()))}",
        f"    images: median {statistics.median(outcome.seconds or [0]):.2f} s, "
        f"longest {max(outcome.seconds, default=0):.2f} s",
        f"    memory: {outcome.memory / 1e6:.0f} MB at most (limit {MEMORY_LIMIT / 1e6:.0f})",
        f"    afterwards: {after:.1f} derivatives/s",
    ]
    wrong = []
    if set(outcome.statuses) - {200, 503} or outcome.without_retry:
        wrong.append("answers that are neither images nor a 503 with Retry-After")
    if outcome.memory > MEMORY_LIMIT:
        wrong.append("memory beyond its limit")
    if after < before / 2:
        wrong.append("it has not recovered")
    if wrong:
        raise RuntimeError("\n".join([*lines, *wrong]))
    return lines


def main() -> None:
    """Run it on a fresh server and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=120)
    options = parser.parse_args()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 8 * CLIENTS)), hard))
    with tempfile.TemporaryDirectory(prefix="lenticular-overload-") as directory:
        server = LiveServer(Path(directory)).start()
        try:
            with server.client() as client:
                for number, photo in enumerate(pictures.make(PHOTOS, 3, PHOTO)):
                    client.upload(photo, public_id=f"over{number}").raise_for_status()
            Console().print("\n".join(asyncio.run(run(server, options.seconds))))
        finally:
            server.stop()


if __name__ == "__main__":
    main()
