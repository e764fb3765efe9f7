"""Uploads that arrive in several requests (CONTRACT B3: Content-Range, X-Unique-Upload-Id)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Chunk:
    """Bytes ``first``..``last`` (inclusive) of the whole, kept as a blob of their own."""

    first: int
    last: int
    blob_key: str

    @property
    def size(self) -> int:
        """Length in bytes."""
        return self.last - self.first + 1


@dataclass(frozen=True, slots=True)
class ChunkedUpload:
    """What is known so far of one upload in chunks.

    Attributes:
        upload_id: the client's ``X-Unique-Upload-Id``, unique within a cloud and endpoint.
        total: length of the whole in bytes; ``None`` while no request has told it.
        params: parameters of the first request that arrived; they win over later ones.
        public_id: reserved for the asset, so that every answer names the same one.
        chunks: by ascending ``first``, never overlapping.
        asset_id: set once the asset exists, so that a repeated last chunk finds it.
    """

    id: str
    cloud_id: int
    upload_id: str
    resource_type: str
    public_id: str
    created_at: datetime
    params: Mapping[str, Any] = field(default_factory=dict)
    filename: str | None = None
    total: int | None = None
    asset_id: str | None = None
    chunks: tuple[Chunk, ...] = ()

    @property
    def received(self) -> int:
        """Bytes received so far."""
        return sum(chunk.size for chunk in self.chunks)

    @property
    def complete(self) -> bool:
        """Whether every byte of a known total is there."""
        return self.total is not None and self.received == self.total
