"""How many renderings run and wait at the same time."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest

from app.concurrency import RenderThreads
from app.domain.errors import Overloaded

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Gauge:
    """Work that waits until it is let go, and remembers the most pixels that ran together."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.go = threading.Event()
        self.running: list[int] = []
        self.most: list[int] = []
        self.order: list[int] = []

    def work(self, pixels: int) -> int:
        with self.lock:
            self.running.append(pixels)
            self.order.append(pixels)
            if sum(self.running) > sum(self.most):
                self.most = list(self.running)
        assert self.go.wait(10)
        with self.lock:
            self.running.remove(pixels)
        return pixels


async def started(gauge: Gauge, count: int) -> None:
    async with asyncio.timeout(10):
        while len(gauge.running) < count:  # noqa: ASYNC110 - a thread is waited for
            await asyncio.sleep(0.001)


async def test_threads_and_queue_are_bounded() -> None:
    threads, gauge = RenderThreads(2, 3, 1000), Gauge()
    tasks = [asyncio.create_task(threads.render(10, gauge.work, 10)) for _ in range(5)]
    await started(gauge, 2)
    assert threads.waiting == 3
    with pytest.raises(Overloaded):
        await threads.render(10, gauge.work, 10)
    gauge.go.set()
    assert await asyncio.gather(*tasks) == [10] * 5
    assert gauge.most == [10, 10] and threads.waiting == 0
    assert await threads.render(10, gauge.work, 10) == 10
    threads.close()


async def test_pixels_are_bounded_and_the_first_come_is_first_served() -> None:
    threads, gauge = RenderThreads(4, 10, 100), Gauge()
    sizes = [60, 50, 40, 500, 30]
    tasks = [asyncio.create_task(threads.render(size, gauge.work, size)) for size in sizes]
    await started(gauge, 1)
    await asyncio.sleep(0.02)
    assert gauge.running == [60]  # 40 would fit beside it, but 50 was there before
    gauge.go.set()
    assert await asyncio.gather(*tasks) == sizes
    assert gauge.order.index(500) == 3 and gauge.most == [500]  # more than allowed: alone
    threads.close()


async def test_who_gives_up_waiting_takes_no_place() -> None:
    threads, gauge = RenderThreads(1, 2, 100), Gauge()
    first = asyncio.create_task(threads.render(1, gauge.work, 1))
    await started(gauge, 1)
    second = asyncio.create_task(threads.render(2, gauge.work, 2))
    third = asyncio.create_task(threads.render(3, gauge.work, 3))
    await asyncio.sleep(0)
    second.cancel()
    await asyncio.sleep(0)
    assert threads.waiting == 1
    gauge.go.set()
    assert await asyncio.gather(first, third) == [1, 3]
    assert gauge.order == [1, 3]
    threads.close()


async def test_a_failure_frees_its_place() -> None:
    threads = RenderThreads(1, 0, 100)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError):
            await threads.render(1, lambda: 1 // 0)
        await asyncio.sleep(0.01)
    threads.close()


async def test_a_thread_goes_on_while_the_event_loop_is_busy() -> None:
    threads = RenderThreads(1, 10, 100)
    done: list[int] = []
    tasks = [asyncio.create_task(threads.render(1, done.append, n)) for n in range(4)]
    await asyncio.sleep(0)
    patience = time.monotonic() + 10
    while len(done) < 4 and time.monotonic() < patience:
        time.sleep(0.001)  # noqa: ASYNC251 - nothing else may run on the loop
    assert done == [0, 1, 2, 3]
    await asyncio.gather(*tasks)
    threads.close()


async def test_who_gives_up_in_front_lets_the_next_one_start() -> None:
    threads, gauge = RenderThreads(2, 5, 100), Gauge()
    first = asyncio.create_task(threads.render(60, gauge.work, 60))
    await started(gauge, 1)
    large = asyncio.create_task(threads.render(50, gauge.work, 50))
    small = asyncio.create_task(threads.render(40, gauge.work, 40))
    await asyncio.sleep(0)
    large.cancel()
    await started(gauge, 2)
    assert gauge.running == [60, 40]
    gauge.go.set()
    assert await asyncio.gather(first, small) == [60, 40]
    threads.close()


async def test_who_gives_up_a_running_one_frees_its_place_only_when_it_ends() -> None:
    threads, gauge = RenderThreads(1, 5, 100), Gauge()
    first = asyncio.create_task(threads.render(1, gauge.work, 1))
    await started(gauge, 1)
    second = asyncio.create_task(threads.render(2, gauge.work, 2))
    first.cancel()
    await asyncio.sleep(0.02)
    assert threads.busy and threads.waiting == 1 and gauge.running == [1]
    gauge.go.set()
    assert await second == 2
    threads.close()
    assert not threads.busy


async def test_closing_gives_up_those_that_wait() -> None:
    threads, gauge = RenderThreads(1, 5, 100), Gauge()
    first = asyncio.create_task(threads.render(1, gauge.work, 1))
    await started(gauge, 1)
    second = asyncio.create_task(threads.render(2, gauge.work, 2))
    await asyncio.sleep(0)
    closing = asyncio.create_task(asyncio.to_thread(threads.close))
    with pytest.raises(asyncio.CancelledError):
        await second
    gauge.go.set()
    await closing
    assert await first == 1 and gauge.order == [1]
