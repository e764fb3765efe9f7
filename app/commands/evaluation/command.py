"""The command itself: options in, photos looked at, reports out."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, TypeAlias

import typer
from rich.markup import escape

from app.commands.common import err, fail, load_settings, open_engines, out
from app.commands.evaluation.document import document
from app.commands.evaluation.page import Thumbnails, page
from app.commands.evaluation.reading import read_rows
from app.commands.evaluation.report import Report, Run, Subject, report_of
from app.commands.evaluation.speed import Speed, TimedWorkers
from app.commands.evaluation.tables import show
from app.commands.looking import (
    AddonOption,
    DetailOption,
    look_at,
    photos_in,
    progress_of,
    wanted_of,
)
from app.container import categorizer, thumbnailer, vocabulary
from app.domain.assets import Categorization
from app.domain.errors import ServiceError
from app.domain.evaluation import JudgedPhoto, judge
from app.domain.faces import FaceDetector
from app.domain.photo_labels import LabelError, Labels, Vocabulary, read_labels, read_words
from app.services.categorize import Addon, Categorizer, Wanted
from app.settings import Settings

#: Longer side of the page's thumbnails, in pixels.
_THUMBNAIL = 240

#: Missing files that an error lists.
_LISTED = 5

Answers = list[tuple[str, Categorization | str]]


_Directory: TypeAlias = Annotated[
    Path, typer.Argument(metavar="DIR", help="Directory of the photos.", show_default=False)
]
_Labels: TypeAlias = Annotated[
    Path,
    typer.Option(
        help="What the photos show: a table (TSV, or CSV by its name) with the column 'file' and "
        "one of 'class_index' or 'wnid' (an ImageNet class), 'tags' (words with commas; 'word?' "
        "is not judged), 'objects…' (class cx cy w h; …, needs --words).",
        show_default=False,
    ),
]
_Words: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        help="For objects: a table, 'class' and 'accepted words' (with commas).",
        show_default=False,
    ),
]
_Threshold: TypeAlias = Annotated[
    float, typer.Option(min=0.0, max=1.0, help="Least confidence that makes a word a tag.")
]
_Json: TypeAlias = Annotated[
    str, typer.Option("--json", metavar="FILE", help="Write everything as JSON; - is stdout.")
]
_Html: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--html", metavar="FILE", help="Write one page with diagrams and the worst mistakes."
    ),
]


def evaluate(
    directory: _Directory,
    labels: _Labels,
    words: _Words = None,
    addon: AddonOption = "imagga_tagging",
    detail: DetailOption = "",
    threshold: _Threshold = 0.4,
    json_file: _Json = "",
    html_file: _Html = None,
) -> None:
    """Measure how good the tags are on labelled photos.

    Prints precision, recall, calibration and speed; docs/evaluate.md explains every figure.
    """
    loaded = load_settings()
    wanted = wanted_of(loaded, addon, detail)
    _check_targets(json_file, html_file)
    addons, detector = open_engines(loaded)
    known = _read(labels, words, vocabulary(loaded, addons, addon))
    paths = _paths(directory, known)
    answers, speed = _look(loaded, addons, detector, wanted, paths)
    photos, failed = _judge(answers, known)
    subject = _subject(loaded, addons[addon], wanted, answers)
    if not photos:
        fail(f"None of {len(answers)} photos could be looked at: {failed[0][0]}: {failed[0][1]}")
    run = Run(
        directory=_shown(directory),
        labels_file=_shown(labels),
        labels=known,
        photos=photos,
        failed=failed,
        unlabelled=_unlabelled(directory, paths),
        threshold=threshold,
        subject=subject,
        speed=speed,
    )
    _write(report_of(run), json_file, html_file, _thumbnails(loaded, paths))


def _check_targets(json_file: str, html_file: Path | None) -> None:
    """End the command if a report has no place, before the photos are looked at."""
    for target in (None if json_file in ("", "-") else Path(json_file), html_file):
        if target and (target.is_dir() or not target.absolute().parent.is_dir()):
            fail(f"{target} cannot be written: it is a directory, or its directory does not exist")


def _read(labels: Path, words: Path | None, known: Vocabulary) -> Labels:
    """The labels, or the end of the command with what is wrong with them."""
    reading = words or labels
    try:
        accepted = read_words(read_rows(words)) if words else None
        reading = labels
        found = read_labels(read_rows(labels), known, accepted)
    except LabelError as error:
        message = str(error)
        fail(message if str(reading) in message else f"{reading}: {message}")
    if words and found.form != "objects":
        fail(f"--words is for labels of objects; {labels} has labels of {found.form}")
    return found


def _paths(directory: Path, labels: Labels) -> dict[str, Path]:
    """Where each labelled photo lies, or the end of the command if one is missing."""
    if not directory.is_dir():
        fail(f"{directory} is no directory")
    paths = {name: directory / name for name in labels.photos}
    missing = [name for name, path in paths.items() if not path.is_file()]
    if missing:
        rest = "" if len(missing) <= _LISTED else ", …"
        fail(
            f"{len(missing)} of {len(paths)} labelled files are not in {directory}: "
            f"{', '.join(missing[:_LISTED])}{rest}"
        )
    return paths


def _unlabelled(directory: Path, paths: Mapping[str, Path]) -> tuple[str, ...]:
    named = {path.resolve() for path in paths.values()}
    others = (path for path in photos_in(directory) if path.resolve() not in named)
    return tuple(_shown(path.relative_to(directory)) for path in others)


def _shown(path: Path) -> str:
    """A path as text that can be written anywhere: names need not be UTF-8."""
    return str(path).encode("utf-8", "backslashreplace").decode()


def _look(
    loaded: Settings,
    addons: Mapping[str, Addon],
    detector: FaceDetector | None,
    wanted: Wanted,
    paths: Mapping[str, Path],
) -> tuple[Answers, Speed]:
    """Look at every photo, in the order of the labels."""
    workers = TimedWorkers(loaded.threads, queue_size=len(paths))
    try:
        looking = categorizer(loaded, addons, detector, workers)
        answers = asyncio.run(_answers(looking, wanted, paths, workers))
    finally:
        workers.close()
    return answers, workers.speed()


async def _answers(
    looking: Categorizer, wanted: Wanted, paths: Mapping[str, Path], workers: TimedWorkers
) -> Answers:
    names = list(paths)
    async for _ in look_at(looking, [paths[names[0]]], wanted):
        # What the first look of a process sets up is no photo's cost.
        workers.forget()
    found: Answers = []
    with progress_of(len(paths)) as progress:
        task = progress.add_task("Looking", total=len(paths))
        async for _, answer in look_at(looking, paths.values(), wanted):
            found.append((names[len(found)], answer))
            progress.advance(task)
    return found


def _judge(
    answers: Answers, labels: Labels
) -> tuple[tuple[JudgedPhoto, ...], tuple[tuple[str, str], ...]]:
    """The photos judged, and those that failed with the reason."""
    photos, failed = [], []
    for name, answer in answers:
        if isinstance(answer, str):
            failed.append((name, answer))
        elif answer.status != "complete":
            failed.append((name, "the engine failed"))
        else:
            truth = labels.photos[name]
            photos.append(judge(name, answer.categories, truth, own_only=labels.own_only))
    return tuple(photos), tuple(failed)


def _subject(loaded: Settings, addon: Addon, wanted: Wanted, answers: Answers) -> Subject:
    detail = wanted.detail or addon.detail or "fast"
    categories = (c for _, a in answers if not isinstance(a, str) for c in a.categories)
    return Subject(
        addon=wanted.addons[0].addon,
        engine=addon.engine.name,
        version=addon.engine.version,
        detail=detail,
        heads=loaded.heads,
        # Only a close look asks it (app/services/categorize.py).
        face_model=loaded.face_model if detail == "thorough" else "",
        sources=tuple(sorted({c.source for c in categories if c.source})),
    )


def _thumbnails(loaded: Settings, paths: Mapping[str, Path]) -> Thumbnails:
    make = thumbnailer(loaded)

    @cache
    def of(name: str) -> bytes | None:
        try:
            return make(paths[name], _THUMBNAIL)
        except (ServiceError, OSError):
            return None  # it went away in the meantime

    return of


def _write(report: Report, json_file: str, html_file: Path | None, thumbnails: Thumbnails) -> None:
    """Print the tables and write what was asked for."""
    # Where the JSON goes to stdout, nothing else does.
    show(report, err if json_file == "-" else out)
    try:
        if json_file:
            text = json.dumps(document(report), indent=1, ensure_ascii=False) + "\n"
            if json_file == "-":
                sys.stdout.write(text)
            else:
                Path(json_file).write_text(text, encoding="utf-8")
        if html_file:
            html_file.write_text(page(report, thumbnails), encoding="utf-8")
            err.print(f"The page is in {escape(str(html_file))}", highlight=False)
    except OSError as error:
        fail(f"{error.filename or 'stdout'} cannot be written: {error.strerror}")
