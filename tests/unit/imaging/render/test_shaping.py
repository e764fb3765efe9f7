"""Opacity, rounded corners, borders and flattening."""

from __future__ import annotations

import math

import numpy as np
import pytest
from PIL import Image

from app.domain.transformation.steps import Border, Colour, Corners
from app.imaging.render import shaping
from tests import photos

BLUE = Colour(0, 0, 255)


@pytest.fixture(scope="module")
def photo() -> Image.Image:
    return photos.load("chelsea.png", (120, 80))


def alpha(image: Image.Image) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return np.asarray(image.getchannel("A"), np.float64)


def pixels(image: Image.Image) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.asarray(image)


def test_opacity_multiplies(photo: Image.Image) -> None:
    half = shaping.opacity(photo, 50)
    assert set(np.unique(alpha(half))) == {128}
    assert half.convert("RGB").tobytes() == photo.tobytes()
    assert set(np.unique(alpha(shaping.opacity(half, 50)))) == {64}
    assert alpha(shaping.opacity(photo, 0)).max() == 0
    assert alpha(shaping.opacity(photo, 100)).min() == 255


def test_corners_are_quarters_of_circles(photo: Image.Image) -> None:
    shape = alpha(shaping.corners(photo, Corners((20, 20, 20, 20))))
    missing = (255 - shape).sum() / 255
    assert missing == pytest.approx((4 - math.pi) * 20**2, rel=0.005)
    assert (shape == shape[::-1]).all() and (shape == shape[:, ::-1]).all()
    assert shape[0, 0] == 0
    assert shape[0, 20:-20].min() == shape[20:-20].min() == 255
    assert np.count_nonzero((shape > 0) & (shape < 255)) > 40  # a smooth edge


@pytest.mark.parametrize("radius", [1, 2.5, 7, 40])
def test_a_corner_covers_what_supersampling_covers(photo: Image.Image, radius: float) -> None:
    shape = alpha(shaping.corners(photo, Corners((radius, 0, 0, 0))))[:40, :40] / 255
    y, x = (np.mgrid[: 40 * 16, : 40 * 16] + 0.5) / 16
    inside = (x >= radius) | (y >= radius) | (np.hypot(x - radius, y - radius) <= radius)
    exact = inside.reshape(40, 16, 40, 16).mean(axis=(1, 3))
    assert np.abs(shape - exact).max() < 0.12
    assert np.abs(shape - exact).sum() < 0.04 * (radius + 3)


def test_each_corner_has_its_radius(photo: Image.Image) -> None:
    shape = alpha(shaping.corners(photo, Corners((0, 10, 20, 30))))
    missing = [
        (255 - part).sum() / 255
        for part in (shape[:40, :60], shape[:40, 60:], shape[40:, 60:], shape[40:, :60])
    ]
    expected = [(1 - math.pi / 4) * radius**2 for radius in (0, 10, 20, 30)]
    assert missing == pytest.approx(expected, rel=0.01, abs=0.2)


def test_radii_that_do_not_fit_are_reduced_together(photo: Image.Image) -> None:
    large = alpha(shaping.corners(photo, Corners((400, 400, 400, 400))))
    assert (large == alpha(shaping.corners(photo, Corners((40, 40, 40, 40))))).all()
    uneven = alpha(shaping.corners(photo, Corners((120, 40, 0, 0))))
    # 160 on a width of 120, 120 on a height of 80: by two thirds.
    assert (uneven == alpha(shaping.corners(photo, Corners((80, 80 / 3, 0, 0))))).all()


def test_fully_round_is_an_ellipse_and_a_circle_of_a_square(photo: Image.Image) -> None:
    oval = alpha(shaping.corners(photo, Corners(None)))
    assert oval.sum() / 255 == pytest.approx(math.pi * 60 * 40, rel=0.002)
    circle = alpha(shaping.corners(photo.resize((90, 90)), Corners(None)))
    assert circle.sum() / 255 == pytest.approx(math.pi * 45**2, rel=0.002)
    assert (circle == circle.T).all()


def test_corners_keep_earlier_transparency(photo: Image.Image) -> None:
    rounded = shaping.corners(shaping.opacity(photo, 50), Corners((9, 9, 9, 9)))
    assert alpha(rounded).max() == 128
    assert alpha(rounded)[0, 0] == 0


@pytest.mark.parametrize("size", [(1, 1), (1, 7), (3, 2)])
def test_tiny_frames_can_be_rounded(size: tuple[int, int]) -> None:
    for wanted in (Corners(None), Corners((5, 0, 5, 0)), Corners((-3, 0, 0, 0))):
        rounded = shaping.corners(Image.new("RGB", size), wanted)
        assert rounded.size == size
        assert shaping.border(rounded, Border(2, BLUE), wanted).size == (size[0] + 4, size[1] + 4)


def test_border_adds_its_width_on_every_side(photo: Image.Image) -> None:
    framed = shaping.border(photo, Border(5, BLUE))
    assert framed.size == (130, 90)
    assert framed.mode == "RGB"
    assert framed.crop((5, 5, 125, 85)).tobytes() == photo.tobytes()
    ring = pixels(framed).copy()
    ring[5:-5, 5:-5] = (0, 0, 255)
    assert (ring == (0, 0, 255)).all()


def test_half_transparent_border(photo: Image.Image) -> None:
    framed = pixels(shaping.border(photo, Border(5, Colour(0, 0, 255, 100))))
    assert tuple(framed[0, 0]) == (0, 0, 255, 100)
    assert framed[40, 40, 3] == 255


def test_border_leaves_transparent_parts_transparent() -> None:
    framed = pixels(shaping.border(Image.new("RGBA", (20, 20)), Border(3, BLUE)))
    assert framed[10, 10, 3] == 0
    assert tuple(framed[1, 1]) == (0, 0, 255, 255)


def test_border_goes_around_rounded_corners(photo: Image.Image) -> None:
    wanted = Corners((20, 20, 20, 20))
    framed = shaping.border(shaping.corners(photo, wanted), Border(10, BLUE), wanted)
    assert framed.size == (140, 100)
    # The outer shape has radii of 30, and no gap between picture and border.
    outline = alpha(shaping.corners(Image.new("RGB", framed.size), Corners((30, 30, 30, 30))))
    assert np.abs(alpha(framed) - outline).max() <= 1
    values = pixels(framed)
    inside = 30 - 25 / math.sqrt(2)  # between the arcs, on the diagonal
    assert tuple(values[int(inside), int(inside)]) == (0, 0, 255, 255)
    assert tuple(values[50, 70][:3]) == tuple(pixels(photo)[40, 60])


def test_flatten_puts_a_colour_behind(photo: Image.Image) -> None:
    assert shaping.flatten(photo, BLUE) is photo
    rounded = shaping.corners(photo, Corners((20, 0, 0, 0)))
    flat = shaping.flatten(rounded, BLUE)
    assert flat.mode == "RGB"
    assert tuple(pixels(flat)[0, 0]) == (0, 0, 255)
    assert tuple(pixels(flat)[50, 50]) == tuple(pixels(photo)[50, 50])
    half = shaping.flatten(shaping.opacity(Image.new("RGB", (2, 2), (255, 0, 0)), 50), BLUE)
    assert tuple(pixels(half)[0, 0]) == pytest.approx((128, 0, 127), abs=1)
    clear = shaping.flatten(rounded, Colour(0, 0, 255, 60))
    assert tuple(pixels(clear)[0, 0]) == (0, 0, 255, 60)
