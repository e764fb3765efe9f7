"""Assets and what is known of them: the rows behind every upload and resource reply."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, NamedTuple, TypeAlias

from app.domain.access import AccessRule
from app.domain.categories import Category
from app.domain.faces import Box
from app.domain.moderation import Moderation, is_rejected

ResourceType: TypeAlias = Literal["image", "video", "raw"]
RESOURCE_TYPES: tuple[ResourceType, ...] = ("image", "video", "raw")

#: Where an asset lives and who may fetch it. Uploads know these three; the Admin API names more.
DELIVERY_TYPES = ("upload", "private", "authenticated")

#: Types that stored assets may have: those of uploads, and of what was fetched or made.
STORED_TYPES = (*DELIVERY_TYPES, "fetch", "text", "sprite", "multi")

#: The source of a tag that a person (or a preset) gave. Any other source is an add-on's name.
USER = "user"


@dataclass(frozen=True, slots=True)
class AssetKey:
    """What makes an asset unique within a cloud."""

    resource_type: ResourceType
    type: str
    public_id: str


class Tag(NamedTuple):
    """A tag with its provenance.

    One word may be there several times, once for each source, so that an engine's own
    tags can be replaced or undone without touching a person's.

    Attributes:
        word: the tag as stored and returned.
        source: :data:`USER`, or the add-on that produced it (``imagga_tagging``).
        engine, model_version: what produced it; empty for people.
    """

    word: str
    source: str = USER
    engine: str = ""
    model_version: str = ""


@dataclass(frozen=True, slots=True)
class Categorization:
    """The result of one add-on on one asset.

    Attributes:
        addon: the name it was asked for by, e.g. ``imagga_tagging``.
        engine, model_version: what computed it.
        status: ``complete``, ``pending`` or ``failed``.
        languages: codes of the request's suffix in request order; empty without a suffix.
        categories: everything the engine returned, by descending confidence.
    """

    addon: str
    engine: str
    model_version: str
    status: Literal["complete", "pending", "failed"]
    languages: tuple[str, ...] = ()
    categories: tuple[Category, ...] = ()


@dataclass(frozen=True, slots=True)
class Asset:
    """One stored asset.

    Attributes:
        asset_id: 32 hex digits, kept across overwrites and renames.
        version: Unix seconds of the last change of the bytes; strictly growing per asset.
        version_id: 32 hex digits, new with every version.
        format: normalised extension; ``None`` for raw assets.
        width, height, pages: pixels and frames; ``None`` for raw assets.
        bytes: size of the stored original.
        etag: MD5 of the stored original, lower-case hex.
        blob_key: SHA-256 of the stored original, its address in the blob store.
        created_at: UTC; moves to the time of the upload on overwrite.
        updated_at: UTC; last change of anything.
        asset_folder, display_name: placement in the media library.
        original_filename: without extension; ``None`` when discarded.
        original_extension: lower case, without the dot, may be empty.
        access_key: API key that uploaded it, empty for unsigned uploads.
        context: custom key-value pairs.
        faces: boxes of faces: as a person gave them, else as found, by descending size. Given
            ones may reach beyond the picture. ``None`` if nobody has given or looked for any.
        faces_given: whether a person gave them (``face_coordinates``).
        custom_coordinates: rectangles that a person gave; may reach beyond the picture.
        access_control: who may fetch it, and when; empty for everybody.
        metadata: values of structured metadata fields by external id.
        regions: named polygons, lists of (x, y) in pixels.
        headers: lines (``Name: value``) that deliveries of it carry.
        phash: perceptual hash of a picture, 16 hex digits; empty if it has none.
        analyses: what was found out about the present bytes, by the keys of replies
            (``colors``, ``quality_analysis`` …).
        media: facts of a video or audio file, by the keys of replies (``duration`` …).
        info: results of add-ons beside categorization, by group (``detection``, ``ocr`` …).
        quality_override: what ``q_auto`` stands for; empty leaves it to the picture.
        backup: whether versions of it are kept when they are replaced or deleted.
        placeholder: whether its bytes were deleted, or refused, and only this row is left.
        moderations: what moderators say of it, in the order they were asked.
        tags: in the order of the reply when just made, alphabetical when read from the database.
        categorizations: one for each add-on that has looked at it.
    """

    asset_id: str
    cloud_id: int
    resource_type: ResourceType
    type: str
    public_id: str
    version: int
    version_id: str
    bytes: int
    etag: str
    blob_key: str
    created_at: datetime
    updated_at: datetime
    format: str | None = None
    width: int | None = None
    height: int | None = None
    pages: int | None = None
    asset_folder: str = ""
    display_name: str = ""
    original_filename: str | None = None
    original_extension: str = ""
    access_key: str = ""
    context: Mapping[str, str] = field(default_factory=dict)
    faces: tuple[Box, ...] | None = None
    faces_given: bool = False
    custom_coordinates: tuple[Box, ...] = ()
    access_control: tuple[AccessRule, ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)
    regions: Mapping[str, Any] = field(default_factory=dict)
    headers: tuple[str, ...] = ()
    phash: str = ""
    analyses: Mapping[str, Any] = field(default_factory=dict)
    media: Mapping[str, Any] = field(default_factory=dict)
    info: Mapping[str, Any] = field(default_factory=dict)
    quality_override: str = ""
    backup: bool = False
    placeholder: bool = False
    moderations: tuple[Moderation, ...] = ()
    tags: tuple[Tag, ...] = ()
    categorizations: tuple[Categorization, ...] = ()

    @property
    def key(self) -> AssetKey:
        """What makes it unique within its cloud."""
        return AssetKey(self.resource_type, self.type, self.public_id)

    @property
    def hidden(self) -> bool:
        """Whether there is nothing to deliver: its bytes are deleted, or it was rejected."""
        return self.placeholder or is_rejected(self.moderations)

    @property
    def tag_words(self) -> tuple[str, ...]:
        """Each tag once, in the order of :attr:`tags`."""
        return tuple(dict.fromkeys(tag.word for tag in self.tags))


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page of a listing ended: the sort value and the id of its last item.

    ``value`` is the public id for prefix listings, else the ISO time of ``created_at``.
    """

    value: str
    asset_id: str


