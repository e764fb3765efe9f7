"""TIFF directories, read just far enough to refuse what would be costly to decode.

TIFF 6.0, its BigTIFF extension, and EXIF blocks, which are TIFF files without a picture. A
directory names where each of its values lies, and nothing keeps two values from lying in the
same place: a quarter of a megabyte can ask a reader that copies every value for gigabytes.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

from app.domain.errors import InvalidImage
from app.imaging.buffers import MAX_FRAMES, Buffer

#: EXIF 2.32, 4.6.4: how the stored pixels are turned.
ORIENTATION = 0x0112

_NEW_SUBFILE_TYPE = 254
_WIDTH, _HEIGHT = 256, 257
_STRIPS_AND_TILES = (273, 279, 324, 325)
_TILE_WIDTH, _TILE_HEIGHT = 322, 323
_DNG_VERSION = 50706

#: Directories that Pillow reads beside the first: EXIF, GPS, interoperability.
_NESTED = (34665, 34853, 40965)

#: Bytes of one value by field type (TIFF 6.0, section 2; 13 and 16 to 18 are later ones).
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8}
_SIZES |= {13: 4, 16: 8, 17: 8, 18: 8}

#: Types that can hold a number or an offset, as ``struct`` letters.
_INTEGERS = {1: "B", 3: "H", 4: "I", 6: "b", 8: "h", 9: "i", 13: "I", 16: "Q", 17: "q", 18: "Q"}

#: Small blocks may be a little odd: values overlap in some cameras' notes.
_TOLERANCE = 1 << 20

#: Fields of a directory; cameras write about fifty.
_MAX_FIELDS = 4096

#: Strips or tiles of a picture; Pillow makes an object of each, 6 µs and 300 bytes.
_MAX_STRIPS = 1 << 16

#: Tiles are 256 pixels wide, not 30,000: they are decompressed whole, however small the picture.
_MAX_TILE_PIXELS = 1 << 24


class _Layout(NamedTuple):
    """How a file writes its numbers: ``struct`` byte order, BigTIFF or not."""

    order: str
    big: bool


class _Entry(NamedTuple):
    """One field of a directory; ``at`` is where its value lies."""

    tag: int
    type: int
    values: int
    at: int
    size: int


def check(data: Buffer) -> int:
    """Look at a TIFF file before it is decoded.

    Returns:
        Its pages, at least 1 and at most :data:`MAX_FRAMES`.

    Raises:
        InvalidImage: it is damaged, too costly, or a camera's raw file, whose first picture
            is a preview.
    """
    layout, first = _header(data)
    if not _affordable(data, layout, first, len(data)) or camera_raw(data):
        raise InvalidImage
    fields = {entry.tag: entry for entry in _entries(data, layout, first)}
    if any(entry.at + entry.size > len(data) for entry in fields.values()):
        raise InvalidImage  # cut short
    if any(fields[tag].values > _MAX_STRIPS for tag in _STRIPS_AND_TILES if tag in fields):
        raise InvalidImage
    tile = [_number(data, layout, fields.get(tag)) for tag in (_TILE_WIDTH, _TILE_HEIGHT)]
    picture = [_number(data, layout, fields.get(tag)) for tag in (_WIDTH, _HEIGHT)]
    if tile[0] * tile[1] > max(_MAX_TILE_PIXELS, picture[0] * picture[1]):
        raise InvalidImage
    return _pages(data, layout, first)


def camera_raw(data: Buffer) -> bool:
    """Whether a TIFF is a camera's raw file: what decodes is a preview of it.

    Args:
        data: the file, or its beginning.
    """
    if data[8:10] == b"CR":
        return True  # Canon CR2
    try:
        layout, first = _header(data)
    except InvalidImage:
        return False
    for entry in _entries(data, layout, first):
        if entry.tag == _DNG_VERSION:
            return True
        # Bit 0: a reduced version of another picture in the file (NEF, ARW, DNG).
        if entry.tag == _NEW_SUBFILE_TYPE and _number(data, layout, entry) & 1:
            return True
    return False


def check_exif(exif: bytes) -> None:
    """Refuse an EXIF block that would be costly to read; a merely broken one passes.

    Raises:
        InvalidImage: its values lie over one another too often.
    """
    block = _without_prefix(exif)
    try:
        layout, first = _header(block)
    except InvalidImage:
        return
    if not _affordable(block, layout, first, len(block)):
        raise InvalidImage


def orientation(exif: bytes) -> int:
    """The orientation that an EXIF block states, 1 … 8; 1 where it states nothing sensible."""
    block = _without_prefix(exif)
    try:
        layout, first = _header(block)
        entry = next(it for it in _entries(block, layout, first) if it.tag == ORIENTATION)
    except (InvalidImage, StopIteration):
        return 1  # a broken EXIF block does not make a broken picture
    value = _number(block, layout, entry)
    return value if 1 <= value <= 8 else 1


def _without_prefix(exif: bytes) -> bytes:
    while exif.startswith(b"Exif\0\0"):
        exif = exif[6:]
    return exif


def _header(data: Buffer) -> tuple[_Layout, int]:
    """Byte order, and where the first directory lies."""
    order = {b"II": "<", b"MM": ">"}.get(data[:2])
    if order is None or len(data) < 8:
        raise InvalidImage
    (version,) = struct.unpack_from(f"{order}H", data, 2)
    if version == 43 and len(data) >= 16:
        return _Layout(order, True), int(struct.unpack_from(f"{order}Q", data, 8)[0])
    return _Layout(order, False), int(struct.unpack_from(f"{order}I", data, 4)[0])


def _entries(data: Buffer, layout: _Layout, at: int) -> Iterator[_Entry]:
    """The fields of the directory at ``at``, as far as the data reaches."""
    order, big = layout
    head = struct.Struct(f"{order}Q" if big else f"{order}H")
    field = struct.Struct(f"{order}HHQQ" if big else f"{order}HHII")
    if at + head.size > len(data):
        return
    (count,) = head.unpack_from(data, at)
    at += head.size
    if count > _MAX_FIELDS and at + _MAX_FIELDS * field.size < len(data):
        raise InvalidImage
    for _ in range(count):
        if at + field.size > len(data):
            return
        tag, kind, values, offset = field.unpack_from(data, at)
        size = values * _SIZES.get(kind, 0)
        inline = 8 if big else 4
        yield _Entry(
            tag, kind, values, at + field.size - inline if size <= inline else offset, size
        )
        at += field.size


def _number(data: Buffer, layout: _Layout, entry: _Entry | None) -> int:
    """The first value of a field, 0 where there is none."""
    if entry is None or entry.type not in _INTEGERS or entry.values < 1:
        return 0
    value = struct.Struct(layout.order + _INTEGERS[entry.type])
    if entry.at + value.size > len(data):
        return 0
    return int(value.unpack_from(data, entry.at)[0])


def _affordable(data: Buffer, layout: _Layout, at: int, budget: int, depth: int = 0) -> bool:
    """Whether the values of a directory and of those it points to fit into the file."""
    spent = 0
    nested = []
    for entry in _entries(data, layout, at):
        if entry.at + entry.size > len(data):
            break  # a reader stops at a value that is cut short
        spent += entry.size
        if entry.tag in _NESTED:
            nested.append(_number(data, layout, entry))
    if spent > budget + _TOLERANCE or len(nested) > len(_NESTED):
        return False
    return depth > 2 or all(_affordable(data, layout, it, budget, depth + 1) for it in nested)


def _pages(data: Buffer, layout: _Layout, at: int) -> int:
    """Length of the chain of directories, which may bite its own tail."""
    order, big = layout
    head = struct.Struct(f"{order}Q" if big else f"{order}H")
    link = struct.Struct(f"{order}Q" if big else f"{order}I")
    seen: set[int] = set()
    while at and at not in seen and len(seen) < MAX_FRAMES and at + head.size <= len(data):
        seen.add(at)
        (count,) = head.unpack_from(data, at)
        after = at + head.size + count * (20 if big else 12)
        at = link.unpack_from(data, after)[0] if after + link.size <= len(data) else 0
    return max(1, len(seen))
