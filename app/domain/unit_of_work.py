"""The database's sockets: repositories and the unit of work that holds them.

A *work* is a plain function of a :class:`UnitOfWork`. The database runs it in a thread,
inside one transaction, and commits when it returns; raising rolls everything back. A work
may be run again from the start after a conflict with another transaction, so it has no
side effect but through its repositories.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from datetime import datetime
from typing import Protocol, TypeVar

from app.domain.accounts import ApiKey, Cloud
from app.domain.assets import Asset, AssetKey, AssetPage, AssetQuery, Categorization, Tag
from app.domain.chunks import Chunk, ChunkedUpload
from app.domain.detail import Detail
from app.domain.presets import UploadPreset

T = TypeVar("T")


class Assets(Protocol):
    """Assets with their tags and categorizations."""

    def get(self, cloud_id: int, key: AssetKey, *, lock: bool = False) -> Asset | None:
        """One asset, complete. ``lock``: others wait to change it until this transaction ends."""

    def get_by_id(self, cloud_id: int, asset_id: str, *, lock: bool = False) -> Asset | None:
        """The same by asset id."""

    def revision(self, cloud_id: int, target: AssetKey | str) -> tuple[str, int] | None:
        """Asset id and revision, by key or by asset id.

        The revision grows with every change to the asset, its tags or its categorizations:
        an asset read before is still true while its revision is the same.
        """

    def add(self, asset: Asset) -> None:
        """Store a new asset with its tags and categorizations."""

    def replace(self, asset: Asset) -> None:
        """Overwrite every column, tag and categorization of the asset with this id."""

    def save_columns(self, asset: Asset) -> None:
        """Overwrite the asset's own columns only (context, names, ``updated_at`` …)."""

    def set_tags(self, asset_id: str, tags: Collection[Tag]) -> None:
        """Make these the asset's tags."""

    def add_tags(self, asset_id: str, tags: Collection[Tag]) -> None:
        """Add tags; a (word, source) that is there already is refreshed."""

    def set_categorization(self, asset_id: str, result: Categorization) -> None:
        """Store the result of one add-on, replacing its former one."""

    def delete(self, asset_id: str) -> None:
        """Remove the asset and everything known of it; a missing one is no error."""

    def page(self, query: AssetQuery) -> AssetPage:
        """One page of assets, with tags and context, without categorizations."""

    def tag_words(
        self, cloud_id: int, resource_type: str, prefix: str, limit: int, after: str
    ) -> list[str]:
        """Distinct tag words in ascending order, those greater than ``after``."""


class Accounts(Protocol):
    """Clouds and API keys."""

    def cloud(self, name: str) -> Cloud | None:
        """A cloud by name, enabled or not."""

    def clouds(self) -> list[Cloud]:
        """Every cloud, by id."""

    def key(self, key: str) -> ApiKey | None:
        """An API key with its cloud, enabled or not."""

    def keys(self, cloud_id: int) -> list[ApiKey]:
        """The keys of a cloud, oldest first."""

    def add_cloud(self, name: str) -> Cloud:
        """Create a cloud. Raises ``Conflict`` if the name is taken."""

    def add_key(self, cloud: Cloud, key: str, secret: str) -> ApiKey:
        """Create a key. Raises ``Conflict`` if it exists."""

    def set_key_enabled(self, key: str, enabled: bool) -> None:
        """Switch a key on or off."""

    def set_default_preset(self, cloud_id: int, name: str) -> None:
        """Choose the preset for signed uploads that name none (empty: none)."""

    def set_detail(self, cloud_id: int, detail: Detail) -> None:
        """Choose how closely add-ons look at the cloud's pictures where nothing else says."""


class Presets(Protocol):
    """Upload presets of a cloud."""

    def get(self, cloud_id: int, name: str) -> UploadPreset | None:
        """A preset by name."""

    def put(self, cloud_id: int, preset: UploadPreset) -> None:
        """Create it or overwrite the one of that name."""

    def delete(self, cloud_id: int, name: str) -> bool:
        """Remove it; whether it was there."""

    def page(self, cloud_id: int, limit: int, after: str) -> list[UploadPreset]:
        """Presets by ascending name, those whose name is greater than ``after``."""


class ChunkedUploads(Protocol):
    """Uploads in chunks that are under way or just done."""

    def get(self, cloud_id: int, upload_id: str, resource_type: str) -> ChunkedUpload | None:
        """The upload with its chunks, locked until the transaction ends."""

    def add(self, upload: ChunkedUpload) -> None:
        """Begin an upload (its chunks included)."""

    def put_chunk(self, id: str, chunk: Chunk, total: int | None) -> None:
        """Add a chunk, or replace the one that begins at the same byte; remember the total."""

    def finish(self, id: str, asset_id: str) -> None:
        """Remember the asset and forget the chunks."""

    def expire(self, before: datetime) -> int:
        """Drop uploads begun before that time; how many."""


class BlobReferences(Protocol):
    """Which blobs the rows need."""

    def guard(self, *, exclusive: bool = False) -> None:
        """Order writers of references against the sweeper until the transaction ends.

        Writers that are about to reference a blob take it shared, the sweeper takes it
        exclusive: so no blob is swept between being found present and being referenced.
        """

    def used(self, keys: Collection[str]) -> set[str]:
        """Those of ``keys`` that some row references."""

    def all(self) -> Iterator[tuple[str, str]]:
        """Every (blob key, what needs it), for ``reconcile``."""


class UnitOfWork(Protocol):
    """The repositories of one transaction."""

    @property
    def assets(self) -> Assets:
        """Assets, tags, categorizations."""

    @property
    def accounts(self) -> Accounts:
        """Clouds and keys."""

    @property
    def presets(self) -> Presets:
        """Upload presets."""

    @property
    def chunked_uploads(self) -> ChunkedUploads:
        """Uploads in chunks."""

    @property
    def blobs(self) -> BlobReferences:
        """References to blobs."""


class Database(Protocol):
    """Runs works in transactions."""

    async def read(self, work: Callable[[UnitOfWork], T]) -> T:
        """Run ``work`` on a snapshot; it must not write."""

    async def read_hot(self, work: Callable[[UnitOfWork], T]) -> T:
        """Like :meth:`read`, for works of one or two indexed look-ups.

        An embedded database runs it on the spot: a hop to a thread costs several times
        what the look-up does. Each look-up by itself sees a snapshot.
        """

    async def write(self, work: Callable[[UnitOfWork], T]) -> T:
        """Run ``work`` and make it durable before returning.

        Works that arrive together may share one commit; each still succeeds or fails alone.
        """

    async def close(self) -> None:
        """Finish what is running and let go of the connections."""
