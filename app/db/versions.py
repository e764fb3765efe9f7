"""Versions of assets whose bytes are kept."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, delete, insert, select

from app.db.sql import AnyRow, from_json, from_seconds, to_seconds
from app.db.tables import asset_versions
from app.domain.assets import AssetVersion

_columns = asset_versions.c


class SqlVersions:
    """The versions of one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, version: AssetVersion) -> None:
        """Keep a version."""
        self._connection.execute(
            insert(asset_versions).values(
                version_id=version.version_id,
                asset_id=version.asset_id,
                version=version.version,
                bytes=version.bytes,
                etag=version.etag,
                blob_key=version.blob_key,
                created_at=to_seconds(version.created_at),
                format=version.format,
                facts=dict(version.facts),
            )
        )

    def of(self, asset_id: str) -> list[AssetVersion]:
        """An asset's kept versions, the newest first."""
        statement = (
            select(asset_versions)
            .where(_columns.asset_id == asset_id)
            .order_by(_columns.version.desc(), _columns.version_id)
        )
        return [_to_version(row) for row in self._connection.execute(statement)]

    def delete(self, asset_id: str, version_ids: Collection[str]) -> dict[str, str]:
        """Let go of versions; the ids of those that were there, with their blob keys."""
        mine = (_columns.asset_id == asset_id, _columns.version_id.in_(version_ids))
        found = self._connection.execute(
            select(_columns.version_id, _columns.blob_key).where(*mine)
        )
        gone = {row.version_id: row.blob_key for row in found}
        self._connection.execute(delete(asset_versions).where(*mine))
        return gone


def _to_version(row: AnyRow) -> AssetVersion:
    return AssetVersion(
        version_id=row.version_id,
        asset_id=row.asset_id,
        version=row.version,
        bytes=row.bytes,
        etag=row.etag,
        blob_key=row.blob_key,
        created_at=from_seconds(row.created_at),
        format=row.format,
        facts=from_json(row.facts),
    )
