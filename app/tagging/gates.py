"""What a head is worth, and from which confidence on it may speak: read off left-out photos."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.tagging.engine import Floats
from app.tagging.training import average_precision

#: Of the photos above a gate this share is right.
PRECISION = 0.85
#: No word is said below this confidence, however precise it is there.
LEAST_GATE = 0.4
#: Photos above a gate; fewer prove nothing.
LEAST_ABOVE = 10

#: Equal parts of 0 … 1 in which confidence and truth are compared.
BINS = 10


class Bin(NamedTuple):
    """Photos whose confidence in a word lies in one tenth of 0 … 1.

    Attributes:
        photos: how many there are.
        right: how many show the word.
        confidence: their mean confidence; 0 if there are none.
    """

    photos: int
    right: int
    confidence: float


@dataclass(frozen=True, slots=True)
class Figures:
    """A word's head on photos that it had not seen.

    Attributes:
        positives, negatives: photos that show the word, and that do not.
        average_precision: area under the precision-recall curve, 0 … 1.
        calibration_error: mean distance of confidence and truth over the bins (ECE), 0 … 1.
        reliability: the bins, from unsure to sure.
        gate: least confidence at which the word is said; ``None`` if it never gets reliable.
        precision: share of the photos above the gate that show the word.
        recall: share of the photos with the word that lie above the gate.
    """

    word: str
    positives: int
    negatives: int
    average_precision: float
    calibration_error: float
    reliability: tuple[Bin, ...]
    gate: float | None
    precision: float
    recall: float


def measure(word: str, confidences: Floats, labels: NDArray[np.int8]) -> Figures:
    """Judge one head.

    Args:
        confidences: (photos,) by a head that had not seen the photo.
        labels: (photos,) 1 present, 0 absent, -1 unknown, which counts nowhere.
    """
    known = labels >= 0
    scores, truth = confidences[known], labels[known] == 1
    positives = int(truth.sum())
    bins = _reliability(scores, truth)
    error = sum(abs(item.photos * item.confidence - item.right) for item in bins)
    gate = find_gate(scores, truth)
    above = scores >= (2.0 if gate is None else gate)
    hits = int((above & truth).sum())
    return Figures(
        word,
        positives,
        len(truth) - positives,
        average_precision(scores, truth.astype(np.float64), np.ones(len(truth))),
        error / max(1, len(truth)),
        bins,
        gate,
        hits / max(1, int(above.sum())),
        hits / max(1, positives),
    )


def find_gate(
    scores: Floats,
    truth: NDArray[np.bool_],
    weights: NDArray[np.floating] | None = None,
    *,
    least: float = LEAST_GATE,
    precision: float = PRECISION,
) -> float | None:
    """The least confidence, in hundredths, from which on a word is reliable.

    The photos above it, one imagined right and one imagined wrong among them (Laplace's rule),
    reach ``precision``. Where a word is on more than half of the photos they are counted as
    half: it would else be reliable by its frequency alone, and be said of everything.

    Args:
        weights: how much each photo counts; 0 leaves it out.
        least: where to begin.

    Returns:
        The gate, or ``None`` if there is none.
    """
    counts = np.ones(len(truth)) if weights is None else weights.astype(np.float64)
    positives = float(counts @ truth)
    share = min(1.0, (float(counts.sum()) - positives) / max(1.0, positives))
    for hundredths in range(round(least * 100), 100):
        gate = hundredths / 100
        above = counts * (scores >= gate)
        photos, right = float(above.sum()), float(above @ truth)
        if photos < LEAST_ABOVE:
            return None
        weighed = share * right
        if (weighed + 1) / (weighed + photos - right + 2) >= precision:
            return gate
    return None


def _reliability(scores: Floats, truth: NDArray[np.bool_]) -> tuple[Bin, ...]:
    numbers = np.minimum((scores * BINS).astype(int), BINS - 1)
    photos = np.bincount(numbers, minlength=BINS)
    right = np.bincount(numbers, truth, minlength=BINS)
    total = np.bincount(numbers, scores, minlength=BINS)
    return tuple(
        Bin(int(n), int(r), float(t / n) if n else 0.0)
        for n, r, t in zip(photos, right, total, strict=True)
    )
