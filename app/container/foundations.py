"""What all use cases stand on: the database, the blobs, the threads, the queue."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from app.concurrency import RenderThreads, ThreadWorkers, return_freed_memory
from app.container import engines
from app.db.database import SqlDatabase, open_database
from app.domain.unit_of_work import UnitOfWork
from app.services.blobs import BlobJanitor
from app.services.categorize import Categorizer
from app.services.jobs import Queue, QueueLimits
from app.settings import Settings
from app.storage.counters import HourlyCounters
from app.storage.local import LocalBlobStore

#: Background jobs that wait for others, such as receivers of notifications, at once.
NETWORK_PLACES = 8


@dataclass(frozen=True, slots=True)
class Foundations:
    """What is built once and shared by all.

    Attributes:
        workers: threads for whatever would block; ``threads`` are those that render.
        janitor: knows which blobs are still needed.
        looking: names what is in pictures.
        queue: runs background jobs.
        counters: of Admin calls.
    """

    settings: Settings
    database: SqlDatabase
    blobs: LocalBlobStore
    workers: ThreadWorkers
    threads: RenderThreads
    janitor: BlobJanitor
    looking: Categorizer
    queue: Queue
    counters: HourlyCounters

    async def background(self, work: Callable[[UnitOfWork], None]) -> None:
        """Run a work that adds jobs; they begin as soon as they are there."""
        await self.database.write(work)
        self.queue.wake()

    async def ready(self) -> None:
        """Raises if the service cannot serve."""
        await self.database.ping()
        await self.workers.io(self.blobs.check)


@asynccontextmanager
async def open_foundations(settings: Settings, *, tagging: bool) -> AsyncIterator[Foundations]:
    """Build them and take them down again.

    Args:
        tagging: load the models.
    """
    return_freed_memory()
    workers = ThreadWorkers(settings.threads, settings.queue_size)
    threads = RenderThreads(settings.render_threads, settings.render_queue, settings.render_budget)
    database = open_database(settings.effective_database_url)
    blobs = engines.blob_store(settings)
    counters = HourlyCounters(Path(settings.data_dir) / "counters", settings.admin_rate_limit)
    addons = engines.load_engines(settings) if tagging else {}
    detector = engines.load_detector(settings) if tagging else None
    objects = engines.load_object_detectors(settings) if tagging else {}
    looking = engines.categorizer(settings, addons, detector, workers, objects)
    janitor = BlobJanitor(database, blobs, workers)
    queue = _queue(settings, database, workers, threads)
    try:
        yield Foundations(
            settings, database, blobs, workers, threads, janitor, looking, queue, counters
        )
    finally:
        threads.close()
        janitor.close()
        counters.close()
        workers.close()
        await database.close()


def _queue(
    settings: Settings, database: SqlDatabase, workers: ThreadWorkers, threads: RenderThreads
) -> Queue:
    limits = QueueLimits(
        places={"work": settings.job_places, "network": NETWORK_PLACES},
        attempts=settings.job_attempts,
        retry_seconds=settings.job_retry_seconds,
        lease_seconds=settings.job_lease,
        keep_days=settings.job_keep_days,
    )

    def busy() -> bool:
        return threads.waiting > 0 or workers.waiting > workers.cpu_threads

    return Queue(database, limits, busy)
