"""Figures of an evaluation against numbers worked out by hand."""

from __future__ import annotations

import pytest

from app.domain.categories import Category
from app.domain.evaluation import (
    JudgedPhoto,
    Tally,
    calibration_error,
    judge,
    missed_first,
    reliability,
    top,
    word_rows,
    worst_first,
    wrong_first,
)
from app.domain.photo_labels import Truth

JUDGED = frozenset({"cat", "dog", "animal"})


def truth(*words: str) -> Truth:
    sought = {word: frozenset((word,)) for word in words}
    return Truth(frozenset(words), JUDGED, sought, words[0] if words else "")


def said(**words: float) -> list[Category]:
    return [Category(word, confidence) for word, confidence in words.items()]


@pytest.fixture
def photos() -> list[JudgedPhoto]:
    return [
        judge("a", said(animal=0.95, red=0.8, cat=0.7, dog=0.5), truth("cat", "animal")),
        judge("b", said(cat=0.6, dog=0.3), truth("dog", "animal")),
        judge("c", [], truth("cat")),
    ]


def test_words_are_right_wrong_or_not_judged(photos: list[JudgedPhoto]) -> None:
    verdicts = {item.word: item.verdict for item in photos[0].said}
    assert verdicts == {"animal": "right", "red": "unknown", "cat": "right", "dog": "wrong"}


def test_figures_at_a_threshold(photos: list[JudgedPhoto]) -> None:
    at = Tally(photos).at(0.4)
    assert (at.right, at.wrong, at.found, at.missed) == (2, 2, 2, 3)
    assert (at.precision, at.recall) == (0.5, 0.4)
    assert (at.photos, at.said, at.untagged, at.nothing_found) == (3, 5, 1, 2)


def test_a_confidence_equal_to_the_threshold_counts(photos: list[JudgedPhoto]) -> None:
    at = Tally(photos).at(0.3)
    assert (at.right, at.wrong, at.found, at.missed) == (3, 2, 3, 2)
    assert Tally(photos).at(0.3001).right == 2


def test_nothing_said_has_no_precision_and_nothing_sought_no_recall() -> None:
    at = Tally([judge("a", [], truth())]).at(0.5)
    assert (at.precision, at.recall, at.untagged, at.nothing_found) == (None, None, 1, 0)
    # Even at 0, what was not said is not found.
    assert Tally([judge("a", [], truth("cat"))]).at(0.0).missed == 1


def test_top(photos: list[JudgedPhoto]) -> None:
    assert top(photos, None, 1) == 0
    assert top(photos, None, 5) == pytest.approx(2 / 3)
    assert top([], None, 1) is None
    assert top([judge("a", said(cat=1.0), truth())], None, 1) is None


def test_top_among_classes_passes_over_other_words_and_true_wider_ones() -> None:
    found = said(animal=0.9, cat=0.8, dog=0.7)
    # `animal` stands for a class too, but is as true as `cat`.
    photo = judge("a", found, truth("cat", "animal"))
    assert top([photo], JUDGED, 1) == 1
    assert top([judge("a", found, truth("dog", "animal"))], JUDGED, 1) == 0
    assert top([judge("a", found, truth("dog"))], frozenset({"dog"}), 1) == 1


def test_reliability_and_calibration_error(photos: list[JudgedPhoto]) -> None:
    halves = reliability(photos, bins=2)
    assert [(b.low, b.high, b.count) for b in halves] == [(0.0, 0.5, 1), (0.5, 1.0, 4)]
    assert halves[0].confidence == pytest.approx(0.3) and halves[0].right == 1
    assert halves[1].confidence == pytest.approx(2.75 / 4) and halves[1].right == 0.5
    assert calibration_error(halves) == pytest.approx((0.7 * 1 + 0.1875 * 4) / 5)
    # Of fifteen bins each holds one of the five words.
    fifteen = reliability(photos)
    assert [b.count for b in fifteen] == [0, 0, 0, 0, 1, 0, 0, 1, 0, 1, 1, 0, 0, 0, 1]
    assert calibration_error(fifteen) == pytest.approx((0.7 + 0.5 + 0.6 + 0.3 + 0.05) / 5)


def test_certainty_lies_in_the_last_bin() -> None:
    table = reliability([judge("a", said(cat=1.0, dog=0.0), truth("cat"))], bins=10)
    assert (table[0].count, table[9].count) == (1, 1)
    assert calibration_error(table) == 0
    assert calibration_error(reliability([])) is None


def test_words_one_by_one(photos: list[JudgedPhoto]) -> None:
    rows = word_rows(photos, 0.4, sought=True, said=True)
    assert [(r.name, r.photos, r.found, r.right, r.wrong) for r in rows] == [
        ("cat", 2, 1, 1, 1),
        ("animal", 2, 1, 1, 0),
        ("dog", 1, 0, 0, 1),
    ]
    assert [(r.precision, r.recall) for r in rows] == [(0.5, 0.5), (1.0, 0.5), (0.0, 0.0)]
    assert [r.name for r in worst_first(rows)] == ["dog", "cat", "animal"]


def test_worst_photos_first(photos: list[JudgedPhoto]) -> None:
    assert [photo.file for photo in wrong_first(photos, 0.4)] == ["b", "a"]
    # Those with nothing found, of these the one that misses more, then the others.
    assert [photo.file for photo in missed_first(photos, 0.4)] == ["b", "c"]
    assert [photo.file for photo in missed_first(photos, 0.8)] == ["b", "c", "a"]


def test_words_of_other_parts_are_not_judged_but_find() -> None:
    found = [Category("animal", 0.9, source="heads 1"), Category("cat", 0.8)]
    photo = judge("a", found, truth("cat", "animal"), own_only=True)
    assert [item.verdict for item in photo.said] == ["unknown", "right"]
    assert photo.missed(0.5) == []
    assert [item.verdict for item in judge("a", found, truth("cat", "animal")).said] == [
        "right",
        "right",
    ]


def test_an_object_is_found_by_any_word_of_its_class() -> None:
    accepted = {"couch": frozenset({"sofa", "couch"}), "dog": frozenset({"dog", "puppy"})}
    known = Truth(frozenset({"sofa", "couch", "dog", "puppy"}), JUDGED | {"sofa"}, accepted)
    photo = judge("a", said(sofa=0.9, cat=0.8), known)
    assert photo.sought == {"couch": 0.9, "dog": -1.0}
    at = Tally([photo]).at(0.5)
    assert (at.right, at.wrong, at.found, at.missed) == (1, 1, 1, 1)
    rows = word_rows([photo], 0.5, sought=True, said=False)
    assert [(r.name, r.recall, r.precision) for r in rows] == [
        ("couch", 1.0, None),
        ("dog", 0.0, None),
    ]


def test_a_word_said_twice_counts_once() -> None:
    photo = judge("a", [Category("cat", 0.9), Category("cat", 0.2)], truth("cat"))
    assert [(item.word, item.confidence) for item in photo.said] == [("cat", 0.9)]
