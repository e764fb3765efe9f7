"""Putting one image on another: blend modes, masks, cut-outs, displacement."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops

from app.domain.errors import BadRequest

#: Where an image's upper left corner lies on another, in pixels; may be negative.
Point = tuple[int, int]

_Mix = Callable[[Image.Image, Image.Image], Image.Image]

#: Separable blend modes by their names: opaque base and layer to opaque mixture.
_MIXES: Mapping[str, _Mix] = {
    "screen": ImageChops.screen,
    "multiply": ImageChops.multiply,
    "overlay": ImageChops.overlay,
}

#: Largest displacement that the documentation allows.
_FARTHEST = 999

#: Rows that are worked on at once, as what is needed on the way takes up to 40 bytes a pixel.
_BAND = 128


def blend(
    base: Image.Image,
    layer: Image.Image,
    at: Point,
    mode: str = "normal",
    arguments: tuple[str, ...] = (),
    shift: tuple[float, float] = (0.0, 0.0),
) -> Image.Image:
    """Put a layer on a base; what lies outside the base is cut off.

    Args:
        base, layer: ``RGB`` or ``RGBA``.
        at: where the layer's upper left corner lies on the base.
        mode: ``normal``, ``screen``, ``multiply``, ``overlay``, ``mask``, ``cut_out``,
            ``anti_removal`` or ``displace``.
        arguments: of ``anti_removal``: its level, 1 … 100, 50 without.
        shift: of ``displace``: how far black and white in its red and green channel move a
            pixel, −999 … 999 each.

    Returns:
        A new image of the base's size. An ``RGB`` base stays ``RGB`` but for ``mask`` and
        ``cut_out``, which make it transparent in parts.

    Raises:
        BadRequest: no such mode, or an argument is out of range.
    """
    if mode == "mask":
        return masked(base, layer, at)
    if mode == "cut_out":
        return masked(base, layer, at, inverted=True)
    if mode == "displace":
        return _displaced(base, layer, at, shift)
    if mode == "anti_removal":
        layer = _roughened(layer, arguments)
    elif mode != "normal" and mode not in _MIXES:
        raise BadRequest(f"Invalid blend mode: {mode}")
    return _over(base, layer, at, _MIXES.get(mode))


def masked(
    base: Image.Image, layer: Image.Image, at: Point, *, inverted: bool = False
) -> Image.Image:
    """The base with its opacity multiplied by the layer's, which is 0 beside it.

    Args:
        base, layer: ``RGB`` or ``RGBA``.
        at: where the layer's upper left corner lies on the base.
        inverted: multiply by 1 − opacity, so that the layer's shape is taken away instead.

    Returns:
        ``RGBA`` of the base's size.
    """
    shape = Image.new("L", base.size, 0)
    shape.paste(_alpha(layer), at)
    if inverted:
        shape = ImageChops.invert(shape)
    result = base.convert("RGBA")
    result.putalpha(ImageChops.multiply(_alpha(base), shape))
    return result


def _over(base: Image.Image, layer: Image.Image, at: Point, mix: _Mix | None) -> Image.Image:
    """Source-over compositing, the layer mixed with the base where both are.

    With αb the base's opacity, the layer's colour becomes (1 − αb)·Cs + αb·B(Cb, Cs) and is then
    composited as usual (W3C, Compositing and Blending Level 1, section 10).
    """
    left, right = max(0, at[0]), min(base.width, at[0] + layer.width)
    lower = min(base.height, at[1] + layer.height)
    result = base.copy()
    if left >= right:
        return result
    for top in range(max(0, at[1]), lower, _BAND):
        box = (left, top, right, min(lower, top + _BAND))
        x, y = left - at[0], top - at[1]
        part = layer.crop((x, y, x + right - left, y + box[3] - top))
        if mix:
            part = _mixed(base.crop(box), part, mix)
        if base.mode == "RGBA":
            result.alpha_composite(part.convert("RGBA"), (left, top))
        else:
            result.paste(part, (left, top), part if part.mode == "RGBA" else None)
    return result


def _mixed(under: Image.Image, part: Image.Image, mix: _Mix) -> Image.Image:
    """A layer's pixels, ``RGBA``, mixed with those under them as far as these are opaque."""
    colour = part.convert("RGB")
    mixed = mix(under.convert("RGB"), colour)
    if under.mode == "RGBA":
        mixed = Image.composite(mixed, colour, _alpha(under))
    mixed.putalpha(_alpha(part))
    return mixed


def _alpha(image: Image.Image) -> Image.Image:
    return image.getchannel("A") if image.mode == "RGBA" else Image.new("L", image.size, 255)


def _displaced(
    base: Image.Image, layer: Image.Image, at: Point, shift: tuple[float, float]
) -> Image.Image:
    """Move the base's pixels by (127 − channel) · shift / 127: red across, green down.

    That is the documented formula, positive to the right and down. Read backwards: a pixel of
    the result is the base's pixel that lies a displacement before it, the nearest one; beyond
    the edge that of the edge. Beside the layer, and by its opacity, pixels stay.
    """
    if any(not abs(length) <= _FARTHEST for length in shift):
        raise BadRequest(f"Displacement must be between -{_FARTHEST} and {_FARTHEST}")
    # 127 moves nothing, so that is the map beside the layer and where it is transparent.
    still = Image.new("RGB", base.size, (127, 127, 127))
    channels = np.asarray(_over(still, layer, at, None))
    pixels = np.asarray(base)
    result = np.empty_like(pixels)
    for top in range(0, base.height, _BAND):
        band = slice(top, top + _BAND)
        result[band] = _gathered(pixels, channels[band], top, shift)
    return Image.fromarray(result)


def _gathered(
    pixels: NDArray[np.uint8],
    channels: NDArray[np.uint8],
    top: int,
    shift: tuple[float, float],
) -> NDArray[np.uint8]:
    """The rows of a displaced picture from ``top`` on that a piece of the map stands for."""
    height, width = pixels.shape[:2]
    rows, columns = np.indices(channels.shape[:2], dtype=np.float32)
    red, green = (127.0 - channels[:, :, index].astype(np.float32) for index in (0, 1))
    across = np.clip(np.rint(columns - red * (shift[0] / 127.0)), 0, width - 1)
    down = np.clip(np.rint(rows + top - green * (shift[1] / 127.0)), 0, height - 1)
    gathered: NDArray[np.uint8] = pixels[down.astype(np.intp), across.astype(np.intp)]
    return gathered


def _roughened(layer: Image.Image, arguments: tuple[str, ...]) -> Image.Image:
    """Lower a layer's opacity unevenly, so that its exact inverse cannot be subtracted.

    Args:
        layer: ``RGB`` or ``RGBA``.
        arguments: the level, 1 … 100: at 100 up to half the opacity is taken away.
    """
    level = arguments[0] if arguments else "50"
    if not (level.isascii() and level.isdigit() and len(level) <= 3 and 1 <= int(level) <= 100):
        raise BadRequest(f"Invalid anti_removal level: {level}")
    width, height = layer.size
    # The same for the same size: a derivative must come out the same each time it is made.
    random = np.random.default_rng((width, height))
    lowest = 255 - round(1.27 * int(level))
    grid = random.integers(lowest, 256, (height // 4 + 1, width // 4 + 1), dtype=np.uint8)
    share = Image.fromarray(grid).resize(layer.size, Image.Resampling.BILINEAR)
    result = layer.convert("RGBA")
    result.putalpha(ImageChops.multiply(_alpha(layer), share))
    return result
