"""Training heads on made data: what there is to find is known."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from app.tagging import training
from app.tagging.calibration import fit_platt
from app.tagging.heads import Heads, HeadTag
from app.tagging.labels import Labelled, Lesson
from app.tagging.teaching import VIEW_WEIGHTS, teach, to_examples
from app.tagging.training import Examples, average_precision, train

WIDTH = 24


def made(
    count: int, noise: float, words: int = 2, seed: int = 1
) -> tuple[NDArray[np.float64], NDArray[np.int8]]:
    """Embeddings whose square roots shift by one along a word's own axis, in noise."""
    random = np.random.default_rng(seed)
    labels = (random.random((count, words)) < 0.3).astype(np.int8)
    roots = 4 + noise * random.standard_normal((count, WIDTH))
    roots[:, :words] += labels
    return np.maximum(roots, 0) ** 2, labels


def examples(embeddings: NDArray[np.float64], labels: NDArray[np.int8]) -> Examples:
    """One view a photo, everything counting alike."""
    count = len(labels)
    ones = np.ones(labels.shape, np.float32)
    return Examples(embeddings, labels, ones, np.arange(count), np.ones(count, np.float32))


def heads(weights: NDArray[np.float32]) -> Heads:
    tags = tuple(HeadTag(str(n), "", (), 0.5, 0.5, parts=False) for n in range(len(weights)))
    return Heads("made", "1.0.0", tags, weights)


def gap(confidences: NDArray[np.float64], truth: NDArray[np.int8]) -> float:
    """Mean distance of confidence and truth over tenths (ECE)."""
    number = np.minimum((confidences * 10).astype(int), 9)
    differences = np.bincount(number, confidences - truth, minlength=10)
    return float(np.abs(differences).sum() / len(truth))


def test_what_can_be_told_apart_is() -> None:
    trained = train(examples(*made(300, noise=0.1)))
    unseen, labels = made(200, noise=0.1, seed=2)
    scores = heads(trained.weights).scores(unseen)
    assert ((scores > 0.5) == labels).all()
    assert ((trained.left_out > 0.5) == made(300, noise=0.1)[1]).all()


def test_in_noise_the_ranking_and_the_calibration_carry_over() -> None:
    """The best that can be had is the ranking by the word's own axis."""
    trained = train(examples(*made(2000, noise=0.5)))
    unseen, labels = made(4000, noise=0.5, seed=2)
    scores = heads(trained.weights).scores(unseen)
    for word in range(2):
        truth, ones = labels[:, word], np.ones(len(labels))
        best = average_precision(unseen[:, word], truth, ones)
        assert best < 0.95
        assert average_precision(scores[:, word], truth, ones) > best - 0.01
        assert gap(scores[:, word], labels[:, word]) < 0.03
        assert gap(trained.left_out[:, word], made(2000, noise=0.5)[1][:, word]) < 0.03


def test_noise_alone_is_never_confident() -> None:
    embeddings, _ = made(400, noise=0.5, words=1)
    labels = (np.random.default_rng(5).random((400, 1)) < 0.3).astype(np.int8)
    trained = train(examples(embeddings, labels), strengths=(0.1,))
    assert trained.left_out.max() < 0.6
    assert abs(trained.left_out.mean() - labels.mean()) < 0.02


def test_unknown_labels_teach_nothing() -> None:
    """Photos whose label is unknown may show anything: the outcome is the same."""
    embeddings, labels = made(300, noise=0.3)
    labels[:100, 0] = -1
    one = train(examples(embeddings, labels), strengths=(0.1,))
    # The second word knows them all, and standardisation sees them all: only labels differ.
    lied = labels.copy()
    lied[:100, 0] = 1
    weights = np.ones(labels.shape, np.float32)
    weights[:100, 0] = 0
    assert (one.weights[1] == train(examples(embeddings, lied), strengths=(0.1,)).weights[1]).all()
    masked = replace(examples(embeddings, labels), weights=weights)
    assert np.allclose(train(masked, strengths=(0.1,)).weights, one.weights)
    assert not np.allclose(
        train(examples(embeddings, lied), strengths=(0.1,)).weights[0], one.weights[0]
    )


def test_rows_that_are_not_judged_calibrate_nothing() -> None:
    """Augmenting rows with wrong labels and next to no weight leave the confidences as they are."""
    embeddings, labels = made(300, noise=0.3)
    plain = train(examples(embeddings, labels), strengths=(0.1,))
    twice = Examples(
        np.vstack([embeddings, embeddings]),
        np.vstack([labels, 1 - labels]).astype(np.int8),
        np.vstack([np.ones(labels.shape), np.full(labels.shape, 1e-9)]).astype(np.float32),
        np.tile(np.arange(300), 2),
        np.repeat([1.0, 0.0], 300).astype(np.float32),
    )
    augmented = train(twice, strengths=(0.1,))
    assert np.allclose(plain.left_out, augmented.left_out[:300], atol=0.01)


