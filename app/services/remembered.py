"""Assets that were read before, for as long as the database says that nothing of them changed."""

from __future__ import annotations

from app.domain.accounts import Cloud
from app.domain.assets import Asset, AssetKey
from app.domain.unit_of_work import UnitOfWork

#: Assets kept in memory with the revision they were read at; about 10 kB each.
REMEMBERED = 2000


class RememberedAssets:
    """What hot reads share: one look-up of an asset's revision in place of reading all of it."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[int, Asset]] = {}

    def current(self, unit: UnitOfWork, cloud: Cloud, target: AssetKey | str) -> Asset | None:
        """The asset of a key or asset id as the database has it now."""
        stamp = unit.assets.revision(cloud.id, target)
        if stamp is None:
            return None
        asset_id, revision = stamp
        known = self._known.get(asset_id)
        if known is not None and known[0] == revision:
            return known[1]
        asset = unit.assets.get_by_id(cloud.id, asset_id)
        # It may be newer than the revision read before it, never older: then the next reader,
        # who sees the newer revision, reads it again.
        if asset is not None:
            if len(self._known) >= REMEMBERED:
                # The oldest goes; another thread may have been faster.
                self._known.pop(next(iter(self._known)), None)
            self._known[asset_id] = (revision, asset)
        return asset
