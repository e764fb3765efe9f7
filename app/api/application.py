"""The ASGI application: routes in order of precedence, and what stands around them."""

from __future__ import annotations

import gc
import logging
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from app import __version__
from app.api.errors import error_response
from app.api.gate import Gate
from app.api.parameter_trace import ParameterTrace
from app.api.rate_headers import RateHeaders
from app.api.ready_details import ReadyDetails
from app.api.routes import (
    actions,
    backups,
    delivery,
    downloads,
    making,
    metadata,
    metadata_fields,
    presets,
    resources,
    system,
    transformations,
    upload,
)
from app.api.routing import Endpoint, Operation, describe, routes
from app.api.services import Services
from app.api.upload_parameters import DETAIL_HEADER

#: Headers that browser clients send with uploads and may read from replies.
CORS_REQUEST_HEADERS = [
    "Content-Range",
    "X-Unique-Upload-Id",
    "X-Requested-With",
    "Content-Type",
    "Authorization",
    "Range",
    DETAIL_HEADER,
]
CORS_REPLY_HEADERS = [
    "X-Cld-Error",
    "X-Request-Id",
    "X-FeatureRateLimit-Limit",
    "X-FeatureRateLimit-Remaining",
    "X-FeatureRateLimit-Reset",
    "Content-Range",
    "ETag",
]

#: Where the Upload and the Admin API begin.
API = "/v1_1/{cloud}"

Opener = Callable[[], AbstractAsyncContextManager[Services]]


class CrossOrigin(CORSMiddleware):
    """CORS for browsers; requests without an Origin, nearly all of them, pass untouched."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if any(name == b"origin" for name, _ in scope["headers"]):
            await super().__call__(scope, receive, send)
        else:
            await self.app(scope, receive, send)


class Paths:
    """Parts delivery URLs, which may look like anything, from all others.

    Args:
        others: what answers everything else.
        named: paths that are no delivery URLs though they look like one.
    """

    def __init__(self, others: ASGIApp, named: Collection[str]) -> None:
        self._others = others
        self._named = named
        self._deliver = Endpoint(delivery.deliver, delivery.TEMPLATE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        path: str = scope["path"]
        readable = scope["type"] == "http" and scope["method"] in ("GET", "HEAD")
        if readable and not path.startswith("/v1_1/") and path not in self._named:
            scope["path_params"] = {}
            await self._deliver(scope, receive, send)
        else:
            await self._others(scope, receive, send)


class Application(FastAPI):
    """FastAPI with our own way in.

    Our routes are tried first, behind three thin layers; what they do not know goes through
    FastAPI's stack: its OpenAPI document, and answers to unknown paths.
    """

    ours: list[Route]
    named_paths: frozenset[str]
    trace_params: Path | None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or the server's start and stop."""
        if self.middleware_stack is None:
            self.middleware_stack = self.build_middleware_stack()
        scope["app"] = self
        await self.middleware_stack(scope, receive, send)

    def build_middleware_stack(self) -> ASGIApp:
        """The layers around the routes, outermost first."""
        router = Router(self.ours, redirect_slashes=False)
        router.default = fallback = super().build_middleware_stack()
        rated: ASGIApp = RateHeaders(Paths(router, self.named_paths))
        if self.trace_params or logging.getLogger().isEnabledFor(logging.DEBUG):
            rated = ParameterTrace(rated, self.trace_params)
        shared = CrossOrigin(
            rated,
            allow_origins=["*"],
            allow_methods=["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"],
            allow_headers=CORS_REQUEST_HEADERS,
            expose_headers=CORS_REPLY_HEADERS,
            max_age=86400,
        )
        return Gate(shared, fallback)


def create_application(open_services: Opener, trace_params: Path | None = None) -> FastAPI:
    """Build the application.

    Args:
        open_services: makes the services when the server starts and closes them when it ends.
        trace_params: file that is told which parameters requests sent and which were read.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_services() as services:
            app.state.services = services
            app.state.ready_details = ReadyDetails()
            # What is loaded now stays: the collector need not walk through it again and again.
            gc.collect()
            gc.freeze()
            yield

    app = Application(
        title="Lenticular",
        version=__version__,
        summary="Upload, automatic tagging and delivery, spoken as Cloudinary speaks it.",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        exception_handlers={HTTPException: _refused},
    )
    api = (
        operation
        # The busiest first: routes are tried one after the other.
        for group in (
            backups,  # before the resources: an asset could be called "restore"
            resources,
            upload,
            actions,
            downloads,
            making,
            metadata,
            presets,
            transformations,
            metadata_fields,
            system,
        )
        for operation in group.router.operations
    )
    health = system.health.operations
    operations = [(API, list(api)), ("", health + delivery.router.operations)]
    unknown = Route("/v1_1/{rest:path}", Endpoint(system.unknown, "/v1_1/{rest}"))
    app.ours = [*routes(operations[0][1], API), unknown, *routes(health, "")]
    app.trace_params = trace_params
    app.named_paths = frozenset({"/", app.openapi_url or "", *(item.path for item in health)})
    _document(app, operations)
    return app


async def _refused(_: Request, error: Exception) -> Response:
    """Unknown paths answer in the shape that everything else does."""
    return error_response(error)


def _document(app: FastAPI, operations: list[tuple[str, list[Operation]]]) -> None:
    """Add our operations to the OpenAPI document."""
    document = app.openapi()
    document["components"] = {"securitySchemes": {"basic": {"type": "http", "scheme": "basic"}}}
    for prefix, items in operations:
        document["paths"] |= describe(items, prefix)
