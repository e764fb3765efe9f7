"""What files say beside their pixels: read, filtered, and written again where asked for.

EXIF 2.32; IPTC-IIM 4.2, in the Photoshop resources of a JPEG's APP13 or in a tag of TIFF;
Adobe XMP. PNG, WebP and AVIF have no place for IPTC, other formats none for any of them; of EXIF
a TIFF has the texts only, whose tags are its own.
"""

from __future__ import annotations

import struct
from collections.abc import Collection, Iterator
from typing import Any

from PIL import ExifTags, Image, PngImagePlugin, TiffImagePlugin, TiffTags

from app.domain.errors import InvalidImage
from app.imaging import tiff
from app.imaging.render.picture import Metadata

#: Number of the Photoshop resource, and of the TIFF tags.
_IPTC_RESOURCE = 0x0404
_IPTC_TAG = 33723
_XMP_TAG = 700

#: EXIF 2.32, 4.6.4: texts that a TIFF may have, too.
_TEXTS: tuple[int, ...] = (
    ExifTags.Base.ImageDescription,
    ExifTags.Base.Make,
    ExifTags.Base.Model,
    ExifTags.Base.Software,
    ExifTags.Base.DateTime,
    ExifTags.Base.Artist,
    ExifTags.Base.Copyright,
)

#: Most bytes after a JPEG marker's length, and the heads of APP1 for XMP and of APP13.
_MARKER = 65533
_XMP_HEAD = 29
_PHOTOSHOP = b"Photoshop 3.0\0"

#: IPTC-IIM 4.2, chapter 6: by-line, its title, credit, source, copyright notice, contact.
_ATTRIBUTION = frozenset({80, 85, 110, 115, 116, 118})


def collect(image: Image.Image) -> Metadata:
    """The raw blocks of an opened file, and the profile that its pixels are converted from."""
    info = image.info
    resources = info.get("photoshop")
    iptc = resources.get(_IPTC_RESOURCE) if isinstance(resources, dict) else None
    exif = info.get("exif")
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        iptc = image.tag_v2.get(_IPTC_TAG)
        exif = _described(image)
    xmp = info.get("xmp")
    if isinstance(xmp, str):
        xmp = xmp.encode()
    profile = _raw(info.get("icc_profile"))
    return Metadata(_raw(exif), _raw(iptc), _raw(xmp), profile, image.mode == "CMYK")


def _raw(block: object) -> bytes:
    return block if isinstance(block, bytes) else b""


def _described(image: TiffImagePlugin.TiffImageFile) -> bytes:
    """The texts among a TIFF's tags; the others say how it is stored."""
    exif = Image.Exif()
    for tag in _TEXTS:
        text = image.tag_v2.get(tag)
        if isinstance(text, str):
            exif[tag] = text
    return exif.tobytes() if len(exif) else b""


def kept(metadata: Metadata, flags: Collection[str]) -> Metadata:
    """What of it a result carries: all with ``keep_iptc``, names of makers and owners with
    ``keep_attribution``, else nothing; nothing in any case with ``force_strip``.

    The orientation is left out: the pixels are upright. So is the profile: they are sRGB.
    """
    if "force_strip" in flags or not {"keep_iptc", "keep_attribution"} & set(flags):
        return Metadata()
    if "keep_iptc" in flags:
        return Metadata(_exif(metadata.exif), metadata.iptc, metadata.xmp)
    wanted = (ExifTags.Base.Artist, ExifTags.Base.Copyright)
    return Metadata(_exif(metadata.exif, wanted), b"".join(_attribution(metadata.iptc)))


def options(metadata: Metadata, extension: str) -> dict[str, Any]:
    """Arguments of Pillow's ``save``; blocks that the format has no room for are left out.

    Args:
        metadata: as :func:`kept` returns it, so that its EXIF can be read.
    """
    found: dict[str, Any] = {}
    if extension not in ("jpg", "png", "webp", "avif", "tif"):
        return found
    room = _MARKER if extension == "jpg" else 1 << 24
    if extension == "tif":
        found["tiffinfo"] = _tags(metadata)
        return found
    if metadata.exif and len(metadata.exif) <= room:
        found["exif"] = metadata.exif
    if metadata.xmp and len(metadata.xmp) <= room - _XMP_HEAD:
        if extension == "png":
            found["pnginfo"] = _chunks(metadata.xmp)
        else:
            found["xmp"] = metadata.xmp
    if extension == "jpg" and metadata.iptc:
        found["extra"] = _photoshop(metadata.iptc)
    return found


def _exif(block: bytes, wanted: Collection[int] = ()) -> bytes:
    """EXIF without its orientation, or of the wanted tags only; nothing of a damaged one."""
    exif = Image.Exif()
    try:
        tiff.check_exif(block)
        exif.load(block)
        for tag in list(exif):
            if tag == tiff.ORIENTATION or (wanted and tag not in wanted):
                del exif[tag]
        return exif.tobytes() if len(exif) else b""
    except (InvalidImage, OSError, ValueError, SyntaxError, LookupError, TypeError, struct.error):
        return b""


def _attribution(iptc: bytes) -> Iterator[bytes]:
    """The data sets that name makers and owners (IPTC-IIM 4.2, 1.5: tag, record, number, size)."""
    at = 0
    while at + 5 <= len(iptc) and iptc[at] == 0x1C:
        record, number, size = struct.unpack_from(">BBH", iptc, at + 1)
        if size & 0x8000:
            return  # sizes of more than 15 bits are not for names
        if record == 2 and number in _ATTRIBUTION:
            yield iptc[at : at + 5 + size]
        at += 5 + size


def _photoshop(iptc: bytes) -> bytes:
    """A JPEG's APP13 with one Photoshop resource; nothing if it is too long for one."""
    padding = bytes(len(iptc) % 2)
    resource = struct.pack(">4sHHI", b"8BIM", _IPTC_RESOURCE, 0, len(iptc)) + iptc + padding
    body = _PHOTOSHOP + resource
    return struct.pack(">HH", 0xFFED, len(body) + 2) + body if len(body) <= _MARKER else b""


def _chunks(xmp: bytes) -> PngImagePlugin.PngInfo:
    """XMP as PNG has it: an international text of a fixed name (XMP part 3, 1.1.5)."""
    chunks = PngImagePlugin.PngInfo()
    chunks.add_itxt("XML:com.adobe.xmp", xmp.decode("utf-8", "replace"))
    return chunks


def _tags(metadata: Metadata) -> TiffImagePlugin.ImageFileDirectory_v2:
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    exif = Image.Exif()
    exif.load(metadata.exif)
    for tag in _TEXTS:
        if isinstance(exif.get(tag), str):
            tags[tag] = exif[tag]
    for tag, block, kind in (
        (_IPTC_TAG, metadata.iptc, TiffTags.UNDEFINED),
        (_XMP_TAG, metadata.xmp, TiffTags.BYTE),
    ):
        if block:
            tags.tagtype[tag] = kind
            tags[tag] = block
    return tags
