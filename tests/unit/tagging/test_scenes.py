"""How heads, classifier, colours and faces are weighed against each other."""

from __future__ import annotations

import math

import numpy as np
import pytest

from app.domain.faces import Face, Faces
from app.tagging.heads import Heads, HeadTag
from app.tagging.scenes import BUSY, SceneWords, Sights

WORDS = ("busy", "person", "people", "outdoor", "indoor", "sky", "sport", "surfing", "food")
PARENTS = {"people": ("person",), "surfing": ("sport",)}
WIDTH = len(WORDS)


def heads(**gates: tuple[float, float]) -> Heads:
    """A head for each number of the embedding: the logit of its root times four, less two."""
    tags = tuple(
        HeadTag(word, "", PARENTS.get(word, ()), *gates.get(word, (0.5, 0.5)), word == "person")
        for word in WORDS
    )
    weights = np.hstack([np.eye(WIDTH) * 4, np.full((WIDTH, 1), -2)]).astype(np.float32)
    return Heads("test-heads", "1.2.0", tags, weights)


def embedding(**confidences: float) -> np.ndarray:
    """What makes each head say its confidence; 0.12 for those that are not named."""
    logits = [math.log(p / (1 - p)) for p in (confidences.get(w, 0.12) for w in WORDS)]
    return np.array([((logit + 2) / 4) ** 2 for logit in logits])


def look(
    *views: np.ndarray,
    sky: float = 0.0,
    faces: Faces | None = None,
    classified: dict[str, float] | None = None,
    **gates: tuple[float, float],
) -> dict[str, float]:
    scene = SceneWords([heads(**gates)]).look(
        np.stack(views), Sights(classified or {"food": 1.0}, sky, faces)
    )
    assert {said.source for said in scene.words.values()} <= {"test-heads 1.2.0", "mtcnn 1.0.0"}
    return {word: round(said.confidence, 3) for word, said in scene.words.items()}


def test_a_head_says_what_its_weights_say() -> None:
    assert look(embedding(person=0.9, outdoor=0.8)) == {"person": 0.9, "outdoor": 0.8}


def test_below_its_gate_a_word_is_not_said() -> None:
    assert look(embedding(person=0.7), person=(0.8, 0.5)) == {}


def test_scenes_have_their_own_gate() -> None:
    gates = {"person": (0.9, 0.5)}
    assert "person" not in look(embedding(person=0.7, busy=0.15), **gates)
    assert "person" in look(embedding(person=0.7, busy=0.6), **gates)
    assert BUSY not in look(embedding(busy=0.9))


def test_a_part_may_speak_for_the_whole() -> None:
    centre, corner = embedding(person=0.4), embedding(person=0.9, people=0.9)
    assert look(centre) == {}
    # Half of what the best part adds; people are only counted in the whole.
    assert look(centre, corner) == {"person": 0.65}


def test_a_place_is_either_inside_or_outside() -> None:
    assert look(embedding(outdoor=0.8, indoor=0.7)) == {"outdoor": 0.8}
    assert look(embedding(outdoor=0.6, indoor=0.7)) == {"indoor": 0.7}


def test_the_sky_needs_the_open_and_the_colour() -> None:
    assert "sky" not in look(embedding(sky=0.9, outdoor=0.4), sky=1.0)
    blue = look(embedding(sky=0.6, outdoor=0.9), sky=1.0)["sky"]
    assert blue == pytest.approx(1 / (1 + math.exp(-(math.log(1.5) + 2.5 * 0.6))), abs=1e-3)
    assert "sky" not in look(embedding(sky=0.6, outdoor=0.9), sky=0.0)


def test_an_animal_plays_no_sport() -> None:
    picture = embedding(sport=0.9, surfing=0.8, outdoor=0.9)
    assert set(look(picture)) == {"sport", "surfing", "outdoor"}
    assert set(look(picture, classified={"animal": 0.95})) == {"outdoor"}


def test_of_a_single_subject_food_needs_the_classifier() -> None:
    assert look(embedding(food=0.9), classified={"food": 0.05}) == {}
    assert look(embedding(food=0.9), classified={"food": 0.2}) == {"food": 0.9}
    assert "food" in look(embedding(food=0.9, busy=0.8), classified={})


def face(score: float) -> Face:
    return Face(0.1, 0.1, 0.2, 0.2, score)


def test_people_agree_with_faces() -> None:
    one, two = (Faces(found, "mtcnn 1.0.0") for found in ((face(0.99),), (face(0.99), face(0.98))))
    assert look(embedding(), faces=Faces((), "mtcnn 1.0.0")) == {}
    assert look(embedding(), faces=one) == {"person": 0.99}
    assert look(embedding(), faces=two) == {"person": 0.99, "people": 0.98}


def test_the_first_file_that_knows_a_word_answers() -> None:
    other = Heads(
        "other",
        "1.0.0",
        (HeadTag("person", "", (), 0.5, 0.5, False), HeadTag("cloud", "", (), 0.5, 0.5, False)),
        np.hstack([np.zeros((2, WIDTH)), np.full((2, 1), 3)]).astype(np.float32),
    )
    words = SceneWords([heads(), other])
    scene = words.look(embedding(person=0.7)[None], Sights({}, 0.0, None))
    assert scene.words["person"].source == "test-heads 1.2.0"
    assert scene.words["cloud"].source == "other 1.0.0"
    assert {"cloud", "people", "sport"} <= words.vocabulary()
