"""Canvases behind padded pictures."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from app.domain.errors import BadRequest
from app.domain.transformation.steps import Background, Colour
from app.imaging.render.backgrounds import canvas
from tests import photos

SIZE = (160, 100)


@pytest.fixture
def framed() -> Image.Image:
    """Mostly green, a quarter orange, and a red border that is blue at the right."""
    image = Image.new("RGB", (100, 100), (30, 160, 60))
    image.paste((230, 140, 20), (60, 10, 95, 80))
    for box in ((0, 0, 100, 2), (0, 98, 100, 100), (0, 0, 2, 100)):
        image.paste((200, 20, 30), box)
    image.paste((20, 30, 200), (98, 0, 100, 100))
    return image


def auto(image: Image.Image, *arguments: str) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    made = canvas(image, SIZE, Background("auto", arguments=arguments))
    assert made.size == SIZE
    assert made.mode == "RGB"
    return np.asarray(made).astype(np.int64)


def test_nothing_is_transparent(framed: Image.Image) -> None:
    made = canvas(framed, SIZE, None)
    assert (made.size, made.mode) == (SIZE, "RGBA")
    assert made.getbbox() is None


def test_a_colour_fills_the_canvas(framed: Image.Image) -> None:
    made = canvas(framed, SIZE, Background(colour=Colour(1, 2, 3)))
    assert made.mode == "RGB"
    assert made.getcolors() == [(16000, (1, 2, 3))]
    half = canvas(framed, SIZE, Background(colour=Colour(1, 2, 3, 4)))
    assert half.getcolors() == [(16000, (1, 2, 3, 4))]


def test_auto_is_the_borders_colour(framed: Image.Image) -> None:
    assert (auto(framed) == (200, 20, 30)).all()
    assert (auto(framed) == auto(framed, "border")).all()


def test_predominant_is_the_pictures_colour(framed: Image.Image) -> None:
    assert np.abs(auto(framed, "predominant") - (30, 160, 60)).max() <= 1


def test_what_is_transparent_does_not_count(framed: Image.Image) -> None:
    shape = framed.convert("RGBA")
    shape.putalpha(0)
    shape.paste((230, 140, 20, 255), (30, 0, 60, 100))
    assert (auto(shape) == (230, 140, 20)).all()
    assert (auto(shape, "predominant") == (230, 140, 20)).all()
    assert (auto(Image.new("RGBA", (9, 9))) == 255).all()


@pytest.mark.parametrize("mode", ["border", "predominant"])
def test_contrast_is_far_in_light(mode: str) -> None:
    for level in range(0, 256, 15):
        image = Image.new("RGB", (20, 20), (level, level, level))
        assert abs(int(auto(image, f"{mode}_contrast")[0, 0, 0]) - level) >= 95


def test_a_gradient_of_two_runs_from_side_to_side(framed: Image.Image) -> None:
    made = auto(framed, "border_gradient")
    assert tuple(made[50, 0]) == (200, 20, 30)
    assert tuple(made[50, -1]) == (20, 30, 200)
    assert (np.diff(made[50, :, 0]) <= 0).all()
    assert np.abs(np.diff(made[50, :, 0])).max() <= 3
    assert np.ptp(made, axis=0).max() == 0
    down = auto(framed, "predominant_gradient", "2", "vertical")
    assert tuple(down[0, 50]) == (30, 160, 60)
    assert np.abs(down[-1, 50] - (230, 140, 20)).max() <= 1
    assert np.ptp(down, axis=1).max() == 0


def test_diagonal_gradients_mirror_each_other(framed: Image.Image) -> None:
    falling = auto(framed, "predominant_gradient", "2", "diagonal_desc")
    rising = auto(framed, "predominant_gradient", "2", "diagonal_asc")
    assert tuple(falling[0, 0]) == (30, 160, 60) == tuple(rising[-1, 0])
    assert np.abs(falling - rising[::-1]).max() <= 2


def test_a_gradient_of_four_joins_the_corners() -> None:
    image = Image.new("RGB", (50, 50))
    corners = ((250, 0, 0), (0, 250, 0), (0, 0, 250), (250, 250, 0))
    for colour, (x, y) in zip(corners, ((0, 0), (25, 0), (25, 25), (0, 25)), strict=True):
        image.paste(colour, (x, y, x + 25, y + 25))
    made = auto(image, "border_gradient", "4")
    found = (made[0, 0], made[0, -1], made[-1, -1], made[-1, 0])
    assert [tuple(corner) for corner in found] == list(corners)
    assert np.abs(made[50, 80] - np.mean(corners, axis=0)).max() <= 4


def test_a_palette_gives_its_nearest_colours(framed: Image.Image) -> None:
    made = auto(framed, "border", "palette_lime_tomato_navy")
    assert tuple(made[0, 0]) == (255, 99, 71)
    ends = auto(framed, "border_gradient_contrast", "2", "horizontal", "palette_cyan_yellow")
    assert {tuple(ends[0, 0]), tuple(ends[0, -1])} == {(0, 255, 255), (255, 255, 0)}


@pytest.mark.parametrize(
    "arguments",
    [("middle",), ("border", "3"), ("border_gradient", "3"), ("border", "palette_nocolour")],
)
def test_unknown_arguments_are_refused(framed: Image.Image, arguments: tuple[str, ...]) -> None:
    with pytest.raises(BadRequest, match=arguments[-1]):
        auto(framed, *arguments)


def _blurred(
    image: Image.Image, *arguments: str
) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    made = canvas(image, SIZE, Background("blurred", arguments=arguments))
    assert (made.size, made.mode) == (SIZE, "RGB")
    return np.asarray(made).astype(np.int64)


def test_blurred_is_the_picture_itself() -> None:
    photo = photos.load("astronaut.png", (200, 200))
    cover = np.asarray(photo.resize((160, 160)).crop((0, 30, 160, 130)), np.float64)
    variances = [_blurred(photo, level).std(axis=(0, 1)).mean() for level in ("1", "50", "400")]
    assert cover.std(axis=(0, 1)).mean() > variances[0] > variances[1] > variances[2]
    assert np.abs(_blurred(photo).mean(axis=(0, 1)) - cover.mean(axis=(0, 1))).max() < 8
    # Blurred, but still the picture: its halves differ as they did.
    assert (
        np.corrcoef(_blurred(photo, "50").mean(axis=2).ravel(), cover.mean(axis=2).ravel())[0, 1]
        > 0.8
    )


def test_blurred_takes_a_brightness() -> None:
    photo = photos.load("chelsea.png", (200, 150))
    levels = [_blurred(photo, "100", str(value)).mean() for value in (-300, -50, 0, 100)]
    assert levels == sorted(levels)
    assert levels[0] == 0
    assert levels[1] == pytest.approx(levels[2] / 2, rel=0.02)
    with pytest.raises(BadRequest, match="brightness"):
        _blurred(photo, "100", "101")
    with pytest.raises(BadRequest, match="intensity"):
        _blurred(photo, "0")


@pytest.mark.parametrize("arguments", [(), ("predominant_gradient", "4"), ("border_gradient",)])
def test_tiny_pictures_have_backgrounds(arguments: tuple[str, ...]) -> None:
    for size in ((1, 1), (1, 5)):
        assert (auto(Image.new("RGB", size, (9, 8, 7)), *arguments) == (9, 8, 7)).all()
        made = canvas(Image.new("RGB", size), (1, 1), Background("blurred"))
        assert made.size == (1, 1)
