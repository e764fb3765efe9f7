"""From the probabilities of a model's classes to words with confidences."""

from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.domain.categories import Category

#: Classes less likely than this add nothing that four decimals would show, but cost time.
NEGLIGIBLE = 0.002


class TaxonomyError(ValueError):
    """The table cannot be used; the text says why."""


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    synset: str
    breadth: int  # number of classes under it


class Taxonomy:
    """The words of a model: one for each class, and wider ones over several classes.

    The score of a word is the sum of the probabilities of the classes under it, each class
    once. Sums run in the order of the classes, so a word is never less confident than a
    narrower one, and the same picture always gives the same digits.

    Args:
        leaves: for each class its word, its synset and its wider words.
        floor: words below this confidence are left out, but for the most likely classes.
        limit: words in an answer at most.
        best: most likely classes that are named however unlikely they are.
    """

    def __init__(
        self,
        leaves: list[tuple[str, str, tuple[str, ...]]],
        synsets: dict[str, str],
        *,
        floor: float,
        limit: int,
        best: int,
    ) -> None:
        self.classes = len(leaves)
        self._floor, self._limit, self._best = floor, limit, best
        members: dict[str, set[int]] = defaultdict(set)
        for index, (word, _, parents) in enumerate(leaves):
            for text in (word, *parents):
                members[text].add(index)
        own = {word: synset for word, synset, _ in reversed(leaves)}
        numbers = {text: number for number, text in enumerate(members)}
        self._words = [
            _Word(text, own.get(text) or synsets.get(text, ""), len(indexes))
            for text, indexes in members.items()
        ]
        self._members = [tuple(sorted(indexes)) for indexes in members.values()]
        self._of_class = [
            tuple(dict.fromkeys(numbers[text] for text in (word, *parents)))
            for word, _, parents in leaves
        ]

    @classmethod
    def load(cls, path: Path, *, floor: float, limit: int, best: int) -> Taxonomy:
        """Read ``taxonomy.tsv``: kind, wnid, word, parents, lemmas.

        Raises:
            TaxonomyError: a row is malformed.
        """
        leaves: list[tuple[str, str, tuple[str, ...]]] = []
        synsets: dict[str, str] = {}
        with path.open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
                try:
                    kind, synset, word = row["kind"], row["wnid"], row["word"]
                    parents = tuple(filter(None, row["parents"].split(", ")))
                except (KeyError, AttributeError) as error:
                    raise TaxonomyError(f"{path.name}: malformed row {row}") from error
                if kind == "leaf":
                    if not word:
                        raise TaxonomyError(f"{path.name}: class {synset} has no word")
                    leaves.append((word, synset, parents))
                elif kind == "kept":
                    synsets.setdefault(word, synset)
        return cls(leaves, synsets, floor=floor, limit=limit, best=best)

    def is_class(self, text: str) -> bool:
        """Whether a word stands for a class of its own."""
        return any(self._words[numbers[0]].text == text for numbers in self._of_class)

    def categories(self, probabilities: NDArray[np.float64]) -> list[Category]:
        """The words for one picture, by descending confidence, narrower ones first.

        Args:
            probabilities: (classes,), calibrated.
        """
        likely = np.flatnonzero(probabilities > NEGLIGIBLE).tolist()
        scores: dict[int, float] = defaultdict(float)
        for index in likely:
            probability = float(probabilities[index])
            for number in self._of_class[index]:
                scores[number] += probability
        named = self._most_likely(probabilities)
        for number in named:
            # Two classes may share a word; those that are negligible are named all the same.
            scores.setdefault(number, self._sum(number, probabilities))
        chosen = sorted(
            (number for number, score in scores.items() if score >= self._floor),
            key=lambda number: -scores[number],
        )
        room = self._limit - len(named)
        kept = dict.fromkeys([n for n in chosen if n not in named][:room]) | named
        found = [(min(1.0, round(scores[number], 4)), self._words[number]) for number in kept]
        found.sort(key=lambda item: (-item[0], item[1].breadth, item[1].text))
        return [Category(word.text, confidence, word.synset) for confidence, word in found]

    def _most_likely(self, probabilities: NDArray[np.float64]) -> dict[int, None]:
        # A few more than needed, as classes may share words; ties go to the first class.
        order = np.argsort(-probabilities, kind="stable")[: self._best + 8]
        words = dict.fromkeys(self._of_class[index][0] for index in order.tolist())
        return dict.fromkeys(list(words)[: self._best])

    def _sum(self, number: int, probabilities: NDArray[np.float64]) -> float:
        return sum(float(probabilities[index]) for index in self._members[number])
