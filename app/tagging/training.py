"""Training linear heads on embeddings: numpy only, a minute on two cores.

One L2-regularised logistic regression a word, on the standardised square roots of the embedding's
numbers. Labels may be unknown, word by word. The strength of the regularisation is chosen, and
the confidences are calibrated, on photos that were left out: every photo is scored once by a
regression that has not seen it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from app.tagging.calibration import fit_platt
from app.tagging.engine import Floats

Singles: TypeAlias = NDArray[np.float32]

FOLDS = 5
STRENGTHS = (0.3, 0.1, 0.03, 0.01)
ITERATIONS = 250


@dataclass(frozen=True, slots=True)
class Examples:
    """Photos to learn from.

    Attributes:
        embeddings: (n, width), not negative.
        labels: (n, words) int8: 1 present, 0 absent, -1 unknown.
        weights: (n, words) float32, how much each label counts when learning.
        photos: (n,) number of the photo: views of one photo share it, and are left out together.
        judged: (n,) how much a row counts in choosing and calibrating; 0 if it only augments.
    """

    embeddings: NDArray[np.floating]
    labels: NDArray[np.int8]
    weights: Singles
    photos: NDArray[np.int64]
    judged: Singles


@dataclass(frozen=True, slots=True)
class Trained:
    """What came of it.

    Attributes:
        weights: float32 (words, width + 1) for :class:`app.tagging.heads.Heads`.
        left_out: (n, words) confidence in each word of each photo by a head that had not seen it.
        strengths: the regularisation chosen for each word.
    """

    weights: Singles
    left_out: Floats
    strengths: Floats


def train(
    examples: Examples,
    *,
    strengths: Sequence[float] = STRENGTHS,
    folds: int = FOLDS,
    step: Callable[[], None] = lambda: None,
) -> Trained:
    """Learn one head a word.

    Args:
        step: called after each of the ``folds * len(strengths) + 1`` regressions' batches.
    """
    roots = np.sqrt(examples.embeddings).astype(np.float32)
    mean, scale = roots.mean(axis=0), roots.std(axis=0) + 1e-3
    inputs = (roots - mean) / scale
    truth = (examples.labels == 1).astype(np.float32)
    known = np.where(examples.labels >= 0, examples.weights, 0.0).astype(np.float32)
    judged = np.where(examples.labels >= 0, examples.judged[:, None], 0.0)
    fold_of = _folds(examples.photos, folds)
    words = truth.shape[1]
    scores = np.zeros((len(strengths), len(truth), words))
    for number, strength in enumerate(strengths):
        for fold in range(folds):
            inside, outside = fold_of != fold, fold_of == fold
            heads = _regress(inputs[inside], truth[inside], known[inside], np.full(words, strength))
            scores[number, outside] = inputs[outside] @ heads[:-1] + heads[-1]
            step()
    precision = np.array(
        [
            [average_precision(rows[:, j], truth[:, j], judged[:, j]) for j in range(words)]
            for rows in scores
        ]
    )
    best = precision.argmax(axis=0)
    chosen = np.array(strengths)[best]
    heads = _regress(inputs, truth, known, chosen).astype(np.float64)
    step()
    raw = scores[best, :, np.arange(words)].T
    slopes, offsets = np.array(
        [fit_platt(raw[:, j], truth[:, j], judged[:, j]) for j in range(words)]
    ).T
    heads = heads * slopes
    heads[-1] += offsets
    folded = np.vstack([heads[:-1] / scale[:, None], heads[-1] - (mean / scale) @ heads[:-1]])
    left_out = 1.0 / (1.0 + np.exp(-np.clip(raw * slopes + offsets, -40, 40)))
    return Trained(folded.T.astype(np.float32), left_out, chosen)


def average_precision(
    scores: NDArray[np.floating], truth: NDArray[np.floating], weights: NDArray[np.floating]
) -> float:
    """Area under the precision-recall curve; 0 if nothing is true."""
    counted = weights > 0
    order = np.argsort(-scores[counted], kind="stable")
    right = (truth * weights)[counted][order]
    total = weights[counted][order].cumsum()
    hits = right.cumsum()
    return float((right * hits / total).sum() / hits[-1]) if len(hits) and hits[-1] > 0 else 0.0


def _folds(photos: NDArray[np.int64], folds: int) -> NDArray[np.int64]:
    """Which fold leaves a row out: fixed, and the same for all views of a photo."""
    distinct, inverse = np.unique(photos, return_inverse=True)
    shuffled = np.random.default_rng(0).permutation(len(distinct)) % folds
    return shuffled[inverse]


def _regress(inputs: Singles, truth: Singles, weights: Singles, strengths: Floats) -> Singles:
    """Weighted logistic regressions side by side, by accelerated gradient descent.

    Nesterov's method with the step that the largest curvature of each word allows (Beck and
    Teboulle, "A Fast Iterative Shrinkage-Thresholding Algorithm", 2009, without shrinkage).

    Returns:
        (width + 1, words); the last row is the offset, which is not regularised.
    """
    rows = np.hstack([inputs, np.ones((len(inputs), 1), np.float32)])
    shares = weights / np.maximum(weights.sum(axis=0), 1e-9)
    penalty = np.tile(strengths.astype(np.float32), (rows.shape[1], 1))
    penalty[-1] = 0
    steps = 1.0 / (0.25 * _largest_curvature(rows, shares) + strengths.astype(np.float32))
    heads = np.zeros((rows.shape[1], truth.shape[1]), np.float32)
    ahead, momentum = heads, 1.0
    for _ in range(ITERATIONS):
        guess = 1.0 / (1.0 + np.exp(-np.clip(rows @ ahead, -30, 30)))
        new = ahead - steps * (rows.T @ (shares * (guess - truth)) + penalty * ahead)
        following = (1.0 + np.sqrt(1.0 + 4.0 * momentum**2)) / 2.0
        ahead = new + np.float32((momentum - 1.0) / following) * (new - heads)
        heads, momentum = new, following
    return heads


def _largest_curvature(rows: Singles, shares: Singles) -> Singles:
    """An upper bound of the largest eigenvalue of each word's weighted Gram matrix."""
    direction = np.full((rows.shape[1], shares.shape[1]), 1 / np.sqrt(rows.shape[1]), np.float32)
    length = np.ones(shares.shape[1], np.float32)
    for _ in range(20):
        product = rows.T @ (shares * (rows @ direction))
        length = np.maximum(np.linalg.norm(product, axis=0), 1e-12).astype(np.float32)
        direction = product / length
    return length * np.float32(1.1)
