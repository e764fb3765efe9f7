"""Use case: collect an upload that arrives in several requests (CONTRACT B3).

Every chunk is a blob of its own with a row that says where it belongs, so a chunk that was
answered survives a crash, any worker may take the next one, and they may come in any order.
"""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from app.domain import public_ids
from app.domain.chunks import Chunk, ChunkedUpload
from app.domain.errors import BadRequest
from app.domain.params import Params
from app.domain.ports import BlobStore, IncomingBlob, Workers
from app.domain.unit_of_work import Database, UnitOfWork
from app.services.blobs import BlobJanitor

#: Every chunk but the last is at least this long (documented as "5mb").
MIN_CHUNK = 5_000_000

#: Unfinished uploads are forgotten after this long.
KEEP_FOR = timedelta(days=1)

_RANGE = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(-1|\*|\d{1,18})")


@dataclass(frozen=True, slots=True)
class Range:
    """A ``Content-Range``: first and last byte, and the total (``None``: not known yet)."""

    first: int
    last: int
    total: int | None


def parse_range(text: str) -> Range:
    """Read ``bytes 0-4999999/11000000``; the total may be ``-1`` or ``*``.

    Raises:
        BadRequest: malformed, or it contradicts itself.
    """
    match = _RANGE.fullmatch(text.strip())
    if match is None:
        raise BadRequest(f"Invalid Content-Range header - {text}")
    first, last = int(match[1]), int(match[2])
    total = None if match[3] in ("-1", "*") else int(match[3])
    if last < first or (total is not None and last >= total):
        raise BadRequest(f"Invalid Content-Range header - {text}")
    return Range(first, last, total)


class ChunkedUploads:
    """Uploads under way."""

    def __init__(
        self, database: Database, blobs: BlobStore, workers: Workers, janitor: BlobJanitor
    ) -> None:
        self._database = database
        self._blobs = blobs
        self._workers = workers
        self._janitor = janitor

    async def add(
        self, upload: ChunkedUpload, content_range: Range, blob: IncomingBlob, max_bytes: int
    ) -> ChunkedUpload:
        """Store one chunk; the upload with all of its chunks so far.

        Args:
            upload: what this request says of the upload; used if it is the first to arrive.
            max_bytes: largest whole that is accepted.

        Raises:
            BadRequest: the chunk does not fit its range, the others, or the limits.
        """
        _check_chunk(content_range, blob.size, max_bytes)
        info = await self._janitor.keep(blob)
        chunk = Chunk(content_range.first, content_range.last, info.key)
        try:
            return await self._database.write(
                lambda unit: _add(unit, upload, chunk, content_range.total, max_bytes)
            )
        except BadRequest:
            self._janitor.release([info.key])
            raise

    async def assemble(self, upload: ChunkedUpload) -> IncomingBlob:
        """The chunks of a complete upload as one blob."""
        return await self._workers.io(self._assemble, upload)

    def _assemble(self, upload: ChunkedUpload) -> IncomingBlob:
        whole = self._blobs.create()
        try:
            for chunk in upload.chunks:
                with self._blobs.open(chunk.blob_key) as file:
                    while data := file.read(1024 * 1024):
                        whole.write(data)
        except BaseException:
            whole.discard()
            raise
        return whole

    async def finish(self, upload: ChunkedUpload, asset_id: str) -> None:
        """Remember the asset, so that a repeated last chunk is answered with it."""

        def work(unit: UnitOfWork) -> None:
            unit.chunked_uploads.finish(upload.id, asset_id)
            unit.chunked_uploads.expire(datetime.now(UTC) - KEEP_FOR)

        await self._database.write(work)
        self._janitor.release({chunk.blob_key for chunk in upload.chunks})


def begin(
    cloud_id: int,
    upload_id: str,
    resource_type: str,
    params: Params,
    filename: str | None,
) -> ChunkedUpload:
    """What the first request of an upload says of it, with a public id reserved for it."""
    extension = public_ids.split_filename(filename or "")[1]
    suffix = f".{extension}" if resource_type == "raw" and extension else ""
    return ChunkedUpload(
        id=uuid.uuid4().hex,
        cloud_id=cloud_id,
        upload_id=upload_id,
        resource_type=resource_type,
        public_id=params.text("public_id") or public_ids.random_id() + suffix,
        created_at=datetime.now(UTC).replace(microsecond=0),
        params=params.values(),
        filename=filename,
    )


def _check_chunk(content_range: Range, size: int, max_bytes: int) -> None:
    first, last, total = content_range.first, content_range.last, content_range.total
    if size != last - first + 1:
        raise BadRequest(f"Content-Range names {last - first + 1} bytes but {size} were sent")
    largest = max(total or 0, last + 1)
    if largest > max_bytes:
        raise BadRequest(f"File size too large. Got {largest}. Maximum is {max_bytes}.")
    is_last = total is not None and last + 1 == total
    if size < MIN_CHUNK and not is_last:
        raise BadRequest("All parts except EOF-chunk must be larger than 5mb")


def _add(
    unit: UnitOfWork, upload: ChunkedUpload, chunk: Chunk, total: int | None, max_bytes: int
) -> ChunkedUpload:
    unit.blobs.guard()
    stored = unit.chunked_uploads.get(upload.cloud_id, upload.upload_id, upload.resource_type)
    if stored is None:
        unit.chunked_uploads.add(upload)
        stored = upload
    if stored.asset_id is not None:
        return stored
    if total is not None and stored.total is not None and stored.total != total:
        raise BadRequest(f"Content-Range total {total} differs from {stored.total} sent before")
    known_total = total if total is not None else stored.total
    for other in stored.chunks:
        if other.first != chunk.first and other.first <= chunk.last and chunk.first <= other.last:
            raise BadRequest(
                f"Content-Range {chunk.first}-{chunk.last} overlaps {other.first}-{other.last}"
            )
        if known_total is not None and other.last >= known_total:
            raise BadRequest(f"Content-Range total {known_total} is less than was sent before")
    unit.chunked_uploads.put_chunk(stored.id, chunk, known_total)
    result = unit.chunked_uploads.get(upload.cloud_id, upload.upload_id, upload.resource_type)
    assert result is not None  # noqa: S101 - written just above, in this transaction
    if result.received > max_bytes:
        raise BadRequest(f"File size too large. Got {result.received}. Maximum is {max_bytes}.")
    return result
