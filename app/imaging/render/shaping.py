"""Opacity, rounded corners and borders of a frame."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageChops

from app.domain.transformation.steps import Border, Colour, Corners

#: Horizontal and vertical radius of each corner, clockwise from the upper left.
_Radii = list[tuple[float, float]]


def opacity(image: Image.Image, percent: float) -> Image.Image:
    """A frame with its opacity multiplied.

    Args:
        image: ``RGB`` or ``RGBA``.
        percent: 0 … 100.

    Returns:
        ``RGBA``.
    """
    result = image.convert("RGBA")
    table = [round(value * percent / 100) for value in range(256)]
    result.putalpha(result.getchannel("A").point(table))
    return result


def corners(image: Image.Image, wanted: Corners) -> Image.Image:
    """A frame with rounded corners, their edge smooth.

    Radii that do not fit beside each other are all reduced by the same factor, as CSS does
    (Backgrounds and Borders Module Level 3, section 5.5). Without radii the shape is the
    ellipse that fills the frame: a circle if it is a square.

    Args:
        image: ``RGB`` or ``RGBA``.

    Returns:
        ``RGBA``.
    """
    result = image.convert("RGBA")
    mask = _rounded(image.size, _radii(image.size, wanted))
    result.putalpha(ImageChops.multiply(result.getchannel("A"), mask))
    return result


def border(image: Image.Image, wanted: Border, rounding: Corners | None = None) -> Image.Image:
    """A frame with a border around it; each side grows by twice the border's width.

    Args:
        image: ``RGB`` or ``RGBA``, its corners rounded already.
        rounding: how they were rounded: the border goes around them, its outer radii larger by
            its width.

    Returns:
        ``RGBA`` if the frame or the border is not opaque, or its corners are round.
    """
    width = wanted.width
    size = (image.width + 2 * width, image.height + 2 * width)
    opaque = image.mode == "RGB" and wanted.colour.alpha == 255
    if rounding is None:
        canvas = _filled(size, wanted.colour, "RGB" if opaque else "RGBA")
        canvas.paste(image, (width, width))
        return canvas
    inner = _radii(image.size, rounding)
    outer = [
        (across + width, down + width) if across and down else (0.0, 0.0) for across, down in inner
    ]
    # The ring lies under the smooth inner edge as a whole: nothing shines through there.
    hole = Image.new("L", size)
    hole.paste(
        _rounded(image.size, inner).point([255 * (v == 255) for v in range(256)]), (width, width)
    )
    ring = ImageChops.subtract(_rounded(size, outer), hole)
    frame = _filled(size, wanted.colour, "RGBA")
    frame.putalpha(ImageChops.multiply(ring, frame.getchannel("A")))
    picture = Image.new("RGBA", size)
    picture.paste(image, (width, width))
    return Image.alpha_composite(frame, picture)


def flatten(image: Image.Image, colour: Colour) -> Image.Image:
    """A frame on a colour.

    Args:
        image: ``RGB`` or ``RGBA``.

    Returns:
        ``RGB``, or ``RGBA`` if the colour is not opaque.
    """
    if image.mode == "RGB":
        return image
    ground = _filled(image.size, colour, "RGBA")
    return Image.alpha_composite(ground, image).convert("RGB" if colour.alpha == 255 else "RGBA")


def _filled(size: tuple[int, int], colour: Colour, mode: str) -> Image.Image:
    channels = (colour.red, colour.green, colour.blue, colour.alpha)
    return Image.new(mode, size, channels[: len(mode)])


def _radii(size: tuple[int, int], wanted: Corners) -> _Radii:
    width, height = size
    if wanted.radii is None:
        return [(width / 2, height / 2)] * 4
    first, second, third, fourth = (max(0.0, radius) for radius in wanted.radii)
    sides = (
        (width, first + second),
        (height, second + third),
        (width, third + fourth),
        (height, fourth + first),
    )
    factor = min([1.0, *(side / total for side, total in sides if total)])
    return [(radius * factor,) * 2 for radius in (first, second, third, fourth)]


def _rounded(size: tuple[int, int], radii: _Radii) -> Image.Image:
    """How much of each pixel lies within the shape: ``L``."""
    mask = Image.new("L", size, 255)
    for index, (across, down) in enumerate(radii):
        if not across or not down:
            continue
        tile = _corner(across, down)
        right, lower = index in (1, 2), index in (2, 3)
        if right:
            tile = tile.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        if lower:
            tile = tile.transpose(Image.Transpose.FLIP_TOP_BOTTOM)
        place = (size[0] - tile.width if right else 0, size[1] - tile.height if lower else 0)
        # Two tiles of half a pixel too much may overlap: neither may undo the other.
        part = mask.crop((*place, place[0] + tile.width, place[1] + tile.height))
        mask.paste(ImageChops.darker(part, tile), place)
    return mask


def _corner(across: float, down: float) -> Image.Image:
    """The upper left quarter of an ellipse with smooth edge.

    A pixel's coverage follows from the distance of its centre to the ellipse, which is the
    ellipse's equation divided by the length of its gradient, to first order.
    """
    y, x = np.ogrid[: int(np.ceil(down)), : int(np.ceil(across))]
    u, v = (across - x - 0.5) / across, (down - y - 0.5) / down
    # Beyond the centre there is no corner any more.
    u, v = np.maximum(u, 0).astype(np.float32), np.maximum(v, 0).astype(np.float32)
    # In the centre itself the quotient would be nothing by nothing.
    reach = np.maximum(np.sqrt(u * u + v * v), 1e-6)
    gradient = np.sqrt((u / across) ** 2 + (v / down) ** 2)
    distance = (reach - 1) * reach / np.maximum(gradient, 1e-6)
    coverage = np.clip(0.5 - distance, 0, 1)
    return Image.fromarray((coverage * 255 + 0.5).astype(np.uint8))
