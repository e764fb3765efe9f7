"""The composition root: settings in, services out. The only place that builds things."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from app.api.background import Background
from app.api.services import Services
from app.container.engines import (
    blob_store,
    categorizer,
    embedder,
    load_detector,
    load_engines,
    load_object_detectors,
    thumbnailer,
    vocabulary,
)
from app.container.foundations import open_foundations
from app.container.services import build_services
from app.db.database import SqlDatabase
from app.services.accounts import AccountAdministration
from app.services.blobs import BlobJanitor
from app.services.categorize import Categorizer
from app.services.jobs import Queue
from app.settings import Settings

__all__ = [
    "Container",
    "blob_store",
    "categorizer",
    "embedder",
    "load_detector",
    "load_engines",
    "load_object_detectors",
    "open_container",
    "thumbnailer",
    "vocabulary",
]


@dataclass(frozen=True, slots=True)
class Container:
    """The built application.

    Attributes:
        services: what HTTP calls.
        accounts: what the operator's commands call.
        queue: runs background jobs while it is entered, which the server does.
    """

    services: Services
    accounts: AccountAdministration
    queue: Queue
    categorizer: Categorizer
    janitor: BlobJanitor
    database: SqlDatabase


@asynccontextmanager
async def open_container(settings: Settings, *, tagging: bool = True) -> AsyncIterator[Container]:
    """Build everything and take it down again.

    Args:
        tagging: load the models; the operator's commands can do without.
    """
    async with open_foundations(settings, tagging=tagging) as found:
        services = build_services(found)
        Background(services).register(found.queue)
        accounting = AccountAdministration(found.database)
        try:
            yield Container(
                services, accounting, found.queue, found.looking, found.janitor, found.database
            )
        finally:
            await services.delivery.close()
