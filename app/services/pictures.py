"""The pictures that go into a sprite or an animation: found or fetched, and transformed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from app.domain.accounts import Cloud
from app.domain.assets import Asset, AssetKey, AssetQuery
from app.domain.errors import BadRequest, NotFound
from app.domain.images import Inspection
from app.domain.making.pictures import MAX_PICTURES, PicturesOrder, parted
from app.domain.ports import (
    BlobInfo,
    BlobStore,
    FetchOptions,
    Imager,
    RemoteFetcher,
    Workers,
)
from app.domain.rendering import RenderLimits, Source
from app.domain.transformation.nodes import Transformation
from app.domain.transformation.steps import Output
from app.domain.unit_of_work import Database
from app.services.blobs import BlobJanitor
from app.services.deriving import DerivedFile, Deriving
from app.services.expansion import expand
from app.services.new_assets import new_asset

#: Remote pictures that one call fetches at the same time, and bytes of them in all.
FETCHES, FETCHED_BYTES = 8, 500_000_000

#: Bytes of transformed pictures in one call, which lie in memory.
MADE_BYTES = 200_000_000

#: Formats without pixels of their own: they are rendered whatever is asked for.
_DRAWN = frozenset(("pdf", "svg"))


@dataclass(frozen=True, slots=True)
class Gathered:
    """Pictures, ready to be put together.

    Attributes:
        pictures: each with its name: the public id or the URL; in the order of public ids, or
            of the URLs.
        output: how the whole is to be written.
        pixels: about as many as the pictures have together.
    """

    pictures: tuple[tuple[str, Source], ...]
    output: Output
    pixels: int


class Pictures:
    """Gathers pictures by a tag or by URLs.

    Args:
        max_bytes: of one remote picture.
    """

    def __init__(
        self,
        database: Database,
        blobs: BlobStore,
        deriving: Deriving,
        fetcher: RemoteFetcher,
        imager: Imager,
        workers: Workers,
        janitor: BlobJanitor,
        limits: RenderLimits,
        max_bytes: int,
    ) -> None:
        self._database = database
        self._blobs = blobs
        self._deriving = deriving
        self._fetcher = fetcher
        self._imager = imager
        self._workers = workers
        self._janitor = janitor
        self._limits = limits
        self._max_bytes = max_bytes

    @asynccontextmanager
    async def gathered(self, cloud: Cloud, order: PicturesOrder) -> AsyncIterator[Gathered]:
        """The pictures; what was fetched for them is let go of at the end.

        Faces are not looked for in remote pictures: there ``g_face`` finds none.

        Raises:
            NotFound: no image has the tag, or a URL leads nowhere.
            BadRequest: a URL is refused or is no picture, or the transformation is wrong.
            RateLimited: too much is being done.
        """
        expanded = await expand(self._database, cloud, order.transformation, self._limits)
        change, output = parted(expanded, self._limits)
        kept: list[str] = []
        try:
            if order.urls:
                assets: Sequence[Asset] = await self._fetched(cloud, order.urls, kept)
            else:
                assets = await self._tagged(cloud, order.tag)
            pictures = await self._transformed(cloud, assets, change)
            pixels = sum((asset.width or 1) * (asset.height or 1) for asset in assets)
            yield Gathered(pictures, output, pixels)
        finally:
            self._janitor.release(kept)

    async def _tagged(self, cloud: Cloud, tag: str) -> Sequence[Asset]:
        # A prefix, be it empty, orders by public id.
        query = AssetQuery(cloud.id, "image", tag=tag, prefix="", limit=MAX_PICTURES)
        page = await self._database.read(lambda unit: unit.assets.page(query))
        if not page.assets:
            raise NotFound(f"Resource not found - {tag}")
        return page.assets

    async def _transformed(
        self, cloud: Cloud, assets: Sequence[Asset], change: Transformation
    ) -> tuple[tuple[str, Source], ...]:
        found, size = [], 0
        for asset in assets:
            if not change.nodes and asset.format not in _DRAWN:
                found.append((asset.public_id, _source(self._deriving.original(asset))))
                continue
            made = await self._deriving.derived(cloud, asset, change, "png", keep=False)
            size += made.size
            if size > MADE_BYTES:
                raise BadRequest(f"The images have more than {MADE_BYTES} bytes together")
            found.append((asset.public_id, _source(made)))
        return tuple(found)

    async def _fetched(self, cloud: Cloud, urls: Sequence[str], kept: list[str]) -> list[Asset]:
        """Remote pictures as assets that are not stored.

        Args:
            kept: takes the keys of their blobs.
        """
        gate, total = asyncio.Semaphore(FETCHES), 0

        async def fetch(url: str) -> Asset:
            nonlocal total
            async with gate:
                asset = await self._fetch(cloud, url, kept)
                total += asset.bytes
                if total > FETCHED_BYTES:
                    raise BadRequest(f"The images have more than {FETCHED_BYTES} bytes together")
                return asset

        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(fetch(url)) for url in urls]
        except ExceptionGroup as failed:
            raise failed.exceptions[0] from failed
        return [task.result() for task in tasks]

    async def _fetch(self, cloud: Cloud, url: str, kept: list[str]) -> Asset:
        blob = self._blobs.create()
        try:
            options = FetchOptions(cloud=cloud.name)
            await self._fetcher.fetch(url, blob.write, self._max_bytes, options)
            inspection = await self._workers.cpu(self._imager.inspect, blob.source())
            info = await self._janitor.keep(blob)
        finally:
            blob.discard()
        kept.append(info.key)
        return _unstored(cloud, url, info, inspection)


def _source(file: DerivedFile) -> Source:
    return Source(file.content, file.format, 1, 1)  # decoders find out how large it is


def _unstored(cloud: Cloud, url: str, info: BlobInfo, inspection: Inspection) -> Asset:
    return replace(
        new_asset(cloud, AssetKey("image", "fetch", url), info),
        format=inspection.format,
        width=inspection.width,
        height=inspection.height,
        pages=inspection.pages,
        faces=(),
    )
