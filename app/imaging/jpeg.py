"""The marker segments of a JPEG file (ITU-T T.81, annex B), looked at before it is decoded."""

from __future__ import annotations

import re
import struct

from app.domain.errors import InvalidImage
from app.imaging.buffers import Buffer
from app.imaging.tiff import check_exif

#: Segments before the picture; each costs the decoder a turn of a slow loop. A long ICC profile
#: has 50.
MAX_SEGMENTS = 5_000

#: Passes over a progressive picture; encoders write about ten. Each costs a walk over all
#: coefficients, 30 ms for 50 megapixels, and next to no bytes.
MAX_SCANS = 50

#: Bytes of EXIF, over all its segments; one segment holds 64 kB.
MAX_EXIF = 4 << 20

_SCAN, _END, _EXIF, _MPF = 0xDA, 0xD9, 0xE1, 0xE2

#: Frame headers; the three left out of the range are tables and an extension.
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_PROGRESSIVE = frozenset({0xC2, 0xC6, 0xCA, 0xCE})

#: Markers without a segment behind them: TEM, RST0 … RST7, SOI.
_BARE = frozenset({0x01, *range(0xD0, 0xD9)})

#: The next marker, over fill bytes and rubbish, as libjpeg looks for it.
_NEXT = re.compile(rb"\xff+([^\x00\xff])")

#: The same within compressed data, where restart markers are part of it.
_NEXT_SEGMENT = re.compile(rb"\xff+([^\x00\xff\xd0-\xd7])")


def check(data: Buffer) -> tuple[int, int]:
    """Look at a JPEG file before it is decoded.

    Returns:
        Width and height by the only frame header: what libjpeg will allocate.

    Raises:
        InvalidImage: it is damaged or too costly.
    """
    at = 2
    frame: tuple[int, int] | None = None
    exif, components, progressive = b"", 0, False
    for _ in range(MAX_SEGMENTS):
        marker, at = _marker(_NEXT, data, at)
        if marker in _BARE:
            continue
        length = _length(data, at)
        if marker in _FRAMES:
            if frame is not None or length < 8:
                raise InvalidImage  # libjpeg and Pillow would see different pictures
            height, width, components = struct.unpack_from(">HHB", data, at + 3)
            frame, progressive = (width, height), marker in _PROGRESSIVE
        elif marker == _EXIF and data[at + 2 : at + 8] == b"Exif\0\0":
            # Pillow joins EXIF segments, and reads the result in more than one place.
            exif += data[at + 8 if exif else at + 2 : at + length]
            if len(exif) > MAX_EXIF:
                raise InvalidImage
        elif marker == _MPF and data[at + 2 : at + 6] == b"MPF\0":
            check_exif(data[at + 6 : at + length])
        elif marker == _SCAN:
            break
        at += length
    else:
        raise InvalidImage
    if frame is None:
        raise InvalidImage
    check_exif(exif)
    if progressive or data[at + 2] < components:
        _check_scans(data, at)
    return frame


def _check_scans(data: Buffer, at: int) -> None:
    """Count the scans from the first one's header on."""
    if _at_most(MAX_SCANS, b"\xff\xda", data, at):
        return  # ten times faster than walking, and true of nearly every file
    scans = 1
    at += _length(data, at)
    for _ in range(MAX_SEGMENTS):
        if (found := _NEXT_SEGMENT.search(data, at)) is None:
            return  # cut short: the decoder says so
        marker, at = found[1][0], found.end()
        if marker == _END:
            return
        scans += marker == _SCAN
        if scans > MAX_SCANS:
            break
        if marker not in _BARE:
            at += _length(data, at)
    raise InvalidImage


def _at_most(most: int, needle: bytes, data: Buffer, at: int) -> bool:
    """Whether bytes occur so often or less behind ``at``."""
    for _ in range(most):
        at = data.find(needle, at) + 1
        if not at:
            return True
    return False


def _marker(pattern: re.Pattern[bytes], data: Buffer, at: int) -> tuple[int, int]:
    """The next marker, and where its segment begins."""
    found = pattern.search(data, at)
    if found is None or found[1][0] == _END:
        raise InvalidImage
    return found[1][0], found.end()


def _length(data: Buffer, at: int) -> int:
    """Length of a segment, its own two bytes included."""
    if at + 3 > len(data):
        raise InvalidImage
    length = int(struct.unpack_from(">H", data, at)[0])
    if length < 2:
        raise InvalidImage
    return length
