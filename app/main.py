"""``create_app``: what uvicorn runs in every worker process."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.types import ASGIApp

from app import logs, settings
from app.api import access
from app.api.application import create_application
from app.api.services import Services
from app.container import open_container


def create_app() -> ASGIApp:
    """Build the application from the environment."""
    loaded = settings.load()
    logs.configure(loaded.log_format, loaded.log_level)
    access.configure(json=loaded.log_format == "json")

    @asynccontextmanager
    async def open_services() -> AsyncIterator[Services]:
        async with open_container(loaded) as container, container.queue.running():
            yield container.services

    return create_application(open_services, loaded.trace_params)
