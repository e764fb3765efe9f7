"""The sources put together: order, provenance, and what must hold whatever the network saw."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.categories import Category
from app.domain.detail import LEVELS, Detail
from app.domain.faces import Face, Faces
from app.tagging import colours
from app.tagging.catalogue import load_tagger
from app.tagging.tagger import Tagger

MODELS = Path(__file__).parents[3] / "models"
VIEWS = {"fast": 1, "thorough": 6}


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    return load_tagger(MODELS, "lite2-int8", ["lite2-core"])


def judged(tagger: Tagger, seed: int, sharp: float, detail: Detail) -> list[Category]:
    source = np.random.default_rng(seed)
    faces = Faces((Face(0.1, 0.1, 0.3, 0.3, 0.98),), "mtcnn 1.0.0") if seed % 3 == 0 else None
    return tagger.judge(
        source.normal(size=(VIEWS[detail], 1000)) * sharp,
        source.gamma(0.4, 0.5, size=(VIEWS[detail], 1280)),
        source.integers(0, 256, (1, 64, 64, 3), np.uint8),
        detail,
        faces,
    )


@settings(max_examples=60)
@given(st.integers(0, 2**32 - 1), st.floats(0.1, 12), st.sampled_from(LEVELS))
def test_whatever_the_network_saw(tagger: Tagger, seed: int, sharp: float, detail: Detail) -> None:
    found = judged(tagger, seed, sharp, detail)
    assert found == judged(tagger, seed, sharp, detail)
    confidences = [item.confidence for item in found]
    assert confidences == sorted(confidences, reverse=True)
    assert all(0 <= value <= 1 and value == round(value, 4) for value in confidences)
    assert len(found) <= 25 and len({item.word for item in found}) == len(found)
    assert {item.word for item in found} <= tagger.vocabulary()
    assert sum(tagger.taxonomy.is_class(item.word) for item in found) >= 5


@settings(max_examples=60)
@given(st.integers(0, 2**32 - 1), st.floats(2, 12), st.sampled_from(LEVELS))
def test_a_wider_word_is_never_less_confident(
    tagger: Tagger, seed: int, sharp: float, detail: Detail
) -> None:
    """Whoever says the narrower one: the classifier, a head, or a face."""
    found = {item.word: item.confidence for item in judged(tagger, seed, sharp, detail)}
    floor = 0.05
    for word, confidence in found.items():
        if confidence < floor:
            continue  # the likeliest classes are named below the floor; what is above them is not
        for above in tagger.wider(word):
            assert above not in found or found[above] >= confidence, (word, above)
            # It is missing only where the answer was full.
            assert above in found or len(found) == 25, (word, above)


def test_each_word_says_where_it_comes_from(tagger: Tagger) -> None:
    pink = np.full((1, 64, 64, 3), (240, 120, 180), np.uint8)
    logits = np.zeros((1, 1000))
    logits[0, 130] = 12  # flamingo
    faces = Faces((Face(0.1, 0.1, 0.3, 0.3, 0.99),), "mtcnn 1.0.0")
    found = tagger.judge(logits, np.zeros((1, 1280)), pink, "fast", faces)
    sources = {item.word: item.source for item in found}
    assert sources["flamingo"] == sources["bird"] == ""
    assert sources["pink"] == colours.SOURCE
    assert sources["person"] == "mtcnn 1.0.0"
    synsets = {item.word: item.synset for item in found}
    assert synsets["flamingo"] == "n02007558" and synsets["pink"] == "n04970916"
    assert synsets["person"] == "n00007846"


def test_sources_can_be_switched_off() -> None:
    bare = load_tagger(MODELS, "lite2-int8", [], colours=False)
    assert bare.inputs("fast") == bare.inputs("thorough")[:1]
    assert not bare.vocabulary() & {"foliage", "outdoor busy", "turquoise"}
    assert colours.VIEW not in bare.inputs("fast")
    only_colours = load_tagger(MODELS, "lite2-int8", [], colours=True)
    assert colours.VIEW in only_colours.inputs("fast")
    assert "turquoise" in only_colours.vocabulary()


def test_in_busy_scenes_the_odds_rise_and_nowhere_else() -> None:
    tagger = load_tagger(MODELS, "lite2-int8", [], colours=False)
    logits = np.zeros((1, 1000))
    logits[0, 817] = 5
    # Without heads nothing tells a scene from a single subject.
    (first, *_) = tagger.judge(logits, np.zeros((1, 1280)), None, "thorough")
    share = tagger.taxonomy.scores(tagger.classifier.probabilities(logits[0]))
    assert first.confidence == pytest.approx(max(share.values()), abs=1e-4)
