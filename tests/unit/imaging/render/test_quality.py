"""``q_auto``: every picture has its own quality, and meets the target of the level."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image
from skimage.metrics import structural_similarity

from app.imaging import decode
from app.imaging.render import encoding, quality
from app.imaging.render.similarity import Reference
from tests import photos

FORMATS = ("jpg", "webp", "avif")


@pytest.fixture(scope="module", autouse=True)
def _registered() -> None:
    decode.register(50_000_000)


def photo(name: str, width: int = 500) -> Image.Image:
    whole = photos.load(name)
    return whole.resize((width, round(width * whole.height / whole.width)))


def similarity(image: Image.Image, extension: str, chosen: int) -> float:
    """Of the whole file, by a library that has nothing to do with ours."""
    data = encoding.still(image, extension, encoding.options(extension, chosen))
    with Image.open(io.BytesIO(data)) as decoded:
        luma = np.asarray(decoded.convert("RGB").convert("L"))
    return float(structural_similarity(np.asarray(image.convert("L")), luma, data_range=255))


@pytest.mark.parametrize("name", photos.NAMES)
@pytest.mark.parametrize("extension", FORMATS)
def test_the_target_is_met_by_every_photo(name: str, extension: str) -> None:
    image = photo(name)
    chosen = quality.choose(image, extension, "good")
    assert similarity(image, extension, chosen) == pytest.approx(0.97, abs=0.01)


@pytest.mark.parametrize("level", quality.TARGETS)
@pytest.mark.parametrize("extension", FORMATS)
def test_every_level_has_its_target(level: str, extension: str) -> None:
    image = photo("china.jpg")
    chosen = quality.choose(image, extension, level)
    reached = similarity(image, extension, chosen)
    assert reached == pytest.approx(quality.TARGETS[level], abs=0.01)


@pytest.mark.parametrize("extension", FORMATS)
def test_photos_differ(extension: str) -> None:
    chosen = {name: quality.choose(photo(name), extension, "good") for name in photos.NAMES}
    assert len(set(chosen.values())) >= 3
    assert chosen["flower.jpg"] < chosen["coffee.png"] - 5


@pytest.mark.parametrize("extension", FORMATS)
def test_better_levels_make_larger_files(extension: str) -> None:
    image = photo("coffee.png", 300)
    sizes = []
    for level in ("low", "eco", "good", "best"):
        options = encoding.options(extension, quality.choose(image, extension, level))
        sizes.append(len(encoding.still(image, extension, options)))
    assert sizes == sorted(set(sizes))


@pytest.mark.parametrize("extension", FORMATS)
def test_large_pictures_are_sampled_and_still_meet_it(extension: str) -> None:
    # Four photos in one: no part of it stands for the whole.
    names = ("china.jpg", "flower.jpg", "coffee.png", "astronaut.png")
    image = Image.new("RGB", (1280, 860))
    for number, name in enumerate(names):
        image.paste(photos.load(name, (640, 430)), (number % 2 * 640, number // 2 * 430))
    chosen = quality.choose(image, extension, "good")
    assert similarity(image, extension, chosen) == pytest.approx(0.97, abs=0.01)


@pytest.mark.parametrize("size", [(1, 1), (6, 400), (7, 7), (9000, 63), (64, 9000), (5000, 100)])
def test_every_shape_has_a_quality(size: tuple[int, int]) -> None:
    low, high = quality.RANGES["jpg"]
    assert low <= quality.choose(photos.load("china.jpg", size), "jpg", "good") <= high


def test_what_has_no_detail_gets_the_least_quality_and_noise_more() -> None:
    assert quality.choose(Image.new("RGB", (200, 200), (9, 90, 200)), "jpg", "good") == 25
    noise = np.random.default_rng(2).integers(0, 256, (200, 200, 3), np.uint8)
    assert quality.choose(Image.fromarray(noise), "jpg", "best") > 25


def test_transparent_parts_are_seen_on_white() -> None:
    image = photo("chelsea.png", 200).convert("RGBA")
    image.putalpha(0)
    white = Image.new("RGB", image.size, (255, 255, 255))
    assert quality.choose(image, "webp", "good") == quality.choose(white, "webp", "good")


def test_the_same_picture_has_the_same_quality() -> None:
    image = photo("rocket.jpg")
    assert len({quality.choose(image, "webp", "good") for _ in range(3)}) == 1


@pytest.mark.parametrize("name", photos.NAMES)
@pytest.mark.parametrize("setting", [5, 40, 90])
def test_similarity_is_that_of_the_field(name: str, setting: int) -> None:
    luma = photo(name, 201).convert("L")
    with Image.open(io.BytesIO(photos.encode(luma, "JPEG", quality=setting))) as changed:
        one, other = np.asarray(luma), np.asarray(changed)
    expected = structural_similarity(one, other, data_range=255)
    assert Reference(one[np.newaxis]).ssim(other[np.newaxis]) == pytest.approx(expected, abs=5e-4)


def test_similarity_of_tiles_does_not_look_across_their_edges() -> None:
    tiles = np.random.default_rng(3).integers(0, 256, (5, 20, 30), np.uint8)
    others = np.clip(tiles.astype(int) + 20, 0, 255).astype(np.uint8)
    each = [structural_similarity(a, b, data_range=255) for a, b in zip(tiles, others, strict=True)]
    assert Reference(tiles).ssim(others) == pytest.approx(np.mean(each), abs=1e-4)
    assert Reference(tiles).ssim(tiles) == pytest.approx(1, abs=1e-5)
