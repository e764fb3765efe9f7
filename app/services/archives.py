"""Use case: archives of stored assets, downloaded or stored themselves (CONTRACT D11)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterable
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from app.domain.accounts import ApiKey, Cloud
from app.domain.assets import Asset, AssetQuery, ResourceType
from app.domain.errors import BadRequest, NotFound
from app.domain.making.archives import (
    MAX_ASSETS,
    MAX_FILES,
    ArchiveNames,
    ArchiveOrder,
    Selectors,
)
from app.domain.making.ports import Archiver
from app.domain.ports import BlobStore, IncomingBlob, Workers
from app.domain.unit_of_work import Database, UnitOfWork
from app.services.delivery_url import keys
from app.services.deriving import DerivedFile, Deriving
from app.services.naming import Naming
from app.services.upload import UploadAsset, UploadCommand, UploadOutcome

#: Assets that are read at a time.
_PAGE = 500


@dataclass(frozen=True, slots=True)
class Selection:
    """What goes into an archive.

    Attributes:
        assets: each once, by selector and public id.
        missing_public_ids: that were asked for and are not there.
        empty_tags, empty_prefixes: that no asset has.
    """

    assets: tuple[Asset, ...]
    missing_public_ids: tuple[str, ...] = ()
    empty_tags: tuple[str, ...] = ()
    empty_prefixes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Archive:
    """An archive that was stored.

    Attributes:
        outcome: the raw asset that it is.
        files: in it.
    """

    outcome: UploadOutcome
    selection: Selection
    files: int


class Archives:
    """Packs assets."""

    def __init__(
        self,
        database: Database,
        blobs: BlobStore,
        archiver: Archiver,
        deriving: Deriving,
        workers: Workers,
        upload: UploadAsset,
    ) -> None:
        self._database = database
        self._blobs = blobs
        self._archiver = archiver
        self._deriving = deriving
        self._workers = workers
        self._upload = upload

    async def select(self, cloud: Cloud, order: ArchiveOrder) -> Selection:
        """What would go into an archive.

        Raises:
            NotFound: a public id is missing, unless that is allowed, or there is nothing at all.
            BadRequest: too many assets or files.
        """
        found = await self._database.read(lambda unit: _select(unit, cloud, order.selectors))
        if found.missing_public_ids and not order.allow_missing:
            raise NotFound(f"Resource not found - {', '.join(found.missing_public_ids)}")
        if not found.assets:
            raise NotFound("Resource not found - no asset is selected for the archive")
        if (files := _count(found, order)) > MAX_FILES:
            raise BadRequest(f"Too many files for an archive. Got {files}. Maximum is {MAX_FILES}.")
        return found

    async def download(self, cloud: Cloud, order: ArchiveOrder) -> AsyncGenerator[bytes, None]:
        """The archive in chunks, made while they are taken; to be closed if not all are.

        Whatever is wrong with the order or with the first file is raised here; what goes wrong
        later breaks the archive off, so that no client takes half of one for a whole.

        Raises:
            NotFound, BadRequest: as :meth:`select`.
            RateLimited: too many derivatives are being made.
        """
        selection = await self.select(cloud, order)
        chunks = self._chunks(cloud, order, selection)
        first = await anext(chunks)
        return _chained(first, chunks)

    async def create(self, owner: ApiKey, order: ArchiveOrder) -> Archive:
        """Store the archive as a raw asset; one of the same public id is replaced.

        A public id without the archive's extension gets it, as raw files carry theirs.

        Raises:
            NotFound, BadRequest: as :meth:`select`; the archive is larger than raw files may be.
            RateLimited: too much is being done.
        """
        selection = await self.select(owner.cloud, order)
        blob = self._blobs.create()
        try:
            async with aclosing(self._chunks(owner.cloud, order, selection)) as chunks:
                async for chunk in chunks:
                    await self._workers.io(blob.write, chunk)
                    self._upload.limits.check("raw", blob.size)
            outcome = await self._upload(_command(owner, order, blob))
        finally:
            blob.discard()
        return Archive(outcome, selection, _count(selection, order))

    async def _chunks(
        self, cloud: Cloud, order: ArchiveOrder, selection: Selection
    ) -> AsyncGenerator[bytes, None]:
        writer = self._archiver.begin(order.target.format)
        async for name, file in self._files(cloud, order, selection.assets):
            steps = self._stepped(writer.add(name, file.content, file.modified))
            async with aclosing(steps):
                async for chunk in steps:
                    yield chunk
        async for chunk in self._stepped(writer.finish()):
            yield chunk

    async def _stepped(self, chunks: Generator[bytes, None, None]) -> AsyncGenerator[bytes, None]:
        """Each step in a thread: they wait for disks and compress."""
        while True:
            step = asyncio.ensure_future(self._workers.io(next, chunks, None))
            try:
                if (chunk := await asyncio.shield(step)) is None:
                    return
                yield chunk
            except FileNotFoundError as error:
                gone = "Resource not found - an asset was deleted while it was packed"
                raise NotFound(gone) from error
            except BaseException:
                # Or the file stays open until the collector comes by. What runs in a thread
                # ends first, although nobody waits for it.
                step.add_done_callback(lambda _: chunks.close())
                raise

    async def _files(
        self, cloud: Cloud, order: ArchiveOrder, assets: Iterable[Asset]
    ) -> AsyncIterator[tuple[str, DerivedFile]]:
        """The files with their names, each made when its turn comes."""
        names = ArchiveNames(order.naming)
        for asset in assets:
            if asset.resource_type != "image" or not order.transformations:
                yield names.name(asset), self._deriving.original(asset)
                continue
            for item in order.transformations:
                made = await self._deriving.derived(
                    cloud, asset, item.transformation, item.extension, keep=order.keep_derived
                )
                yield names.name(asset, item, made.format), made


def _command(owner: ApiKey, order: ArchiveOrder, blob: IncomingBlob) -> UploadCommand:
    target = order.target
    ending = f".{target.format}"
    public_id = target.public_id
    if public_id and not public_id.endswith(ending):
        public_id += ending
    return UploadCommand(
        owner.cloud,
        "raw",
        blob,
        filename=target.download_name,
        naming=Naming(public_id=public_id, asset_folder=target.asset_folder),
        tags=target.tags,
        made=True,
        access_key=owner.key,
    )


def _count(selection: Selection, order: ArchiveOrder) -> int:
    """Files that an archive will have."""
    images = sum(asset.resource_type == "image" for asset in selection.assets)
    each = max(1, len(order.transformations))
    return images * each + len(selection.assets) - images


async def _chained(first: bytes, rest: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    async with aclosing(rest):
        yield first
        async for chunk in rest:
            yield chunk


@dataclass(slots=True)
class _Finder:
    """Collects assets within one transaction."""

    unit: UnitOfWork
    cloud: Cloud
    selectors: Selectors
    found: dict[str, Asset] = field(default_factory=dict)

    def all(self, query: AssetQuery) -> bool:
        """Take all that a query finds; whether that is any.

        Raises:
            BadRequest: there are more than an archive may hold.
        """
        any_found = False
        for type in self._types():
            wanted = replace(query, resource_type=type, type=self.selectors.type, limit=_PAGE)
            while True:
                page = self.unit.assets.page(wanted)
                self.take(page.assets)
                any_found = any_found or bool(page.assets)
                if page.next is None:
                    break
                wanted = replace(wanted, after=page.next)
        return any_found

    def take(self, assets: Iterable[Asset]) -> None:
        """Add assets.

        Raises:
            BadRequest: there are more than an archive may hold.
        """
        for asset in assets:
            self.found.setdefault(asset.asset_id, asset)
        if len(self.found) > MAX_ASSETS:
            raise BadRequest(f"Too many assets for an archive. Maximum is {MAX_ASSETS}.")

    def _types(self) -> tuple[ResourceType | None, ...]:
        types = self.selectors.resource_types
        return types if len(types) == 1 else (None,)


def _select(unit: UnitOfWork, cloud: Cloud, selectors: Selectors) -> Selection:
    finder = _Finder(unit, cloud, selectors)
    # A prefix, be it empty, orders by public id.
    query = AssetQuery(cloud.id, prefix="")
    empty_tags = [tag for tag in selectors.tags if not finder.all(replace(query, tag=tag))]
    missing: list[str] = []
    if ids := selectors.public_ids:
        finder.all(replace(query, public_ids=ids))
        there = {asset.public_id for asset in finder.found.values()}
        missing += [id for id in dict.fromkeys(ids) if id not in there]
    empty_prefixes = [
        prefix
        for prefix in selectors.prefixes
        if not finder.all(replace(query, prefix=prefix.removeprefix("/")))
    ]
    for folder in selectors.asset_folders:
        finder.all(replace(query, asset_folder=folder))
    for key in selectors.keys:
        # With an extension, as they are written in URLs, or without.
        named = keys(key.resource_type, key.type, key.public_id)
        assets = [asset for each in named if (asset := unit.assets.get(cloud.id, each))]
        present = [asset for asset in assets if not asset.placeholder][:1]
        if not present:
            missing.append(f"{key.resource_type}/{key.type}/{key.public_id}")
        finder.take(present)
    return Selection(
        tuple(finder.found.values()), tuple(missing), tuple(empty_tags), tuple(empty_prefixes)
    )
