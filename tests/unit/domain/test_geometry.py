from __future__ import annotations

import math
from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.errors import BadRequest
from app.domain.geometry import (
    COMPASS,
    Anchor,
    Focus,
    Layout,
    Point,
    Region,
    Search,
    anchor,
    layout,
    round_half_up,
)
from app.domain.transformation.steps import Mode, Resize

MODES: tuple[Mode, ...] = get_args(Mode)
EXACT: tuple[Mode, ...] = ("fill", "thumb", "auto", "imagga_crop", "imagga_scale")

sides = st.integers(1, 3000)
anchors = st.sampled_from(list(COMPASS.values()))
offsets = st.none() | st.floats(-500, 500)


@st.composite
def resizes(draw: st.DrawFn, modes: tuple[Mode, ...] = MODES) -> Resize:
    width, height = draw(st.none() | sides), draw(st.none() | sides)
    aspect = draw(st.none() | st.floats(0.05, 20))
    if width is height is aspect is None:
        width = draw(sides)
    zoom = draw(st.none() | st.floats(0.1, 10))
    return Resize(draw(st.sampled_from(modes)), width, height, aspect, zoom=zoom)


@st.composite
def areas(draw: st.DrawFn, width: int, height: int) -> tuple[float, float, float, float]:
    left, top = draw(st.integers(0, width - 1)), draw(st.integers(0, height - 1))
    return left, top, draw(st.integers(left + 1, width)), draw(st.integers(top + 1, height))


@st.composite
def focuses(draw: st.DrawFn, width: int, height: int) -> Focus:
    place = (draw(st.floats(-100, width + 100)), draw(st.floats(-100, height + 100)))
    area = draw(areas(width, height))
    return draw(
        anchors | st.sampled_from([Point(*place), Region(area), Search(lambda w, h: place)])
    )


def box_size(plan: Layout) -> tuple[float, float]:
    left, top, right, bottom = plan.box
    return right - left, bottom - top


@settings(deadline=None)
@given(st.data(), sides, sides, resizes(), offsets, offsets)
def test_what_is_cut_lies_inside_the_source_and_what_is_shown_on_the_canvas(
    data: st.DataObject, width: int, height: int, resize: Resize, x: float | None, y: float | None
) -> None:
    focus = data.draw(focuses(width, height))
    try:
        plan = layout(width, height, replace(resize, x=x, y=y), focus)
    except BadRequest:
        assert resize.mode == "crop"  # moved out of the source
        return
    left, top, right, bottom = plan.box
    assert 0 <= left < right <= width and 0 <= top < bottom <= height
    assert min(plan.size) >= 1
    assert all(
        start >= 0 and start + inner <= outer
        for start, inner, outer in zip(plan.offset, plan.size, plan.canvas, strict=True)
    )


@settings(deadline=None)
@given(sides, sides, resizes((*EXACT, "scale", "pad", "lpad")))
def test_both_sides_are_kept_exactly(width: int, height: int, resize: Resize) -> None:
    plan = layout(
        width, height, replace(resize, width=resize.width or 7, height=resize.height or 5)
    )
    assert plan.canvas == (resize.width or 7, resize.height or 5)


@settings(deadline=None)
@given(sides, sides, resizes(EXACT), anchors)
def test_filling_keeps_proportions_and_touches_two_edges_of_the_source(
    width: int, height: int, resize: Resize, focus: Anchor
) -> None:
    plan = layout(width, height, resize, focus)
    assert math.isclose(*plan.scale, rel_tol=1e-9)
    if resize.zoom is None:
        cut = box_size(plan)
        assert math.isclose(cut[0], width) or math.isclose(cut[1], height)


@settings(deadline=None)
@given(sides, sides, resizes(("fill", "lfill", "crop")), anchors)
def test_a_compass_point_touches_its_edges(
    width: int, height: int, resize: Resize, focus: Anchor
) -> None:
    left, top, right, bottom = layout(width, height, resize, focus).box
    if focus.x != 0.5:
        assert math.isclose(left if focus.x == 0 else right, width * focus.x, abs_tol=1e-6)
    else:
        assert abs(left - (width - right)) <= 1  # crop moves by whole pixels
    if focus.y != 0.5:
        assert math.isclose(top if focus.y == 0 else bottom, height * focus.y, abs_tol=1e-6)
    else:
        assert abs(top - (height - bottom)) <= 1


