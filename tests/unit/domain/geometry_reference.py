"""What a resize means, calculated anew from its written rules with exact fractions.

Nothing here knows how the service does it. :func:`view` tells the size of the result, which
rectangle of the source it shows, and where on the result that rectangle lies.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import floor
from typing import TypeAlias

#: Left, top, right and lower edge.
Rect: TypeAlias = tuple[Fraction, Fraction, Fraction, Fraction]
#: Left, top, width and height in pixels.
Box: TypeAlias = tuple[int, int, int, int]

#: How far to the right and down a compass point lies, as shares of the free space.
ANCHORS = {
    "north_west": (Fraction(0), Fraction(0)),
    "north": (Fraction(1, 2), Fraction(0)),
    "north_east": (Fraction(1), Fraction(0)),
    "west": (Fraction(0), Fraction(1, 2)),
    "center": (Fraction(1, 2), Fraction(1, 2)),
    "east": (Fraction(1), Fraction(1, 2)),
    "south_west": (Fraction(0), Fraction(1)),
    "south": (Fraction(1, 2), Fraction(1)),
    "south_east": (Fraction(1), Fraction(1)),
}

#: What each gravity looks for, first to last; the last is always there.
SEARCHES = {
    "face": ("face", "north"),
    "faces": ("faces", "north"),
    "face:center": ("face", "center"),
    "faces:center": ("faces", "center"),
    "face:auto": ("face", "auto"),
    "custom": ("custom", "center"),
    "custom:face": ("custom", "face", "north"),
    "cat": ("auto",),
}

LARGEST_WITHIN = {"fill", "lfill", "crop", "thumb", "auto", "imagga_crop", "imagga_scale"}
SMALLEST_AROUND = {"pad", "lpad", "mpad", "fill_pad", "auto_pad"}
AUTOMATIC = {"auto", "auto_pad", "imagga_crop", "imagga_scale"}


@dataclass(frozen=True)
class Ask:
    """One resize as a client writes it.

    Attributes:
        width, height: an ``int`` is pixels, a :class:`Fraction` a share of the current side.
        gravity: as written; ``None`` where not given.
    """

    mode: str
    width: int | Fraction | None = None
    height: int | Fraction | None = None
    aspect: Fraction | None = None
    gravity: str | None = None
    x: int | None = None
    y: int | None = None
    zoom: Fraction | None = None
    dpr: Fraction = Fraction(1)
    ignore_aspect: bool = False


@dataclass(frozen=True)
class View:
    """What the result shows.

    Attributes:
        width, height: of the result in pixels.
        shown: the rectangle of the source that can be seen.
        placed: where it lies on the result.
        anchored: whether the place of ``shown`` is known; without, only its size is.
    """

    width: int
    height: int
    shown: Rect
    placed: Rect
    anchored: bool = True


@dataclass(frozen=True)
class Scene:
    """The source: its size and the regions that are known in it."""

    width: int
    height: int
    faces: tuple[Box, ...] = ()
    custom: Box | None = None


def half_up(value: Fraction) -> int:
    """The nearest whole number, halves upwards."""
    return floor(value + Fraction(1, 2))


def view(ask: Ask, scene: Scene) -> View | None:
    """What a resize shows of a source; ``None`` if nothing of it would be left."""
    if ask.mode == "crop":
        return _crop(ask, scene)
    if ask.mode in {"scale", "fit", "limit", "mfit"}:
        return _whole(ask, scene)
    width, height = _asked(ask, scene)
    if ask.mode in {"pad", "lpad", "mpad"}:
        return _padded(ask, scene, width, height)
    if ask.mode in {"fill_pad", "auto_pad"} and _cuts_too_much(scene, width, height):
        return _padded(ask, scene, width, height)
    return _filled(ask, scene, width, height)


def _length(value: int | Fraction, side: int, dpr: Fraction) -> int:
    pixels = value * dpr if isinstance(value, int) else value * side
    return max(1, half_up(Fraction(pixels)))


def _given(ask: Ask, scene: Scene) -> tuple[int | None, int | None]:
    width = None if ask.width is None else _length(ask.width, scene.width, ask.dpr)
    height = None if ask.height is None else _length(ask.height, scene.height, ask.dpr)
    return width, height


def _asked(ask: Ask, scene: Scene) -> tuple[int, int]:
    """Both sides, a missing one filled in from the aspect asked for or the source's."""
    width, height = _given(ask, scene)
    aspect = ask.aspect or Fraction(scene.width, scene.height)
    if width is None and height is None:
        wide = Fraction(scene.width, scene.height) > aspect
        if wide == (ask.mode in LARGEST_WITHIN):
            height = scene.height
        else:
            width = scene.width
    if width is None:
        assert height is not None
        width = max(1, half_up(height * aspect))
    if height is None:
        height = max(1, half_up(width / aspect))
    return width, height


