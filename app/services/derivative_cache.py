"""Where derivatives are kept: ready bytes in memory, blobs and rows behind them, within a cap."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from app.domain.assets import Asset
from app.domain.derivatives import Derivative
from app.domain.ports import BlobStore, IncomingBlob
from app.domain.unit_of_work import Database, UnitOfWork
from app.services.blobs import BlobJanitor

log = logging.getLogger(__name__)

#: Largest content that is kept in memory; the kernel sends files beyond it at no less speed.
HOT_ITEM = 256 * 1024

#: Derivatives, and bytes of them, that may wait to be stored; beyond that no others are rendered.
STORING, STORING_BYTES = 256, 32 * 1024 * 1024

#: Derivatives that are stored together, and seconds for which storing waits while others are
#: being rendered: whoever is waiting for an image goes first.
STORED_TOGETHER, PATIENCE = 32, 1.0

#: Bytes from which on it does not wait: large results must not lie in memory beside large pictures.
WAITING_BYTES = 2 * 1024 * 1024

#: Seconds between two rounds of remembering uses.
UPKEEP_SECONDS = 120.0

#: Derivatives that one evicting transaction removes at most.
EVICTED_AT_ONCE = 200

#: Evicting goes on until this share of the cap is left, and is looked at again when so much of
#: the cap has been stored since.
LOW_WATER, STEP = 0.9, 0.02


class HotBytes:
    """The contents used last, by blob key.

    Args:
        limit: bytes in all; 0 keeps none.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._size = 0
        self._items: OrderedDict[str, bytes] = OrderedDict()

    def get(self, key: str) -> bytes | None:
        """A content, if it is here."""
        data = self._items.get(key)
        if data is not None:
            self._items.move_to_end(key)
        return data

    def put(self, key: str, data: bytes) -> None:
        """Keep a content unless it is too large; those not used for longest make room."""
        if len(data) > min(HOT_ITEM, self._limit) or key in self._items:
            return
        self._items[key] = data
        self._size += len(data)
        while self._size > self._limit:
            _, dropped = self._items.popitem(last=False)
            self._size -= len(dropped)


@dataclass(frozen=True, slots=True)
class CacheLimits:
    """Bytes of ready contents in one process, and of all stored derivatives."""

    memory: int
    stored: int


@dataclass(frozen=True, slots=True)
class _Unstored:
    """A derivative on its way to the disk, and what it was made from, as it was then."""

    asset: Asset
    derivative: Derivative
    blob: IncomingBlob


