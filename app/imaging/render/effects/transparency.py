"""Effects on opacity."""

from __future__ import annotations

from collections import Counter

import numpy as np
from PIL import Image, ImageChops

from app.domain.transformation.steps import Colour
from app.imaging.render import samples
from app.imaging.render.effects.call import Box, Call
from app.imaging.render.effects.pixels import alpha_of, rgb

#: Tolerance, in percent, of ``bgremoval``, which takes none.
_BACKGROUND_TOLERANCE = 10
_SCREEN_TOLERANCE = 35


def make_transparent(image: Image.Image, call: Call) -> Image.Image:
    """Make ``co_``, or the colour of the corners, and what resembles it transparent."""
    colour = rgb(call.colour) if call.colour else corner_colour(image)
    return _keyed(image, difference(image, colour), call.values.number("tolerance"))


def bgremoval(image: Image.Image, call: Call) -> Image.Image:
    """Make a background of one colour transparent; of a screen its shades, too."""
    given = call.values.shade("color")
    colour = rgb(given) if given else corner_colour(image)
    if not call.values.given("screen"):
        return _keyed(image, difference(image, colour), _BACKGROUND_TOLERANCE)
    # Without its first band, luma: a shadow on the screen is still the screen.
    tones = image.convert("RGB").convert("YCbCr")
    solid = Image.new("RGB", (1, 1), colour).convert("YCbCr").resize(image.size)
    _, blueness, redness = ImageChops.difference(tones, solid).split()
    distance = ImageChops.add(blueness, redness)
    return _keyed(image, distance, _SCREEN_TOLERANCE)


def corner_colour(image: Image.Image) -> tuple[int, int, int]:
    """The colour that most corners have; the upper left one's where all differ."""
    red, green, blue = Counter(tuple(c[:3]) for c in samples.corners(image)).most_common(1)[0][0]
    return red, green, blue


def difference(image: Image.Image, colour: tuple[int, int, int]) -> Image.Image:
    """How far each pixel is from a colour, in the channel where it is farthest; ``L``."""
    plain = image.convert("RGB")
    bands = ImageChops.difference(plain, Image.new("RGB", image.size, colour)).split()
    return ImageChops.lighter(ImageChops.lighter(bands[0], bands[1]), bands[2])


def _keyed(image: Image.Image, distance: Image.Image, tolerance: float) -> Image.Image:
    """Transparent up to the tolerance, with a short ramp so that edges are not jagged."""
    limit = tolerance * 2.55
    ramp = max(limit / 4, 1e-6)
    table = [round(min(max((value - limit) / ramp, 0), 1) * 255) for value in range(256)]
    result = image.convert("RGBA")
    result.putalpha(ImageChops.darker(alpha_of(image), distance.point(table)))
    return result


def opacity_threshold(image: Image.Image, call: Call) -> Image.Image:
    """No half-transparent pixels: opaque from the level on, else transparent."""
    if image.mode != "RGBA":
        return image
    threshold = call.values.number("level") * 2.55
    result = image.copy()
    alpha = image.getchannel("A").point([255 * (value >= threshold) for value in range(256)])
    result.putalpha(alpha)
    return result


def gradient_fade(image: Image.Image, call: Call) -> Image.Image:
    """Fade out towards edges.

    ``x`` and ``y`` are where the picture is whole again, counted from the left and upper edge,
    from the right and lower one where negative; without either it is the middle of the height.
    ``symmetric`` fades the opposite edge alike, and ``symmetric_pad`` is the same here. A
    strength of 20 is an even ramp; more of it makes more transparent, 0 nothing.
    """
    x, y = call.x, call.y
    if x is None and y is None:
        y = image.height / 2
    symmetric = call.values.given("type")
    power = call.values.number("strength") / 20
    across = _ramp(image.width, x, symmetric, power)
    down = _ramp(image.height, y, symmetric, power)
    mask = ImageChops.multiply(
        Image.fromarray(across[np.newaxis]).resize(image.size),
        Image.fromarray(down[:, np.newaxis]).resize(image.size),
    )
    result = image.convert("RGBA")
    result.putalpha(ImageChops.multiply(alpha_of(image), mask))
    return result


def _ramp(
    length: int, start: float | None, symmetric: bool, power: float
) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    places = np.arange(length) / max(1, length - 1)
    share = min(abs(start or 0) / length, 1.0)
    ramp = np.ones(length)
    if share:
        from_low = (start or 0) > 0
        if from_low or symmetric:
            ramp *= np.minimum(places / share, 1)
        if not from_low or symmetric:
            ramp *= np.minimum((1 - places) / share, 1)
    return (ramp**power * 255 + 0.5).astype(np.uint8)


def content_box(image: Image.Image, tolerance: float, colour: Colour | None) -> Box | None:
    """What is left when edges that resemble a colour, or the corners, are cut off.

    Args:
        tolerance: 0 … 100 percent of a channel.
        colour: ``None`` for that of the corners; where these are transparent, transparency.

    Returns:
        ``None`` where nothing would be left.
    """
    limit = tolerance * 2.55
    table = [255 * (value > limit) for value in range(256)]
    alpha = alpha_of(image)
    clear = (
        colour is None and image.mode == "RGBA" and not any(c[3] for c in samples.corners(image))
    )
    if clear:
        return alpha.point(table).getbbox()
    distance = difference(image, rgb(colour) if colour else corner_colour(image)).point(table)
    # What cannot be seen is no content, whatever its colour.
    return ImageChops.darker(distance, alpha.point([255 * (v > 0) for v in range(256)])).getbbox()
