"""Where people look first in a picture: the measure behind ``g_auto``.

Three cues, computed on a small copy:

* contrast: how far a pixel's colour is from that of its surroundings, at two scales, after
  L. Itti, C. Koch, E. Niebur: "A model of saliency-based visual attention for rapid scene
  analysis", IEEE PAMI 20(11), 1998;
* skin: how likely its chrominance is that of skin, in YCbCr after D. Chai, K. N. Ngan:
  "Face segmentation using skin-color map in videophone applications", IEEE CSVT 9(4), 1999;
* centre: photographers put their subjects near it.

Known faces outweigh them. The same pixels give the same place everywhere.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from app.domain.geometry import Area, scaled

Map = NDArray[np.float32]

#: Longest side of the copy that is looked at, in pixels.
SIDE = 96
#: Widths of the surroundings that a pixel is compared with, as shares of the longer side.
_SURROUNDINGS = (1 / 8, 2 / 5)
#: What skin adds to the strongest contrast, which is 1.
_SKIN = 0.25
#: What a face weighs, everything else together being 1; and what it weighs if it comes first.
_FACES, _FACES_FIRST = 1.0, 8.0
#: How much of the picture's sides the centre prior reaches, as a standard deviation.
_CENTRE = 0.6
#: A window's middle part counts again, so that what matters does not lie at its edges.
_MIDDLE = 0.7


def place(
    image: Image.Image,
    size: tuple[int, int],
    window: tuple[float, float],
    *,
    faces: Sequence[Area] = (),
    custom: Sequence[Area] = (),
    faces_first: bool = False,
) -> tuple[float, float]:
    """Where a window shows most of what matters.

    Args:
        image: RGB or RGBA, perhaps reduced.
        size: width and height that it stands for.
        window: width and height in pixels of ``size``, no larger.
        faces, custom: areas in pixels of ``size`` that matter; none lies outside.
        faces_first: whether faces matter more than everything else together.

    Returns:
        Left and upper edge in pixels of ``size``; the window lies inside.
    """
    rooms = (size[0] - window[0], size[1] - window[1])
    if max(rooms) <= 0:
        return 0.0, 0.0
    weights = importance(image)
    factors = (weights.shape[1] / size[0], weights.shape[0] / size[1])
    for area in custom:
        _attract(weights, scaled(area, *factors), _FACES_FIRST)
    for area in faces:
        _attract(weights, scaled(area, *factors), _FACES_FIRST if faces_first else _FACES)
    cells = (
        min(max(1, round(window[0] * factors[0])), weights.shape[1]),
        min(max(1, round(window[1] * factors[1])), weights.shape[0]),
    )
    column, row = _best(weights, cells)
    columns, rows = weights.shape[1] - cells[0], weights.shape[0] - cells[1]
    # The last place of the grid is the last one of the picture, whatever was rounded.
    left = rooms[0] * column / columns if columns else rooms[0] / 2
    top = rooms[1] * row / rows if rows else rooms[1] / 2
    return left, top


def importance(image: Image.Image) -> Map:
    """How much each part of a picture matters.

    Args:
        image: RGB or RGBA; what is transparent does not matter.

    Returns:
        float32 (height, width), the longer side at most :data:`SIDE`, none negative, sum 1.
    """
    small = _reduced(image)
    alpha = None
    if small.mode == "RGBA":
        alpha = np.asarray(small.getchannel("A"), dtype=np.float32) / 255
        small = Image.alpha_composite(Image.new("RGBA", small.size, "white"), small).convert("RGB")
    # Luma and chroma in the channels of an RGB picture: filters take no other with three.
    opponent = Image.merge("RGB", small.convert("YCbCr").split())
    colours = np.asarray(opponent, dtype=np.float32)
    cues = _contrast(opponent, colours) + np.float32(_SKIN) * _skin(colours)
    cues *= _centre(*colours.shape[:2])
    if alpha is not None:
        cues *= alpha
    total = float(cues.sum(dtype=np.float64))
    if total <= 0:
        return np.full(cues.shape, 1 / cues.size, np.float32)
    return np.asarray(cues / total, dtype=np.float32)


def _reduced(image: Image.Image) -> Image.Image:
    factor = max(1.0, max(image.size) / SIDE)
    size = (max(1, round(image.width / factor)), max(1, round(image.height / factor)))
    return image.resize(size, Image.Resampling.BOX, reducing_gap=1.0)


def _contrast(image: Image.Image, colours: Map) -> Map:
    """Distance from the surroundings, at a fine and a coarse scale; the strongest twentieth 1."""
    found = np.zeros(colours.shape[:2], np.float32)
    for share in _SURROUNDINGS:
        around = image.filter(ImageFilter.BoxBlur(max(1.0, max(image.size) * share / 2)))
        difference = colours - np.asarray(around, dtype=np.float32)
        found += np.sqrt(np.square(difference).sum(axis=2, dtype=np.float32))
    strongest = np.float32(np.quantile(found, 0.95))
    if strongest > 0:
        found = np.minimum(found / strongest, np.float32(1))
    # What stands out clearly counts for more than much that stands out a little.
    return found * np.sqrt(found)


def _skin(colours: Map) -> Map:
    """1 where chrominance is in the middle of what skin has, falling to 0."""
    blue, red = (colours[..., 1] - 102) / 20, (colours[..., 2] - 153) / 16
    dark = np.clip((colours[..., 0] - 40) / 40, 0, 1)
    return np.asarray(np.exp(-(blue * blue + red * red)) * dark, dtype=np.float32)


def _centre(height: int, width: int) -> Map:
    down, across = (
        np.exp(-np.square((np.arange(side) + 0.5) / side - 0.5) / (2 * _CENTRE**2))
        for side in (height, width)
    )
    return np.outer(down, across).astype(np.float32)


def _attract(weights: Map, area: Area, weight: float) -> None:
    """Add a hill over an area, in place, of this volume."""
    hill = np.outer(
        _hill(area[1], area[3], weights.shape[0]), _hill(area[0], area[2], weights.shape[1])
    )
    weights += (weight * hill / hill.sum()).astype(np.float32)


def _hill(low: float, high: float, side: int) -> NDArray[np.float64]:
    """A normal curve over a span, its standard deviation half of it, at least a cell."""
    away = np.arange(side) + 0.5 - (low + high) / 2
    return np.asarray(np.exp(-0.5 * np.square(away / max(1.0, (high - low) / 2))))


def _best(weights: Map, cells: tuple[int, int]) -> tuple[int, int]:
    """Column and row of the window with the largest sum; of equal ones the most central."""
    height, width = weights.shape
    sums = np.zeros((height + 1, width + 1))
    sums[1:, 1:] = weights.cumsum(axis=0, dtype=np.float64).cumsum(axis=1)
    margins = [round(side * (1 - _MIDDLE) / 2) for side in cells]
    outer = _window_sums(sums, cells, (0, 0))
    inner = _window_sums(sums, cells, (margins[0], margins[1]))
    scores = outer + inner
    rows, columns = scores.shape
    off_centre = np.add.outer(
        np.abs(np.arange(rows) - (rows - 1) / 2), np.abs(np.arange(columns) - (columns - 1) / 2)
    )
    best = int(np.argmax(scores - 1e-9 * off_centre))
    return best % columns, best // columns


def _window_sums(
    sums: NDArray[np.float64], cells: tuple[int, int], margins: tuple[int, int]
) -> NDArray[np.float64]:
    """Sum of every window without its margins, from a summed-area table."""
    across, down = margins
    columns, rows = sums.shape[1] - cells[0], sums.shape[0] - cells[1]
    left, top = slice(across, across + columns), slice(down, down + rows)
    right = slice(cells[0] - across, cells[0] - across + columns)
    bottom = slice(cells[1] - down, cells[1] - down + rows)
    return np.asarray(sums[bottom, right] - sums[top, right] - sums[bottom, left] + sums[top, left])
