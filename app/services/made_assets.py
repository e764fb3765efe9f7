"""Assets that the service makes of others, stored together: all of them or none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.domain.accounts import ApiKey
from app.domain.assets import Asset, AssetKey
from app.domain.errors import RateLimited
from app.domain.ports import BlobInfo, BlobStore, IncomingBlob, Workers
from app.domain.unit_of_work import Database, UnitOfWork
from app.services.blobs import BlobJanitor
from app.services.new_assets import new_asset


@dataclass(frozen=True, slots=True)
class MadeFile:
    """A file that is to become an asset.

    Attributes:
        format: normalised extension; ``None`` for raw assets.
        width, height, pages: of pictures; ``None`` for raw assets.
    """

    key: AssetKey
    data: bytes
    format: str | None = None
    width: int | None = None
    height: int | None = None
    pages: int | None = None


class MadeAssets:
    """Stores made files under names that they keep: what was there before is replaced."""

    def __init__(
        self, database: Database, blobs: BlobStore, workers: Workers, janitor: BlobJanitor
    ) -> None:
        self._database = database
        self._blobs = blobs
        self._workers = workers
        self._janitor = janitor

    async def store(self, owner: ApiKey, files: Sequence[MadeFile]) -> tuple[Asset, ...]:
        """Store files in one transaction; they share one version.

        Raises:
            RateLimited: storing was interrupted.
        """
        incoming = [self._blobs.create() for _ in files]
        released: list[str] = []
        try:
            drafts = []
            for file, blob in zip(files, incoming, strict=True):
                info = await self._kept(file, blob)
                released.append(info.key)
                drafts.append(_draft(owner, file, info))
            assets, released = await self._database.write(
                lambda unit: _commit(unit, self._blobs, drafts)
            )
            return assets
        finally:
            for blob in incoming:
                blob.discard()
            self._janitor.release(released)

    async def _kept(self, file: MadeFile, blob: IncomingBlob) -> BlobInfo:
        await self._workers.io(blob.write, file.data)
        return await self._janitor.keep(blob)


def _draft(owner: ApiKey, file: MadeFile, info: BlobInfo) -> Asset:
    return replace(
        new_asset(owner.cloud, file.key, info),
        format=file.format,
        width=file.width,
        height=file.height,
        pages=file.pages,
        access_key=owner.key,
    )


def _commit(
    unit: UnitOfWork, blobs: BlobStore, drafts: Sequence[Asset]
) -> tuple[tuple[Asset, ...], list[str]]:
    """Write the rows; also the keys of blobs that it may have released."""
    unit.blobs.guard()
    if not all(blobs.exists(item.blob_key) for item in drafts):
        # The sweeper was faster; the bytes would be lost although we had kept them.
        raise RateLimited("Storing was interrupted. Try again.")
    former = [unit.assets.get(item.cloud_id, item.key, lock=True) for item in drafts]
    # Two within one second still get different versions, or caches could not tell.
    version = max(
        [item.version for item in drafts] + [old.version + 1 for old in former if old is not None]
    )
    assets, released = [], []
    for item, old in zip(drafts, former, strict=True):
        asset = replace(item, version=version)
        if old is None:
            unit.assets.add(asset)
        else:
            asset = replace(asset, asset_id=old.asset_id)
            unit.assets.replace(asset)
            released += [old.blob_key, *unit.derivatives.delete_of(asset.asset_id)]
        assets.append(asset)
    return tuple(assets), released
