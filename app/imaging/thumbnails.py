"""Small upright copies of pictures, for pages that show them."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image

from app.domain.images import InputSpec
from app.imaging.imager import PillowImager

#: JPEG quality (0 … 95): a thumbnail of 240 pixels takes about 10 kB.
QUALITY = 80


def thumbnail(imager: PillowImager, source: bytes | Path, side: int) -> bytes:
    """A picture as a small JPEG, sRGB, upright, without any metadata of the file.

    Args:
        imager: what checks and decodes it: a thumbnail is as safe as an upload.
        side: its longer side in pixels; smaller pictures keep their size.

    Raises:
        InvalidImage, BadRequest, OSError: as :meth:`PillowImager.inspect` does.
    """
    spec = InputSpec(side, fit="inside")
    pixels = imager.inspect(source, (spec,)).inputs[spec]
    buffer = io.BytesIO()
    Image.fromarray(pixels[0]).save(buffer, "JPEG", quality=QUALITY, optimize=True)
    return buffer.getvalue()
