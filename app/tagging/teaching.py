"""Teaching words of one's own: what is looked at, learnt and judged."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from app.domain.images import InputSpec, Pixels
from app.tagging.engine import ModelError
from app.tagging.gates import Figures, measure
from app.tagging.heads import HeadTag
from app.tagging.labels import Lesson, TeachingError, read_folders, read_table
from app.tagging.tagger import Tagger
from app.tagging.training import FOLDS, STRENGTHS, Examples, Singles, train

__all__ = [
    "FOLDS",
    "REGRESSIONS",
    "Eyes",
    "Lesson",
    "ModelError",
    "Origin",
    "Singles",
    "Taught",
    "TeachingError",
    "read_lesson",
    "teach",
]

#: How much each view counts in learning; only the first one is judged, as it alone is asked later.
#: The others show the photo differently cut; an end of it may lack its subject, hence so little.
VIEW_WEIGHTS = (1.0, 0.5, 0.25, 0.25)

#: How often ``step`` is called while learning.
REGRESSIONS = FOLDS * len(STRENGTHS) + 1


class Eyes:
    """A classifier that looks at photos for their embeddings only. Thread-safe.

    Attributes:
        views: the centre, the whole photo squashed, and the squares at its two ends, in the
            order of :data:`VIEW_WEIGHTS`.

    Raises:
        ModelError: the classifier gives no embedding.
    """

    def __init__(self, tagger: Tagger) -> None:
        self._classifier = tagger.classifier
        if not self._classifier.width:
            raise ModelError(f"{tagger.name} gives no embedding, which heads are learnt from")
        centre = tagger.inputs("fast")[0]
        size, resample = centre.size, centre.resample
        self.views = (
            centre,
            InputSpec(size, resample=resample, fit="squash"),
            InputSpec(size, resample=resample, at=(0.0, 0.0)),
            InputSpec(size, resample=resample, at=(1.0, 1.0)),
        )

    def embed(self, pixels: Mapping[InputSpec, Pixels]) -> Singles:
        """The embeddings of a photo's views, (views, width)."""
        seen = [self._classifier.run(pixels[view])[1] for view in self.views]
        return np.stack(seen).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Taught:
    """Heads, and what they are worth.

    Attributes:
        tags: the words that are reliable enough to be said.
        weights: float32 (tags, width + 1) for :class:`app.tagging.heads.Heads`.
        figures: of every word that was to be learnt.
        photos: how many there were to learn from.
        folds: how often a part of them was left out.
    """

    tags: tuple[HeadTag, ...]
    weights: Singles
    figures: tuple[Figures, ...]
    photos: int
    folds: int


@dataclass(frozen=True, slots=True)
class Origin:
    """Where heads come from.

    Attributes:
        classifier: the model whose embedding they read.
        material: what they were learnt from, in a few words.
        today: when.
    """

    classifier: str
    material: str
    today: date


def read_lesson(directory: Path, table: Path | None, suffixes: Collection[str]) -> Lesson:
    """Labels by table, or by folder where there is none; enough of them.

    Raises:
        TeachingError: they are malformed or too few.
        OSError: they cannot be read.
    """
    lesson = read_table(directory, table) if table else read_folders(directory, suffixes)
    lesson.check()
    return lesson


def teach(
    lesson: Lesson,
    embeddings: Sequence[Singles],
    *,
    step: Callable[[], None] = lambda: None,
    strengths: Sequence[float] = STRENGTHS,
    folds: int = FOLDS,
) -> Taught:
    """Learn a head for each word, judge it on left-out photos and set its gate.

    Args:
        embeddings: for each photo (views, width) as :meth:`Eyes.embed` gives them.
        step: called :data:`REGRESSIONS` times with the default strengths and folds.

    Raises:
        TeachingError: the photos are too few.
    """
    lesson.check()
    trained = train(to_examples(lesson, embeddings), strengths=strengths, folds=folds, step=step)
    left_out = trained.left_out[:: len(VIEW_WEIGHTS)]
    figures = tuple(
        measure(word, left_out[:, number], labels)
        for number, (word, labels) in enumerate(zip(lesson.words, lesson.matrix().T, strict=True))
    )
    # A part of the picture does not speak for the whole: the gate was measured on the centre.
    tags = tuple(
        HeadTag(item.word, "", (), item.gate, item.gate, parts=False)
        for item in figures
        if item.gate is not None
    )
    kept = [item.gate is not None for item in figures]
    return Taught(tags, trained.weights[kept], figures, len(lesson.photos), folds)


def to_examples(lesson: Lesson, embeddings: Sequence[Singles]) -> Examples:
    """A row for each view, the views of a photo one after the other."""
    views, photos = len(VIEW_WEIGHTS), len(lesson.photos)
    weights = np.tile(np.array(VIEW_WEIGHTS, np.float32), photos)
    return Examples(
        np.concatenate(embeddings),
        np.repeat(lesson.matrix(), views, axis=0),
        np.tile(weights[:, None], (1, len(lesson.words))),
        np.repeat(np.arange(photos), views),
        np.tile(np.arange(views) == 0, photos).astype(np.float32),
    )
