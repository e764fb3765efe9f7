"""Looking at many photos without a server: what ``tag`` and ``evaluate`` share."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Annotated, TypeAlias

import typer
from rich.progress import Progress, TimeRemainingColumn

from app.commands.common import err, fail
from app.domain.addons import AddonRequest
from app.domain.assets import Categorization
from app.domain.detail import parse_detail
from app.domain.errors import ServiceError
from app.services.categorize import Categorizer, Wanted
from app.settings import Settings

AddonOption: TypeAlias = Annotated[str, typer.Option(help="Add-on whose engine is asked.")]
DetailOption: TypeAlias = Annotated[
    str,
    typer.Option(help="How closely to look: fast or thorough; default by LENTICULAR_ADDONS."),
]

#: File names that a directory is searched for.
SUFFIXES = {".jpg", ".jpeg", ".png", ".gif", ".webp", ".avif", ".bmp", ".tif", ".tiff", ".heic"}

#: From this many files on a progress bar is shown.
MANY = 5

#: Files that are looked at ahead of the one awaited: keeps every core busy without holding a
#: large archive's tasks at once.
_AHEAD = 16


def wanted_of(loaded: Settings, addon: str, detail: str) -> Wanted:
    """What the options ``--addon`` and ``--detail`` ask for, or the end of the command.

    Args:
        detail: empty leaves it to the settings.
    """
    if addon not in loaded.addons:
        fail(f"No engine is configured for {addon}", hint=f"Configured: {', '.join(loaded.addons)}")
    try:
        level = parse_detail(detail) if detail else None
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--detail") from error
    return Wanted((AddonRequest(addon),), detail=level)


def photos_in(directory: Path) -> list[Path]:
    """Every photo below a directory, in the order of the paths."""
    found = (path for path in directory.rglob("*") if path.suffix.lower() in SUFFIXES)
    return sorted(path for path in found if path.is_file())


def progress_of(count: int) -> Progress:
    """A bar on the error stream that goes when it is full; none for a few files."""
    columns = (*Progress.get_default_columns()[:-1], TimeRemainingColumn())
    return Progress(*columns, console=err, disable=count < MANY, transient=True)


async def look_at(
    looking: Categorizer, paths: Iterable[Path], wanted: Wanted
) -> AsyncIterator[tuple[Path, Categorization | str]]:
    """Each path with its answer, or with why there is none, in the order given."""
    ahead: list[tuple[Path, asyncio.Task[Categorization | str]]] = []

    async def one(path: Path) -> Categorization | str:
        try:
            return (await looking.look(path, wanted)).categorizations[0]
        except ServiceError as error:
            return error.message
        except OSError as error:
            return error.strerror or str(error)

    for path in paths:
        ahead.append((path, asyncio.create_task(one(path))))
        if len(ahead) > _AHEAD:
            first, task = ahead.pop(0)
            yield first, await task
    for path, task in ahead:
        yield path, await task
