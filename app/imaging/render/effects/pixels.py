"""Arithmetic on pixels that several effects share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from app.domain.transformation.steps import Colour

#: (…, 3): red, green, blue, 0 … 1; float32 on pixels, what is computed beside them may be wider.
Floats: TypeAlias = npt.NDArray[np.floating[Any]]
Bytes: TypeAlias = npt.NDArray[np.uint8]
Change: TypeAlias = Callable[[Floats], Floats]

#: Luma of ITU-R BT.601, as JPEG and Pillow's ``L`` have it.
LUMA = np.array([0.299, 0.587, 0.114], np.float32)

#: Pixels that are computed at once: few enough for the processor's cache and little memory.
_STRIP = 1 << 18

#: Points a side of the tables that smooth changes of colours are interpolated in.
_GRID = 33


def rgb(colour: Colour) -> tuple[int, int, int]:
    """A colour without its opacity."""
    return colour.red, colour.green, colour.blue


def luma(values: Floats) -> Floats:
    """Luma with the last axis kept, so that it broadcasts against the colours."""
    weighted: Floats = values @ LUMA
    return weighted[..., np.newaxis]


def each_pixel(image: Image.Image, change: Change) -> Image.Image:
    """An ``RGB`` picture with every pixel's colour changed exactly, in strips."""
    width, height = image.size
    source: Bytes = np.asarray(image)
    result = np.empty_like(source)
    rows = max(1, _STRIP // width)
    for top in range(0, height, rows):
        strip = source[top : top + rows].astype(np.float32) / np.float32(255)
        result[top : top + rows] = to_bytes(change(strip))
    return Image.fromarray(result)


def to_bytes(values: Floats) -> Bytes:
    """Values of 0 … 1, and what lies beyond, as 0 … 255."""
    return (np.clip(values, 0, 1) * 255 + 0.5).astype(np.uint8)


def through_table(image: Image.Image, change: Change) -> Image.Image:
    """An ``RGB`` picture with every colour changed by a smooth function.

    The function is evaluated on a grid of colours and interpolated, which is many times faster
    than on every pixel; linear functions come out exact.
    """
    axis = np.linspace(0, 1, _GRID, dtype=np.float32)
    blue, green, red = np.meshgrid(axis, axis, axis, indexing="ij")
    table = change(np.stack([red, green, blue], axis=-1).reshape(-1, 3))
    return image.filter(ImageFilter.Color3DLUT(_GRID, np.clip(table, 0, 1).ravel()))


def through_curve(image: Image.Image, curve: Change) -> Image.Image:
    """A picture with the same function of 0 … 1 applied to each channel."""
    table = to_bytes(curve(np.linspace(0, 1, 256, dtype=np.float32)))
    return image.point(table.tolist() * len(image.getbands()))


def mixed(image: Image.Image, matrix: Sequence[Sequence[float]]) -> Image.Image:
    """An ``RGB`` picture with each channel a sum of the three; rows are the new channels."""
    return image.convert("RGB", tuple(value for row in matrix for value in (*row, 0.0)))


def blended(image: Image.Image, changed: Image.Image, percent: float) -> Image.Image:
    """``percent`` of the changed picture over the other."""
    return changed if percent >= 100 else Image.blend(image, changed, percent / 100)


def gray(image: Image.Image) -> Image.Image:
    """An ``RGB`` picture without colour, still ``RGB``."""
    return image.convert("L").convert("RGB")


def scaled(mask: Image.Image, factor: float) -> Image.Image:
    """A mask with its values multiplied."""
    return mask.point([min(255, round(value * factor)) for value in range(256)])


def solid(size: tuple[int, int], colour: Colour, mask: Image.Image) -> Image.Image:
    """``RGBA`` of one colour, as opaque as the mask and the colour together."""
    layer = Image.new("RGBA", size, rgb(colour))
    layer.putalpha(scaled(mask, colour.alpha / 255))
    return layer


def alpha_of(image: Image.Image) -> Image.Image:
    """The opacity of an ``RGB`` or ``RGBA`` picture as ``L``."""
    if image.mode == "RGBA":
        return image.getchannel("A")
    return Image.new("L", image.size, 255)


def smooth(values: Floats) -> Floats:
    """Hermite's smooth step of 0 … 1, with what lies beyond clipped."""
    clipped = np.clip(values, 0, 1)
    return clipped * clipped * (3 - 2 * clipped)
