"""The outermost layer: paths made regular, request ids, one error shape, logs, metrics."""

from __future__ import annotations

import re
import time
import uuid

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api import metrics
from app.api.errors import error_response, log_failure
from app.api.routing import TEMPLATE

access = structlog.get_logger()

#: What a client may call a request; anything else is replaced, for the logs' sake.
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")

#: A path in front of the API's version, as an SDK's ``upload_prefix`` may carry.
_BASE_PATH = re.compile(r"/(?:[^/]*/){0,8}?(?=v1_1/)")

#: Second segment of a delivery path, whose folders may be called anything.
_DELIVERY = re.compile(r"/[^/]+/(?:image|video|raw)/")


def regular_path(path: str) -> str:
    """``/base/v1_1/…`` and ``//v1_1/…`` as ``/v1_1/…``; other paths as they are."""
    if path.startswith("/v1_1/") or "v1_1/" not in path or _DELIVERY.match(path):
        return path
    match = _BASE_PATH.match(path)
    return path[match.end() - 1 :] if match else path


class Gate:
    """Wraps the application; nothing gets out of it but an answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        await _Exchange(scope, receive, send).run(self.app)


class _Exchange:
    """One request and its answer."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scope = scope
        self.receive = receive
        self.forward = send
        self.started = time.perf_counter()
        self.status = 0
        self.finished = False
        given = Headers(scope=scope).get("x-request-id", "")
        self.request_id = given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        scope["path"] = regular_path(scope["path"])

    async def run(self, app: ASGIApp) -> None:
        structlog.contextvars.bind_contextvars(request_id=self.request_id)
        try:
            await app(self.scope, self.receive, self.send)
        except Exception as error:  # the last stop: everything becomes an answer or is logged
            if self.finished:
                return  # answered and logged on the way here
            if self.status:
                raise  # the answer has begun; only a cut connection can tell the client
            log_failure(error)
            await error_response(error)(self.scope, self.receive, self.send)
        finally:
            self.record()
            structlog.contextvars.clear_contextvars()

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            MutableHeaders(scope=message)["x-request-id"] = self.request_id
        await self.forward(message)
        if message["type"] == "http.response.body" and not message.get("more_body", False):
            self.finished = True

    def record(self) -> None:
        """Count and log the exchange; status 0 is a client that went away."""
        seconds = time.perf_counter() - self.started
        name = self.scope.get(TEMPLATE, "unmatched")
        method = self.scope["method"]
        metrics.REQUESTS.labels(method, name, str(self.status)).inc()
        metrics.SECONDS.labels(name).observe(seconds)
        if self.status in metrics.REASONS:
            metrics.REFUSALS.labels(metrics.REASONS[self.status]).inc()
        access.info(
            "request",
            logger="access",
            method=method,
            path=self.scope["path"],
            status=self.status,
            milliseconds=round(seconds * 1000, 2),
        )
