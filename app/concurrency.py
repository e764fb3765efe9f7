"""Where blocking work runs: one thread a core for pixels, some more for disks."""

from __future__ import annotations

import asyncio
import ctypes
import os
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from app.domain.errors import Overloaded, RateLimited

P = ParamSpec("P")
T = TypeVar("T")

#: Threads that wait for fsync; they sleep nearly all of their time, and file systems merge
#: fsyncs that arrive together.
IO_THREADS = 8

#: Bytes from which on freed memory goes back to the system at once.
LARGE = 1024 * 1024

_M_MMAP_THRESHOLD = -3


def available_cores() -> int:
    """Cores this process may run on, at least one."""
    try:
        return len(os.sched_getaffinity(0)) or 1
    except AttributeError:  # not on macOS and Windows
        return os.cpu_count() or 1


def return_freed_memory() -> None:
    """Have the C library give large pieces of memory back to the system when they are freed.

    glibc keeps freed pieces of up to 32 MB for later unless it is told not to (mallopt(3),
    M_MMAP_THRESHOLD). With pictures decoded in several threads that came to more than a
    gigabyte. Other C libraries have no such function, and nothing happens.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, LARGE)


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


class RenderThreads:
    """Threads of their own for renderings, so that these never keep uploads waiting.

    First come, first served. One starts when a thread is free and its pixels fit beside those
    of the others that run.

    Args:
        threads: renderings that run at the same time; 0 means one for each core and one more,
            which fills the gaps between one rendering's end and the next one's start.
        queue_size: renderings that may wait before new ones are refused.
        pixels: that the running ones may hold in all, which is what bounds their memory.
    """

    def __init__(self, threads: int, queue_size: int, pixels: int) -> None:
        self._free = threads or available_cores() + 1
        self._queue_size = queue_size
        self._pixels = pixels
        self._running = 0
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()
        self._pool = ThreadPoolExecutor(self._free, "render")

    async def render(
        self, pixels: int, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run a rendering.

        Args:
            pixels: how many it holds, about; more than there may be make it run alone.

        Raises:
            Overloaded: too many are waiting already.
        """
        pixels = min(pixels, self._pixels)
        if self._waiting or not self._fits(pixels):
            if len(self._waiting) >= self._queue_size:
                raise Overloaded("Too many images are being made. Try again later.")
            await self._turn(pixels)
        else:
            self._start(pixels)
        future = self._pool.submit(function, *args, **kwargs)
        loop = asyncio.get_running_loop()
        future.add_done_callback(lambda _: loop.call_soon_threadsafe(self._done, pixels))
        return await asyncio.wrap_future(future)

    @property
    def busy(self) -> bool:
        """Whether something is being rendered."""
        return self._running > 0

    @property
    def waiting(self) -> int:
        """Renderings that wait for their turn."""
        return len(self._waiting)

    def close(self) -> None:
        """Finish what has begun and end the threads."""
        self._pool.shutdown()

    async def _turn(self, pixels: int) -> None:
        turn = asyncio.get_running_loop().create_future()
        place = (pixels, turn)
        self._waiting.append(place)
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():
                self._done(pixels)  # its turn had come already
            elif place in self._waiting:
                self._waiting.remove(place)
            raise

    def _fits(self, pixels: int) -> bool:
        return self._free > 0 and self._running + pixels <= self._pixels

    def _start(self, pixels: int) -> None:
        self._free -= 1
        self._running += pixels

    def _done(self, pixels: int) -> None:
        self._free += 1
        self._running -= pixels
        while self._waiting and self._fits(self._waiting[0][0]):
            following, turn = self._waiting.popleft()
            if not turn.cancelled():
                self._start(following)
                turn.set_result(None)
