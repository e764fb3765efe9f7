"""Assets with their tags and categorizations."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Select, bindparam, delete, insert, literal_column, select, update

from app.db import tables
from app.db.asset_pages import AssetPages
from app.db.asset_rows import ASSET_COLUMNS, columns, to_asset
from app.db.sql import Prepared, from_json, from_seconds, json_rows, to_seconds, upsert
from app.domain.assets import Asset, AssetKey, AssetPage, AssetQuery, Categorization, Tag
from app.domain.categories import Category
from app.domain.moderation import Moderation

_assets = tables.assets

_KEY = (
    _assets.c.cloud_id == bindparam("cloud"),
    _assets.c.resource_type == bindparam("kind"),
    _assets.c.type == bindparam("delivery"),
    _assets.c.public_id == bindparam("name"),
)
_ID = (_assets.c.asset_id == bindparam("asset"), _assets.c.cloud_id == bindparam("cloud"))


def _complete(dialect: str) -> Select[Any]:
    """One row for one asset with all that belongs to it: a single trip for the hottest read."""
    tags = tables.asset_tags.c
    results = tables.categorizations.c
    found = tables.categories.c
    said = tables.moderations.c
    asset = _assets.c.asset_id
    return select(
        *ASSET_COLUMNS,
        select(json_rows(dialect, tags.word, tags.source, tags.engine, tags.model_version))
        .where(tags.asset_id == asset)
        .scalar_subquery(),
        select(
            json_rows(
                dialect,
                results.id,
                results.addon,
                results.engine,
                results.model_version,
                results.status,
                results.languages,
            )
        )
        .where(results.asset_id == asset)
        .scalar_subquery(),
        select(
            json_rows(
                dialect,
                found.categorization_id,
                found.position,
                found.word,
                found.confidence,
                found.synset,
                found.source,
            )
        )
        .where(found.categorization_id == results.id, results.asset_id == asset)
        .scalar_subquery(),
        select(
            json_rows(
                dialect, said.position, said.kind, said.status, said.response, said.updated_at
            )
        )
        .where(said.asset_id == asset)
        .scalar_subquery(),
    )


_BY_KEY = Prepared(lambda dialect: _complete(dialect).where(*_KEY))
_BY_KEY_LOCKED = Prepared(
    lambda dialect: _complete(dialect).where(*_KEY).with_for_update(of=_assets)
)
_BY_ID = Prepared(lambda dialect: _complete(dialect).where(*_ID))
_BY_ID_LOCKED = Prepared(lambda dialect: _complete(dialect).where(*_ID).with_for_update(of=_assets))
_REVISION = Prepared(select(_assets.c.asset_id, _assets.c.revision).where(*_KEY))
_REVISION_BY_ID = Prepared(select(_assets.c.asset_id, _assets.c.revision).where(*_ID))
_INSERT = Prepared(
    insert(_assets).values(
        {c.name: bindparam(c.name) for c in ASSET_COLUMNS} | {"revision": literal_column("0")}
    )
)
_NEXT = {"revision": _assets.c.revision + literal_column("1")}
_UPDATE = Prepared(
    update(_assets)
    .where(_assets.c.asset_id == bindparam("asset"))
    .values({column.name: bindparam(column.name) for column in ASSET_COLUMNS} | _NEXT)
)
_TOUCH = Prepared(update(_assets).where(_assets.c.asset_id == bindparam("asset")).values(_NEXT))
_INSERT_RESULT = Prepared(
    insert(tables.categorizations)
    .values({c.name: bindparam(c.name) for c in tables.categorizations.columns if c.name != "id"})
    .returning(tables.categorizations.c.id)
)
_INSERT_CATEGORIES = Prepared(insert(tables.categories))


class SqlAssets:
    """The asset repository of one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, cloud_id: int, key: AssetKey, *, lock: bool = False) -> Asset | None:
        """One asset by its key."""
        values = _key_values(cloud_id, key)
        statement = _BY_KEY_LOCKED if lock else _BY_KEY
        return _to_complete_asset(statement.rows(self._connection, values))

    def get_by_id(self, cloud_id: int, asset_id: str, *, lock: bool = False) -> Asset | None:
        """One asset by its asset id."""
        statement = _BY_ID_LOCKED if lock else _BY_ID
        values = {"cloud": cloud_id, "asset": asset_id}
        return _to_complete_asset(statement.rows(self._connection, values))

    def revision(self, cloud_id: int, target: AssetKey | str) -> tuple[str, int] | None:
        """Asset id and revision, without reading anything else."""
        if isinstance(target, str):
            rows = _REVISION_BY_ID.rows(self._connection, {"cloud": cloud_id, "asset": target})
        else:
            rows = _REVISION.rows(self._connection, _key_values(cloud_id, target))
        return (rows[0][0], rows[0][1]) if rows else None

    def add(self, asset: Asset) -> None:
        """Store a new asset."""
        _INSERT.run(self._connection, columns(asset))
        self._insert_tags(asset.asset_id, asset.cloud_id, asset.resource_type, asset.tags)
        for result in asset.categorizations:
            self._insert_result(asset.asset_id, result)
        self._insert_moderations(asset)

    def replace(self, asset: Asset) -> None:
        """Overwrite everything known of an asset."""
        self.save_columns(asset)
        for table in (tables.asset_tags, tables.categorizations, tables.moderations):
            self._connection.execute(delete(table).where(table.c.asset_id == asset.asset_id))
        self._insert_tags(asset.asset_id, asset.cloud_id, asset.resource_type, asset.tags)
        for result in asset.categorizations:
            self._insert_result(asset.asset_id, result)
        self._insert_moderations(asset)

    def save_columns(self, asset: Asset) -> None:
        """Overwrite an asset's own columns."""
        _UPDATE.run(self._connection, columns(asset) | {"asset": asset.asset_id})

    def set_tags(self, asset_id: str, tags: Collection[Tag]) -> None:
        """Make these the asset's tags."""
        table = tables.asset_tags
        self._connection.execute(delete(table).where(table.c.asset_id == asset_id))
        self._touch(asset_id)
        self.add_tags(asset_id, tags)

    def add_tags(self, asset_id: str, tags: Collection[Tag]) -> None:
        """Add tags to those that are there."""
        if not tags:
            return
        statement = select(_assets.c.cloud_id, _assets.c.resource_type)
        owner = self._connection.execute(statement.where(_assets.c.asset_id == asset_id)).first()
        if owner is not None:
            self._insert_tags(asset_id, owner.cloud_id, owner.resource_type, tags)
            self._touch(asset_id)

    def set_categorization(self, asset_id: str, result: Categorization) -> None:
        """Store an add-on's result in place of its former one."""
        table = tables.categorizations
        self._connection.execute(
            delete(table).where(table.c.asset_id == asset_id, table.c.addon == result.addon)
        )
        self._insert_result(asset_id, result)
        self._touch(asset_id)

    def set_moderations(self, asset: Asset) -> None:
        """Store what moderators say of an asset in place of what they said before."""
        table = tables.moderations
        self._connection.execute(delete(table).where(table.c.asset_id == asset.asset_id))
        self._insert_moderations(asset)
        self._touch(asset.asset_id)

    def fingerprints(self, cloud_id: int) -> list[tuple[str, str]]:
        """Asset id and perceptual hash of every picture of a cloud that has one."""
        columns = _assets.c
        statement = select(columns.asset_id, columns.phash).where(
            columns.cloud_id == cloud_id, columns.phash != "", ~columns.placeholder
        )
        return [(asset_id, phash) for asset_id, phash in self._connection.execute(statement)]

    def has_display_name(self, asset: Asset, name: str) -> bool:
        """Whether another asset in the asset's folder is called so."""
        columns = _assets.c
        statement = select(columns.asset_id).where(
            columns.cloud_id == asset.cloud_id,
            columns.asset_folder == asset.asset_folder,
            columns.display_name == name,
            columns.resource_type == asset.resource_type,
            columns.asset_id != asset.asset_id,
            columns.public_id != asset.public_id,
        )
        return self._connection.execute(statement.limit(1)).first() is not None

    def delete(self, asset_id: str) -> None:
        """Remove an asset; its tags and categorizations go with it."""
        self._connection.execute(delete(_assets).where(_assets.c.asset_id == asset_id))

    def page(self, query: AssetQuery) -> AssetPage:
        """One page of a listing."""
        return AssetPages(self._connection).page(query)

    def tag_words(
        self, cloud_id: int, resource_type: str, prefix: str, limit: int, after: str
    ) -> list[str]:
        """Distinct tag words after ``after``."""
        pages = AssetPages(self._connection)
        return pages.tag_words(cloud_id, resource_type, prefix, limit, after)

    def _touch(self, asset_id: str) -> None:
        _TOUCH.run(self._connection, {"asset": asset_id})

    def _insert_tags(
        self, asset_id: str, cloud_id: int, resource_type: str, tags: Collection[Tag]
    ) -> None:
        if not tags:
            return
        owner = {"asset_id": asset_id, "cloud_id": cloud_id, "resource_type": resource_type}
        rows = [
            {
                "word": tag.word,
                "source": tag.source,
                "engine": tag.engine,
                "model_version": tag.model_version,
                **owner,
            }
            for tag in tags
        ]
        _insert_tag(self._connection).run_many(self._connection, rows)

    def _insert_moderations(self, asset: Asset) -> None:
        rows = [
            {
                "asset_id": asset.asset_id,
                "kind": item.kind,
                "position": position,
                "status": item.status,
                "response": dict(item.response),
                "updated_at": None if item.updated_at is None else to_seconds(item.updated_at),
                "cloud_id": asset.cloud_id,
                "resource_type": asset.resource_type,
            }
            for position, item in enumerate(asset.moderations)
        ]
        if rows:
            self._connection.execute(insert(tables.moderations), rows)

    def _insert_result(self, asset_id: str, result: Categorization) -> None:
        values = {
            "asset_id": asset_id,
            "addon": result.addon,
            "engine": result.engine,
            "model_version": result.model_version,
            "status": result.status,
            "languages": " ".join(result.languages),
        }
        ((number,),) = _INSERT_RESULT.rows(self._connection, values)
        rows = [
            {
                "categorization_id": number,
                "position": position,
                "word": category.word,
                "confidence": category.confidence,
                "synset": category.synset,
                "source": category.source,
            }
            for position, category in enumerate(result.categories)
        ]
        _INSERT_CATEGORIES.run_many(self._connection, rows)


