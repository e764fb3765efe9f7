"""From which confidence on a word is said."""

from __future__ import annotations

import numpy as np
import pytest

from app.tagging.gates import find_gate, measure
from app.tagging.heads import Heads, HeadTag
from app.tagging.scenes import BUSY, SceneWords, Sights


def test_a_good_head_speaks_from_the_least_confidence() -> None:
    scores = np.array([0.41] * 20 + [0.1] * 20)
    assert find_gate(scores, scores > 0.4) == 0.4


def test_the_gate_lies_where_enough_is_right() -> None:
    scores = np.array([0.9] * 30 + [0.6] * 20)
    truth = np.array([True] * 30 + [False] * 20)
    assert find_gate(scores, truth) == 0.61


def test_few_photos_prove_nothing() -> None:
    scores = np.array([0.9] * 9 + [0.1] * 50)
    assert find_gate(scores, scores > 0.5) is None
    scores = np.array([0.9] * 10 + [0.1] * 50)
    assert find_gate(scores, scores > 0.5) == 0.4


def test_one_wrong_of_eleven_is_too_many() -> None:
    """10 of 11 are right, but 11 of 13 with one of each imagined."""
    scores = np.array([0.9] * 11 + [0.1] * 50)
    truth = scores > 0.5
    truth[0] = False
    assert find_gate(scores, truth) is None


def test_a_word_of_nearly_every_photo_is_not_reliable_by_that() -> None:
    truth = np.arange(500) >= 40
    assert find_gate(np.full(500, 0.92), truth) is None
    assert find_gate(np.where(truth, 0.95, 0.2), truth) == 0.4


def test_figures() -> None:
    scores = np.array([0.95] * 12 + [0.25] * 4 + [0.05] * 20 + [0.99] * 3)
    labels = np.array([1] * 12 + [1] + [0] * 3 + [0] * 20 + [-1] * 3, np.int8)
    found = measure("word", scores, labels)
    assert (found.positives, found.negatives, found.gate) == (13, 23, 0.4)
    assert (found.precision, found.recall) == (1.0, pytest.approx(12 / 13))
    assert [(b.photos, b.right) for b in found.reliability if b.photos] == [
        (20, 0),
        (4, 1),
        (12, 12),
    ]
    assert found.calibration_error == pytest.approx((20 * 0.05 + 0 + 12 * 0.05) / 36)
    assert found.average_precision > 0.95


def test_an_unreliable_word_has_no_precision() -> None:
    found = measure("word", np.full(100, 0.3), (np.arange(100) < 50).astype(np.int8))
    assert (found.gate, found.precision, found.recall) == (None, 0.0, 0.0)


@pytest.mark.parametrize(("crowded", "said"), [(0.7, set()), (0.4, {"word"})])
def test_a_measured_gate_holds_in_busy_scenes(crowded: float, said: set[str]) -> None:
    """Of scenes' heads the gate comes down there; of one's own it was measured."""
    weights = np.array([[0.0, np.log(0.6 / 0.4)], [0.0, 20.0]], np.float32)
    tags = (HeadTag("word", "", (), 0.7, crowded, False), HeadTag(BUSY, "", (), 1.0, 1.0, False))
    words = SceneWords([Heads("made", "1", tags, weights)])
    assert set(words.look(np.ones((1, 1)), Sights({}, 0.0, None)).words) == said
