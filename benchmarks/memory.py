"""(c) Resident memory of one worker after 100 and after 1,000 uploads with tagging."""

from __future__ import annotations

import itertools

from rich.progress import Progress

from benchmarks import load, pictures
from tests.live import LiveServer


def measure(server: LiveServer, progress: Progress) -> list[str]:
    """The lines of the report."""
    assert server.process
    stream = pictures.distinct(pictures.make(100, seed=3), seed=11)
    sizes = []
    for count in progress.track((100, 300, 300, 300), description="memory"):
        requests = [load.upload_request(p) for p in itertools.islice(stream, count)]
        load.run(server.port, requests, 8)
        sizes.append(load.resident_bytes(server.process.pid) / 1e6)
    return [
        "(c) resident memory of one worker",
        f"    after 100 uploads {sizes[0]:.0f} MB, after 1,000 uploads {sizes[-1]:.0f} MB: "
        f"{(sizes[-1] / sizes[0] - 1) * 100:+.0f} %  (wanted: at most +30 %)",
    ]