def test_views_of_a_photo_are_left_out_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every regression has seen all views of a photo or none."""
    random = np.random.default_rng(3)
    photos = random.permutation(np.repeat(np.arange(50), 4))
    # Each photo's views are alike, and their number can be read off them.
    embeddings = np.ones((200, WIDTH))
    embeddings[:, 0] = photos
    labels = (photos % 2).astype(np.int8)[:, None]
    seen: list[NDArray[np.float32]] = []
    regress = training._regress

    def watched(inputs: NDArray[np.float32], *others: NDArray[np.float32]) -> NDArray[np.float32]:
        seen.append(inputs[:, 0])
        return regress(inputs, *others)

    monkeypatch.setattr(training, "_regress", watched)
    some = Examples(
        embeddings, labels, np.ones((200, 1), np.float32), photos, np.ones(200, np.float32)
    )
    train(some, strengths=(0.1,), folds=5)
    *folds, everything = seen
    assert len(folds) == 5 and len(everything) == 200
    for inside in folds:
        values, counts = np.unique(inside, return_counts=True)
        assert len(values) == 40 and (counts == 4).all()


def test_learning_by_heart_does_not_pay() -> None:
    """Copies of a photo cannot vouch for each other: noise labels stay noise."""
    embeddings, _ = made(60, noise=0.5, words=1)
    labels = (np.random.default_rng(6).random((60, 1)) < 0.5).astype(np.int8)
    four = Examples(
        np.repeat(embeddings, 4, axis=0),
        np.repeat(labels, 4, axis=0),
        np.ones((240, 1), np.float32),
        np.repeat(np.arange(60), 4),
        np.ones(240, np.float32),
    )
    scores = train(four, strengths=(0.01,)).left_out[:, 0]
    assert average_precision(scores, four.labels[:, 0], np.ones(240)) < 0.75


def test_the_same_again_and_a_step_for_each_regression() -> None:
    steps: list[int] = []
    some = examples(*made(200, noise=0.3))
    one = train(some, strengths=(0.1, 0.01), folds=3, step=lambda: steps.append(1))
    two = train(some, strengths=(0.1, 0.01), folds=3)
    assert (one.weights == two.weights).all() and (one.left_out == two.left_out).all()
    assert len(steps) == 2 * 3 + 1


@pytest.mark.parametrize(("slope", "offset"), [(1.0, 0.0), (0.3, -2.0), (12.0, 5.0)])
def test_platt_finds_the_line_that_made_the_labels(slope: float, offset: float) -> None:
    random = np.random.default_rng(7)
    logits = random.standard_normal(20_000) * 2
    truth = (random.random(20_000) < 1 / (1 + np.exp(-logits))).astype(float)
    found = fit_platt((logits - offset) / slope, truth, np.ones(20_000))
    assert found == pytest.approx((slope, offset), rel=0.06, abs=0.08 * max(1, abs(offset)))


def test_platt_counts_by_weight_and_stays_finite() -> None:
    scores = np.array([-2.0, -1, 1, 2, 50])
    truth = np.array([0.0, 0, 1, 1, 0])
    without = fit_platt(scores, truth, np.array([1.0, 1, 1, 1, 0]))
    assert without == fit_platt(scores[:4], truth[:4], np.ones(4))
    assert fit_platt(scores, truth, np.zeros(5)) == (1.0, 0.0)
    assert np.isfinite(fit_platt(scores, np.ones(5), np.ones(5))).all()
    assert np.isfinite(fit_platt(np.ones(5), truth, np.ones(5))).all()


def test_average_precision() -> None:
    ones = np.ones(4)
    scores = np.array([0.9, 0.8, 0.7, 0.1])
    assert average_precision(scores, np.array([1.0, 1, 0, 0]), ones) == 1
    assert average_precision(scores, np.array([0.0, 1, 0, 1]), ones) == pytest.approx(0.5)
    assert average_precision(scores, np.zeros(4), ones) == 0
    ignored = np.array([0.0, 1, 1, 1])
    assert average_precision(scores, np.array([0.0, 1, 0, 0]), ignored) == 1


def lesson(labels: NDArray[np.int8]) -> Lesson:
    photos = tuple(
        Labelled(
            Path(str(number)),
            frozenset(f"w{word}" for word in np.flatnonzero(row == 1)),
            frozenset(f"w{word}" for word in np.flatnonzero(row == -1)),
        )
        for number, row in enumerate(labels)
    )
    return Lesson(photos, tuple(f"w{word}" for word in range(labels.shape[1])))


def test_examples_have_a_row_for_each_view() -> None:
    some = to_examples(
        lesson(np.array([[1, -1], [0, 1]], np.int8)),
        [np.full((4, 3), 7, np.float32), np.full((4, 3), 8, np.float32)],
    )
    assert some.embeddings[:, 0].tolist() == [7] * 4 + [8] * 4
    assert some.labels.tolist() == [[1, -1]] * 4 + [[0, 1]] * 4
    assert some.photos.tolist() == [0] * 4 + [1] * 4
    assert some.judged.tolist() == [1, 0, 0, 0] * 2
    assert some.weights[:, 1].tolist() == list(VIEW_WEIGHTS) * 2


def test_teaching_keeps_what_is_reliable() -> None:
    embeddings, labels = made(300, noise=0.1, words=2)
    labels[:, 1] = np.random.default_rng(8).random(300) < 0.3
    labels[:20, 0] = -1
    views = [
        np.repeat(row[None], len(VIEW_WEIGHTS), axis=0).astype(np.float32) for row in embeddings
    ]
    taught = teach(lesson(labels), views, strengths=(0.1,), folds=3)
    assert [tag.word for tag in taught.tags] == ["w0"] and len(taught.weights) == 1
    good, bad = taught.figures
    assert (good.gate, good.precision, good.recall) == (0.4, 1.0, 1.0)
    assert good.positives + good.negatives == 280 and bad.gate is None
