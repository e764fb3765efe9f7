"""``lenticular doctor``, ``reconcile`` and ``models``."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from typing import Annotated

import typer
from rich.table import Table

from app.commands.common import err, fail, load_settings, out, with_container
from app.commands.serving import prepare_data_dir
from app.container import (
    blob_store,
    load_detector,
    load_engines,
    load_object_detectors,
    open_container,
)
from app.db.migrate import current_and_head
from app.settings import Settings
from app.tagging.catalogue import list_models

models = typer.Typer(no_args_is_help=True, help="The tagging models in the models directory.")


@models.command("list")
def list_all() -> None:
    """List the models with their licence and whether their files are intact."""
    loaded = load_settings()
    table = Table("model", "kind", "version", "licence", "used by", "state")
    for model in list_models(loaded.models_dir):
        used = [addon for addon, item in loaded.addons.items() if item.model == model.name]
        used += [name for name, detector in loaded.detection.items() if detector == model.name]
        if model.name in loaded.heads:
            used += ["tagging"]
        if model.name == loaded.face_model:
            used += ["faces", "thorough"]
        state = f"[red]{model.problem}[/]" if model.problem else "verified"
        table.add_row(model.name, model.kind, model.version, model.licence, ", ".join(used), state)
    out.print(table)


@models.command()
def verify() -> None:
    """Check every file of every model against its SHA-256."""
    found = list_models(load_settings().models_dir)
    if not found:
        fail("There is no model in the models directory")
    for model in found:
        out.print(f"{model.name}: {model.problem or 'verified'}", highlight=False)
    if any(model.problem for model in found):
        raise typer.Exit(1)


def reconcile(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
) -> None:
    """Sweep blobs that nothing references; name rows whose bytes are missing."""
    loaded = load_settings()
    with err.status("Comparing blobs and rows …"):
        findings = with_container(lambda container: container.janitor.reconcile(dry_run=dry_run))
        stale = 0 if dry_run else blob_store(loaded).sweep_incoming()
    verb = "would be swept" if dry_run else "swept"
    out.print(
        f"{findings.blobs} blobs; {len(findings.swept)} orphans {verb}; "
        f"{findings.young} too young to judge; {stale} stale temporary files removed; "
        f"{findings.forgotten} derived images without bytes forgotten; "
        f"{len(findings.missing)} rows without bytes",
        highlight=False,
        soft_wrap=True,
    )
    for what in findings.missing:
        err.print(f"missing: {what}", highlight=False, markup=False)
    if findings.missing:
        raise typer.Exit(1)


def doctor() -> None:
    """Check everything the service needs and say what to do about what is wrong."""
    loaded = load_settings()
    out.print("[green]ok[/]    settings")
    checks: list[tuple[str, Callable[[Settings], str], str]] = [
        (
            "data directory",
            _data_directory,
            "Make LENTICULAR_DATA_DIR writable and free some space.",
        ),
        ("database", _database, "Run `lenticular migrate`, or check LENTICULAR_DATABASE_URL."),
        ("clouds", _clouds, "Run `lenticular clouds add NAME`, or `lenticular serve` once."),
        (
            "models",
            _models,
            "Check LENTICULAR_ADDONS, _HEADS and _FACE_MODEL, or restore the models directory "
            "from the release; see `lenticular models verify`.",
        ),
    ]
    broken = False
    for name, check, advice in checks:
        try:
            out.print(f"[green]ok[/]    {name}: {check(loaded)}", highlight=False, soft_wrap=True)
        except Exception as error:  # a diagnosis reports whatever is wrong
            broken = True
            out.print(f"[red]wrong[/] {name}: {error}", highlight=False, soft_wrap=True)
            out.print(f"      {advice}", highlight=False, soft_wrap=True)
    if broken:
        raise typer.Exit(1)


def _data_directory(loaded: Settings) -> str:
    prepare_data_dir(loaded)
    free = shutil.disk_usage(loaded.data_dir).free
    if free < 1024**3:
        raise RuntimeError(f"only {free // 1024**2} MB are free on {loaded.data_dir}")
    return f"{loaded.data_dir.resolve()}, {free // 1024**3} GB free"


def _database(loaded: Settings) -> str:
    current, newest = current_and_head(loaded.effective_database_url)
    if current != newest:
        raise RuntimeError(f"its schema is {current or 'empty'}, the newest is {newest}")
    return f"schema {current}"


def _clouds(loaded: Settings) -> str:
    async def work() -> list[str]:
        async with open_container(loaded, tagging=False) as container:
            found = await container.accounts.clouds()
            return [cloud.name for cloud, keys in found if any(key.enabled for key in keys)]

    names = asyncio.run(work())
    if not names:
        raise RuntimeError("there is no cloud with an enabled key")
    return ", ".join(names)


def _models(loaded: Settings) -> str:
    load_engines(loaded)
    load_detector(loaded)
    load_object_detectors(loaded)
    mapped = {**loaded.addons, **loaded.detection}
    answering = [f"{addon} by {item}" for addon, item in mapped.items()]
    heads = f"heads {', '.join(loaded.heads)}" if loaded.heads else "no heads"
    faces = f"faces by {loaded.face_model}" if loaded.face_model else "no faces"
    return ", ".join((*answering, heads, faces))
