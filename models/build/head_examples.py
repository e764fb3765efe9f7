"""Examples for the shipped heads: the study's material, our labels, and the boxes of the scenes."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.progress import track

from app.domain.images import InputSpec
from app.imaging.imager import PillowImager
from app.tagging.engine import Floats
from app.tagging.tagger import Tagger
from app.tagging.training import Examples

LABELS = Path(__file__).parent / "labels"

COCO = ("coco128", "cocomini", "coco_tiny", "tiny_coco")
CORE = (*COCO, "weather", "nips", "inet")
ALL = (*CORE, "flickr8k", "intel", "scene15", "sun8", "miml", "houses", "daynight", "sunset")

#: A view that shows a photo as the material's squashed copies do.
SQUASHED = InputSpec(260, fit="squash")
ENDS = (InputSpec(260, 1.0, at=(0.0, 0.0)), InputSpec(260, 1.0, at=(1.0, 1.0)))
TILES = tuple(
    InputSpec(260, crop, at=(x, y))
    for crop, places in ((0.62, (0.0, 1.0)), (0.5, (0.0, 0.5, 1.0)))
    for x in places
    for y in places
)
MIDDLE = InputSpec(260, 0.62)
#: Parts of single subjects: these show the subject, or a corner that may not.
SUBJECT_PARTS = (MIDDLE, TILES[0], TILES[3])

#: A word's examples of one sign and one source together count no more than this.
CAP = 1800.0
#: Two photos whose embeddings lie closer than this are the same photo.
SAME = 8.0


@dataclass(frozen=True, slots=True)
class Photos:
    """Labelled photos with what the network saw of them.

    Attributes:
        embeddings: for each view (n, width), the centre first.
        labels: for each file its words: 1 present, -1 unknown; what is missing is absent.
        rows: what ``labels.tsv`` beside the photos says of each.
    """

    files: tuple[str, ...]
    embeddings: dict[InputSpec, Floats]
    labels: dict[str, dict[str, int]]
    rows: tuple[dict[str, str], ...]

    def label(self, index: int, word: str) -> int:
        """1, 0 or -1."""
        return self.labels[self.files[index]].get(word, 0)


def look(tagger: Tagger, folder: Path, labels: str, parts: Sequence[InputSpec]) -> Photos:
    """Run the network over a folder of photos for which we have labels.

    Args:
        parts: views beside the whole ones.
    """
    with (LABELS / labels).open(encoding="utf-8") as file:
        marked = {
            row["file"]: _marks(row["tags"] or "") for row in csv.DictReader(file, delimiter="\t")
        }
    with (folder / "labels.tsv").open(encoding="utf-8") as file:
        rows = tuple(row for row in csv.DictReader(file, delimiter="\t") if row["file"] in marked)
    centre = tagger.inputs("fast")[0]
    specs = (centre, SQUASHED, *ENDS, *parts)
    imager = PillowImager(max_pixels=10**8)
    seen: dict[InputSpec, list[Floats]] = {spec: [] for spec in specs}
    for row in track(rows, folder.name):
        views = imager.inspect(folder / row["file"], specs).inputs
        for spec in specs:
            seen[spec].append(tagger.classifier.run(views[spec])[1])
    stacked = {spec: np.stack(items) for spec, items in seen.items()}
    return Photos(tuple(row["file"] for row in rows), stacked, marked, rows)


def _marks(text: str) -> dict[str, int]:
    return {word.rstrip("?"): -1 if word.endswith("?") else 1 for word in text.split()}


class Material:
    """The study's embeddings and labels (see ``heads/README.md`` beside them)."""

    def __init__(self, path: Path) -> None:
        stored = np.load(path / "embeddings.npz", allow_pickle=False)
        scale, zero = stored["scale"], stored["zero_point"]
        self.embeddings = (stored["E_u8"].astype(np.float32) - zero) * scale
        self.squashed = (stored["E_squash_u8"].astype(np.float32) - zero) * scale
        self.squashed_rows = stored["squash_rows"]
        self.labels, self.weights = stored["Y"], stored["weight"].astype(np.float32)
        self.sources, self.tags = stored["source"], [str(tag) for tag in stored["tags"]]
        self.usable = stored["split"] != "none"

    def without(self, photos: Photos, among: Sequence[str]) -> None:
        """Leave out what shows one of these photos: our labels of them are better."""
        centre = next(iter(photos.embeddings.values()))
        rows = np.flatnonzero(np.isin(self.sources, among))
        for start in range(0, len(rows), 2000):
            block = rows[start : start + 2000]
            inner = self.embeddings[block] @ centre.T
            squares = (self.embeddings[block] ** 2).sum(1)[:, None] + (centre**2).sum(1)[None]
            self.usable[block[(squares - 2 * inner).min(axis=1) < SAME**2]] = False


