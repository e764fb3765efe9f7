"""(a) Uploads with tagging, against the bare decode + preprocess + inference on the same cores."""

from __future__ import annotations

import itertools
import statistics
import threading
import time
from pathlib import Path

import onnxruntime
from rich.progress import Progress

from app.domain.images import InputSpec
from app.imaging.imager import PillowImager
from benchmarks import load, pictures
from tests.live import LiveServer

MODEL = Path(__file__).parents[1] / "models" / "lite2-int8" / "model.onnx"
SPEC = InputSpec(size=260, crop=0.89)
CONCURRENCY = 8


def _session() -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(MODEL, options, providers=["CPUExecutionProvider"])


def bare_process(photos: list[bytes]) -> float:
    """Seconds for the photos in one process with one thread."""
    session, imager = _session(), PillowImager(10**8)
    session.run(None, {"image": imager.inspect(photos[0], [SPEC]).inputs[SPEC]})
    started = time.perf_counter()
    for photo in photos:
        session.run(None, {"image": imager.inspect(photo, [SPEC]).inputs[SPEC]})
    return time.perf_counter() - started


def bare_threads(photos: list[bytes], threads: int = 2) -> float:
    """Seconds for the photos in one process with several threads."""
    session, imager = _session(), PillowImager(10**8)
    session.run(None, {"image": imager.inspect(photos[0], [SPEC]).inputs[SPEC]})

    def work(share: list[bytes]) -> None:
        for photo in share:
            session.run(None, {"image": imager.inspect(photo, [SPEC]).inputs[SPEC]})

    workers = [threading.Thread(target=work, args=(photos[n::threads],)) for n in range(threads)]
    started = time.perf_counter()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return time.perf_counter() - started


def measure(server: LiveServer, rounds: int, each: int, progress: Progress) -> list[str]:
    """Interleaved rounds; the lines of the report."""
    photos = pictures.make(200)
    stream = pictures.distinct(photos, seed=7)
    ratios, rates, bares, cpu = [], [], [], []
    load.run(server.port, [load.upload_request(next(stream)) for _ in range(40)], CONCURRENCY)
    for _ in progress.track(range(rounds), description="uploads with tagging"):
        # Two processes share the photos between them, as two threads do.
        two = 2 * len(photos[: each // 2]) / load.in_processes(2, bare_process, photos[: each // 2])
        threads = each / load.in_processes(1, bare_threads, list(itertools.islice(stream, each)))
        requests = [load.upload_request(next(stream)) for _ in range(each)]
        done = load.run(server.port, requests, CONCURRENCY)
        bares.append(max(two, threads))
        rates.append(done.rate)
        ratios.append(done.rate / bares[-1])
        cpu.append(done.cpu_seconds / each * 1000)
    size = sum(map(len, photos)) / len(photos) / 1000
    return [
        f"(a) upload with tagging, concurrency {CONCURRENCY}, 1280×853 JPEGs of {size:.0f} kB, "
        "200 pictures, every upload other bytes",
        "    bare loop, the faster of two processes and two threads: "
        f"{statistics.median(bares):.1f} images/s",
        f"    uploads answered 200: {statistics.median(rates):.1f} images/s "
        f"(load generator: {statistics.median(cpu):.2f} CPU-ms an upload)",
        f"    ratio {statistics.median(ratios):.2f}  (rounds: {_list(ratios)}; wanted: 0.75)",
    ]


def _list(values: list[float]) -> str:
    return ", ".join(f"{value:.2f}" for value in values)