@settings(deadline=None)
@given(sides, sides, resizes(("fit", "limit", "mfit", "pad", "lpad")))
def test_fitting_keeps_proportions_up_to_rounding_and_stays_within(
    width: int, height: int, resize: Resize
) -> None:
    plan = layout(width, height, resize)
    assert plan.box == (0, 0, width, height)
    scale = plan.size[0] / width if width >= height else plan.size[1] / height
    assert abs(plan.size[0] - max(1, width * scale)) <= 1 + 0.5 * width / height
    if resize.mode != "mfit" and resize.width:
        assert plan.size[0] <= resize.width
    if resize.mode != "mfit" and resize.height:
        assert plan.size[1] <= resize.height
    if resize.mode in ("limit", "lpad"):
        assert plan.size[0] <= width and plan.size[1] <= height
    if resize.mode == "mfit":
        assert plan.size[0] >= width and plan.size[1] >= height


@settings(deadline=None)
@given(sides, sides, resizes(("lfill",)), anchors)
def test_limited_filling_never_enlarges(
    width: int, height: int, resize: Resize, focus: Anchor
) -> None:
    plan = layout(width, height, resize, focus)
    assert max(plan.scale) <= 1 + 1e-9
    assert math.isclose(*plan.scale, rel_tol=1e-9)


@settings(deadline=None)
@given(st.data(), sides, sides, st.integers(1, 500), st.integers(1, 500), st.floats(0.2, 4))
def test_a_thumbnail_holds_its_face(
    data: st.DataObject, width: int, height: int, w: int, h: int, zoom: float
) -> None:
    area = data.draw(areas(width, height))
    plan = layout(width, height, Resize("thumb", w, h, zoom=zoom), Region(area))
    assert plan.canvas == (w, h)
    assert math.isclose(*plan.scale, rel_tol=1e-9)
    cut = box_size(plan)
    for axis, side in enumerate((width, height)):
        held = plan.box[axis] <= area[axis] + 1e-6 and plan.box[axis + 2] >= area[axis + 2] - 1e-6
        # Where the picture is too small for the proportions, the window is as large as it.
        assert held or any(
            math.isclose(cut[other], limit) for other, limit in enumerate((width, height))
        ), side


@settings(deadline=None)
@given(st.data(), sides, sides, sides, sides)
def test_regions_move_with_what_they_show(
    data: st.DataObject, width: int, height: int, w: int, h: int
) -> None:
    area = data.draw(areas(width, height))
    for mode in ("scale", "pad", "fill"):
        plan = layout(width, height, Resize(mode, w, h))
        corners = plan.moved(plan.box)
        assert corners == pytest.approx(
            (*plan.offset, plan.offset[0] + plan.size[0], plan.offset[1] + plan.size[1])
        )
        moved = plan.moved(area)
        assert moved[2] - moved[0] == pytest.approx((area[2] - area[0]) * plan.scale[0])


