"""Measures of quality follow what is done to a picture."""

from __future__ import annotations

import io
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageFilter

from tests import photos
from tests.unit.imaging.analysis.conftest import Analyse

NAMES = (*photos.NAMES, "camera.png")
CAMERA_MEASURES = ("focus", "noise", "contrast", "exposure", "saturation", "blockiness")


def measured(analyse: Analyse, data: bytes) -> tuple[dict[str, float], float]:
    found = analyse(data, "quality_analysis")
    assert set(found) == {"quality_analysis", "quality_score"}
    return found["quality_analysis"], found["quality_score"]


def falls(values: list[float]) -> bool:
    return all(before > after for before, after in pairwise(values))


@pytest.mark.parametrize("name", NAMES)
def test_blur_lowers_focus_and_score(analyse: Analyse, name: str) -> None:
    photo = photos.load(name)
    blurred = [photo, *(photo.filter(ImageFilter.GaussianBlur(by)) for by in (1, 2, 3, 5))]
    results = [measured(analyse, photos.encode(image, "PNG")) for image in blurred]
    focus = [measures["focus"] for measures, _ in results]
    assert falls(focus) and falls([score for _, score in results])
    assert focus[0] > 0.75 and focus[3] < 0.4


@pytest.mark.parametrize("name", NAMES)
def test_compression_lowers_the_score(analyse: Analyse, name: str) -> None:
    photo = photos.load(name)
    results = [
        measured(analyse, photos.encode(photo, "JPEG", quality=quality)) for quality in (90, 30, 10)
    ]
    assert falls([score for _, score in results])
    assert falls([measures["jpeg_quality"] for measures, _ in results])
    assert falls([measures["blockiness"] for measures, _ in results])


@pytest.mark.parametrize("quality", [25, 50, 75, 90])
def test_the_quality_of_a_jpeg_is_read_from_its_tables(analyse: Analyse, quality: int) -> None:
    data = photos.encode(photos.load("coffee.png"), "JPEG", quality=quality, subsampling="4:2:2")
    measures, _ = measured(analyse, data)
    assert measures["jpeg_quality"] == pytest.approx(quality / 100, abs=0.03)
    assert measures["jpeg_chroma"] == pytest.approx(quality / 100, abs=0.03)
    assert measures["chroma_subsampling"] == 0.5


def test_blocks_are_seen_in_other_formats_and_in_crops(analyse: Analyse) -> None:
    photo = photos.load("chelsea.png")
    damaged = Image.open(io.BytesIO(photos.encode(photo, "JPEG", quality=10))).crop(
        (3, 5, 400, 290)
    )
    good, good_score = measured(analyse, photos.encode(photo, "PNG"))
    bad, bad_score = measured(analyse, photos.encode(damaged, "PNG"))
    assert good["blockiness"] == 1.0 and bad["blockiness"] < 0.5
    assert bad_score < good_score - 0.2
    assert "jpeg_quality" not in bad


def test_noise_is_measured_where_it_is_smooth(analyse: Analyse) -> None:
    photo = photos.load("rocket.jpg")
    random = np.random.default_rng(7)
    results = []
    for deviation in (0, 8, 20):
        noisy = np.asarray(photo) + random.normal(0, deviation, (*photo.size[::-1], 3))
        image = Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8))
        results.append(measured(analyse, photos.encode(image, "PNG")))
    assert results[0][0]["noise"] == 1.0
    assert falls([measures["noise"] for measures, _ in results])
    assert falls([score for _, score in results])


def test_tones_and_colours(analyse: Analyse) -> None:
    photo = photos.load("coffee.png")

    def changed(table: list[int]) -> dict[str, float]:
        return measured(analyse, photos.encode(photo.point(table * 3), "PNG"))[0]

    plain = measured(analyse, photos.encode(photo, "PNG"))[0]
    dull = changed([96 + level // 4 for level in range(256)])
    dark = changed([level // 8 for level in range(256)])
    bright = changed([224 + level // 8 for level in range(256)])
    gray = measured(analyse, photos.encode(photo.convert("L"), "PNG"))[0]
    assert dull["contrast"] < plain["contrast"] / 2
    assert dark["exposure"] < 0.4 and bright["exposure"] < 0.4 < plain["exposure"]
    assert gray["saturation"] == 0.0 and plain["saturation"] > 0.8
    assert all(it["color_score"] < plain["color_score"] for it in (dull, dark, bright, gray))


def test_resolution_is_that_of_the_file(analyse: Analyse) -> None:
    photo = photos.load("china.jpg")
    small, _ = measured(analyse, photos.encode(photo.resize((300, 200)), "JPEG"))
    large, _ = measured(analyse, photos.encode(photo.resize((1600, 1067)), "JPEG"))
    assert small["resolution"] == 0.06 and large["resolution"] == 1.0
    assert "blockiness" not in large  # it is looked at reduced, where blocks are gone


@pytest.mark.parametrize("size", [(1, 1), (4, 3), (500, 1), (1, 500), (11, 11), (40, 12)])
def test_tiny_pictures_have_measures_too(analyse: Analyse, size: tuple[int, int]) -> None:
    measures, score = measured(analyse, photos.encode(photos.load("china.jpg", size), "PNG"))
    assert all(0 <= value <= 1 for value in (*measures.values(), score))
    assert set(CAMERA_MEASURES) <= set(measures)


@pytest.mark.parametrize(
    ("mode", "image_format", "options"),
    [
        ("L", "JPEG", {}),
        ("CMYK", "JPEG", {}),
        ("RGB", "JPEG", {"progressive": True, "subsampling": "4:4:4"}),
        ("RGB", "AVIF", {}),
        ("RGB", "TIFF", {}),
    ],
)
def test_all_kinds_of_files(
    analyse: Analyse, mode: str, image_format: str, options: dict[str, Any]
) -> None:
    image = photos.load("coffee.png", (300, 200)).convert(mode)
    measures, score = measured(analyse, photos.encode(image, image_format, **options))
    assert all(0 <= value <= 1 for value in measures.values()) and score > 0.5
    assert ("jpeg_quality" in measures) == (image_format == "JPEG")
    assert ("jpeg_chroma" in measures) == (image_format == "JPEG" and mode != "L")
