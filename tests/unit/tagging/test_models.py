"""The shipped model: verified, deterministic, and with fixed answers on licensed photos."""

from __future__ import annotations

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from app.imaging.imager import PillowImager
from app.tagging.catalogue import list_models, load_engine
from app.tagging.engine import ModelError, OnnxEngine
from tests import photos

MODELS = Path(__file__).parents[3] / "models"
FIXED = Path(__file__).parents[2] / "data" / "fixed_lists.json"
NAME = "lite2-int8"


@pytest.fixture(scope="module")
def engine() -> OnnxEngine:
    return load_engine(MODELS, NAME)


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    shutil.copytree(MODELS / NAME, tmp_path / NAME)
    return tmp_path


def answers(engine: OnnxEngine) -> dict[str, list[list[object]]]:
    imager = PillowImager(max_pixels=10**8)
    lists = {}
    for name in photos.NAMES:
        pixels = imager.inspect(photos.path(name), [engine.input]).inputs[engine.input]
        lists[name] = [[c.word, c.confidence] for c in engine.categorize(pixels)]
    return lists


def test_fixed_lists_on_licensed_photos(engine: OnnxEngine) -> None:
    """Words and order are fixed; the last decimals belong to the processor's instruction set."""
    expected = json.loads(FIXED.read_text())
    for name, found in answers(engine).items():
        confident = [word for word, confidence in found if float(str(confidence)) >= 0.1]
        assert confident == [word for word, value in expected[name] if value >= 0.1], name
        by_word = {str(word): float(str(confidence)) for word, confidence in found}
        for word, confidence in expected[name]:
            assert abs(by_word.get(word, 0.0) - confidence) < 0.03, (name, word)


def test_a_cat_is_a_cat(engine: OnnxEngine) -> None:
    words = [word for word, _ in answers(engine)["chelsea.png"]]
    assert "cat" in words[:6]


def test_the_same_in_every_thread(engine: OnnxEngine) -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (1, 260, 260, 3), np.uint8)
    expected = engine.categorize(pixels)
    with ThreadPoolExecutor(4) as pool:
        assert all(found == expected for found in pool.map(engine.categorize, [pixels] * 40))


def test_listing() -> None:
    (model,) = [item for item in list_models(MODELS) if item.name == NAME]
    assert (model.version, model.problem) == ("1.0.0", "") and "Apache-2.0" in model.licence


@pytest.mark.parametrize("name", ["model.onnx", "taxonomy.tsv", "activation-ranges.json"])
def test_one_changed_byte_is_found(copied: Path, name: str) -> None:
    path = copied / NAME / name
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(ModelError, match=name):
        load_engine(copied, NAME)
    assert name in list_models(copied)[0].problem


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("size = 260", "size = 224", "the graph takes"),
        ("size = 260", 'size = "big"', "input.size is missing or wrong"),
        ("crop = 0.89", "crop = 1.5", "out of range"),
        ('resample = "bicubic"', 'resample = "nearest"', "bilinear or bicubic"),
        ("temperature = 0.72", "temperature = 0", "temperature must be positive"),
        ('name = "lite2-int8"', 'name = "other"', "model.name must be"),
        ("[input]", "[input", "cannot be read"),
        ('"model.onnx"', '"model2.onnx"', "files.model.onnx has no SHA-256"),
        ("best = 5", "", "output.best is missing"),
    ],
)
def test_broken_manifests_say_why(copied: Path, old: str, new: str, reason: str) -> None:
    path = copied / NAME / "manifest.toml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(ModelError, match=reason):
        load_engine(copied, NAME)


def test_missing_models_and_files(copied: Path) -> None:
    with pytest.raises(ModelError, match="there is no model lite9"):
        load_engine(copied, "lite9")
    (copied / NAME / "model.onnx").unlink()
    with pytest.raises(ModelError, match=r"model\.onnx cannot be read"):
        load_engine(copied, NAME)
