"""The shipped model: verified, deterministic, and with fixed answers on licensed photos."""

from __future__ import annotations

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from app.domain.detail import LEVELS
from app.imaging.imager import PillowImager
from app.tagging.catalogue import list_models, load_faces, load_tagger
from app.tagging.engine import ModelError
from app.tagging.tagger import Tagger
from tests import photos

MODELS = Path(__file__).parents[3] / "models"
FIXED = Path(__file__).parents[2] / "data" / "fixed_lists.json"
NAME, HEADS, FACES = "lite2-int8", "lite2-core", "mtcnn"


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    return load_tagger(MODELS, NAME, [HEADS])


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    for name in (NAME, HEADS, FACES):
        shutil.copytree(MODELS / name, tmp_path / name)
    return tmp_path


def answers(tagger: Tagger) -> dict[str, list[list[object]]]:
    imager = PillowImager(max_pixels=10**8)
    lists = {}
    for name in photos.NAMES:
        views = imager.inspect(photos.path(name), tagger.inputs("fast")).inputs
        lists[name] = [[c.word, c.confidence] for c in tagger.categorize(views)]
    return lists


def test_fixed_lists_on_licensed_photos(tagger: Tagger) -> None:
    """Words and order are fixed; the last decimals belong to the processor's instruction set."""
    expected = json.loads(FIXED.read_text())
    for name, found in answers(tagger).items():
        confident = [word for word, confidence in found if float(str(confidence)) >= 0.1]
        assert confident == [word for word, value in expected[name] if value >= 0.1], name
        by_word = {str(word): float(str(confidence)) for word, confidence in found}
        for word, confidence in expected[name]:
            assert abs(by_word.get(word, 0.0) - confidence) < 0.03, (name, word)


def test_what_a_person_would_type(tagger: Tagger) -> None:
    tags = {
        name: [word for word, confidence in found if float(str(confidence)) >= 0.4]
        for name, found in answers(tagger).items()
    }
    assert {"cat", "pet", "animal"} <= set(tags["chelsea.png"])
    assert {"coffee", "drink"} <= set(tags["coffee.png"])
    assert {"building", "architecture", "outdoor", "sky"} <= set(tags["china.jpg"])
    assert {"flower", "plant"} <= set(tags["flower.jpg"]) and "honeycomb" not in tags["flower.jpg"]
    assert "person" in tags["astronaut.png"]
    assert {"sky", "outdoor"} <= set(tags["rocket.jpg"])


def test_the_same_in_every_thread(tagger: Tagger) -> None:
    generator = np.random.default_rng(1)
    views = {
        spec: generator.integers(0, 256, (1, spec.size, spec.size, 3), np.uint8)
        for spec in tagger.inputs("thorough")
    }
    for detail in LEVELS:
        expected = tagger.categorize(views, detail)
        with ThreadPoolExecutor(4) as pool:
            found = pool.map(lambda _, level=detail: tagger.categorize(views, level), range(40))
            assert all(answer == expected for answer in found)


def test_heads_leave_the_classifier_alone(tagger: Tagger) -> None:
    """The second output of the graph does not move the first, nor do the heads its words."""
    bare = load_tagger(MODELS, NAME, colours=False)
    imager = PillowImager(max_pixels=10**8)
    for name in photos.NAMES:
        views = imager.inspect(photos.path(name), tagger.inputs("fast")).inputs
        alone = {c.word: c.confidence for c in bare.categorize(views)}
        together = {c.word: c.confidence for c in tagger.categorize(views) if not c.source}
        # In busy scenes the odds rise; nowhere do they fall.
        assert all(together[word] >= alone[word] for word in together.keys() & alone.keys())
        assert not {c.source for c in bare.categorize(views)} - {""}


def test_listing() -> None:
    models = {item.name: item for item in list_models(MODELS)}
    assert not any(model.problem for model in models.values())
    kinds = {name: models[name].kind for name in (NAME, HEADS, FACES)}
    assert kinds == {NAME: "classifier", HEADS: "heads", FACES: "faces"}
    assert "Apache-2.0" in models[NAME].licence


