"""Pictures whose pixels say where they are, and layouts that say where each should have gone.

A picture made by :func:`picture` has its columns in red and its rows in green, so a pixel of a
rendering tells which point of the source it shows. A :class:`Layout` is the same knowledge
calculated: for each point of a result, the point of the source, or the colour of a margin.
:func:`faults` compares the two.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tests.unit.domain.geometry_reference import View

#: Blue of every pixel, which no white, black or transparent margin has.
BLUE = 128

Pixels: TypeAlias = NDArray[np.uint8]


@dataclass(frozen=True)
class Point:
    """A point of the source, in its pixels."""

    x: float
    y: float


@dataclass(frozen=True)
class Paint:
    """A colour that did not come from the source; ``rgba`` lists the ones that are right."""

    rgba: tuple[tuple[int, int, int, int], ...]


#: What a point of a result shows; ``None`` where no rule says.
Spot: TypeAlias = Point | Paint | None

TRANSPARENT = Paint(((0, 0, 0, 0),))
#: A margin that was given no colour: transparent, or white where the format has no alpha.
BARE = Paint(((0, 0, 0, 0), (255, 255, 255, 255)))


@dataclass(frozen=True)
class Layout:
    """Where everything on a result comes from.

    Attributes:
        width, height: of the result.
        at: what the point at x, y shows.
        grain: source pixels per pixel of the coarsest size on the way.
        anchored: whether the place is known; without, only the scale is.
    """

    width: int
    height: int
    at: Callable[[float, float], Spot]
    grain: float = 1.0
    anchored: bool = True


def picture(width: int, height: int) -> Image.Image:
    """A picture of which every pixel tells its column and row.

    Raises:
        ValueError: a side has more pixels than a channel has values.
    """
    if max(width, height) > 256:
        raise ValueError("a channel tells 256 columns or rows apart")
    pixels = np.full((height, width, 3), BLUE, np.uint8)
    pixels[:, :, 0] = (np.arange(width) * step(width)).astype(np.uint8)[None, :]
    pixels[:, :, 1] = (np.arange(height) * step(height)).astype(np.uint8)[:, None]
    return Image.fromarray(pixels)


def step(side: int) -> int:
    """By how much a channel grows from one column or row to the next."""
    return 255 // max(1, side - 1)


def whole(width: int, height: int) -> Layout:
    """The source itself."""
    return Layout(width, height, Point)


def seen(before: Layout, view: View, margin: Paint = BARE) -> Layout:
    """What a view of a layout shows."""
    left, top, right, bottom = map(float, view.shown)
    x0, y0, x1, y1 = map(float, view.placed)
    across, down = (right - left) / (x1 - x0), (bottom - top) / (y1 - y0)

    def at(x: float, y: float) -> Spot:
        if not (x0 <= x < x1 and y0 <= y < y1):
            return margin
        return before.at(left + (x - x0) * across, top + (y - y0) * down)

    return Layout(
        view.width,
        view.height,
        at,
        max(before.grain, before.grain * max(across, down)),
        before.anchored and view.anchored,
    )


def faults(
    pixels: Pixels, layout: Layout, source: tuple[int, int], *, samples: int = 24, slack: float = 0
) -> Iterator[str]:
    """What is wrong with a rendering of a coordinate picture.

    Args:
        pixels: (height, width, 4), RGBA.
        layout: what it should show.
        source: width and height of the coordinate picture.
        samples: how many points are looked at beside corners and centre.
        slack: further source pixels by which a point may be off, for lossy formats.

    Yields:
        A sentence for each fault; the first ones are enough to see what happened.
    """
    height, width = pixels.shape[:2]
    if (width, height) != (layout.width, layout.height):
        yield f"it is {width}×{height}, not {layout.width}×{layout.height}"
        return
    allowed = max(1.0, layout.grain) + slack
    moved: list[tuple[float, float]] = []
    for column, row in _places(width, height, samples):
        expected = _steady(layout, column, row)
        found = pixels[row, column]
        if isinstance(expected, Paint):
            if not any(_alike(found, colour, slack) for colour in expected.rgba):
                yield f"({column}, {row}) is {found.tolist()}, not the margin {expected.rgba[0]}"
        elif isinstance(expected, Point):
            if abs(int(found[2]) - BLUE) > 2 + 4 * slack or found[3] != 255:
                yield f"({column}, {row}) is {found.tolist()}, no pixel of the source"
                continue
            off = _offset(found, expected, source)
            moved.append(off)
            if layout.anchored and max(map(abs, off)) > allowed:
                yield (
                    f"({column}, {row}) should show ({expected.x:.1f}, {expected.y:.1f}) "
                    f"of the source but is off by ({off[0]:.1f}, {off[1]:.1f})"
                )
    if not layout.anchored and moved:
        spread = max(max(part) - min(part) for part in zip(*moved, strict=True))
        if spread > 2 * allowed:
            yield f"the window has another scale: its points are off by up to {spread:.1f}"


def _places(width: int, height: int, samples: int) -> Iterator[tuple[int, int]]:
    """Columns and rows: near the corners and edges, the centre, and spread over the rest."""
    edge_x, edge_y = min(1, width - 1), min(1, height - 1)
    columns = (edge_x, width // 2, width - 1 - edge_x)
    rows = (edge_y, height // 2, height - 1 - edge_y)
    yield from ((column, row) for column in columns for row in rows)
    random = np.random.default_rng(width * 7919 + height)
    for across, down in random.random((samples, 2)):
        yield int(across * width), int(down * height)


def _steady(layout: Layout, column: int, row: int) -> Spot:
    """What a pixel shows if its neighbours show the same kind of thing, else ``None``."""
    x, y = column + 0.5, row + 0.5
    here = layout.at(x, y)
    for across in (-2.0, 0.0, 2.0):
        for down in (-2.0, 0.0, 2.0):
            if not (0 <= x + across < layout.width and 0 <= y + down < layout.height):
                continue
            there = layout.at(x + across, y + down)
            if type(there) is not type(here) or (isinstance(here, Paint) and there != here):
                return None
    return here


def _alike(found: Pixels, colour: tuple[int, int, int, int], slack: float) -> bool:
    if colour[3] == 0:
        return bool(found[3] == 0)
    return all(abs(int(a) - b) <= 1 + 4 * slack for a, b in zip(found, colour, strict=True))


def _offset(found: Pixels, expected: Point, source: tuple[int, int]) -> tuple[float, float]:
    """How far a pixel's point is from where it should be, in source pixels."""
    seen_x, seen_y = (float(found[axis]) / step(side) + 0.5 for axis, side in enumerate(source))
    return seen_x - expected.x, seen_y - expected.y
