"""Reading a request's parameters, wherever the client put them (CONTRACT 0.8, A3)."""

from __future__ import annotations

from starlette.requests import Request

from app.api.body import Body, Limits, read_body
from app.api.services import services
from app.domain.errors import BadRequest
from app.domain.params import TRACE, Params

#: Bytes that fields and framing may add to a file in a multipart body.
FRAMING_BYTES = 2 * 1024 * 1024


async def read_upload(request: Request, max_bytes: int) -> Body:
    """Fields and file of an upload; the caller discards the file's blob.

    Raises:
        BadRequest: malformed, too large, or cut short; nothing is left behind.
    """
    limits = Limits(file_bytes=max_bytes, read_timeout_seconds=services(request).http.read_timeout)
    body = await read_body(
        request.scope, request.receive, create_blob=services(request).blobs.create, limits=limits
    )
    if body.file is not None and (trace := TRACE.get()) is not None:
        trace.sent.add("file")
        trace.read.add("file")
    body.fields = Params.from_query(request.scope["query_string"]).merged(body.fields.traced())
    return body


async def read_params(request: Request) -> Params:
    """Query and body parameters of a call that takes no file; the body's win.

    Raises:
        BadRequest: malformed, too large, or with a file.
    """
    query = Params.from_query(request.scope["query_string"])
    if request.method in ("GET", "HEAD") and not _has_body(request):
        return query
    limits = Limits(file_bytes=0, read_timeout_seconds=services(request).http.read_timeout)
    body = await read_body(
        request.scope, request.receive, create_blob=services(request).blobs.create, limits=limits
    )
    if body.file is not None and not isinstance(body.file, str):
        body.file.blob.discard()
        raise BadRequest("Invalid file parameter. This call takes no file")
    return query.merged(body.fields.traced())


def _has_body(request: Request) -> bool:
    return (
        request.headers.get("content-length", "0") != "0" or "transfer-encoding" in request.headers
    )


def page_size(params: Params, default: int = 10, maximum: int = 500) -> int:
    """``max_results``, clamped to ``maximum``.

    Raises:
        BadRequest: it is no positive number.
    """
    value = params.integer("max_results", default=default)
    if value < 1:
        raise BadRequest(f"Invalid value {value} for parameter max_results")
    return min(value, maximum)


def required(params: Params, name: str) -> str:
    """The text of a parameter that a call cannot do without.

    Raises:
        BadRequest: ``Missing required parameter - <name>``.
    """
    value = params.text(name)
    if not value:
        raise BadRequest(f"Missing required parameter - {name}")
    return value
