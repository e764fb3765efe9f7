"""What the heads say, weighed with the classifier, the sky's colour and the faces."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from app.domain.faces import Faces
from app.tagging.engine import Floats
from app.tagging.heads import Heads, HeadTag

#: A head of this name answers no word: it tells scenes of many things from single subjects.
BUSY = "busy"
#: From here on a scene counts as quite busy (half of COCO's photos; one in twelve of ImageNet's).
BUSY_ENOUGH = 0.5
#: Sports are read off postures; an animal in such a posture plays nothing (measured: an orca
#: "surfing"). Where the classifier is this sure of an animal, they are not said.
SURE_OF_ANIMAL = 0.9
#: What the classifier knows well in single subjects is only said of them when it agrees at least
#: this much (a dahlia looks like food to its head).
AGREED, AGREEMENT = ("animal", "food"), 0.1
#: The sky's head and the colour of the upper third together rank better than either does (average
#: precision 0.89 against 0.82 and 0.53 on 1,000 photos): the share moves the head's logit.
SKY_WEIGHT, SKY_MIDDLE = 2.5, 0.4
#: Below this confidence in the open there is no sky.
OUTDOOR_FOR_SKY = 0.5


class Said(NamedTuple):
    """A confidence and what gave it (see :class:`app.domain.categories.Category`)."""

    confidence: float
    source: str


@dataclass(frozen=True, slots=True)
class Sights:
    """What others saw in the picture.

    Attributes:
        classified: the classifier's words of the central view.
        sky: share of the upper third that has a sky's colour.
        faces: what the face detector found; ``None`` if it did not look.
    """

    classified: Mapping[str, float]
    sky: float
    faces: Faces | None


@dataclass(slots=True)
class Scene:
    """What the heads made of it.

    Attributes:
        words: those that passed their gates.
        busy: 0 for a single subject … 1 for a scene of many things.
    """

    words: dict[str, Said] = field(default_factory=dict)
    busy: float = 0.0


class SceneWords:
    """All heads that are switched on; where two files know a word, the first one answers."""

    def __init__(self, files: Sequence[Heads]) -> None:
        self._files = tuple(files)
        self._tags: dict[str, HeadTag] = {}
        for heads in files:
            for tag in heads.tags:
                self._tags.setdefault(tag.word, tag)

    def __bool__(self) -> bool:
        return bool(self._files)

    def wider(self, word: str) -> tuple[str, ...]:
        """The words that heads put above a word."""
        tag = self._tags.get(word)
        return tag.parents if tag else ()

    def vocabulary(self) -> frozenset[str]:
        """Every word that a head answers for, and those that stand above it."""
        above = (parent for tag in self._tags.values() for parent in tag.parents)
        return frozenset((*self._tags, *above)) - {BUSY}

    def synset(self, word: str) -> str:
        """The WordNet 3.0 id of a head's word, or ""."""
        tag = self._tags.get(word)
        return tag.synset if tag else ""

    def look(self, embeddings: Floats, sights: Sights) -> Scene:
        """Read the heads off one picture.

        Args:
            embeddings: (views, width), the centre first.
        """
        raw = self._scores(embeddings)
        scene = Scene(busy=min(1.0, raw.pop(BUSY, Said(0.0, "")).confidence / BUSY_ENOUGH))
        self._correct(raw, sights, scene.busy)
        for word, said in raw.items():
            if said.confidence >= self._gate(word, scene.busy):
                scene.words[word] = said
        return scene

    def _gate(self, word: str, busy: float) -> float:
        """Between that of single subjects and that of scenes."""
        tag = self._tags.get(word)
        return tag.gate + (tag.crowded - tag.gate) * busy if tag else 0.0

    def _scores(self, embeddings: Floats) -> dict[str, Said]:
        """Every head's confidence: in the centre, or in the part that shows it best."""
        raw: dict[str, Said] = {}
        for heads in self._files:
            scores = heads.scores(embeddings)
            source = f"{heads.name} {heads.version}"
            for number, tag in enumerate(heads.tags):
                views = scores[:, number]
                score = _of_parts(views) if tag.parts else views[0]
                raw.setdefault(tag.word, Said(float(score), source))
        return raw

    def _correct(self, raw: dict[str, Said], sights: Sights, busy: float) -> None:
        """What one source knows of another's words."""
        outdoor = raw.get("outdoor", Said(0.0, "")).confidence
        if "sky" in raw:
            moved = _logit(raw["sky"].confidence) + SKY_WEIGHT * (sights.sky - SKY_MIDDLE)
            sky = 1 / (1 + math.exp(-moved)) if outdoor >= OUTDOOR_FOR_SKY else 0.0
            raw["sky"] = Said(sky, raw["sky"].source)
        inside = raw.get("indoor", Said(0.0, "")).confidence
        raw.pop("indoor" if outdoor >= inside else "outdoor", None)
        if busy < 1.0:
            for word in AGREED:
                if sights.classified.get(word, 0.0) < AGREEMENT:
                    raw.pop(word, None)
        if sights.classified.get("animal", 0.0) >= SURE_OF_ANIMAL:
            for word in [w for w in raw if w == "sport" or "sport" in self.wider(w)]:
                del raw[word]
        if sights.faces is not None:
            _agree_with_faces(raw, sights.faces)


def _of_parts(views: Floats) -> float:
    """The centre's confidence, or what the best part adds to it."""
    centre, best = float(views[0]), float(views.max())
    return (centre + best) / 2


def _agree_with_faces(raw: dict[str, Said], faces: Faces) -> None:
    """One face makes a person, two make people, whatever the heads say."""
    sure = sorted((face.score for face in faces.found), reverse=True)
    for word, needed in (("person", 1), ("people", 2)):
        if len(sure) >= needed:
            said = Said(sure[needed - 1], faces.source)
            raw[word] = max(said, raw.get(word, said), key=lambda item: item.confidence)


def _logit(probability: float) -> float:
    clipped = min(max(probability, 1e-6), 1 - 1e-6)
    return math.log(clipped / (1 - clipped))
