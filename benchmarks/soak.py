"""``make soak``: uploads in flight while the server is killed with SIGKILL, again and again.

Afterwards every upload that was answered 200 must be there with its bytes, categories and
tags, and ``reconcile`` must find no row without bytes.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import queue
import random
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console
from rich.progress import track

from benchmarks import pictures
from tests.live import LiveServer

THREADS = 8


@dataclass
class Round:
    """One kill.

    Attributes:
        answered: replies to the uploads that were answered 200, by public id.
        digests: MD5 of the bytes sent, by public id.
    """

    answered: dict[str, dict[str, Any]] = field(default_factory=dict)
    digests: dict[str, str] = field(default_factory=dict)


def kill_in_flight(server: LiveServer, uploads: int, seed: int) -> Round:
    """Start ``uploads`` uploads on a running server and kill it before all are answered."""
    source = random.Random(seed)
    finished = Round()
    waiting: queue.SimpleQueue[tuple[str, bytes]] = queue.SimpleQueue()
    stream = pictures.distinct(pictures.make(12, seed=5), seed)
    for number in range(uploads):
        name, content = f"kill/{seed}-{number}", next(stream)
        finished.digests[name] = hashlib.md5(content).hexdigest()
        waiting.put((name, content))

    def work() -> None:
        with server.client() as client:
            while True:
                try:
                    name, content = waiting.get_nowait()
                    reply = client.upload(
                        content,
                        public_id=name,
                        categorization="imagga_tagging",
                        auto_tagging="0.3",
                        tags="soak",
                    )
                except (queue.Empty, httpx.TransportError):
                    return  # done, or the server is gone
                if reply.status_code == 200:
                    finished.answered[name] = reply.json()

    threads = [threading.Thread(target=work) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    target = source.randint(uploads // 4, uploads // 2)
    deadline = time.monotonic() + 60
    while len(finished.answered) < target and time.monotonic() < deadline:
        time.sleep(0.002)
    server.kill()
    for thread in threads:
        thread.join()
    return finished


def check(server: LiveServer, finished: Round) -> None:
    """Every answered upload of a round is there, whole. Raises ``AssertionError``."""
    with server.client() as client:
        for name, reply in finished.answered.items():
            stored = client.get(f"resources/image/upload/{name}")
            assert stored.status_code == 200, (name, stored.text)
            body = stored.json()
            assert body["tags"] == sorted(reply["tags"]), name
            assert body["info"] == reply["info"], name
            path = reply["url"].split("/", 3)[3]
            content = client.http.get(f"{server.url}/{path}").content
            assert hashlib.md5(content).hexdigest() == finished.digests[name], name


def main() -> None:
    """Run the rounds and print the figures."""
    parser = argparse.ArgumentParser(description="Kill the server under load, again and again.")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--uploads", type=int, default=200, help="uploads in flight a round")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="lenticular-soak-") as directory:
        server = LiveServer(Path(directory))
        rounds = []
        numbers = range(options.seed, options.seed + options.rounds)
        for number in track(numbers, "kill -9", console=Console(stderr=True)):
            server.start()
            rounds.append(kill_in_flight(server, options.uploads, number))
        server.start()
        try:
            for finished in rounds:
                check(server, finished)
            report = server.command("reconcile", "--dry-run")
        finally:
            server.stop()
    answered = [len(finished.answered) for finished in rounds]
    print(json.dumps({"seed": options.seed, "uploads": options.uploads, "answered": answered}))
    print(f"{sum(answered)} answered uploads, all there with bytes, categories and tags")
    print(report.stdout.strip())
    if report.returncode:
        raise SystemExit(report.stderr)


if __name__ == "__main__":
    main()