class DerivativeCache:
    """Finds and stores derivatives; :meth:`close` finishes what is on its way to the disk.

    Args:
        busy: whether something is being rendered just now.
    """

    def __init__(
        self,
        database: Database,
        blobs: BlobStore,
        janitor: BlobJanitor,
        limits: CacheLimits,
        busy: Callable[[], bool] = lambda: False,
    ) -> None:
        self._database = database
        self._blobs = blobs
        self._janitor = janitor
        self._limits = limits
        self._busy = busy
        self._closing = False
        self.hot = HotBytes(limits.memory)
        # What is not on the disk yet: derivatives by asset id and key, bytes by blob key.
        self._pending: dict[tuple[str, str], Derivative] = {}
        self._unstored: dict[str, bytes] = {}
        self._backlog: deque[_Unstored] = deque()
        self._backlog_bytes = 0
        self._storing = False
        self._rounds = 0
        self._awaited = 0
        self._landed = asyncio.Condition()
        self._tasks: set[asyncio.Task[None]] = set()
        self._used: set[str] = set()
        self._stored = 0
        self._evicting = False
        self._upkeep: asyncio.Task[None] | None = None

    @property
    def rounds(self) -> int:
        """How often derivatives have been stored: see :meth:`stored_since`."""
        return self._rounds

    async def stored_since(self, rounds: int, asset_id: str, key: str) -> Derivative | None:
        """A derivative that :meth:`find` did not see because it was being stored meanwhile.

        Args:
            rounds: what :attr:`rounds` was before :meth:`find` was called.
        """
        pending = self._pending.get((asset_id, key))
        if pending is not None or rounds == self._rounds:
            return pending
        return await self.find(asset_id, key)

    async def find(self, asset_id: str, key: str) -> Derivative | None:
        """A derivative whose bytes are here."""
        pending = self._pending.get((asset_id, key))
        if pending is not None:
            return pending
        found = await self._database.read_hot(lambda unit: unit.derivatives.get(asset_id, key))
        # An operator who lost blobs, but not rows, gets them rendered again.
        return found if found and self._blobs.exists(found.blob_key) else None

    def unstored(self, blob_key: str) -> bytes | None:
        """Bytes that are on their way to the disk."""
        return self._unstored.get(blob_key)

    def used(self, derivative_id: str) -> None:
        """Remember that a derivative was used just now; written down every few minutes."""
        self._used.add(derivative_id)
        if self._upkeep is None:
            self._upkeep = asyncio.get_running_loop().create_task(self._keep_up())

    @property
    def full(self) -> bool:
        """Whether as many wait to be stored as may: the disk does not keep up."""
        return len(self._backlog) >= STORING or self._backlog_bytes >= STORING_BYTES

    def keep(self, asset: Asset, derivative: Derivative, blob: IncomingBlob, data: bytes) -> None:
        """Store a derivative in the background; it can be found from now on.

        Args:
            asset: what it was made from, as it was then.
            blob: holds ``data``; kept or discarded in any case.
        """
        self._pending[asset.asset_id, derivative.key] = derivative
        self._unstored[derivative.blob_key] = data
        self.hot.put(derivative.blob_key, data)
        self._backlog.append(_Unstored(asset, derivative, blob))
        self._backlog_bytes += derivative.bytes
        if not self._storing:
            self._storing = True
            self._start(self._store())

    async def settle(self, asset_id: str) -> None:
        """Wait until what was made of an asset so far is stored, so that others find it too."""
        self._awaited += 1
        try:
            async with self._landed:
                await self._landed.wait_for(
                    lambda: all(made_of != asset_id for made_of, _ in self._pending)
                )
        finally:
            self._awaited -= 1

    async def close(self) -> None:
        """Store what is pending and write down what was used."""
        self._closing = True
        if self._upkeep is not None:
            self._upkeep.cancel()
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._write_uses()

    async def _store(self) -> None:
        """Store the backlog, some at a time."""
        while self._backlog:
            await self._quiet()
            count = min(STORED_TOGETHER, len(self._backlog))
            batch = [self._backlog.popleft() for _ in range(count)]
            await self._store_together(batch)
            stored = sum(item.derivative.bytes for item in batch)
            self._backlog_bytes -= stored
            self._stored += stored
        self._storing = False
        if self._stored >= self._limits.stored * STEP and not self._evicting:
            self._evicting = True
            self._start(self._evict())

    @property
    def _hurried(self) -> bool:
        return self._closing or self._awaited > 0

    async def _quiet(self) -> None:
        """Wait until nothing is being rendered, patience ends, or half the room is taken."""
        deadline = time.monotonic() + PATIENCE
        while self._busy() and not self._hurried and time.monotonic() < deadline:
            if len(self._backlog) >= STORING // 2 or self._backlog_bytes >= WAITING_BYTES:
                return
            await asyncio.sleep(0.02)

    async def _store_together(self, batch: list[_Unstored]) -> None:
        try:
            await asyncio.gather(*(self._janitor.keep(item.blob) for item in batch))
            refused = await self._database.write(lambda unit: _commit(unit, self._blobs, batch))
            if refused:
                self._janitor.release(refused)
        except Exception:
            # They have been answered all the same, and will be rendered again when asked for.
            log.exception("could not store derivatives")
        finally:
            self._rounds += 1
            for item in batch:
                item.blob.discard()
                self._pending.pop((item.asset.asset_id, item.derivative.key), None)
                self._unstored.pop(item.derivative.blob_key, None)
            async with self._landed:
                self._landed.notify_all()

    async def _evict(self) -> None:
        """Remove what was not used for longest while there is more than the cap."""
        self._stored = 0
        try:
            await self._write_uses()
            limit = self._limits.stored
            while (excess := await self._excess(limit)) > 0:
                goal = excess + limit * (1 - LOW_WATER)
                gone = await self._database.write(lambda unit: _drop_oldest(unit, goal))  # noqa: B023 - awaited at once
                self._janitor.release(gone)
                if not gone:
                    break
        except Exception:
            log.exception("could not evict derivatives")  # the next storing tries again
        finally:
            self._evicting = False

    async def _excess(self, limit: int) -> int:
        return await self._database.read(lambda unit: unit.derivatives.total_bytes()) - limit

    async def _keep_up(self) -> None:
        while True:
            await asyncio.sleep(UPKEEP_SECONDS)
            await self._write_uses()

    async def _write_uses(self) -> None:
        used, self._used = self._used, set()
        if not used:
            return
        now = datetime.now(UTC)
        try:
            await self._database.write(lambda unit: unit.derivatives.touch(used, now))
        except Exception:
            # They are evicted a little too early at worst.
            log.exception("could not write down which derivatives were used")

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _commit(unit: UnitOfWork, blobs: BlobStore, batch: list[_Unstored]) -> list[str]:
    """Write the rows; the blob keys of those whose asset has changed since they were made."""
    unit.blobs.guard()
    refused = []
    for item in batch:
        made_from, derivative = item.asset, item.derivative
        now = unit.assets.get_by_id(made_from.cloud_id, made_from.asset_id, lock=True)
        if now is None or now.blob_key != made_from.blob_key:
            refused.append(derivative.blob_key)
        elif blobs.exists(derivative.blob_key):  # or the sweeper was faster
            unit.derivatives.put(derivative)
    return refused


def _drop_oldest(unit: UnitOfWork, goal: float) -> list[str]:
    """Remove derivatives until ``goal`` bytes are gone; their blob keys."""
    chosen = []
    for derivative in unit.derivatives.least_recent(EVICTED_AT_ONCE):
        chosen.append(derivative.id)
        goal -= derivative.bytes
        if goal <= 0:
            break
    return list(unit.derivatives.delete(None, chosen).values())
