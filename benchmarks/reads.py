"""(b) GET of a resource, authenticated, against a bare FastAPI hello.

Twice: a resource whose rendered reply is kept, and checked against the database each time; and
more resources than are kept, each read in full.
"""

from __future__ import annotations

import contextlib
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator

import httpx
from rich.progress import Progress

from app.services.remembered import REMEMBERED
from benchmarks import load, pictures
from tests.live import CLOUD, LiveServer, free_port

#: More assets than a worker keeps ready; read in turn, each is read from the database anew.
ASSETS = REMEMBERED + 500

HELLO = """
import uvicorn
from fastapi import FastAPI
app = FastAPI()

@app.get("/hello")
async def hello():
    return {"message": "hello", "status": "ok"}

uvicorn.run(app, port=PORT, log_config=None, access_log=False)
"""


@contextlib.contextmanager
def hello_server() -> Iterator[int]:
    """A bare FastAPI application under uvicorn; its port."""
    port = free_port()
    process = subprocess.Popen([sys.executable, "-c", HELLO.replace("PORT", str(port))])
    try:
        for _ in range(200):
            with contextlib.suppress(httpx.TransportError):
                httpx.get(f"http://127.0.0.1:{port}/hello")
                break
            time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait()


def measure(server: LiveServer, rounds: int, each: int, progress: Progress) -> list[str]:
    """Interleaved rounds; the lines of the report."""
    with server.client() as client:
        several = pictures.make(20)
        for number in progress.track(range(ASSETS), description="assets to read"):
            reply = client.upload(
                several[number % len(several)],
                public_id=f"benchmark{number}",
                categorization="imagga_tagging",
                auto_tagging="0.1",
            )
            reply.raise_for_status()
    path = f"/v1_1/{CLOUD}/resources/image/upload/benchmark"
    kinds = {
        "one resource again and again": [load.get_request(f"{path}0")] * each,
        f"{ASSETS} resources in turn": [
            load.get_request(f"{path}{number % ASSETS}") for number in range(each)
        ],
    }
    hello = [load.get_request("/hello")] * each
    peers: list[float] = []
    rates: dict[str, list[float]] = {name: [] for name in kinds}
    with hello_server() as port:
        load.run(port, hello[:500], 8)
        load.run(server.port, next(iter(kinds.values()))[:500], 8)
        for _ in progress.track(range(rounds), description="reads"):
            peers.append(load.run(port, hello, 8).rate)
            for name, requests in kinds.items():
                rates[name].append(load.run(server.port, requests, 8).rate)
    lines = [
        "(b) GET of a resource with tags and categories, Basic credentials, SQLite, one worker",
        f"    bare FastAPI hello: {statistics.median(peers):.0f} requests/s",
    ]
    for name, found in rates.items():
        ratios = [rate / peer for rate, peer in zip(found, peers, strict=True)]
        lines += [
            f"    {name}: {statistics.median(found):.0f} requests/s",
            f"        ratio {statistics.median(ratios):.2f}  (rounds: "
            f"{', '.join(f'{value:.2f}' for value in ratios)}; wanted: 0.5)",
        ]
    return lines
