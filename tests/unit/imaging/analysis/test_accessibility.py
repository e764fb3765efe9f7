"""What colour blindness takes from pictures."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

from app.imaging.analysis.perception import DICHROMACIES, oklab
from tests import photos
from tests.unit.imaging.analysis.conftest import Analyse


def chart(*colours: str) -> bytes:
    """A pie chart on white."""
    image = Image.new("RGB", (400, 300), "white")
    draw = ImageDraw.Draw(image)
    for number, colour in enumerate(colours):
        turn = 360 / len(colours)
        draw.pieslice((50, 25, 350, 275), number * turn, (number + 1) * turn, colour)
    return photos.encode(image, "PNG")


def analysis(analyse: Analyse, data: bytes) -> tuple[dict[str, Any], float]:
    found = analyse(data, "accessibility_analysis")["accessibility_analysis"]
    return found["colorblind_accessibility_analysis"], found["colorblind_accessibility_score"]


def test_red_and_green_are_told_apart_badly(analyse: Analyse) -> None:
    bad, bad_score = analysis(analyse, chart("#c0392b", "#5a7a1e", "#3040c0"))
    good, good_score = analysis(analyse, chart("#1040c0", "#e0c010", "#202020"))
    assert bad["most_indistinct_pair"] == ["#C0392B", "#5A7A1E"]
    assert bad["distinct_colors"] < 0.7 and good["distinct_colors"] > 0.95
    assert bad["distinct_edges"] < good["distinct_edges"]
    assert bad_score < good_score
    assert bad_score == pytest.approx(
        (bad["distinct_edges"] + bad["distinct_colors"]) / 2, abs=0.01
    )


def test_what_is_drawn_in_red_on_green_is_camouflaged(analyse: Analyse) -> None:
    def leaf(ground: str, drawn: str) -> bytes:
        image = Image.new("RGB", (200, 200), ground)
        draw = ImageDraw.Draw(image)
        for step in range(20, 200, 40):
            draw.ellipse((step - 15, step - 15, step + 15, step + 15), drawn)
            draw.ellipse((step - 15, 185 - step, step + 15, 215 - step), drawn)
        return photos.encode(image, "PNG")

    hidden, _ = analysis(analyse, leaf("#6b7a2a", "#b0502a"))
    plain, _ = analysis(analyse, leaf("#2a3a7a", "#e0d080"))
    assert hidden["distinct_edges"] < 0.5 and plain["distinct_edges"] > 0.9


@pytest.mark.parametrize("name", photos.NAMES)
def test_photos_score_between_the_bounds(analyse: Analyse, name: str) -> None:
    found, score = analysis(analyse, photos.read(name))
    one, other = found["most_indistinct_pair"]
    assert one != other and all(len(it) == 7 and it.startswith("#") for it in (one, other))
    assert all(0 <= it <= 1 for it in (score, found["distinct_edges"], found["distinct_colors"]))
    assert found["distinct_edges"] > 0.8


def test_gray_pictures_lose_nothing(analyse: Analyse) -> None:
    found, score = analysis(analyse, photos.read("camera.png"))
    assert score == found["distinct_edges"] == found["distinct_colors"] == 1.0


def test_one_colour_and_none(analyse: Analyse) -> None:
    one, score = analysis(analyse, photos.encode(Image.new("RGB", (20, 20), "#102030"), "PNG"))
    assert one["most_indistinct_pair"] == ["#102030", "#102030"] and score == 1.0
    none, score = analysis(analyse, photos.encode(Image.new("RGBA", (20, 20)), "PNG"))
    assert none["most_indistinct_pair"] == [] and score == 1.0


def test_oklab_of_known_colours() -> None:
    """The values of white, black and the primaries that its author publishes."""
    colours = np.array([[255, 255, 255], [0, 0, 0], [255, 0, 0]], np.uint8)
    expected = [[1.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.62796, 0.22486, 0.12585]]
    assert np.allclose(oklab(colours), expected, atol=2e-3)


@pytest.mark.parametrize("name", DICHROMACIES)
def test_dichromats_see_gray_and_blue_as_everybody_does(name: str) -> None:
    colours = np.array([[128, 128, 128], [0, 0, 255]], np.uint8)
    assert np.allclose(oklab(colours, name)[0], oklab(colours)[0], atol=2e-3)
    assert np.linalg.norm(oklab(colours, name)[1] - oklab(colours)[1]) < 0.1
    # Red and green keep no difference but that of lightness and of yellow.
    seen = oklab(np.array([[200, 60, 50], [60, 200, 50]], np.uint8), name)
    assert abs(seen[0, 1] - seen[1, 1]) < 0.05
