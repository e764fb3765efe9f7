"""(b) GET of a resource, authenticated and read from the database, against a bare FastAPI hello."""

from __future__ import annotations

import contextlib
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator

import httpx
from rich.progress import Progress

from benchmarks import load, pictures
from tests.live import CLOUD, LiveServer, free_port

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
        reply = client.upload(
            pictures.make(1)[0],
            public_id="benchmark",
            categorization="imagga_tagging",
            auto_tagging="0.1",
        )
        reply.raise_for_status()
    resource = [load.get_request(f"/v1_1/{CLOUD}/resources/image/upload/benchmark")] * each
    hello = [load.get_request("/hello")] * each
    ratios, rates, peers, cpu = [], [], [], []
    with hello_server() as port:
        load.run(port, hello[:500], 8)
        load.run(server.port, resource[:500], 8)
        for _ in progress.track(range(rounds), description="reads"):
            peer = load.run(port, hello, 8)
            done = load.run(server.port, resource, 8)
            peers.append(peer.rate)
            rates.append(done.rate)
            ratios.append(done.rate / peer.rate)
            cpu.append(done.cpu_seconds / each * 1e6)
    return [
        "(b) GET of a resource with tags and categories, Basic credentials, SQLite, one worker",
        f"    bare FastAPI hello: {statistics.median(peers):.0f} requests/s",
        f"    resource: {statistics.median(rates):.0f} requests/s "
        f"(load generator: {statistics.median(cpu):.0f} CPU-µs a request)",
        f"    ratio {statistics.median(ratios):.2f}  (rounds: "
        f"{', '.join(f'{value:.2f}' for value in ratios)}; wanted: 0.5)",
    ]
