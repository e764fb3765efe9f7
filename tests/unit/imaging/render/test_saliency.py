from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from app.domain.geometry import Area
from app.imaging.render.saliency import SIDE, importance, place
from tests import photos

#: Where each photo's subject is: left, top, right and lower edge as shares of its sides. Drawn
#: by hand around the pagoda, the large dahlia, the cat's eyes and nose, the cup with its spoon,
#: the astronaut's head, the rocket, and the cameraman's head with his camera.
SUBJECTS = {
    "china.jpg": (0.11, 0.06, 0.575, 0.86),
    "flower.jpg": (0.255, 0.19, 0.71, 0.84),
    "chelsea.png": (0.28, 0.24, 0.80, 0.90),
    "coffee.png": (0.28, 0.03, 0.72, 0.93),
    "astronaut.png": (0.29, 0.02, 0.60, 0.38),
    "rocket.jpg": (0.455, 0.28, 0.545, 1.0),
    "camera.png": (0.28, 0.11, 0.67, 0.55),
}
#: How much wider and higher than its subject a window is.
ROOMS = (1.15, 1.4)


def noise(width: int, height: int) -> Image.Image:
    values = np.random.default_rng(4).integers(0, 256, (height, width, 3), np.uint8)
    return Image.fromarray(values)


def views(name: str) -> Iterator[tuple[Image.Image, Area]]:
    """The photo, and parts of it with the subject near each of its edges; where the subject is."""
    photo = photos.load(name)
    width, height = photo.size
    sides = (width, height, width, height)
    subject = [share * side for share, side in zip(SUBJECTS[name], sides, strict=True)]
    margin = 0.08
    cuts = [
        (0, 0, width, height),
        (0, 0, min(width, int(subject[2] + margin * width)), height),
        (max(0, int(subject[0] - margin * width)), 0, width, height),
        (0, 0, width, min(height, int(subject[3] + margin * height))),
        (0, max(0, int(subject[1] - margin * height)), width, height),
    ]
    for cut in cuts:
        left, top = cut[:2]
        moved = (subject[0] - left, subject[1] - top, subject[2] - left, subject[3] - top)
        yield photo.crop(cut), moved


def windows(view: Image.Image, subject: Area) -> Iterator[tuple[float, float]]:
    """Upright, level and square windows into which the subject fits, and that leave a choice."""
    for room in ROOMS:
        width, height = (subject[2] - subject[0]) * room, (subject[3] - subject[1]) * room
        square = max(width, height)
        for asked in ((width, view.height), (view.width, height), (square, square)):
            window = (min(asked[0], view.width), min(asked[1], view.height))
            if window[0] < 0.95 * view.width or window[1] < 0.95 * view.height:
                yield window


def kept(subject: Area, start: tuple[float, float], window: tuple[float, float]) -> float:
    """How much of the subject a window shows, 0 … 1."""
    across, down = (
        max(
            0.0,
            min(subject[axis + 2], start[axis] + window[axis]) - max(subject[axis], start[axis]),
        )
        / (subject[axis + 2] - subject[axis])
        for axis in (0, 1)
    )
    return across * down


def hits(name: str, faces: bool = False) -> tuple[int, int, int]:
    """In how many windows 90 % of the subject are kept: ours, central ones, of how many."""
    ours = central = total = 0
    for view, subject in views(name):
        known = [subject] if faces else []
        for window in windows(view, subject):
            middle = ((view.width - window[0]) / 2, (view.height - window[1]) / 2)
            start = place(view, view.size, window, faces=known)
            ours += kept(subject, start, window) >= 0.9
            central += kept(subject, middle, window) >= 0.9
            total += 1
    return ours, central, total


def test_windows_keep_subjects_that_central_ones_lose() -> None:
    found = {name: hits(name) for name in SUBJECTS}
    ours, central, total = (sum(column) for column in zip(*found.values(), strict=True))
    assert all(mine >= middle for mine, middle, _ in found.values()), found
    # Measured: 158 of 177, the middle 103; all but the astronaut's head among brighter things.
    assert ours >= 0.85 * total and central <= 0.65 * total, found


