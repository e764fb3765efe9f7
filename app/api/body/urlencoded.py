"""``application/x-www-form-urlencoded`` as a stream."""

from __future__ import annotations

from urllib.parse import unquote_to_bytes

from app.api.body.data_uri import PREFIX, DataUriDecoder, is_data_uri
from app.api.body.parts import (
    Body,
    FieldBudget,
    FileSink,
    Limits,
    Upload,
    check_file_name,
    fields_too_large,
    file_text,
)
from app.domain.errors import BadRequest
from app.domain.params import Params, decode_component

#: Bytes of a pair in which a data URI shows: name, "=" and its first bytes, all of them escaped.
_TELLING = 3 * (len("file") + PREFIX) + 1


class UrlencodedReader:
    """Takes an urlencoded body in pieces; a data URI in ``file`` is decoded as it arrives."""

    def __init__(self, sink: FileSink, limits: Limits) -> None:
        self._sink = sink
        self._limits = limits
        self._budget = FieldBudget(limits)
        self._pending = bytearray()
        self._uri: DataUriDecoder | None = None
        self._pairs: list[tuple[str, str]] = []
        self._file: Upload | str | None = None

    def feed(self, data: bytes) -> None:
        """Take the next piece.

        Raises:
            BadRequest: for whatever is wrong with the body.
        """
        start = 0
        while (end := data.find(b"&", start)) != -1:
            self._take(data[start:end])
            self._end_pair()
            start = end + 1
        self._take(data[start:])

    def finish(self) -> Body:
        """The body is complete.

        Raises:
            BadRequest: for whatever is wrong with the body.
        """
        self._end_pair()
        return Body(Params.from_pairs(self._pairs), self._file)

    def _take(self, data: bytes) -> None:
        """More of the current pair."""
        if self._uri is not None:
            self._feed_uri(self._uri, data)
            return
        telling = len(self._pending) < _TELLING
        self._pending += data
        if telling and (value := _data_uri(self._pending)) is not None:
            self._sink.announce()
            self._uri = DataUriDecoder(self._sink, spaces_are_plus=True)
            self._pending.clear()
            self._feed_uri(self._uri, value)
        elif len(self._pending) > self._limits.field_bytes:
            raise fields_too_large(self._limits)

    def _feed_uri(self, uri: DataUriDecoder, data: bytes) -> None:
        # An escape may be cut in two: its beginning waits for the rest.
        data = bytes(self._pending) + data
        cut = data.rfind(b"%", max(0, len(data) - 2))
        end = len(data) if cut == -1 else cut
        self._pending[:] = data[end:]
        uri.feed(_unescaped(data[:end]))

    def _end_pair(self) -> None:
        if self._uri is not None:
            self._budget.field()
            self._uri.feed(_unescaped(bytes(self._pending)))
            self._file = Upload(self._uri.finish())
            self._uri = None
        elif self._pending:
            self._pair(bytes(self._pending))
        self._pending.clear()

    def _pair(self, pair: bytes) -> None:
        self._budget.field()
        self._budget.spend(len(pair))
        name, _, value = pair.partition(b"=")
        key, text = decode_component(_raw(name)), decode_component(_raw(value))
        if key == "file":
            self._sink.announce()
            self._file = file_text(text)
        else:
            check_file_name(key)
            self._pairs.append((key, text))


def _data_uri(pair: bytearray) -> bytes | None:
    """The (incomplete) value of a pair that is a ``file`` with a data URI."""
    name, equals, value = pair.partition(b"=")
    if not equals or _unescaped(bytes(name)) != b"file":
        return None
    start = bytes(value[: 3 * PREFIX])
    return bytes(value) if is_data_uri(_unescaped(start)) else None


def _unescaped(text: bytes) -> bytes:
    return unquote_to_bytes(text.replace(b"+", b" "))


def _raw(part: bytes) -> str:
    try:
        return part.decode()
    except UnicodeDecodeError as error:
        raise BadRequest("Parameters must be UTF-8") from error