@pytest.mark.parametrize(
    ("source", "resize", "size"),
    [
        ((1000, 667), Resize("scale", 500), (500, 334)),  # 333.5 is rounded up
        ((3, 1000), Resize("scale", height=100), (1, 100)),  # 0.3 is at least 1
        ((400, 300), Resize("scale", 200, ignore_aspect=True), (200, 300)),
        ((400, 300), Resize("scale", 200, aspect=1.0), (200, 200)),
        ((400, 300), Resize("fit", 100, 100), (100, 75)),
        ((400, 300), Resize("fit", 800, 800), (800, 600)),
        ((400, 300), Resize("fit", height=30), (40, 30)),
        ((1000, 14), Resize("fit", 100), (100, 1)),
        ((400, 300), Resize("limit", 800, 800), (400, 300)),
        ((400, 300), Resize("limit", 200, 200), (200, 150)),
        ((400, 300), Resize("mfit", 200, 200), (400, 300)),
        ((400, 300), Resize("mfit", 800, 800), (800, 600)),
        ((400, 300), Resize("fill", aspect=1.0), (300, 300)),
        ((400, 300), Resize("pad", aspect=1.0), (400, 400)),
        ((400, 300), Resize("pad", aspect=2.0), (600, 300)),
        ((400, 300), Resize("lfill", 800, 100), (400, 100)),
        ((400, 300), Resize("lfill", 500, 200), (400, 200)),
        ((400, 300), Resize("crop", 100), (100, 300)),
        ((400, 300), Resize("crop", 100, aspect=2.0), (100, 50)),
        ((400, 300), Resize("crop", 900, 900), (400, 300)),
        ((400, 300), Resize("mpad", 500, 100), (500, 300)),
        ((400, 300), Resize("lpad", 500, 400), (500, 400)),
    ],
)
def test_sizes(source: tuple[int, int], resize: Resize, size: tuple[int, int]) -> None:
    assert layout(*source, resize).canvas == size


@pytest.mark.parametrize(
    ("resize", "focus", "box"),
    [
        (Resize("fill", 100, 100), Anchor(), (50, 0, 350, 300)),
        (Resize("fill", 100, 100), COMPASS["east"], (100, 0, 400, 300)),
        (Resize("fill", 100, 100, x=10), COMPASS["east"], (70, 0, 370, 300)),
        (Resize("fill", 100, 100, x=10), COMPASS["west"], (30, 0, 330, 300)),
        (Resize("fill", 100, 100, x=-10), COMPASS["west"], (0, 0, 300, 300)),
        (Resize("fill", 100, 100), Region((0, 0, 20, 20)), (0, 0, 300, 300)),
        (Resize("fill", 100, 100), Region((190, 0, 250, 20)), (70, 0, 370, 300)),
        (Resize("fill", 100, 100), Search(lambda w, h: (17, 5)), (17, 0, 317, 300)),
        (Resize("fill", 100, 100, x=230, y=3), Point(230, 3), (80, 0, 380, 300)),
        (Resize("auto", 100, 100, zoom=2), Anchor(), (125, 75, 275, 225)),
        (Resize("thumb", 100, 100, zoom=2), COMPASS["north"], (125, 0, 275, 150)),
        (Resize("thumb", 50, 100), Region((100, 100, 140, 140)), (90, 60, 150, 180)),
        (Resize("thumb", 50, 50, zoom=3), Region((100, 100, 140, 140)), (100, 100, 140, 140)),
        (Resize("thumb", 50, 50, zoom=0.5), Region((0, 100, 40, 140)), (0, 60, 120, 180)),
        (Resize("crop", 101, 50), Anchor(), (150, 125, 251, 175)),
        (Resize("crop", 100, 50, x=10, y=5), COMPASS["south_east"], (290, 245, 390, 295)),
        (Resize("crop", 100, 100, x=350, y=-40), COMPASS["north_west"], (350, 0, 400, 60)),
        (Resize("crop"), Region((10.4, 20.5, 30.5, 41)), (10, 21, 31, 41)),
        (Resize("crop", zoom=0.5), Region((0, 100, 20, 120)), (0, 90, 30, 130)),
        (Resize("crop", 40), Region((0, 100, 20, 120)), (0, 0, 40, 300)),
    ],
)
def test_windows(resize: Resize, focus: Focus, box: tuple[float, ...]) -> None:
    assert layout(400, 300, resize, focus).box == pytest.approx(box)


