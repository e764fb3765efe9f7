"""Choosing how to read a body, and reading it from the connection."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Protocol

import orjson
from starlette.datastructures import Headers
from starlette.types import Receive, Scope

from app.api.body.data_uri import DataUriDecoder, is_data_uri
from app.api.body.multipart import MultipartReader, boundary_of
from app.api.body.parts import (
    Body,
    ClientDisconnected,
    CreateBlob,
    FileSink,
    Limits,
    Upload,
    malformed,
    too_large,
)
from app.api.body.urlencoded import UrlencodedReader
from app.domain.errors import BadRequest
from app.domain.params import Params

#: Bytes that fields and framing may add to a file.
FRAMING = 2 * 1024 * 1024


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
    sink = FileSink(create_blob, limits)
    try:
        reader: _Reader | None = None
        async for data in _pieces(receive, limits.read_timeout_seconds):
            if reader is None:
                reader = _reader(headers.get("content-type", ""), data, sink, limits)
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
    if text.isdigit() and int(text) > 2 * limits.file_bytes + limits.field_bytes + FRAMING:
        raise too_large(int(text), limits.file_bytes)


async def _pieces(receive: Receive, patience: float) -> AsyncIterator[bytes]:
    """The body's pieces, none of them empty."""
    more = True
    while more:
        try:
            async with asyncio.timeout(patience):
                message = await receive()
        except TimeoutError as error:
            raise malformed(f"nothing came for {patience:g} seconds") from error
        if message["type"] == "http.disconnect":
            raise ClientDisconnected
        more = message.get("more_body", False)
        if data := message.get("body", b""):
            yield data


def _reader(content_type: str, data: bytes, sink: FileSink, limits: Limits) -> _Reader:
    """The reader for a content type; some clients send none (CONTRACT 0.5)."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        return MultipartReader(boundary_of(content_type), sink, limits)
    if kind == "application/json" or (not kind and data.lstrip()[:1] == b"{"):
        return JsonReader(sink, limits)
    if kind in ("application/x-www-form-urlencoded", ""):
        return UrlencodedReader(sink, limits)
    raise BadRequest(f"Unsupported Content-Type {kind}"[:200], close=True)


class JsonReader:
    """Takes a JSON body."""

    def __init__(self, sink: FileSink, limits: Limits) -> None:
        self._sink = sink
        self._limits = limits
        self._text = bytearray()

    def feed(self, data: bytes) -> None:
        """Take the next piece.

        Raises:
            BadRequest: the body grows too large.
        """
        self._text += data
        if len(self._text) > self._limits.json_bytes:
            raise too_large(len(self._text), self._limits.json_bytes)

    def finish(self) -> Body:
        """The body is complete.

        Raises:
            BadRequest: it is no JSON object, or its file is wrong.
        """
        try:
            values = orjson.loads(self._text)
        except orjson.JSONDecodeError as error:
            raise BadRequest("Invalid JSON in request body") from error
        if not isinstance(values, dict):
            raise BadRequest("The JSON request body must be an object")
        file = values.pop("file", None)
        return Body(Params.from_mapping(values), self._file(file))

    def _file(self, value: object) -> Upload | str | None:
        if value is None:
            return None
        if not isinstance(value, str):
            raise BadRequest("Invalid URL for upload")
        try:
            encoded = value.encode()
        except UnicodeEncodeError as error:
            raise BadRequest("Invalid URL for upload") from error
        if not is_data_uri(encoded):
            return value.strip()
        decoder = DataUriDecoder(self._sink)
        decoder.feed(encoded)
        return Upload(decoder.finish())
