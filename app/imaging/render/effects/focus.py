"""Effects on sharpness, of the whole picture or of regions of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
from PIL import Image, ImageFilter

from app.imaging.render.effects.call import Box, Call, clamp

#: Strength of a blur that is one pixel of standard deviation. The service does not document
#: its scale; this one makes ``blur:100`` soft and ``blur:2000`` unrecognisable.
PER_SIGMA = 50

#: Squares across the shorter side when their size is not given.
_SQUARES = 20
_FACE_SQUARES = 8


def blur(image: Image.Image, call: Call) -> Image.Image:
    """Gaussian blur; what is transparent does not bleed into what is not."""
    return blurred(image, call.values.number("level") / PER_SIGMA)


def blurred(image: Image.Image, sigma: float) -> Image.Image:
    """Gaussian blur of the colours, opacity as it was."""
    blur_filter = ImageFilter.GaussianBlur(sigma)
    if image.mode != "RGBA":
        return image.filter(blur_filter)
    soft = image.convert("RGBa").filter(blur_filter).convert("RGBA")
    soft.putalpha(image.getchannel("A"))
    return soft


def pixelate(image: Image.Image, call: Call) -> Image.Image:
    """Squares of one colour, the mean of their pixels."""
    return _squares(image, _side(call, image.size, _SQUARES))


def _side(call: Call, size: tuple[int, int], across: int) -> int:
    if call.values.given("square"):
        return max(1, round(call.values.number("square")))
    return max(2, round(min(size) / across))


def _squares(image: Image.Image, side: int) -> Image.Image:
    side = min(side, max(image.size))
    if side == 1:
        return image
    mode = "RGBa" if image.mode == "RGBA" else image.mode
    means = image.convert(mode).reduce(side).convert(image.mode)
    large = (means.width * side, means.height * side)
    result = means.resize(large, Image.Resampling.NEAREST).crop((0, 0, *image.size))
    if image.mode == "RGBA":
        result.putalpha(image.getchannel("A"))
    return result


def blur_region(image: Image.Image, call: Call) -> Image.Image:
    """Blur within ``x y w h``; what is not given reaches to the picture's edge."""
    return _within(image, [_region(image, call)], lambda part: blur(part, call))


def pixelate_region(image: Image.Image, call: Call) -> Image.Image:
    """Pixelate within ``x y w h``; what is not given reaches to the picture's edge."""
    return _within(image, [_region(image, call)], lambda part: pixelate(part, call))


def blur_faces(image: Image.Image, call: Call) -> Image.Image:
    """Blur every face; without faces nothing changes."""
    return _within(image, _faces(image, call), lambda part: blur(part, call))


def pixelate_faces(image: Image.Image, call: Call) -> Image.Image:
    """Pixelate every face; without faces nothing changes."""
    return _within(
        image,
        _faces(image, call),
        lambda part: _squares(part, _side(call, part.size, _FACE_SQUARES)),
    )


def _region(image: Image.Image, call: Call) -> Box | None:
    left, top = call.x or 0.0, call.y or 0.0
    right = image.width if call.width is None else left + call.width
    bottom = image.height if call.height is None else top + call.height
    return clamp((left, top, right, bottom), image.size)


def _faces(image: Image.Image, call: Call) -> Iterable[Box | None]:
    return [clamp(area, image.size) for area in call.scene.faces]


def _within(
    image: Image.Image,
    boxes: Iterable[Box | None],
    change: Callable[[Image.Image], Image.Image],
) -> Image.Image:
    result = image.copy()
    for box in boxes:
        if box is not None:
            result.paste(change(result.crop(box)), box)
    return result


def sharpen(image: Image.Image, call: Call) -> Image.Image:
    """Unsharp mask of a fine radius, as strong as the level says in percent."""
    return _sharpened(image, 1.0, call.values.number("level"))


def unsharp_mask(image: Image.Image, call: Call) -> Image.Image:
    """Unsharp mask of a wider radius, as strong as the level says in percent."""
    return _sharpened(image, 2.5, call.values.number("level"))


def _sharpened(image: Image.Image, radius: float, percent: float) -> Image.Image:
    return image.filter(ImageFilter.UnsharpMask(radius, round(percent), 0))


def redeye(image: Image.Image, call: Call) -> Image.Image:
    """Take the red out of pupils: of the upper part of faces, only what is strongly red.

    ``adv_redeye`` also takes the pixels around, with a soft edge.
    """
    soft = call.name == "adv_redeye"
    eyes = [
        clamp((left, top + 0.15 * (bottom - top), right, top + 0.6 * (bottom - top)), image.size)
        for left, top, right, bottom in call.scene.faces
    ]
    return _within(image, eyes, lambda part: _without_red(part, soft))


def _without_red(part: Image.Image, soft: bool) -> Image.Image:
    red, green, blue = (band.astype(np.int32) for band in np.moveaxis(np.asarray(part), -1, 0))
    # Skin stays below: there red is at most about 1.5 times the others.
    glowing = (red > 80) & (red * red > 2 * (green * green + blue * blue))
    mask = Image.fromarray((glowing * 255).astype(np.uint8))
    if soft:
        mask = mask.filter(ImageFilter.MaxFilter(3)).filter(ImageFilter.GaussianBlur(1))
    _, green_band, blue_band = part.split()
    cold = Image.blend(green_band, blue_band, 0.5)
    return Image.composite(Image.merge("RGB", (cold, green_band, blue_band)), part, mask)