def _everything(scene: Scene) -> Rect:
    return (Fraction(0), Fraction(0), Fraction(scene.width), Fraction(scene.height))


def _rect(left: Fraction | int, top: Fraction | int, width: int, height: int) -> Rect:
    return (Fraction(left), Fraction(top), Fraction(left + width), Fraction(top + height))


def _whole(ask: Ask, scene: Scene) -> View:
    """``scale``, ``fit``, ``limit``, ``mfit``: the whole source in a size of its own."""
    width, height = _given(ask, scene)
    if ask.mode == "scale":
        if ask.ignore_aspect:
            width, height = width or scene.width, height or scene.height
        else:
            width, height = _asked(ask, scene)
    else:
        factor = _fitting(ask, scene)
        width = max(1, half_up(scene.width * factor))
        height = max(1, half_up(scene.height * factor))
    return View(width, height, _everything(scene), _rect(0, 0, width, height))


def _fitting(ask: Ask, scene: Scene) -> Fraction:
    """By how much the source is scaled so that it lies within what is asked for."""
    # Without an aspect, one side alone decides.
    given = _given(ask, scene)
    sides = given if ask.aspect is None else _asked(ask, scene)
    pairs = zip(sides, (scene.width, scene.height), strict=True)
    factor = min(Fraction(asked, there) for asked, there in pairs if asked is not None)
    if ask.mode in {"limit", "lpad"}:
        return min(Fraction(1), factor)
    return max(Fraction(1), factor) if ask.mode == "mfit" else factor


def _padded(ask: Ask, scene: Scene, width: int, height: int) -> View:
    if ask.mode == "mpad":
        factor = Fraction(1)
        width, height = max(width, scene.width), max(height, scene.height)
    else:
        factor = _fitting(ask, scene)
    inner_width = min(width, max(1, half_up(scene.width * factor)))
    inner_height = min(height, max(1, half_up(scene.height * factor)))
    across, down = ANCHORS[_compass(ask)]
    left = half_up((width - inner_width) * across)
    top = half_up((height - inner_height) * down)
    return View(width, height, _everything(scene), _rect(left, top, inner_width, inner_height))


def _compass(ask: Ask) -> str:
    return ask.gravity if ask.gravity in ANCHORS else "center"


def _cuts_too_much(scene: Scene, width: int, height: int) -> bool:
    factor = max(Fraction(width, scene.width), Fraction(height, scene.height))
    kept = (width / factor / scene.width, height / factor / scene.height)
    return min(kept) < Fraction(2, 3)


def _filled(ask: Ask, scene: Scene, width: int, height: int) -> View:
    """``fill`` and its kin: a window of the asked shape, scaled to the asked size."""
    factor = max(Fraction(width, scene.width), Fraction(height, scene.height))
    if ask.mode == "lfill" and factor >= 1:
        factor = Fraction(1)
        width, height = min(width, scene.width), min(height, scene.height)
    across, down = width / factor, height / factor
    anchor = _anchor(ask, scene)
    if ask.mode == "thumb":
        across, down = _closer(ask, scene, anchor, (across, down))
    # Offsets are pixels of the result, on which the window's width is the asked one.
    right, lower = ((offset or 0) * ask.dpr * across / width for offset in (ask.x, ask.y))
    left = _edge(anchor, 0, across, scene.width, right)
    top = _edge(anchor, 1, down, scene.height, lower)
    return View(
        width,
        height,
        (left, top, left + across, top + down),
        _rect(0, 0, width, height),
        anchored=anchor != "auto",
    )


def _closer(
    ask: Ask, scene: Scene, anchor: Box | str, window: tuple[Fraction, Fraction]
) -> tuple[Fraction, Fraction]:
    """The window of a thumbnail: around its region, or magnified by its zoom."""
    across, down = window
    zoom = ask.zoom or Fraction(1)
    if isinstance(anchor, str):
        return (across / zoom, down / zoom) if zoom > 1 else window
    enlarged = max(Fraction(1), Fraction(3, 2) / zoom)
    aspect = across / down
    wanted = max(anchor[2] * enlarged, anchor[3] * enlarged * aspect)
    wanted = min(wanted, across)  # the largest window of this shape within the source
    return wanted, wanted / aspect