def test_a_known_face_is_kept_among_stronger_things() -> None:
    ours, central, total = hits("astronaut.png", faces=True)
    assert ours == total > central


def test_subjects_stand_out_in_the_map() -> None:
    for name in ("flower.jpg", "china.jpg", "rocket.jpg"):
        weights = importance(photos.load(name))
        height, width = weights.shape
        left, top, right, bottom = SUBJECTS[name]
        rows = slice(round(top * height), round(bottom * height))
        columns = slice(round(left * width), round(right * width))
        assert weights[rows, columns].mean() > 1.5 * weights.mean(), name


@settings(deadline=None, max_examples=50)
@given(
    st.tuples(st.integers(1, 300), st.integers(1, 300)),
    st.floats(0.01, 1),
    st.floats(0.01, 1),
    st.sampled_from(["RGB", "RGBA"]),
)
def test_the_window_lies_inside(
    size: tuple[int, int], across: float, down: float, mode: str
) -> None:
    picture = noise(*size).convert(mode)
    window = (size[0] * across, size[1] * down)
    face = (0.0, 0.0, min(5.0, size[0]), min(5.0, size[1]))
    left, top = place(picture, size, window, faces=[face])
    assert 0 <= left <= size[0] - window[0] and 0 <= top <= size[1] - window[1]
    assert (left, top) == place(picture.copy(), size, window, faces=[face])


@pytest.mark.parametrize("corner", [(0, 0), (1, 0), (0, 1), (1, 1)])
def test_a_lone_thing_in_a_corner_is_reached(corner: tuple[int, int]) -> None:
    plain = Image.new("RGB", (400, 300), "white")
    x, y = corner[0] * 370, corner[1] * 270
    plain.paste((200, 0, 0), (x, y, x + 30, y + 30))
    left, top = place(plain, plain.size, (60, 60))
    assert abs(left - corner[0] * 340) <= 30 and abs(top - corner[1] * 240) <= 30


def test_a_plain_picture_is_cut_in_the_middle() -> None:
    plain = Image.new("RGB", (400, 300), "beige")
    left, top = place(plain, plain.size, (100, 300))
    assert left == pytest.approx(150, abs=400 / SIDE) and top == 0


def test_what_is_transparent_does_not_matter() -> None:
    picture = Image.new("RGBA", (200, 100), (255, 255, 255, 255))
    picture.paste((90, 0, 0, 255), (160, 40, 180, 60))
    picture.paste(noise(100, 100), (0, 0))
    hidden = picture.copy()
    hidden.paste((0, 0, 0, 0), (0, 0, 100, 100))
    assert place(picture, picture.size, (60, 100))[0] < 60
    assert place(hidden, hidden.size, (60, 100))[0] > 115
    hole = Image.new("RGBA", (96, 96), (0, 0, 0, 255))
    hole.paste((0, 0, 0, 0), (32, 32, 64, 64))
    assert importance(hole)[32:64, 32:64].max() == 0


def test_the_size_a_reduced_picture_stands_for() -> None:
    photo = photos.load("china.jpg")
    full = place(photo, photo.size, (200, 427))
    half = place(photo.reduce(2), photo.size, (200, 427))
    assert half == pytest.approx(full, abs=2 * 640 / SIDE)


def test_importance_is_a_share() -> None:
    weights = importance(photos.load("coffee.png"))
    assert weights.dtype == np.float32 and weights.shape == (64, 96)
    assert weights.min() >= 0 and weights.sum() == pytest.approx(1, abs=1e-4)


def test_it_is_fast() -> None:
    photo = photos.load("china.jpg")
    best = min(_seconds(photo) for _ in range(20))
    assert best < 0.005


def _seconds(photo: Image.Image) -> float:
    start = time.perf_counter()
    place(photo, photo.size, (200, 427))
    return time.perf_counter() - start
