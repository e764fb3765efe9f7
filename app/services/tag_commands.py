"""Use cases of the Upload API's ``tags`` and ``context`` actions (CONTRACT D5, D6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from app.domain.accounts import Cloud
from app.domain.assets import Asset, AssetKey, AssetQuery, ResourceType, Tag
from app.domain.errors import BadRequest
from app.domain.unit_of_work import Database, UnitOfWork

#: Commands of ``tags``; ``replace_all`` is an alias that one documentation sample uses.
TAG_COMMANDS = ("add", "remove", "replace", "remove_all", "replace_all", "set_exclusive")
CONTEXT_COMMANDS = ("add", "remove_all")

#: Assets × tags that one call may touch.
MAX_OPERATIONS = 1000


@dataclass(frozen=True, slots=True)
class Selection:
    """Assets of one cloud, resource type and delivery type by public id."""

    cloud: Cloud
    resource_type: ResourceType
    type: str
    public_ids: tuple[str, ...]


class TagCommands:
    """Changes the tags or the context of several assets in one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def tags(
        self, selection: Selection, command: str, words: tuple[str, ...]
    ) -> tuple[str, ...]:
        """Run a tag command; the public ids that were found.

        Raises:
            BadRequest: unknown command, no tag where one is needed, or too many operations.
        """
        if command not in TAG_COMMANDS:
            raise BadRequest(f"Invalid value {command} for parameter command")
        if command in ("remove_all", "replace_all"):
            words = ()
        elif not words and command != "replace":
            raise BadRequest("Missing required parameter - tag")
        if len(selection.public_ids) * max(1, len(words)) > MAX_OPERATIONS:
            raise BadRequest(f"Too many operations. Maximum is {MAX_OPERATIONS}.")

        def work(unit: UnitOfWork) -> tuple[str, ...]:
            found = find_selected(unit, selection)
            if command == "set_exclusive":
                _remove_elsewhere(unit, selection, words)
            for asset in found:
                _retag(unit, asset, command, words)
                _touch(unit, asset)
            return tuple(asset.public_id for asset in found)

        return await self._database.write(work)

    async def context(
        self, selection: Selection, command: str, pairs: Mapping[str, str]
    ) -> tuple[str, ...]:
        """Run a context command; the public ids that were found.

        Raises:
            BadRequest: unknown command, or nothing to add.
        """
        if command not in CONTEXT_COMMANDS:
            raise BadRequest(f"Invalid value {command} for parameter command")
        if command == "add" and not pairs:
            raise BadRequest("Missing required parameter - context")

        def work(unit: UnitOfWork) -> tuple[str, ...]:
            found = find_selected(unit, selection)
            for asset in found:
                merged = {**asset.context, **pairs} if command == "add" else {}
                # An empty value deletes the key.
                kept = {key: value for key, value in merged.items() if value}
                _touch(unit, replace(asset, context=kept))
            return tuple(asset.public_id for asset in found)

        return await self._database.write(work)


def find_selected(unit: UnitOfWork, selection: Selection) -> list[Asset]:
    """The selected assets that are there, in the order of the selection, locked."""
    # In sorted order, so that two calls that lock the same rows cannot wait for each other.
    found = {}
    for public_id in sorted(set(selection.public_ids)):
        key = AssetKey(selection.resource_type, selection.type, public_id)
        asset = unit.assets.get(selection.cloud.id, key, lock=True)
        if asset is not None:
            found[public_id] = asset
    return [found[name] for name in dict.fromkeys(selection.public_ids) if name in found]


def _retag(unit: UnitOfWork, asset: Asset, command: str, words: tuple[str, ...]) -> None:
    given = tuple(Tag(word) for word in words)
    if command in ("add", "set_exclusive"):
        unit.assets.add_tags(asset.asset_id, given)
    elif command == "remove":
        kept = tuple(tag for tag in asset.tags if tag.word not in words)
        unit.assets.set_tags(asset.asset_id, kept)
    else:
        unit.assets.set_tags(asset.asset_id, given)


def _touch(unit: UnitOfWork, asset: Asset) -> None:
    unit.assets.save_columns(replace(asset, updated_at=datetime.now(UTC).replace(microsecond=0)))


def _remove_elsewhere(unit: UnitOfWork, selection: Selection, words: tuple[str, ...]) -> None:
    """Take the tags from every other asset of that resource type and delivery type."""
    for word in words:
        query = AssetQuery(
            selection.cloud.id, selection.resource_type, selection.type, tag=word, limit=500
        )
        while True:
            page = unit.assets.page(query)
            for asset in page.assets:
                if asset.public_id not in selection.public_ids:
                    _retag(unit, asset, "remove", (word,))
            if page.next is None:
                break
            query = replace(query, after=page.next)
