"""Examples for objects in scenes: every view of a scene is a photo of what its boxes show in it."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.domain.images import InputSpec
from app.tagging.taxonomy import Taxonomy
from app.tagging.training import Examples
from models.build.head_examples import SUBJECT_PARTS, Photos

#: An object is in a view when at least half of its box is, and covers this share of the view.
INSIDE, LEAST_SHARE = 0.5, 0.008
#: With less than this share of the view it is as good as absent; between the two nobody knows.
ABSENT_SHARE = 0.002

#: COCO's classes that may be in any photo of something else: absent from its label means nothing.
COMMON = {"dining table", "chair", "bottle", "cup", "book", "potted plant", "car", "bowl"}


@dataclass(frozen=True, slots=True)
class Box:
    """An object: class, and edges in pixels."""

    name: str
    left: float
    top: float
    right: float
    bottom: float


def read_boxes(row: dict[str, str]) -> list[Box]:
    """The objects of a row of ``scenes/labels.tsv``."""
    width, height = int(row["width"]), int(row["height"])
    text = next(value for key, value in row.items() if key.startswith("objects")) or ""
    boxes = []
    for item in filter(None, map(str.strip, text.split(";"))):
        *name, cx, cy, w, h = item.split(" ")
        x, y, half_w, half_h = float(cx), float(cy), float(w) / 2, float(h) / 2
        edges = (x - half_w) * width, (y - half_h) * height, (x + half_w) * width
        boxes.append(Box(" ".join(name), *edges, (y + half_h) * height))
    return boxes


def region(spec: InputSpec, width: int, height: int) -> tuple[float, float, float, float]:
    """The pixels that a view shows: left, top, right, bottom."""
    if spec.fit == "squash":
        return 0.0, 0.0, float(width), float(height)
    side = min(width, height) * spec.crop
    left, top = (width - side) * spec.at[0], (height - side) * spec.at[1]
    return left, top, left + side, top + side


def in_view(
    boxes: Sequence[Box], view: tuple[float, float, float, float], words: Sequence[str]
) -> NDArray[np.int8]:
    """Which of ``words`` a view shows: 1, 0, or -1 where too little of it is in there to say."""
    left, top, right, bottom = view
    area = (right - left) * (bottom - top)
    found = np.zeros(len(words), np.int8)
    for box in boxes:
        if box.name not in words:
            continue
        column = words.index(box.name)
        wide = max(0.0, min(right, box.right) - max(left, box.left))
        high = max(0.0, min(bottom, box.bottom) - max(top, box.top))
        whole = max(1e-9, (box.right - box.left) * (box.bottom - box.top))
        if wide * high >= INSIDE * whole and wide * high >= LEAST_SHARE * area:
            found[column] = 1
        elif wide * high >= ABSENT_SHARE * area and not found[column]:
            found[column] = -1
    return found


def accepted_words(path: Path) -> dict[str, set[str]]:
    """COCO's classes and the words that name them (``scenes/words.tsv``)."""
    with path.open(encoding="utf-8") as file:
        rows = csv.DictReader(file, delimiter="\t")
        return {
            row["class"]: {word.strip() for word in row["accepted words"].split(",")}
            for row in rows
        }


def object_examples(
    scenes: Photos,
    single: Photos,
    words: Sequence[str],
    accepted: dict[str, set[str]],
    taxonomy: Taxonomy,
) -> Examples:
    """Every view of every scene, and the single subjects by their classes."""
    embeddings, labels, weights, owners, judged = [], [], [], [], []
    for index, row in enumerate(scenes.rows):
        boxes, size = read_boxes(row), (int(row["width"]), int(row["height"]))
        for spec, seen in scenes.embeddings.items():
            embeddings.append(seen[index])
            labels.append(in_view(boxes, region(spec, *size), words))
            weights.append(4.0)
            judged.append(1.0)
            owners.append(index)
    centre = next(iter(single.embeddings))
    for index, row in enumerate(single.rows):
        true = set(taxonomy.of_class(int(row["class_index"])))
        marks = [_of_class(word, true, accepted) for word in words]
        for spec, weight in zip((centre, *SUBJECT_PARTS), (1.0, 0.5, 0.3, 0.3), strict=True):
            part = weight < 0.5
            embeddings.append(single.embeddings[spec][index])
            # A corner of a photo may miss its subject.
            labels.append(np.array([-1 if part and m == 1 else m for m in marks], np.int8))
            weights.append(weight)
            judged.append(0.2 if spec == centre else 0.0)
            owners.append(10**6 + index)
    stacked = np.stack(labels)
    column = np.array(weights, np.float32)[:, None]
    return Examples(
        np.stack(embeddings),
        stacked,
        np.repeat(column, len(words), axis=1),
        np.array(owners, np.int64),
        np.array(judged, np.float32),
    )


def _of_class(word: str, true: set[str], accepted: dict[str, set[str]]) -> int:
    if accepted[word] & true:
        return 1
    return -1 if word in COMMON else 0