@dataclass(frozen=True, slots=True)
class AssetQuery:
    """Which assets of a cloud a listing shows, in which order.

    Unset selectors do not restrict. Deleted assets of which a backup is left are not shown.
    ``prefix`` orders by public id ascending; every
    other listing by ``created_at`` (newest first unless ``ascending``), then by asset id.
    """

    cloud_id: int
    resource_type: ResourceType | None = None
    type: str | None = None
    prefix: str | None = None
    public_ids: tuple[str, ...] | None = None
    asset_ids: tuple[str, ...] | None = None
    tag: str | None = None
    moderation: tuple[str, str] | None = None
    asset_folder: str | None = None
    start_at: datetime | None = None
    ascending: bool = False
    limit: int = 10
    after: Cursor | None = None


@dataclass(frozen=True, slots=True)
class AssetPage:
    """One page of a listing; ``next`` is where the following page begins, if there is one."""

    assets: tuple[Asset, ...]
    next: Cursor | None = None


@dataclass(frozen=True, slots=True)
class AssetVersion:
    """A version of an asset whose bytes are kept: a backup.

    Attributes:
        version_id: 32 hex digits.
        version: Unix seconds, as :attr:`Asset.version` was.
        created_at: UTC; when these bytes were uploaded.
        facts: what else belonged to these bytes, by the names of :class:`Asset`'s attributes
            (``width``, ``height``, ``pages``, ``media``, ``phash``).
    """

    version_id: str
    asset_id: str
    version: int
    bytes: int
    etag: str
    blob_key: str
    created_at: datetime
    format: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
