"""Still pictures, films, and what is in between."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from app.imaging.analysis import cinemagraph
from tests import photos
from tests.unit.imaging.analysis.conftest import Analyse

FORMATS = ("GIF", "WEBP", "PNG")


def score(analyse: Analyse, data: bytes) -> float:
    found = analyse(data, "cinemagraph_analysis")
    assert list(found) == ["cinemagraph_analysis"]
    value = found["cinemagraph_analysis"]["cinemagraph_score"]
    assert isinstance(value, float)
    return value


def flickering(side: int, frames: int = 6) -> list[Image.Image]:
    """A photo of 320 × 214 in which a square changes all the time."""
    random = np.random.default_rng(3)
    photo = np.asarray(photos.load("china.jpg", (320, 214)))
    result = []
    for number in range(frames):
        frame = photo.copy()
        square = frame[20 : 20 + side, 40 : 40 + side]
        square[:] = random.integers(0, 60, square.shape) + (number % 2) * 190
        result.append(Image.fromarray(frame))
    return result


@pytest.mark.parametrize("image_format", FORMATS)
def test_a_small_thing_that_moves_before_a_still_ground(
    analyse: Analyse, image_format: str
) -> None:
    assert score(analyse, photos.animate(flickering(60), image_format, duration=50)) == 1.0


@pytest.mark.parametrize("image_format", FORMATS)
def test_a_film_is_none(analyse: Analyse, image_format: str) -> None:
    photo = photos.load("coffee.png")
    scenes = [photo.crop((left, 0, left + 300, 300)) for left in range(0, 300, 60)]
    scenes.append(photos.load("rocket.jpg", (300, 300)))
    assert score(analyse, photos.animate(scenes, image_format, duration=50)) < 0.2


def test_the_score_falls_with_the_part_that_moves(analyse: Analyse) -> None:
    scores = [
        score(analyse, photos.animate(flickering(side), "WEBP", duration=50, lossless=True))
        for side in (100, 180, 190, 194)
    ]
    assert scores[0] == 1.0 and scores == sorted(scores, reverse=True) and scores[-1] < 1.0


@pytest.mark.parametrize("name", [*photos.NAMES, "multipage.tif"])
def test_still_pictures_and_pages_are_none(analyse: Analyse, name: str) -> None:
    assert score(analyse, photos.read(name)) == 0.0


def test_an_animation_in_which_nothing_moves_is_none(analyse: Analyse) -> None:
    photo = photos.load("china.jpg", (200, 133))
    dithered = [photo.quantize(colours).convert("RGB") for colours in (256, 255, 254)]
    assert score(analyse, photos.animate(dithered, "GIF", duration=50)) == 0.0


def test_a_damaged_frame_ends_the_film(analyse: Analyse) -> None:
    whole = photos.animate(flickering(60, frames=8), "GIF", duration=50)
    assert score(analyse, whole[: len(whole) * 2 // 3]) == 1.0


def test_a_file_that_ends_anywhere_behind_its_first_frame(analyse: Analyse) -> None:
    first, *others = flickering(60, frames=2)
    still = len(photos.encode(first, "GIF"))
    whole = photos.animate([first, *others], "GIF", duration=50)
    for end in (still + 1, still + 9, still + 20, still + 300, len(whole) - 1):
        assert 0 <= score(analyse, whole[:end]) <= 1


def test_only_so_many_frames_are_decoded(analyse: Analyse, monkeypatch: pytest.MonkeyPatch) -> None:
    still = [photos.load("china.jpg", (320, 214))] * 2
    late = photos.animate([*still, *flickering(60)], "PNG", duration=50)
    assert score(analyse, late) == 1.0
    monkeypatch.setattr(cinemagraph, "_PIXELS", 320 * 214)
    assert score(analyse, late) == 0.0


def test_transparent_ground_does_not_move(analyse: Analyse) -> None:
    frames = []
    for number in range(6):
        frame = Image.new("RGBA", (200, 200), (0, 0, 0, 0))
        frame.paste((200, 30, 30, 255), (20 + number * 4, 20, 60 + number * 4, 60))
        frames.append(frame)
    data = photos.animate(frames, "GIF", duration=50, disposal=2)
    assert score(analyse, data) == 1.0
