"""``lenticular jobs``: what runs in the background, and what was given up."""

from __future__ import annotations

from typing import Annotated

import orjson
import typer
from rich.markup import escape
from rich.table import Table

from app.commands.common import fail, out, with_container
from app.container import Container
from app.domain.jobs import JOB_STATES, Job, JobCount, JobState

app = typer.Typer(
    no_args_is_help=True,
    help="Background jobs: notifications, and work that requests leave behind. A job that failed "
    "is tried again by itself; one that was given up is dead, and waits here for you.",
)

Ids = Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="From `jobs list`.")]
AllDead = Annotated[bool, typer.Option("--all-dead", help="All that were given up.")]

#: Characters of what a job is about.
_ABOUT = 90


@app.command("list")
def list_jobs(
    state: Annotated[str, typer.Option(help=f"Only these: {', '.join(JOB_STATES)}.")] = "",
    limit: Annotated[int, typer.Option(min=1, help="Show this many, the oldest ones.")] = 100,
) -> None:
    """Count the jobs, and show the oldest with their errors.

    `next` is when a waiting job is tried, when the lease of a running one ends, and when a dead
    one was given up.
    """
    chosen = _state(state)

    async def work(container: Container) -> tuple[list[JobCount], list[Job]]:
        jobs = container.services.jobs
        return await jobs.counts(), await jobs.page(limit, chosen)

    counts, jobs = with_container(work)
    for item in counts:
        out.print(f"{item.kind}: {item.number} {item.state}", highlight=False)
    if not counts:
        out.print("There are no jobs.")
    if not jobs:
        return
    table = Table("id", "kind", "state", "attempts", "made", "next", "error", "about")
    for job in jobs:
        times = (f"{moment:%Y-%m-%d %H:%M:%S}" for moment in (job.created_at, job.run_at))
        about = orjson.dumps(dict(job.payload)).decode()[:_ABOUT]
        table.add_row(
            job.id, job.kind, job.state, str(job.attempts), *times, escape(job.error), escape(about)
        )
    out.print(table)


@app.command()
def retry(ids: Ids = None, all_dead: AllDead = False) -> None:
    """Let dead jobs begin anew, with all their attempts.

    A running server takes them up within seconds.
    """
    chosen = _chosen(ids, all_dead)
    number = with_container(lambda container: container.services.jobs.retry(chosen))
    out.print(f"{number} begin anew", highlight=False)


@app.command()
def drop(ids: Ids = None, all_dead: AllDead = False) -> None:
    """Remove jobs for good: dead ones, or waiting ones by id. A running one cannot be removed."""
    chosen = _chosen(ids, all_dead)
    number = with_container(lambda container: container.services.jobs.drop(chosen))
    out.print(f"{number} removed", highlight=False)


def _state(text: str) -> JobState | None:
    for state in JOB_STATES:
        if text == state:
            return state
    if text:
        raise typer.BadParameter(f"one of {', '.join(JOB_STATES)}", param_hint="--state")
    return None


def _chosen(ids: list[str] | None, all_dead: bool) -> list[str] | None:
    """The ids, or ``None`` for all dead ones."""
    if bool(ids) == all_dead:
        fail(
            "Say which jobs: their ids, or --all-dead.", hint="`lenticular jobs list` has the ids."
        )
    return ids or None
