"""Windows bitmaps and icons, looked at before they are decoded.

BMP: BITMAPINFOHEADER and its successors. ICO: a directory of pictures, each a PNG or a bitmap
without its file header, whose real sizes the directory does not know.
"""

from __future__ import annotations

import struct

from app.domain.errors import BadRequest, InvalidImage
from app.imaging import png
from app.imaging.buffers import Buffer

_FILE_HEADER = 14
_RUN_LENGTH = (1, 2)

#: Most pixels and bytes of a run-length encoded bitmap, and its widest row: Pillow decodes
#: these byte by byte in Python (a million a second), and a jump of 255 rows is allocated at once.
MAX_RUN_LENGTH = 1 << 22
MAX_RUN_LENGTH_WIDTH = 1 << 15


def too_many_pixels(pixels: int, most: int) -> BadRequest:
    """The refusal of a picture that is too large to decode."""
    return BadRequest(f"Image pixel count is too large. Got {pixels}. Maximum is {most}.")


def check_bitmap(data: Buffer, at: int = _FILE_HEADER) -> tuple[int, int]:
    """Look at a bitmap whose header begins at ``at``.

    Returns:
        Width and height as stored.

    Raises:
        InvalidImage: it is damaged or too costly.
    """
    head = data[at : at + 20]
    if len(head) < 12:
        raise InvalidImage
    (header_size,) = struct.unpack_from("<I", head)
    if header_size == 12:
        width, height = struct.unpack_from("<HH", head, 4)
        return width, height
    if len(head) < 20:
        raise InvalidImage
    width, height, _, _, compression = struct.unpack_from("<iiHHI", head, 4)
    width, height = abs(width), abs(height)
    if compression in _RUN_LENGTH and (
        max(width * height, len(data)) > MAX_RUN_LENGTH or width > MAX_RUN_LENGTH_WIDTH
    ):
        raise InvalidImage
    return width, height


def check_icon(data: Buffer, max_pixels: int) -> None:
    """Look at every picture of an icon: Pillow decodes one of them while it opens the file.

    Raises:
        InvalidImage: it is damaged or too costly.
        BadRequest: one of its pictures has too many pixels.
    """
    if len(data) < 6:
        raise InvalidImage
    (count,) = struct.unpack_from("<H", data, 4)
    if not count or 6 + 16 * count > len(data):
        raise InvalidImage
    for at in {struct.unpack_from("<I", data, 6 + 16 * n + 12)[0] for n in range(count)}:
        if data[at : at + 8] == png.SIGNATURE:
            width, height = png.size(data, at)
        else:
            width, height = check_bitmap(data, at)
            height //= 2  # the mask lies below the picture
        if width * height > max_pixels:
            raise too_many_pixels(width * height, max_pixels)
        if data[at : at + 8] == png.SIGNATURE:
            png.check(data, at)
