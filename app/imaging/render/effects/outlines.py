"""Effects around the shape of a picture: outlines and shadows."""

from __future__ import annotations

import math

from PIL import Image, ImageChops, ImageFilter, ImageOps

from app.domain.transformation.steps import Colour
from app.imaging.render.effects.call import Call
from app.imaging.render.effects.focus import PER_SIGMA
from app.imaging.render.effects.pixels import alpha_of, scaled, solid

_BLACK = Colour(0, 0, 0)
_GRAY = Colour(128, 128, 128)


def outline(image: Image.Image, call: Call) -> Image.Image:
    """A line of ``co_`` (black without) along the shape's edge.

    ``outer`` draws it around, on a canvas that is larger by its width and blur; ``fill`` the
    same with the shape painted over; ``inner`` draws it within the shape; ``inner_fill`` paints
    what lies within that line, and keeps the picture along the edge.
    """
    mode = call.values.word("mode")
    width = round(call.values.number("width"))
    sigma = call.values.number("blur") / PER_SIGMA
    colour = call.colour or _BLACK
    if mode in ("outer", "fill"):
        margin = width + math.ceil(2 * sigma)
        size = call.check_size(image.width + 2 * margin, image.height + 2 * margin)
        canvas = Image.new("RGBA", size)
        canvas.paste(image, (margin, margin))
        shape = _soft(_dilated(alpha_of(canvas), width), sigma)
        line = solid(size, colour, shape)
        return Image.alpha_composite(line, canvas) if mode == "outer" else line
    alpha = alpha_of(image)
    # The world outside is transparent: the line follows the picture's edges, too.
    padded = ImageOps.expand(ImageOps.invert(alpha), width, 255)
    outside = ImageOps.crop(_soft(_dilated(padded, width), sigma), width)
    mask = outside if mode == "inner" else ImageOps.invert(outside)
    line = solid(image.size, colour, ImageChops.multiply(alpha, mask))
    return Image.alpha_composite(image.convert("RGBA"), line)


def _soft(mask: Image.Image, sigma: float) -> Image.Image:
    return mask.filter(ImageFilter.GaussianBlur(sigma)) if sigma else mask


def _dilated(mask: Image.Image, radius: int) -> Image.Image:
    """A mask grown by a regular octagon, which is close to a circle and quick.

    An octagon is the sum of four lines: level, upright and the two diagonals.
    """
    diagonal = round(radius / (2 + math.sqrt(2)))
    straight = radius - 2 * diagonal
    for length, step in (
        (straight, (1, 0)),
        (straight, (0, 1)),
        (diagonal, (1, 1)),
        (diagonal, (1, -1)),
    ):
        mask = _dilated_along(mask, length, step)
    return mask


def _dilated_along(mask: Image.Image, length: int, step: tuple[int, int]) -> Image.Image:
    """The greatest value within ``length`` steps in either direction, by doubling the reach."""
    reach = 0
    while reach < length:
        more = min(reach + 1 if reach == 0 else 2 * reach, length) - reach
        dx, dy = more * step[0], more * step[1]
        mask = ImageChops.lighter(
            mask, ImageChops.lighter(_moved(mask, dx, dy), _moved(mask, -dx, -dy))
        )
        reach += more
    return mask


def _moved(mask: Image.Image, dx: int, dy: int) -> Image.Image:
    """The mask moved; nothing comes in from outside."""
    moved = Image.new("L", mask.size)
    moved.paste(mask, (dx, dy))
    return moved


def shadow(image: Image.Image, call: Call) -> Image.Image:
    """A soft shadow of ``co_`` (gray without) at ``x y``, to the lower right without them.

    The level is its opacity. The canvas grows by what sticks out.
    """
    sigma = min(max(max(image.size) / 100, 1.0), 20.0)
    x, y = (round(2 * sigma if value is None else value) for value in (call.x, call.y))
    margin = math.ceil(2 * sigma)
    left, top = max(0, margin - x), max(0, margin - y)
    size = call.check_size(
        image.width + left + max(0, margin + x), image.height + top + max(0, margin + y)
    )
    shape = Image.new("L", size)
    shape.paste(alpha_of(image), (left + x, top + y))
    mask = scaled(_soft(shape, sigma), call.values.number("level") / 100)
    canvas = Image.new("RGBA", size)
    canvas.paste(image, (left, top))
    return Image.alpha_composite(solid(size, call.colour or _GRAY, mask), canvas)


def dropshadow(image: Image.Image, call: Call) -> Image.Image:
    """A shadow as of a light from ``azimuth``, clockwise from above, at ``elevation``.

    The lower the light, the longer the shadow; ``spread`` softens it. The canvas keeps its
    size, so the shape has to be padded before.
    """
    values = call.values
    side = min(image.size)
    length = side * 0.15 * math.cos(math.radians(values.number("elevation")))
    azimuth = math.radians(values.number("azimuth"))
    dx, dy = round(-length * math.sin(azimuth)), round(length * math.cos(azimuth))
    sigma = side * 0.0005 * values.number("spread")
    mask = _soft(_moved(alpha_of(image), dx, dy), sigma)
    below = solid(image.size, call.colour or _BLACK, scaled(mask, 0.5))
    return Image.alpha_composite(below, image.convert("RGBA"))
