"""The :class:`app.domain.ports.Imager` on Pillow."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from app.domain.images import InputSpec, Inspection, MediaKind
from app.imaging import decode
from app.imaging.sniff import sniff

#: Pillow's names to the formats that clients know. HEIF and HEIC are one to them.
FORMAT_NAMES = {
    "JPEG": "jpg",
    "MPO": "jpg",
    "PNG": "png",
    "GIF": "gif",
    "WEBP": "webp",
    "AVIF": "avif",
    "BMP": "bmp",
    "TIFF": "tif",
    "ICO": "ico",
    "HEIF": "heic",
}


class PillowImager:
    """Sniffs, probes and decodes.

    Args:
        max_pixels: largest width × height that is decoded.
    """

    def __init__(self, max_pixels: int) -> None:
        self._max_pixels = max_pixels
        decode.register_formats()

    def sniff(self, head: bytes) -> tuple[MediaKind, str]:
        """Name a file by its first bytes."""
        return sniff(head)

    def inspect(self, source: bytes | Path, specs: Collection[InputSpec] = ()) -> Inspection:
        """Decode a picture completely and cut what the engines look at.

        Raises:
            InvalidImage: it is no supported picture, or damaged.
            BadRequest: it has too many pixels.
        """
        with decode.opened(source, self._max_pixels) as image:
            turn = decode.orientation(image)
            width, height = image.size
            pages = decode.frames(image)
            name = FORMAT_NAMES[image.format or ""]
            pixels = decode.decode(image, specs)
            inputs = {spec: decode.cut(pixels, spec, turn) for spec in specs}
        if turn in decode.SWAPPED:
            width, height = height, width
        return Inspection(name, width, height, pages, inputs)
