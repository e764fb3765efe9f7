"""Effects on colours.

The reference gives names, ranges and defaults, not formulas; the formulas here are ours, or of
the source that is named.
"""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageOps

from app.domain.transformation.effect_arguments import Stop
from app.domain.transformation.steps import Colour
from app.imaging.render.effects.call import Call
from app.imaging.render.effects.pixels import (
    LUMA,
    Floats,
    blended,
    each_pixel,
    gray,
    luma,
    mixed,
    rgb,
    smooth,
    through_table,
)
from app.imaging.render.samples import border_colours

_IDENTITY = np.eye(3)
#: Every row the luma: what takes all colour away.
_GRAY = np.tile(LUMA, (3, 1))

#: Sepia of the W3C's Filter Effects Module Level 1, section 6.5.
_SEPIA = np.array(
    [[0.393, 0.769, 0.189], [0.349, 0.686, 0.168], [0.272, 0.534, 0.131]],
)

#: BT.601's luma and colour differences, full range, without their offset.
_TO_YCC = np.array(
    [[0.299, 0.587, 0.114], [-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]], np.float32
)
_FROM_YCC = np.linalg.inv(_TO_YCC)


def grayscale(image: Image.Image, call: Call) -> Image.Image:
    """Luma in all channels."""
    return gray(image)


def negate(image: Image.Image, call: Call) -> Image.Image:
    """The negative."""
    return ImageOps.invert(image)


def blackwhite(image: Image.Image, call: Call) -> Image.Image:
    """Two values by luma: 0 makes all white, 100 all black."""
    threshold = call.values.number("level") * 2.56
    return image.convert("L").point([255 * (v >= threshold) for v in range(256)]).convert("RGB")


def sepia(image: Image.Image, call: Call) -> Image.Image:
    """Brown tones, as far as the level says."""
    share = call.values.number("level") / 100
    return mixed(image, (_IDENTITY + share * (_SEPIA - _IDENTITY)).tolist())


def colorize(image: Image.Image, call: Call) -> Image.Image:
    """Paint ``co_`` (gray without) over the picture, as opaque as the level says."""
    colour = call.colour or Colour(128, 128, 128)
    share = call.values.number("level") * colour.alpha / 255
    return blended(image, Image.new("RGB", image.size, rgb(colour)), share)


def tint(image: Image.Image, call: Call) -> Image.Image:
    """Map luma to a gradient and blend it with the picture.

    Colours are spread evenly unless they have positions; a single one lies in the middle
    between black and white.
    """
    changed = image.convert("L")
    if call.values.given("equalize"):
        changed = ImageOps.equalize(changed, call.visible)
    places, colours = _gradient(call.values.stops("position"))
    steps = np.linspace(0, 1, 256)
    bands = [
        changed.point(
            np.interp(steps, places, [colour[band] for colour in colours]).round().tolist()
        )
        for band in range(3)
    ]
    return blended(image, Image.merge("RGB", bands), call.values.number("amount"))


def _gradient(stops: tuple[Stop, ...]) -> tuple[list[float], list[tuple[int, int, int]]]:
    if len(stops) == 1:
        colour, place = stops[0]
        middle = min(max(0.5 if place is None else place, 0.01), 0.99)
        return [0, middle, 1], [(0, 0, 0), rgb(colour), (255, 255, 255)]
    placed = [
        (index / (len(stops) - 1) if place is None else place, rgb(colour))
        for index, (colour, place) in enumerate(stops)
    ]
    placed.sort(key=lambda stop: stop[0])
    return [place for place, _ in placed], [colour for _, colour in placed]


def saturation(image: Image.Image, call: Call) -> Image.Image:
    """Distance from gray: -100 takes all colour away, 100 doubles it."""
    return saturated(image, 1 + call.values.number("level") / 100)


def saturated(image: Image.Image, factor: float) -> Image.Image:
    """A picture with its distance from gray multiplied."""
    return mixed(image, (_GRAY + factor * (_IDENTITY - _GRAY)).tolist())


def vibrance(image: Image.Image, call: Call) -> Image.Image:
    """Saturation that spares what is saturated already."""
    return vibrant(image, call.values.number("level") / 100)


