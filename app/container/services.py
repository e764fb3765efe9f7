"""The use cases, each given what it needs."""

from __future__ import annotations

from app.api.services import HttpSettings, Services
from app.container import engines
from app.container.foundations import Foundations
from app.imaging.making.maker import PillowMaker
from app.imaging.render.renderer import PillowRenderer
from app.net.buckets import BucketFetcher
from app.net.fetch import HttpFetcher
from app.net.sources import Sources
from app.net.webhooks import HttpPoster
from app.services.accounts import Accounts
from app.services.archives import Archives
from app.services.chunked_upload import ChunkedUploads
from app.services.delivery import Delivery
from app.services.delivery_access import DeliveryAccess
from app.services.derivative_cache import CacheLimits, DerivativeCache
from app.services.derivatives import Derivatives, Engine
from app.services.deriving import Deriving
from app.services.eager import EagerDerivatives
from app.services.examine import Examiner, SizeLimits
from app.services.explode import Explode
from app.services.fetched import FetchedImages, FetchLimits
from app.services.incoming import IncomingTransformations
from app.services.jobs import JobAdministration
from app.services.library import Library
from app.services.made_assets import MadeAssets
from app.services.metadata_commands import MetadataCommands
from app.services.metadata_fields import MetadataFields
from app.services.metadata_rules import MetadataRules
from app.services.moderate import Moderator
from app.services.multi import Multis
from app.services.notifications import NOTIFICATION, Notifications
from app.services.pictures import Pictures
from app.services.presets import Presets
from app.services.remembered import RememberedAssets
from app.services.rename import RenameAsset
from app.services.sprites import Sprites
from app.services.tag_commands import TagCommands
from app.services.text_images import TextImages
from app.services.transformations import Transformations
from app.services.update import UpdateAsset
from app.services.upload import UploadAsset
from app.services.versions import Versions
from app.settings import Settings
from app.storage.archives import StreamedArchives


def build_services(found: Foundations) -> Services:
    """Build what HTTP calls; its delivery has to be closed before the foundations."""
    settings, database, janitor = found.settings, found.database, found.janitor
    limits = settings.render_limits
    accounts, moderator = Accounts(database), Moderator(database)
    fetcher, engine = _fetcher(settings), _engine(settings)
    update = UpdateAsset(database, found.blobs, found.looking, moderator, janitor)
    remembered = RememberedAssets()
    delivery = _delivery(found, accounts, fetcher, engine, update, remembered)
    upload = _upload(found, moderator, engine, delivery)
    deriving = Deriving(delivery, found.blobs)
    pictures, maker = _pictures(found, deriving, fetcher), _maker(settings)
    made = MadeAssets(database, found.blobs, found.workers, janitor)
    return Services(
        accounts=accounts,
        upload=upload,
        chunks=ChunkedUploads(database, found.blobs, found.workers, janitor),
        update=update,
        rename=RenameAsset(database, janitor),
        library=Library(database, janitor, remembered),
        tag_commands=TagCommands(database),
        metadata_commands=MetadataCommands(database),
        metadata_fields=MetadataFields(database),
        metadata_rules=MetadataRules(database),
        presets=Presets(database),
        transformations=Transformations(database, janitor, limits),
        delivery=delivery,
        jobs=JobAdministration(database),
        notifications=_notifications(found),
        eager=EagerDerivatives(delivery, limits),
        versions=Versions(database, janitor),
        texts=TextImages(maker, found.threads, found.blobs, found.workers, upload),
        sprites=Sprites(pictures, maker, found.threads, made),
        multis=Multis(pictures, maker, found.threads, made),
        explode=Explode(database, deriving, limits),
        archives=Archives(
            database, found.blobs, StreamedArchives(), deriving, found.workers, upload
        ),
        blobs=found.blobs,
        fetcher=fetcher,
        background=found.background,
        keep=janitor.keep,
        reopen=janitor.reopen,
        count_admin_call=found.counters.count,
        ready=found.ready,
        http=_http(settings),
    )


def _engine(settings: Settings) -> Engine:
    renderer = PillowRenderer(settings.render_limits, settings.fonts_dir)
    return Engine(renderer, renderer.version, settings.render_budget)


def _upload(
    found: Foundations, moderator: Moderator, engine: Engine, delivery: Delivery
) -> UploadAsset:
    settings, database, blobs = found.settings, found.database, found.blobs
    sizes = SizeLimits(
        image=settings.max_image_bytes,
        raw=settings.max_raw_bytes,
        video=settings.max_video_bytes,
    )
    incoming = IncomingTransformations(
        database, blobs, engine, found.threads, settings.render_limits, delivery.layers
    )
    examiner = Examiner(
        engines.imager(settings),
        found.looking,
        engines.file_facts(),
        incoming,
        found.workers,
        sizes,
    )
    return UploadAsset(database, blobs, examiner, found.looking, moderator, found.janitor)


def _delivery(
    found: Foundations,
    accounts: Accounts,
    fetcher: Sources,
    engine: Engine,
    update: UpdateAsset,
    remembered: RememberedAssets,
) -> Delivery:
    settings, database, blobs = found.settings, found.database, found.blobs
    sizes = CacheLimits(settings.memory_cache, settings.derived_cache)
    cache = DerivativeCache(database, blobs, found.janitor, sizes, lambda: found.threads.busy)
    remote = FetchLimits(settings.fetch_hosts, settings.max_image_bytes)
    return Delivery(
        database,
        accounts,
        blobs,
        DeliveryAccess(database, accounts, settings.token_key),
        Derivatives(cache, blobs, engine, found.threads, update),
        FetchedImages(database, blobs, found.looking, found.janitor, fetcher, remote),
        settings.render_limits,
        remembered,
    )


def _maker(settings: Settings) -> PillowMaker:
    return PillowMaker(settings.render_limits, settings.fonts_dir)


def _pictures(found: Foundations, deriving: Deriving, fetcher: Sources) -> Pictures:
    settings = found.settings
    return Pictures(
        found.database,
        found.blobs,
        deriving,
        fetcher,
        engines.imager(settings),
        found.workers,
        found.janitor,
        settings.render_limits,
        settings.max_image_bytes,
    )


def _fetcher(settings: Settings) -> Sources:
    web = HttpFetcher(
        timeout=settings.fetch_timeout,
        allow_networks=settings.fetch_allow_networks,
        proxies=settings.fetch_proxies,
    )
    return Sources(web, BucketFetcher(settings.buckets, timeout=settings.fetch_timeout))


def _notifications(found: Foundations) -> Notifications:
    settings = found.settings
    poster = HttpPoster(
        timeout=settings.webhook_timeout, allow_networks=settings.webhook_allow_networks
    )
    notifications = Notifications(
        found.database, poster, settings.notification_url, settings.webhook_signature
    )
    found.queue.handle(NOTIFICATION, notifications.send, "network")
    return notifications


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
