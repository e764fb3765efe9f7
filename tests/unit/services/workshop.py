"""A small real service for tests of what is made of assets: SQLite, blobs, Pillow, uploads."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from PIL import Image

from app.concurrency import RenderThreads, ThreadWorkers
from app.db.database import SqlDatabase, open_database
from app.db.migrate import migrate
from app.domain.accounts import ApiKey
from app.domain.assets import Asset, AssetKey, AssetQuery
from app.domain.params import Params
from app.domain.rendering import RenderLimits
from app.imaging.analysis.analyst import PillowAnalyst
from app.imaging.facts.reader import FileFactsReader
from app.imaging.imager import PillowImager
from app.imaging.making.maker import PillowMaker
from app.imaging.render.renderer import PillowRenderer
from app.services.accounts import AccountAdministration, Accounts
from app.services.archives import Archives
from app.services.blobs import BlobJanitor
from app.services.categorize import Categorizer
from app.services.delivery import Delivery
from app.services.delivery_access import DeliveryAccess
from app.services.derivative_cache import CacheLimits, DerivativeCache
from app.services.derivatives import Derivatives, Engine
from app.services.deriving import Deriving
from app.services.examine import Examiner, SizeLimits
from app.services.explode import Explode
from app.services.fetched import FetchedImages, FetchLimits
from app.services.incoming import IncomingTransformations
from app.services.made_assets import MadeAssets
from app.services.moderate import Moderator
from app.services.multi import Multis
from app.services.naming import Naming
from app.services.pictures import Pictures
from app.services.remembered import RememberedAssets
from app.services.sprites import Sprites
from app.services.text_images import TextImages
from app.services.update import UpdateAsset
from app.services.upload import UploadAsset, UploadCommand
from app.storage.archives import StreamedArchives
from app.storage.local import LocalBlobStore
from tests.unit.net.net_server import local_fetcher

LIMITS = RenderLimits()


def params(**values: object) -> Params:
    """Parameters as a request has them."""
    return Params.from_mapping(values)


@dataclass
class Workshop:
    """The use cases, and the parts that tests look into."""

    key: ApiKey
    database: SqlDatabase
    blobs: LocalBlobStore
    cache: DerivativeCache
    upload: UploadAsset
    made: MadeAssets
    sprites: Sprites
    multis: Multis
    texts: TextImages
    archives: Archives
    explode: Explode

    async def store(
        self,
        public_id: str,
        content: bytes,
        *,
        tags: tuple[str, ...] = (),
        resource_type: str = "image",
        type: str = "upload",
        filename: str = "",
        folder: str = "",
    ) -> Asset:
        blob = self.blobs.create()
        blob.write(content)
        naming = Naming(public_id=public_id, asset_folder=folder)
        command = UploadCommand(
            self.key.cloud, resource_type, blob, type, filename, naming, tags=tags
        )
        return (await self.upload(command)).asset

    def content(self, asset: Asset) -> bytes:
        return self.blobs.path(asset.blob_key).read_bytes()

    def picture(self, asset: Asset) -> Image.Image:
        return Image.open(io.BytesIO(self.content(asset)))

    async def find(
        self, public_id: str, type: str, resource_type: Literal["image", "video", "raw"] = "image"
    ) -> Asset | None:
        key = AssetKey(resource_type, type, public_id)
        return await self.database.read(lambda unit: unit.assets.get(self.key.cloud.id, key))

    async def count(self) -> int:
        query = AssetQuery(self.key.cloud.id, limit=5000)
        return len((await self.database.read(lambda unit: unit.assets.page(query))).assets)


@asynccontextmanager
async def workshop(root: Path, *, raw: int = 10**9) -> AsyncIterator[Workshop]:
    """
    Args:
        raw: largest raw file in bytes.
    """
    url = f"sqlite:///{root / 'test.db'}"
    migrate(url)
    database, blobs = open_database(url), LocalBlobStore(root)
    workers, threads = ThreadWorkers(2), RenderThreads(2, 100, 10**9)
    janitor = BlobJanitor(database, blobs, workers, grace_seconds=0.0)
    imager = PillowImager(max_pixels=10**7)
    analyst, facts = PillowAnalyst(10**7), FileFactsReader()
    looking = Categorizer({}, None, analyst, facts, imager, workers)
    moderator, accounts = Moderator(database), Accounts(database)
    key = await AccountAdministration(database).ensure("acme", "111", "not-a-real-secret")
    update = UpdateAsset(database, blobs, looking, moderator, janitor)
    engine = Engine(PillowRenderer(LIMITS), "1", 10**8)
    cache = DerivativeCache(database, blobs, janitor, CacheLimits(10**6, 10**8))
    derivatives = Derivatives(cache, blobs, engine, threads, update)
    fetcher = local_fetcher()
    delivery = Delivery(
        database,
        accounts,
        blobs,
        DeliveryAccess(database, accounts, ""),
        derivatives,
        FetchedImages(database, blobs, looking, janitor, fetcher, FetchLimits((), 10**6)),
        LIMITS,
        RememberedAssets(),
    )
    incoming = IncomingTransformations(database, blobs, engine, threads, LIMITS, delivery.layers)
    examiner = Examiner(imager, looking, facts, incoming, workers, SizeLimits(10**7, raw, 10**7))
    upload = UploadAsset(database, blobs, examiner, looking, moderator, janitor)
    deriving, maker = Deriving(delivery, blobs), PillowMaker(LIMITS)
    made = MadeAssets(database, blobs, workers, janitor)
    pictures = Pictures(database, blobs, deriving, fetcher, imager, workers, janitor, LIMITS, 10**6)
    try:
        yield Workshop(
            key,
            database,
            blobs,
            cache,
            upload,
            made,
            Sprites(pictures, maker, threads, made),
            Multis(pictures, maker, threads, made),
            TextImages(maker, threads, blobs, workers, upload),
            Archives(database, blobs, StreamedArchives(), deriving, workers, upload),
            Explode(database, deriving, LIMITS),
        )
    finally:
        await delivery.close()
        threads.close()
        janitor.close()
        workers.close()
        await database.close()
