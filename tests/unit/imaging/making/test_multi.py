"""Animations and PDFs made of pictures; texts as pictures."""

from __future__ import annotations

import io
import re

import numpy as np
import pytest
from PIL import Image

from app.domain.errors import BadRequest
from app.domain.rendering import RenderLimits, Source
from app.domain.transformation.steps import Colour, Output, TextLayer, TextStyle
from app.imaging.making.maker import PillowMaker
from tests import photos

MAKER = PillowMaker(RenderLimits(frames=20, frame_pixels=200_000))

FRAMES = [photos.load(name, (80, 60)) for name in ("china.jpg", "flower.jpg", "rocket.jpg")]


def sources(*images: Image.Image) -> list[Source]:
    return [Source(photos.encode(image, "PNG"), "png", *image.size) for image in images]


def frames(data: bytes) -> tuple[list[Image.Image], list[int], Image.Image]:
    found, durations = [], []
    image = Image.open(io.BytesIO(data))
    for number in range(image.n_frames):  # type: ignore[attr-defined]  # of animations
        image.seek(number)
        image.load()
        found.append(image.convert("RGBA"))
        durations.append(image.info["duration"])
    return found, durations, image


def difference(one: Image.Image, other: Image.Image) -> float:
    first, second = (np.asarray(each.convert("RGB"), np.float64) for each in (one, other))
    return float(np.abs(first - second).mean())


@pytest.mark.parametrize(("extension", "most"), [("gif", 6.0), ("png", 0.0), ("webp", 6.0)])
def test_each_picture_is_a_frame(extension: str, most: float) -> None:
    made = MAKER.multi(sources(*FRAMES), Output(delay=150), extension)
    assert (made.format, made.width, made.height, made.pages) == (extension, 80, 60, 3)
    found, durations, image = frames(made.data)
    assert durations == [150] * 3
    assert image.info.get("loop") == 0
    for frame, original in zip(found, FRAMES, strict=True):
        assert difference(frame, original) <= most
    assert difference(found[0], FRAMES[1]) > 20


def test_without_a_delay_a_tenth_of_a_second() -> None:
    _, durations, _ = frames(MAKER.multi(sources(*FRAMES), Output(), "gif").data)
    assert durations == [100] * 3


def test_the_number_of_showings() -> None:
    _, _, image = frames(MAKER.multi(sources(*FRAMES), Output(loop=2), "webp").data)
    assert image.info["loop"] == 3  # shown once, and twice again


def test_smaller_pictures_stand_in_the_middle() -> None:
    small = FRAMES[1].resize((20, 10))
    found, _, _ = frames(MAKER.multi(sources(FRAMES[0], small), Output(), "png").data)
    assert [frame.size for frame in found] == [(80, 60)] * 2
    assert found[1].crop((30, 25, 50, 35)).convert("RGB").tobytes() == small.tobytes()
    assert found[1].getpixel((5, 5)) == (0, 0, 0, 0)
    assert found[0].getchannel("A").getextrema() == (255, 255)


def test_one_picture_makes_a_still() -> None:
    made = MAKER.multi(sources(FRAMES[0]), Output(), "gif")
    assert made.pages == 1


def test_a_pdf_has_each_picture_on_a_page_of_its_size() -> None:
    tall = FRAMES[1].resize((40, 100)).convert("RGBA")
    tall.putalpha(0)
    made = MAKER.multi(sources(FRAMES[0], tall), Output(), "pdf")
    assert (made.format, made.pages, made.width, made.height) == ("pdf", 2, 80, 60)
    boxes = re.findall(rb"/MediaBox \[ ?0 0 ([\d.]+) ([\d.]+) ?\]", made.data)
    assert [(float(width), float(height)) for width, height in boxes] == [(80, 60), (40, 100)]
    assert MAKER.multi(sources(FRAMES[0], tall), Output(), "pdf").data == made.data


def test_limits() -> None:
    with pytest.raises(BadRequest, match=r"frame count is too large\. Got 21"):
        MAKER.multi(sources(*FRAMES) * 7, Output(), "gif")
    large = sources(FRAMES[0].resize((400, 300)), FRAMES[1].resize((400, 300)))
    for extension in ("gif", "pdf"):
        with pytest.raises(BadRequest, match="Animation has too many pixels"):
            MAKER.multi(large, Output(), extension)


def test_a_small_one_counts_as_large_as_the_canvas() -> None:
    large = sources(FRAMES[0].resize((400, 300)))
    with pytest.raises(BadRequest, match="Animation has too many pixels"):
        MAKER.multi([*large, *sources(*FRAMES)], Output(), "gif")
    assert MAKER.multi([*large, *sources(*FRAMES)], Output(), "pdf").pages == 4


def test_text_is_set_as_a_png() -> None:
    style = TextStyle("Open Sans", 40.0, weight="bold")
    plain = MAKER.text(TextLayer("Hello", style, colour=Colour(0, 0, 255)))
    with Image.open(io.BytesIO(plain.data)) as image:
        assert (image.format, image.mode, image.size) == (
            "PNG",
            "RGBA",
            (plain.width, plain.height),
        )
        pixels = np.asarray(image)
    assert pixels[pixels[..., 3] == 255][:, :3].tolist() == [[0, 0, 255]] * int(
        (pixels[..., 3] == 255).sum()
    )
    assert 25 < plain.height < 50
    backed = MAKER.text(TextLayer("Hello", style, background=Colour(255, 255, 0)))
    with Image.open(io.BytesIO(backed.data)) as image:
        assert image.convert("RGB").getpixel((0, 0)) == (255, 255, 0)
        assert not image.has_transparency_data
