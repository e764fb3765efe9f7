"""Listings of assets and of tags."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, or_, select

from app.db import tables
from app.db.asset_rows import ASSET_COLUMNS, to_asset
from app.db.sql import successor, to_seconds
from app.domain.assets import Asset, AssetPage, AssetQuery, Cursor, Tag
from app.domain.moderation import Moderation

_assets = tables.assets
_tags = tables.asset_tags
_said = tables.moderations


class AssetPages:
    """Reads pages; three statements each."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def page(self, query: AssetQuery) -> AssetPage:
        """One page of a listing, with tags, context, and the states of moderations."""
        statement = _ordered(_selected(query), query).limit(query.limit + 1)
        rows = self._connection.execute(statement).all()
        more = len(rows) > query.limit
        rows = rows[: query.limit]
        ids = [row[0] for row in rows]
        tags, said = self._tags(ids), self._moderations(ids)
        found = tuple(to_asset(row, tags[row[0]], (), said[row[0]]) for row in rows)
        return AssetPage(found, _cursor(found[-1], query) if more else None)

    def tag_words(
        self, cloud_id: int, resource_type: str, prefix: str, limit: int, after: str
    ) -> list[str]:
        """Distinct tag words in ascending order, those greater than ``after``."""
        statement = (
            select(_tags.c.word)
            .where(
                _tags.c.cloud_id == cloud_id,
                _tags.c.resource_type == resource_type,
                _tags.c.word > after,
                *_starts_with(_tags.c.word, prefix),
            )
            .distinct()
            .order_by(_tags.c.word)
            .limit(limit)
        )
        return list(self._connection.execute(statement).scalars())

    def _moderations(self, asset_ids: list[str]) -> dict[str, tuple[Moderation, ...]]:
        found: dict[str, tuple[Moderation, ...]] = defaultdict(tuple)
        if asset_ids:
            statement = (
                select(_said.c.asset_id, _said.c.kind, _said.c.status)
                .where(_said.c.asset_id.in_(asset_ids))
                .order_by(_said.c.position)
            )
            for asset_id, kind, status in self._connection.execute(statement):
                found[asset_id] += (Moderation(kind, status),)
        return found

    def _tags(self, asset_ids: list[str]) -> dict[str, tuple[Tag, ...]]:
        found: dict[str, tuple[Tag, ...]] = defaultdict(tuple)
        if asset_ids:
            statement = (
                select(
                    _tags.c.asset_id,
                    _tags.c.word,
                    _tags.c.source,
                    _tags.c.engine,
                    _tags.c.model_version,
                )
                .where(_tags.c.asset_id.in_(asset_ids))
                .order_by(_tags.c.word, _tags.c.source)
            )
            for asset_id, *values in self._connection.execute(statement):
                found[asset_id] += (Tag(*values),)
        return found


def _starts_with(column: ColumnElement[str], prefix: str | None) -> list[ColumnElement[bool]]:
    if not prefix:
        return []
    end = successor(prefix)
    return [column >= prefix] + ([column < end] if end is not None else [])


def _selected(query: AssetQuery) -> Select[Any]:
    statement = select(*ASSET_COLUMNS).where(
        _assets.c.cloud_id == query.cloud_id, ~_assets.c.placeholder
    )
    if query.resource_type is not None:
        statement = statement.where(_assets.c.resource_type == query.resource_type)
    if query.type is not None:
        statement = statement.where(_assets.c.type == query.type)
    if query.public_ids is not None:
        statement = statement.where(_assets.c.public_id.in_(query.public_ids))
    if query.asset_ids is not None:
        statement = statement.where(_assets.c.asset_id.in_(query.asset_ids))
    if query.asset_folder is not None:
        statement = statement.where(_assets.c.asset_folder == query.asset_folder)
    statement = statement.where(*_starts_with(_assets.c.public_id, query.prefix))
    if query.tag is not None:
        tagged = select(_tags.c.asset_id).where(
            _tags.c.cloud_id == query.cloud_id, _tags.c.word == query.tag
        )
        if query.resource_type is not None:
            tagged = tagged.where(_tags.c.resource_type == query.resource_type)
        statement = statement.where(_assets.c.asset_id.in_(tagged))
    if query.moderation is not None:
        kind, status = query.moderation
        queue = select(_said.c.asset_id).where(
            _said.c.cloud_id == query.cloud_id, _said.c.kind == kind, _said.c.status == status
        )
        if query.resource_type is not None:
            queue = queue.where(_said.c.resource_type == query.resource_type)
        statement = statement.where(_assets.c.asset_id.in_(queue))
    if query.start_at is not None:
        start = to_seconds(query.start_at)
        created = _assets.c.created_at
        statement = statement.where(created >= start if query.ascending else created <= start)
    return statement


def _ordered(statement: Select[Any], query: AssetQuery) -> Select[Any]:
    identity = _assets.c.asset_id
    if query.prefix is not None:
        name = _assets.c.public_id
        if query.after is not None:
            statement = statement.where(
                _beyond(name, query.after.value, identity, query.after, True)
            )
        return statement.order_by(name, identity)
    created = _assets.c.created_at
    if query.after is not None:
        moment = to_seconds(datetime.fromisoformat(query.after.value))
        statement = statement.where(
            _beyond(created, moment, identity, query.after, query.ascending)
        )
    if query.ascending:
        return statement.order_by(created, identity)
    return statement.order_by(created.desc(), identity.desc())


def _beyond(
    column: ColumnElement[Any],
    value: object,
    identity: ColumnElement[str],
    after: Cursor,
    ascending: bool,
) -> ColumnElement[bool]:
    """Rows after the cursor in the order of (column, asset id)."""
    if ascending:
        return or_(column > value, and_(column == value, identity > after.asset_id))
    return or_(column < value, and_(column == value, identity < after.asset_id))


def _cursor(asset: Asset, query: AssetQuery) -> Cursor:
    value = asset.public_id if query.prefix is not None else asset.created_at.isoformat()
    return Cursor(value, asset.asset_id)
