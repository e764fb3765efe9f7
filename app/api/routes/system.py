"""Small calls: ping and config, health, metrics."""

from __future__ import annotations

import logging

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from app.api import metrics
from app.api.auth import admin_key
from app.api.openapi import ADMIN
from app.api.reading import read_params
from app.api.render import json_response, timestamp
from app.api.routing import Group
from app.api.services import services
from app.domain.errors import NotFound

log = logging.getLogger(__name__)

router = Group("Admin API")
health = Group("Operation")


@router.get("/ping", **ADMIN)
async def ping(request: Request, cloud: str) -> Response:
    """Whether the service is there and the credentials are right."""
    await admin_key(request, cloud)
    return json_response({"status": "ok"})


@router.get("/config", **ADMIN)
async def config(request: Request, cloud: str) -> Response:
    """Name and creation of the cloud; its folder mode with ``settings=true``."""
    key = await admin_key(request, cloud)
    params = await read_params(request)
    result: dict[str, object] = {
        "cloud_name": key.cloud.name,
        "created_at": timestamp(key.cloud.created_at),
    }
    if params.flag("settings"):
        result["settings"] = {"folder_mode": key.cloud.folder_mode}
    return json_response(result)


@health.get("/healthz")
async def live(_: Request) -> Response:
    """Answers as long as the process does."""
    return PlainTextResponse("ok\n")


@health.get("/readyz")
async def ready(request: Request) -> Response:
    """Answers 200 when uploads can be served: database, storage and model are there."""
    try:
        await services(request).ready()
    except Exception:
        # Whatever it is, a load balancer has to be told to go elsewhere.
        log.exception("not ready")
        return PlainTextResponse("not ready\n", 503, {"Retry-After": "5"})
    return PlainTextResponse("ready\n")


@health.get("/metrics")
async def prometheus(request: Request) -> Response:
    """Metrics of all workers in the Prometheus text format."""
    try:
        jobs = await services(request).jobs.counts()
    except Exception:
        # The other metrics are wanted most when the database does not answer.
        log.exception("could not count jobs")
        jobs = []
    return Response(metrics.exposition(jobs), media_type=metrics.CONTENT_TYPE)


async def unknown(request: Request, rest: str) -> Response:
    """Whatever else is asked of the API: it must not pass for a delivery URL."""
    raise NotFound(f"Unknown API call - {request.method} {rest}")
