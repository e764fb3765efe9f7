"""The blocks of a GIF file (GIF89a specification), looked at before it is decoded."""

from __future__ import annotations

from app.domain.errors import InvalidImage
from app.imaging.buffers import MAX_FRAMES, Buffer

#: Sub-blocks that comments before the first picture may have, 1 MB when full: Pillow joins them
#: one by one, which takes time by the square of their number.
MAX_COMMENT_BLOCKS = 4_096

#: Sub-blocks looked at, about 0.1 s. Counting frames ends here.
MAX_BLOCKS = 1 << 20

#: The same before the first picture, where Pillow reads them all, too.
MAX_LEADING_BLOCKS = 1 << 18

_EXTENSION, _PICTURE, _COMMENT = 0x21, 0x2C, 0xFE


def check(data: Buffer) -> int:
    """Walk over the blocks of a GIF.

    Returns:
        Its frames, at least 1, as far as they could be counted.

    Raises:
        InvalidImage: there is too much before the first picture.
    """
    at = 13 + _colours(data, 10)
    frames = blocks = comments = 0
    while at + 1 < len(data) and frames < MAX_FRAMES and blocks < MAX_BLOCKS:
        if data[at] == _PICTURE:
            # Ten bytes of descriptor, perhaps colours, the code size.
            at, passed = _skip(data, at + 11 + _colours(data, at + 9), MAX_BLOCKS - blocks)
            frames += 1
        elif data[at] == _EXTENSION:
            comment = data[at + 1] == _COMMENT
            at, passed = _skip(data, at + 2, MAX_BLOCKS - blocks)
            comments += passed * comment
        else:
            # The trailer, or rubbish; Pillow steps over rubbish byte by byte.
            if data[at] == 0x3B:
                break
            at, passed = at + 1, 1
        blocks += passed + 1
        if not frames and (comments > MAX_COMMENT_BLOCKS or blocks > MAX_LEADING_BLOCKS):
            raise InvalidImage
    return max(1, frames)


def _colours(data: Buffer, flags_at: int) -> int:
    """Bytes of the colour table that the flags announce."""
    flags = data[flags_at] if flags_at < len(data) else 0
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _skip(data: Buffer, at: int, most: int) -> tuple[int, int]:
    """Pass over sub-blocks: where they end, and how many there were."""
    passed = 0
    end = len(data)
    while at < end and passed < most:
        length = data[at]
        at += length + 1
        if not length:
            break
        passed += 1
    return at, passed
