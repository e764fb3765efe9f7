"""From probabilities to words."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.tagging.taxonomy import NEGLIGIBLE, Taxonomy, TaxonomyError, read_table

TABLE = Path(__file__).parents[3] / "models" / "lite2-int8" / "taxonomy.tsv"

LEAVES = ["tabby cat", "siamese cat", "beagle", "crane", "crane", "mug"]
PARENTS = {
    "tabby cat": ["cat"],
    "siamese cat": ["cat", "pet"],
    "beagle": ["dog"],
    "crane": ["bird", "machine"],
    "mug": [],
    "cat": ["animal"],
    "dog": ["animal"],
    "bird": ["animal"],
    "machine": [],
    "pet": [],
    "animal": [],
}


def small(odds: dict[int, float] | None = None) -> Taxonomy:
    return Taxonomy(LEAVES, PARENTS, {"cat": "n9", "beagle": "n3"}, odds)


@pytest.fixture(scope="module")
def whole() -> Taxonomy:
    return Taxonomy.load(TABLE)


def test_words_sum_up_their_classes() -> None:
    found = small().scores(np.array([0.5, 0.2, 0.1, 0.1, 0.06, 0.04]))
    assert {word: round(score, 6) for word, score in found.items()} == {
        "tabby cat": 0.5,
        "siamese cat": 0.2,
        "cat": 0.7,
        "pet": 0.2,
        "beagle": 0.1,
        "dog": 0.1,
        "crane": 0.16,  # two classes that share a word are one concept
        "bird": 0.16,
        "machine": 0.16,
        "animal": 0.96,
        "mug": 0.04,
    }


def test_words_know_what_is_above_them() -> None:
    taxonomy = small()
    assert taxonomy.of_class(1) == ("siamese cat", "cat", "pet", "animal")
    cat = taxonomy.word("cat")
    assert cat is not None and (cat.synset, cat.wider, cat.breadth) == ("n9", ("animal",), 2)
    assert taxonomy.word("unicorn") is None
    assert taxonomy.is_class("beagle") and not taxonomy.is_class("dog")


def test_negligible_classes_cost_nothing_but_are_named_when_asked() -> None:
    probabilities = np.array([0.999, 0.0, 0.001, 0.0, 0.0, 0.0])
    assert "beagle" not in small().scores(probabilities)
    assert list(small().most_likely(probabilities, 2)) == ["tabby cat", "beagle"]
    shared = np.array([0.0, 0.1, 0.2, 0.3, 0.4, 0.0])
    best = small().most_likely(shared, 3)
    assert list(best) == ["crane", "beagle", "siamese cat"]
    assert best["crane"] == pytest.approx(0.7)


def test_classes_that_are_said_too_readily_are_held_back() -> None:
    probabilities = np.array([0.0, 0.0, 0.8, 0.0, 0.0, 0.2])
    held = small({2: 0.25}).scores(probabilities)
    # odds of 4 become odds of 1
    assert held["beagle"] == held["dog"] == held["animal"] == pytest.approx(0.5)
    assert held["mug"] == 0.2


@pytest.mark.parametrize(
    ("parents", "reason"),
    [
        ({**PARENTS, "animal": ["cat"]}, "is above itself"),
        ({**PARENTS, "dog": ["hound"]}, r"hound, above \w+, has no row"),
    ],
)
def test_what_cannot_be_above_is_refused(parents: dict[str, list[str]], reason: str) -> None:
    with pytest.raises(TaxonomyError, match=reason):
        Taxonomy(LEAVES, parents, {})


@given(st.integers(0, 2**32 - 1), st.floats(0.1, 20))
def test_a_wider_word_is_never_less_confident(whole: Taxonomy, seed: int, sharp: float) -> None:
    logits = np.random.default_rng(seed).normal(size=1000) * sharp
    weights = np.exp(logits - logits.max())
    scores = whole.scores(weights / weights.sum())
    for text, score in scores.items():
        word = whole.word(text)
        assert word is not None
        for above in word.wider:
            assert scores[above] >= score - 1e-12
    assert max(scores.values(), default=0) <= 1 + 1e-9


def test_every_class_has_a_wider_word(whole: Taxonomy) -> None:
    assert whole.classes == 1000
    assert all(len(whole.of_class(index)) >= 2 for index in range(1000))
    assert NEGLIGIBLE < 0.005  # what four decimals of a floor of 0.05 could still show


def test_the_words_are_ones_that_people_type(whole: Taxonomy) -> None:
    words = {word.text for word in whole.words}
    assert len(words) > 1300
    assert all(re.fullmatch(r"[a-z0-9][a-z0-9 '&-]{1,38}", word) for word in words)
    unnatural = {"chordate", "placental", "artifact", "instrumentality", "entity", "covering"}
    unnatural |= {"chelonian", "passerine", "canid", "conveyance", "matter", "ungulate"}
    assert not words & unnatural


@pytest.mark.parametrize(
    ("index", "expected"),
    [
        (1, {"goldfish", "fish", "pet", "animal"}),
        (207, {"golden retriever", "dog", "pet", "animal"}),
        (285, {"cat", "pet", "animal"}),
        (134, {"crane bird", "bird", "wildlife"}),
        (517, {"construction crane", "machine"}),
        (340, {"zebra", "wildlife", "mammal"}),
        (817, {"sports car", "car", "vehicle"}),
        (963, {"pizza", "food"}),
        (928, {"ice cream", "dessert", "food"}),
        (532, {"dining table", "table", "furniture"}),
        (402, {"acoustic guitar", "guitar", "musical instrument"}),
        (610, {"clothing"}),
        (985, {"daisy", "flower", "plant"}),
        (673, {"computer mouse", "mouse", "electronics"}),
        (852, {"tennis ball", "ball", "sports equipment"}),
    ],
)
def test_what_a_person_expects(whole: Taxonomy, index: int, expected: set[str]) -> None:
    assert expected <= set(whole.of_class(index))


def test_every_decision_has_its_row() -> None:
    rows = read_table(TABLE)
    assert sum(row["kind"] == "leaf" for row in rows) == 1000
    dropped = [row for row in rows if row["kind"] == "dropped"]
    assert all(row["reason"] and row["wnid"] and not row["word"] for row in dropped)
    synsets = [row["wnid"] for row in rows if row["wnid"] and row["kind"] != "leaf"]
    assert len(synsets) == len(set(synsets)) >= 860


HEAD = "kind\twnid\tword\tparents\todds\tlemmas\treason\n"


@pytest.mark.parametrize(
    "text",
    [
        "kind\twnid\nleaf\tn1\n",
        HEAD + "leaf\tn1\t\t\t\t\t\n",
        HEAD + "twig\tn1\tcat\t\t\t\t\n",
        HEAD + "leaf\tn1\tcat\tanimal\t\t\t\n",
        HEAD + "leaf\tn1\tcat\t\t2\t\t\n",
        HEAD + "leaf\tn1\tcat\t\tfew\t\t\n",
    ],
)
def test_malformed_tables_are_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "taxonomy.tsv"
    path.write_text(text)
    with pytest.raises(TaxonomyError):
        Taxonomy.load(path)
