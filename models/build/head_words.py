"""The words of the shipped heads: what they are called, where they stand, and which are kept.

Gates are measured, not written down here; these tables only say what a word is.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.tagging.gates import LEAST_GATE

#: What a gate promises: this share of what is said above it is right, on photos left out. An
#: operator's own words promise more: these are said beside many others, of every photo.
PRECISION = 0.78


@dataclass(frozen=True, slots=True)
class HeadWord:
    """A word.

    Attributes:
        name: what the material and our labels call it.
        word: what it is called in tags.
        synset: WordNet 3.0 id, if it has one.
        parents: wider words beside those of the taxonomy.
        parts: whether a part of the picture speaks for the whole.
        least, crowded_least: what its gates for single subjects and for scenes are at least,
            whatever was measured.
        promise: what its gates promise, where that is not :data:`PRECISION`.
    """

    name: str
    word: str = ""
    synset: str = ""
    parents: tuple[str, ...] = ()
    parts: bool = True
    least: float = LEAST_GATE
    crowded_least: float = LEAST_GATE
    promise: float = PRECISION

    @property
    def text(self) -> str:
        """What it is called in tags."""
        return self.word or self.name


#: Scenes, nature, people: learnt from the material and from our labels.
SCENE_WORDS = (
    HeadWord("person", synset="n00007846", least=0.6),
    # Portraits look busy to the head that tells scenes.
    HeadWord("people", synset="n07942152", parents=("person",), least=0.5, crowded_least=0.65),
    HeadWord("animal", synset="n00015388", least=0.7),
    HeadWord("outdoor", least=0.6),
    HeadWord("indoor", parts=False, least=0.6),
    HeadWord("sky", synset="n09436708", least=0.5),
    HeadWord("tree", synset="n13104059", least=0.7),
    HeadWord("grass", synset="n12102133", least=0.6),
    HeadWord("plant", word="foliage", synset="n13152742", least=0.5),
    # The classifier knows three flowers; a head that errs on the side of saying it is worth more.
    HeadWord("flower", synset="n11669921", parents=("plant", "nature"), least=0.45, promise=0.7),
    HeadWord("water", least=0.5),
    HeadWord("sea", synset="n09426788", parents=("water", "nature"), least=0.7),
    HeadWord(
        "beach", synset="n09217230", parents=("shore", "landscape", "water", "nature"), least=0.5
    ),
    HeadWord("snow", synset="n15043763", least=0.5),
    HeadWord("rock", synset="n09416076", least=0.5),
    HeadWord("mountain", synset="n09359803", parents=("landscape", "nature"), least=0.5),
    HeadWord("building", synset="n02913152", parents=("architecture",), parts=False, least=0.5),
    HeadWord("street", synset="n04334599", parts=False, least=0.5),
    HeadWord("food", synset="n00021265", least=0.5),
    HeadWord("sport", synset="n00523513", parts=False, least=0.6),
    HeadWord("sunset", synset="n11517776", parts=False, least=0.6),
    HeadWord("kitchen", synset="n03619890", parts=False, least=0.6),
    HeadWord("bathroom", synset="n02807731", parts=False, least=0.6),
    HeadWord("busy", parts=False),
)

#: Objects in scenes of many things: learnt from the boxes of the scenes. Kept are those of COCO's
#: classes whose average precision on scenes that were left out reached 0.5; the animals that the
#: classifier knows are left to it.
OBJECT_WORDS = (
    HeadWord("dining table", "table", "n04379243"),
    HeadWord("bowl", synset="n02880940"),
    HeadWord("clock", synset="n03046257"),
    HeadWord("teddy bear", synset="n04399382"),
    HeadWord("tie", synset="n03815615"),
    HeadWord("airplane", synset="n02691156"),
    HeadWord("oven", synset="n03862676"),
    HeadWord("pizza", synset="n07873807"),
    HeadWord("spoon", synset="n04284002"),
    HeadWord("wine glass", synset="n04592099", parents=("glass",)),
    HeadWord("bus", synset="n02924116"),
    HeadWord("giraffe", synset="n02439033", parents=("wildlife", "mammal", "animal")),
    HeadWord("motorcycle", synset="n03790512"),
    HeadWord("sink", synset="n04223580"),
    HeadWord("tennis racket", "racket", "n04039381"),
    HeadWord("baseball bat", synset="n02799175", parents=("sports equipment",)),
)

#: Objects are a matter of scenes: on close-ups the classifier knows better, and what a head that
#: learnt from forty boxes adds there is mostly wrong. So of single subjects they are never said.
OBJECT_LEAST = 1.0

#: Words of the file `scenes`, which learns from all sources.
MORE_WORDS = (
    HeadWord("field", synset="n08569998", parents=("outdoor",), parts=False),
    HeadWord("forest", synset="n08438533", parents=("tree", "outdoor"), parts=False),
    HeadWord("city", synset="n08524735", parents=("outdoor",), parts=False),
    HeadWord("house", synset="n03544360", parents=("building",), parts=False),
    HeadWord("bedroom", synset="n02821627", parents=("indoor",), parts=False),
    HeadWord("highway", synset="n03519981", parents=("street", "outdoor"), parts=False),
    HeadWord("skyscraper", synset="n04233124", parents=("building",), parts=False),
    HeadWord("night", synset="n15167027", parts=False),
    HeadWord("swimming pool", synset="n04371225", parents=("water",), parts=False),
    HeadWord("desert", synset="n08505573", parents=("outdoor",), parts=False),
    HeadWord("glacier", synset="n09289331", parents=("outdoor",), parts=False),
    HeadWord("waterfall", synset="n09475292", parents=("water", "outdoor"), parts=False),
    HeadWord("boat", synset="n02858304"),
    HeadWord("bicycle", synset="n02834778"),
    HeadWord("motorcycle", synset="n03790512"),
    HeadWord("dog", synset="n02084071"),
)
