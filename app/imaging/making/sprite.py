"""Sprites: pictures side by side on one sheet."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PIL import Image

from app.domain.errors import BadRequest
from app.domain.making.ports import Sheet
from app.domain.making.sheets import Region
from app.domain.rendering import RenderLimits, Source
from app.domain.transformation.steps import Output
from app.imaging.making.frames import frames, too_large
from app.imaging.render import writing
from app.imaging.render.picture import Picture

#: Pixels between two pictures, so that none bleeds into the next where a page is zoomed.
GAP = 2


def sprite(
    pictures: Sequence[tuple[str, Source]], output: Output, extension: str, limits: RenderLimits
) -> Sheet:
    """Put pictures on a sheet; see :class:`app.domain.making.ports.PictureMaker`.

    What no picture covers is transparent, white in formats without transparency.

    Raises:
        InvalidImage: a picture is damaged.
        BadRequest: the sheet, or the pictures, would have too many pixels.
    """
    held = 0

    def check(frame: Image.Image) -> None:
        nonlocal held
        held += frame.width * frame.height
        if held > limits.pixels_out:
            raise too_large("Sprite", held, limits.pixels_out)

    images = list(frames((source for _, source in pictures), limits, check))
    places, (width, height) = pack([image.size for image in images])
    if max(width, height) > limits.side or width * height > limits.pixels_out:
        raise BadRequest(f"Sprite makes too large an image: {width}x{height}")
    sheet = Image.new("RGBA", (width, height), (0, 0, 0, 0))
    regions = []
    for (name, _), image, (x, y) in zip(pictures, images, places, strict=True):
        sheet.paste(image, (x, y))
        regions.append(Region(name, image.width, image.height, x, y))
    return Sheet(writing.write(Picture((sheet,)), output, extension), tuple(regions))


def pack(sizes: Sequence[tuple[int, int]]) -> tuple[list[tuple[int, int]], tuple[int, int]]:
    """Where rectangles go on a sheet that is about as wide as high.

    Shelves, filled from the left, the highest rectangles first: "next-fit decreasing height"
    (Coffman, Garey, Johnson, Tarjan, 1980), whose sheet is at most about twice as high as the
    best one's. Of equal heights the order stays.

    Args:
        sizes: widths and heights in pixels, at least one.

    Returns:
        The upper left corner of each, and width and height of the sheet.
    """
    area = sum((width + GAP) * (height + GAP) for width, height in sizes)
    widest = max(math.isqrt(area), *(width for width, _ in sizes))
    places = [(0, 0)] * len(sizes)
    x = y = shelf = right = 0
    for index in sorted(range(len(sizes)), key=lambda index: -sizes[index][1]):
        width, height = sizes[index]
        if x and x + width > widest:
            x, y, shelf = 0, y + shelf + GAP, 0
        places[index] = (x, y)
        right, shelf = max(right, x + width), max(shelf, height)
        x += width + GAP
    return places, (right, y + shelf)