CHANGED = [
    (NAME, "model.onnx"),
    (NAME, "taxonomy.tsv"),
    (NAME, "activation-ranges.json"),
    (NAME, "CARD.md"),
    (HEADS, "weights.npy"),
    (HEADS, "tags.tsv"),
    (HEADS, "CARD.md"),
    (FACES, "onet.onnx"),
]


@pytest.mark.parametrize(("model", "name"), CHANGED)
def test_one_changed_byte_is_found(copied: Path, model: str, name: str) -> None:
    path = copied / model / name
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(ModelError, match=name):
        load_tagger(copied, NAME, [HEADS])
        load_faces(copied, FACES)
    (found,) = [item for item in list_models(copied) if item.name == model]
    assert name in found.problem


@pytest.mark.parametrize(
    ("model", "old", "new", "reason"),
    [
        (NAME, "size = 260", "size = 224", "the graph takes"),
        (NAME, "size = 260", 'size = "big"', "input.size is missing or wrong"),
        (NAME, "crop = 0.89", "crop = 1.5", "out of range"),
        (NAME, 'resample = "bicubic"', 'resample = "nearest"', "bilinear or bicubic"),
        (NAME, "temperature = 0.70", "temperature = 0.0", "temperature must be positive"),
        (NAME, 'name = "lite2-int8"', 'name = "other"', "model.name must be"),
        (NAME, "[input]", "[input", "cannot be read"),
        (NAME, '"model.onnx"', '"model2.onnx"', "files.model.onnx has no SHA-256"),
        (NAME, "best = 5", "", "output.best is missing"),
        (NAME, "[0.62, 0.5, 0.5, 1.0]", "[0.62, 0.5, 1.0]", "input.parts holds"),
        (NAME, "fast = 1.0", "quick = 2.5", "output.scene_odds is by fast, thorough"),
        (NAME, "fast = 1.0", "fast = 0.5", "numbers from 1 up"),
        (NAME, "[model]", '[model]\nkind = "oracle"', "model.kind is one of"),
        (HEADS, 'classifier = "lite2-int8"', "", "model.classifier is missing"),
        (HEADS, 'kind = "heads"', 'kind = "faces"', "of the kind faces, not heads"),
    ],
)
def test_broken_manifests_say_why(
    copied: Path, model: str, old: str, new: str, reason: str
) -> None:
    path = copied / model / "manifest.toml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(ModelError, match=reason):
        load_tagger(copied, NAME, [HEADS])


def test_the_other_file_of_heads_adds_words_and_changes_none() -> None:
    both = load_tagger(MODELS, NAME, [HEADS, "lite2-scenes"])
    one = load_tagger(MODELS, NAME, [HEADS])
    more = both.vocabulary() - one.vocabulary()
    assert {"city", "bedroom", "highway", "night", "swimming pool"} <= more
    imager = PillowImager(max_pixels=10**8)
    views = imager.inspect(photos.path("china.jpg"), both.inputs("fast")).inputs
    first = {c.word: c for c in one.categorize(views) if c.source.startswith(HEADS)}
    second = {c.word: c for c in both.categorize(views)}
    assert all(second[word] == category for word, category in first.items())


def test_heads_of_another_classifier_are_left_out(copied: Path) -> None:
    path = copied / HEADS / "manifest.toml"
    path.write_text(path.read_text().replace('classifier = "lite2-int8"', 'classifier = "other"'))
    assert "foliage" not in load_tagger(copied, NAME, [HEADS]).vocabulary()
    assert "foliage" in load_tagger(MODELS, NAME, [HEADS]).vocabulary()


def test_missing_models_and_files(copied: Path) -> None:
    with pytest.raises(ModelError, match=r"there is no model lite9 .*there are: lite2-int8"):
        load_tagger(copied, "lite9")
    with pytest.raises(ModelError, match="there is no model lite9"):
        load_tagger(copied, NAME, ["lite9"])
    (copied / NAME / "model.onnx").unlink()
    with pytest.raises(ModelError, match=r"model\.onnx cannot be read"):
        load_tagger(copied, NAME)
