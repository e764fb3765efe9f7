"""Gravity: what a resize keeps in sight, looked up in a picture."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from app.domain.geometry import (
    COMPASS,
    Area,
    Focus,
    Point,
    Region,
    Search,
    clipped,
    union,
)
from app.domain.transformation.steps import Gravity, Resize
from app.imaging.render import saliency
from app.imaging.render.picture import Picture

#: Names that stand for an area which is known beside the pixels.
REGIONS = frozenset({"face", "faces", "custom", "body"})

#: Hints of ``auto`` that make the areas they name weigh more than anything else.
_FACE_HINTS = frozenset({"face", "faces", "person", "body"})

#: A body beside its face's box, in widths and heights of it. A standing person measures seven
#: and a half heads, of which the box shows most, and two to three heads across the shoulders.
_BODY_SIDES, _BODY_ABOVE, _BODY_BELOW = 1.0, 0.5, 6.5


def focus(picture: Picture, resize: Resize) -> Focus:
    """What the gravity of a resize stands for in a picture.

    Names are tried in order. What we have no detector for is not found, and what is left in the
    end is looked for by saliency.
    """
    for name in resize.gravity.names:
        if name in COMPASS:
            return COMPASS[name]
        if name == "xy_center":
            return Point(resize.x or 0.0, resize.y or 0.0)
        if name == "auto":
            break
        area = _area(picture, name)
        if area:
            return Region(area)
    return Search(partial(_salient, picture, resize.gravity))


def visible(areas: Iterable[Area], size: tuple[int, int]) -> list[Area]:
    """The parts of areas that lie in a picture of this size; what lies outside is left out."""
    return [part for area in areas if (part := clipped(area, *size))]


def _area(picture: Picture, name: str) -> Area | None:
    """The area that a name stands for, in the picture; ``None`` if there is none."""
    areas = visible(picture.custom if name == "custom" else picture.faces, picture.size)
    if name not in REGIONS or not areas:
        return None
    if name in ("faces", "custom"):
        return union(areas)
    largest = max(areas, key=_pixels)
    return clipped(_body(largest), *picture.size) if name == "body" else largest


def _pixels(area: Area) -> float:
    return (area[2] - area[0]) * (area[3] - area[1])


def _body(face: Area) -> Area:
    """Where the body of a standing person is, most of it below the face."""
    left, top, right, bottom = face
    width, height = right - left, bottom - top
    return (
        left - _BODY_SIDES * width,
        top - _BODY_ABOVE * height,
        right + _BODY_SIDES * width,
        bottom + _BODY_BELOW * height,
    )


def _salient(
    picture: Picture, gravity: Gravity, width: float, height: float
) -> tuple[float, float]:
    """Left and upper edge of the best window, in pixels of the picture."""
    hints = frozenset(gravity.hints)
    return saliency.place(
        picture.frames[0],
        picture.size,
        (width, height),
        faces=visible(picture.faces, picture.size),
        custom=visible(picture.custom, picture.size) if "custom" in hints else (),
        faces_first=bool(hints & _FACE_HINTS),
    )
