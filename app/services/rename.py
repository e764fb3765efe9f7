"""Use case: give an asset another public id or delivery type (CONTRACT D2)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from app.domain import public_ids
from app.domain.accounts import Cloud
from app.domain.assets import Asset, AssetKey
from app.domain.errors import BadRequest, NotFound
from app.domain.unit_of_work import Database, UnitOfWork
from app.services.blobs import BlobJanitor
from app.services.naming import fixed_folder


class RenameAsset:
    """Renames assets. Version, display name and derivatives stay what they are."""

    def __init__(self, database: Database, janitor: BlobJanitor) -> None:
        self._database = database
        self._janitor = janitor

    async def __call__(
        self, cloud: Cloud, source: AssetKey, target: AssetKey, *, overwrite: bool = False
    ) -> Asset:
        """The asset under its new name.

        Args:
            overwrite: an asset that has that name gives way, its backups with it.

        Raises:
            NotFound: ``Resource not found - <from_public_id>``.
            BadRequest: the new name cannot be one, or ``to_public_id (<id>) already exists``.
        """
        public_ids.check(target.public_id)

        def work(unit: UnitOfWork) -> tuple[Asset, list[str]]:
            asset = unit.assets.get(cloud.id, source, lock=True)
            if asset is None or asset.placeholder:
                raise NotFound(f"Resource not found - {source.public_id}")
            taken = unit.assets.get(cloud.id, target, lock=True)
            released: list[str] = []
            if taken is not None:
                if taken.asset_id == asset.asset_id or not (overwrite or taken.placeholder):
                    raise BadRequest(f"to_public_id ({target.public_id}) already exists")
                released = _give_way(unit, taken)
            renamed = replace(
                asset,
                type=target.type,
                public_id=target.public_id,
                asset_folder=fixed_folder(target.public_id)
                if cloud.folder_mode == "fixed"
                else asset.asset_folder,
                updated_at=datetime.now(UTC).replace(microsecond=0),
            )
            unit.assets.save_columns(renamed)
            return renamed, released

        renamed, released = await self._database.write(work)
        self._janitor.release(released)
        return renamed


def _give_way(unit: UnitOfWork, asset: Asset) -> list[str]:
    """Delete an asset with everything that belongs to it; the blobs that it may have released."""
    kept = [version.blob_key for version in unit.versions.of(asset.asset_id)]
    released = [asset.blob_key, *kept, *unit.derivatives.delete_of(asset.asset_id)]
    unit.assets.delete(asset.asset_id)
    return released
