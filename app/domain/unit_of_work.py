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

from app.domain.accounts import ApiKey, Cloud, DeliveryMode, FolderMode
from app.domain.assets import (
    Asset,
    AssetKey,
    AssetPage,
    AssetQuery,
    AssetVersion,
    Categorization,
    Tag,
)
from app.domain.chunks import Chunk, ChunkedUpload
from app.domain.derivatives import (
    Derivative,
    NamedTransformation,
    TransformationName,
    TransformationUse,
)
from app.domain.detail import Detail
from app.domain.jobs import Jobs
from app.domain.metadata.ports import MetadataFields, MetadataRules
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

    def set_moderations(self, asset: Asset) -> None:
        """Store the asset's moderations in place of its former ones."""

    def fingerprints(self, cloud_id: int) -> list[tuple[str, str]]:
        """Asset id and perceptual hash of every picture of a cloud that has one."""

    def has_display_name(self, asset: Asset, name: str) -> bool:
        """Whether another asset in the asset's folder is called so."""

    def delete(self, asset_id: str) -> None:
        """Remove the asset and everything known of it, its derivatives among it.

        A missing one is no error.
        """

    def page(self, query: AssetQuery) -> AssetPage:
        """One page of assets, with tags, context and states of moderations, nothing else."""

    def tag_words(
        self, cloud_id: int, resource_type: str, prefix: str, limit: int, after: str
    ) -> list[str]:
        """Distinct tag words in ascending order, those greater than ``after``."""


class Versions(Protocol):
    """Versions of assets whose bytes are kept: backups."""

    def add(self, version: AssetVersion) -> None:
        """Keep a version."""

    def of(self, asset_id: str) -> list[AssetVersion]:
        """An asset's kept versions, the newest first."""

    def delete(self, asset_id: str, version_ids: Collection[str]) -> dict[str, str]:
        """Let go of versions.

        Returns:
            The ids of those that were there, with their blob keys.
        """


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

    def set_folder_mode(self, cloud_id: int, mode: FolderMode) -> None:
        """Choose what folders are in a cloud."""

    def set_delivery(self, cloud_id: int, mode: DeliveryMode) -> None:
        """Choose which transformations the cloud's unsigned delivery URLs may ask for."""


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


class Derivatives(Protocol):
    """Derived images of assets."""

    def get(self, asset_id: str, key: str) -> Derivative | None:
        """The derivative of an asset with that key."""

    def put(self, derivative: Derivative) -> None:
        """Store it; one with the same asset and key keeps its id and time of creation.

        Does nothing if the asset is gone.
        """

    def touch(self, ids: Collection[str], when: datetime) -> None:
        """Remember that they were used."""

    def page(self, asset_id: str, limit: int, after: str = "") -> list[Derivative]:
        """Derivatives of an asset by ascending key, those whose key is greater than ``after``."""

    def by_transformation(
        self,
        cloud_id: int,
        name: TransformationName,
        limit: int,
        after: tuple[str, str] = ("", ""),
    ) -> list[tuple[Asset, Derivative]]:
        """Derivatives made by a transformation, with their assets (without tags).

        Ordered by extension and id; those whose pair of both is greater than ``after``.
        """

    def usage(self, cloud_id: int, limit: int, after: str = "") -> list[TransformationUse]:
        """What the cloud's derivatives were made by, ordered by text and extension.

        Those beyond the :attr:`~TransformationUse.name` that ``after`` gives, without those
        that are nothing but a call of one named transformation (``t_thumb``).
        """

    def texts(self, cloud_id: int, part: str) -> list[str]:
        """The different transformations of the cloud's derivatives that contain ``part``.

        Letters match in either case: the caller looks again.
        """

    def count(self, cloud_id: int, texts: Collection[str]) -> int:
        """How many derivatives the cloud has that were made by one of these transformations."""

    def delete(self, cloud_id: int | None, ids: Collection[str]) -> dict[str, str]:
        """Remove derivatives of a cloud, of any cloud for ``None``.

        Returns:
            The ids that were there, with their blob keys.
        """

    def delete_of(
        self, asset_id: str, names: Collection[TransformationName] | None = None
    ) -> list[str]:
        """Remove an asset's derivatives: all, or those made by the named transformations.

        Returns:
            The blob key of each of them.
        """

    def delete_made_by(self, cloud_id: int, names: Collection[TransformationName]) -> list[str]:
        """Remove the cloud's derivatives made by these transformations; the blob key of each."""

    def total_bytes(self) -> int:
        """Bytes of all derivatives."""

    def least_recent(self, limit: int) -> list[Derivative]:
        """Those that were not used for longest, the longest first."""

    def blobs(self) -> Iterator[tuple[str, str]]:
        """Every derivative's id and blob key, for ``reconcile``."""


class Transformations(Protocol):
    """Transformations of a cloud that have a name, or a setting of their own."""

    def get(self, cloud_id: int, name: str) -> NamedTransformation | None:
        """A transformation by name."""

    def put(self, cloud_id: int, transformation: NamedTransformation) -> None:
        """Create it or overwrite the one of that name."""

    def delete(self, cloud_id: int, name: str) -> bool:
        """Remove it; whether it was there."""

    def page(
        self, cloud_id: int, *, named: bool, limit: int, after: str = ""
    ) -> list[NamedTransformation]:
        """Named ones by name, or unnamed ones by text and extension; those beyond ``after``."""

    def containing(self, cloud_id: int, part: str) -> list[NamedTransformation]:
        """The named ones whose definitions contain ``part``, in either case."""


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
        """Every (blob key, what is lost without it), for ``reconcile``.

        Derivatives are not among them: they can be made again.
        """


class UnitOfWork(Protocol):
    """The repositories of one transaction."""

    @property
    def assets(self) -> Assets:
        """Assets, tags, categorizations."""

    @property
    def versions(self) -> Versions:
        """Kept versions of assets."""

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
    def derivatives(self) -> Derivatives:
        """Derived images."""

    @property
    def transformations(self) -> Transformations:
        """Named and allowed transformations."""

    @property
    def metadata_fields(self) -> MetadataFields:
        """Structured metadata fields."""

    @property
    def metadata_rules(self) -> MetadataRules:
        """Conditional metadata rules."""

    @property
    def jobs(self) -> Jobs:
        """Background jobs."""

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