def _edge(anchor: Box | str, axis: int, length: Fraction, side: int, offset: Fraction) -> Fraction:
    """Left or upper edge of a window, within the source."""
    if isinstance(anchor, str):
        share = ANCHORS.get(anchor, ANCHORS["center"])[axis]
        start = (side - length) * share + (-offset if share == 1 else offset)
    else:
        start = anchor[axis] + Fraction(anchor[axis + 2], 2) - length / 2 + offset
    return min(max(start, Fraction(0)), side - length)


def _anchor(ask: Ask, scene: Scene) -> Box | str:
    """The region that the gravity finds, a compass point, or ``auto``."""
    gravity = ask.gravity or ("auto" if ask.mode in AUTOMATIC | {"imagga_scale"} else "center")
    for name in SEARCHES.get(gravity, (gravity,)):
        if name == "face" and scene.faces:
            return max(scene.faces, key=lambda box: box[2] * box[3])
        if name == "faces" and scene.faces:
            return _around(scene.faces)
        if name == "custom" and scene.custom:
            return scene.custom
        if name in ANCHORS or name == "auto":
            return name
    raise AssertionError(f"no rule for gravity {gravity}")


def _around(boxes: tuple[Box, ...]) -> Box:
    left, top = min(box[0] for box in boxes), min(box[1] for box in boxes)
    right, bottom = max(box[0] + box[2] for box in boxes), max(box[1] + box[3] for box in boxes)
    return left, top, right - left, bottom - top


def _crop(ask: Ask, scene: Scene) -> View | None:
    if ask.gravity == "xy_center":
        return _crop_around_point(ask, scene)
    gravity = ask.gravity or ("center" if ask.x is None and ask.y is None else "north_west")
    anchor = _anchor(Ask("crop", gravity=gravity), scene)
    if not isinstance(anchor, str) and ask.width is None and ask.height is None:
        return _region(anchor, ask.zoom or Fraction(1), scene)
    width, height = _cropped_sides(ask, scene)
    left = _start(anchor, 0, width, scene.width, half_up((ask.x or 0) * ask.dpr))
    top = _start(anchor, 1, height, scene.height, half_up((ask.y or 0) * ask.dpr))
    right, bottom = min(left + width, scene.width), min(top + height, scene.height)
    left, top = max(left, 0), max(top, 0)
    if right <= left or bottom <= top:
        return None
    width, height = right - left, bottom - top
    shown = _rect(left, top, width, height)
    return View(width, height, shown, _rect(0, 0, width, height), anchored=anchor != "auto")


def _cropped_sides(ask: Ask, scene: Scene) -> tuple[int, int]:
    if ask.aspect is not None:
        width, height = _asked(ask, scene)
    else:
        given = _given(ask, scene)
        width, height = given[0] or scene.width, given[1] or scene.height
    return min(width, scene.width), min(height, scene.height)


def _start(anchor: Box | str, axis: int, length: int, side: int, offset: int) -> int:
    """Left or upper edge of what is cropped, in whole pixels; may lie outside the source."""
    if isinstance(anchor, str):
        share = ANCHORS.get(anchor, ANCHORS["center"])[axis]
        return half_up((side - length) * share) + (-offset if share == 1 else offset)
    start = half_up(anchor[axis] + Fraction(anchor[axis + 2], 2) - Fraction(length, 2))
    return min(max(start, 0), side - length)


def _crop_around_point(ask: Ask, scene: Scene) -> View:
    width, height = _cropped_sides(ask, scene)
    left = min(max(half_up((ask.x or 0) * ask.dpr - Fraction(width, 2)), 0), scene.width - width)
    top = min(max(half_up((ask.y or 0) * ask.dpr - Fraction(height, 2)), 0), scene.height - height)
    return View(width, height, _rect(left, top, width, height), _rect(0, 0, width, height))


def _region(box: Box, zoom: Fraction, scene: Scene) -> View:
    """Exactly a region, or what its zoom makes of it; what lies outside the source is cut off."""
    left, right = _zoomed(box[0], box[2], zoom, scene.width)
    top, bottom = _zoomed(box[1], box[3], zoom, scene.height)
    width, height = right - left, bottom - top
    return View(width, height, _rect(left, top, width, height), _rect(0, 0, width, height))


def _zoomed(start: int, length: int, zoom: Fraction, side: int) -> tuple[int, int]:
    middle, half = start + Fraction(length, 2), length / zoom / 2
    return max(0, half_up(middle - half)), min(side, half_up(middle + half))
