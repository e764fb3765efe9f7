"""The same photo always gets the same answer: bytes compared over workers, load and restarts.

    python -m benchmarks.identical PHOTOS [--count 1000]

PHOTOS is a directory of pictures; without it distinct ones are made of the licensed photos. Every
picture is uploaded to servers with 1, 2 and 4 workers, each of them started twice, with one to
eight uploads at once in another order every time, at both levels of detail for some. The
categorization of each reply, as the bytes that were sent, must be the same every time.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from benchmarks import pictures
from tests.live import LiveServer

#: (workers, uploads at once): two starts of each number of workers.
RUNS = ((1, 1), (1, 8), (2, 3), (2, 8), (4, 5), (4, 8))

#: Every so many pictures one is looked at thoroughly.
THOROUGH_EVERY = 10


def load(folder: Path | None, count: int) -> list[bytes]:
    """The pictures to send."""
    if folder is None:
        stream = pictures.distinct(pictures.make(12, seed=5), 1)
        return [next(stream) for _ in range(count)]
    files = sorted(path for path in folder.iterdir() if path.suffix in (".jpg", ".png"))
    return [path.read_bytes() for path in files[:count]]


def answers(
    server: LiveServer, contents: Sequence[bytes], at_once: int, seed: int, progress: Progress
) -> dict[int, str]:
    """SHA-256 of the categorization of every picture, by its number."""
    order = list(range(len(contents)))
    random.Random(seed).shuffle(order)
    task = progress.add_task(f"run {seed}: {at_once} at once", total=len(order))
    with server.client() as client:

        def one(number: int) -> tuple[int, str]:
            level = {} if number % THOROUGH_EVERY else {"lenticular_detail": "thorough"}
            reply = client.upload(
                contents[number],
                public_id=f"same/{number}",
                categorization="imagga_tagging",
                auto_tagging="0.4",
                **level,
            )
            body = reply.json()
            told = json.dumps([body["info"], body["tags"]], ensure_ascii=False).encode()
            progress.advance(task)
            return number, hashlib.sha256(told).hexdigest()

        with ThreadPoolExecutor(at_once) as pool:
            return dict(pool.map(one, order))


def main() -> None:
    """Run, compare and print."""
    parser = argparse.ArgumentParser(description="The same photo always gets the same answer.")
    parser.add_argument("photos", type=Path, nargs="?")
    parser.add_argument("--count", type=int, default=1000)
    options = parser.parse_args()
    contents = load(options.photos, options.count)
    found: list[dict[int, str]] = []
    with Progress(console=Console(stderr=True)) as progress:
        for seed, (workers, at_once) in enumerate(RUNS):
            with tempfile.TemporaryDirectory(prefix="lenticular-same-") as directory:
                settings = {"WORKERS": str(workers), "LOG_LEVEL": "warning"}
                server = LiveServer(Path(directory), settings=settings).start()
                try:
                    found.append(answers(server, contents, at_once, seed, progress))
                finally:
                    server.stop()
    differing = [n for n in range(len(contents)) if len({run[n] for run in found}) > 1]
    print(
        f"{len(contents)} pictures, {len(RUNS)} runs with workers and uploads at once "
        f"{', '.join(f'{w}x{n}' for w, n in RUNS)}: {len(differing)} answers differ"
    )
    if differing:
        raise SystemExit(f"pictures {differing[:20]}")


if __name__ == "__main__":
    main()
