"""From the probabilities of a model's classes to words with confidences."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from app.tagging.engine import Floats

#: Classes less likely than this add nothing that four decimals would show, but cost time.
NEGLIGIBLE = 0.002

KINDS = ("leaf", "word", "dropped")


class TaxonomyError(ValueError):
    """The table cannot be used; the text says why."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word of the taxonomy.

    Attributes:
        text: lower case, as a person would type it.
        synset: WordNet 3.0 id, empty for words of our own.
        wider: every word above it, nearest first.
        breadth: number of classes under it.
    """

    text: str
    synset: str
    wider: tuple[str, ...]
    breadth: int


class Taxonomy:
    """The words of a model: one for each class, and wider ones over several classes.

    The table names the words directly above each word; what is above those is above it too. The
    score of a word is the sum of the probabilities of the classes under it, each class once.
    Sums run in the order of the classes, so a word is never less confident than a narrower one,
    and the same picture always gives the same digits.

    Args:
        leaves: the word of each class, in the order of the classes.
        parents: for every word the words directly above it.
        synsets: WordNet 3.0 ids of words that have one.
        odds: classes by number that the model says too readily, and by how much the odds of
            their probability are to shrink (0 … 1).

    Raises:
        TaxonomyError: a word is above itself, or names one above it that does not exist.
    """

    def __init__(
        self,
        leaves: Sequence[str],
        parents: Mapping[str, Iterable[str]],
        synsets: Mapping[str, str],
        odds: Mapping[int, float] | None = None,
    ) -> None:
        self.classes = len(leaves)
        self._odds = dict(odds or {})
        wider = {word: _closure(word, parents) for word in parents}
        members: dict[str, list[int]] = {word: [] for word in wider}
        for index, leaf in enumerate(leaves):
            for word in (leaf, *wider[leaf]):
                members[word].append(index)
        self.words = tuple(
            Word(word, synsets.get(word, ""), wider[word], len(members[word])) for word in wider
        )
        self._numbers = {word.text: number for number, word in enumerate(self.words)}
        self._members = [members[word.text] for word in self.words]
        self._of_class = [[self._numbers[word] for word in (leaf, *wider[leaf])] for leaf in leaves]

    @classmethod
    def load(cls, path: Path) -> Taxonomy:
        """Read ``taxonomy.tsv``.

        Its columns are kind, wnid, word, parents (those directly above), odds, lemmas and reason.
        Rows of the kind ``leaf`` are the classes in their order, ``word`` wider words, ``dropped``
        WordNet synsets that are no tag.

        Raises:
            TaxonomyError: a row is malformed.
        """
        leaves: list[str] = []
        parents: dict[str, dict[str, None]] = {}
        synsets: dict[str, str] = {}
        odds: dict[int, float] = {}
        for row in read_table(path):
            if row["kind"] == "dropped":
                continue
            word = row["word"]
            if not word:
                raise TaxonomyError(f"{path.name}: {row['kind']} {row['wnid']} has no word")
            if row["kind"] == "leaf":
                if row.get("odds"):
                    odds[len(leaves)] = _odds(path, row)
                leaves.append(word)
            above = filter(None, row["parents"].split(", "))
            parents.setdefault(word, {}).update(dict.fromkeys(above))
            if row["wnid"]:
                synsets.setdefault(word, row["wnid"])
        return cls(leaves, parents, synsets, odds)

    def word(self, text: str) -> Word | None:
        """A word by its text."""
        number = self._numbers.get(text)
        return None if number is None else self.words[number]

    def of_class(self, index: int) -> tuple[str, ...]:
        """The word of a class and all above it: what is true of a photo of that class."""
        return tuple(self.words[number].text for number in self._of_class[index])

    def is_class(self, text: str) -> bool:
        """Whether a word stands for a class of its own."""
        return any(self.words[numbers[0]].text == text for numbers in self._of_class)

    def scores(self, probabilities: Floats) -> dict[str, float]:
        """The words of one picture with their confidences, in no particular order.

        Args:
            probabilities: (classes,), calibrated.

        Returns:
            Every word with a class under it that is not negligible.
        """
        scores: dict[int, float] = {}
        for index in np.flatnonzero(probabilities > NEGLIGIBLE).tolist():
            probability = self._corrected(index, float(probabilities[index]))
            for number in self._of_class[index]:
                scores[number] = scores.get(number, 0.0) + probability
        return {self.words[number].text: score for number, score in scores.items()}

    def _corrected(self, index: int, probability: float) -> float:
        odds = self._odds.get(index)
        if odds is None:
            return probability
        return odds * probability / (1.0 + (odds - 1.0) * probability)

    def most_likely(self, probabilities: Floats, count: int) -> dict[str, float]:
        """The words of the most likely classes, however unlikely these are.

        Args:
            probabilities: (classes,), calibrated.
            count: number of words; classes may share one.
        """
        # A few more than needed, as classes may share words; ties go to the first class.
        order = np.argsort(-probabilities, kind="stable")[: count + 8]
        numbers = dict.fromkeys(self._of_class[index][0] for index in order.tolist())
        return {
            self.words[number].text: sum(
                self._corrected(i, float(probabilities[i])) for i in self._members[number]
            )
            for number in list(numbers)[:count]
        }


def _odds(path: Path, row: dict[str, str]) -> float:
    try:
        value = float(row["odds"])
    except ValueError:
        value = -1.0
    if not 0 < value <= 1:
        raise TaxonomyError(f"{path.name}: odds of {row['word']} must be above 0 and at most 1")
    return value


def read_table(path: Path) -> list[dict[str, str]]:
    """The rows of ``taxonomy.tsv``.

    Raises:
        TaxonomyError: a column is missing, or a kind unknown.
    """
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    for row in rows:
        complete = all(row.get(name) is not None for name in ("wnid", "word", "parents"))
        if not complete or row.get("kind") not in KINDS:
            raise TaxonomyError(f"{path.name}: malformed row {row}")
    return rows


def _closure(word: str, parents: Mapping[str, Iterable[str]]) -> tuple[str, ...]:
    """Everything above a word, nearest first."""
    found: dict[str, None] = {}
    level = list(parents[word])
    while level:
        for name in level:
            if name == word:
                raise TaxonomyError(f"{word} is above itself")
            if name not in parents:
                raise TaxonomyError(f"{name}, above {word}, has no row")
        found |= dict.fromkeys(level)
        level = [above for name in level for above in parents[name] if above not in found]
    return tuple(found)
