"""Choosing how to read a body, and reading it from the connection."""

from __future__ import annotations

import asyncio
from typing import Protocol

from starlette.datastructures import Headers
from starlette.types import Receive, Scope

from app.api.body.json_object import JsonReader
from app.api.body.multipart import MultipartReader, boundary_of
from app.api.body.parts import (
    Body,
    ClientDisconnected,
    CreateBlob,
    FileSink,
    Limits,
    fields_too_large,
    malformed,
    too_large,
)
from app.api.body.urlencoded import UrlencodedReader
from app.domain.errors import BadRequest
from app.domain.params import Params

#: Bytes that fields and framing may add to a file.
FRAMING = 2 * 1024 * 1024

#: Digits of a Content-Length that is believed; servers refuse others by themselves.
_DIGITS = 18


class _Reader(Protocol):
    def feed(self, data: bytes) -> None:
        """Take the next piece."""

    def finish(self) -> Body:
        """The body is complete."""


async def read_body(
    scope: Scope, receive: Receive, *, create_blob: CreateBlob, limits: Limits
) -> Body:
    """Read a request's body, whatever form it has.

    The caller discards or keeps the blob of the returned file.

    Raises:
        BadRequest: malformed, unsupported, cut short or too large; nothing is left behind.
        ClientDisconnected: the connection ended first; nothing is left behind.
    """
    headers = Headers(scope=scope)
    _check_length(headers, limits)
    content_type = headers.get("content-type", "")
    kind = content_type.partition(";")[0].strip().lower()
    sink = FileSink(create_blob, limits)
    reader: _Reader | None = None
    more = True
    try:
        while more:
            data, more = await _piece(receive, limits.read_timeout_seconds)
            if reader is None:
                # What says nothing of its kind is told by its first character.
                data = data if kind else data.lstrip()
                if data:
                    reader = _reader(kind, content_type, data, sink, limits)
            if reader is not None and data:
                reader.feed(data)
        return Body(Params({})) if reader is None else reader.finish()
    except BaseException:
        sink.discard()
        raise


def _check_length(headers: Headers, limits: Limits) -> None:
    """Refuse at once what cannot fit: base64, percent-escaped, is less than twice the file."""
    if headers.get("content-encoding", "identity").lower() != "identity":
        raise BadRequest("Content-Encoding is not supported", close=True)
    text = headers.get("content-length", "")
    length = int(text) if text.isascii() and text.isdigit() and len(text) <= _DIGITS else 0
    if length > 2 * limits.file_bytes + limits.field_bytes + FRAMING:
        if limits.file_bytes == 0:
            raise fields_too_large(limits)
        raise too_large(length, limits.file_bytes)


async def _piece(receive: Receive, patience: float) -> tuple[bytes, bool]:
    """The next piece, perhaps empty, and whether there are more."""
    try:
        async with asyncio.timeout(patience):
            message = await receive()
    except TimeoutError as error:
        raise malformed(f"nothing came for {patience:g} seconds") from error
    if message["type"] == "http.disconnect":
        raise ClientDisconnected
    return message.get("body", b""), message.get("more_body", False)


def _reader(kind: str, content_type: str, data: bytes, sink: FileSink, limits: Limits) -> _Reader:
    """The reader for a content type; some clients send none (CONTRACT 0.5)."""
    if kind == "multipart/form-data":
        return MultipartReader(boundary_of(content_type), sink, limits)
    if kind == "application/json" or (not kind and data[:1] == b"{"):
        return JsonReader(sink, limits)
    if kind in ("application/x-www-form-urlencoded", ""):
        return UrlencodedReader(sink, limits)
    raise BadRequest(f"Unsupported Content-Type {kind}"[:200], close=True)
