"""What the commands share."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import NoReturn, TypeVar

import typer
from rich.console import Console
from rich.markup import escape

from app import settings
from app.container import Container, load_detector, load_engines, open_container
from app.domain.errors import ServiceError
from app.domain.faces import FaceDetector
from app.services.categorize import Addon

T = TypeVar("T")

out = Console()
err = Console(stderr=True)


def load_settings() -> settings.Settings:
    """The settings, or the end of the command with what is wrong with them."""
    try:
        return settings.load()
    except settings.SettingsError as error:
        fail(str(error), hint="See docs/settings.md for what each variable takes.")


def fail(message: str, *, hint: str = "") -> NoReturn:
    """End the command with a message and exit status 1."""
    # File names and users' words in it are no markup, whatever brackets they hold.
    err.print(f"[bold red]Error:[/] {escape(message)}", highlight=False)
    if hint:
        err.print(hint, highlight=False, markup=False)
    raise typer.Exit(1)


def open_engines(loaded: settings.Settings) -> tuple[dict[str, Addon], FaceDetector | None]:
    """The engines and the face detector, or the end of the command with what is wrong with one."""
    try:
        return load_engines(loaded), load_detector(loaded)
    except ValueError as error:  # a ModelError, which this room does not know
        fail(
            str(error),
            hint="LENTICULAR_ADDONS, _HEADS, _FACE_MODEL and _MODELS_DIR name the models; "
            "`lenticular models list` shows those there are, and what is damaged.",
        )


def with_container(work: Callable[[Container], Awaitable[T]], *, tagging: bool = False) -> T:
    """Run ``work`` with the built application; service errors end the command."""
    loaded = load_settings()
    if not loaded.database_url and not (loaded.data_dir / "lenticular.db").is_file():
        fail(
            f"There is no database in {loaded.data_dir.resolve()}.",
            hint="Run this where the service runs, or set LENTICULAR_DATA_DIR to its directory; "
            "`lenticular serve` and `lenticular migrate` make a new one.",
        )

    async def run() -> T:
        async with open_container(loaded, tagging=tagging) as container:
            return await work(container)

    try:
        return asyncio.run(run())
    except ServiceError as error:
        fail(error.message)
