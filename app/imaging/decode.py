"""Opening and decoding pictures with Pillow, within limits."""

from __future__ import annotations

import io
import struct
import warnings
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pi_heif
from PIL import Image, ImageFile, UnidentifiedImageError

from app.domain.errors import BadRequest, InvalidImage
from app.domain.images import InputSpec, Pixels

#: What may be opened at all; Pillow itself would try 43 formats.
FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "AVIF", "BMP", "TIFF", "ICO", "HEIF")

#: EXIF orientations that swap width and height (EXIF 2.32, tag 0x0112).
SWAPPED = frozenset({5, 6, 7, 8})

_ORIENTATION = 0x0112

#: How to bring the stored pixels upright, by orientation.
_TRANSPOSE = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

_FILTERS = {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}

#: Everything that decoders raise on damaged input.
_DAMAGED = (
    OSError,
    ValueError,
    SyntaxError,
    struct.error,
    EOFError,
    IndexError,
    KeyError,
    TypeError,
    AttributeError,
    ZeroDivisionError,
    OverflowError,
    MemoryError,
    RuntimeError,
    AssertionError,
    UnidentifiedImageError,
    Image.DecompressionBombError,
)

#: Frames beyond this are not counted: finding each costs reading the file up to it.
MAX_FRAMES = 10_000


def register_formats() -> None:
    """Teach Pillow HEIC; to be called once, before anything is opened."""
    Image.init()
    pi_heif.register_heif_opener(thumbnails=False)
    # The limit is our own and comes before any decoding; Pillow's would warn at another.
    Image.MAX_IMAGE_PIXELS = None


@contextmanager
def opened(source: bytes | Path, max_pixels: int) -> Iterator[ImageFile.ImageFile]:
    """Open a picture and check its size; nothing is decoded yet.

    Raises:
        InvalidImage: it is no supported picture, or damaged (also raised on leaving).
        BadRequest: it has too many pixels.
    """
    file = io.BytesIO(source) if isinstance(source, bytes) else source.open("rb")
    with file, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            image = Image.open(file, formats=FORMATS)
            pixels = image.width * image.height
            if pixels == 0:
                raise InvalidImage
            if pixels > max_pixels:
                raise BadRequest(
                    f"Image pixel count is too large. Got {pixels}. Maximum is {max_pixels}."
                )
            yield image
        except _DAMAGED as error:
            raise InvalidImage from error


def orientation(image: Image.Image) -> int:
    """The EXIF orientation, 1 where there is none or it makes no sense."""
    if image.format in ("HEIF", "TIFF"):
        return 1  # these decoders turn the picture themselves
    try:
        value = image.getexif().get(_ORIENTATION, 1)
    except _DAMAGED:
        return 1  # a broken EXIF block does not make a broken picture
    return value if value in _TRANSPOSE else 1


def frames(image: Image.Image) -> int:
    """Number of frames or pages, at least 1."""
    if image.format == "MPO":
        return 1  # a JPEG with previews beside it
    try:
        return max(1, min(int(getattr(image, "n_frames", 1)), MAX_FRAMES))
    except _DAMAGED:
        return 1


def decode(image: ImageFile.ImageFile, specs: Collection[InputSpec]) -> Image.Image:
    """Decode a picture completely, JPEGs at the smallest scale that serves ``specs``.

    Returns:
        An 8-bit RGB picture, transparent parts on white, not yet turned upright; reduced
        where the format allows it.
    """
    if image.format in ("JPEG", "MPO"):
        # draft() picks the smallest of the decoder's scales that is no smaller than asked.
        # Twice the input keeps enough detail for the crop (measured: no loss in accuracy).
        side = max((2 * spec.size for spec in specs), default=1)
        image.draft("RGB", (side, side))
    image.load()
    return to_rgb(image)


def to_rgb(image: Image.Image) -> Image.Image:
    """Any mode as 8-bit RGB; transparent parts on white."""
    mode = image.mode
    if mode.startswith(("I;16", "I")) or mode == "F":
        return _from_deep(image).convert("RGB")
    if mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        with_alpha = image.convert("RGBA")
        white = Image.new("RGB", image.size, (255, 255, 255))
        white.paste(with_alpha, mask=with_alpha.getchannel("A"))
        return white
    return image if mode == "RGB" else image.convert("RGB")


def _from_deep(image: Image.Image) -> Image.Image:
    """16-bit, 32-bit and float gray scaled to 8 bits; Pillow alone would clip at 255."""
    values = np.asarray(image).astype(np.float32)
    if image.mode.startswith("I;16") or (image.mode == "I" and values.max(initial=0) <= 65535):
        top = 65535.0
    else:
        top = float(values.max(initial=0)) or 1.0
    scaled = np.clip(np.nan_to_num(values) * (255.0 / top), 0, 255)
    return Image.fromarray(scaled.round().astype(np.uint8))


def cut(image: Image.Image, spec: InputSpec, turn: int) -> Pixels:
    """The central square that an engine looks at, upright.

    Args:
        image: decoded RGB, not turned.
        turn: EXIF orientation.

    Returns:
        uint8 (1, size, size, 3).
    """
    side = min(image.size) * spec.crop
    left, top = (image.width - side) / 2, (image.height - side) / 2
    box = (left, top, left + side, top + side)
    square = image.resize((spec.size, spec.size), _FILTERS[spec.resample], box=box)
    if turn in _TRANSPOSE:
        # A central square may be turned after it was cut, when it is small.
        square = square.transpose(_TRANSPOSE[turn])
    return np.asarray(square, dtype=np.uint8)[np.newaxis]
