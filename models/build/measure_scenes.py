"""Measures ``lite2-core`` on scenes that it has not seen.

    python -m models.build.measure_scenes MATERIAL PHOTOS [--parts 4]

The shipped file learns from all scenes; a figure on these would flatter it. So it is trained anew
with each part of the scenes left out (also where the material shows them), and tags that part, at
both levels of detail. Precision and recall are those of `lenticular evaluate` with ``objects``.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

from app.domain.detail import LEVELS, Detail
from app.domain.faces import Faces
from app.domain.images import InputSpec
from app.imaging.imager import PillowImager
from app.tagging.catalogue import load_faces, load_tagger
from app.tagging.tagger import Tagger
from models.build import seal
from models.build.head_examples import Photos
from models.build.head_objects import read_boxes
from models.build.heads import CLASSIFIER, MODELS, Sources, train_core

THRESHOLD = 0.4


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("material", type=Path)
    parser.add_argument("photos", type=Path)
    parser.add_argument("--parts", type=int, default=4)
    options = parser.parse_args()
    sources = Sources.read(options.material, options.photos)
    said: dict[Detail, dict[int, set[str]]] = {level: {} for level in LEVELS}
    vocabulary: frozenset[str] = frozenset()
    for part in range(options.parts):
        with tempfile.TemporaryDirectory() as name:
            models = Path(name)
            for model in (CLASSIFIER, "mtcnn", "lite2-core"):
                shutil.copytree(MODELS / model, models / model)
            train_core(
                sources, _without(sources.scenes, options.parts, part), models / "lite2-core"
            )
            seal.write(models / "lite2-core")
            tagger = load_tagger(models, CLASSIFIER, ("lite2-core",))
            vocabulary = tagger.vocabulary()
            for index in range(part, len(sources.scenes.files), options.parts):
                file = options.photos / "scenes" / sources.scenes.files[index]
                for level in LEVELS:
                    said[level][index] = _tags(tagger, models, file, level)
    for level in LEVELS:
        print(level, _figures(sources, said[level], vocabulary))


def _without(scenes: Photos, parts: int, part: int) -> Photos:
    kept = [index for index in range(len(scenes.files)) if index % parts != part]
    return replace(
        scenes,
        files=tuple(scenes.files[index] for index in kept),
        rows=tuple(scenes.rows[index] for index in kept),
        embeddings={spec: seen[kept] for spec, seen in scenes.embeddings.items()},
    )


def _tags(tagger: Tagger, models: Path, file: Path, level: Detail) -> set[str]:
    imager = PillowImager(max_pixels=10**8)
    specs, faces = list(tagger.inputs(level)), None
    if level == "thorough":
        detector = load_faces(models, "mtcnn")
        view = InputSpec(detector.long_side, resample="bilinear", fit="inside")
        pixels = imager.inspect(file, [*specs, view]).inputs
        faces = Faces(detector.detect(pixels[view][0]), f"{detector.name} {detector.version}")
    else:
        pixels = imager.inspect(file, specs).inputs
    found = tagger.categorize(pixels, level, faces)
    return {item.word for item in found if item.confidence >= THRESHOLD}


def _figures(sources: Sources, said: dict[int, set[str]], vocabulary: frozenset[str]) -> str:
    """Precision over words that name an object, recall over objects that can be named."""
    words = set().union(*sources.accepted.values())
    right = wrong = found = there = 0
    for index, tags in said.items():
        objects = {box.name for box in read_boxes(sources.scenes.rows[index])}
        true = set().union(*(sources.accepted.get(name, set()) for name in objects))
        right += len(tags & words & true)
        wrong += len((tags & words) - true)
        named = [name for name in objects if sources.accepted.get(name, set()) & vocabulary]
        there += len(named)
        found += sum(bool(sources.accepted[name] & tags) for name in named)
    untagged = sum(not tags for tags in said.values())
    return (
        f"precision {right / (right + wrong):.3f} ({right + wrong} words), "
        f"recall {found / there:.3f} ({there} objects), {untagged} of {len(said)} untagged"
    )


if __name__ == "__main__":
    main()
