"""Use case: change what is known of a stored asset.

Serves both the Admin API's update and the Upload API's explicit: given values replace the
stored ones, what is not given stays, and categorization adds its tags to what is there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from app.domain.accounts import Cloud
from app.domain.addons import tags_above
from app.domain.assets import Asset, AssetKey, Tag
from app.domain.errors import NotFound
from app.domain.ports import BlobStore
from app.domain.unit_of_work import Database, UnitOfWork
from app.services.categorize import Categorizer, Look, Wanted


@dataclass(frozen=True, slots=True)
class UpdateCommand:
    """What is to change; ``None`` leaves a value alone.

    Attributes:
        target: the asset's key, or its asset id.
        threshold: ``auto_tagging``; ``None`` leaves the tags alone.
    """

    cloud: Cloud
    target: AssetKey | str
    tags: tuple[str, ...] | None = None
    context: Mapping[str, str] | None = None
    asset_folder: str | None = None
    display_name: str | None = None
    wanted: Wanted = field(default_factory=Wanted)
    threshold: float | None = None

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

    def __init__(self, database: Database, blobs: BlobStore, categorizer: Categorizer) -> None:
        self._database = database
        self._blobs = blobs
        self._categorizer = categorizer

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
            updated = await self._database.write(
                lambda unit: _apply(unit, command, look, version_id)  # noqa: B023 - awaited at once
            )
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
        # Tagging add-ons see pictures; on raw assets they are ignored (CONTRACT H20).
        if not command.wanted or asset.resource_type != "image":
            return None
        source = self._blobs.path(asset.blob_key)
        return await self._categorizer.look(source, command.wanted, command.cloud)


def _apply(
    unit: UnitOfWork,
    command: UpdateCommand,
    look: Look | None,
    version_id: str,
) -> Asset | None:
    """Write the change; ``None`` when the bytes are no longer those that were looked at."""
    asset = find(unit, command.cloud, command.target, lock=True)
    if asset is None:
        raise NotFound(f"Resource not found - {command.name}")
    if look and asset.version_id != version_id:
        return None
    changes: dict[str, object] = {"updated_at": datetime.now(UTC).replace(microsecond=0)}
    for name in ("context", "asset_folder", "display_name"):
        value = getattr(command, name)
        if value is not None:
            changes[name] = value
    boxes = look.face_boxes() if look and command.wanted.faces else None
    if boxes is not None:  # a detector that failed does not cost the boxes found before
        changes["faces"] = boxes
    unit.assets.save_columns(replace(asset, **changes))  # type: ignore[arg-type]  # names are the fields'
    if command.tags is not None:
        unit.assets.set_tags(asset.asset_id, tuple(Tag(word) for word in command.tags))
    results = look.categorizations if look else ()
    for result in results:
        unit.assets.set_categorization(asset.asset_id, result)
    if command.threshold is not None:
        unit.assets.add_tags(asset.asset_id, tags_above(results, command.threshold))
    return find(unit, command.cloud, asset.asset_id)
