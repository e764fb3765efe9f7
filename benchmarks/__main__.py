"""``make bench``: all figures, each beside its peer's of the same run."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from benchmarks import delivery_sending, memory, reads, rendering, uploads
from tests.live import LiveServer


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure speed against peers in the same run.")
    parser.add_argument("--rounds", type=int, default=5, help="rounds; their median counts")
    parser.add_argument("--uploads", type=int, default=300, help="uploads a round")
    parser.add_argument("--reads", type=int, default=8000, help="reads a round")
    parser.add_argument("--only", choices=("uploads", "reads", "memory", "rendering", "sending"))
    options = parser.parse_args()
    lines: list[str] = []
    with (
        tempfile.TemporaryDirectory(prefix="lenticular-bench-") as directory,
        Progress(console=Console(stderr=True), transient=True) as progress,
    ):
        server = LiveServer(Path(directory)).start()
        try:
            if options.only in (None, "uploads"):
                lines += uploads.measure(server, options.rounds, options.uploads, progress)
            if options.only in (None, "reads"):
                lines += reads.measure(server, options.rounds, options.reads, progress)
            if options.only in (None, "rendering"):
                folder = Path(directory) / "pictures"
                lines += rendering.measure(server, folder, options.rounds, progress)
        finally:
            server.stop()
        if options.only in (None, "memory"):
            server = LiveServer(Path(directory) / "memory").start()
            try:
                lines += memory.measure(server, progress)
            finally:
                server.stop()
        if options.only in (None, "sending"):
            lines += delivery_sending.measure(Path(directory), options.rounds, progress)
    print("\n".join(lines))


if __name__ == "__main__":
    main()
