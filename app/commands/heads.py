"""``lenticular heads``: words that an operator teaches, and those that are there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from app.commands.common import err, fail, load_settings, out
from app.commands.looking import SUFFIXES, progress_of
from app.concurrency import available_cores
from app.container import embedder
from app.domain.errors import ServiceError
from app.settings import Settings
from app.tagging.catalogue import HeadsInfo, list_heads
from app.tagging.publishing import Place, find_place, publish
from app.tagging.teaching import (
    REGRESSIONS,
    Lesson,
    ModelError,
    Origin,
    Singles,
    Taught,
    TeachingError,
    read_lesson,
    teach,
)

app = typer.Typer(no_args_is_help=True, help="Linear heads: words beyond the classifier's.")


@app.command("list")
def list_all() -> None:
    """List the heads with their words, the least confidence of each, and whether they are on.

    Two numbers are those for single subjects and for scenes of many things.
    """
    loaded = load_settings()
    used = {addon.model for addon in loaded.addons.values()}
    found = list_heads(loaded.models_dir)
    table = Table("heads", "version", "for", "words, said from", "state")
    for heads in found:
        words = ", ".join(
            f"{tag.word} {_said_from(tag.gate, tag.crowded)}"
            for tag in heads.tags
            if tag.word != "busy"
        )
        state = escape(heads.problem) or _state(heads, loaded, used)
        table.add_row(heads.name, heads.version, heads.classifier, escape(words), state)
    for name in sorted(set(loaded.heads) - {heads.name for heads in found}):
        table.add_row(name, "", "", "", f"[red]in LENTICULAR_HEADS, not in {loaded.models_dir}[/]")
    out.print(table)


@app.command()
def train(
    directory: Annotated[
        Path,
        typer.Argument(
            exists=True, file_okay=False, help="Photos: a folder for each word, and one `none`."
        ),
    ],
    labels: Annotated[
        Path | None,
        typer.Option(
            exists=True, dir_okay=False, help="Table with the columns file and tags, not folders."
        ),
    ] = None,
    name: Annotated[str, typer.Option(help="Name of the heads; by default the folder's.")] = "",
    classifier: Annotated[str, typer.Option(help="Model whose embedding is read.")] = "lite2-int8",
    into: Annotated[
        Path | None,
        typer.Option(file_okay=False, help="Directory of models; default LENTICULAR_MODELS_DIR."),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace heads of this name, as their next version.")
    ] = False,
) -> None:
    """Teach words of your own from labelled photos (docs/heads.md)."""
    loaded = load_settings()
    chosen = name or "-".join(directory.resolve().name.lower().split())
    try:
        place = find_place(into or loaded.models_dir, chosen, replace=force)
        lesson = read_lesson(directory, labels, SUFFIXES)
        embed = embedder(loaded, classifier)
        for note in lesson.notes:
            err.print(note, highlight=False, markup=False)
        taught = _teach(lesson, embed, loaded.threads or available_cores() + 1)
        out.print(_report(taught))
        _say_what_is_left_out(taught)
        origin = Origin(classifier, labels.name if labels else "folders", datetime.now(UTC).date())
        publish(place, taught, origin)
    except (TeachingError, ModelError, OSError) as error:
        fail(str(error))
    _say_what_to_set(place, taught, loaded)


def _teach(lesson: Lesson, embed: Callable[[Path], Singles], threads: int) -> Taught:
    """Look at every photo, then learn; a bar for each."""
    embeddings: dict[Path, Singles] = {}
    with progress_of(len(lesson.photos)) as progress:
        looking = progress.add_task("Looking at photos", total=len(lesson.photos))
        learning = progress.add_task("Learning", total=REGRESSIONS)
        paths = [photo.path for photo in lesson.photos]
        for path, seen in _looked_at(paths, embed, threads):
            progress.advance(looking)
            if isinstance(seen, str):
                err.print(f"{path}: {seen}; left out", highlight=False, markup=False)
            else:
                embeddings[path] = seen
        readable = lesson.without(set(paths) - set(embeddings))
        return teach(
            readable,
            [embeddings[photo.path] for photo in readable.photos],
            step=lambda: progress.advance(learning),
        )


def _looked_at(
    paths: Sequence[Path], embed: Callable[[Path], Singles], threads: int
) -> Iterator[tuple[Path, Singles | str]]:
    """Embeddings in the order given, or why there are none."""

    def one(path: Path) -> Singles | str:
        try:
            return embed(path)
        except ServiceError as error:
            return error.message
        except OSError as error:
            return error.strerror or str(error)

    pool = ThreadPoolExecutor(threads)
    try:
        yield from zip(paths, pool.map(one, paths), strict=True)
    finally:
        # Ctrl+C must not wait for thousands of photos.
        pool.shutdown(cancel_futures=True)


def _report(taught: Taught) -> Table:
    """What the words are worth, on photos that their heads had not seen."""
    table = Table(title=f"{taught.photos} photos, judged left out", title_justify="left")
    for column in ("word", "photos", "others", "AP", "gate", "precision", "recall", "ECE %"):
        table.add_column(column, justify="left" if column == "word" else "right")
    for item in taught.figures:
        said = item.gate is not None
        table.add_row(
            escape(item.word),
            str(item.positives),
            str(item.negatives),
            f"{item.average_precision:.3f}",
            f"{item.gate:.2f}" if said else "[red]none[/]",
            f"{item.precision:.3f}" if said else "",
            f"{item.recall:.3f}" if said else "",
            f"{100 * item.calibration_error:.1f}",
        )
    return table


def _say_what_is_left_out(taught: Taught) -> None:
    """Name words without a gate.

    Raises:
        TeachingError: there is no other word.
    """
    unsaid = [item.word for item in taught.figures if item.gate is None]
    if not taught.tags:
        raise TeachingError(
            "No word became reliable; nothing was written. More photos, and others, may help."
        )
    if unsaid:
        err.print(f"Left out, never reliable enough: {', '.join(unsaid)}", markup=False)


def _say_what_to_set(place: Place, taught: Taught, loaded: Settings) -> None:
    out.print(f"Written: {place.folder}, version {place.version}", markup=False, soft_wrap=True)
    if place.directory.resolve() != loaded.models_dir.resolve():
        out.print(
            f"Copy it to {loaded.models_dir}, or mount it there", markup=False, soft_wrap=True
        )
    switched_on = ",".join(dict.fromkeys((*loaded.heads, place.name)))
    out.print("Switch it on, and restart the service:")
    out.print(f"LENTICULAR_HEADS={switched_on}", highlight=False, markup=False, soft_wrap=True)
    own = {tag.word for tag in taught.tags}
    for heads in list_heads(loaded.models_dir):
        both = sorted(own & {tag.word for tag in heads.tags})
        if both and heads.name in loaded.heads and heads.name != place.name:
            err.print(
                f"{heads.name} knows {', '.join(both)} too, and the first in the list answers",
                highlight=False,
                markup=False,
            )


def _said_from(gate: float, crowded: float) -> str:
    """From which confidences on a word is said; a gate of 1 never opens."""
    alone, among = (f"{bar:.2f}" if bar < 1 else "never" for bar in (gate, crowded))
    return alone if alone == among else f"{alone}/{among}"


def _state(heads: HeadsInfo, loaded: Settings, used: set[str]) -> str:
    if heads.name not in loaded.heads:
        return "off"
    return "[green]on[/]" if heads.classifier in used else "on, but no add-on uses its classifier"
