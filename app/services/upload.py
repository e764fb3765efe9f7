"""Use case: store one file as an asset (CONTRACT B).

The order is the promise: look at the bytes, make them durable, and only then commit the
row. A crash in between leaves at most a blob that nothing references, which ``reconcile``
sweeps; never a row without bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from app.domain import coordinates
from app.domain.access import AccessRule
from app.domain.accounts import Cloud
from app.domain.assets import Asset, AssetKey, Tag
from app.domain.errors import BadRequest, RateLimited
from app.domain.faces import Box
from app.domain.moderation import ModerationRequest
from app.domain.ports import BlobInfo, BlobStore, IncomingBlob
from app.domain.unit_of_work import Database, UnitOfWork
from app.services.blobs import BlobJanitor
from app.services.categorize import METADATA, Categorizer, Look, Wanted
from app.services.examine import Examined, Examiner, File, SizeLimits
from app.services.incoming import Incoming
from app.services.metadata_commands import cleaned
from app.services.moderate import Moderator
from app.services.naming import Naming, choose_display_name, choose_folder, choose_public_id
from app.services.new_assets import new_asset
from app.services.placing import with_unique_display_name
from app.services.versions import keep_version


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
        metadata: values of structured metadata fields, as given.
        clear_invalid: whether values that do not fit are dropped rather than refused.
        incoming: what is to become of a picture before it is stored.
        backup: whether the version is kept when it is replaced or deleted.
        derives: whether pictures will be made of it, which videos have none of.
        made: whether the service made the file of others: nobody was asked for its metadata, so
            that mandatory fields may stay empty and defaults do not apply.
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
    metadata: Mapping[str, Any] = field(default_factory=dict)
    clear_invalid: bool = False
    incoming: Incoming = field(default_factory=Incoming)
    moderations: tuple[ModerationRequest, ...] = ()
    regions: Mapping[str, Any] = field(default_factory=dict)
    headers: tuple[str, ...] = ()
    quality_override: str = ""
    backup: bool = False
    derives: bool = False
    made: bool = False
    access_key: str = ""


@dataclass(frozen=True, slots=True)
class UploadOutcome:
    """The asset as it now is, and what happened to the one that had its name before."""

    asset: Asset
    existing: bool = False
    overwritten: bool = False


class UploadAsset:
    """Stores uploads."""

    def __init__(
        self,
        database: Database,
        blobs: BlobStore,
        examiner: Examiner,
        categorizer: Categorizer,
        moderator: Moderator,
        janitor: BlobJanitor,
    ) -> None:
        self._database = database
        self._blobs = blobs
        self._examiner = examiner
        self._categorizer = categorizer
        self._moderator = moderator
        self._janitor = janitor

    @property
    def limits(self) -> SizeLimits:
        """Largest accepted files."""
        return self._examiner.limits

    def check(self, wanted: Wanted, moderations: tuple[ModerationRequest, ...]) -> None:
        """Refuse add-ons that do not run here, before a file is fetched or put off.

        Raises:
            RateLimited: the answer of an account without that subscription.
        """
        self._categorizer.check(wanted.addons)
        self._moderator.check(moderations)

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
        self.check(command.wanted, command.moderations)
        cloud = command.cloud
        file = self._examiner.identify(command.blob, command.filename, command.resource_type)
        if command.derives and file.resource_type == "video":
            raise BadRequest("Transformations of video files are not supported")
        public_id = choose_public_id(command.naming, file.resource_type, file.stem, file.extension)
        key = AssetKey(file.resource_type, command.type, public_id)
        stored = await self._database.read_hot(lambda unit: unit.assets.get(cloud.id, key))
        if stored is not None and not command.overwrite and not stored.placeholder:
            return UploadOutcome(stored, existing=True)
        incoming = replace(
            command.incoming, faces=command.face_coordinates, custom=command.custom_coordinates
        )
        examined = await self._examiner.examine(
            file, cloud, command.wanted, incoming, command.allowed_formats
        )
        try:
            said = await self._moderator(
                cloud,
                command.moderations,
                _phash(examined.look),
                stored.asset_id if stored else "",
            )
            info = await self._janitor.keep(examined.blob)
        finally:
            examined.blob.discard()
        draft = replace(_draft(command, key, file, examined, info), moderations=said)
        return await self._commit(command, draft)

    async def _commit(self, command: UploadCommand, draft: Asset) -> UploadOutcome:
        released: tuple[str, ...] = (draft.blob_key,)
        try:
            outcome, released = await self._database.write(
                lambda unit: _commit(unit, self._blobs, draft, command)
            )
        finally:
            self._janitor.release(released)
        return outcome


def _draft(
    command: UploadCommand, key: AssetKey, file: File, examined: Examined, info: BlobInfo
) -> Asset:
    """The asset as it will be if its name is free; version and id are settled on commit."""
    naming, look = command.naming, examined.look
    tags = tuple(Tag(word) for word in command.tags)
    if command.threshold is not None and look is not None:
        tags += look.tags(command.threshold)
    draft = replace(
        new_asset(command.cloud, key, info),
        asset_folder=choose_folder(naming, key.public_id, command.cloud.folder_mode),
        display_name=choose_display_name(naming, key.public_id, file.stem),
        original_filename=None if naming.discard_original_filename else file.stem or "file",
        original_extension=file.extension,
        access_key=command.access_key,
        context=command.context,
        access_control=command.access_control,
        headers=command.headers,
        backup=command.backup,
        tags=tags,
    )
    if look is not None:
        return _with_look(draft, command, look)
    if (media := examined.media) is not None:
        # Titles, makers and dates are shown where they are asked for, like those of pictures.
        analyses = {METADATA: dict(media.metadata)}
        draft = replace(draft, width=media.width, height=media.height, pages=0)
        return replace(draft, format=file.format, media=media.reply(), analyses=analyses)
    return draft


def _with_look(draft: Asset, command: UploadCommand, look: Look) -> Asset:
    """The asset of a picture with what was seen in it."""
    inspection = look.inspection
    faces = look.face_boxes() if command.wanted.faces else None
    given = bool(command.face_coordinates)
    if given:
        boxes, width, height = command.face_coordinates, inspection.width, inspection.height
        faces = coordinates.clip_sizes(boxes, width, height)
    return replace(
        draft,
        format=inspection.format,
        width=inspection.width,
        height=inspection.height,
        pages=inspection.pages,
        faces=faces,
        faces_given=given,
        custom_coordinates=command.custom_coordinates,
        regions=command.regions,
        phash=_phash(look),
        analyses={name: value for name, value in look.analyses.items() if name != "phash"},
        quality_override=command.quality_override,
        categorizations=look.categorizations,
        info=look.info({}),
    )


def _phash(look: Look | None) -> str:
    return str(look.analyses.get("phash", "")) if look else ""


def _commit(
    unit: UnitOfWork, blobs: BlobStore, draft: Asset, command: UploadCommand
) -> tuple[UploadOutcome, tuple[str, ...]]:
    """Write the row; also the keys of blobs that it may have released."""
    unit.blobs.guard()
    if not blobs.exists(draft.blob_key):
        # The sweeper was faster; the bytes would be lost although we had kept them.
        raise RateLimited("The upload was interrupted. Try again.")
    old = unit.assets.get(draft.cloud_id, draft.key, lock=True)
    if old is not None and not command.overwrite and not old.placeholder:
        return UploadOutcome(old, existing=True), (draft.blob_key,)
    asset = replace(draft, metadata=_metadata(unit, command))
    if command.naming.unique_display_name:
        asset = with_unique_display_name(unit, asset)
    if old is None:
        unit.assets.add(asset)
        keep_version(unit, asset)
        return UploadOutcome(asset), ()
    # Two uploads within one second still get different versions, or caches could not tell.
    asset = replace(asset, asset_id=old.asset_id, version=max(asset.version, old.version + 1))
    unit.assets.replace(asset)
    keep_version(unit, asset)
    derived = unit.derivatives.delete_of(asset.asset_id)
    outcome = UploadOutcome(asset, overwritten=not old.placeholder)
    return outcome, (old.blob_key, *derived)


def _metadata(unit: UnitOfWork, command: UploadCommand) -> dict[str, Any]:
    return cleaned(
        unit,
        command.cloud,
        command.metadata,
        {},
        clear_invalid=command.clear_invalid,
        creating=not command.made,
    )
