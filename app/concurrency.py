"""Where blocking work runs: one thread a core for pixels, some more for disks."""

from __future__ import annotations

import asyncio
import ctypes
import os
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any, ParamSpec, TypeVar

from app.domain.errors import Overloaded, RateLimited

P = ParamSpec("P")
T = TypeVar("T")

#: Threads that wait for fsync; they sleep nearly all of their time, and file systems merge
#: fsyncs that arrive together.
IO_THREADS = 8

#: Bytes from which on freed memory goes back to the system at once.
LARGE = 1024 * 1024

_M_MMAP_THRESHOLD = -3

#: Pixels from which on a rendering is preceded by :func:`trim`: it will want most of the memory.
TRIMMED_FROM = 10_000_000


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


def trim() -> None:
    """Have the C library give back what small pieces left free (malloc_trim(3)).

    It takes milliseconds, and nothing happens with other C libraries than glibc.
    """
    give_back = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if give_back is not None:
        give_back(0)


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


@dataclass(frozen=True, slots=True, eq=False)
class _Rendering:
    """One that waits or runs: what to do, and who is to hear of it.

    Attributes:
        pixels: that it holds.
    """

    pixels: int
    function: Callable[[], Any]
    loop: asyncio.AbstractEventLoop
    result: asyncio.Future[Any]


class RenderThreads:
    """Threads of their own for renderings, so that these never keep uploads waiting.

    First come, first served. One starts when a thread is free and its pixels fit beside those
    of the others that run. The thread that ends one starts the next: an event loop that has a
    hundred other things to do would leave it idle in between.

    Args:
        threads: renderings that run at the same time; 0 means one for each core and one more,
            which fills the gaps while another waits for the interpreter lock.
        queue_size: renderings that may wait before new ones are refused.
        pixels: that the running ones may hold in all, which is what bounds their memory.
    """

    def __init__(self, threads: int, queue_size: int, pixels: int) -> None:
        self._free = threads or available_cores() + 1
        self._queue_size = queue_size
        self._pixels = pixels
        self._running = 0
        self._waiting: deque[_Rendering] = deque()
        self._lock = threading.Lock()  # around the three above
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
        loop = asyncio.get_running_loop()
        result: asyncio.Future[T] = loop.create_future()
        call = partial(function, *args, **kwargs)
        rendering = _Rendering(min(pixels, self._pixels), call, loop, result)
        with self._lock:
            at_once = not self._waiting and self._fits(rendering)
            if not at_once and len(self._waiting) >= self._queue_size:
                raise Overloaded("Too many images are being made. Try again later.")
            self._waiting.append(rendering)
            self._start()
        try:
            return await result
        except asyncio.CancelledError:
            self._give_up(rendering)
            raise

    @property
    def busy(self) -> bool:
        """Whether something is being rendered."""
        return self._running > 0

    @property
    def waiting(self) -> int:
        """Renderings that wait for their turn."""
        return len(self._waiting)

    def close(self) -> None:
        """Finish what has begun, give up what waits, and end the threads."""
        with self._lock:
            while self._waiting:
                rendering = self._waiting.popleft()
                rendering.loop.call_soon_threadsafe(rendering.result.cancel)
        self._pool.shutdown()

    def _fits(self, rendering: _Rendering) -> bool:
        return self._free > 0 and self._running + rendering.pixels <= self._pixels

    def _start(self) -> None:
        """Start those whose turn it is; under the lock."""
        while self._waiting and self._fits(self._waiting[0]):
            rendering = self._waiting.popleft()
            self._free -= 1
            self._running += rendering.pixels
            self._pool.submit(self._run, rendering)

    def _run(self, rendering: _Rendering) -> None:
        """In a thread: render, make room for the next, and tell."""
        tell: Callable[[Any], None] = rendering.result.set_result
        try:
            if rendering.pixels >= TRIMMED_FROM:
                trim()
            found = rendering.function()
        except BaseException as error:  # whatever it is belongs to the caller
            tell, found = rendering.result.set_exception, error
        with self._lock:
            self._free += 1
            self._running -= rendering.pixels
            self._start()
        rendering.loop.call_soon_threadsafe(_tell, rendering.result, tell, found)

    def _give_up(self, rendering: _Rendering) -> None:
        """Forget one whose caller has gone away; it goes on if it has begun."""
        with self._lock:
            if rendering in self._waiting:
                self._waiting.remove(rendering)
                self._start()  # a smaller one behind it may fit


def _tell(result: asyncio.Future[Any], tell: Callable[[Any], None], found: object) -> None:
    if not result.done():  # its caller may have gone away
        tell(found)
