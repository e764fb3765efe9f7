"""Files of pictures: each format's encoder, and how it is set.

Every encoder runs in one thread: the callers run as many pictures at once as there are cores.
The same picture and the same options give the same bytes.
"""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from PIL import (
    Image,
    ImageChops,
    ImageStat,
    Jpeg2KImagePlugin,  # noqa: F401 - registers itself
    PdfImagePlugin,  # noqa: F401 - registers itself
)

from app.imaging import decode

#: Formats whose files are smaller where the picture may differ.
LOSSY = frozenset({"jpg", "webp", "avif"})

#: Qualities of AVIF that look like a JPEG's: measured as equal mean structural similarity of
#: luma on six photos of 500 pixels. WebP's scale agrees with JPEG's as it is.
_AVIF = ((1, 10, 20, 30, 50, 70, 80, 90, 95, 100), (1, 16, 32, 40, 47, 56, 66, 80, 90, 100))

#: Signal-to-noise ratio in decibels beyond which nothing is to be seen.
_NO_NOISE = 60

#: libaom's fast "all intra" setting: a fifth of the time of the next slower one for files 3 … 10 %
#: larger, and faster than WebP.
_AVIF_SPEED = 9

#: libwebp's default; 2 would take half the time for files 4 % larger.
_WEBP_METHOD = 4

#: Where an animation's flags lie, behind the headers of RIFF and VP8X, and the one of alpha.
_WEBP_FLAGS, _WEBP_ALPHA = 20, 0x10

#: zlib-ng: half the time of 6 for files 2 … 4 % larger.
_PNG_LEVEL = 4


def native(extension: str, quality: int, image: Image.Image) -> int:
    """The encoder's own quality for one that is stated on JPEG's scale, 1 … 100.

    JPEG 2000 is told a signal-to-noise ratio in decibels, 10 log₁₀(255² ÷ mean squared error):
    that of the picture's JPEG, since any other would be too coarse for smooth pictures.
    """
    if extension == "avif":
        return round(float(np.interp(quality, *_AVIF)))
    if extension != "jp2":
        return quality
    image = flattened(image)
    data = still(image, "jpg", options("jpg", quality, chroma="444"))
    with Image.open(io.BytesIO(data), formats=["JPEG"]) as jpeg:
        noise = ImageStat.Stat(ImageChops.difference(image, jpeg)).rms
    squared = sum(value * value for value in noise) / len(noise)
    return min(_NO_NOISE, round(10 * math.log10(255**2 / max(squared, 1e-9))))


def options(
    extension: str,
    quality: int,
    *,
    chroma: str = "",
    lossless: bool = False,
    progressive: bool = False,
) -> dict[str, Any]:
    """Arguments of Pillow's ``save``.

    Args:
        quality: on the encoder's own scale; formats that lose nothing ignore it.
        chroma: ``444`` or ``420``; WebP knows only the latter.
        lossless: for the formats that have such a form; AVIF's still rounds colours, by 1.
        progressive: for JPEG: 3 … 6 % smaller, shown coarsely at first, six times the time.
    """
    match extension:
        case "jpg" | "pdf":
            sampling = "4:4:4" if chroma == "444" else "4:2:0"
            return {"quality": quality, "subsampling": sampling, "progressive": progressive}
        case "webp":
            # With "lossless" quality means effort.
            effort = {"lossless": True, "quality": 75} if lossless else {"quality": quality}
            return {"method": _WEBP_METHOD, **effort}
        case "avif":
            full = lossless or chroma == "444"
            return {
                "quality": 100 if lossless else quality,
                "subsampling": "4:4:4" if full else "4:2:0",
                "speed": _AVIF_SPEED,
                "max_threads": 1,
            }
        case "jp2":
            # The first three channels as luma and chroma: half the size.
            chosen = {} if lossless else {"quality_mode": "dB", "quality_layers": [quality]}
            return {"irreversible": not lossless, "mct": 1, **chosen}
        case "png":
            return {"compress_level": _PNG_LEVEL}
        case "tif":
            return {"compression": "tiff_lzw"}
    return {}


def flattened(image: Image.Image, colour: tuple[int, int, int] = (255, 255, 255)) -> Image.Image:
    """The picture as ``RGB``, with a colour behind what is transparent."""
    if image.mode != "RGBA":
        return image
    flat = Image.new("RGB", image.size, colour)
    flat.paste(image, mask=image.getchannel("A"))
    return flat


def still(image: Image.Image, extension: str, options: dict[str, Any]) -> bytes:
    """The file of one picture."""
    buffer = io.BytesIO()
    image.save(buffer, _pillow(extension), **options)
    return buffer.getvalue()


def animation(
    frames: Sequence[Image.Image],
    durations: Sequence[int],
    loop: int,
    extension: str,
    options: dict[str, Any],
) -> bytes:
    """The file of several frames.

    Args:
        durations: milliseconds of each.
        loop: how often they are shown, 0 for ever. AVIFs are always shown for ever.
    """
    timing: dict[str, Any] = {"duration": list(durations)}
    if extension != "gif":
        timing["loop"] = loop
    elif loop != 1:
        # GIFs count repetitions; without a count they are shown once.
        timing["loop"] = max(0, loop - 1)
    data = still(
        frames[0],
        extension,
        {**options, **timing, "save_all": True, "append_images": list(frames[1:])},
    )
    return _with_alpha(data) if extension == "webp" and frames[0].mode == "RGBA" else data


def count(data: bytes, extension: str) -> int:
    """Frames of a file: encoders make one of several that are alike."""
    with Image.open(io.BytesIO(data), formats=[_pillow(extension)]) as image:
        return int(getattr(image, "n_frames", 1))


def _with_alpha(webp: bytes) -> bytes:
    """The encoder cuts transparent margins off the frames of an animation, and where nothing
    else is transparent it forgets to say that the canvas is (WebP container specification,
    "Extended File Format").
    """
    if webp[12:16] != b"VP8X":
        return webp
    flags = webp[_WEBP_FLAGS] | _WEBP_ALPHA
    return webp[:_WEBP_FLAGS] + bytes([flags]) + webp[_WEBP_FLAGS + 1 :]


def _pillow(extension: str) -> str:
    return {"pdf": "PDF", "jp2": "JPEG2000"}.get(extension) or decode.OPENERS[extension]
