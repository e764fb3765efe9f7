"""Everything an evaluation found, worked out once for the table, the JSON and the page."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from app.commands.evaluation.speed import Speed
from app.domain.detail import Detail
from app.domain.evaluation import (
    THRESHOLDS,
    Bin,
    Figures,
    JudgedPhoto,
    Row,
    Tally,
    calibration_error,
    reliability,
    top,
    word_rows,
)
from app.domain.photo_labels import Labels

#: Thresholds of the curve of precision over recall.
_CURVE = tuple(step / 100 for step in range(5, 96))


@dataclass(frozen=True, slots=True)
class Subject:
    """What was measured.

    Attributes:
        heads: as configured; the engine leaves out those made for another classifier.
        face_model: the face detector, "" if there is none or it was not asked.
        sources: the parts of the engine whose words came up, beside its classifier.
    """

    addon: str
    engine: str
    version: str
    detail: Detail
    heads: tuple[str, ...]
    face_model: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Run:
    """What was looked at, and what came of it.

    Attributes:
        directory, labels_file: as given.
        failed: photos that could not be looked at, and why.
        unlabelled: photos in the directory that the labels do not name.
    """

    directory: str
    labels_file: str
    labels: Labels
    photos: tuple[JudgedPhoto, ...]
    failed: tuple[tuple[str, str], ...]
    unlabelled: tuple[str, ...]
    threshold: float
    subject: Subject
    speed: Speed
    at: datetime = field(default_factory=lambda: datetime.now(UTC))


@dataclass(frozen=True, slots=True)
class Report:
    """The figures of a run.

    Attributes:
        now: those at the run's threshold.
        thresholds: those at 0.1 … 0.9.
        recall_known: recall at the run's threshold without what the engine has no word for.
        curve: those at 0.05 … 0.95, for drawing.
        words: what became of each word; photos in which it was sought are 0 with objects, which
            are sought by class.
        classes: what became of each class of objects.
    """

    run: Run
    now: Figures
    recall_known: float | None
    thresholds: tuple[Figures, ...]
    curve: tuple[Figures, ...]
    bins: tuple[Bin, ...]
    ece: float | None
    top1: float | None
    top5: float | None
    words: tuple[Row, ...]
    classes: tuple[Row, ...]

    @property
    def known_words(self) -> tuple[Row, ...]:
        """The words that the engine has."""
        unknown = set(self.run.labels.unknown)
        return tuple(row for row in self.words if row.name not in unknown)

    @property
    def unknown_words(self) -> tuple[Row, ...]:
        """True words that the engine does not have."""
        unknown = set(self.run.labels.unknown)
        return tuple(row for row in self.words if row.name in unknown)

    @property
    def count(self) -> int:
        """Photos that were judged."""
        return self.now.photos

    def per_photo(self, number: int) -> float:
        """A number of things or photos for each photo judged."""
        return number / self.count if self.count else 0.0


def report_of(run: Run) -> Report:
    """Work the figures out."""
    tally, objects = Tally(run.photos), run.labels.form == "objects"
    bins = reliability(run.photos)
    ranked = run.labels.ranked
    classes = word_rows(run.photos, run.threshold, sought=True, said=False) if objects else ()
    return Report(
        run=run,
        now=tally.at(run.threshold),
        recall_known=_known(run).at(run.threshold).recall,
        thresholds=tuple(map(tally.at, THRESHOLDS)),
        curve=tuple(map(tally.at, _CURVE)),
        bins=tuple(bins),
        ece=calibration_error(bins),
        top1=top(run.photos, ranked, 1),
        top5=top(run.photos, ranked, 5),
        words=tuple(word_rows(run.photos, run.threshold, sought=not objects, said=True)),
        classes=tuple(classes),
    )


def _known(run: Run) -> Tally:
    unknown = set(run.labels.unknown)
    return Tally(
        [
            replace(p, sought={n: c for n, c in p.sought.items() if n not in unknown})
            for p in run.photos
        ]
    )
