"""Colour names and the sky's colour."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from app.domain.images import Pixels
from app.imaging.imager import PillowImager
from app.tagging import colours
from tests import photos


def plain(code: str) -> Pixels:
    rgb = [int(code[i : i + 2], 16) for i in (0, 2, 4)]
    return np.full((1, 64, 64, 3), rgb, np.uint8)


def seen(name: str) -> Pixels:
    imager = PillowImager(max_pixels=10**8)
    return imager.inspect(photos.path(name), [colours.VIEW]).inputs[colours.VIEW]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("ff0000", "red"),
        ("b22222", "red"),
        ("ff8c00", "orange"),
        ("ffe135", "yellow"),
        ("228b22", "green"),
        ("7cfc00", "green"),
        ("30d5c8", "turquoise"),
        ("0000cd", "blue"),
        ("87ceeb", "blue"),
        ("800080", "purple"),
        ("ff69b4", "pink"),
        ("fc8eac", "pink"),
    ],
)
def test_plain_colours_have_their_names(code: str, expected: str) -> None:
    named = colours.named(colours.colour_shares(plain(code)))
    assert list(named) == [expected] and named[expected] == pytest.approx(1.0)


@pytest.mark.parametrize("code", ["000000", "ffffff", "808080", "d7c8a5", "5a3c1e", "c0b8b0"])
def test_what_is_hardly_coloured_has_no_name(code: str) -> None:
    assert colours.named(colours.colour_shares(plain(code))) == {}


def test_only_dominant_colours_are_named_and_the_middle_counts_more() -> None:
    view = plain("808080")
    view[0, 20:44, 20:44] = (220, 20, 30)
    middle = colours.colour_shares(view)["red"]
    corner = plain("808080")
    corner[0, :24, :24] = (220, 20, 30)
    assert middle > 2 * colours.colour_shares(corner)["red"]
    assert "red" not in colours.named(colours.colour_shares(corner))


def test_shares_do_not_depend_on_the_size() -> None:
    image = photos.load("flower.jpg", (640, 640))
    shares = [
        colours.colour_shares(np.asarray(image.resize((side, side), Image.Resampling.BOX))[None])
        for side in (64, 128)
    ]
    for name in shares[0]:
        assert abs(shares[0][name] - shares[1][name]) < 0.03


def test_lab_values_are_those_of_the_standard() -> None:
    pixels = np.array([[255, 255, 255], [255, 0, 0], [0, 0, 255], [119, 119, 119]], np.uint8)
    expected = [[100, 0, 0], [53.24, 80.09, 67.20], [32.30, 79.19, -107.86], [50.03, 0, 0]]
    assert np.allclose(colours.to_lab(pixels), expected, atol=0.05)


def test_the_sky_is_told_from_walls_and_woods() -> None:
    assert colours.sky_share(seen("china.jpg")) > 0.8
    assert colours.sky_share(plain("5aa0e6")) == 1.0
    assert colours.sky_share(plain("2e8b32")) == 0.0
    assert colours.sky_share(seen("flower.jpg")) < 0.3
