"""``multipart/form-data`` as a stream (RFC 7578), the way the SDKs write it."""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError

from app.api.body.data_uri import PREFIX, DataUriDecoder, is_data_uri
from app.api.body.parts import (
    Body,
    FieldBudget,
    FileSink,
    Limits,
    Upload,
    check_file_name,
    file_text,
    malformed,
)
from app.domain.errors import BadRequest
from app.domain.params import Params

_BOUNDARY = re.compile(r';\s*boundary=(?:"([^"]{1,200})"|([^\s;",]{1,200}))', re.IGNORECASE)
_OPTION = re.compile(
    rb';\s*([\w!#$&+.^`|~*-]+)\s*=\s*(?:"((?:\\"|[^"])*)"|([^;\s]*))', re.IGNORECASE
)
_CONTROL = re.compile(r"[\0-\x1f\x7f]")
_EXTENDED = re.compile(rb"(utf-8|iso-8859-1)'[^']*'(.*)", re.IGNORECASE | re.DOTALL)
_CHARSET = re.compile(rb'charset\s*=\s*"?([\w-]+)', re.IGNORECASE)
_CHARSETS = {b"utf-8": "utf-8", b"us-ascii": "utf-8", b"iso-8859-1": "latin-1"}


def boundary_of(content_type: str) -> bytes:
    """The boundary of a Content-Type.

    Raises:
        BadRequest: there is none.
    """
    match = _BOUNDARY.search(content_type)
    if match is None:
        raise malformed("no multipart boundary")
    return (match[1] or match[2]).encode("latin-1", "replace")


class MultipartReader:
    """Takes a multipart body in pieces.

    Raises:
        BadRequest: from every method, for whatever is wrong with the body.
    """

    def __init__(self, boundary: bytes, sink: FileSink, limits: Limits) -> None:
        self._sink = sink
        self._limits = limits
        self._budget = FieldBudget(limits)
        self._pairs: list[tuple[str, str]] = []
        self._file: Upload | str | None = None
        self._ended = False
        self._header_size = 0
        self._header_name = b""
        self._header_value = b""
        self._headers: dict[bytes, bytes] = {}
        self._name = ""
        self._is_file = False
        self._uri: DataUriDecoder | None = None
        self._text = bytearray()
        self._first = b"--" + boundary
        self._preamble: bytearray | None = bytearray()
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._on_part_begin,
                "on_header_field": self._on_header_field,
                "on_header_value": self._on_header_value,
                "on_header_end": self._on_header_end,
                "on_headers_finished": self._on_headers_finished,
                "on_part_data": self._on_part_data,
                "on_part_end": self._on_part_end,
                "on_end": self._on_end,
            },
            max_header_size=limits.header_bytes,
        )

    def feed(self, data: bytes) -> None:
        """Take the next piece."""
        if self._preamble is not None:
            data = self._begun(data)
        try:
            self._parser.write(data)
        except FormParserError as error:
            raise malformed("broken multipart") from error

    def finish(self) -> Body:
        """The body is complete."""
        if not self._ended:
            raise malformed("the closing multipart boundary is missing")
        return Body(Params.from_pairs(self._pairs), self._file)

    def _begun(self, data: bytes) -> bytes:
        """What there is from the first boundary on; a preamble is passed over (RFC 2046, 5.1.1)."""
        if not self._preamble and data.startswith(self._first):
            self._preamble = None
            return data
        self._preamble = text = (self._preamble or bytearray()) + data
        start = 0 if text.startswith(self._first) else text.find(b"\r\n" + self._first)
        if start == -1:
            if len(text) > self._limits.header_bytes:
                raise malformed("no multipart boundary")
            return b""
        self._preamble = None
        return bytes(text[start:])

    def _on_part_begin(self) -> None:
        self._budget.field()
        self._headers = {}
        self._header_size = 0
        self._text.clear()
        self._uri = None
        self._is_file = False

    def _on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._header_name += self._header_piece(data, start, end)

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._header_value += self._header_piece(data, start, end)

    def _header_piece(self, data: bytes, start: int, end: int) -> bytes:
        self._header_size += end - start
        if self._header_size > self._limits.header_bytes:
            raise malformed("part headers are too long")
        return data[start:end]

    def _on_header_end(self) -> None:
        self._headers[self._header_name.lower()] = self._header_value
        self._header_name = self._header_value = b""

    def _on_headers_finished(self) -> None:
        options = {
            match[1].lower(): match[2] if match[2] is not None else match[3]
            for match in _OPTION.finditer(self._headers.get(b"content-disposition", b""))
        }
        if b"name" not in options:
            raise malformed("a part has no name")
        self._name = _decoded(options[b"name"].replace(b'\\"', b'"').replace(b"%22", b'"'))
        check_file_name(self._name)
        if self._name == "file":
            self._sink.announce()
            if b"filename" in options or b"filename*" in options:
                self._is_file = True
                self._file = Upload(self._sink.open(), filename(options))

    def _on_part_data(self, data: bytes, start: int, end: int) -> None:
        if self._is_file:
            # Copying is cheaper than the many small operations a view would cause downstream.
            self._sink.write(data[start:end])
        elif self._uri is not None:
            self._uri.feed(data[start:end])
        else:
            telling = self._name == "file" and len(self._text) < PREFIX
            self._text += data[start:end]
            if telling and is_data_uri(self._text):
                self._uri = DataUriDecoder(self._sink)
                self._uri.feed(bytes(self._text))
            else:
                self._budget.spend(end - start)

    def _on_part_end(self) -> None:
        if self._is_file:
            return
        if self._uri is not None:
            self._file = Upload(self._uri.finish())
        elif self._name == "file":
            self._file = file_text(_decoded(self._text))
        else:
            self._pairs.append((self._name, _decoded(self._text, self._charset())))

    def _on_end(self) -> None:
        self._ended = True

    def _charset(self) -> str:
        match = _CHARSET.search(self._headers.get(b"content-type", b""))
        return _CHARSETS.get(match[1].lower(), "utf-8") if match else "utf-8"


def filename(options: dict[bytes, bytes]) -> str:
    """The file's name: the extended form first (RFC 5987), without folders or control characters.

    Some clients send raw bytes: read as UTF-8 if they are, else as Latin-1.
    """
    raw = options.get(b"filename", b"").replace(b'\\"', b'"').replace(b"%22", b'"')
    encoding = "utf-8"
    match = _EXTENDED.fullmatch(options.get(b"filename*", b""))
    if match is not None:
        encoding, raw = match[1].decode(), unquote_to_bytes(match[2])
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    return _CONTROL.sub("", re.split(r"[/\\]", text)[-1])


def _decoded(raw: bytes | bytearray, charset: str = "utf-8") -> str:
    try:
        return raw.decode(charset)
    except UnicodeDecodeError as error:
        raise BadRequest("Parameters must be UTF-8") from error
