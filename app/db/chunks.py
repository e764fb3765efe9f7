"""Uploads in chunks."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from app.db.sql import from_seconds, to_seconds, upsert
from app.db.tables import chunked_uploads, chunks
from app.domain.chunks import Chunk, ChunkedUpload


class SqlChunkedUploads:
    """The repository of uploads in chunks of one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, cloud_id: int, upload_id: str, resource_type: str) -> ChunkedUpload | None:
        """An upload with its chunks, locked until the transaction ends."""
        table = chunked_uploads.c
        statement = (
            select(chunked_uploads)
            .where(
                table.cloud_id == cloud_id,
                table.upload_id == upload_id,
                table.resource_type == resource_type,
            )
            .with_for_update()
        )
        row = self._connection.execute(statement).first()
        if row is None:
            return None
        parts = self._connection.execute(
            select(chunks.c.first, chunks.c.last, chunks.c.blob_key)
            .where(chunks.c.upload == row.id)
            .order_by(chunks.c.first)
        )
        values = row._asdict() | {"created_at": from_seconds(row.created_at)}
        return ChunkedUpload(**values, chunks=tuple(Chunk(*part) for part in parts))

    def add(self, upload: ChunkedUpload) -> None:
        """Begin an upload."""
        names = [column.name for column in chunked_uploads.columns]
        values = {name: getattr(upload, name) for name in names}
        values |= {"created_at": to_seconds(upload.created_at), "params": dict(upload.params)}
        self._connection.execute(insert(chunked_uploads).values(values))
        for chunk in upload.chunks:
            self.put_chunk(upload.id, chunk, upload.total)

    def put_chunk(self, id: str, chunk: Chunk, total: int | None) -> None:
        """Add a chunk, or replace the one that begins at the same byte."""
        values = {"last": chunk.last, "blob_key": chunk.blob_key}
        statement = upsert(self._connection, chunks).values(upload=id, first=chunk.first, **values)
        self._connection.execute(
            statement.on_conflict_do_update(index_elements=["upload", "first"], set_=values)
        )
        self._connection.execute(
            update(chunked_uploads).where(chunked_uploads.c.id == id).values(total=total)
        )

    def finish(self, id: str, asset_id: str) -> None:
        """Remember the asset and forget the chunks."""
        statement = update(chunked_uploads).where(chunked_uploads.c.id == id)
        self._connection.execute(statement.values(asset_id=asset_id))
        self._connection.execute(delete(chunks).where(chunks.c.upload == id))

    def expire(self, before: datetime) -> int:
        """Drop uploads begun before that time; how many."""
        statement = delete(chunked_uploads).where(chunked_uploads.c.created_at < to_seconds(before))
        return self._connection.execute(statement).rowcount
