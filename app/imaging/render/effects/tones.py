"""Effects on brightness and contrast.

The reference gives names, ranges and defaults, not formulas; the formulas here are ours.
"""

from __future__ import annotations

import math

import numpy as np
from PIL import Image, ImageChops, ImageFilter, ImageOps, ImageStat

from app.imaging.render.effects.call import Call
from app.imaging.render.effects.colours import vibrant
from app.imaging.render.effects.pixels import (
    Floats,
    blended,
    each_pixel,
    through_curve,
)

#: Share of the darkest and of the lightest pixels that a stretched histogram may clip, percent.
_CUTOFF = 0.5


def brightness(image: Image.Image, call: Call) -> Image.Image:
    """Multiply all channels: -99 leaves a hundredth, 100 doubles."""
    factor = 1 + call.values.number("level") / 100
    return through_curve(image, lambda values: values * factor)


def brightness_hsb(image: Image.Image, call: Call) -> Image.Image:
    """Multiply the brightness of the HSB model: a colour that reaches it keeps its hue."""
    factor = 1 + call.values.number("level") / 100

    def change(values: Floats) -> Floats:
        highest = np.maximum(values.max(axis=-1, keepdims=True), 1 / 255)
        scaled: Floats = values * np.minimum(factor, 1 / highest)
        return scaled

    return each_pixel(image, change)


def contrast(image: Image.Image, call: Call) -> Image.Image:
    """Sigmoidal (the default) around the middle, or linear where 100 changes nothing."""
    level = call.values.number("level")
    if call.values.word("type") == "linear":
        return through_curve(image, lambda values: (values - 0.5) * (level / 100) + 0.5)
    if not level:
        return image
    steepness = abs(level) / 10
    low, high = _logistic(-steepness / 2), _logistic(steepness / 2)

    def steeper(values: Floats) -> Floats:
        logistic = 1 / (1 + np.exp(-steepness * (values - 0.5)))
        stretched: Floats = (logistic - low) / (high - low)
        return stretched

    def flatter(values: Floats) -> Floats:
        logistic = low + values * (high - low)
        shifted: Floats = 0.5 + np.log(logistic / (1 - logistic)) / steepness
        return shifted

    return through_curve(image, steeper if level > 0 else flatter)


def _logistic(value: float) -> float:
    return 1 / (1 + math.exp(-value))


def gamma(image: Image.Image, call: Call) -> Image.Image:
    """Gamma correction by 1 + level / 100: 0.5 … 2.5, lighter above 1."""
    exponent = 1 / (1 + call.values.number("level") / 100)
    return through_curve(image, lambda values: values**exponent)


def channel(image: Image.Image, call: Call) -> Image.Image:
    """``red``, ``green``, ``blue``: multiply that channel; -100 removes it, 100 doubles it."""
    factor = 1 + call.values.number("level") / 100
    bands = list(image.split())
    index = ("red", "green", "blue").index(call.name)
    bands[index] = through_curve(bands[index], lambda values: values * factor)
    return Image.merge("RGB", bands)


def auto_brightness(image: Image.Image, call: Call) -> Image.Image:
    """Gamma correction that brings the mean luma to the middle, at most by a factor of two."""
    return blended(image, _balanced(image, call), call.values.number("blend"))


def _balanced(image: Image.Image, call: Call) -> Image.Image:
    mask = call.visible if call.visible and call.visible.getbbox() else None
    mean = ImageStat.Stat(image.convert("L"), mask).mean[0] / 255
    exponent = math.log(0.5) / math.log(min(max(mean, 0.01), 0.99))
    exponent = min(max(exponent, 0.5), 2.0)
    return through_curve(image, lambda values: values**exponent)


def auto_contrast(image: Image.Image, call: Call) -> Image.Image:
    """Stretch luma to the full range; all channels alike, so hues stay."""
    stretched = ImageOps.autocontrast(image, _CUTOFF, mask=call.visible, preserve_tone=True)
    return blended(image, stretched, call.values.number("blend"))


def auto_color(image: Image.Image, call: Call) -> Image.Image:
    """Stretch each channel to the full range, which takes away a cast."""
    stretched = ImageOps.autocontrast(image, _CUTOFF, mask=call.visible)
    return blended(image, stretched, call.values.number("blend"))


def improve(image: Image.Image, call: Call) -> Image.Image:
    """Contrast, brightness and a little vibrance; ``indoor`` also takes away half of a cast."""
    indoor = call.values.word("mode") == "indoor"
    stretched = ImageOps.autocontrast(image, _CUTOFF, mask=call.visible, preserve_tone=True)
    if indoor:
        balanced = ImageOps.autocontrast(image, _CUTOFF, mask=call.visible)
        stretched = Image.blend(stretched, balanced, 0.5)
    lit = Image.blend(stretched, _balanced(stretched, call), 0.5)
    return blended(image, vibrant(lit, 0.15 if indoor else 0.25), call.values.number("blend"))


def fill_light(image: Image.Image, call: Call) -> Image.Image:
    """Light up dark surroundings: the picture screened with itself where it is dark.

    ``bias`` shifts what counts as dark.
    """
    bias = call.values.number("bias") * 2.55
    radius = max(1.0, max(image.size) / 50)
    dark = ImageOps.invert(image.convert("L")).filter(ImageFilter.GaussianBlur(radius))
    # Squared, so that the middle tones hardly change.
    mask = dark.point([round(min(max(value + bias, 0), 255) ** 2 / 255) for value in range(256)])
    lit = Image.composite(ImageChops.screen(image, image), image, mask)
    return blended(image, lit, call.values.number("blend"))
