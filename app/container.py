"""The composition root: settings in, services out. The only place that builds things."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from app.api.services import HttpSettings, Services
from app.concurrency import ThreadWorkers
from app.db.database import SqlDatabase, open_database
from app.domain.ports import TaggingEngine
from app.imaging.imager import PillowImager
from app.net.fetch import HttpFetcher
from app.services.accounts import AccountAdministration, Accounts
from app.services.blobs import BlobJanitor
from app.services.categorize import Categorizer
from app.services.chunked_upload import ChunkedUploads
from app.services.delivery import Delivery
from app.services.library import Library
from app.services.presets import Presets
from app.services.tag_commands import TagCommands
from app.services.update import UpdateAsset
from app.services.upload import UploadAsset, UploadLimits
from app.settings import Settings
from app.storage.counters import HourlyCounters
from app.storage.local import LocalBlobStore
from app.tagging.catalogue import load_engine


@dataclass(frozen=True, slots=True)
class Container:
    """The built application.

    Attributes:
        services: what HTTP calls.
        accounts: what the operator's commands call.
    """

    services: Services
    accounts: AccountAdministration
    categorizer: Categorizer
    janitor: BlobJanitor
    database: SqlDatabase


def load_engines(settings: Settings) -> dict[str, TaggingEngine]:
    """The engine of every configured add-on; one session for each model."""
    models = {
        name: load_engine(settings.models_dir, name) for name in set(settings.addons.values())
    }
    return {addon: models[name] for addon, name in settings.addons.items()}


def blob_store(settings: Settings) -> LocalBlobStore:
    """The blobs under the data directory."""
    return LocalBlobStore(settings.data_dir)


def categorizer(
    settings: Settings, engines: Mapping[str, TaggingEngine], workers: ThreadWorkers
) -> Categorizer:
    """The tagging pipeline by itself, for work without a server."""
    return Categorizer(engines, PillowImager(max_pixels=settings.max_pixels), workers)


@asynccontextmanager
async def open_container(settings: Settings, *, tagging: bool = True) -> AsyncIterator[Container]:
    """Build everything and take it down again.

    Args:
        tagging: load the models; the operator's commands can do without.
    """
    workers = ThreadWorkers(settings.threads, settings.queue_size)
    database = open_database(settings.effective_database_url)
    blobs = blob_store(settings)
    counters = HourlyCounters(Path(settings.data_dir) / "counters", settings.admin_rate_limit)
    imager = PillowImager(max_pixels=settings.max_pixels)
    looking = Categorizer(load_engines(settings) if tagging else {}, imager, workers)
    janitor = BlobJanitor(database, blobs, workers)
    accounts = Accounts(database)

    async def ready() -> None:
        await database.ping()
        await workers.io(blobs.check)

    services = Services(
        accounts=accounts,
        upload=UploadAsset(
            database,
            blobs,
            imager,
            looking,
            janitor,
            UploadLimits(image=settings.max_image_bytes, raw=settings.max_raw_bytes),
        ),
        chunks=ChunkedUploads(database, blobs, workers, janitor),
        update=UpdateAsset(database, blobs, looking),
        library=Library(database, janitor),
        tag_commands=TagCommands(database),
        presets=Presets(database),
        delivery=Delivery(database, accounts),
        blobs=blobs,
        fetcher=HttpFetcher(
            timeout=settings.fetch_timeout, allow_networks=settings.fetch_allow_networks
        ),
        count_admin_call=counters.count,
        ready=ready,
        http=HttpSettings(
            public_url=settings.public_url,
            tag_shape=settings.tag_shape,
            admin_rate_limit=settings.admin_rate_limit,
            read_timeout=settings.read_timeout,
        ),
    )
    try:
        yield Container(services, AccountAdministration(database), looking, janitor, database)
    finally:
        janitor.close()
        counters.close()
        workers.close()
        await database.close()
