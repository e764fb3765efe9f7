"""Colours of pictures, and what they are called."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw

from app.imaging.analysis.colours import CLOUDINARY, GOOGLE
from tests import photos
from tests.unit.imaging.analysis.conftest import Analyse


def halves(left: str, right: str, size: tuple[int, int] = (100, 60)) -> Image.Image:
    """Two colours, the left one over three quarters."""
    image = Image.new("RGB", size, left)
    ImageDraw.Draw(image).rectangle((size[0] * 3 // 4, 0, size[0], size[1]), right)
    return image


@pytest.mark.parametrize(
    ("colour", "google", "cloudinary"),
    [
        ("#d21e1e", "red", "red"),
        ("#1e46d2", "blue", "blue"),
        ("#228b22", "green", "green"),
        ("#ff8c00", "orange", "orange"),
        ("#ffee22", "yellow", "yellow"),
        ("#808000", "green", "olive"),
        ("#7fff00", "green", "lime"),
        ("#add8e6", "blue", "lightblue"),
        ("#00ffff", "teal", "cyan"),
        ("#008080", "teal", "teal"),
        ("#ff00ff", "purple", "magenta"),
        ("#6a0dad", "purple", "purple"),
        ("#ffc0cb", "pink", "pink"),
        ("#8b4513", "brown", "brown"),
        ("#000000", "black", "black"),
        ("#808080", "gray", "gray"),
        ("#ffffff", "white", "white"),
    ],
)
def test_a_colour_has_the_name_that_people_call_it(
    analyse: Analyse, colour: str, google: str, cloudinary: str
) -> None:
    found = analyse(photos.encode(Image.new("RGB", (40, 30), colour), "PNG"), "colors")
    assert found["colors"] == [[colour.upper(), 100.0]]
    assert found["predominant"] == {
        "google": [[google, 100.0]],
        "cloudinary": [[cloudinary, 100.0]],
    }


def test_shares_are_percentages_of_the_picture(analyse: Analyse) -> None:
    found = analyse(photos.encode(halves("#0000c8", "#ffffff"), "PNG"), "colors")
    assert [code for code, _ in found["colors"]] == ["#0000C8", "#FFFFFF"]
    assert found["colors"][0][1] == pytest.approx(75, abs=1)
    assert found["predominant"]["google"][0][0] == "blue"
    assert found["predominant"]["google"][1][1] == pytest.approx(25, abs=1)


@pytest.mark.parametrize("name", photos.NAMES)
def test_a_photo_has_many_colours_by_descending_share(analyse: Analyse, name: str) -> None:
    found = analyse(photos.read(name), "colors")
    shares = [share for _, share in found["colors"]]
    assert 16 <= len(shares) <= 32
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) == pytest.approx(100, abs=1)
    for palette, names in (("google", GOOGLE), ("cloudinary", CLOUDINARY)):
        named = found["predominant"][palette]
        assert {word for word, _ in named} <= set(names)
        assert [share for _, share in named] == sorted((it[1] for it in named), reverse=True)
        assert 95 <= sum(share for _, share in named) <= 100.5


def test_photos_are_called_what_they_show(analyse: Analyse) -> None:
    def first(name: str) -> str:
        word = analyse(photos.read(name), "colors")["predominant"]["google"][0][0]
        assert isinstance(word, str)
        return word

    assert first("chelsea.png") == "brown"  # a ginger cat
    assert first("rocket.jpg") == "blue"  # a launch at dawn
    assert first("camera.png") == "gray"  # a gray photo


def test_colours_survive_recompression(analyse: Analyse) -> None:
    image = photos.load("coffee.png")
    plain, small = (
        dict(analyse(data, "colors")["predominant"]["google"])
        for data in (
            photos.encode(image, "PNG"),
            photos.encode(image.resize((200, 133)), "JPEG", quality=60),
        )
    )
    for word in set(plain) | set(small):
        assert plain.get(word, 0) == pytest.approx(small.get(word, 0), abs=8)


@pytest.mark.parametrize("image_format", ["PNG", "WEBP", "GIF"])
def test_transparent_pixels_are_no_colour(analyse: Analyse, image_format: str) -> None:
    image = Image.new("RGBA", (80, 80), (255, 255, 255, 0))
    ImageDraw.Draw(image).rectangle((20, 20, 59, 59), (200, 20, 20, 255))
    found = analyse(photos.encode(image, image_format, lossless=True), "colors")
    assert [[code, share] for code, share in found["colors"]] == [["#C81414", 100.0]]
    assert found["predominant"]["google"] == [["red", 100.0]]


def test_a_picture_that_is_all_transparent_has_no_colours(analyse: Analyse) -> None:
    empty = photos.encode(Image.new("RGBA", (20, 20)), "PNG")
    found = analyse(empty, "colors")
    assert found == {"colors": [], "predominant": {"google": [], "cloudinary": []}}


def test_a_palette_with_a_transparent_entry(analyse: Analyse) -> None:
    pixels = np.zeros((40, 40), np.uint8)
    pixels[10:30] = 1
    image = Image.fromarray(pixels, "P")
    image.putpalette([255, 255, 255, 20, 160, 40])
    found = analyse(photos.encode(image, "PNG", transparency=0), "colors")
    assert found["colors"] == [["#14A028", 100.0]]
