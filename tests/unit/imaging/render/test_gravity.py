from __future__ import annotations

import pytest
from PIL import Image

from app.domain.geometry import COMPASS, Area, Point, Region, Search
from app.domain.rendering import RenderLimits
from app.domain.transformation.steps import Gravity, Resize
from app.imaging.render.gravity import focus
from app.imaging.render.picture import Picture
from app.imaging.render.resizing import resize
from tests import photos

SMALL, LARGE = (10.0, 10.0, 30.0, 30.0), (100.0, 50.0, 140.0, 100.0)
CUSTOM = (150.0, 0.0, 180.0, 20.0)


def picture(
    faces: tuple[Area, ...] = (SMALL, LARGE), custom: tuple[Area, ...] = (CUSTOM,)
) -> Picture:
    return Picture((Image.new("RGB", (200, 120)),), faces=faces, custom=custom)


def found(*names: str, of: Picture | None = None) -> object:
    return focus(of or picture(), Resize("fill", 50, 50, gravity=Gravity(names)))


@pytest.mark.parametrize("name", COMPASS)
def test_compass_points(name: str) -> None:
    assert found(name) == COMPASS[name]


@pytest.mark.parametrize(
    ("names", "area"),
    [
        (("face", "north"), LARGE),
        (("faces", "north"), (10, 10, 140, 100)),
        (("custom", "face", "center"), CUSTOM),
        (("cat", "face", "auto"), LARGE),
        (("body", "auto"), (60, 25, 180, 120)),  # cut at the lower edge
    ],
)
def test_regions(names: tuple[str, ...], area: Area) -> None:
    assert found(*names) == Region(area)


def test_what_is_not_there_gives_way_to_the_next_name() -> None:
    bare = picture((), ())
    assert found("face", "north", of=bare) == COMPASS["north"]
    assert found("custom", "faces", "center", of=bare) == COMPASS["center"]
    assert found("custom", "face", "north", of=picture(custom=())) == Region(LARGE)
    assert isinstance(found("cat", "auto", of=bare), Search)
    assert isinstance(found("ocr_text", of=bare), Search)


def test_regions_are_cut_at_the_pictures_edges() -> None:
    outside, partly = (-50.0, 0.0, -10.0, 90.0), (-20.0, 100.0, 30.0, 150.0)
    seen = picture((outside, partly))
    assert found("face", "north", of=seen) == Region((0, 100, 30, 120))
    assert found("faces", "north", of=seen) == Region((0, 100, 30, 120))
    assert found("face", "north", of=picture((outside,))) == COMPASS["north"]


def test_a_point() -> None:
    wanted = Resize("crop", 10, 10, gravity=Gravity(("xy_center",)), x=12.5)
    assert focus(picture(), wanted) == Point(12.5, 0)


def test_hints_of_auto() -> None:
    photo = photos.load("coffee.png")  # the cup is in the middle
    corner = (0.0, 300.0, 40.0, 340.0)
    seen = Picture((photo,), custom=(corner,), faces=((560.0, 0.0, 590.0, 30.0),))
    for hints, kept in [((), False), (("custom",), True), (("cat",), False)]:
        wanted = Resize("fill", 100, 400, gravity=Gravity(("auto",), hints))
        result = resize(seen, wanted, None, RenderLimits())
        assert (result.custom[0][0] >= -1) == kept, hints
    wanted = Resize("fill", 100, 400, gravity=Gravity(("auto",), ("face",)))
    assert resize(seen, wanted, None, RenderLimits()).faces[0][2] <= 101
