"""The outermost layer: paths made regular, request ids, one error shape, logs, metrics."""

from __future__ import annotations

import logging
import os
import re
import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api import access, metrics
from app.api.errors import error_response, log_failure
from app.api.routing import TEMPLATE

log = logging.getLogger(__name__)

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


def _given_id(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"x-request-id":
            text: str = value.decode("latin-1")
            return text if _REQUEST_ID.fullmatch(text) else ""
    return ""


class Gate:
    """Wraps the application; nothing gets out of it but an answer.

    Args:
        app: what answers HTTP.
        other: what handles everything else, such as the server's start and stop.
    """

    def __init__(self, app: ASGIApp, other: ASGIApp) -> None:
        self.app = app
        self.other = other

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.other(scope, receive, send)
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
        self.request_id = _given_id(scope) or os.urandom(16).hex()
        scope["path"] = regular_path(scope["path"])

    async def run(self, app: ASGIApp) -> None:
        token = access.REQUEST_ID.set(self.request_id)
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
            access.REQUEST_ID.reset(token)

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            header = (b"x-request-id", self.request_id.encode())
            message["headers"] = [*message["headers"], header]
        await self.forward(message)
        if message["type"] == "http.response.body" and not message.get("more_body", False):
            self.finished = True

    def record(self) -> None:
        """Count and log the exchange; status 0 is a client that went away."""
        seconds = time.perf_counter() - self.started
        name = self.scope.get(TEMPLATE, "unmatched")
        method = self.scope["method"]
        metrics.record(method, name, self.status, seconds)
        if not log.isEnabledFor(logging.INFO):
            return
        access.line(method, self.scope["path"], self.status, seconds, self.request_id)
