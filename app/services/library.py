"""Use cases of reading, listing and deleting stored assets (CONTRACT E1, E2, E4, E6, D3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.domain import cursors
from app.domain.accounts import ApiKey, Cloud
from app.domain.assets import Asset, AssetKey, AssetPage, AssetQuery
from app.domain.errors import BadRequest, NotFound
from app.domain.unit_of_work import Database, UnitOfWork
from app.services.accounts import authenticate
from app.services.blobs import BlobJanitor
from app.services.update import find

#: Assets that one call deletes at most; the rest is left to the next, by ``next_cursor``.
DELETE_LIMIT = 1000


#: Assets kept in memory with the revision they were read at; about 10 kB each.
REMEMBERED = 2000


@dataclass(frozen=True, slots=True)
class Deletion:
    """What a delete call did.

    Attributes:
        outcomes: public id (or asset id) to ``deleted`` or ``not_found``.
        next_cursor: set when more assets match than one call deletes.
    """

    outcomes: dict[str, str]
    next_cursor: str | None = None


class Library:
    """The stored assets of all clouds."""

    def __init__(self, database: Database, janitor: BlobJanitor) -> None:
        self._database = database
        self._janitor = janitor
        self._known: dict[str, tuple[int, Asset]] = {}

    async def get(self, cloud: Cloud, target: AssetKey | str) -> Asset:
        """One asset, complete.

        Raises:
            NotFound: ``Resource not found - <public_id>``.
        """
        asset = await self._database.read_hot(lambda unit: find(unit, cloud, target))
        return _found(asset, target)

    async def get_as(
        self, cloud_name: str, key: str, secret: str, target: AssetKey | str
    ) -> tuple[ApiKey, Asset]:
        """Check credentials and get an asset in one work: the hottest read there is.

        Raises:
            Unauthorized: which of cloud, key and secret is wrong.
            NotFound: ``Resource not found - <public_id>``.
        """

        def work(unit: UnitOfWork) -> tuple[ApiKey, Asset | None]:
            caller = authenticate(unit, cloud_name, key, secret)
            return caller, self._current(unit, caller.cloud, target)

        caller, asset = await self._database.read_hot(work)
        return caller, _found(asset, target)

    def _current(self, unit: UnitOfWork, cloud: Cloud, target: AssetKey | str) -> Asset | None:
        """The asset as the database has it now; what was read before serves while it is true."""
        stamp = unit.assets.revision(cloud.id, target)
        if stamp is None:
            return None
        asset_id, revision = stamp
        known = self._known.get(asset_id)
        if known is not None and known[0] == revision:
            return known[1]
        asset = find(unit, cloud, asset_id)
        # It may be newer than the revision read before it, never older: then the next reader,
        # who sees the newer revision, reads it again.
        if asset is not None:
            if len(self._known) >= REMEMBERED:
                # The oldest goes; another thread may have been faster.
                self._known.pop(next(iter(self._known)), None)
            self._known[asset_id] = (revision, asset)
        return asset

    async def page(self, query: AssetQuery, token: str = "") -> tuple[AssetPage, str | None]:
        """One page of a listing and the cursor of the next.

        Raises:
            BadRequest: the cursor is not one of this query.
        """
        if token:
            query = replace(query, after=cursors.decode(token, query))
        page = await self._database.read(lambda unit: unit.assets.page(query))
        return page, cursors.encode(page.next, query) if page.next else None

    async def tag_words(
        self, cloud: Cloud, resource_type: str, prefix: str, limit: int, token: str = ""
    ) -> tuple[list[str], str | None]:
        """One page of the tags in use, alphabetical, and the cursor of the next."""
        after = ""
        if token:
            match cursors.unpack(token):
                case ["tags", str(given), str(word)] if given == prefix:
                    after = word
                case _:
                    raise BadRequest("Invalid value for parameter next_cursor")
        words = await self._database.read(
            lambda unit: unit.assets.tag_words(cloud.id, resource_type, prefix, limit + 1, after)
        )
        if len(words) <= limit:
            return words, None
        return words[:limit], cursors.pack(["tags", prefix, words[limit - 1]])

    async def destroy(self, cloud: Cloud, target: AssetKey | str) -> bool:
        """Delete one asset; whether it was there."""

        def work(unit: UnitOfWork) -> str | None:
            asset = find(unit, cloud, target, lock=True)
            if asset is None:
                return None
            unit.assets.delete(asset.asset_id)
            return asset.blob_key

        released = await self._database.write(work)
        self._janitor.release([released] if released else [])
        return released is not None

    async def delete_named(self, cloud: Cloud, targets: Sequence[AssetKey | str]) -> Deletion:
        """Delete assets named one by one."""
        outcomes = {}
        for target in targets:
            found = await self.destroy(cloud, target)
            name = target if isinstance(target, str) else target.public_id
            outcomes[name] = "deleted" if found else "not_found"
        return Deletion(outcomes)

    async def delete_matching(self, query: AssetQuery, token: str = "") -> Deletion:
        """Delete up to :data:`DELETE_LIMIT` of the assets that a listing shows."""
        query = replace(query, limit=DELETE_LIMIT)
        if token:
            query = replace(query, after=cursors.decode(token, query))

        def work(unit: UnitOfWork) -> AssetPage:
            page = unit.assets.page(query)
            for asset in page.assets:
                unit.assets.delete(asset.asset_id)
            return page

        page = await self._database.write(work)
        self._janitor.release({asset.blob_key for asset in page.assets})
        return Deletion(
            {asset.public_id: "deleted" for asset in page.assets},
            cursors.encode(page.next, query) if page.next else None,
        )


def _found(asset: Asset | None, target: AssetKey | str) -> Asset:
    if asset is None:
        name = target if isinstance(target, str) else target.public_id
        raise NotFound(f"Resource not found - {name}")
    return asset
