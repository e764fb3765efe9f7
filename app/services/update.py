"""Use case: change what is known of a stored asset.

Serves both the Admin API's update and the Upload API's explicit: given values replace the
stored ones, what is not given stays, and categorization adds its tags to what is there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from app.domain.access import AccessRule
from app.domain.accounts import Cloud
from app.domain.assets import Asset, Tag
from app.domain.errors import NotFound
from app.domain.faces import Box
from app.domain.moderation import Moderation, ModerationRequest, ModerationStatus, decided
from app.domain.ports import BlobStore
from app.domain.unit_of_work import Database, UnitOfWork
from app.services.blobs import BlobJanitor
from app.services.categorize import Categorizer, Look, Wanted
from app.services.metadata_commands import cleaned
from app.services.moderate import Moderator
from app.services.placing import with_unique_display_name
from app.services.targets import Target, find, name_of
from app.services.versions import keep_version

#: What is replaced as it is given, whatever the asset is.
_PLAIN = ("context", "asset_folder", "display_name", "access_control", "headers", "backup")


@dataclass(frozen=True, slots=True)
class UpdateCommand:
    """What is to change; ``None`` leaves a value alone.

    Attributes:
        target: the asset's key, or its asset id.
        threshold: ``auto_tagging``; ``None`` leaves the tags alone.
        face_coordinates: boxes that replace found ones; empty forgets the given ones.
        custom_coordinates: rectangles for ``g_custom``; empty forgets them.
        access_control: who may fetch it; empty lets everybody.
        metadata: values of structured metadata fields, as given; empty ones remove.
        clear_invalid: whether values that do not fit are dropped rather than refused.
        moderations: moderators to be asked anew.
        moderation_status: what a person decides on what is asked of people.
        backup: whether versions are kept from now on; the present one is then kept at once.
    """

    cloud: Cloud
    target: Target
    tags: tuple[str, ...] | None = None
    context: Mapping[str, str] | None = None
    asset_folder: str | None = None
    display_name: str | None = None
    wanted: Wanted = field(default_factory=Wanted)
    threshold: float | None = None
    face_coordinates: tuple[Box, ...] | None = None
    custom_coordinates: tuple[Box, ...] | None = None
    access_control: tuple[AccessRule, ...] | None = None
    metadata: Mapping[str, Any] | None = None
    clear_invalid: bool = False
    regions: Mapping[str, Any] | None = None
    headers: tuple[str, ...] | None = None
    quality_override: str | None = None
    unique_display_name: bool = False
    moderations: tuple[ModerationRequest, ...] = ()
    moderation_status: ModerationStatus | None = None
    backup: bool | None = None


class UpdateAsset:
    """Updates stored assets."""

    def __init__(
        self,
        database: Database,
        blobs: BlobStore,
        categorizer: Categorizer,
        moderator: Moderator,
        janitor: BlobJanitor,
    ) -> None:
        self._database = database
        self._blobs = blobs
        self._categorizer = categorizer
        self._moderator = moderator
        self._janitor = janitor

    def check(self, command: UpdateCommand) -> None:
        """Refuse add-ons that do not run here, before anything is fetched or put off.

        Raises:
            RateLimited: the answer of an account without that subscription.
        """
        self._categorizer.check(command.wanted.addons)
        self._moderator.check(command.moderations)

    async def __call__(self, command: UpdateCommand) -> Asset:
        """Apply the command and return the asset as it now is.

        Raises:
            NotFound: ``Resource not found - <public_id>``.
            RateLimited: an add-on without subscription, or overload.
        """
        self.check(command)
        while True:
            asset = await self._database.read(lambda unit: _existing(unit, command))
            look = await self._look(asset, command)
            said = await self._moderator(
                command.cloud, command.moderations, asset.phash, asset.asset_id
            )
            seen = _Seen(asset.version_id, look, said)
            updated, stale = await self._database.write(
                lambda unit: _apply(unit, command, seen)  # noqa: B023 - awaited at once
            )
            self._janitor.release(stale)
            if updated is not None:
                return updated
            # The bytes were overwritten while we looked at the former ones: look again.

    async def with_faces(self, cloud: Cloud, asset: Asset) -> Asset:
        """The asset with its faces; see :meth:`with_known`."""
        return await self.with_known(cloud, asset, faces=True)

    async def with_known(
        self,
        cloud: Cloud,
        asset: Asset,
        *,
        faces: bool = False,
        analyses: frozenset[str] = frozenset(),
    ) -> Asset:
        """The asset with what is wanted of it, which is found out now if nobody has before.

        Nothing is found out about what is no picture. Faces stay ``None`` where there is no
        face detector.

        Args:
            analyses: as in :class:`app.services.categorize.Wanted`.

        Raises:
            NotFound: the asset has just been deleted.
            RateLimited: overload.
        """
        if asset.resource_type != "image" or asset.placeholder:
            return asset
        missing = analyses - known_analyses(asset)
        unseen = faces and asset.faces is None and self._categorizer.finds_faces
        if not missing and not unseen:
            return asset
        wanted = Wanted(faces=unseen, analyses=missing)
        return await self(UpdateCommand(cloud, asset.asset_id, wanted=wanted))

    async def _look(self, asset: Asset, command: UpdateCommand) -> Look | None:
        wanted = command.wanted
        if asset.faces_given and command.face_coordinates is None:
            wanted = replace(wanted, faces=False)  # what a person has said stands
        # Tagging add-ons see pictures; on raw assets they are ignored (CONTRACT H20).
        if not wanted or asset.resource_type != "image":
            return None
        source = self._blobs.path(asset.blob_key)
        return await self._categorizer.look(source, wanted, command.cloud)


@dataclass(frozen=True, slots=True)
class _Seen:
    """What was found out about an asset, and of which version."""

    version_id: str
    look: Look | None
    moderations: tuple[Moderation, ...]


def known_analyses(asset: Asset) -> frozenset[str]:
    """The analyses whose results are stored."""
    known = set(asset.analyses)
    if asset.phash:
        known.add("phash")
    if "illustration_score" in asset.analyses:
        known.add("image_analysis")
    return frozenset(known)


def _existing(unit: UnitOfWork, command: UpdateCommand, *, lock: bool = False) -> Asset:
    asset = find(unit, command.cloud, command.target, lock=lock)
    if asset is None or asset.placeholder:
        raise NotFound(f"Resource not found - {name_of(command.target)}")
    return asset


def _apply(unit: UnitOfWork, command: UpdateCommand, seen: _Seen) -> tuple[Asset | None, list[str]]:
    """Write the change; ``None`` when the bytes are no longer those that were looked at.

    Also the keys of blobs that it may have released.
    """
    asset = _existing(unit, command, lock=True)
    look = seen.look
    if (look or seen.moderations) and asset.version_id != seen.version_id:
        return None, []
    changed = _changed(asset, command, look)
    if command.metadata is not None or command.clear_invalid:
        values = cleaned(
            unit,
            command.cloud,
            command.metadata or {},
            asset.metadata,
            clear_invalid=command.clear_invalid,
        )
        changed = replace(changed, metadata=values)
    if command.unique_display_name:
        changed = with_unique_display_name(unit, changed)
    unit.assets.save_columns(changed)
    keep_version(unit, changed)
    stale = []
    if _shows(changed) != _shows(asset):
        # What was made of the former ones would be served for ever.
        stale = unit.derivatives.delete_of(asset.asset_id)
    if command.tags is not None:
        unit.assets.set_tags(asset.asset_id, tuple(Tag(word) for word in command.tags))
    if look is not None:
        for result in look.categorizations:
            unit.assets.set_categorization(asset.asset_id, result)
        if command.threshold is not None:
            unit.assets.add_tags(asset.asset_id, look.tags(command.threshold))
    _moderate(unit, changed, command, seen)
    return find(unit, command.cloud, asset.asset_id), stale


def _moderate(unit: UnitOfWork, asset: Asset, command: UpdateCommand, seen: _Seen) -> None:
    said = asset.moderations
    if seen.moderations:
        kinds = {item.kind for item in seen.moderations}
        said = (*(item for item in said if item.kind not in kinds), *seen.moderations)
    if command.moderation_status is not None:
        said = decided(said, command.moderation_status, asset.updated_at)
    if said != asset.moderations:
        unit.assets.set_moderations(replace(asset, moderations=said))


def _changed(asset: Asset, command: UpdateCommand, look: Look | None) -> Asset:
    """The asset with its own columns changed."""
    changes: dict[str, Any] = {"updated_at": datetime.now(UTC).replace(microsecond=0)}
    for name in _PLAIN:
        value = getattr(command, name)
        if value is not None:
            changes[name] = value
    if command.cloud.folder_mode == "fixed":
        changes.pop("asset_folder", None)
    if asset.resource_type == "image":
        for name in ("custom_coordinates", "regions", "quality_override"):
            if getattr(command, name) is not None:
                changes[name] = getattr(command, name)
        changes |= _faces(asset, command, look)
        if look is not None:
            found = dict(look.analyses)
            changes["phash"] = found.pop("phash", asset.phash)
            changes["analyses"] = {**asset.analyses, **found}
            changes["info"] = look.info(asset.info)
    return replace(asset, **changes)


def _faces(asset: Asset, command: UpdateCommand, look: Look | None) -> dict[str, Any]:
    boxes = look.face_boxes() if look and command.wanted.faces else None
    given = command.face_coordinates
    if given:
        return {"faces": given, "faces_given": True}
    if given is not None and asset.faces_given:
        return {"faces": boxes, "faces_given": False}
    if boxes is not None and not asset.faces_given:
        # A detector that failed does not cost the boxes found before.
        return {"faces": boxes}
    return {}


def _shows(asset: Asset) -> tuple[object, ...]:
    """What pictures of the asset go by; nobody having looked for faces is like finding none."""
    return asset.faces or (), asset.custom_coordinates, asset.regions, asset.quality_override
