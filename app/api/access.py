"""The access log: one line a request, written without detours.

The structured logger behind everything else costs several times as much, and this line is
written on every request.
"""

from __future__ import annotations

import contextlib
import os
from contextvars import ContextVar
from datetime import UTC, datetime

import orjson

#: The id of the request that is being served, for every log line on its way.
REQUEST_ID: ContextVar[str] = ContextVar("request_id", default="")

_json = False


def configure(*, json: bool) -> None:
    """Choose the form of the lines: JSON for machines, text for people."""
    global _json  # noqa: PLW0603 - logging is configured once for a process
    _json = json


def line(method: str, path: str, status: int, seconds: float, request_id: str) -> None:
    """Log one exchange; status 0 is a client that went away."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    milliseconds = round(seconds * 1000, 2)
    if _json:
        event = {
            "timestamp": now,
            "level": "info",
            "logger": "access",
            "event": "request",
            "method": method,
            "path": path,
            "status": status,
            "milliseconds": milliseconds,
            "request_id": request_id,
        }
        text = orjson.dumps(event, option=orjson.OPT_APPEND_NEWLINE)
    else:
        # Paths are data: control characters in them must not write lines of their own.
        shown = path if path.isprintable() else ascii(path)
        text = f"{now} {method} {shown} {status} {milliseconds} ms {request_id}\n".encode()
    with contextlib.suppress(OSError):  # a full disk or a closed pipe must not cost the answer
        os.write(2, text)
