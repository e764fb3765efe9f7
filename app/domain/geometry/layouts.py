"""Resize modes: what is cut from a source, what it is scaled to, and on which canvas."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from app.domain.errors import BadRequest
from app.domain.geometry.placing import (
    CENTER,
    Anchor,
    Area,
    Focus,
    Region,
    Size,
    clipped,
    moved,
    offset,
    put,
    round_half_up,
    start,
)
from app.domain.geometry.placing import scaled as scaled_area
from app.domain.geometry.sizes import check, filling, fitting, scaled, sides, unsized
from app.domain.transformation.steps import Resize

#: A thumbnail shows this many times the width and height of its face, unless it is zoomed.
THUMB_MARGIN = 1.5

#: What ``fill_pad`` may cut off of either side before it pads.
MAX_LOSS = Fraction(1, 3)

_UNSCALED = Fraction(1)

#: Errors of floating point when edges are compared, in pixels.
_SLACK = 1e-6


@dataclass(frozen=True, slots=True)
class Layout:
    """How the result is put together.

    Attributes:
        box: what is cut from the source.
        size: what the cut is scaled to.
        canvas: of the result; at least ``size``.
        offset: of the scaled cut's upper left corner on the canvas.
    """

    box: Area
    size: Size
    canvas: Size
    offset: tuple[int, int] = (0, 0)

    @property
    def scale(self) -> tuple[float, float]:
        """Pixels of the result for one of the source, across and down."""
        left, top, right, bottom = self.box
        return self.size[0] / (right - left), self.size[1] / (bottom - top)

    def moved(self, area: Area) -> Area:
        """Where an area of the source lies in the result; perhaps partly outside."""
        cut = moved(area, -self.box[0], -self.box[1])
        return moved(scaled_area(cut, *self.scale), *self.offset)


def layout(
    width: int, height: int, resize: Resize, focus: Focus = CENTER, keep: Sequence[Area] = ()
) -> Layout:
    """How a picture is resized.

    Args:
        width, height: of the source in pixels, at least 1.
        focus: what the gravity stands for in this picture.
        keep: areas of the source (faces) that ``fill_pad`` and ``auto_pad`` never cut.

    Raises:
        BadRequest: a number is out of range, or the window lies outside the source.
    """
    check(resize)
    source = (width, height)
    match resize.mode:
        case "scale":
            return _whole(source, sides(source, resize, resize.ignore_aspect))
        case "fit":
            return _whole(source, scaled(source, fitting(source, resize)))
        case "limit":
            return _whole(source, scaled(source, min(fitting(source, resize), _UNSCALED)))
        case "mfit":
            return _whole(source, scaled(source, max(fitting(source, resize), _UNSCALED)))
        case "pad" | "lpad" | "mpad":
            return _pad(source, resize, focus)
        case "fill_pad" | "auto_pad":
            return _fill_or_pad(source, resize, focus, keep)
        case "crop":
            return _crop(source, resize, focus)
        case "thumb":
            return _thumb(source, resize, focus)
        case "auto" | "imagga_crop":
            return _fill(source, resize, focus, resize.zoom or 1.0)
        case "fill" | "imagga_scale":
            return _fill(source, resize, focus)
        case "lfill":
            return _limited_fill(source, resize, focus)


def _whole(source: Size, size: Size) -> Layout:
    return Layout((0.0, 0.0, float(source[0]), float(source[1])), size, size)


def _pad(source: Size, resize: Resize, focus: Focus) -> Layout:
    canvas = sides(source, resize)
    scale = fitting(source, resize)
    if resize.mode == "mpad":
        scale = _UNSCALED
        canvas = (max(canvas[0], source[0]), max(canvas[1], source[1]))
    elif resize.mode == "lpad":
        scale = min(scale, _UNSCALED)
    size = scaled(source, scale)
    at = focus if isinstance(focus, Anchor) else CENTER
    left, top = put(canvas, size, at, resize.x or 0.0, resize.y or 0.0)
    # Offsets move the picture on its canvas, not off it.
    left = min(max(left, 0), canvas[0] - size[0])
    top = min(max(top, 0), canvas[1] - size[1])
    return Layout(_whole(source, size).box, size, canvas, (left, top))


def _fill_or_pad(source: Size, resize: Resize, focus: Focus, keep: Sequence[Area]) -> Layout:
    size = sides(source, resize)
    scale = filling(source, size)
    least = 1 - MAX_LOSS
    if size[0] / scale >= least * source[0] and size[1] / scale >= least * source[1]:
        filled = _fill(source, resize, focus)
        areas = (clipped(area, *source) for area in keep)
        if all(_within(area, filled.box) for area in areas if area):
            return filled
    return _pad(source, resize, focus)


def _within(area: Area, box: Area) -> bool:
    return (
        area[0] >= box[0] - _SLACK
        and area[1] >= box[1] - _SLACK
        and area[2] <= box[2] + _SLACK
        and area[3] <= box[3] + _SLACK
    )


def _fill(source: Size, resize: Resize, focus: Focus, zoom: float = 1.0) -> Layout:
    """Cut what has the asked proportions, as large as the source allows.

    Args:
        zoom: above 1, what is cut is smaller by this factor, but no smaller than a pixel.
    """
    size = sides(source, resize)
    scale = filling(source, size)
    width, height = float(size[0] / scale), float(size[1] / scale)
    zoom = max(1.0, min(zoom, width, height))
    return _cut(source, (width / zoom, height / zoom), size, resize, focus)


def _limited_fill(source: Size, resize: Resize, focus: Focus) -> Layout:
    asked = sides(source, resize)
    scale = min(_UNSCALED, filling(source, asked))
    full = scaled(source, scale)
    size = (min(asked[0], full[0]), min(asked[1], full[1]))
    return _cut(source, (float(size[0] / scale), float(size[1] / scale)), size, resize, focus)


def _thumb(source: Size, resize: Resize, focus: Focus) -> Layout:
    """What surrounds a region; without one a fill that can be zoomed."""
    zoom = resize.zoom or 1.0
    if not isinstance(focus, Region):
        return _fill(source, resize, focus, zoom)
    width, height = focus.area[2] - focus.area[0], focus.area[3] - focus.area[1]
    asked = sides(source, resize)
    aspect = width / height if unsized(resize) else asked[0] / asked[1]
    grown = max(width, height * aspect) * max(1.0, THUMB_MARGIN / zoom)
    across = min(grown, source[0], source[1] * aspect)
    window = (across, across / aspect)
    if unsized(resize):
        asked = (max(1, round_half_up(window[0])), max(1, round_half_up(window[1])))
    return _cut(source, window, asked, resize, focus)


def _cut(
    source: Size, window: tuple[float, float], size: Size, resize: Resize, focus: Focus
) -> Layout:
    """A window that stays inside the source; offsets are pixels of the result."""
    width, height = min(window[0], float(source[0])), min(window[1], float(source[1]))
    left, top = start(source, (width, height), focus)
    right, down = offset(focus, resize.x, resize.y)
    left = min(max(left + right * width / size[0], 0.0), source[0] - width)
    top = min(max(top + down * height / size[1], 0.0), source[1] - height)
    edges = (min(left + width, float(source[0])), min(top + height, float(source[1])))
    return Layout((left, top, *edges), size, size)


def _crop(source: Size, resize: Resize, focus: Focus) -> Layout:
    """A window of whole pixels, not scaled; what lies outside the source is cut off it."""
    if unsized(resize) and isinstance(focus, Region):
        left, top, right, bottom = _enlarged(source, focus.area, 1 / (resize.zoom or 1.0))
        width, height = right - left, bottom - top
    else:
        asked = sides(source, resize, keep_missing=True)
        width, height = min(asked[0], source[0]), min(asked[1], source[1])
        left, top = map(round_half_up, start(source, (width, height), focus))
    moves = offset(focus, round_half_up(resize.x or 0.0), round_half_up(resize.y or 0.0))
    area = clipped(moved((left, top, left + width, top + height), *moves), *source)
    if area is None:
        raise BadRequest("Invalid crop - nothing of the image lies inside")
    size = (int(area[2] - area[0]), int(area[3] - area[1]))
    return Layout(area, size, size)


def _enlarged(source: Size, area: Area, factor: float) -> tuple[int, int, int, int]:
    """An area grown around its middle, cut to the source, in whole pixels, at least one."""
    edges: list[int] = []
    for low, high, side in ((area[0], area[2], source[0]), (area[1], area[3], source[1])):
        middle, half = (low + high) / 2, (high - low) * factor / 2
        first = min(round_half_up(max(middle - half, 0.0)), side - 1)
        last = max(round_half_up(min(middle + half, float(side))), first + 1)
        edges += [first, last]
    return edges[0], edges[2], edges[1], edges[3]
