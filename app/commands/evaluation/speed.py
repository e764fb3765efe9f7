"""How long looking takes, told apart from reading labels, drawing a bar and writing a report."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import ParamSpec, TypeVar

from app.concurrency import ThreadWorkers

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Speed:
    """How fast a number of photos was looked at.

    Attributes:
        looks: photos, those that could not be read too.
        wall: seconds from the first look's beginning to the last one's end.
        cpu: seconds that the looking threads computed, all together.
        threads: how many of them there were.
    """

    looks: int
    wall: float
    cpu: float
    threads: int

    @property
    def images_per_second(self) -> float:
        """Photos a second of wall time, all threads together."""
        return self.looks / self.wall if self.wall else 0.0

    @property
    def cpu_ms_per_image(self) -> float:
        """Milliseconds of one core that a photo takes."""
        return 1000 * self.cpu / self.looks if self.looks else 0.0


class TimedWorkers(ThreadWorkers):
    """Workers that time each computation in the thread that runs it.

    A network runs on the thread that calls it (``app/tagging/engine.py``), so the thread's own
    clock sees all of a look and nothing else, such as the progress bar's redrawing.
    """

    def __init__(self, cpu_threads: int, queue_size: int) -> None:
        super().__init__(cpu_threads, queue_size)
        self._looks: list[tuple[float, float, float]] = []

    async def cpu(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a computation and remember how long it took."""

        def timed() -> T:
            began, used = time.perf_counter(), time.thread_time()
            try:
                return function(*args, **kwargs)
            finally:
                now, cpu = time.perf_counter(), time.thread_time() - used
                self._looks.append((began, now, cpu))

        return await super().cpu(timed)

    def forget(self) -> None:
        """Begin anew, once what the first look has to set up is there."""
        self._looks.clear()

    def speed(self) -> Speed:
        """What was measured so far."""
        looks = self._looks
        if not looks:
            return Speed(0, 0.0, 0.0, self.cpu_threads)
        wall = max(end for _, end, _ in looks) - min(began for began, _, _ in looks)
        return Speed(len(looks), wall, sum(cpu for _, _, cpu in looks), self.cpu_threads)
