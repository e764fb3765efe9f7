"""Use case: store one file as an asset (CONTRACT B).

The order is the promise: look at the bytes, make them durable, and only then commit the
row. A crash in between leaves at most a blob that nothing references, which ``reconcile``
sweeps; never a row without bytes.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from app.domain import coordinates, public_ids
from app.domain.access import AccessRule
from app.domain.accounts import Cloud
from app.domain.addons import tags_above
from app.domain.assets import Asset, AssetKey, ResourceType, Tag
from app.domain.errors import BadRequest, InvalidImage, RateLimited
from app.domain.faces import Box
from app.domain.images import MediaKind
from app.domain.ports import BlobInfo, BlobStore, Imager, IncomingBlob
from app.domain.unit_of_work import Database, UnitOfWork
from app.services.blobs import BlobJanitor, head
from app.services.categorize import Categorizer, Look, Wanted

#: Formats that clients name in several ways.
FORMAT_ALIASES = {"jpeg": "jpg", "jpe": "jpg", "tiff": "tif", "heif": "heic"}


@dataclass(frozen=True, slots=True)
class Naming:
    """How the asset is to be called and where it is to be placed (CONTRACT B2, B6)."""

    public_id: str = ""
    public_id_prefix: str = ""
    folder: str = ""
    asset_folder: str | None = None
    use_asset_folder_as_public_id_prefix: bool = False
    display_name: str = ""
    use_filename: bool = False
    unique_filename: bool = True
    discard_original_filename: bool = False


@dataclass(frozen=True, slots=True)
class UploadCommand:
    """One upload, read from the request and its preset.

    Attributes:
        resource_type: of the endpoint; ``auto`` lets the bytes decide.
        filename: name of the file with its extension, "" if it has none.
        threshold: ``auto_tagging``; ``None`` leaves the tags alone.
        face_coordinates: boxes of faces, which stand in for those that would be found; empty
            if none are given.
        custom_coordinates: rectangles for ``g_custom``.
        access_key: key that signed it; "" for unsigned uploads.
    """

    cloud: Cloud
    resource_type: str
    blob: IncomingBlob
    type: str = "upload"
    filename: str = ""
    naming: Naming = field(default_factory=Naming)
    overwrite: bool = True
    tags: tuple[str, ...] = ()
    context: Mapping[str, str] = field(default_factory=dict)
    wanted: Wanted = field(default_factory=Wanted)
    threshold: float | None = None
    allowed_formats: tuple[str, ...] = ()
    face_coordinates: tuple[Box, ...] = ()
    custom_coordinates: tuple[Box, ...] = ()
    access_control: tuple[AccessRule, ...] = ()
    access_key: str = ""


@dataclass(frozen=True, slots=True)
class UploadOutcome:
    """The asset as it now is, and what happened to the one that had its name before."""

    asset: Asset
    existing: bool = False
    overwritten: bool = False


@dataclass(frozen=True, slots=True)
class UploadLimits:
    """Largest accepted files in bytes."""

    image: int
    raw: int


class UploadAsset:
    """Stores uploads."""

    def __init__(
        self,
        database: Database,
        blobs: BlobStore,
        imager: Imager,
        categorizer: Categorizer,
        janitor: BlobJanitor,
        limits: UploadLimits,
    ) -> None:
        self._database = database
        self._blobs = blobs
        self._imager = imager
        self._categorizer = categorizer
        self._janitor = janitor
        self.limits = limits

    async def __call__(self, command: UploadCommand) -> UploadOutcome:
        """Store it; the blob is kept or discarded in any case.

        Raises:
            BadRequest: bytes, names or formats that are refused; nothing has changed then.
            RateLimited: an add-on without subscription, or overload.
        """
        try:
            return await self._store(command)
        finally:
            command.blob.discard()

    async def _store(self, command: UploadCommand) -> UploadOutcome:
        if command.blob.size == 0:
            raise BadRequest("Empty file")
        self._categorizer.check(command.wanted.addons)
        kind, detected = self._imager.sniff(head(command.blob.source()))
        resource_type = decide_resource_type(command.resource_type, kind, detected)
        self._check_size(resource_type, command.blob.size)
        stem, extension = public_ids.split_filename(command.filename)
        file_format = detected if resource_type == "image" else extension
        _check_allowed(command.allowed_formats, resource_type, file_format)
        public_id = choose_public_id(command.naming, resource_type, stem, extension)
        key = AssetKey(resource_type, command.type, public_id)
        if not command.overwrite:
            stored = await self._database.read(lambda u: u.assets.get(command.cloud.id, key))
            if stored is not None:
                return UploadOutcome(stored, existing=True)
        look = None
        if resource_type == "image":
            look = await self._categorizer.look(
                command.blob.source(), command.wanted, command.cloud
            )
        info = await self._janitor.keep(command.blob)
        draft = _draft(command, key, info, look, stem, extension)
        released: tuple[str, ...] = (info.key,)
        try:
            outcome, released = await self._database.write(
                lambda unit: _commit(unit, self._blobs, draft, overwrite=command.overwrite)
            )
        finally:
            self._janitor.release(released)
        return outcome

    def _check_size(self, resource_type: ResourceType, size: int) -> None:
        limit = self.limits.image if resource_type == "image" else self.limits.raw
        if size > limit:
            raise BadRequest(f"File size too large. Got {size}. Maximum is {limit}.")


def decide_resource_type(endpoint: str, kind: MediaKind, detected: str) -> ResourceType:
    """What an upload to ``endpoint`` becomes, by what its bytes are.

    Raises:
        BadRequest: the endpoint does not take such files.
    """
    if endpoint == "raw":
        return "raw"
    if endpoint == "video":
        raise BadRequest("Unsupported video format or file")
    if kind == "image":
        return "image"
    if kind in ("audio", "video"):
        if endpoint == "image":
            raise InvalidImage
        raise BadRequest("Unsupported video format or file")
    if kind in ("pdf", "svg"):
        raise InvalidImage(f"Invalid image file - {detected} is not supported")
    if endpoint == "image":
        raise InvalidImage
    return "raw"


def choose_public_id(naming: Naming, resource_type: ResourceType, stem: str, extension: str) -> str:
    """The full public id of an upload (CONTRACT B6).

    Raises:
        BadRequest: ``public_id (<id>) is invalid``.
    """
    if naming.public_id:
        if naming.public_id.startswith("/"):
            public_ids.check(naming.public_id)
        name = naming.public_id
    else:
        if naming.use_filename and stem:
            name = public_ids.from_filename(stem, unique=naming.unique_filename)
        else:
            name = public_ids.random_id()
        if resource_type == "raw" and extension:
            name = f"{name}.{extension}"
    prefix = naming.public_id_prefix or naming.folder
    if not prefix and naming.use_asset_folder_as_public_id_prefix:
        prefix = naming.asset_folder or ""
    return public_ids.check(f"{prefix.strip('/')}/{name}" if prefix.strip("/") else name)


def _check_allowed(allowed: tuple[str, ...], resource_type: ResourceType, file_format: str) -> None:
    names = {FORMAT_ALIASES.get(name.lower(), name.lower()) for name in allowed}
    if names and FORMAT_ALIASES.get(file_format, file_format) not in names:
        raise BadRequest(f"{resource_type.capitalize()} file format {file_format} not allowed")


def _draft(
    command: UploadCommand,
    key: AssetKey,
    info: BlobInfo,
    look: Look | None,
    stem: str,
    extension: str,
) -> Asset:
    """The asset as it will be if its name is free; version and id are settled on commit."""
    now = datetime.now(UTC).replace(microsecond=0)
    naming = command.naming
    inspection = look.inspection if look else None
    results = look.categorizations if look else ()
    tags = tuple(Tag(word) for word in command.tags)
    if command.threshold is not None:
        tags += tags_above(results, command.threshold)
    folder = naming.asset_folder if naming.asset_folder is not None else naming.folder
    faces = look.face_boxes() if look and command.wanted.faces else None
    given = inspection is not None and bool(command.face_coordinates)
    if inspection is not None and given:
        width, height = inspection.width, inspection.height
        faces = coordinates.clip_sizes(command.face_coordinates, width, height)
    return Asset(
        asset_id=uuid.uuid4().hex,
        cloud_id=command.cloud.id,
        resource_type=key.resource_type,
        type=key.type,
        public_id=key.public_id,
        version=int(now.timestamp()),
        version_id=uuid.uuid4().hex,
        bytes=info.size,
        etag=info.md5,
        blob_key=info.key,
        created_at=now,
        updated_at=now,
        format=inspection.format if inspection else None,
        width=inspection.width if inspection else None,
        height=inspection.height if inspection else None,
        pages=inspection.pages if inspection else None,
        asset_folder=folder.strip("/"),
        display_name=naming.display_name or key.public_id.rpartition("/")[2],
        original_filename=None if naming.discard_original_filename else stem or "file",
        original_extension=extension,
        access_key=command.access_key,
        context=command.context,
        faces=faces,
        faces_given=given,
        custom_coordinates=command.custom_coordinates if inspection else (),
        access_control=command.access_control,
        tags=tags,
        categorizations=results,
    )


def _commit(
    unit: UnitOfWork, blobs: BlobStore, draft: Asset, *, overwrite: bool
) -> tuple[UploadOutcome, tuple[str, ...]]:
    """Write the row; also the keys of blobs that it may have released."""
    unit.blobs.guard()
    if not blobs.exists(draft.blob_key):
        # The sweeper was faster; the bytes would be lost although we had kept them.
        raise RateLimited("The upload was interrupted. Try again.")
    old = unit.assets.get(draft.cloud_id, draft.key, lock=True)
    if old is None:
        unit.assets.add(draft)
        return UploadOutcome(draft), ()
    if not overwrite:
        return UploadOutcome(old, existing=True), (draft.blob_key,)
    # Two uploads within one second still get different versions, or caches could not tell.
    asset = replace(draft, asset_id=old.asset_id, version=max(draft.version, old.version + 1))
    unit.assets.replace(asset)
    derived = unit.derivatives.delete_of(asset.asset_id)
    return UploadOutcome(asset, overwritten=True), (old.blob_key, *derived)
