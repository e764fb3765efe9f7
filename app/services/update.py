"""Use case: change what is known of a stored asset.

Serves both the Admin API's update and the Upload API's explicit: given values replace the
stored ones, what is not given stays, and categorization adds its tags to what is there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from app.domain.access import AccessRule
from app.domain.accounts import Cloud
from app.domain.addons import tags_above
from app.domain.assets import Asset, AssetKey, Tag
from app.domain.errors import NotFound
from app.domain.faces import Box
from app.domain.ports import BlobStore
from app.domain.unit_of_work import Database, UnitOfWork
from app.services.blobs import BlobJanitor
from app.services.categorize import Categorizer, Look, Wanted


@dataclass(frozen=True, slots=True)
class UpdateCommand:
    """What is to change; ``None`` leaves a value alone.

    Attributes:
        target: the asset's key, or its asset id.
        threshold: ``auto_tagging``; ``None`` leaves the tags alone.
        face_coordinates: boxes that replace found ones; empty forgets the given ones.
        custom_coordinates: rectangles for ``g_custom``; empty forgets them.
        access_control: who may fetch it; empty lets everybody.
    """

    cloud: Cloud
    target: AssetKey | str
    tags: tuple[str, ...] | None = None
    context: Mapping[str, str] | None = None
    asset_folder: str | None = None
    display_name: str | None = None
    wanted: Wanted = field(default_factory=Wanted)
    threshold: float | None = None
    face_coordinates: tuple[Box, ...] | None = None
    custom_coordinates: tuple[Box, ...] | None = None
    access_control: tuple[AccessRule, ...] | None = None

    @property
    def name(self) -> str:
        """The target as messages call it."""
        return self.target if isinstance(self.target, str) else self.target.public_id


def find(
    unit: UnitOfWork, cloud: Cloud, target: AssetKey | str, *, lock: bool = False
) -> Asset | None:
    """An asset by key or by asset id."""
    if isinstance(target, str):
        return unit.assets.get_by_id(cloud.id, target, lock=lock)
    return unit.assets.get(cloud.id, target, lock=lock)


class UpdateAsset:
    """Updates stored assets."""

    def __init__(
        self,
        database: Database,
        blobs: BlobStore,
        categorizer: Categorizer,
        janitor: BlobJanitor,
    ) -> None:
        self._database = database
        self._blobs = blobs
        self._categorizer = categorizer
        self._janitor = janitor

    async def __call__(self, command: UpdateCommand) -> Asset:
        """Apply the command and return the asset as it now is.

        Raises:
            NotFound: ``Resource not found - <public_id>``.
            RateLimited: an add-on without subscription, or overload.
        """
        self._categorizer.check(command.wanted.addons)
        while True:
            asset = await self._database.read(lambda u: find(u, command.cloud, command.target))
            if asset is None:
                raise NotFound(f"Resource not found - {command.name}")
            look = await self._look(asset, command)
            version_id = asset.version_id
            updated, stale = await self._database.write(
                lambda unit: _apply(unit, command, look, version_id)  # noqa: B023 - awaited at once
            )
            self._janitor.release(stale)
            if updated is not None:
                return updated
            # The bytes were overwritten while we looked at the former ones: look again.

    async def with_faces(self, cloud: Cloud, asset: Asset) -> Asset:
        """The asset with its faces, which are looked for now if nobody has before.

        They stay ``None`` on what is no picture, and where there is no face detector.

        Raises:
            NotFound: the asset has just been deleted.
            RateLimited: overload.
        """
        unknown = asset.faces is None and asset.resource_type == "image"
        if not unknown or not self._categorizer.finds_faces:
            return asset
        return await self(UpdateCommand(cloud, asset.asset_id, wanted=Wanted(faces=True)))

    async def _look(self, asset: Asset, command: UpdateCommand) -> Look | None:
        wanted = command.wanted
        if asset.faces_given and command.face_coordinates is None:
            wanted = replace(wanted, faces=False)  # what a person has said stands
        # Tagging add-ons see pictures; on raw assets they are ignored (CONTRACT H20).
        if not wanted or asset.resource_type != "image":
            return None
        source = self._blobs.path(asset.blob_key)
        return await self._categorizer.look(source, wanted, command.cloud)


def _apply(
    unit: UnitOfWork,
    command: UpdateCommand,
    look: Look | None,
    version_id: str,
) -> tuple[Asset | None, list[str]]:
    """Write the change; ``None`` when the bytes are no longer those that were looked at.

    Also the keys of blobs that it may have released.
    """
    asset = find(unit, command.cloud, command.target, lock=True)
    if asset is None:
        raise NotFound(f"Resource not found - {command.name}")
    if look and asset.version_id != version_id:
        return None, []
    changed = _changed(asset, command, look)
    unit.assets.save_columns(changed)
    stale = []
    if _places(changed) != _places(asset):
        # What was cropped by the former ones would be served for ever.
        stale = unit.derivatives.delete_of(asset.asset_id)
    if command.tags is not None:
        unit.assets.set_tags(asset.asset_id, tuple(Tag(word) for word in command.tags))
    results = look.categorizations if look else ()
    for result in results:
        unit.assets.set_categorization(asset.asset_id, result)
    if command.threshold is not None:
        unit.assets.add_tags(asset.asset_id, tags_above(results, command.threshold))
    return find(unit, command.cloud, asset.asset_id), stale


def _changed(asset: Asset, command: UpdateCommand, look: Look | None) -> Asset:
    """The asset with its own columns changed."""
    changes: dict[str, object] = {"updated_at": datetime.now(UTC).replace(microsecond=0)}
    for name in ("context", "asset_folder", "display_name", "access_control"):
        value = getattr(command, name)
        if value is not None:
            changes[name] = value
    boxes = look.face_boxes() if look and command.wanted.faces else None
    given = command.face_coordinates
    if asset.resource_type == "image":
        if command.custom_coordinates is not None:
            changes["custom_coordinates"] = command.custom_coordinates
        if given:
            changes |= {"faces": given, "faces_given": True}
        elif given is not None and asset.faces_given:
            changes |= {"faces": boxes, "faces_given": False}
        elif boxes is not None and not asset.faces_given:
            # A detector that failed does not cost the boxes found before.
            changes["faces"] = boxes
    return replace(asset, **changes)  # type: ignore[arg-type]  # names are the fields'


def _places(asset: Asset) -> tuple[tuple[Box, ...], tuple[Box, ...]]:
    """What crops of the asset go by; nobody having looked for faces is like finding none."""
    return asset.faces or (), asset.custom_coordinates
