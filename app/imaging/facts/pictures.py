"""What pictures say of themselves: EXIF, GPS, IPTC, XMP, and the facts of their formats."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from PIL import Image, ImageCms, ImageFile, TiffImagePlugin

from app.domain.errors import InvalidImage
from app.domain.facts import tidy
from app.imaging import tiff
from app.imaging.buffers import viewed
from app.imaging.decode import OPENERS, refusing
from app.imaging.facts.exif import exif_texts
from app.imaging.facts.iptc import iptc_texts
from app.imaging.facts.xmp import xmp_texts
from app.imaging.render import metadata

#: Names of kinds of pixels, as the real service has them.
_COLORSPACES = {
    **dict.fromkeys(("1", "L", "LA", "La", "I", "I;16", "I;16B", "F"), "GRAY"),
    "CMYK": "CMYK",
    "LAB": "LAB",
}

_JFIF_UNITS = ("None", "inches", "cm")

#: Texts of PNG (third edition, 11.3.3.2) and where other formats put a comment.
_TEXTS = {
    "Title": "Title",
    "Author": "Author",
    "Description": "Description",
    "Copyright": "Copyright",
    "Creation Time": "CreationTime",
    "Software": "Software",
    "Disclaimer": "Disclaimer",
    "Warning": "Warning",
    "Source": "Source",
    "Comment": "Comment",
    "comment": "Comment",
}

_INCH = 0.0254


def picture_metadata(source: bytes | Path, file_format: str) -> dict[str, str]:
    """See :meth:`app.domain.facts.FileFacts.picture_metadata`.

    Raises:
        OSError: ``source`` cannot be opened.
    """
    if file_format not in OPENERS:
        return {}
    with viewed(source) as (_, file), suppress(InvalidImage):
        with refusing():
            image = Image.open(file, formats=[OPENERS[file_format]])
        return tidy(list(_texts(image)))
    return {}


def _texts(image: ImageFile.ImageFile) -> Iterator[tuple[str, str]]:
    """Everything in the order of the real service; the first of several of one name counts."""
    blocks = metadata.collect(image)
    for part in (
        lambda: exif_texts(_exif(image)),
        lambda: _format_texts(image),
        lambda: iptc_texts(image),
        lambda: xmp_texts(blocks.xmp),
        lambda: _profile_texts(blocks.profile),
    ):
        yield from _readable(part)
    yield "Colorspace", _COLORSPACES.get(image.mode, "RGB")
    yield "DPI", _dots_per_inch(image)


def _readable(part: Callable[[], Iterator[tuple[str, str]]]) -> list[tuple[str, str]]:
    """What a part says up to where it is damaged."""
    found: list[tuple[str, str]] = []
    with suppress(InvalidImage), refusing():
        found.extend(part())
    return found


def _exif(image: ImageFile.ImageFile) -> Image.Exif:
    """EXIF, which of a TIFF is the file itself."""
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        return image.getexif()
    exif, block = Image.Exif(), image.info.get("exif")
    if isinstance(block, bytes):
        tiff.check_exif(block)
        exif.load(block)
    # The decoder of HEIC turns the pixels itself, and notes how they were stored.
    stored = image.info.get("original_orientation")
    if stored:
        exif[tiff.ORIENTATION] = stored
    return exif


def _format_texts(image: ImageFile.ImageFile) -> Iterator[tuple[str, str]]:
    """What the format itself states, without any of the standards of metadata."""
    info = image.info
    if "jfif_version" in info:
        major, minor = info["jfif_version"]
        yield "JFIFVersion", f"{major}.{minor:02}"
    if "jfif_density" in info:
        unit, (across, down) = info.get("jfif_unit", 0), info["jfif_density"]
        yield "ResolutionUnit", _JFIF_UNITS[unit] if unit < len(_JFIF_UNITS) else "None"
        yield "XResolution", str(across)
        yield "YResolution", str(down)
    if image.format == "PNG" and "dpi" in info:
        across, down = info["dpi"]
        yield "PixelsPerUnitX", str(round(across / _INCH))
        yield "PixelsPerUnitY", str(round(down / _INCH))
        yield "PixelUnits", "meters"
    for key, name in _TEXTS.items():
        value = info.get(key)
        if isinstance(value, bytes):
            value = value.decode("utf-8", "replace")
        if isinstance(value, str):
            yield name, value


def _profile_texts(profile: bytes) -> Iterator[tuple[str, str]]:
    if profile:
        opened = ImageCms.ImageCmsProfile(io.BytesIO(profile)).profile
        yield "ProfileDescription", opened.profile_description or ""
        yield "ProfileCopyright", opened.copyright or ""


def _dots_per_inch(image: ImageFile.ImageFile) -> str:
    """0 where the file states none, as the real service has it."""
    try:
        return f"{float(image.info['dpi'][0]):.0f}"
    except (LookupError, TypeError, ValueError, ArithmeticError):
        return "0"
