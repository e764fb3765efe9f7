"""The pixels that analyses look at, with or without transparency."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile

from app.domain.errors import InvalidImage
from app.domain.images import InputSpec, Pixels
from app.imaging import decode
from app.imaging.analysis.perception import Bytes
from app.imaging.bitmaps import too_many_pixels
from app.imaging.buffers import viewed
from app.imaging.sniff import sniff

#: Bytes that tell what a file is.
_HEAD = 4096

#: The view that colours are taken from. Pixels are left out, not averaged: averages of a checked
#: cloth's colours are colours that it does not have.
VIEW = InputSpec(size=128, resample="nearest", fit="inside")

#: Opacity from which on a pixel's colour is seen.
_SEEN = 128


@dataclass(frozen=True, slots=True)
class Sample:
    """A small copy of a picture.

    Attributes:
        rgb: uint8 (height, width, 3).
        seen: bool (height, width), false where the picture is transparent.
        transparent: whether any pixel of the picture is not fully opaque.
    """

    rgb: Bytes
    seen: NDArray[np.bool_]
    transparent: bool = False

    def colours(self) -> Bytes:
        """The colours that are seen: uint8 (pixels, 3), perhaps none."""
        found: Bytes = self.rgb[self.seen]
        return found


@contextmanager
def opened(source: bytes | Path) -> Iterator[tuple[str, ImageFile.ImageFile]]:
    """A picture's format, by our name, and its file, whose pixels are not decoded yet.

    Raises:
        InvalidImage: it is no picture, or damaged.
        OSError: it cannot be opened.
    """
    with viewed(source) as (data, file):
        kind, name = sniff(data[:_HEAD])
        if kind != "image":
            raise InvalidImage
        with decode.refusing():
            image = Image.open(file, formats=[decode.OPENERS[name]])
        yield name, image


def of_picture(source: bytes | Path, view: Pixels, max_pixels: int) -> Sample:
    """What is seen of a picture.

    Views show transparent pixels as white. A picture that has any is decoded again; it is not
    turned then: nothing that is measured in a sample depends on that.

    Args:
        view: its pixels as :data:`VIEW` describes.
        max_pixels: largest width × height that is decoded.

    Raises:
        InvalidImage, BadRequest: it is damaged or too large.
        OSError: it cannot be opened.
    """
    with opened(source) as (_, image):
        # Views take 16-bit gray as opaque, too.
        if not image.has_transparency_data or image.mode.startswith("I"):
            return Sample(view[0], np.ones(view.shape[1:3], np.bool_))
        if image.width * image.height > max_pixels:
            raise too_many_pixels(image.width * image.height, max_pixels)
        with decode.refusing():
            whole = image.convert("RGBA")
            transparent = bool(np.asarray(whole.getchannel("A")).min() < 255)
            whole.thumbnail((VIEW.size, VIEW.size), Image.Resampling.NEAREST)
    pixels: Bytes = np.asarray(whole)
    return Sample(pixels[..., :3], pixels[..., 3] >= _SEEN, transparent)
