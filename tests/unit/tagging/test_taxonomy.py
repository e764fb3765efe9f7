"""From probabilities to words."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.tagging.taxonomy import NEGLIGIBLE, Taxonomy, TaxonomyError

MODEL = Path(__file__).parents[3] / "models" / "lite2-int8"

LEAVES = [
    ("tabby cat", "n1", ("cat", "animal")),
    ("siamese cat", "n2", ("cat", "animal")),
    ("beagle", "n3", ("dog", "animal")),
    ("crane", "n4", ("bird", "animal")),
    ("crane", "n5", ("machine",)),
    ("mug", "n6", ()),
]


def small(**options: float) -> Taxonomy:
    settings = {"floor": 0.05, "limit": 25, "best": 2} | options
    return Taxonomy(LEAVES, {"cat": "n9"}, **settings)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def whole() -> Taxonomy:
    return Taxonomy.load(MODEL / "taxonomy.tsv", floor=0.05, limit=25, best=5)


def test_words_sum_up_their_classes() -> None:
    found = small().categories(np.array([0.5, 0.2, 0.1, 0.1, 0.06, 0.04]))
    assert [(c.word, c.confidence) for c in found] == [
        ("animal", 0.9),
        ("cat", 0.7),
        ("tabby cat", 0.5),
        ("siamese cat", 0.2),
        ("crane", 0.16),
        ("beagle", 0.1),
        ("bird", 0.1),
        ("dog", 0.1),
        ("machine", 0.06),
    ]
    by_word = {c.word: c for c in found}
    assert by_word["cat"].synset == "n9" and by_word["beagle"].synset == "n3"
    assert by_word["crane"].confidence == 0.16, "two classes that share a word are one concept"
    assert "mug" not in by_word, "below the floor and not among the best"


def test_narrower_words_come_first_among_equals() -> None:
    found = [c.word for c in small().categories(np.array([0, 0, 1.0, 0, 0, 0]))]
    assert found[:3] == ["beagle", "dog", "animal"]


def test_the_best_classes_are_named_below_the_floor() -> None:
    found = small(floor=0.5, best=2).categories(np.array([0.4, 0.3, 0.2, 0.1, 0, 0]))
    assert {"tabby cat", "siamese cat"} <= {c.word for c in found}
    assert "beagle" not in {c.word for c in found}


def test_the_limit_keeps_room_for_the_best_classes() -> None:
    found = small(limit=3).categories(np.array([0.4, 0.3, 0.2, 0.1, 0, 0]))
    assert len(found) == 3 and {"tabby cat", "siamese cat"} <= {c.word for c in found}


@given(st.integers(0, 2**32 - 1), st.floats(0.1, 20))
def test_whatever_the_probabilities(whole: Taxonomy, seed: int, sharpness: float) -> None:
    logits = np.random.default_rng(seed).normal(size=1000) * sharpness
    weights = np.exp(logits - logits.max())
    probabilities = weights / weights.sum()
    found = whole.categories(probabilities)
    assert found == whole.categories(probabilities.copy())
    confidences = [c.confidence for c in found]
    assert confidences == sorted(confidences, reverse=True)
    assert all(0 <= value <= 1 and value == round(value, 4) for value in confidences)
    assert len(found) <= 25 and len({c.word for c in found}) == len(found)
    assert sum(whole.is_class(c.word) for c in found) >= 5


def test_a_wider_word_is_never_less_confident(whole: Taxonomy) -> None:
    everything = Taxonomy.load(MODEL / "taxonomy.tsv", floor=0.0, limit=5000, best=5)
    rows = [line.split("\t") for line in (MODEL / "taxonomy.tsv").read_text().splitlines()[1:]]
    wider = {row[2]: row[3].split(", ") for row in rows if row[0] == "leaf" and row[3]}
    for seed in range(30):
        logits = np.random.default_rng(seed).normal(size=1000) * 8
        weights = np.exp(logits - logits.max())
        found = {c.word: c.confidence for c in everything.categories(weights / weights.sum())}
        # The best classes are named even if negligible; their wider words are not.
        for word in found.keys() & wider.keys():
            for parent in wider[word]:
                assert found.get(parent, 0) >= found[word] or found[word] <= NEGLIGIBLE


def test_the_words_are_ones_that_people_type() -> None:
    rows = [line.split("\t") for line in (MODEL / "taxonomy.tsv").read_text().splitlines()[1:]]
    leaves = [row for row in rows if row[0] == "leaf"]
    words = {row[2] for row in leaves} | {p for row in leaves for p in row[3].split(", ") if p}
    assert len(leaves) == 1000 and len(words) > 1250
    assert all(
        word == word.lower().strip() and "," not in word and "_" not in word for word in words
    )
    unnatural = {"chordate", "placental", "artifact", "instrumentality", "entity", "covering"}
    assert not words & unnatural


@pytest.mark.parametrize(
    "text", ["kind\twnid\nleaf\tn1\n", "kind\twnid\tword\tparents\nleaf\tn1\t\t\n"]
)
def test_malformed_tables_are_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "taxonomy.tsv"
    path.write_text(text)
    with pytest.raises(TaxonomyError):
        Taxonomy.load(path, floor=0.05, limit=25, best=5)
