"""Heads are written whole or not at all, and never over what is somebody else's."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from app.tagging import publishing
from app.tagging.catalogue import list_heads, list_models
from app.tagging.gates import measure
from app.tagging.heads import Heads, HeadTag
from app.tagging.labels import TeachingError
from app.tagging.publishing import Place, find_place, publish
from app.tagging.teaching import Origin, Taught

ORIGIN = Origin("lite2-int8", "folders", date(2026, 2, 3))


def taught(*words: str) -> Taught:
    """Heads that know nothing; the last word became no good."""
    labels = (np.arange(100) < 50).astype(np.int8)
    figures = [measure(word, 0.1 + 0.8 * labels, labels) for word in words]
    figures.append(measure("hazy", np.full(100, 0.5), labels))
    tags = tuple(HeadTag(word, "", (), 0.4, 0.4, parts=False) for word in words)
    return Taught(tags, np.ones((len(words), 9), np.float32), tuple(figures), 100, 5)


def names(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


def write(directory: Path, *, replace: bool = False) -> Place:
    place = find_place(directory, "own", replace=replace)
    publish(place, taught("red kite", 'a "quoted" \\ word | and so on'), ORIGIN)
    return place


def test_what_is_written_can_be_used(tmp_path: Path) -> None:
    place = write(tmp_path / "models")
    assert names(place.directory) == ["own"]
    assert names(place.folder) == ["CARD.md", "manifest.toml", "tags.tsv", "weights.npy"]
    (heads,) = list_heads(place.directory)
    assert (heads.name, heads.version, heads.classifier) == ("own", "1.0.0", "lite2-int8")
    assert heads.tags == taught("red kite", 'a "quoted" \\ word | and so on').tags
    manifest = tomllib.loads((place.folder / "manifest.toml").read_text())
    assert manifest["model"]["licence"] == "operator's own"
    assert manifest["training"]["date"] == date(2026, 2, 3)
    figures = manifest["training"]["words"]
    assert set(figures) == {"red kite", 'a "quoted" \\ word | and so on', "hazy"}
    assert figures["red kite"]["gate"] == 0.4 and "gate" not in figures["hazy"]
    card = (place.folder / "CARD.md").read_text()
    assert "| red kite | 50 | 50 | 1.000 | 0.40 | 1.000 | 1.000 | 10.0 |" in card
    assert "* hazy: 50 photos" in card and r"word \| and" in card
    assert Heads.load("own", "1.0.0", place.folder).width == 8


def test_a_changed_byte_is_found(tmp_path: Path) -> None:
    weights = write(tmp_path).folder / "weights.npy"
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)
    assert "weights.npy" in list_models(tmp_path)[0].problem
    assert "weights.npy" in list_heads(tmp_path)[0].problem


def test_each_training_is_a_new_version(tmp_path: Path) -> None:
    write(tmp_path)
    with pytest.raises(TeachingError, match=r"exists \(version 1\.0\.0\); --force"):
        find_place(tmp_path, "own", replace=False)
    assert write(tmp_path, replace=True).version == "1.1.0"
    assert write(tmp_path, replace=True).version == "1.2.0"
    assert list_heads(tmp_path)[0].version == "1.2.0" and names(tmp_path) == ["own"]


def test_two_trainings_at_once_do_not_replace_each_other(tmp_path: Path) -> None:
    late = find_place(tmp_path, "own", replace=False)
    write(tmp_path)
    with pytest.raises(OSError, match="not empty"):
        publish(late, taught("other"), ORIGIN)
    assert names(tmp_path) == ["own"]
    assert list_heads(tmp_path)[0].tags[0].word == "red kite"


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a,b", "a b", ".own", "x" * 65, "ä"])
def test_names_that_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(TeachingError, match="is no name"):
        find_place(tmp_path, name, replace=True)


def test_what_others_made_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    shipped = write(tmp_path).folder
    manifest = (shipped / "manifest.toml").read_text()
    (shipped / "manifest.toml").write_text(manifest.replace("lenticular heads train", "elsewhere"))
    for name in ("photos", "own"):
        with pytest.raises(TeachingError, match="was not made by"):
            find_place(tmp_path, name, replace=True)


def test_a_failure_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(publishing, "write_card", full)
    with pytest.raises(OSError, match="No space"):
        write(tmp_path)
    assert names(tmp_path) == []


def test_a_failure_keeps_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path)
    rename = Path.rename

    def stubborn(self: Path, target: Path) -> Path:
        if self.name == "own" and self.parent != tmp_path:
            raise OSError(5, "Input/output error")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", stubborn)
    with pytest.raises(OSError, match="Input/output"):
        write(tmp_path, replace=True)
    assert names(tmp_path) == ["own"]
    assert list_heads(tmp_path)[0].version == "1.0.0" and not list_heads(tmp_path)[0].problem