#: Photos of a source beyond this number teach nothing new (30 % of all gave the same ranking).
MOST_OF_A_SOURCE = 3000


def scene_examples(
    material: Material, sources: Sequence[str], words: Sequence[str], photos: Sequence[Photos]
) -> tuple[Examples, NDArray[np.bool_]]:
    """Everything that teaches scene words, weighted by the study's recipe.

    Returns:
        The examples, and which of them show scenes of many things.
    """
    blocks = [*_from_material(material, sources, words)]
    for number, group in enumerate(photos):
        blocks += _from_photos(group, words, number)
    embeddings, labels, weights, names, judged, owners = zip(*blocks, strict=True)
    total = np.concatenate(weights)
    source = np.concatenate(names)
    stacked = np.concatenate(labels)
    _cap(total, stacked, source)
    examples = Examples(
        np.concatenate(embeddings),
        stacked,
        total,
        np.concatenate(owners),
        np.concatenate(judged),
    )
    return examples, np.isin(source, (*COCO, "scenes"))


Block = tuple[
    NDArray[np.floating],
    NDArray[np.int8],
    NDArray[np.float32],
    NDArray[np.str_],
    NDArray[np.float32],
    NDArray[np.int64],
]


def _from_material(
    material: Material, sources: Sequence[str], words: Sequence[str]
) -> Iterator[Block]:
    chosen = []
    for source in sources:
        rows = np.flatnonzero(material.usable & (material.sources == source))
        chosen.append(np.random.default_rng(0).permutation(rows)[:MOST_OF_A_SOURCE])
    rows = np.sort(np.concatenate(chosen))
    labels = np.full((len(rows), len(words)), -1, np.int8)
    weights = np.ones((len(rows), len(words)), np.float32)
    names = material.sources[rows]
    for column, word in enumerate(words):
        if word in material.tags:
            labels[:, column] = material.labels[rows, material.tags.index(word)]
            weights[:, column] = material.weights[rows, material.tags.index(word)]
        elif word == "busy":
            labels[np.isin(names, COCO), column] = 1
            labels[np.isin(names, ("inet", "nips")), column] = 0
    judged = np.where(np.isin(names, COCO), 4.0, np.where(names == "weather", 0.3, 1.0))
    yield material.embeddings[rows], labels, weights, names, judged.astype(np.float32), rows
    place = {int(row): number for number, row in enumerate(rows)}
    copies = [(n, place[int(r)]) for n, r in enumerate(material.squashed_rows) if int(r) in place]
    squashed, own = (np.array(items, np.int64) for items in zip(*copies, strict=True))
    yield (
        material.squashed[squashed],
        labels[own],
        weights[own] * np.float32(0.7),
        names[own],
        np.zeros(len(own), np.float32),
        rows[own],
    )


def _from_photos(photos: Photos, words: Sequence[str], number: int) -> Iterator[Block]:
    scenes = photos.rows and any(name.startswith("objects") for name in photos.rows[0])
    count = len(photos.files)
    known = {name for marks in photos.labels.values() for name in marks}
    labels = np.full((count, len(words)), -1, np.int8)
    for column, word in enumerate(words):
        if word == "busy":
            labels[:, column] = 1 if scenes else 0
        elif word in known:
            labels[:, column] = [photos.label(index, word) for index in range(count)]
    name = np.full(count, "scenes" if scenes else "single")
    owner = 10**6 * (number + 1) + np.arange(count)
    for spec, weight in zip(photos.embeddings, (1.0, 0.6, 0.4, 0.4), strict=False):
        first = spec == next(iter(photos.embeddings))
        yield (
            photos.embeddings[spec],
            labels,
            np.full(labels.shape, weight, np.float32),
            name,
            np.full(count, (4.0 if scenes else 2.5) if first else 0.0, np.float32),
            owner,
        )


def _cap(weights: NDArray[np.float32], labels: NDArray[np.int8], sources: NDArray[np.str_]) -> None:
    """No source outweighs the others for its size alone: COCO counts four times, ImageNet three."""
    for source in np.unique(sources):
        rows = sources == source
        weights[rows] *= (
            4 if source in (*COCO, "scenes") else 3 if source in ("inet", "single") else 1
        )
        for column in range(labels.shape[1]):
            for sign in (0, 1):
                cell = rows & (labels[:, column] == sign)
                total = float(weights[cell, column].sum())
                if total > CAP:
                    weights[cell, column] *= CAP / total
