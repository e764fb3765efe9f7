"""``q_auto``: the quality at which a picture looks as good as was asked for.

What a quality number does to a picture depends on the picture: at 60 a JPEG of a flower before
a blurred meadow is spotless, one of a pagoda with a thousand tiles is not. So the number is
searched for at which the structural similarity of the file with the picture, on luma, reaches the
target of the level.
"""

from __future__ import annotations

import io
import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from app.imaging import decode
from app.imaging.render import encoding
from app.imaging.render.similarity import WINDOW, Reference

#: Mean structural similarity that each level stands for.
TARGETS = {"best": 0.985, "good": 0.97, "eco": 0.955, "low": 0.93}

#: Lowest and highest quality on the encoder's own scale. Below, blocks and bands show although
#: the mean is good (pictures that are mostly smooth); above, files grow and nothing else does.
RANGES = {"jpg": (25, 95), "webp": (10, 96), "avif": (20, 90)}

#: Quality that the similarity of a typical photo is known at, and its distance from 1: medians
#: of six photos of 500 pixels. Where to look first, and how far to go from there.
_TYPICAL = {
    "jpg": (
        (10, 20, 30, 50, 70, 80, 90, 95),
        (0.173, 0.106, 0.079, 0.055, 0.041, 0.027, 0.014, 0.0074),
    ),
    "webp": (
        (10, 20, 40, 50, 60, 70, 80, 90, 95),
        (0.126, 0.091, 0.055, 0.045, 0.039, 0.033, 0.025, 0.014, 0.009),
    ),
    "avif": (
        (10, 20, 30, 40, 50, 60, 66, 70, 80, 90),
        (0.185, 0.146, 0.11, 0.077, 0.047, 0.033, 0.028, 0.0215, 0.014, 0.0083),
    ),
}

#: Similarity may miss its target by this much before the search goes on; a step of quality
#: changes it by 0.001 … 0.005.
_TOLERANCE = 0.002

#: Encodings of one search.
_MOST = 7

#: Large pictures are represented by at most 64 square tiles of this side, 262,144 pixels. It is
#: a multiple of what JPEG (16) and AV1 (64) divide pictures into.
_TILE = 64
_TILES = 64


def choose(image: Image.Image, extension: str, level: str) -> int:
    """The quality, on the encoder's own scale, that gives a picture the similarity of a level.

    Where no quality of :data:`RANGES` does, the nearest.

    Args:
        image: ``RGB`` or ``RGBA``; the latter is looked at on white.
        extension: ``jpg``, ``webp`` or ``avif``.
        level: one of :data:`TARGETS`.
    """
    target = TARGETS[level]
    low, high = RANGES[extension]
    if min(image.size) < WINDOW:
        return high
    sample = _Sample(image, extension)
    expected = _Expectation(extension, target)
    tried: dict[int, float] = {}
    while len(tried) < _MOST and low <= high:
        quality = min(max(expected.quality(tried), low), high)
        tried[quality] = similarity = sample.similarity(quality)
        if abs(similarity - target) <= _TOLERANCE:
            break
        if similarity < target:
            low = quality + 1
        else:
            high = quality - 1
    return min(tried, key=lambda it: abs(tried[it] - target))


class _Expectation:
    """Where the target is to be expected. The logarithm of the distance from 1 is followed,
    which is nearly straight over some steps of quality.
    """

    def __init__(self, extension: str, target: float) -> None:
        qualities, distances = _TYPICAL[extension]
        self._qualities = np.array(qualities, dtype=np.float64)
        self._logarithms = np.log(distances)
        self._wanted = _logarithm(target)

    def quality(self, tried: Mapping[int, float]) -> int:
        """Where to look next, knowing the similarity of the qualities that were tried."""
        points = sorted((abs(_logarithm(s) - self._wanted), q) for q, s in tried.items())
        nearest = [(q, _logarithm(tried[q])) for _, q in points[:2]]
        if len(nearest) == 2:
            (one, at_one), (other, at_other) = nearest
            slope = (at_one - at_other) / (one - other)
            if slope < 0:
                return round(one + (self._wanted - at_one) / slope)
        # One point: the picture's curve has the shape of the typical one, but lies elsewhere.
        shift = 0.0
        if nearest:
            shift = nearest[0][1] - float(
                np.interp(nearest[0][0], self._qualities, self._logarithms)
            )
        # np.interp wants what it looks up in to ascend.
        return round(float(np.interp(shift - self._wanted, -self._logarithms, self._qualities)))


def _logarithm(similarity: float) -> float:
    return math.log(max(1 - similarity, 1e-6))


class _Sample:
    """What represents a picture, and what encoding makes of it."""

    def __init__(self, image: Image.Image, extension: str) -> None:
        self._grid = _grid(image.size)
        image = encoding.flattened(_mosaic(image, self._grid) if self._grid else image)
        luma = image.convert("L")
        self._reference = Reference(self._tiles(luma))
        self._extension = extension
        # JPEG encodes luma by itself, so that it may go without colours.
        self._image = luma if extension == "jpg" else image

    def similarity(self, quality: int) -> float:
        """Mean structural similarity at a quality."""
        options = encoding.options(self._extension, quality)
        data = encoding.still(self._image, self._extension, options)
        with Image.open(io.BytesIO(data), formats=[decode.OPENERS[self._extension]]) as decoded:
            return self._reference.ssim(self._tiles(decoded.convert("L")))

    def _tiles(self, luma: Image.Image) -> NDArray[np.uint8]:
        """uint8 (tiles, height, width): windows must not lie across the seams of a mosaic."""
        values: NDArray[np.uint8] = np.asarray(luma)
        if not self._grid:
            return values[np.newaxis]
        rows, columns = self._grid
        parted = values.reshape(rows, _TILE, columns, _TILE).swapaxes(1, 2)
        return parted.reshape(rows * columns, _TILE, _TILE)


def _grid(size: tuple[int, int]) -> tuple[int, int] | None:
    """Rows and columns of tiles; ``None`` for a picture that is taken whole.

    That is one with fewer pixels than the tiles, or too low for them.
    """
    width, height = size
    if width * height <= _TILES * _TILE**2 or min(size) < _TILE:
        return None
    rows = min(height // _TILE, max(8, _TILES // (width // _TILE)))
    return rows, min(width // _TILE, _TILES // rows)


def _mosaic(image: Image.Image, grid: tuple[int, int]) -> Image.Image:
    """Tiles at equal distances, side by side, each where encoders would part the picture, too."""
    rows, columns = grid
    mosaic = Image.new(image.mode, (columns * _TILE, rows * _TILE))
    for row, top in enumerate(_spread(image.height, rows)):
        for column, left in enumerate(_spread(image.width, columns)):
            tile = image.crop((left, top, left + _TILE, top + _TILE))
            mosaic.paste(tile, (column * _TILE, row * _TILE))
    return mosaic


def _spread(side: int, count: int) -> list[int]:
    """Where tiles begin that lie amid equal parts of a side, moved to multiples of 16."""
    return [int((n + 0.5) * side / count - _TILE / 2) // 16 * 16 for n in range(count)]
