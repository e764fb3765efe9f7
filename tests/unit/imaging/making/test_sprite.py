"""Sheets of sprites: what lies where, pixel by pixel."""

from __future__ import annotations

import io
import itertools
import random

import pytest
from PIL import Image

from app.domain.errors import BadRequest, InvalidImage
from app.domain.making.ports import Sheet
from app.domain.rendering import RenderLimits, Source
from app.domain.transformation.steps import Output
from app.imaging.making.maker import PillowMaker
from app.imaging.making.sprite import pack
from tests import photos

MAKER = PillowMaker(RenderLimits(pixels_out=300_000, side=2000))

PICTURES = {
    "china": photos.load("china.jpg", (200, 130)),
    "chelsea": photos.load("chelsea.png", (90, 140)),
    "coffee": photos.load("coffee.png", (64, 64)),
    "rocket": photos.load("rocket.jpg", (10, 150)),
}


def source(image: Image.Image, extension: str = "png", **options: object) -> Source:
    name = {"png": "PNG", "jpg": "JPEG", "gif": "GIF", "webp": "WEBP"}[extension]
    return Source(photos.encode(image, name, **options), extension, *image.size)


def opened(sheet: Sheet) -> Image.Image:
    return Image.open(io.BytesIO(sheet.image.data))


def test_every_region_shows_its_picture() -> None:
    pictures = [(name, source(image)) for name, image in PICTURES.items()]
    sheet = MAKER.sprite(pictures, Output(), "png")
    image = opened(sheet)
    assert (image.format, image.size) == ("PNG", (sheet.image.width, sheet.image.height))
    assert [region.name for region in sheet.regions] == list(PICTURES)
    for region in sheet.regions:
        box = (region.x, region.y, region.x + region.width, region.y + region.height)
        assert image.convert("RGB").crop(box).tobytes() == PICTURES[region.name].tobytes()


def test_transparency_is_kept_and_the_rest_of_the_sheet_is_transparent() -> None:
    half = PICTURES["coffee"].convert("RGBA")
    half.putalpha(77)
    sheet = MAKER.sprite(
        [("half", source(half)), ("china", source(PICTURES["china"]))], Output(), "png"
    )
    image = opened(sheet)
    assert image.mode == "RGBA"
    region = sheet.regions[0]
    box = (region.x, region.y, region.x + region.width, region.y + region.height)
    assert image.crop(box).tobytes() == half.tobytes()
    assert image.getchannel("A").getextrema() == (0, 255)
    # JPEG has no transparency: what is covered by nothing is white there.
    white = opened(
        MAKER.sprite(
            [("half", source(half)), ("china", source(PICTURES["china"]))],
            Output(quality=95),
            "jpg",
        )
    )
    assert white.getpixel((white.width - 1, white.height - 1)) == (255, 255, 255)


def test_pictures_stand_upright_and_animations_still() -> None:
    turned = Source(photos.turned(PICTURES["china"], 6, "JPEG", quality=95), "jpg", 130, 200)
    frames = [PICTURES["coffee"], PICTURES["coffee"].transpose(Image.Transpose.ROTATE_180)]
    moving = Source(photos.animate(frames, "WEBP", lossless=True), "webp", 64, 64, 2)
    sheet = MAKER.sprite([("turned", turned), ("moving", moving)], Output(), "png")
    assert [(region.width, region.height) for region in sheet.regions] == [(130, 200), (64, 64)]
    region = sheet.regions[1]
    box = (region.x, region.y, region.x + 64, region.y + 64)
    assert opened(sheet).convert("RGB").crop(box).tobytes() == frames[0].tobytes()


def test_too_many_pixels_are_refused() -> None:
    pictures = [(str(number), source(PICTURES["china"])) for number in range(12)]
    with pytest.raises(BadRequest, match="Sprite has too many pixels"):
        MAKER.sprite(pictures, Output(), "png")
    wide = source(Image.new("RGB", (2001, 1)))
    with pytest.raises(BadRequest, match="too large"):
        MAKER.sprite([("wide", wide)], Output(), "png")


def test_a_damaged_picture_is_refused() -> None:
    whole = photos.encode(PICTURES["china"], "PNG")
    with pytest.raises(InvalidImage):
        MAKER.sprite([("half", Source(whole[:2000], "png", 200, 130))], Output(), "png")
    with pytest.raises(InvalidImage):
        MAKER.sprite([("svg", Source(b"<svg/>", "svg", 1, 1))], Output(), "png")


def test_rectangles_do_not_touch_and_waste_little() -> None:
    drawn = random.Random(3)
    for count in (1, 2, 7, 60, 500):
        sizes = [(drawn.randint(1, 120), drawn.randint(1, 120)) for _ in range(count)]
        places, (width, height) = pack(sizes)
        boxes = [(x, y, x + w, y + h) for (x, y), (w, h) in zip(places, sizes, strict=True)]
        assert all(0 <= x < right <= width and 0 <= y < low <= height for x, y, right, low in boxes)
        for one, other in itertools.combinations(boxes, 2):
            apart = one[2] < other[0] or other[2] < one[0] or one[3] < other[1] or other[3] < one[1]
            assert apart
        if count >= 60:
            assert sum(w * h for w, h in sizes) > 0.75 * width * height
            assert 0.5 < width / height < 2


def test_equal_pictures_stay_in_order() -> None:
    places, _ = pack([(10, 10)] * 9)
    assert places == sorted(places, key=lambda place: (place[1], place[0]))
