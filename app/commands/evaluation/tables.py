"""A report as a few compact tables for the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.columns import Columns
from rich.console import Console, RenderableType
from rich.markup import escape
from rich.table import Table

from app.commands.evaluation.report import Report, Subject
from app.domain.evaluation import Row

#: Words, or classes, that are listed in the terminal.
_ROWS = 20
#: Names of a list that are written out.
_NAMES = 5


def percent(number: float | None) -> str:
    """A share as people read it; a dash where there is none."""
    return "–" if number is None else f"{100 * number:.1f} %"


def subject_line(subject: Subject) -> str:
    """The engine and what belongs to it in one line."""
    parts = [f"{subject.engine} {subject.version}", subject.detail]
    if subject.heads:
        parts.append(f"heads {', '.join(subject.heads)}")
    if subject.face_model:
        parts.append(f"faces {subject.face_model}")
    return " · ".join(parts)


def some(names: Sequence[str], limit: int = _NAMES) -> str:
    """The first names of a list, and how many more there are."""
    rest = len(names) - limit
    return ", ".join(names[:limit]) + (f" and {rest} more" if rest > 0 else "")


def notes(report: Report) -> list[str]:
    """What a reader of the figures should know besides: failures, and what was left out."""
    run, labels = report.run, report.run.labels
    found = []
    if run.failed:
        named = some([f"{file} ({error})" for file, error in run.failed])
        found.append(f"Could not be looked at ({len(run.failed)}): {named}")
    if run.unlabelled:
        found.append(f"Photos without labels ({len(run.unlabelled)}): {some(run.unlabelled)}")
    if labels.unlisted:
        found.append(
            f"Classes without accepted words, left out ({len(labels.unlisted)}): "
            f"{some(labels.unlisted)}"
        )
    if labels.unknown and labels.form == "objects":
        found.append(
            f"Classes that the engine has no word for, left out ({len(labels.unknown)}): "
            f"{some(labels.unknown)}"
        )
    elif labels.unknown:
        found.append(
            f"True words that the engine does not have, counted as missed ({len(labels.unknown)}; "
            f"recall without them {percent(report.recall_known)}): {some(labels.unknown)}"
        )
    return found


def figures_of(rows: Sequence[Row]) -> list[str]:
    """The columns that rows have figures for: of objects, words are judged and classes sought."""
    columns = []
    if any(row.photos for row in rows):
        columns += ["photos", "found", "missed"]
    if any(row.right or row.wrong for row in rows):
        columns += ["right", "wrong", "precision"]
    if any(row.photos for row in rows):
        columns.append("recall")
    return columns


def figure(row: Row, name: str) -> str:
    """One of :func:`figures_of` as text."""
    value = getattr(row, name)
    return str(value) if isinstance(value, int) else percent(value)


def show(report: Report, console: Console) -> None:
    """Print the report."""
    console.print(_summary(report))
    side_by_side = [_thresholds(report)]
    if report.ece is not None:
        side_by_side.append(_reliability(report))
    console.print(Columns(side_by_side, padding=(0, 3)))
    for rows, kind in ((report.known_words, "word"), (report.classes, "class")):
        if rows:
            console.print(_rows(rows, kind, report.run.threshold))
    for line in notes(report):
        console.print(line, markup=False, highlight=False)


def _summary(report: Report) -> RenderableType:
    run, now = report.run, report.now
    grid = Table.grid(padding=(0, 2))
    lines: Iterable[tuple[str, str]] = (
        ("engine", subject_line(run.subject)),
        ("photos", f"{report.count} judged by {run.labels_file} ({run.labels.form})"),
        ("precision, recall", f"{percent(now.precision)}, {percent(now.recall)}"),
        ("top-1, top-5", f"{percent(report.top1)}, {percent(report.top5)}"),
        ("calibration error", percent(report.ece)),
        ("words a photo", f"{report.per_photo(now.said):.1f}"),
        (
            "without a tag",
            f"{percent(report.per_photo(now.untagged))}; "
            f"with nothing found {percent(report.per_photo(now.nothing_found))}",
        ),
        (
            "speed",
            f"{run.speed.images_per_second:.1f} images/s with {run.speed.threads} threads, "
            f"{run.speed.cpu_ms_per_image:.1f} CPU ms an image",
        ),
    )
    for name, value in lines:
        grid.add_row(f"[bold]{name}[/]", escape(value))
    grid.title = f"At the threshold {run.threshold:g}"
    grid.title_justify = "left"
    return grid


def _thresholds(report: Report) -> Table:
    table = Table(title="By threshold", title_justify="left")
    for name in ("from", "precision", "recall", "words", "untagged"):
        table.add_column(name, justify="right")
    for item in report.thresholds:
        table.add_row(
            f"{item.threshold:g}",
            percent(item.precision),
            percent(item.recall),
            f"{report.per_photo(item.said):.1f}",
            percent(report.per_photo(item.untagged)),
        )
    return table


def _reliability(report: Report) -> Table:
    table = Table(title="By confidence", title_justify="left")
    for name in ("bin", "confidence", "right", "words"):
        table.add_column(name, justify="right")
    for item in report.bins:
        if item.count:
            table.add_row(
                f"{item.low:.2f}–{item.high:.2f}",
                percent(item.confidence),
                percent(item.right),
                str(item.count),
            )
    return table


def _rows(rows: Sequence[Row], kind: str, threshold: float) -> Table:
    table = Table(
        title=f"By {kind}, at {threshold:g}",
        title_justify="left",
        caption=f"{len(rows) - _ROWS} more in --json and --html" if len(rows) > _ROWS else None,
        caption_justify="left",
    )
    table.add_column(kind)
    columns = figures_of(rows)
    for name in columns:
        table.add_column(name, justify="right")
    for row in rows[:_ROWS]:
        table.add_row(escape(row.name), *(figure(row, name) for name in columns))
    return table
