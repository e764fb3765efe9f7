"""The perceptual hash: the same for copies, another for other pictures."""

from __future__ import annotations

from itertools import combinations

import pytest
from PIL import Image

from app.domain.analysis import phash_distance
from tests import photos
from tests.unit.imaging.analysis.conftest import Analyse

#: Bits in which copies may differ, and in which different pictures do.
SAME, DIFFERENT = 4, 20

NAMES = (*photos.NAMES, "camera.png")


def copies(image: Image.Image) -> dict[str, bytes]:
    half = image.resize((image.width // 2, image.height // 2))
    return {
        "half the size": photos.encode(half, "PNG"),
        "JPEG of quality 40": photos.encode(image, "JPEG", quality=40),
        "WebP": photos.encode(image, "WEBP", quality=75),
        "half the size as JPEG": photos.encode(half, "JPEG", quality=60),
        "GIF": photos.encode(image, "GIF"),
    }


@pytest.mark.parametrize("name", NAMES)
def test_copies_have_nearly_the_same_hash(analyse: Analyse, name: str) -> None:
    original = analyse(photos.encode(photos.load(name), "PNG"), "phash")["phash"]
    assert len(original) == 16 and original == original.lower() and int(original, 16)
    for what, data in copies(photos.load(name)).items():
        found = analyse(data, "phash")["phash"]
        assert phash_distance(original, found) <= SAME, what


def test_different_photos_have_different_hashes(analyse: Analyse) -> None:
    hashes = [analyse(photos.read(name), "phash")["phash"] for name in NAMES]
    assert min(phash_distance(*pair) for pair in combinations(hashes, 2)) >= DIFFERENT


def test_the_hash_is_that_of_the_upright_picture(analyse: Analyse) -> None:
    photo = photos.load("chelsea.png")
    upright = analyse(photos.encode(photo, "JPEG", quality=90), "phash")["phash"]
    lying = photo.transpose(Image.Transpose.ROTATE_90)
    turned = analyse(photos.turned(lying, 6, "JPEG", quality=90), "phash")["phash"]
    assert phash_distance(upright, turned) <= SAME
    bare = analyse(photos.encode(lying, "JPEG", quality=90), "phash")["phash"]
    assert phash_distance(upright, bare) >= DIFFERENT


def test_brightness_does_not_matter(analyse: Analyse) -> None:
    photo = photos.load("coffee.png")
    darker = photo.point([round(level * 0.7) for level in range(256)] * 3)
    one, other = (analyse(photos.encode(it, "PNG"), "phash")["phash"] for it in (photo, darker))
    assert phash_distance(one, other) <= SAME


def test_pictures_of_one_colour_are_all_the_same(analyse: Analyse) -> None:
    hashes = {
        analyse(photos.encode(Image.new("RGB", (50, 50), colour), "JPEG"), "phash")["phash"]
        for colour in ("red", "#123456", "white")
    }
    assert hashes == {"0" * 16}