def vibrant(image: Image.Image, amount: float) -> Image.Image:
    """See :func:`vibrance`; an amount of 1 doubles the weakest colours' distance from gray."""

    def change(values: Floats) -> Floats:
        spread = values.max(axis=-1, keepdims=True) - values.min(axis=-1, keepdims=True)
        middle = luma(values)
        changed: Floats = middle + (values - middle) * (1 + amount * (1 - spread))
        return changed

    return through_table(image, change)


def hue(image: Image.Image, call: Call) -> Image.Image:
    """Turn all hues, ±100 being half a turn, around the axis of equal luma."""
    angle = np.radians(call.values.number("level") * 1.8)
    cos, sin = np.cos(angle), np.sin(angle)
    turn = np.array([[1, 0, 0], [0, cos, -sin], [0, sin, cos]])
    return mixed(image, (_FROM_YCC @ turn @ _TO_YCC).tolist())


def replace_color(image: Image.Image, call: Call) -> Image.Image:
    """Turn one colour, and what resembles it, into another; light and shade stay.

    Without a colour to replace: the most prominent saturated one.
    """
    target = call.values.shade("to") or Colour(0, 0, 0)
    chosen = call.values.shade("from")
    source = rgb(chosen) if chosen else _prominent(image)
    # Full tolerance reaches half as far as the most different hues are apart.
    return _recoloured(image, source, rgb(target), call.values.number("tolerance") / 200)


def _recoloured(
    image: Image.Image,
    source: tuple[int, int, int],
    target: tuple[int, int, int],
    tolerance: float,
) -> Image.Image:
    """Shift colours near ``source`` by its difference to ``target``, fading with distance."""
    origin = _TO_YCC @ np.array(source, np.float32) / 255
    shift = _TO_YCC @ np.array(target, np.float32) / 255 - origin
    # Lightness counts little: the shaded side of a thing has the thing's colour.
    weights = np.array([0.35, 1, 1], np.float32)

    def change(values: Floats) -> Floats:
        parts = values @ _TO_YCC.T
        distance = np.sqrt((((parts - origin) * weights) ** 2).sum(axis=-1, keepdims=True))
        share = smooth(2 - 2 * distance / max(tolerance, 1e-3))
        shifted: Floats = (parts + share * shift) @ _FROM_YCC.T
        return shifted

    return each_pixel(image, change)


def _prominent(image: Image.Image) -> tuple[int, int, int]:
    """The mean of the hue that has the most saturated, light pixels."""
    small = image.resize((min(64, image.width), min(64, image.height)), Image.Resampling.BOX)
    tones = np.asarray(small.convert("HSV")).reshape(-1, 3).astype(np.float32)
    weights = tones[:, 1] / 255 * tones[:, 2] / 255
    bins = (tones[:, 0] // 16).astype(int)
    chosen = bins == np.bincount(bins, weights, 16).argmax()
    total = max(float(weights[chosen].sum()), 1e-6)
    mean = (np.asarray(small).reshape(-1, 3)[chosen] * weights[chosen, None]).sum(axis=0) / total
    red, green, blue = mean.round().astype(int).tolist()
    return red, green, blue


def theme(image: Image.Image, call: Call) -> Image.Image:
    """Give the background another colour, and turn light into dark where that demands it.

    ``photosensitivity`` is how far the picture is changed.
    """
    target = call.values.shade("color") or Colour(0, 0, 0)
    background = border_colours(image)[0]
    themed = image
    goal = np.array(rgb(target), np.float32) / 255
    if abs(float(np.array(background) / 255 @ LUMA) - float(goal @ LUMA)) > 0.5:
        # Lightness is mirrored, hue is not: a red logo on white stays red on black.
        themed = each_pixel(image, lambda values: values + 1 - 2 * luma(values))
        background = border_colours(themed)[0]
    themed = _recoloured(themed, background, rgb(target), 0.2)
    return blended(image, themed, call.values.number("photosensitivity"))


def recolor(image: Image.Image, call: Call) -> Image.Image:
    """Every channel a weighted sum of all; a 4 × 4 matrix has the opacity as its fourth."""
    numbers = call.values.numbers("matrix")
    size = 3 if len(numbers) == 9 else 4
    matrix = np.array(numbers, np.float32).reshape(size, size)
    if size == 3:
        changed = mixed(image.convert("RGB"), matrix.tolist())
        if image.mode == "RGBA":
            changed.putalpha(image.getchannel("A"))
        return changed
    return each_pixel(image.convert("RGBA"), lambda values: values @ matrix.T)
