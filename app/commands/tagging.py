"""``lenticular tag``: tag photos without a server."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress, TimeRemainingColumn
from rich.table import Table

from app.commands.common import err, fail, load_settings, out
from app.concurrency import ThreadWorkers
from app.container import categorizer, load_engines
from app.domain.addons import AddonRequest
from app.domain.assets import Categorization
from app.domain.errors import ServiceError
from app.services.categorize import Categorizer

#: File names that a directory given as argument is searched for.
SUFFIXES = {".jpg", ".jpeg", ".png", ".gif", ".webp", ".avif", ".bmp", ".tif", ".tiff", ".heic"}

#: From this many files on a progress bar is shown.
MANY = 5


def tag(
    files: Annotated[list[Path], typer.Argument(help="Photos, or directories of photos.")],
    threshold: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="Least confidence shown in the table.")
    ] = 0.0,
    addon: Annotated[str, typer.Option(help="Add-on whose engine is asked.")] = "imagga_tagging",
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object a line, every category in it.")
    ] = False,
) -> None:
    """Tag photos without a server, as a table or as JSON."""
    loaded = load_settings()
    if addon not in loaded.addons:
        fail(f"No engine is configured for {addon}", hint=f"Configured: {', '.join(loaded.addons)}")
    paths = list(_expand(files))
    if not paths:
        fail("There is no photo among these files")
    workers = ThreadWorkers(loaded.threads, queue_size=len(paths))
    try:
        looking = categorizer(loaded, load_engines(loaded), workers)
        failed = asyncio.run(_run(looking, paths, addon, threshold, as_json))
    finally:
        workers.close()
    if failed:
        raise typer.Exit(1)


def _expand(files: list[Path]) -> list[Path]:
    paths: list[Path] = []
    for file in files:
        if file.is_dir():
            found = (path for path in file.rglob("*") if path.suffix.lower() in SUFFIXES)
            paths += sorted(path for path in found if path.is_file())
        else:
            paths.append(file)
    return paths


async def _run(
    looking: Categorizer, paths: list[Path], addon: str, threshold: float, as_json: bool
) -> int:
    """Tag and print in the order given; the number of files that failed."""
    failed = 0
    columns = (*Progress.get_default_columns()[:-1], TimeRemainingColumn())
    with Progress(*columns, console=err, disable=len(paths) < MANY, transient=True) as progress:
        task = progress.add_task("Tagging", total=len(paths))
        async for path, result in _results(looking, paths, addon):
            progress.advance(task)
            failed += isinstance(result, str)
            if as_json:
                sys.stdout.write(json.dumps(_as_json(path, result), ensure_ascii=False) + "\n")
            elif isinstance(result, str):
                err.print(f"{path}: {result}", highlight=False, markup=False)
            else:
                out.print(_as_table(path, result, threshold))
    return failed


async def _results(
    looking: Categorizer, paths: list[Path], addon: str
) -> AsyncIterator[tuple[Path, Categorization | str]]:
    requests = (AddonRequest(addon),)
    ahead: list[tuple[Path, asyncio.Task[Categorization | str]]] = []

    async def one(path: Path) -> Categorization | str:
        try:
            return (await looking.look(path, requests)).categorizations[0]
        except ServiceError as error:
            return error.message
        except OSError as error:
            return error.strerror or str(error)

    for path in paths:
        ahead.append((path, asyncio.create_task(one(path))))
        # A few ahead keep every core busy without holding a large archive's tasks at once.
        if len(ahead) > 16:
            first, task = ahead.pop(0)
            yield first, await task
    for path, task in ahead:
        yield path, await task


def _as_json(path: Path, result: Categorization | str) -> dict[str, object]:
    if isinstance(result, str):
        return {"file": str(path), "error": result}
    return {
        "file": str(path),
        "engine": result.engine,
        "version": result.model_version,
        "categories": [
            {"tag": category.word, "confidence": category.confidence}
            for category in result.categories
        ],
    }


def _as_table(path: Path, result: Categorization, threshold: float) -> Table:
    table = Table("tag", "confidence", title=str(path), title_justify="left", min_width=32)
    for category in result.categories:
        if category.confidence >= threshold:
            table.add_row(category.word, f"{category.confidence:.4f}")
    return table
