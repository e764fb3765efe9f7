"""The chunks of a PNG file (PNG third edition, section 5), looked at before it is decoded."""

from __future__ import annotations

import struct

from app.domain.errors import InvalidImage
from app.imaging.buffers import MAX_FRAMES, Buffer

SIGNATURE = b"\x89PNG\r\n\x1a\n"

#: Chunks of a file; each costs the decoder a turn of a slow loop. 100 MB in pieces of 8 kB
#: are 12,500.
MAX_CHUNKS = 50_000


def check(data: Buffer, at: int = 0) -> int:
    """Walk over the chunks of a PNG that begins at ``at``.

    Returns:
        Its frames: 1, or more if it is animated; at most :data:`MAX_FRAMES`.

    Raises:
        InvalidImage: it is cut short, or too costly.
    """
    size(data, at)
    at += len(SIGNATURE)
    frames, animated, pixels = 0, False, False
    for number in range(MAX_CHUNKS):
        if at + 12 > len(data):
            raise InvalidImage
        length, kind = struct.unpack_from(">I4s", data, at)
        if kind == b"IEND":
            return max(1, min(frames, MAX_FRAMES)) if animated else 1
        if number and kind == b"IHDR":
            raise InvalidImage  # decoders believe the last one
        pixels = pixels or kind == b"IDAT"
        animated = animated or (kind == b"acTL" and not pixels)
        frames += kind == b"fcTL"
        at += 12 + length
    raise InvalidImage


def size(data: Buffer, at: int = 0) -> tuple[int, int]:
    """Width and height of a PNG that begins at ``at``.

    Raises:
        InvalidImage: it does not begin as a PNG must.
    """
    head = data[at : at + 24]
    if len(head) < 24 or not head.startswith(SIGNATURE) or head[12:16] != b"IHDR":
        raise InvalidImage
    width, height = struct.unpack_from(">II", head, 16)
    return width, height
