"""Trains the shipped heads, ``lite2-core`` and ``lite2-scenes``.

    python -m models.build.heads MATERIAL PHOTOS [--only core|scenes] [--into DIRECTORY]

MATERIAL is the folder of the study's embeddings and PHOTOS that of the labelled photos (``single/``
and ``scenes/``); neither is part of the repository. What was labelled by us is: ``labels/*.tsv``.
Afterwards `python -m models.build.seal NAME` writes the hashes.
``models.build.measure_scenes`` trains on a part of the scenes and measures on the others.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from rich.progress import Progress

from app.tagging.catalogue import load_tagger
from app.tagging.gates import LEAST_GATE, find_gate
from app.tagging.heads import TAGS, WEIGHTS
from app.tagging.tagger import Tagger
from app.tagging.training import FOLDS, Examples, Trained, average_precision, train
from models.build.head_examples import (
    ALL,
    COCO,
    CORE,
    MIDDLE,
    SUBJECT_PARTS,
    TILES,
    Material,
    Photos,
    look,
    scene_examples,
)
from models.build.head_objects import accepted_words, object_examples
from models.build.head_words import (
    MORE_WORDS,
    OBJECT_LEAST,
    OBJECT_WORDS,
    SCENE_WORDS,
    HeadWord,
)

MODELS = Path(__file__).parents[1]
CLASSIFIER = "lite2-int8"
STRENGTHS = (0.3, 0.1, 0.03)

#: The columns of ``tags.tsv``. The figures are of photos that were left out, at 0.5.
COLUMNS = ("word", "synset", "parents", "gate", "crowded", "parts", "positives")
COLUMNS += ("precision", "recall", "average precision")

Row: TypeAlias = tuple[str, NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class Sources:
    """What the heads learn from."""

    tagger: Tagger
    material: Material
    single: Photos
    scenes: Photos
    accepted: dict[str, set[str]]

    @classmethod
    def read(cls, material: Path, photos: Path) -> Sources:
        """Read the material, and look at the photos."""
        tagger = load_tagger(MODELS, CLASSIFIER)
        single = look(tagger, photos / "single", "single.tsv", SUBJECT_PARTS)
        scenes = look(tagger, photos / "scenes", "scenes.tsv", (MIDDLE, *TILES))
        stored = Material(material)
        # Our labels of these photos are better than the material's.
        stored.without(single, ("inet",))
        stored.without(scenes, COCO)
        accepted = accepted_words(photos / "scenes" / "words.tsv")
        return cls(tagger, stored, single, scenes, accepted)


def train_core(sources: Sources, scenes: Photos, folder: Path) -> None:
    """``lite2-core``: scene words from open sources, and the objects of scenes."""
    photos = [sources.single, scenes]
    examples, crowded = scene_examples(sources.material, CORE, _names(SCENE_WORDS), photos)
    trained = _trained("core", examples)
    names, taxonomy = _names(OBJECT_WORDS), sources.tagger.taxonomy
    boxes = object_examples(scenes, sources.single, names, sources.accepted, taxonomy)
    objects = _trained("objects", boxes)
    rows = _scene_rows(SCENE_WORDS, examples, crowded, trained)
    rows += [
        _row(word, (OBJECT_LEAST, LEAST_GATE), boxes, objects, column)
        for column, word in enumerate(OBJECT_WORDS)
    ]
    _write(folder, rows)


def train_scenes(sources: Sources, folder: Path) -> None:
    """``lite2-scenes``: more scene words, from all sources."""
    words = [*(word for word in SCENE_WORDS if word.name != "busy"), *MORE_WORDS]
    photos = [sources.single, sources.scenes]
    examples, crowded = scene_examples(sources.material, ALL, _names(words), photos)
    _write(folder, _scene_rows(words, examples, crowded, _trained("scenes", examples)))


def main() -> None:
    """Train and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("material", type=Path)
    parser.add_argument("photos", type=Path)
    parser.add_argument("--only", choices=("core", "scenes"))
    options = parser.parse_args()
    sources = Sources.read(options.material, options.photos)
    if options.only != "scenes":
        train_core(sources, sources.scenes, MODELS / "lite2-core")
    if options.only != "core":
        train_scenes(sources, MODELS / "lite2-scenes")


def _names(words: Sequence[HeadWord]) -> list[str]:
    return [word.name for word in words]


def _trained(title: str, examples: Examples) -> Trained:
    with Progress() as progress:
        task = progress.add_task(f"Training {title}", total=FOLDS * len(STRENGTHS) + 1)
        return train(examples, strengths=STRENGTHS, step=lambda: progress.advance(task))


def _scene_rows(
    words: Sequence[HeadWord], examples: Examples, crowded: NDArray[np.bool_], trained: Trained
) -> list[Row]:
    """The words that have a gate, with it; one that only scenes have keeps silent elsewhere."""
    rows = []
    for column, word in enumerate(words):
        known = (examples.labels[:, column] >= 0) * examples.judged
        truth, scores = examples.labels[:, column] == 1, trained.left_out[:, column]
        alone = find_gate(scores, truth, known * ~crowded, least=word.least, precision=word.promise)
        among = find_gate(
            scores, truth, known * crowded, least=word.crowded_least, precision=word.promise
        )
        if word.name == "busy":
            alone = among = 1.0
        found = [bar for bar in (alone, among) if bar is not None]
        if found:
            # What is reliable of single subjects is so among many: too few scenes may prove it.
            gates = (1.0 if alone is None else alone, min(found))
            rows.append(_row(word, gates, examples, trained, column))
    return rows


def _row(
    word: HeadWord, gates: tuple[float, float], examples: Examples, trained: Trained, column: int
) -> Row:
    """A word's line in the table, and its weights."""
    weights = (examples.labels[:, column] >= 0) * examples.judged
    truth, scores = examples.labels[:, column] == 1, trained.left_out[:, column]
    said = weights * (scores >= 0.5)
    right = float(said @ truth)
    fields = (
        word.text,
        word.synset,
        ", ".join(word.parents),
        f"{gates[0]:.2f}",
        f"{gates[1]:.2f}",
        "yes" if word.parts else "no",
        str(int((truth & (weights > 0)).sum())),
        f"{right / max(float(said.sum()), 1e-9):.2f}",
        f"{right / max(float(weights @ truth), 1e-9):.2f}",
        f"{average_precision(scores, truth.astype(float), weights):.2f}",
    )
    return "\t".join(fields), trained.weights[column]


def _write(folder: Path, rows: Sequence[Row]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    np.save(folder / WEIGHTS, np.stack([weights for _, weights in rows]))
    text = "\n".join(["\t".join(COLUMNS), *(line for line, _ in rows)]) + "\n"
    (folder / TAGS).write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
