"""How good an engine's words are: figures over photos whose truth is known.

docs/evaluate.md gives every formula. Two things are counted. *Words that were said* are right,
wrong or not judged: precision and calibration come from them. *Things that were sought* are found
or missed: recall comes from them. A word is said at a threshold if its confidence is at least it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

from app.domain.categories import Category
from app.domain.photo_labels import Truth

Verdict: TypeAlias = Literal["right", "wrong", "unknown"]

#: Thresholds that are reported.
THRESHOLDS = tuple(step / 10 for step in range(1, 10))

#: Bins of confidence, all equally wide.
BINS = 15

#: The confidence of what was not said at all: below every threshold.
_SILENT = -1.0


class Said(NamedTuple):
    """A word of an answer, judged.

    Attributes:
        source: as in :class:`app.domain.categories.Category`.
    """

    word: str
    confidence: float
    verdict: Verdict
    source: str = ""


@dataclass(frozen=True, slots=True)
class JudgedPhoto:
    """An engine's answer to a photo beside the truth.

    Attributes:
        said: by descending confidence.
        sought: what there was to find, with the greatest confidence of a word that finds it;
            negative if no such word was said.
    """

    file: str
    said: tuple[Said, ...]
    truth: Truth
    sought: dict[str, float]

    def above(self, threshold: float) -> tuple[Said, ...]:
        """The words that are said at a threshold."""
        return tuple(item for item in self.said if item.confidence >= threshold)

    def missed(self, threshold: float) -> list[str]:
        """What is not found at a threshold."""
        return [name for name, confidence in self.sought.items() if confidence < threshold]

    def nothing_found(self, threshold: float) -> bool:
        """Whether there was something to find, and nothing of it is found."""
        return bool(self.sought) and max(self.sought.values()) < threshold


def judge(
    file: str, categories: Iterable[Category], truth: Truth, *, own_only: bool = False
) -> JudgedPhoto:
    """Hold an answer against the truth.

    Args:
        categories: by descending confidence; of a word that is there twice the first counts.
        own_only: words of other parts of the engine than its classifier are not judged, but
            find what they name all the same.
    """
    first: dict[str, Category] = {}
    for category in categories:
        first.setdefault(category.word, category)
    said = tuple(
        Said(c.word, c.confidence, _verdict(c, truth, own_only), c.source) for c in first.values()
    )
    sought = {
        name: max((first[w].confidence for w in words if w in first), default=_SILENT)
        for name, words in truth.sought.items()
    }
    return JudgedPhoto(file, said, truth, sought)


def _verdict(category: Category, truth: Truth, own_only: bool) -> Verdict:
    if category.word not in truth.judged or (own_only and category.source):
        return "unknown"
    return "right" if category.word in truth.right else "wrong"


def share(part: int, rest: int) -> float | None:
    """``part`` of ``part + rest``; ``None`` of nothing."""
    return part / (part + rest) if part + rest else None


@dataclass(frozen=True, slots=True)
class Figures:
    """What holds at a threshold, over all photos.

    Attributes:
        right, wrong: words said and judged.
        found, missed: things sought.
        said: words said, those that cannot be judged too.
        untagged: photos of which nothing is said.
        nothing_found: photos with something to find of which nothing is found.
    """

    threshold: float
    photos: int
    right: int
    wrong: int
    found: int
    missed: int
    said: int
    untagged: int
    nothing_found: int

    @property
    def precision(self) -> float | None:
        """Share of the judged words that are right."""
        return share(self.right, self.wrong)

    @property
    def recall(self) -> float | None:
        """Share of what was sought that is found."""
        return share(self.found, self.missed)


class Tally:
    """Figures at any threshold, from confidences sorted once."""

    def __init__(self, photos: Sequence[JudgedPhoto]) -> None:
        said = [item for photo in photos for item in photo.said]
        self._photos = len(photos)
        self._right = sorted(item.confidence for item in said if item.verdict == "right")
        self._wrong = sorted(item.confidence for item in said if item.verdict == "wrong")
        self._said = sorted(item.confidence for item in said)
        self._sought = sorted(value for photo in photos for value in photo.sought.values())
        self._top = sorted(
            max((item.confidence for item in photo.said), default=_SILENT) for photo in photos
        )
        self._best_found = sorted(max(p.sought.values()) for p in photos if p.sought)

    def at(self, threshold: float) -> Figures:
        """The figures at a threshold, 0 … 1."""
        found = _from(self._sought, threshold)
        return Figures(
            threshold,
            self._photos,
            right=_from(self._right, threshold),
            wrong=_from(self._wrong, threshold),
            found=found,
            missed=len(self._sought) - found,
            said=_from(self._said, threshold),
            untagged=self._photos - _from(self._top, threshold),
            nothing_found=len(self._best_found) - _from(self._best_found, threshold),
        )


def _from(ascending: Sequence[float], threshold: float) -> int:
    """How many numbers are at least ``threshold``."""
    return len(ascending) - bisect_left(ascending, threshold)


def top(photos: Iterable[JudgedPhoto], ranked: frozenset[str] | None, count: int) -> float | None:
    """Share of photos whose first true word is among the first ``count`` words said.

    Args:
        ranked: the words that count among those said, those that stand for a class; ``None`` if
            all do. Of them a photo's other right words do not count: some classes' words are
            wider than another's (*cat* and *tabby*), and true beside it.

    Returns:
        ``None`` if no photo has such a word. Photos without one are left out.
    """
    hits = misses = 0
    for photo in photos:
        if photo.truth.first:
            others = None if ranked is None else ranked - photo.truth.right
            hit = photo.truth.first in _ranking(photo, others)[:count]
            hits, misses = hits + hit, misses + (not hit)
    return share(hits, misses)


def _ranking(photo: JudgedPhoto, others: frozenset[str] | None) -> list[str]:
    """The words said that are the first true word or one of ``others``; all if that is ``None``."""
    return [
        item.word
        for item in photo.said
        if others is None or item.word in others or item.word == photo.truth.first
    ]


@dataclass(frozen=True, slots=True)
class Bin:
    """Judged words whose confidence lies in ``low <= c < high`` (the last one takes 1 too).

    Attributes:
        confidence: their mean confidence; ``None`` if there are none, as for ``right``.
        right: share of them that is right.
    """

    low: float
    high: float
    count: int
    confidence: float | None
    right: float | None


def reliability(photos: Iterable[JudgedPhoto], bins: int = BINS) -> list[Bin]:
    """Judged words by their confidence, whatever the threshold."""
    inside: list[list[Said]] = [[] for _ in range(bins)]
    for photo in photos:
        for item in photo.said:
            if item.verdict != "unknown":
                inside[min(bins - 1, int(item.confidence * bins))].append(item)
    return [_bin(number, bins, items) for number, items in enumerate(inside)]


def _bin(number: int, bins: int, items: Sequence[Said]) -> Bin:
    low, high, count = number / bins, (number + 1) / bins, len(items)
    if not count:
        return Bin(low, high, 0, None, None)
    confidence = sum(item.confidence for item in items) / count
    right = sum(item.verdict == "right" for item in items) / count
    return Bin(low, high, count, confidence, right)


def calibration_error(table: Iterable[Bin]) -> float | None:
    """Expected calibration error: mean distance of confidence and share right, by words.

    After Naeini, Cooper and Hauskrecht, "Obtaining Well Calibrated Probabilities Using Bayesian
    Binning", 2015, in the form of Guo et al., "On Calibration of Modern Neural Networks", 2017.

    Returns:
        0 … 1; ``None`` if no word was judged.
    """
    total, error = 0, 0.0
    for item in table:
        if item.confidence is not None and item.right is not None:
            total += item.count
            error += item.count * abs(item.confidence - item.right)
    return error / total if total else None


@dataclass(slots=True)
class Row:
    """What became of a word, or of a class of objects, at a threshold.

    Attributes:
        right, wrong: photos in which the word was said and judged.
        found, missed: photos in which it was sought.
    """

    name: str
    right: int = 0
    wrong: int = 0
    found: int = 0
    missed: int = 0

    @property
    def photos(self) -> int:
        """Photos in which it was sought."""
        return self.found + self.missed

    @property
    def mistakes(self) -> int:
        """Photos in which it was said wrongly, or missed."""
        return self.wrong + self.missed

    @property
    def precision(self) -> float | None:
        """Share right of the photos in which it was said and judged."""
        return share(self.right, self.wrong)

    @property
    def recall(self) -> float | None:
        """Share found of the photos in which it was sought."""
        return share(self.found, self.missed)


def word_rows(
    photos: Iterable[JudgedPhoto], threshold: float, *, sought: bool, said: bool
) -> list[Row]:
    """What became of every word; those sought and said in most photos first.

    Args:
        sought: count what was found and missed, by the name it was sought under.
        said: count what was said, right and wrong, by the word.
    """
    rows: dict[str, Row] = {}

    def row(name: str) -> Row:
        return rows.setdefault(name, Row(name))

    for photo in photos:
        for name, confidence in photo.sought.items() if sought else ():
            if confidence >= threshold:
                row(name).found += 1
            else:
                row(name).missed += 1
        for item in photo.above(threshold) if said else ():
            if item.verdict == "right":
                row(item.word).right += 1
            elif item.verdict == "wrong":
                row(item.word).wrong += 1
    return sorted(rows.values(), key=lambda r: (-r.photos, -(r.right + r.wrong), r.name))


def worst_first(rows: Iterable[Row]) -> list[Row]:
    """Those with most mistakes first: where mending pays most."""
    return sorted(rows, key=lambda r: (-r.mistakes, r.right + r.found, r.name))


def wrong_first(photos: Iterable[JudgedPhoto], threshold: float) -> list[JudgedPhoto]:
    """Photos of which something wrong is said, the surest wrong word first."""

    def surest(photo: JudgedPhoto) -> float:
        wrong = (s.confidence for s in photo.above(threshold) if s.verdict == "wrong")
        return max(wrong, default=_SILENT)

    found = [(surest(photo), photo) for photo in photos]
    found.sort(key=lambda pair: (-pair[0], pair[1].file))
    return [photo for confidence, photo in found if confidence >= threshold]


def missed_first(photos: Iterable[JudgedPhoto], threshold: float) -> list[JudgedPhoto]:
    """Photos of which something is missed: first those with nothing found, then by their number."""

    def order(photo: JudgedPhoto) -> tuple[bool, int, str]:
        return not photo.nothing_found(threshold), -len(photo.missed(threshold)), photo.file

    return sorted((photo for photo in photos if photo.missed(threshold)), key=order)
