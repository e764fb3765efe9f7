"""Which blobs the rows need."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from sqlalchemy import Connection, func, select

from app.db.sql import batches
from app.db.tables import asset_versions, assets, chunked_uploads, chunks, derivatives, jobs

#: Any number will do, as long as it is always the same one.
_GUARD = 0x1E47_0001

#: Where blobs are referenced.
_COLUMNS = [table.c.blob_key for table in (assets, derivatives, chunks, asset_versions, jobs)]


class SqlBlobReferences:
    """References to blobs as one transaction sees them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def guard(self, *, exclusive: bool = False) -> None:
        """Order writers of references against the sweeper until the transaction ends."""
        # On SQLite every write transaction excludes every other one already.
        if self._connection.dialect.name == "postgresql":
            lock = func.pg_advisory_xact_lock if exclusive else func.pg_advisory_xact_lock_shared
            self._connection.execute(select(lock(_GUARD)))

    def used(self, keys: Collection[str]) -> set[str]:
        """Those of ``keys`` that some row references."""
        found: set[str] = set()
        for batch in batches(keys):
            for column in _COLUMNS:
                found.update(
                    self._connection.execute(select(column).where(column.in_(batch))).scalars()
                )
        return found

    def all(self) -> Iterator[tuple[str, str]]:
        """Every blob key with what is lost without it."""
        rows = select(assets.c.blob_key, assets.c.resource_type, assets.c.type, assets.c.public_id)
        for key, *name in self._connection.execute(rows.where(~assets.c.placeholder)):
            yield key, "asset " + "/".join(name)
        kept = select(
            asset_versions.c.blob_key, asset_versions.c.version, asset_versions.c.asset_id
        )
        for key, version, asset_id in self._connection.execute(kept):
            yield key, f"version {version} of asset {asset_id}"
        parts = select(chunks.c.blob_key, chunked_uploads.c.upload_id, chunks.c.first)
        for key, upload_id, first in self._connection.execute(
            parts.join_from(chunks, chunked_uploads)
        ):
            yield key, f"chunk {first} of upload {upload_id}"
        waiting = select(jobs.c.blob_key, jobs.c.kind, jobs.c.id)
        for key, kind, id in self._connection.execute(waiting.where(jobs.c.blob_key.is_not(None))):
            yield key, f"{kind} job {id}"
