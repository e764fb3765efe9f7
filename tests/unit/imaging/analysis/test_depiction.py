"""Drawn or photographed, gray or coloured, opaque or not."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image, ImageDraw

from tests import photos
from tests.unit.imaging.analysis.conftest import Analyse


def drawing() -> Image.Image:
    image = Image.new("RGB", (400, 300), "white")
    draw = ImageDraw.Draw(image)
    draw.ellipse((40, 30, 260, 250), "#d03020")
    draw.rectangle((200, 120, 380, 280), "#3040c0", "black", 3)
    draw.line((20, 290, 390, 10), "#208030", 9)
    return image


def score(analyse: Analyse, data: bytes) -> float:
    found = analyse(data, "image_analysis")["illustration_score"]
    assert isinstance(found, float)
    return found


@pytest.mark.parametrize("name", (*photos.NAMES, "camera.png"))
def test_photos_are_no_illustrations(analyse: Analyse, name: str) -> None:
    assert score(analyse, photos.read(name)) < 0.3


@pytest.mark.parametrize(
    ("image_format", "options"),
    [("PNG", {}), ("GIF", {}), ("JPEG", {"quality": 75}), ("JPEG", {"quality": 40}), ("WEBP", {})],
)
def test_drawings_are(analyse: Analyse, image_format: str, options: dict[str, int]) -> None:
    assert score(analyse, photos.encode(drawing(), image_format, **options)) > 0.8


def test_a_photo_before_a_white_ground_is_a_photo(analyse: Analyse) -> None:
    image = Image.new("RGB", (800, 600), "white")
    image.paste(photos.load("chelsea.png", (300, 200)), (250, 200))
    assert score(analyse, photos.encode(image, "PNG")) < 0.1


@pytest.mark.parametrize("image_format", ["PNG", "JPEG", "WEBP"])
def test_gray_is_gray_in_every_format(analyse: Analyse, image_format: str) -> None:
    gray = photos.load("camera.png").convert("L")
    for image in (gray, gray.convert("RGB")):
        data = photos.encode(image, image_format)
        assert analyse(data, "image_analysis")["grayscale"] is True


def test_coloured_pictures_are_not_gray(analyse: Analyse) -> None:
    for name in photos.NAMES:
        assert analyse(photos.read(name), "image_analysis")["grayscale"] is False
    sepia = np.asarray(photos.load("camera.png"), np.float32) * (1.0, 0.85, 0.65)
    data = photos.encode(Image.fromarray(sepia.astype(np.uint8)), "JPEG")
    assert analyse(data, "image_analysis")["grayscale"] is False
    stained = photos.load("camera.png")
    ImageDraw.Draw(stained).rectangle((100, 100, 140, 140), "red")
    assert analyse(photos.encode(stained, "PNG"), "image_analysis")["grayscale"] is False


@pytest.mark.parametrize("image_format", ["PNG", "WEBP", "AVIF", "TIFF"])
def test_transparency_is_seen_at_full_size(analyse: Analyse, image_format: str) -> None:
    """A single pixel of a picture that is looked at much smaller."""
    image = photos.load("coffee.png").convert("RGBA")
    opaque = photos.encode(image, image_format, lossless=True)
    assert analyse(opaque, "image_analysis")["semi_transparent"] is False
    image.putpixel((301, 201), (0, 0, 0, 0))
    pierced = photos.encode(image, image_format, lossless=True)
    assert analyse(pierced, "image_analysis")["semi_transparent"] is True


def test_sixteen_bits_and_one(analyse: Analyse) -> None:
    deep = Image.fromarray(np.asarray(photos.load("camera.png").convert("L"), np.uint16) * 257)
    bare = analyse(photos.encode(deep, "PNG"), "image_analysis", "colors")
    keyed = analyse(photos.encode(deep, "PNG", transparency=0), "image_analysis", "colors")
    assert bare["grayscale"] is True and bare["colors"] == keyed["colors"]
    bits = photos.encode(photos.load("horse.png").convert("1"), "PNG")
    assert analyse(bits, "image_analysis") == {
        "illustration_score": 1.0,
        "semi_transparent": False,
        "grayscale": True,
    }


def test_a_pixel_and_nothing(analyse: Analyse) -> None:
    pixel = photos.encode(Image.new("RGB", (1, 1), "red"), "PNG")
    assert analyse(pixel, "image_analysis")["illustration_score"] == 1.0
    nothing = analyse(photos.encode(Image.new("RGBA", (9, 9)), "PNG"), "image_analysis")
    assert nothing == {"illustration_score": 0.0, "semi_transparent": True, "grayscale": True}


def test_an_animation_is_its_first_frame(analyse: Analyse) -> None:
    data = photos.animate([drawing(), photos.load("chelsea.png", (400, 300))], "GIF")
    assert Image.open(io.BytesIO(data)).n_frames == 2  # type: ignore[attr-defined]  # GIFs have it
    assert score(analyse, data) > 0.8
