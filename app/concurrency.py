"""Where blocking work runs: one thread a core for pixels, some more for disks."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from app.domain.errors import RateLimited

P = ParamSpec("P")
T = TypeVar("T")

#: Threads that wait for fsync; they sleep nearly all of their time, and file systems merge
#: fsyncs that arrive together.
IO_THREADS = 8


def available_cores() -> int:
    """Cores this process may run on, at least one."""
    try:
        return len(os.sched_getaffinity(0)) or 1
    except AttributeError:  # not on macOS and Windows
        return os.cpu_count() or 1


class ThreadWorkers:
    """Runs blocking functions in two thread pools (see :class:`app.domain.ports.Workers`).

    Args:
        cpu_threads: threads that decode and infer; 0 means one for each core and one more,
            which fills the gaps while another waits for the interpreter lock (measured on
            two cores: 0.80 of the bare loop's speed with three threads, 0.72 with two).
        queue_size: calls that may wait for such a thread before new ones are refused.
    """

    def __init__(self, cpu_threads: int = 0, queue_size: int = 256) -> None:
        self.cpu_threads = cpu_threads or available_cores() + 1
        self._limit = self.cpu_threads + queue_size
        self._busy = 0
        self._cpu = ThreadPoolExecutor(self.cpu_threads, "cpu")
        self._io = ThreadPoolExecutor(IO_THREADS, "io")

    async def cpu(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a computation.

        Raises:
            RateLimited: too many are waiting already.
        """
        if self._busy >= self._limit:
            raise RateLimited("The service is overloaded. Try again later.")
        self._busy += 1
        future = self._cpu.submit(function, *args, **kwargs)
        # Counted until the thread is done with it, also when its caller has gone away.
        loop = asyncio.get_running_loop()
        future.add_done_callback(lambda _: loop.call_soon_threadsafe(self._done))
        return await asyncio.wrap_future(future)

    async def io(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a function that waits for a disk."""
        return await asyncio.wrap_future(self._io.submit(function, *args, **kwargs))

    @property
    def waiting(self) -> int:
        """Computations that run or wait."""
        return self._busy

    def close(self) -> None:
        """Finish what has begun and end the threads."""
        self._cpu.shutdown()
        self._io.shutdown()

    def _done(self) -> None:
        self._busy -= 1
