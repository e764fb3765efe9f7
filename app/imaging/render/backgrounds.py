"""What fills the canvas behind a picture that does not cover it."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageChops, ImageFilter, ImageOps

from app.domain.errors import BadRequest
from app.domain.transformation import colours
from app.domain.transformation.effect_arguments import Number, Values, read
from app.domain.transformation.steps import Background
from app.imaging.render import samples
from app.imaging.render.samples import Rgb

_MODES = (
    "border",
    "predominant",
    "border_contrast",
    "predominant_contrast",
    "border_gradient",
    "predominant_gradient",
    "border_gradient_contrast",
    "predominant_gradient_contrast",
)
_DIRECTIONS = ("horizontal", "vertical", "diagonal_desc", "diagonal_asc")

#: Of ``b_blurred:<intensity>:<brightness>``.
_BLURRED = (Number("intensity", 1, 2000, 100), Number("brightness", -300, 100, 0))

#: Intensity that is one pixel of standard deviation: a background is blurred more strongly than
#: the effect ``blur`` does it, or the picture in front would not stand out.
_PER_SIGMA = 10

#: Pixels a side that gradients are computed in.
_GRADIENT_SIDE = 512

_WHITE, _BLACK = (255, 255, 255), (0, 0, 0)


def canvas(image: Image.Image, size: tuple[int, int], background: Background | None) -> Image.Image:
    """The canvas that a padded picture is going to be put on.

    Args:
        image: the picture: ``RGB`` or ``RGBA``.
        size: of the canvas.
        background: ``None`` for transparency.

    Returns:
        ``RGB`` if it is opaque, otherwise ``RGBA``.

    Raises:
        BadRequest: the background's arguments are not what it takes.
    """
    if background is None:
        return Image.new("RGBA", size)
    if background.kind == "blurred":
        return _blurred(image, size, read("b_blurred", _BLURRED, background.arguments))
    if background.kind == "auto":
        return _auto(image, size, background.arguments)
    colour = background.colour
    if colour.alpha == 255:
        return Image.new("RGB", size, (colour.red, colour.green, colour.blue))
    return Image.new("RGBA", size, (colour.red, colour.green, colour.blue, colour.alpha))


def _blurred(image: Image.Image, size: tuple[int, int], values: Values) -> Image.Image:
    """The picture enlarged until it covers the canvas, blurred, lighter or darker."""
    sigma = values.number("intensity") / _PER_SIGMA
    # What is blurred has no detail: computed small it looks the same.
    shrink = max(1.0, min(sigma / 2, min(size) / 4))
    small = (max(1, round(size[0] / shrink)), max(1, round(size[1] / shrink)))
    cover = ImageOps.fit(image.convert("RGB"), small, Image.Resampling.BILINEAR)
    soft = cover.filter(ImageFilter.GaussianBlur(sigma / shrink))
    factor = max(0.0, 1 + values.number("brightness") / 100)
    soft = soft.point([min(255, round(value * factor)) for value in range(256)] * 3)
    return soft.resize(size, Image.Resampling.BICUBIC)


def _auto(image: Image.Image, size: tuple[int, int], arguments: tuple[str, ...]) -> Image.Image:
    """``b_auto[:<mode>[:<number of colours>][:<direction>][:palette_<colour>_…]]``."""
    left = [argument for argument in arguments if argument]
    mode = left.pop(0) if left and left[0] in _MODES else "border"
    count = 2
    direction = "horizontal"
    palette: tuple[Rgb, ...] = ()
    for argument in left:
        if argument in ("2", "4") and "gradient" in mode:
            count = int(argument)
        elif argument in _DIRECTIONS and "gradient" in mode:
            direction = argument
        elif argument.startswith("palette_"):
            palette = _palette(argument)
        else:
            raise BadRequest(f"Invalid value {argument} for background auto")
    chosen = _colours(image, mode, count if "gradient" in mode else 1, direction)
    if mode.endswith("contrast"):
        chosen = [_contrasting(colour) for colour in chosen]
    if palette:
        chosen = [min(palette, key=lambda own: _distance(own, colour)) for colour in chosen]
    return _gradient(size, chosen, direction)


def _palette(argument: str) -> tuple[Rgb, ...]:
    found = [colours.parse(name) for name in argument.removeprefix("palette_").split("_")]
    if None in found:
        raise BadRequest(f"Invalid value {argument} for background auto")
    return tuple((own.red, own.green, own.blue) for own in found if own)


def _colours(image: Image.Image, mode: str, count: int, direction: str) -> list[Rgb]:
    """The colours of a background, in the order in which :func:`_gradient` wants them."""
    if mode.startswith("predominant"):
        return samples.predominant(image, count)
    if count == 1:
        return samples.border_colours(image)
    if count == 4:
        return [_opaque(corner) for corner in samples.corners(image)]
    sides = ("top", "bottom") if direction == "vertical" else ("left", "right")
    return [samples.side_colour(image, side) for side in sides]


def _opaque(pixel: tuple[int, ...]) -> Rgb:
    """A pixel on white."""
    alpha = pixel[3] if len(pixel) == 4 else 255
    red, green, blue = (round((value * alpha + 255 * (255 - alpha)) / 255) for value in pixel[:3])
    return red, green, blue


def _distance(one: Rgb, other: Rgb) -> int:
    return sum((a - b) ** 2 for a, b in zip(one, other, strict=True))


def _contrasting(colour: Rgb) -> Rgb:
    """The negative; black or white for middle tones, whose negative is a middle tone."""
    red, green, blue = colour
    light = 0.299 * red + 0.587 * green + 0.114 * blue
    if 80 < light < 175:
        return _BLACK if light >= 128 else _WHITE
    return 255 - red, 255 - green, 255 - blue


def _gradient(size: tuple[int, int], chosen: list[Rgb], direction: str) -> Image.Image:
    """One colour; two along a direction; or four, clockwise from the upper left corner."""
    if len(chosen) == 1:
        return Image.new("RGB", size, chosen[0])
    # A gradient is smooth enough to be computed small.
    small = (min(size[0], _GRADIENT_SIDE), min(size[1], _GRADIENT_SIDE))
    across, down = _ramp(small, level=True), _ramp(small, level=False)
    fills = [Image.new("RGB", small, colour) for colour in chosen]
    if len(chosen) == 4:
        upper = Image.composite(fills[1], fills[0], across)
        lower = Image.composite(fills[2], fills[3], across)
        return Image.composite(lower, upper, down).resize(size, Image.Resampling.BILINEAR)
    masks = {
        "horizontal": across,
        "vertical": down,
        "diagonal_desc": Image.blend(across, down, 0.5),
        "diagonal_asc": Image.blend(across, ImageChops.invert(down), 0.5),
    }
    made = Image.composite(fills[1], fills[0], masks[direction])
    return made.resize(size, Image.Resampling.BILINEAR)


def _ramp(size: tuple[int, int], level: bool) -> Image.Image:
    """``L`` from 0 to 255, to the right or downwards."""
    values = np.linspace(0, 255, size[0] if level else size[1]).round().astype(np.uint8)
    line = values[np.newaxis] if level else values[:, np.newaxis]
    return Image.fromarray(line).resize(size, Image.Resampling.NEAREST)
