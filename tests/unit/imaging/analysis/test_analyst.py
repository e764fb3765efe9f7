"""The analyst as a whole: views, results, bad input."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from app.domain.analysis import ANALYSES, PictureAnalyst
from app.domain.errors import BadRequest, InvalidImage
from app.domain.images import InputSpec
from app.imaging.analysis.analyst import PillowAnalyst
from app.imaging.imager import PillowImager
from tests import photos
from tests.unit.imaging.analysis.conftest import Analyse

KEYS = {
    "colors": ["colors", "predominant"],
    "phash": ["phash"],
    "quality_analysis": ["quality_analysis", "quality_score"],
    "accessibility_analysis": ["accessibility_analysis"],
    "cinemagraph_analysis": ["cinemagraph_analysis"],
    "image_analysis": ["illustration_score", "semi_transparent", "grayscale"],
}


@pytest.fixture
def analyst() -> PictureAnalyst:
    return PillowAnalyst(max_pixels=20_000_000)


@pytest.mark.parametrize("name", ANALYSES)
def test_each_analysis_answers_under_its_keys(analyse: Analyse, name: str) -> None:
    assert list(analyse(photos.read("china.jpg"), name)) == KEYS[name]


@pytest.mark.parametrize("name", [*photos.NAMES, *photos.ODD])
def test_results_are_json_and_the_same_every_time(analyse: Analyse, name: str) -> None:
    data = photos.read(name)
    found = analyse(data, *ANALYSES)
    assert list(found) == [key for analysis in ANALYSES for key in KEYS[analysis]]
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert analyse(data, *reversed(ANALYSES)) == found


def test_nothing_is_wanted_or_known(analyst: PictureAnalyst, analyse: Analyse) -> None:
    assert analyst.views(()) == analyst.views(("exif", "faces")) == ()
    assert analyse(photos.read("china.jpg"), "exif") == {}


def test_views_are_small_and_shared(analyst: PictureAnalyst) -> None:
    views = analyst.views(ANALYSES)
    assert len(views) == len(set(views)) == 3
    assert all(view.size <= 960 for view in views)
    assert max(view.size for view in analyst.views(set(ANALYSES) - {"quality_analysis"})) <= 128


def test_further_views_do_not_matter(analyst: PictureAnalyst, imager: PillowImager) -> None:
    """The service decodes once for the analyses and the engines that tag."""
    data = photos.read("chelsea.png")
    wanted = ("colors", "phash")
    other = InputSpec(224)
    inputs = imager.inspect(data, (*analyst.views(wanted), other)).inputs
    assert analyst.analyse(data, inputs, wanted)["phash"]


def test_a_file_on_disk(analyst: PictureAnalyst, imager: PillowImager, analyse: Analyse) -> None:
    path = photos.path("coffee.png")
    inputs = imager.inspect(path, analyst.views(ANALYSES)).inputs
    assert analyst.analyse(path, inputs, ANALYSES) == analyse(path.read_bytes(), *ANALYSES)


def test_files_that_were_never_accepted(
    analyst: PictureAnalyst, imager: PillowImager, tmp_path: Path
) -> None:
    translucent = photos.encode(photos.load("coffee.png").convert("RGBA"), "PNG")
    inputs = imager.inspect(translucent, analyst.views(ANALYSES)).inputs
    with pytest.raises(InvalidImage):
        analyst.analyse(b"no picture", inputs, ANALYSES)
    with pytest.raises(InvalidImage):
        analyst.analyse(translucent[: len(translucent) // 2], inputs, ANALYSES)
    with pytest.raises(OSError, match="none"):
        analyst.analyse(tmp_path / "none.png", inputs, ANALYSES)
    with pytest.raises(BadRequest, match="pixel count is too large"):
        PillowAnalyst(max_pixels=1000).analyse(translucent, inputs, ANALYSES)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
@pytest.mark.parametrize("size", [(1, 1), (1, 40), (3, 2), (33, 33)])
def test_every_mode_at_every_size(analyse: Analyse, mode: str, size: tuple[int, int]) -> None:
    found = analyse(photos.encode(Image.new(mode, size), "PNG"), *ANALYSES)
    assert len(found) == sum(map(len, KEYS.values()))
