"""Assets with their tags and categorizations."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from app.db import tables
from app.db.asset_pages import AssetPages
from app.db.asset_rows import columns, to_asset
from app.db.sql import AnyRow, upsert
from app.domain.assets import Asset, AssetKey, AssetPage, AssetQuery, Categorization, Tag
from app.domain.categories import Category

_assets = tables.assets

_BY_KEY = select(_assets).where(
    _assets.c.cloud_id == bindparam("cloud"),
    _assets.c.resource_type == bindparam("resource_type"),
    _assets.c.type == bindparam("type"),
    _assets.c.public_id == bindparam("public_id"),
)
_BY_ID = select(_assets).where(
    _assets.c.asset_id == bindparam("asset"), _assets.c.cloud_id == bindparam("cloud")
)
_TAGS = (
    select(
        tables.asset_tags.c.word,
        tables.asset_tags.c.source,
        tables.asset_tags.c.engine,
        tables.asset_tags.c.model_version,
    )
    .where(tables.asset_tags.c.asset_id == bindparam("asset"))
    .order_by(tables.asset_tags.c.word, tables.asset_tags.c.source)
)
_RESULTS = (
    select(
        tables.categorizations.c.id,
        tables.categorizations.c.addon,
        tables.categorizations.c.engine,
        tables.categorizations.c.model_version,
        tables.categorizations.c.status,
        tables.categorizations.c.languages,
        tables.categories.c.word,
        tables.categories.c.confidence,
        tables.categories.c.synset,
    )
    .select_from(
        tables.categorizations.outerjoin(
            tables.categories, tables.categories.c.categorization_id == tables.categorizations.c.id
        )
    )
    .where(tables.categorizations.c.asset_id == bindparam("asset"))
    .order_by(tables.categorizations.c.id, tables.categories.c.position)
)
_INSERT = insert(_assets)
_INSERT_CATEGORIES = insert(tables.categories)
_INSERT_RESULT = insert(tables.categorizations).returning(tables.categorizations.c.id)


class SqlAssets:
    """The asset repository of one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, cloud_id: int, key: AssetKey, *, lock: bool = False) -> Asset | None:
        """One asset by its key."""
        values = {
            "cloud": cloud_id,
            "resource_type": key.resource_type,
            "type": key.type,
            "public_id": key.public_id,
        }
        statement = _BY_KEY.with_for_update() if lock else _BY_KEY
        return self._complete(self._connection.execute(statement, values).first())

    def get_by_id(self, cloud_id: int, asset_id: str, *, lock: bool = False) -> Asset | None:
        """One asset by its asset id."""
        statement = _BY_ID.with_for_update() if lock else _BY_ID
        values = {"cloud": cloud_id, "asset": asset_id}
        return self._complete(self._connection.execute(statement, values).first())

    def add(self, asset: Asset) -> None:
        """Store a new asset."""
        self._connection.execute(_INSERT, columns(asset))
        self._insert_tags(asset.asset_id, asset.cloud_id, asset.resource_type, asset.tags)
        for result in asset.categorizations:
            self._insert_result(asset.asset_id, result)

    def replace(self, asset: Asset) -> None:
        """Overwrite everything known of an asset."""
        self.save_columns(asset)
        for table in (tables.asset_tags, tables.categorizations):
            self._connection.execute(delete(table).where(table.c.asset_id == asset.asset_id))
        self._insert_tags(asset.asset_id, asset.cloud_id, asset.resource_type, asset.tags)
        for result in asset.categorizations:
            self._insert_result(asset.asset_id, result)

    def save_columns(self, asset: Asset) -> None:
        """Overwrite an asset's own columns."""
        statement = update(_assets).where(_assets.c.asset_id == asset.asset_id)
        self._connection.execute(statement.values(columns(asset)))

    def set_tags(self, asset_id: str, tags: Collection[Tag]) -> None:
        """Make these the asset's tags."""
        table = tables.asset_tags
        self._connection.execute(delete(table).where(table.c.asset_id == asset_id))
        self.add_tags(asset_id, tags)

    def add_tags(self, asset_id: str, tags: Collection[Tag]) -> None:
        """Add tags to those that are there."""
        if not tags:
            return
        statement = select(_assets.c.cloud_id, _assets.c.resource_type)
        owner = self._connection.execute(statement.where(_assets.c.asset_id == asset_id)).first()
        if owner is not None:
            self._insert_tags(asset_id, owner.cloud_id, owner.resource_type, tags)

    def set_categorization(self, asset_id: str, result: Categorization) -> None:
        """Store an add-on's result in place of its former one."""
        table = tables.categorizations
        self._connection.execute(
            delete(table).where(table.c.asset_id == asset_id, table.c.addon == result.addon)
        )
        self._insert_result(asset_id, result)

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

    def _complete(self, row: AnyRow | None) -> Asset | None:
        if row is None:
            return None
        asset = {"asset": row[0]}
        tags = tuple(Tag(*values) for values in self._connection.execute(_TAGS, asset))
        return to_asset(row, tags, _results(self._connection.execute(_RESULTS, asset).all()))

    def _insert_tags(
        self, asset_id: str, cloud_id: int, resource_type: str, tags: Collection[Tag]
    ) -> None:
        if not tags:
            return
        statement = upsert(self._connection, tables.asset_tags)
        new = statement.excluded
        statement = statement.on_conflict_do_update(
            index_elements=["asset_id", "word", "source"],
            set_={"engine": new.engine, "model_version": new.model_version},
        )
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
        self._connection.execute(statement, rows)

    def _insert_result(self, asset_id: str, result: Categorization) -> None:
        values = {
            "asset_id": asset_id,
            "addon": result.addon,
            "engine": result.engine,
            "model_version": result.model_version,
            "status": result.status,
            "languages": " ".join(result.languages),
        }
        number = self._connection.execute(_INSERT_RESULT, values).scalar_one()
        rows = [
            {
                "categorization_id": number,
                "position": position,
                "word": category.word,
                "confidence": category.confidence,
                "synset": category.synset,
            }
            for position, category in enumerate(result.categories)
        ]
        if rows:
            self._connection.execute(_INSERT_CATEGORIES, rows)


def _results(rows: Sequence[AnyRow]) -> tuple[Categorization, ...]:
    found: dict[int, tuple[AnyRow, list[Category]]] = {}
    for row in rows:
        categories = found.setdefault(row[0], (row, []))[1]
        if row[6] is not None:
            categories.append(Category(row[6], row[7], row[8]))
    return tuple(
        Categorization(row[1], row[2], row[3], row[4], tuple(row[5].split()), tuple(categories))
        for row, categories in found.values()
    )
