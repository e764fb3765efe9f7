"""Boxes of ISO base media files (ISO/IEC 14496-12): AVIF, HEIC, MP4, QuickTime."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from app.domain.errors import InvalidImage
from app.domain.images import MediaKind
from app.imaging.buffers import Buffer
from app.imaging.tiff import check_exif

_AVIF: tuple[MediaKind, str] = ("image", "avif")
_HEIC: tuple[MediaKind, str] = ("image", "heic")

#: Brands of still pictures, which count wherever they stand among a file's brands.
_PICTURES = {
    **dict.fromkeys((b"avif", b"avis"), _AVIF),
    **dict.fromkeys(
        (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"), _HEIC
    ),
}

#: Brands of a container that may hold either; those beside them tell.
_CONTAINERS = frozenset({b"mif1", b"msf1", b"miaf"})

#: Leading brands that name something else than MP4.
_LEADING: dict[bytes, tuple[MediaKind, str]] = {
    b"qt  ": ("video", "mov"),
    b"M4A ": ("audio", "m4a"),
    b"M4B ": ("audio", "m4a"),
    b"M4P ": ("audio", "m4a"),
    b"F4A ": ("audio", "m4a"),
    b"crx ": ("other", ""),  # Canon CR3
    b"jxl ": ("other", ""),
}

#: First boxes of QuickTime files from before there were brands.
_QUICKTIME = frozenset({b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"})

#: Boxes and items looked at; a grid of a 200-megapixel photo has about 500.
_MAX_PARTS = 20_000


def sniff(head: bytes) -> tuple[MediaKind, str] | None:
    """Kind and format by the brands at the beginning of a file, None if it has no box there."""
    kind = head[4:8]
    if kind in _QUICKTIME and len(head) >= 16:
        # The size of a box is no text: the word "free" is, in the middle of a sentence.
        plain = all(0x20 <= byte < 0x7F for byte in head[:4])
        return None if plain else ("video", "mov")
    if kind != b"ftyp" or len(head) < 12:
        return None
    end = min(int.from_bytes(head[:4], "big"), len(head), 512)
    leading, *others = (head[8:12], *(head[at : at + 4] for at in range(16, end - 3, 4)))
    if leading in _PICTURES:
        return _PICTURES[leading]
    if leading in _CONTAINERS:
        return next((_PICTURES[brand] for brand in others if brand in _PICTURES), _HEIC)
    if leading[:3] in (b"3gp", b"3g2"):
        return "video", leading[:3].decode()
    return _LEADING.get(leading, ("video", "mp4"))


def check(data: Buffer) -> None:
    """Look at the items of an AVIF or HEIC file before it is decoded.

    Stricter than the decoders, so that they cannot come to see another file than we do.

    Raises:
        InvalidImage: its boxes do not fit into one another, an item is larger than the file,
            or its EXIF block is too costly.
    """
    metas = [box for kind, *box in _boxes(data, 0, len(data), trailer=True) if kind == b"meta"]
    if len(metas) != 1:
        raise InvalidImage
    ((start, end),) = metas
    _check_meta(data, start + 4, end)


def _check_meta(data: Buffer, start: int, end: int) -> None:
    boxes = list(_boxes(data, start, end))
    places = {kind: (at, stop) for kind, at, stop in boxes}
    if len(places) != len(boxes) or b"iinf" not in places or b"iloc" not in places:
        raise InvalidImage
    kinds = dict(_item_kinds(data, *places[b"iinf"]))
    inner = places.get(b"idat", (0, 0))[0]
    for item, extents in _item_extents(data, places[b"iloc"][0], inner):
        if sum(length for _, length in extents) > len(data):
            raise InvalidImage
        if kinds.get(item) == b"Exif":
            block = b"".join(data[at : at + length] for at, length in extents)
            # Four bytes say where behind them the TIFF header is (ISO/IEC 23008-12, A.2.1).
            check_exif(block[4:])


def _boxes(
    data: Buffer, at: int, end: int, *, trailer: bool = False
) -> Iterator[tuple[bytes, int, int]]:
    """Kind, and where the contents begin and end, of the boxes in a stretch of the file.

    Args:
        trailer: something else may follow them; phones append their own records.
    """
    for _ in range(_MAX_PARTS):
        if at == end:
            return
        size, kind = struct.unpack_from(">I4s", data, at)
        start = at + 8
        if size == 1:
            (size,) = struct.unpack_from(">Q", data, start)
            start += 8
        stop = end if size == 0 else at + size
        if stop < start or stop > end:
            if trailer:
                return
            break
        yield kind, start, stop
        at = stop
    raise InvalidImage


def _item_kinds(data: Buffer, at: int, end: int) -> Iterator[tuple[int, bytes]]:
    """Items of an ``iinf`` box by number: their four-letter kinds."""
    at += 6 if data[at] == 0 else 8
    for kind, start, stop in _boxes(data, at, end):
        version = data[start]
        if kind != b"infe" or version not in (2, 3):
            raise InvalidImage
        item = struct.unpack_from(">H" if version == 2 else ">I", data, start + 4)[0]
        name = start + (8 if version == 2 else 10)
        words = data[name:stop]
        # pi_heif 1.4 crashes on kinds and names that are no text.
        if not words[:4].isascii() or not words[:4].decode().isprintable() or not _is_text(words):
            raise InvalidImage
        yield item, words[:4]


def _is_text(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _item_extents(data: Buffer, at: int, inner: int) -> Iterator[tuple[int, list[tuple[int, int]]]]:
    """Items of an ``iloc`` box by number: where their bytes lie, and how many.

    Args:
        inner: where the contents of the ``idat`` box begin.
    """
    version = data[at]
    offset_size, length_size = data[at + 4] >> 4, data[at + 4] & 15
    base_size, index_size = data[at + 5] >> 4, data[at + 5] & 15 if version else 0
    wide = 4 if version == 2 else 2
    at += 6

    def take(size: int) -> int:
        nonlocal at
        at += size
        if at > len(data):
            raise InvalidImage
        return int.from_bytes(data[at - size : at], "big")

    parts = 0
    for _ in range(take(wide)):
        item = take(wide)
        within = take(2) & 15 if version else 0
        take(2)
        base = take(base_size) + (inner if within == 1 else 0)
        extents = []
        for _ in range(take(2)):
            take(index_size)
            start = base + take(offset_size)
            extents.append((start, take(length_size) or len(data)))
            parts += 1
            if parts > _MAX_PARTS:
                raise InvalidImage
        yield item, extents
