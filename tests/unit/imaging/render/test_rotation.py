from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from app.domain.errors import BadRequest
from app.domain.rendering import RenderLimits
from app.domain.transformation.steps import Background, Colour
from app.imaging.render.picture import Picture
from app.imaging.render.rotation import rotate
from tests import photos

#: A face in the upper left corner of a level picture.
FACE = (0.0, 0.0, 30.0, 20.0)


def level() -> Picture:
    return Picture((photos.load("china.jpg", (120, 80)),), faces=(FACE,), custom=(FACE,))


def pixels(picture: Picture) -> np.ndarray:  # type: ignore[type-arg]
    return np.asarray(picture.frames[0])


@pytest.mark.parametrize(
    ("turn", "quarters", "face"),
    [
        (("angle", 90.0), -1, (60, 0, 80, 30)),
        (("angle", -270.0), -1, (60, 0, 80, 30)),
        (("angle", 180.0), 2, (90, 60, 120, 80)),
        (("angle", 270.0), 1, (0, 90, 20, 120)),
        (("angle", -90.0), 1, (0, 90, 20, 120)),
        (("angle", 720.0), 0, FACE),
        (("ignore", 0.0), 0, FACE),
        (("exif", 0.0), 0, FACE),
    ],
)
def test_quarter_turns_move_pixels(
    turn: tuple[str, float], quarters: int, face: tuple[float, ...]
) -> None:
    turned = rotate(level(), (turn,))
    assert np.array_equal(pixels(turned), np.rot90(pixels(level()), quarters))
    assert turned.faces == turned.custom == (face,)
    assert turned.frames[0].mode == "RGB"


def test_mirrors() -> None:
    across = rotate(level(), (("hflip", 0.0),))
    assert np.array_equal(pixels(across), pixels(level())[:, ::-1])
    assert across.faces == ((90, 0, 120, 20),)
    down = rotate(level(), (("vflip", 0.0),))
    assert np.array_equal(pixels(down), pixels(level())[::-1])
    assert down.faces == ((0, 60, 30, 80),)


def test_turns_are_made_in_order() -> None:
    both = rotate(level(), (("hflip", 0.0), ("angle", 90.0)))
    assert np.array_equal(pixels(both), np.rot90(pixels(level())[:, ::-1], -1))
    other = rotate(level(), (("angle", 90.0), ("hflip", 0.0)))
    assert not np.array_equal(pixels(both), pixels(other))


@pytest.mark.parametrize(
    ("kind", "wanted", "quarters"),
    [
        ("auto_right", (100, 200), -1),
        ("auto_left", (100, 200), 1),
        ("auto_right", (200, 100), 0),
        ("auto_left", (121, 120), 0),
        ("auto_right", (100, 100), 0),
        ("auto_right", None, 0),
    ],
)
def test_turns_that_depend_on_what_is_wanted(
    kind: str, wanted: tuple[int, int] | None, quarters: int
) -> None:
    turned = rotate(level(), ((kind, 0.0),), wanted=wanted)
    assert np.array_equal(pixels(turned), np.rot90(pixels(level()), quarters))


def test_small_turns_are_clockwise() -> None:
    dot = Image.new("RGB", (101, 101), "black")
    dot.paste("white", (90, 48, 95, 53))  # at three o'clock
    turned = rotate(Picture((dot,)), (("angle", 30.0),)).frames[0]
    rows, columns = np.nonzero(np.asarray(turned.convert("L")) > 128)
    middle = turned.width / 2
    angle = math.degrees(math.atan2(rows.mean() + 0.5 - middle, columns.mean() + 0.5 - middle))
    assert angle == pytest.approx(30, abs=1)  # towards four o'clock, below


@settings(deadline=None, max_examples=60)
@given(st.tuples(st.integers(1, 150), st.integers(1, 150)), st.floats(-720, 720))
def test_the_canvas_holds_the_whole_picture(size: tuple[int, int], degrees: float) -> None:
    area = (0.0, 0.0, float(size[0]), float(size[1]))
    picture = Picture((Image.new("RGB", size, "white"),), faces=(area,))
    turned = rotate(picture, (("angle", degrees),))
    cos, sin = abs(math.cos(math.radians(degrees))), abs(math.sin(math.radians(degrees)))
    for side, exact in zip(
        turned.size,
        (size[0] * cos + size[1] * sin, size[0] * sin + size[1] * cos),
        strict=True,
    ):
        assert exact - 0.01 <= side < exact + 1
    left, top, right, bottom = turned.faces[0]
    assert -0.01 <= left < right <= turned.size[0] + 0.01
    assert -0.01 <= top < bottom <= turned.size[1] + 0.01
    shown = np.asarray(turned.frames[0].convert("RGBA"))
    # As much is opaque as the picture has pixels, and what is seen is white up to its edge.
    opaque = shown[..., 3].sum() / 255
    assert opaque == pytest.approx(size[0] * size[1], rel=0.02, abs=2 + 0.25 * sum(size))
    assert (shown[shown[..., 3] > 20][:, :3] > 240).all()


def test_corners_are_transparent_or_painted() -> None:
    bare = rotate(level(), (("angle", 20.0),))
    assert bare.frames[0].mode == "RGBA"
    assert bare.frames[0].getpixel((0, 0))[3] == 0  # type: ignore[index]
    painted = rotate(level(), (("angle", 20.0),), Background(colour=Colour(9, 200, 9)))
    assert painted.frames[0].mode == "RGB"
    assert painted.frames[0].getpixel((0, 0)) == (9, 200, 9)
    inside = (painted.size[0] // 2, painted.size[1] // 2)
    assert painted.frames[0].getpixel(inside) == bare.frames[0].getpixel(inside)[:3]  # type: ignore[index]


def test_turning_there_and_back_shows_the_same() -> None:
    back = rotate(level(), (("angle", 17.0), ("angle", -17.0))).frames[0].convert("RGB")
    left, top = (back.width - 120) // 2, (back.height - 80) // 2
    again = np.asarray(back.crop((left, top, left + 120, top + 80)), dtype=float)[10:-10, 10:-10]
    difference = np.abs(again - pixels(level()).astype(float)[10:-10, 10:-10])
    assert difference.mean() < 12


def test_all_frames_turn() -> None:
    frame = Image.new("RGB", (30, 20), "red")
    moving = Picture((frame, frame.copy()), durations=(10, 20), loop=2)
    turned = rotate(moving, (("angle", 45.0),))
    assert [each.size for each in turned.frames] == [turned.size] * 2
    assert (turned.durations, turned.loop) == ((10, 20), 2)


def test_a_reduced_picture_is_brought_to_its_size_first() -> None:
    small = Picture((Image.new("RGB", (50, 25)),), nominal=(100, 50))
    turned = rotate(small, (("angle", 90.0),))
    assert turned.nominal is None and turned.frames[0].size == (50, 100)


@pytest.mark.parametrize("degrees", [45.0, math.nan, math.inf])
def test_what_cannot_be_turned_is_refused(degrees: float) -> None:
    with pytest.raises(BadRequest):
        rotate(level(), (("angle", degrees),), limits=RenderLimits(side=130))
