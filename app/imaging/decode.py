"""Opening and decoding pictures with Pillow, within limits."""

from __future__ import annotations

import math
import struct
import warnings
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
import pi_heif

# Importing a plugin registers it: the ones we use, not all of Pillow's 43.
from PIL import (
    AvifImagePlugin,
    BmpImagePlugin,  # noqa: F401 - registers itself
    GifImagePlugin,  # noqa: F401 - registers itself
    IcoImagePlugin,  # noqa: F401 - registers itself
    Image,
    ImageCms,
    JpegImagePlugin,  # noqa: F401 - registers itself
    PngImagePlugin,  # noqa: F401 - registers itself
    TiffImagePlugin,  # noqa: F401 - registers itself
    WebPImagePlugin,  # noqa: F401 - registers itself
)

from app.domain.errors import InvalidImage
from app.domain.images import InputSpec, Pixels
from app.imaging import tiff
from app.imaging.bitmaps import too_many_pixels

#: Our names of formats to Pillow's names of their openers.
OPENERS = {
    "jpg": "JPEG",
    "png": "PNG",
    "gif": "GIF",
    "webp": "WEBP",
    "avif": "AVIF",
    "bmp": "BMP",
    "tif": "TIFF",
    "ico": "ICO",
    "heic": "HEIF",
}

#: EXIF orientations that swap width and height.
SWAPPED = frozenset({5, 6, 7, 8})

#: How to bring the stored pixels upright, by orientation.
TRANSPOSE = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

_FILTERS = {
    "nearest": Image.Resampling.NEAREST,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
}

#: Everything that Pillow and its plugins have been seen to raise on damaged files.
_DAMAGED = (
    OSError,  # UnidentifiedImageError is one
    ValueError,
    SyntaxError,
    struct.error,
    EOFError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    MemoryError,
    RuntimeError,
    AssertionError,
    Image.DecompressionBombError,
)


@dataclass(frozen=True, slots=True)
class Decoded:
    """A decoded picture.

    Attributes:
        width, height: as displayed, before any reduction.
        frames: as the decoder counts them, for formats that we do not count ourselves.
        image: its pixels in the mode they were stored in, perhaps reduced, not turned.
        turn: EXIF orientation that is left to do.
    """

    width: int
    height: int
    frames: int
    image: Image.Image
    turn: int


def register(max_pixels: int) -> None:
    """Prepare Pillow; may be called again.

    Args:
        max_pixels: Pillow's own limit, the second line behind ours, is at least this.
    """
    # One thread a picture: the callers run as many pictures at once as there are cores.
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1
    pi_heif.register_heif_opener(
        thumbnails=False, depth_images=False, aux_images=False, decode_threads=1
    )
    Image.MAX_IMAGE_PIXELS = max(Image.MAX_IMAGE_PIXELS or 0, max_pixels)
    # Decoders comment on odd metadata; nobody reads that of strangers' files.
    warnings.filterwarnings("ignore", module=r"(PIL|pi_heif)\.")


@contextmanager
def refusing() -> Iterator[None]:
    """What a decoder raises on a damaged file, as a refusal of the file.

    Raises:
        InvalidImage: in place of it.
    """
    try:
        yield
    except _DAMAGED as error:
        raise InvalidImage from error


def decode(
    file: BinaryIO,
    name: str,
    specs: Collection[InputSpec],
    max_pixels: int,
    claimed: tuple[int, int] | None = None,
) -> Decoded:
    """Decode a picture completely, its first frame only.

    Args:
        file: its bytes; their structure has been checked.
        name: our name of its format; no other opener is tried.
        specs: JPEGs are decoded at the smallest scale that serves them.
        max_pixels: most pixels that are decoded.
        claimed: width and height that the opener must find, too.

    Raises:
        InvalidImage: it is damaged or cut short.
        BadRequest: it has too many pixels; nothing has been decoded then.
    """
    with refusing():
        image = Image.open(file, formats=[OPENERS[name]])
    width, height = image.size
    if not width * height or (claimed and claimed != image.size):
        raise InvalidImage
    if width * height > max_pixels:
        raise too_many_pixels(width * height, max_pixels)
    with refusing():
        if name == "jpg":
            image.draft("RGB", _draft_size(image.size, specs))
        image.load()
        frames = int(getattr(image, "n_frames", 1)) if name in ("webp", "avif") else 1
    # The decoders of these two turn their pictures themselves.
    turn = 1 if name in ("tif", "heic") else tiff.orientation(image.info.get("exif") or b"")
    if turn in SWAPPED:
        width, height = height, width
    return Decoded(width, height, frames, image, turn)


