"""Effects on shape: trimming, shearing, distorting."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any, cast

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

from app.domain.errors import BadRequest
from app.imaging.render.effects.call import Box, Call
from app.imaging.render.effects.transparency import content_box

#: A target rectangle and the corners of its source: left upper, left lower, right lower, right
#: upper.
_Mesh = list[tuple[tuple[int, ...], tuple[float, ...]]]

#: Cells a side, at most, that an arc is made of.
_CELLS = 96


def trim_box(image: Image.Image, call: Call) -> Box | None:
    """What ``trim`` leaves of one frame; ``None`` where that is nothing."""
    return content_box(image, call.values.number("tolerance"), call.values.shade("color"))


def trim(image: Image.Image, call: Call) -> Image.Image:
    """Cut off edges that have the corners' colour; a picture of one colour stays as it is."""
    return image.crop(trim_box(image, call))


def shear(image: Image.Image, call: Call) -> Image.Image:
    """Skew by angles in degrees, the first along the width, the second along the height."""
    along, up = (math.tan(math.radians(angle)) for angle in call.values.numbers("skews"))
    width, height = image.size
    size = call.check_size(width + abs(along) * height, height + abs(up) * width)
    # (x, y) comes to (x + along·y, y + up·x), moved so that nothing is left or above.
    matrix = np.array([[1, along], [up, 1]])
    if abs(np.linalg.det(matrix)) < 1e-3:
        raise BadRequest("Invalid value for effect shear: nothing would be left of the picture")
    inverse = np.linalg.inv(matrix)
    offset = inverse @ np.array([min(0, along) * height, min(0, up) * width])
    data = (*inverse[0], offset[0], *inverse[1], offset[1])
    return image.convert("RGBA").transform(
        size, Image.Transform.AFFINE, tuple(map(float, data)), Image.Resampling.BICUBIC
    )


def distort(image: Image.Image, call: Call) -> Image.Image:
    """Bring the corners, clockwise from the upper left, to points; or bend into an arc."""
    numbers = call.values.numbers("numbers")
    if call.values.given("arc"):
        return _arc(image, numbers[0], call)
    points = np.array(numbers).reshape(4, 2)
    lowest = points.min(axis=0)
    size = call.check_size(*map(float, points.max(axis=0) - lowest))
    data = _perspective(points - lowest, image.size)
    return image.convert("RGBA").transform(
        size, Image.Transform.PERSPECTIVE, data, Image.Resampling.BICUBIC
    )


def _perspective(points: npt.NDArray[np.float64], size: tuple[int, int]) -> tuple[float, ...]:
    """The eight coefficients by which a point of the result names its source.

    (x, y) comes from ((ax + by + c) / (gx + hy + 1), (dx + ey + f) / (gx + hy + 1)), which is
    linear in the coefficients for each of the four corners.
    """
    width, height = size
    corners = ((0, 0), (width, 0), (width, height), (0, height))
    rows: list[list[float]] = []
    for (x, y), (u, v) in zip(points.tolist(), corners, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
    matrix = np.array(rows)
    if np.linalg.matrix_rank(matrix) < 8:
        raise BadRequest("Invalid value for effect distort: the points are not a quadrilateral")
    found = np.linalg.solve(matrix, np.array(corners, np.float64).ravel())
    return tuple(map(float, found))


def _arc(image: Image.Image, degrees: float, call: Call) -> Image.Image:
    """Bend the picture's middle line around a circle, upwards; downwards if negative."""
    if abs(degrees) < 0.1:
        return image.convert("RGBA")
    if degrees < 0:
        return ImageOps.flip(_arc(ImageOps.flip(image), -degrees, call))
    width, height = image.size
    angle = math.radians(degrees)
    # The middle line keeps its length, unless the lower edge would cross the centre.
    radius = max(width / angle, height / 2)
    outer, inner = radius + height / 2, radius - height / 2
    half = angle / 2
    reach = outer * math.sin(min(half, math.pi / 2))
    lowest = -math.cos(half) * (inner if half < math.pi / 2 else outer)
    # An even width, so that a cell can end in the middle.
    size = call.check_size(2 * math.ceil(reach), outer + lowest)
    columns = _edges(size[0] / 2, max(1, _CELLS // 2))
    columns = np.concatenate([-columns[::-1], columns[1:]])
    rows = _edges(size[1], _CELLS)
    mesh = _polar(columns, rows, (outer, angle), image.size, size)
    return image.convert("RGBA").transform(
        size, Image.Transform.MESH, cast(Any, mesh), Image.Resampling.BICUBIC
    )


def _edges(length: float, cells: int) -> npt.NDArray[np.float64]:
    """Where cells end: 0, and whole pixels' steps to the length."""
    return np.linspace(0, length, min(cells, max(1, math.ceil(length))) + 1)


def _polar(
    columns: npt.NDArray[np.float64],
    rows: npt.NDArray[np.float64],
    circle: tuple[float, float],
    source: tuple[int, int],
    size: tuple[int, int],
) -> _Mesh:
    """The mesh of an arc; columns are counted from the middle, which ends a cell.

    Args:
        circle: outer radius, and the angle that the picture's width spans.
    """
    outer, angle = circle
    left_edges = np.round(columns + size[0] / 2).astype(int)
    top_edges = np.round(rows).astype(int)
    mesh: _Mesh = []
    for left, right in pairwise(left_edges.tolist()):
        # The sign of the angle is the cell's: below the centre it would jump within a cell.
        side = 1 if left + right >= size[0] else -1
        for top, bottom in pairwise(top_edges.tolist()):
            if left == right or top == bottom:
                continue
            quad: list[float] = []
            for x, y in ((left, top), (left, bottom), (right, bottom), (right, top)):
                across, up = abs(x - size[0] / 2), outer - y
                turn = side * math.atan2(across, up)
                quad += [
                    (turn / angle + 0.5) * source[0],
                    outer - math.hypot(across, up),
                ]
            mesh.append(((left, top, right, bottom), tuple(quad)))
    return mesh
