"""One error shape from every path: ``{"error": {"message": …}}`` (CONTRACT A8)."""

from __future__ import annotations

import logging

from starlette.exceptions import HTTPException
from starlette.responses import Response

from app.api.body import ClientDisconnected
from app.api.render import json_response
from app.domain.errors import ServiceError

log = logging.getLogger(__name__)

#: Characters of a message: many quote what was sent, which may be megabytes.
_MESSAGE_LIMIT = 8000

#: Bytes of a message that go into the X-Cld-Error header.
_HEADER_LIMIT = 1000


def error_response(error: Exception) -> Response:
    """The answer to any error; unknown ones become a 500 that tells nothing."""
    headers: dict[str, str] = {}
    if isinstance(error, ServiceError):
        status, message = error.status, error.message
        if error.close:
            headers["Connection"] = "close"
    elif isinstance(error, HTTPException):
        status, message = error.status_code, str(error.detail)
        headers |= dict(error.headers or {})
    elif isinstance(error, ClientDisconnected):
        status, message = 400, "The connection was closed before the request was complete"
        headers["Connection"] = "close"
    else:
        status, message = 500, "General Error"
    if status in (420, 503):
        headers.setdefault("Retry-After", "5")
    if status == 401:
        headers.setdefault("WWW-Authenticate", 'Basic realm="lenticular"')
    if len(message) > _MESSAGE_LIMIT:
        message = message[:_MESSAGE_LIMIT] + " …"
    headers["X-Cld-Error"] = _header_text(message)
    return json_response({"error": {"message": message}}, status, headers)


def log_failure(error: Exception) -> None:
    """Log what is our own fault, with its traceback."""
    if not isinstance(error, (ServiceError, HTTPException, ClientDisconnected)):
        log.error("unhandled error", exc_info=error)


def _header_text(message: str) -> str:
    """Text that may stand in a header: one line, Latin-1, not too long."""
    line = "".join(char if char.isprintable() else " " for char in message)
    return line.encode("latin-1", "replace").decode("latin-1")[:_HEADER_LIMIT]
