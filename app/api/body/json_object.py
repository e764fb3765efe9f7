"""JSON bodies: an object of parameters, its ``file`` perhaps a data URI of many megabytes."""

from __future__ import annotations

import re
from typing import Any

import orjson

from app.api.body.data_uri import DataUriDecoder, is_data_uri
from app.api.body.parts import (
    Body,
    FileSink,
    Limits,
    Upload,
    fields_too_large,
    file_text,
    malformed,
)
from app.domain.errors import BadRequest
from app.domain.params import Params

# Inside of a JSON string quotes are escaped, so this is a key and the beginning of its value.
_FILE = re.compile(rb'(?<!\\)"file"[ \t\r\n]{0,16}:[ \t\r\n]{0,16}"(?=(?i:data:))')

#: Bytes before a new piece in which a match may begin; the longest one has 45.
_OVERLAP = 64

#: What stands for the data URI in the text that is parsed; no file can be called so.
_PLACEHOLDER = "\0"

# A string up to its closing quote, or to an escape that is not complete yet. Two escapes may make
# one character, above U+FFFF.
_HEX = rb"[0-9a-fA-F]"
_ESCAPE = (
    rb"\\(?:[^u]|u[dD][89abAB]" + _HEX + rb"{2}\\u" + _HEX + rb"{4}|u(?![dD][89abAB])" + _HEX
) + rb"{4})"
_STRING = re.compile(rb'[^"\\]*+(?:' + _ESCAPE + rb'[^"\\]*+)*+', re.DOTALL)
_ONE_ESCAPE = re.compile(_ESCAPE, re.DOTALL)
_LONGEST_ESCAPE = 12


class JsonReader:
    """Takes a JSON body in pieces.

    A data URI in ``file`` is decoded as it arrives. Only the rest is kept and made into Python
    objects, and is limited like any other form's fields.
    """

    def __init__(self, sink: FileSink, limits: Limits) -> None:
        self._sink = sink
        self._limits = limits
        self._text = bytearray()
        self._uri: DataUriDecoder | None = None
        self._escape = b""
        self._file: Upload | None = None

    def feed(self, data: bytes) -> None:
        """Take the next piece.

        Raises:
            BadRequest: the body grows too large, or its data URI is wrong.
        """
        while data:
            data = self._take(data) if self._uri is None else self._feed_uri(self._uri, data)

    def finish(self) -> Body:
        """The body is complete.

        Raises:
            BadRequest: it is no JSON object, holds too much, or its file is wrong.
        """
        if self._uri is not None:
            raise BadRequest("Invalid JSON in request body")
        values = self._object()
        file = values.pop("file", None)
        fields = Params.from_mapping(values)
        if self._file is None:
            return Body(fields, self._other_file(file))
        if file != _PLACEHOLDER:
            raise BadRequest("Invalid file parameter. It stands inside of another one")
        return Body(fields, self._file)

    def _take(self, data: bytes) -> bytes:
        """More of the text that is kept; what belongs to a data URI is given back."""
        seen = max(0, len(self._text) - _OVERLAP)
        self._text += data
        match = _FILE.search(self._text, seen)
        rest = b""
        if match is not None:
            self._sink.announce()
            self._uri = DataUriDecoder(self._sink)
            rest = bytes(self._text[match.end() :])
            self._text[match.end() :] = b"\\u0000"
        if len(self._text) > self._limits.field_bytes:
            raise fields_too_large(self._limits)
        return rest

    def _feed_uri(self, uri: DataUriDecoder, data: bytes) -> bytes:
        """More of the data URI; what comes after its end, the quote included, is given back."""
        data = self._escape + data
        end = _string_end(data)
        uri.feed(_unescaped(data[:end]))
        if data[end : end + 1] == b'"':
            self._file = Upload(uri.finish())
            self._uri, self._escape = None, b""
            return data[end:]
        self._escape = data[end:]
        if len(self._escape) >= _LONGEST_ESCAPE:
            raise BadRequest("Invalid JSON in request body")
        return b""

    def _object(self) -> dict[str, Any]:
        text = self._text
        if text.count(b",") + text.count(b"[") + text.count(b"{") > self._limits.json_values:
            raise malformed("too many parameters")
        try:
            values = orjson.loads(text)
        except orjson.JSONDecodeError as error:
            raise BadRequest("Invalid JSON in request body") from error
        if not isinstance(values, dict):
            raise BadRequest("The JSON request body must be an object")
        return values

    def _other_file(self, value: object) -> Upload | str | None:
        if value is None:
            return None
        if not isinstance(value, str):
            raise BadRequest("Invalid URL for upload")
        encoded = value.encode()
        if not is_data_uri(encoded):
            return file_text(value)
        # It was not recognised as it came: written with escapes or much white space.
        self._sink.announce()
        decoder = DataUriDecoder(self._sink)
        decoder.feed(encoded)
        return Upload(decoder.finish())


def _string_end(data: bytes) -> int:
    """How many bytes still belong to a JSON string; the next is a quote or an incomplete escape."""
    if b"\\" not in data:  # several times faster, and nearly always so
        end = data.find(b'"')
        return len(data) if end == -1 else end
    match = _STRING.match(data)
    return match.end() if match else 0


def _unescaped(text: bytes) -> bytes:
    """Part of a JSON string; some encoders escape ``/`` (PHP) or ``=`` (Gson).

    Raises:
        BadRequest: an escape is wrong.
    """
    if b"\\" not in text:
        return text
    text = text.replace(b"\\/", b"/")
    return _ONE_ESCAPE.sub(_unescaped_one, text) if b"\\" in text else text


def _unescaped_one(match: re.Match[bytes]) -> bytes:
    try:
        return bytes(orjson.loads(b'"%b"' % match[0]).encode())
    except orjson.JSONDecodeError as error:
        raise BadRequest("Invalid JSON in request body") from error
