"""Colours that stand for a picture or for its border."""

from __future__ import annotations

import numpy as np
from PIL import Image

Rgb = tuple[int, int, int]

#: Pixels a side that are looked at.
_SIDE = 128


def predominant(image: Image.Image, count: int = 1) -> list[Rgb]:
    """The most frequent colours.

    Args:
        image: ``RGB`` or ``RGBA``; what is transparent is not counted.
        count: how many; the last one is repeated where the picture has fewer.

    Returns:
        By descending frequency; white where nothing can be seen.
    """
    size = (min(_SIDE, image.width), min(_SIDE, image.height))
    return _frequent(image.resize(size, Image.Resampling.NEAREST), count)


def border_colours(image: Image.Image, count: int = 1) -> list[Rgb]:
    """The most frequent colours of the outermost pixels; see :func:`predominant`."""
    edges = np.concatenate([edge(image, side) for side in ("left", "top", "right", "bottom")])
    return _frequent(Image.fromarray(edges[np.newaxis]), count)


def edge(image: Image.Image, side: str) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """The outermost pixels of one side.

    Returns:
        uint8 (n, channels), at most 128 of them, evenly spread.
    """
    width, height = image.size
    box = {
        "left": (0, 0, 1, height),
        "top": (0, 0, width, 1),
        "right": (width - 1, 0, width, height),
        "bottom": (0, height - 1, width, height),
    }[side]
    pixels = np.asarray(image.crop(box))
    pixels = pixels.reshape(-1, pixels.shape[-1])
    return pixels[:: -(-len(pixels) // _SIDE)]


def side_colour(image: Image.Image, side: str) -> Rgb:
    """The most frequent colour of one side's outermost pixels."""
    return _frequent(Image.fromarray(edge(image, side)[np.newaxis]), 1)[0]


def corners(image: Image.Image) -> list[tuple[int, ...]]:
    """The pixels in the corners, clockwise from the upper left."""
    right, bottom = image.width - 1, image.height - 1
    places = ((0, 0), (right, 0), (right, bottom), (0, bottom))
    return [tuple(image.crop((x, y, x + 1, y + 1)).tobytes()) for x, y in places]


def _frequent(image: Image.Image, count: int) -> list[Rgb]:
    pixels = np.asarray(image.convert("RGBA")).reshape(-1, 4)
    pixels = pixels[pixels[:, 3] >= 128, :3]
    if not len(pixels):
        return [(255, 255, 255)] * count
    # Of each cube of 32 levels a side the mean: a colour with noise is one colour.
    cubes = (pixels >> 5).astype(np.int32) @ np.array([64, 8, 1])
    frequencies = np.bincount(cubes)
    found: list[Rgb] = []
    for cube in np.argsort(-frequencies, kind="stable")[:count]:
        if frequencies[cube]:
            red, green, blue = pixels[cubes == cube].mean(axis=0).round().astype(int).tolist()
            found.append((red, green, blue))
    return found + found[-1:] * (count - len(found))