def _key_values(cloud_id: int, key: AssetKey) -> dict[str, object]:
    return {
        "cloud": cloud_id,
        "kind": key.resource_type,
        "delivery": key.type,
        "name": key.public_id,
    }


_INSERT_TAG: dict[str, Prepared] = {}


def _insert_tag(connection: Connection) -> Prepared:
    """The INSERT of a tag; one that is there already is refreshed."""
    found = _INSERT_TAG.get(connection.dialect.name)
    if found is None:
        statement = upsert(connection, tables.asset_tags)
        new = statement.excluded
        found = _INSERT_TAG[connection.dialect.name] = Prepared(
            statement.on_conflict_do_update(
                index_elements=["asset_id", "word", "source"],
                set_={"engine": new.engine, "model_version": new.model_version},
            )
        )
    return found


def _to_complete_asset(rows: Sequence[tuple[Any, ...]]) -> Asset | None:
    if not rows:
        return None
    *row, tags, results, categories, said = rows[0]
    words: dict[int, list[Category]] = {}
    # By categorization, then by position.
    for number, _, *category in sorted(from_json(categories)):
        words.setdefault(number, []).append(Category._make(category))
    found = tuple(
        Categorization(
            addon, engine, version, status, tuple(languages.split()), tuple(words.get(number, ()))
        )
        for number, addon, engine, version, status, languages in sorted(from_json(results))
    )
    moderations = tuple(
        Moderation(kind, status, from_json(response), updated and from_seconds(updated))
        for _, kind, status, response, updated in sorted(from_json(said), key=itemgetter(0))
    )
    return to_asset(row, tuple(map(Tag._make, sorted(from_json(tags)))), found, moderations)
