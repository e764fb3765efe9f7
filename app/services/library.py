"""Use cases of reading, listing and deleting stored assets (CONTRACT E1, E2, E4, E6, D3)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from app.domain import cursors
from app.domain.accounts import ApiKey, Cloud
from app.domain.assets import Asset, AssetKey, AssetPage, AssetQuery
from app.domain.derivatives import Derivative, TransformationName
from app.domain.errors import BadRequest, NotFound
from app.domain.unit_of_work import Database, UnitOfWork
from app.services.accounts import authenticate
from app.services.blobs import BlobJanitor
from app.services.remembered import RememberedAssets
from app.services.targets import find, name_of
from app.services.versions import remove

#: Assets that one call deletes at most; the rest is left to the next, by ``next_cursor``.
DELETE_LIMIT = 1000


@dataclass(frozen=True, slots=True)
class Details:
    """What is known of one asset.

    Attributes:
        derived: one page of its derivatives.
        next_cursor: of the next page; ``None`` on the last one.
    """

    asset: Asset
    derived: tuple[Derivative, ...] = ()
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True)
class Extent:
    """How much of an asset is to be deleted.

    Attributes:
        original: the original too, and with it every derivative.
        derived: which derivatives if the original stays; ``None`` for all.
    """

    original: bool = True
    derived: tuple[TransformationName, ...] | None = None


#: An asset with all that belongs to it.
EVERYTHING = Extent()


@dataclass(frozen=True, slots=True)
class Removal:
    """What was deleted of one asset: how many originals and derivatives."""

    original: int
    derived: int


@dataclass(frozen=True, slots=True)
class Deletion:
    """What a delete call did.

    Attributes:
        outcomes: public id (or asset id) to what was deleted; ``None`` if it was not found.
        next_cursor: set when more assets match than one call deletes.
    """

    outcomes: dict[str, Removal | None] = field(default_factory=dict)
    next_cursor: str | None = None


class Library:
    """The stored assets of all clouds."""

    def __init__(
        self, database: Database, janitor: BlobJanitor, remembered: RememberedAssets
    ) -> None:
        self._database = database
        self._janitor = janitor
        self._remembered = remembered

    async def get(self, cloud: Cloud, target: AssetKey | str) -> Asset:
        """One asset, complete.

        Raises:
            NotFound: ``Resource not found - <public_id>``.
        """
        asset = await self._database.read_hot(lambda unit: find(unit, cloud, target))
        return _found(asset, target)

    async def get_as(
        self,
        cloud_name: str,
        key: str,
        secret: str,
        target: AssetKey | str,
        limit: int = 10,
        token: str = "",
    ) -> tuple[ApiKey, Details]:
        """Check credentials and get an asset in one work: the hottest read there is.

        Args:
            limit, token: of the page of derivatives.

        Raises:
            Unauthorized: which of cloud, key and secret is wrong.
            NotFound: ``Resource not found - <public_id>``.
            BadRequest: the token is not one of this asset.
        """

        def work(unit: UnitOfWork) -> tuple[ApiKey, Details]:
            caller = authenticate(unit, cloud_name, key, secret)
            asset = _found(self._remembered.current(unit, caller.cloud, target), target)
            # Not remembered with the asset: making a derivative does not change the asset.
            return caller, _details(unit, asset, limit, token)

        return await self._database.read_hot(work)

    async def details(self, asset: Asset, limit: int) -> Details:
        """An asset that has just been read, with the first page of its derivatives."""
        return await self._database.read_hot(lambda unit: _details(unit, asset, limit, ""))

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

    async def destroy(
        self, cloud: Cloud, target: AssetKey | str, extent: Extent = EVERYTHING
    ) -> Removal | None:
        """Delete one asset, or derivatives of it; ``None`` if it was not there."""

        def work(unit: UnitOfWork) -> tuple[Removal | None, list[str]]:
            asset = find(unit, cloud, target, lock=True)
            return (None, []) if asset is None else _remove(unit, asset, extent)

        removal, released = await self._database.write(work)
        self._janitor.release(released)
        return removal

    async def delete_named(
        self, cloud: Cloud, targets: Sequence[AssetKey | str], extent: Extent = EVERYTHING
    ) -> Deletion:
        """Delete assets named one by one, or derivatives of them."""
        outcomes = {}
        for target in targets:
            outcomes[name_of(target)] = await self.destroy(cloud, target, extent)
        return Deletion(outcomes)

    async def delete_matching(
        self, query: AssetQuery, token: str = "", extent: Extent = EVERYTHING
    ) -> Deletion:
        """Delete up to :data:`DELETE_LIMIT` of the assets that a listing shows."""
        query = replace(query, limit=DELETE_LIMIT)
        if token:
            query = replace(query, after=cursors.decode(token, query))

        def work(unit: UnitOfWork) -> tuple[Deletion, set[str]]:
            page = unit.assets.page(query)
            outcomes: dict[str, Removal | None] = {}
            released: set[str] = set()
            for asset in page.assets:
                outcomes[asset.public_id], keys = _remove(unit, asset, extent)
                released.update(keys)
            cursor = cursors.encode(page.next, query) if page.next else None
            return Deletion(outcomes, cursor), released

        deletion, released = await self._database.write(work)
        self._janitor.release(released)
        return deletion

    async def delete_derived(self, cloud: Cloud, ids: Iterable[str]) -> dict[str, bool]:
        """Delete derivatives by their ids; which of them were there."""
        wanted = tuple(dict.fromkeys(ids))
        gone = await self._database.write(lambda unit: unit.derivatives.delete(cloud.id, wanted))
        self._janitor.release(set(gone.values()))
        return {id: id in gone for id in wanted}


def _details(unit: UnitOfWork, asset: Asset, limit: int, token: str) -> Details:
    after = ""
    if token:
        match cursors.unpack(token):
            case ["derived", str(asset_id), str(key)] if asset_id == asset.asset_id:
                after = key
            case _:
                raise BadRequest("Invalid value for parameter next_cursor")
    derived = tuple(unit.derivatives.page(asset.asset_id, limit + 1, after))
    if len(derived) <= limit:
        return Details(asset, derived)
    cursor = cursors.pack(["derived", asset.asset_id, derived[limit - 1].key])
    return Details(asset, derived[:limit], cursor)


def _remove(unit: UnitOfWork, asset: Asset, extent: Extent) -> tuple[Removal | None, list[str]]:
    """Delete it; also the keys of blobs that it may have released.

    What is deleted already, and only has a backup left, is not there.
    """
    if not extent.original:
        keys = unit.derivatives.delete_of(asset.asset_id, extent.derived)
        return Removal(0, len(keys)), keys
    if asset.placeholder:
        return None, []
    keys = unit.derivatives.delete_of(asset.asset_id)
    return Removal(1, len(keys)), [*remove(unit, asset), *keys]


def _found(asset: Asset | None, target: AssetKey | str) -> Asset:
    if asset is None:
        raise NotFound(f"Resource not found - {name_of(target)}")
    return asset
