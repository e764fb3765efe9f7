"""The composition root: settings in, services out. The only place that builds things."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from app.api.services import HttpSettings, Services
from app.concurrency import RenderThreads, ThreadWorkers, return_freed_memory
from app.db.database import SqlDatabase, open_database
from app.domain.faces import FaceDetector
from app.domain.photo_labels import Vocabulary
from app.imaging.imager import PillowImager
from app.imaging.render.renderer import PillowRenderer
from app.imaging.thumbnails import thumbnail
from app.net.fetch import HttpFetcher
from app.services.accounts import AccountAdministration, Accounts
from app.services.blobs import BlobJanitor
from app.services.categorize import Addon, Categorizer
from app.services.chunked_upload import ChunkedUploads
from app.services.delivery import Delivery
from app.services.delivery_access import DeliveryAccess
from app.services.derivative_cache import CacheLimits, DerivativeCache
from app.services.derivatives import Derivatives, Engine
from app.services.fetched import FetchedImages, FetchLimits
from app.services.library import Library
from app.services.presets import Presets
from app.services.remembered import RememberedAssets
from app.services.tag_commands import TagCommands
from app.services.transformations import Transformations
from app.services.update import UpdateAsset
from app.services.upload import UploadAsset, UploadLimits
from app.settings import Settings
from app.storage.counters import HourlyCounters
from app.storage.local import LocalBlobStore
from app.tagging.catalogue import load_faces, load_tagger
from app.tagging.tagger import Tagger
from app.tagging.taxonomy import read_table
from app.tagging.teaching import Eyes
from app.tagging.training import Singles


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


def load_engines(settings: Settings) -> dict[str, Addon]:
    """What answers for every configured add-on; one session for each model."""
    taggers = {
        name: load_tagger(settings.models_dir, name, settings.heads, colours=settings.colours)
        for name in {addon.model for addon in settings.addons.values()}
    }
    return {
        name: Addon(taggers[addon.model], addon.detail) for name, addon in settings.addons.items()
    }


def load_detector(settings: Settings) -> FaceDetector | None:
    """The face detector, if one is configured."""
    name = settings.face_model
    return load_faces(settings.models_dir, name) if name else None


def blob_store(settings: Settings) -> LocalBlobStore:
    """The blobs under the data directory."""
    return LocalBlobStore(settings.data_dir)


def categorizer(
    settings: Settings,
    addons: Mapping[str, Addon],
    detector: FaceDetector | None,
    workers: ThreadWorkers,
) -> Categorizer:
    """The tagging pipeline by itself, for work without a server."""
    return Categorizer(addons, detector, PillowImager(max_pixels=settings.max_pixels), workers)


def thumbnailer(settings: Settings) -> Callable[[Path, int], bytes]:
    """Makes small upright JPEGs of files; the number is the longer side in pixels."""
    return partial(thumbnail, PillowImager(max_pixels=settings.max_pixels))


def vocabulary(settings: Settings, addons: Mapping[str, Addon], addon: str) -> Vocabulary:
    """The words that an add-on's engine can say, and its classes.

    Args:
        addons: from :func:`load_engines`.
    """
    tagger = addons[addon].engine
    if not isinstance(tagger, Tagger):
        return Vocabulary(frozenset())
    rows = read_table(settings.models_dir / settings.addons[addon].model / "taxonomy.tsv")
    return Vocabulary(
        tagger.vocabulary(),
        tuple(map(tagger.taxonomy.of_class, range(tagger.taxonomy.classes))),
        tuple(row["wnid"] for row in rows if row["kind"] == "leaf"),
    )


def embedder(settings: Settings, classifier: str) -> Callable[[Path], Singles]:
    """What turns a photo into the embeddings that heads are taught from. Thread-safe.

    Raises:
        ModelError: the classifier cannot be used.
    """
    eyes = Eyes(load_tagger(settings.models_dir, classifier, colours=False))
    imager = PillowImager(max_pixels=settings.max_pixels)
    return lambda path: eyes.embed(imager.inspect(path, eyes.views).inputs)


def _derivatives(
    settings: Settings,
    database: SqlDatabase,
    blobs: LocalBlobStore,
    janitor: BlobJanitor,
    threads: RenderThreads,
    update: UpdateAsset,
) -> Derivatives:
    limits = CacheLimits(settings.memory_cache, settings.derived_cache)
    cache = DerivativeCache(database, blobs, janitor, limits, lambda: threads.busy)
    renderer = PillowRenderer(settings.render_limits, settings.fonts_dir)
    engine = Engine(renderer, renderer.version, settings.render_budget)
    return Derivatives(cache, blobs, engine, threads, update)


def _http(settings: Settings) -> HttpSettings:
    return HttpSettings(
        public_url=settings.public_url,
        tag_shape=settings.tag_shape,
        admin_rate_limit=settings.admin_rate_limit,
        read_timeout=settings.read_timeout,
        default_cloud=settings.cloud_name,
        cdn_hosts=settings.cdn_hosts,
        max_age=settings.max_age,
        stale=settings.stale,
        accel_prefix=settings.accel_prefix,
    )


@asynccontextmanager
async def open_container(settings: Settings, *, tagging: bool = True) -> AsyncIterator[Container]:
    """Build everything and take it down again.

    Args:
        tagging: load the models; the operator's commands can do without.
    """
    return_freed_memory()
    workers = ThreadWorkers(settings.threads, settings.queue_size)
    database = open_database(settings.effective_database_url)
    blobs = blob_store(settings)
    counters = HourlyCounters(Path(settings.data_dir) / "counters", settings.admin_rate_limit)
    imager = PillowImager(max_pixels=settings.max_pixels)
    addons = load_engines(settings) if tagging else {}
    looking = Categorizer(addons, load_detector(settings) if tagging else None, imager, workers)
    janitor = BlobJanitor(database, blobs, workers)
    accounts = Accounts(database)
    networks = settings.fetch_allow_networks
    fetcher = HttpFetcher(timeout=settings.fetch_timeout, allow_networks=networks)
    update = UpdateAsset(database, blobs, looking, janitor)
    largest = UploadLimits(image=settings.max_image_bytes, raw=settings.max_raw_bytes)
    upload = UploadAsset(database, blobs, imager, looking, janitor, largest)
    threads = RenderThreads(settings.render_threads, settings.render_queue, settings.render_budget)
    derivatives = _derivatives(settings, database, blobs, janitor, threads, update)
    remote = FetchLimits(settings.fetch_hosts, settings.max_image_bytes)
    fetched = FetchedImages(database, blobs, looking, janitor, fetcher, remote)
    access = DeliveryAccess(database, accounts, settings.token_key)
    limits = settings.render_limits
    remembered = RememberedAssets()
    delivery = Delivery(database, accounts, blobs, access, derivatives, fetched, limits, remembered)

    async def ready() -> None:
        await database.ping()
        await workers.io(blobs.check)

    services = Services(
        accounts=accounts,
        upload=upload,
        chunks=ChunkedUploads(database, blobs, workers, janitor),
        update=update,
        library=Library(database, janitor, remembered),
        tag_commands=TagCommands(database),
        presets=Presets(database),
        transformations=Transformations(database, janitor, limits),
        delivery=delivery,
        blobs=blobs,
        fetcher=fetcher,
        count_admin_call=counters.count,
        ready=ready,
        http=_http(settings),
    )
    try:
        yield Container(services, AccountAdministration(database), looking, janitor, database)
    finally:
        await delivery.close()
        threads.close()
        janitor.close()
        counters.close()
        workers.close()
        await database.close()
