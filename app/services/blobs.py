"""Keeping and letting go of blobs: the housekeeping behind every change of bytes."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from app.domain.ports import BlobInfo, BlobStore, IncomingBlob, Workers
from app.domain.unit_of_work import Database, UnitOfWork

log = logging.getLogger(__name__)

#: Seconds for which an unreferenced blob is left alone: far longer than any upload needs
#: between keeping its bytes and committing its row.
GRACE_SECONDS = 600.0

#: Blobs that one sweeping transaction looks at; it keeps writers waiting meanwhile.
SWEEP_BATCH = 200

#: Bytes that are read at once where a blob is copied.
COPIED_AT_ONCE = 1024 * 1024

#: Bytes that are enough to tell what a file is.
HEAD_BYTES = 4096


def head(source: bytes | Path) -> bytes:
    """The first bytes of a file."""
    if isinstance(source, Path):
        with source.open("rb") as file:
            return file.read(HEAD_BYTES)
    return source[:HEAD_BYTES]


@dataclass(frozen=True, slots=True)
class Findings:
    """What ``reconcile`` found.

    Attributes:
        blobs: blobs looked at.
        swept: unreferenced blobs that were removed (or would be, in a dry run).
        young: unreferenced blobs too young to be judged.
        missing: what needs a blob that is not there.
        forgotten: derivatives without their blob, which were dropped (or would be): whoever
            asks for them next has them made again.
    """

    blobs: int
    swept: tuple[str, ...]
    young: int
    missing: tuple[str, ...]
    forgotten: int = 0


class BlobJanitor:
    """Makes blobs durable and removes those that nothing needs any more."""

    def __init__(
        self,
        database: Database,
        blobs: BlobStore,
        workers: Workers,
        grace_seconds: float = GRACE_SECONDS,
    ) -> None:
        self._database = database
        self._blobs = blobs
        self._workers = workers
        self._grace = grace_seconds
        self._tasks: set[asyncio.Task[None]] = set()

    async def keep(self, blob: IncomingBlob) -> BlobInfo:
        """Make a blob durable without blocking the event loop."""
        return await self._workers.io(blob.keep)

    async def reopen(self, key: str) -> IncomingBlob:
        """The bytes of a kept blob on their way in once more.

        Raises:
            FileNotFoundError: it is not there.
        """
        return await self._workers.io(self._copy, key)

    def _copy(self, key: str) -> IncomingBlob:
        blob = self._blobs.create()
        with self._blobs.open(key) as file:
            while part := file.read(COPIED_AT_ONCE):
                blob.write(part)
        return blob

    def release(self, keys: Collection[str]) -> None:
        """Remove these blobs in a while, if nothing references them then.

        Those lost in a restart are found by :meth:`reconcile`.
        """
        if keys:
            task = asyncio.get_running_loop().create_task(self._release(tuple(keys)))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _release(self, keys: tuple[str, ...]) -> None:
        await asyncio.sleep(self._grace + 1)
        try:
            await self._sweep(keys)
        except Exception:
            # Nobody waits for this; what is left over is swept by the next reconcile.
            log.exception("could not sweep released blobs")

    async def reconcile(self, *, dry_run: bool = False) -> Findings:
        """Compare all blobs with all rows: sweep the orphans, name the rows without bytes."""
        missing = await self._database.read(self._missing)
        lost = await self._database.read(self._lost_derivatives)
        if not dry_run:
            await self._database.write(lambda unit: unit.derivatives.delete(None, lost))
        swept: list[str] = []
        young = seen = 0
        for batch in _batches(self._blobs.keys()):
            seen += len(batch)
            old = {key for key, modified in batch if modified < time.time() - self._grace}
            keys = {key for key, _ in batch}
            unused = keys - await self._database.read(lambda unit: unit.blobs.used(keys))  # noqa: B023 - awaited at once
            young += len(unused - old)
            candidates = sorted(unused & old)
            swept += candidates if dry_run else await self._sweep(candidates)
        return Findings(seen, tuple(swept), young, missing, len(lost))

    async def _sweep(self, keys: Collection[str]) -> list[str]:
        if not keys:
            return []

        def work(unit: UnitOfWork) -> list[str]:
            unit.blobs.guard(exclusive=True)
            unused = set(keys) - unit.blobs.used(keys)
            gone = [key for key in unused if self._is_old(key)]
            for key in gone:
                # Inside the transaction, so that no writer can reference it meanwhile;
                # deleting twice after a retry does no harm.
                self._blobs.delete(key)
            return gone

        return await self._database.write(work)

    def _is_old(self, key: str) -> bool:
        try:
            return self._blobs.path(key).stat().st_mtime < time.time() - self._grace
        except FileNotFoundError:
            return False

    def _missing(self, unit: UnitOfWork) -> tuple[str, ...]:
        return tuple(what for key, what in unit.blobs.all() if not self._blobs.exists(key))

    def _lost_derivatives(self, unit: UnitOfWork) -> list[str]:
        return [id for id, key in unit.derivatives.blobs() if not self._blobs.exists(key)]

    def close(self) -> None:
        """Forget what was released; the next reconcile finds it."""
        for task in self._tasks:
            task.cancel()


def _batches(items: Iterator[tuple[str, float]]) -> Iterator[list[tuple[str, float]]]:
    batch: list[tuple[str, float]] = []
    for item in items:
        batch.append(item)
        if len(batch) >= SWEEP_BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
