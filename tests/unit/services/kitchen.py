"""A small real service for tests of delivery: SQLite, blobs, and a renderer that is watched."""

from __future__ import annotations

import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from app.concurrency import RenderThreads, ThreadWorkers
from app.db.database import SqlDatabase, open_database
from app.db.migrate import migrate
from app.domain.accounts import Cloud
from app.domain.assets import Asset
from app.domain.derivatives import Derivative
from app.domain.errors import BadRequest
from app.domain.rendering import Rendering, RenderJob, RenderLimits
from app.domain.unit_of_work import UnitOfWork
from app.imaging.analysis.analyst import PillowAnalyst
from app.imaging.facts.reader import FileFactsReader
from app.imaging.imager import PillowImager
from app.net.fetch import HttpFetcher
from app.services.accounts import AccountAdministration, Accounts
from app.services.blobs import BlobJanitor
from app.services.categorize import Categorizer
from app.services.delivery import Delivered, Delivery
from app.services.delivery_access import DeliveryAccess
from app.services.delivery_url import Visit
from app.services.derivative_cache import CacheLimits, DerivativeCache
from app.services.derivatives import Derivatives, Engine
from app.services.examine import Examiner, SizeLimits
from app.services.fetched import FetchedImages, FetchLimits
from app.services.incoming import IncomingTransformations
from app.services.moderate import Moderator
from app.services.naming import Naming
from app.services.remembered import RememberedAssets
from app.services.update import UpdateAsset
from app.services.upload import UploadAsset, UploadCommand
from app.storage.local import LocalBlobStore
from tests import photos

#: Contents of the derivatives, bytes.
SIZE = 10_000


@dataclass
class Watched:
    """A renderer whose results name their jobs, and that can be made to wait or to fail.

    Attributes:
        jobs: what was rendered, in order.
        gate: cleared, renderings wait in it.
    """

    jobs: list[RenderJob] = field(default_factory=list)
    gate: threading.Event = field(default_factory=threading.Event)
    running: int = 0
    most: int = 0
    version: str = "1"

    def __post_init__(self) -> None:
        self.gate.set()
        self.lock = threading.Lock()

    def render(self, job: RenderJob) -> Rendering:
        with self.lock:
            self.jobs.append(job)
            self.running += 1
            self.most = max(self.most, self.running)
        try:
            assert self.gate.wait(20)
            if "e_sepia" in job.transformation.text:
                raise BadRequest("burnt")
            text = f"{job.transformation.text}|{job.negotiated}|{job.dpr}|{job.source.faces}"
            data = text.encode().ljust(SIZE, b".")
            return Rendering(data, job.negotiated or job.extension or "jpg", 10, 20)
        finally:
            with self.lock:
                self.running -= 1


@dataclass
class Kitchen:
    """The parts that tests look into."""

    cloud: Cloud
    delivery: Delivery
    derivatives: Derivatives
    cache: DerivativeCache
    renderer: Watched
    database: SqlDatabase
    blobs: LocalBlobStore
    upload: UploadAsset
    accounts: AccountAdministration

    async def photo(
        self, public_id: str = "photo", content: bytes = b"", type: str = "upload"
    ) -> Asset:
        blob = self.blobs.create()
        blob.write(content or photos.tiny_png())
        command = UploadCommand(self.cloud, "image", blob, type, naming=Naming(public_id=public_id))
        return (await self.upload(command)).asset

    async def get(self, rest: str, type: str = "upload", **given: object) -> Delivered:
        return await self.delivery.get(Visit("acme", "image", type, rest, **given))  # type: ignore[arg-type]

    async def rows(self, asset: Asset) -> list[Derivative]:
        return await self.database.read(lambda unit: unit.derivatives.page(asset.asset_id, 1000))

    async def write(self, work: Callable[[UnitOfWork], None]) -> None:
        await self.database.write(work)

    async def settled(self) -> None:
        """Wait until everything is stored."""
        while self.cache._tasks:
            await next(iter(self.cache._tasks))


@asynccontextmanager
async def kitchen(
    root: Path,
    *,
    threads: int = 2,
    queue: int = 100,
    stored: int = 10_000_000,
    token_key: str = "",
    clock: Callable[[], float] = time.time,
    version: str = "1",
) -> AsyncIterator[Kitchen]:
    url = f"sqlite:///{root / 'test.db'}"
    migrate(url)
    database, blobs = open_database(url), LocalBlobStore(root)
    workers, pool = ThreadWorkers(2), RenderThreads(threads, queue, 10**9)
    janitor = BlobJanitor(database, blobs, workers, grace_seconds=0.0)
    imager = PillowImager(max_pixels=10**7)
    analyst, facts = PillowAnalyst(10**7), FileFactsReader()
    looking = Categorizer({}, None, analyst, facts, imager, workers)
    moderator = Moderator(database)
    accounts = Accounts(database)
    administration = AccountAdministration(database)
    key = await administration.ensure("acme", "111", "not-a-real-secret")
    update = UpdateAsset(database, blobs, looking, moderator, janitor)
    cache = DerivativeCache(database, blobs, janitor, CacheLimits(1_000_000, stored))
    renderer = Watched()
    fetcher = HttpFetcher(timeout=5)
    engine = Engine(renderer, version, 10**7)
    derivatives = Derivatives(cache, blobs, engine, pool, update)
    delivery = Delivery(
        database,
        accounts,
        blobs,
        DeliveryAccess(database, accounts, token_key, clock),
        derivatives,
        FetchedImages(database, blobs, looking, janitor, fetcher, FetchLimits((), 10**6)),
        RenderLimits(),
        RememberedAssets(),
    )
    incoming = IncomingTransformations(
        database, blobs, engine, pool, RenderLimits(), delivery.layers
    )
    limits = SizeLimits(10**7, 10**7, 10**7)
    examiner = Examiner(imager, looking, facts, incoming, workers, limits)
    upload = UploadAsset(database, blobs, examiner, looking, moderator, janitor)
    try:
        parts = (delivery, derivatives, cache, renderer, database, blobs, upload)
        yield Kitchen(key.cloud, *parts, administration)
    finally:
        renderer.gate.set()
        await delivery.close()
        pool.close()
        janitor.close()
        workers.close()
        await database.close()
