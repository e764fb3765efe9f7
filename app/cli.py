"""The ``lenticular`` command."""

from __future__ import annotations

from typing import Annotated

import typer

from app import __version__
from app.commands import clouds, heads, jobs, operating, serving, signing, tagging
from app.commands.evaluation.command import evaluate

app = typer.Typer(
    name="lenticular",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
    help="A self-hosted service that speaks Cloudinary's API. Settings are LENTICULAR_* variables.",
)
app.command()(serving.serve)
app.command()(serving.migrate)
app.command()(operating.doctor)
app.add_typer(clouds.app, name="clouds")
app.command()(signing.sign)
app.command()(tagging.tag)
app.command()(evaluate)
app.add_typer(operating.models, name="models")
app.add_typer(heads.app, name="heads")
app.add_typer(jobs.app, name="jobs")
app.command()(operating.reconcile)


def _version(value: bool) -> None:
    if value:
        typer.echo(f"lenticular {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Take the options that stand before every command."""


def main() -> None:
    """Run the command line."""
    app()