@pytest.mark.parametrize(
    ("resize", "focus", "offset"),
    [
        (Resize("pad", 200, 200), Anchor(), (0, 25)),
        (Resize("pad", 200, 201), Anchor(), (0, 26)),  # 25.5 is rounded up
        (Resize("pad", 200, 200), COMPASS["south"], (0, 50)),
        (Resize("pad", 200, 200, y=10), COMPASS["south"], (0, 40)),
        (Resize("pad", 200, 200, y=80), COMPASS["south"], (0, 0)),
        (Resize("mpad", 500, 500), COMPASS["north_east"], (100, 0)),
        (Resize("lpad", 500, 500), COMPASS["west"], (0, 100)),
    ],
)
def test_places_on_a_canvas(resize: Resize, focus: Focus, offset: tuple[int, int]) -> None:
    assert layout(400, 300, resize, focus).offset == offset


@pytest.mark.parametrize("mode", ["fill_pad", "auto_pad"])
def test_filling_gives_way_to_padding(mode: Mode) -> None:
    filled = layout(300, 300, Resize(mode, 300, 200))
    assert filled.box == (0, 50, 300, 250)  # a third is cut
    padded = layout(300, 300, Resize(mode, 300, 199))
    assert padded.size == (199, 199) and padded.offset == (51, 0)
    face = (100.0, 40.0, 140.0, 80.0)
    assert layout(300, 300, Resize(mode, 300, 200), keep=[face]).size == (200, 200)
    north = layout(300, 300, Resize(mode, 300, 200), COMPASS["north"], [face])
    assert north.box == (0, 0, 300, 200)  # the face is whole here


def test_a_search_is_told_the_windows_size_and_kept_inside() -> None:
    asked: list[tuple[float, float]] = []

    def place(width: float, height: float) -> tuple[float, float]:
        asked.append((width, height))
        return 1e9, -5.0

    plan = layout(400, 300, Resize("fill", 100, 150), Search(place))
    assert asked == [(200, 300)]
    assert plan.box == (200, 0, 400, 300)


@pytest.mark.parametrize(
    ("resize", "named"),
    [
        (Resize("scale", 0), "width"),
        (Resize("scale", 10, -1), "height"),
        (Resize("scale", 10**400), "width"),
        (Resize("fill", 10, aspect=0.0), "aspect"),
        (Resize("fill", 10, aspect=math.nan), "aspect"),
        (Resize("fill", 10, aspect=1e300), "aspect"),
        (Resize("thumb", 10, 10, zoom=0.0), "zoom"),
        (Resize("thumb", 10, 10, zoom=math.inf), "zoom"),
        (Resize("fill", 10, 10, x=math.inf), "x"),
        (Resize("crop", 10, 10, x=400), "nothing"),
        (Resize("crop", 10, 10, y=-10), "nothing"),
    ],
)
def test_what_cannot_be_done_is_refused_by_name(resize: Resize, named: str) -> None:
    with pytest.raises(BadRequest, match=named):
        layout(400, 300, resize, COMPASS["north_west"])


@settings(deadline=None)
@given(st.data(), resizes(), st.floats(5e-324, 1e308))
def test_extreme_zooms_are_harmless(data: st.DataObject, resize: Resize, zoom: float) -> None:
    plan = layout(3, 2, replace(resize, zoom=zoom), data.draw(focuses(3, 2)))
    assert min(box_size(plan)) > 0


@pytest.mark.parametrize(
    ("gravity", "x", "y", "expected"),
    [
        ("north_west", 3, 4, (3, 4)),
        ("south_east", 3, 4, (67, 46)),
        ("center", 3, 4, (38, 29)),
        ("east", 3, 4, (67, 29)),
        ("south_east", -3, -4, (73, 54)),
        ("center", 2.5, 0, (38, 25)),
    ],
)
def test_layers_move_inwards(gravity: str, x: float, y: float, expected: tuple[int, int]) -> None:
    assert anchor((100, 80), (30, 30), gravity, x, y) == expected


def test_a_layer_may_be_larger_than_what_it_is_put_on() -> None:
    assert anchor((10, 10), (30, 21), "center") == (-10, -5)
    assert anchor((10, 10), (30, 21), "south_east") == (-20, -11)


@pytest.mark.parametrize(("value", "expected"), [(0.5, 1), (1.5, 2), (2.4999, 2), (-0.5, 0)])
def test_rounding_is_half_up(value: float, expected: int) -> None:
    assert round_half_up(value) == expected
