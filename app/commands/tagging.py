"""``lenticular tag``: tag photos without a server."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from app.commands.common import err, fail, load_settings, open_engines, out
from app.commands.looking import (
    AddonOption,
    DetailOption,
    look_at,
    photos_in,
    progress_of,
    wanted_of,
)
from app.concurrency import ThreadWorkers
from app.container import categorizer
from app.domain.assets import Categorization
from app.services.categorize import Categorizer, Wanted


def tag(
    files: Annotated[list[Path], typer.Argument(help="Photos, or directories of photos.")],
    threshold: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="Least confidence shown in the table.")
    ] = 0.4,
    addon: AddonOption = "imagga_tagging",
    detail: DetailOption = "",
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object a line, every category in it.")
    ] = False,
) -> None:
    """Tag photos without a server, as a table or as JSON."""
    loaded = load_settings()
    wanted = wanted_of(loaded, addon, detail)
    paths = list(_expand(files))
    if not paths:
        fail("There is no photo among these files")
    addons, detector = open_engines(loaded)
    workers = ThreadWorkers(loaded.threads, queue_size=len(paths))
    try:
        looking = categorizer(loaded, addons, detector, workers)
        failed = asyncio.run(_run(looking, paths, wanted, threshold, as_json))
    finally:
        workers.close()
    if failed:
        raise typer.Exit(1)


def _expand(files: list[Path]) -> list[Path]:
    paths: list[Path] = []
    for file in files:
        if file.is_dir():
            paths += photos_in(file)
        else:
            paths.append(file)
    return paths


async def _run(
    looking: Categorizer, paths: list[Path], wanted: Wanted, threshold: float, as_json: bool
) -> int:
    """Tag and print in the order given; the number of files that failed."""
    failed = 0
    with progress_of(len(paths)) as progress:
        task = progress.add_task("Tagging", total=len(paths))
        async for path, result in look_at(looking, paths, wanted):
            progress.advance(task)
            failed += isinstance(result, str)
            if as_json:
                sys.stdout.write(json.dumps(_as_json(path, result), ensure_ascii=False) + "\n")
            elif isinstance(result, str):
                err.print(f"{path}: {result}", highlight=False, markup=False)
            else:
                out.print(str(path), style="italic", markup=False, highlight=False, soft_wrap=True)
                out.print(_as_table(result, threshold))
    return failed


def _as_json(path: Path, result: Categorization | str) -> dict[str, object]:
    if isinstance(result, str):
        return {"file": str(path), "error": result}
    return {
        "file": str(path),
        "engine": result.engine,
        "version": result.model_version,
        "categories": [
            {
                "tag": category.word,
                "confidence": category.confidence,
                "source": category.source or f"{result.engine} {result.model_version}",
            }
            for category in result.categories
        ],
    }


def _as_table(result: Categorization, threshold: float) -> Table:
    table = Table("tag", "confidence", min_width=32)
    for category in result.categories:
        if category.confidence >= threshold:
            table.add_row(category.word, f"{category.confidence:.4f}")
    return table
