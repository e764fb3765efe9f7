"""Use cases of backups: versions of assets are kept, shown, restored, let go (CONTRACT E5)."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from app.domain.accounts import Cloud
from app.domain.assets import Asset, AssetKey, AssetVersion
from app.domain.errors import NotFound
from app.domain.unit_of_work import Database, UnitOfWork
from app.services.blobs import BlobJanitor
from app.services.targets import find

#: What of an asset belongs to its bytes, beside what every version has.
_FACTS = ("width", "height", "pages", "phash", "media")


@dataclass(frozen=True, slots=True)
class Restored:
    """What became of restoring one asset: the asset, or why not (``no_backup``)."""

    asset: Asset | None = None
    error: str = ""


class Versions:
    """The kept versions of all clouds' assets."""

    def __init__(self, database: Database, janitor: BlobJanitor) -> None:
        self._database = database
        self._janitor = janitor

    async def of(self, asset: Asset) -> list[AssetVersion]:
        """An asset's kept versions, the newest first."""
        return await self._database.read(lambda unit: unit.versions.of(asset.asset_id))

    async def get(self, cloud: Cloud, asset_id: str, version_id: str) -> tuple[Asset, AssetVersion]:
        """A kept version with its asset.

        Raises:
            NotFound: there is no such asset or version.
        """

        def work(unit: UnitOfWork) -> tuple[Asset, AssetVersion] | None:
            asset = unit.assets.get_by_id(cloud.id, asset_id)
            kept = unit.versions.of(asset_id) if asset else []
            found = next((item for item in kept if item.version_id == version_id), None)
            return (asset, found) if asset and found else None

        found = await self._database.read(work)
        if found is None:
            raise NotFound(f"Resource not found - {asset_id}")
        return found

    async def restore(
        self, cloud: Cloud, targets: Sequence[tuple[AssetKey | str, str]]
    ) -> list[Restored]:
        """Bring back deleted or replaced assets.

        Args:
            targets: each an asset with the version id that is wanted, empty for the newest.
        """

        def work(unit: UnitOfWork) -> list[tuple[Restored, list[str]]]:
            unit.blobs.guard()
            return [_restore(unit, cloud, target, wanted) for target, wanted in targets]

        done = await self._database.write(work)
        self._janitor.release([key for _, released in done for key in released])
        return [restored for restored, _ in done]

    async def delete(
        self, cloud: Cloud, asset_id: str, version_ids: Sequence[str]
    ) -> tuple[list[str], list[str]]:
        """Let go of versions; those that are gone, and those that were not there.

        An asset of which nothing else is left goes with its last version.

        Raises:
            NotFound: there is no such asset.
        """

        def work(unit: UnitOfWork) -> dict[str, str]:
            asset = unit.assets.get_by_id(cloud.id, asset_id, lock=True)
            if asset is None:
                raise NotFound(f"Resource not found - {asset_id}")
            gone = unit.versions.delete(asset_id, version_ids)
            if asset.placeholder and not unit.versions.of(asset_id):
                unit.assets.delete(asset_id)
            return gone

        gone = await self._database.write(work)
        self._janitor.release(list(gone.values()))
        return [name for name in version_ids if name in gone], [
            name for name in version_ids if name not in gone
        ]


def keep_version(unit: UnitOfWork, asset: Asset) -> None:
    """Keep the present version of an asset if it is to be backed up and is not yet."""
    if not asset.backup or asset.placeholder:
        return
    if any(kept.version_id == asset.version_id for kept in unit.versions.of(asset.asset_id)):
        return
    unit.versions.add(
        AssetVersion(
            version_id=asset.version_id,
            asset_id=asset.asset_id,
            version=asset.version,
            bytes=asset.bytes,
            etag=asset.etag,
            blob_key=asset.blob_key,
            created_at=asset.created_at,
            format=asset.format,
            facts={name: _plain(getattr(asset, name)) for name in _FACTS},
        )
    )


def remove(unit: UnitOfWork, asset: Asset) -> list[str]:
    """Delete an asset, or its bytes alone where versions of it are kept.

    Its derivatives have been deleted before.

    Returns:
        The keys of blobs that it may have released.
    """
    if unit.versions.of(asset.asset_id):
        now = datetime.now(UTC).replace(microsecond=0)
        emptied = replace(asset, placeholder=True, bytes=0, blob_key="", updated_at=now)
        unit.assets.save_columns(emptied)
    else:
        unit.assets.delete(asset.asset_id)
    return [asset.blob_key]


def _restore(
    unit: UnitOfWork, cloud: Cloud, target: AssetKey | str, wanted: str
) -> tuple[Restored, list[str]]:
    asset = find(unit, cloud, target, lock=True)
    kept = unit.versions.of(asset.asset_id) if asset else []
    chosen = next((item for item in kept if wanted in ("", item.version_id)), None)
    if asset is None or chosen is None:
        return Restored(error="no_backup"), []
    now = datetime.now(UTC).replace(microsecond=0)
    facts: dict[str, Any] = {name: chosen.facts[name] for name in _FACTS if name in chosen.facts}
    restored = replace(
        asset,
        # Caches must not go on showing what was there in between.
        version=max(int(now.timestamp()), asset.version + 1),
        version_id=uuid.uuid4().hex,
        bytes=chosen.bytes,
        etag=chosen.etag,
        blob_key=chosen.blob_key,
        format=chosen.format,
        placeholder=False,
        analyses={},
        faces=asset.faces if asset.faces_given else None,
        created_at=now,
        updated_at=now,
        **facts,
    )
    unit.assets.save_columns(restored)
    keep_version(unit, restored)
    released = unit.derivatives.delete_of(asset.asset_id)
    return Restored(restored), [asset.blob_key, *released]


def _plain(value: Any) -> Any:
    return dict(value) if hasattr(value, "keys") else value
