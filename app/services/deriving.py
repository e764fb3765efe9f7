"""Files of assets for what is made of several: originals, and derivatives without a URL."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from app.domain.accounts import Cloud
from app.domain.assets import Asset
from app.domain.errors import BadRequest, Overloaded, RateLimited
from app.domain.ports import BlobStore
from app.domain.transformation.nodes import Transformation
from app.services.delivery import Delivery


@dataclass(frozen=True, slots=True)
class DerivedFile:
    """A file that was made of an asset, or its original.

    Attributes:
        content: the bytes, or where they lie.
        format: extension of what it is; empty where that is not known.
        size: bytes.
        width, height: pixels; 0 where there are none.
    """

    content: bytes | Path
    format: str
    size: int
    modified: datetime
    width: int = 0
    height: int = 0


class Deriving:
    """Gives files of assets."""

    def __init__(self, delivery: Delivery, blobs: BlobStore) -> None:
        self._delivery = delivery
        self._blobs = blobs

    def original(self, asset: Asset) -> DerivedFile:
        """The asset as it is."""
        return DerivedFile(
            self._blobs.path(asset.blob_key),
            asset.format or "",
            asset.bytes,
            asset.created_at,
            asset.width or 0,
            asset.height or 0,
        )

    async def derived(
        self,
        cloud: Cloud,
        asset: Asset,
        asked: Transformation,
        extension: str = "",
        *,
        keep: bool = True,
    ) -> DerivedFile:
        """The derivative of an image, found or made now.

        Args:
            asked: as it is to be called; named transformations by their names.
            extension: format; empty for the one that a URL without extension gives.
            keep: store it. If not it is held in memory.

        Raises:
            BadRequest: it cannot be made of this asset.
            NotFound: a layer's asset is missing.
            RateLimited: too many are being made.
        """
        if asset.resource_type != "image":
            raise BadRequest(f"Transformations of {asset.resource_type} files are not supported")
        try:
            made = await self._delivery.derive(cloud, asset, asked, extension, keep=keep)
        except Overloaded as error:
            raise RateLimited(error.message) from error
        if made.format == "json":
            raise BadRequest("fl_getinfo makes no image")
        content = made.data if made.data is not None else self._blobs.path(made.blob_key)
        return DerivedFile(content, made.format, made.size, made.modified, made.width, made.height)
