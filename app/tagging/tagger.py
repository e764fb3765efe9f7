"""The tagging engine: a classifier with its taxonomy, heads, colours and faces put together.

Each source sees the picture in its own way and answers for its own words; this file weighs them
against each other. What it holds to: a wider word is never less confident than a narrower one, and
the same pixels give the same digits.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from app.domain.categories import Category
from app.domain.detail import Detail
from app.domain.faces import Faces
from app.domain.images import InputSpec, Pixels
from app.tagging import colours
from app.tagging.engine import Floats, OnnxClassifier
from app.tagging.heads import Heads
from app.tagging.scenes import SceneWords, Sights
from app.tagging.taxonomy import Taxonomy


@dataclass(frozen=True, slots=True)
class Answer:
    """What an answer holds.

    Attributes:
        floor: words below this confidence are left out, but for the most likely classes.
        limit: words at most.
        best: most likely classes that are named however unlikely they are.
    """

    floor: float
    limit: int
    best: int


@dataclass(frozen=True, slots=True)
class Views:
    """Which parts of a picture the classifier looks at.

    Attributes:
        centre: for both levels of detail.
        parts: for ``thorough`` too.
        weights: how much each view's probabilities count in the mean, the centre's first.
    """

    centre: InputSpec
    parts: tuple[InputSpec, ...] = ()
    weights: tuple[float, ...] = (1.0,)

    def of(self, detail: Detail) -> tuple[InputSpec, ...]:
        """The views of a level, the centre first."""
        return (self.centre, *self.parts) if detail == "thorough" else (self.centre,)


@dataclass(slots=True)
class _Words:
    """Words with the best confidence that any source gave, and that source."""

    found: dict[str, tuple[float, str]] = field(default_factory=dict)

    def add(self, word: str, confidence: float, source: str) -> None:
        """Say a word; the more confident source keeps it."""
        if word not in self.found or confidence > self.found[word][0]:
            self.found[word] = (confidence, source)


class Tagger:
    """Looks and names (see :class:`app.domain.ports.TaggingEngine`).

    Args:
        heads: files of linear heads; they need a classifier that gives its embedding.
        scene_odds: by how much the odds of the classifier's words rise in a scene of many things,
            where its classes compete for a sum of 1 although several are there; by level of
            detail. Between single subjects (1) and such scenes it grows with how busy it is.
        with_colours: whether dominant colours are named.
    """

    def __init__(
        self,
        name: str,
        version: str,
        classifier: OnnxClassifier,
        views: Views,
        taxonomy: Taxonomy,
        answer: Answer,
        heads: Sequence[Heads] = (),
        *,
        scene_odds: Mapping[Detail, float] | None = None,
        with_colours: bool = True,
    ) -> None:
        self.name, self.version = name, version
        self.classifier = classifier
        self.taxonomy = taxonomy
        self._views = views
        self._answer = answer
        self._heads = SceneWords(heads)
        self._odds = scene_odds or {}
        self._with_colours = with_colours

    def vocabulary(self) -> frozenset[str]:
        """Every word that it can say."""
        taxonomy = frozenset(word.text for word in self.taxonomy.words)
        named = frozenset(colours.SYNSETS) if self._with_colours else frozenset[str]()
        return taxonomy | self._heads.vocabulary() | named

    def inputs(self, detail: Detail) -> tuple[InputSpec, ...]:
        """The views that :meth:`categorize` wants."""
        small = (colours.VIEW,) if self._with_colours or self._heads else ()
        return (*self._views.of(detail), *small)

    def categorize(
        self,
        views: Mapping[InputSpec, Pixels],
        detail: Detail = "fast",
        faces: Faces | None = None,
    ) -> list[Category]:
        """Name what is in the picture."""
        seen = [self.classifier.run(views[spec]) for spec in self._views.of(detail)]
        return self.judge(
            np.stack([logits for logits, _ in seen]),
            np.stack([embedding for _, embedding in seen]),
            views.get(colours.VIEW),
            detail,
            faces,
        )

    def judge(
        self,
        logits: Floats,
        embeddings: Floats,
        small: Pixels | None,
        detail: Detail = "fast",
        faces: Faces | None = None,
    ) -> list[Category]:
        """Words from what the network saw.

        Args:
            logits: (views, classes), the centre first.
            embeddings: (views, width), which may be 0.
            small: the view for colours.
        """
        probabilities = self.classifier.probabilities(logits)
        shares = colours.colour_shares(small) if small is not None else {}
        sky = colours.sky_share(small) if small is not None else 0.0
        sights = Sights(self.taxonomy.scores(probabilities[0]), sky, faces)
        scene = self._heads.look(embeddings, sights)
        words = _Words()
        odds = 1.0 + (self._odds.get(detail, 1.0) - 1.0) * scene.busy
        mean = self._mean(probabilities)
        best = self.taxonomy.most_likely(mean, self._answer.best)
        for word, score in (self.taxonomy.scores(mean) | best).items():
            # A sum of shares may pass 1 in its last digit.
            words.add(word, min(1.0, odds * score / (1.0 + (odds - 1.0) * score)), "")
        for word, (confidence, source) in scene.words.items():
            words.add(word, confidence, source)
        if self._with_colours:
            for word, confidence in colours.named(shares).items():
                words.add(word, confidence, colours.SOURCE)
        self._lift(words)
        return self._chosen(words, best.keys())

    def _mean(self, probabilities: Floats) -> Floats:
        """What all views say together; of one view, that."""
        if len(probabilities) == 1:
            return np.asarray(probabilities[0])
        weights = np.array(self._views.weights)
        # Not `@`: BLAS would wake its threads for so little.
        return np.asarray(np.einsum("v,vc->c", weights / weights.sum(), probabilities))

    def _lift(self, words: _Words) -> None:
        """Make wider words at least as confident as narrower ones, whoever said these."""
        for word, (confidence, source) in sorted(words.found.items()):
            for wider in self.wider(word):
                if words.found.get(wider, (0.0, ""))[0] < confidence:
                    words.found[wider] = (confidence, source)

    def wider(self, word: str) -> tuple[str, ...]:
        """Every word above a word, by the taxonomy and by the heads."""
        known = self.taxonomy.word(word)
        above = (*(known.wider if known else ()), *self._heads.wider(word))
        # What heads put above a word may itself have wider words in the taxonomy.
        return tuple(
            dict.fromkeys(w for name in above for w in (name, *self._taxonomy_above(name)))
        )

    def _taxonomy_above(self, word: str) -> tuple[str, ...]:
        known = self.taxonomy.word(word)
        return known.wider if known else ()

    def _chosen(self, words: _Words, best: Collection[str]) -> list[Category]:
        found = [
            self._category(word, confidence, source)
            for word, (confidence, source) in words.found.items()
            if confidence >= self._answer.floor or word in best
        ]
        found.sort(key=lambda item: (-item.confidence, self._breadth(item.word), item.word))
        room = self._answer.limit - sum(item.word in best for item in found)
        others = iter(range(room))
        return [c for c in found if c.word in best or next(others, None) is not None]

    def _category(self, word: str, confidence: float, source: str) -> Category:
        known = self.taxonomy.word(word)
        others = self._heads.synset(word) or colours.SYNSETS.get(word, "")
        synset = known.synset if known else others
        return Category(word, min(1.0, round(confidence, 4)), synset, source)

    def _breadth(self, word: str) -> int:
        known = self.taxonomy.word(word)
        # Scenes and colours say less of what a photo shows than its subject does.
        return known.breadth if known else self.taxonomy.classes
