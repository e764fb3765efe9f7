"""Areas of pictures, and where one rectangle is put on another: compass points and the like."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

#: Left, top, right and lower edge of a rectangle, in pixels, not rounded.
Area: TypeAlias = tuple[float, float, float, float]

#: Width and height in whole pixels.
Size: TypeAlias = tuple[int, int]

_HALF = Fraction(1, 2)


@dataclass(frozen=True, slots=True)
class Anchor:
    """A compass point.

    Attributes:
        x, y: share of the room that is left on the left and on the top: 0, 0.5 or 1.
    """

    x: float = 0.5
    y: float = 0.5

    @property
    def inwards(self) -> tuple[int, int]:
        """Which way offsets move, across and down: away from the edge that this point is at."""
        return -1 if self.x == 1 else 1, -1 if self.y == 1 else 1


@dataclass(frozen=True, slots=True)
class Point:
    """A place in the source, in pixels, that comes to the middle of the window."""

    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Region:
    """What is of interest: an area of the source, neither empty nor partly outside."""

    area: Area


@dataclass(frozen=True, slots=True)
class Search:
    """A window's place that is looked for once the window's size is known.

    Attributes:
        place: width and height of the window in pixels of the source, to its left and upper
            edge; the window then lies inside the source.
    """

    place: Callable[[float, float], tuple[float, float]]


#: Gravity, once it is known what is in the picture.
Focus: TypeAlias = Anchor | Point | Region | Search

CENTER = Anchor()

#: Compass points as URLs name them.
COMPASS = {
    "north_west": Anchor(0, 0),
    "north": Anchor(0.5, 0),
    "north_east": Anchor(1, 0),
    "west": Anchor(0, 0.5),
    "center": CENTER,
    "east": Anchor(1, 0.5),
    "south_west": Anchor(0, 1),
    "south": Anchor(0.5, 1),
    "south_east": Anchor(1, 1),
}


def round_half_up(value: float | Fraction) -> int:
    """The nearest whole number, the larger one of two."""
    return math.floor(value + _HALF)


def clipped(area: Area, width: float, height: float) -> Area | None:
    """The part of an area within a picture; ``None`` without one."""
    left, top = max(area[0], 0.0), max(area[1], 0.0)
    right, bottom = min(area[2], float(width)), min(area[3], float(height))
    return (left, top, right, bottom) if right > left and bottom > top else None


def union(areas: Sequence[Area]) -> Area:
    """The smallest rectangle around areas, of which there is at least one."""
    lefts, tops, rights, bottoms = zip(*areas, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


def scaled(area: Area, across: float, down: float) -> Area:
    """An area in a picture that is larger by these factors."""
    return area[0] * across, area[1] * down, area[2] * across, area[3] * down


def moved(area: Area, right: float, down: float) -> Area:
    """An area shifted by so many pixels."""
    return area[0] + right, area[1] + down, area[2] + right, area[3] + down


def anchor(
    outer: Size, inner: Size, gravity: str, x: float = 0.0, y: float = 0.0
) -> tuple[int, int]:
    """Where a rectangle is put on another one.

    Args:
        outer: what it is put on.
        inner: what is put; it may be the larger one.
        gravity: compass point, of :data:`COMPASS`.
        x, y: move it inwards: from the east to the left, from the south upwards, else to the
            right and downwards. Negative ones move it outwards.

    Returns:
        Its left and upper edge, whole pixels; perhaps outside.
    """
    return put(outer, inner, COMPASS[gravity], x, y)


def put(outer: Size, inner: Size, at: Anchor, x: float, y: float) -> tuple[int, int]:
    """As :func:`anchor`, at a compass point that has been looked up."""
    across, down = at.inwards
    return (
        round_half_up((outer[0] - inner[0]) * at.x) + across * round_half_up(x),
        round_half_up((outer[1] - inner[1]) * at.y) + down * round_half_up(y),
    )


def start(source: Size, window: tuple[float, float], focus: Focus) -> tuple[float, float]:
    """Left and upper edge of a window inside the source, before offsets."""
    rooms = (source[0] - window[0], source[1] - window[1])
    match focus:
        case Anchor(x, y):
            return rooms[0] * x, rooms[1] * y
        case Search(place):
            left, top = place(*window)
        case Point(x, y):
            left, top = x - window[0] / 2, y - window[1] / 2
        case Region(area):
            left = (area[0] + area[2] - window[0]) / 2
            top = (area[1] + area[3] - window[1]) / 2
    return min(max(left, 0.0), rooms[0]), min(max(top, 0.0), rooms[1])


def offset(focus: Focus, x: float | None, y: float | None) -> tuple[float, float]:
    """How far a window is moved from its start, to the right and down.

    A point has been said by x and y, so they do not move it; from areas they point as from the
    center.
    """
    if isinstance(focus, Point):
        return 0.0, 0.0
    across, down = (focus if isinstance(focus, Anchor) else CENTER).inwards
    return across * (x or 0.0), down * (y or 0.0)