def _draft_size(size: tuple[int, int], specs: Collection[InputSpec]) -> tuple[int, int]:
    """The least width and height of a reduced JPEG; 1 if only its wholeness matters.

    Twice the input keeps enough detail for the central crop (measured: no loss in accuracy);
    parts are cut at their own size, and what is only averaged or searched needs no more.
    """
    needs = [_needed(size, spec) for spec in specs] or [(1, 1)]
    return max(width for width, _ in needs), max(height for _, height in needs)


def _needed(size: tuple[int, int], spec: InputSpec) -> tuple[int, int]:
    if spec.fit == "square":
        side = math.ceil(spec.size * max(2, 1 / spec.crop))
        return side, side
    if spec.fit == "squash":
        return spec.size, spec.size
    width, height = (math.ceil(side * spec.size / max(size)) for side in size)
    return width, height


def to_rgb(image: Image.Image) -> Image.Image:
    """Any mode as 8-bit RGB; transparent parts on white.

    Raises:
        InvalidImage: there is no way from its mode.
    """
    with refusing():
        if image.mode.startswith("I") or image.mode == "F":
            return from_deep(image).convert("RGB")
        if image.mode == "LAB":
            lab, srgb = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
            turned = ImageCms.profileToProfile(image, lab, srgb, outputMode="RGB")
            return turned or image
        if image.mode in ("RGBA", "LA", "PA", "RGBa") or "transparency" in image.info:
            with_alpha = image.convert("RGBA")
            white = Image.new("RGB", image.size, (255, 255, 255))
            white.paste(with_alpha, mask=with_alpha.getchannel("A"))
            return white
        return image if image.mode == "RGB" else image.convert("RGB")


def from_deep(image: Image.Image) -> Image.Image:
    """16-bit, 32-bit and float gray scaled to 8 bits; Pillow alone would clip at 255."""
    values = np.nan_to_num(np.asarray(image).astype(np.float32))
    highest = float(values.max(initial=0))
    sixteen = image.mode.startswith("I") and highest <= 65535
    scaled = np.clip(values * (255.0 / (65535.0 if sixteen else highest or 1.0)), 0, 255)
    return Image.fromarray(scaled.round().astype(np.uint8))


def views(image: Image.Image, specs: Collection[InputSpec], turn: int) -> dict[InputSpec, Pixels]:
    """What engines look at, upright.

    Args:
        image: RGB, not turned.
        turn: EXIF orientation.

    Returns:
        For each spec uint8 (1, height, width, 3), C-contiguous.
    """
    if turn in TRANSPOSE and not all(map(_turns_alike, specs)):
        # What lies in a corner, or keeps its proportions, is cut from the upright picture.
        image, turn = image.transpose(TRANSPOSE[turn]), 1
    return {spec: _cut(image, spec, turn) for spec in specs}


def _turns_alike(spec: InputSpec) -> bool:
    """Whether the view may be turned after it was cut, when it is small."""
    return spec.fit == "squash" or (spec.fit == "square" and spec.at == (0.5, 0.5))


def _cut(image: Image.Image, spec: InputSpec, turn: int) -> Pixels:
    width, height = size = image.size
    box, target = (0.0, 0.0, float(width), float(height)), (spec.size, spec.size)
    if spec.fit == "square":
        side = min(size) * spec.crop
        left, top = (width - side) * spec.at[0], (height - side) * spec.at[1]
        box = (left, top, left + side, top + side)
    elif spec.fit == "inside":
        scale = min(1.0, spec.size / max(size))
        target = (max(1, round(width * scale)), max(1, round(height * scale)))
    view = image.resize(target, _FILTERS[spec.resample], box=box)
    if turn in TRANSPOSE:
        view = view.transpose(TRANSPOSE[turn])
    return np.asarray(view, dtype=np.uint8)[np.newaxis]
