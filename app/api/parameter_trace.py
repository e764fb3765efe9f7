"""What a request's parameters were good for: a log line, and a file for those who migrate.

At log level ``debug`` every call of the Upload and the Admin API tells which of its parameters
nothing here looked at. ``LENTICULAR_TRACE_PARAMS`` keeps the whole account: one JSON object a line,
``{"method", "route", "status", "sent", "read", "message"}``, names and no values. ``route`` is the
path's template, ``sent`` what came with a value, ``read`` what of that was looked at, ``message``
the refusal.
"""

from __future__ import annotations

import logging
import os
from pathlib import Path

import orjson
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.routing import TEMPLATE
from app.domain.errors import BadRequest
from app.domain.params import TRACE, Params, Trace

log = logging.getLogger(__name__)

#: What SDKs send beside the parameters of a call: credentials, and parts of its URL.
_ALONGSIDE = frozenset(
    {"timestamp", "signature", "api_key", "unsigned", "cloud_name", "resource_type"}
)

#: Names a line holds, and characters of each: clients may send whatever they like.
_MOST_NAMES = 200
_LONGEST_NAME = 64


class ParameterTrace:
    """Wraps the application where somebody wants to know; otherwise it is left out.

    Args:
        app: what answers HTTP.
        file: where the account is kept; ``None``: only the log is told.
    """

    def __init__(self, app: ASGIApp, file: Path | None) -> None:
        self.app = app
        self.file = file

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if not scope["path"].startswith("/v1_1/"):
            await self.app(scope, receive, send)
            return
        status, message = 0, ""

        async def watched(event: Message) -> None:
            nonlocal status, message
            if event["type"] == "http.response.start":
                status = event["status"]
                message = _refusal(event)
            await send(event)

        trace = Trace()
        token = TRACE.set(trace)
        try:
            _note_query(scope)
            await self.app(scope, receive, watched)
        finally:
            TRACE.reset(token)
            if TEMPLATE in scope:
                self._record(scope, trace, status, message)

    def _record(self, scope: Scope, trace: Trace, status: int, message: str) -> None:
        ignored = _names(trace.sent - trace.read - _ALONGSIDE)
        if ignored and status == 200:
            log.debug("ignored parameters: %s", ", ".join(ignored))
        if self.file is None:
            return
        line = {
            "method": scope["method"],
            "route": scope[TEMPLATE],
            "status": status,
            "sent": _names(trace.sent),
            "read": _names(trace.read & trace.sent),
        } | ({"message": message} if message else {})
        # In one piece: all workers write to the one file.
        descriptor = os.open(self.file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(descriptor, orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))
        finally:
            os.close(descriptor)


def _note_query(scope: Scope) -> None:
    """Note the parameters of the query; those of the body are noted when it is read."""
    try:
        Params.from_query(scope["query_string"]).traced()
    except BadRequest:
        return  # the route refuses it


def _refusal(event: Message) -> str:
    """The error message of an answer, as its header has it; empty if it is none."""
    for name, value in event["headers"]:
        if name.lower() == b"x-cld-error":
            text: str = value.decode("latin-1")
            return text
    return ""


def _names(names: set[str]) -> list[str]:
    """Names as they may stand in a line: in order, not too many, short and printable."""
    return [
        (name if name.isprintable() else ascii(name))[:_LONGEST_NAME]
        for name in sorted(names)[:_MOST_NAMES]
    ]
