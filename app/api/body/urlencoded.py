"""``application/x-www-form-urlencoded`` as a stream."""

from __future__ import annotations

from urllib.parse import unquote_to_bytes

from app.api.body.data_uri import DataUriDecoder, is_data_uri
from app.api.body.parts import Body, FieldBudget, FileSink, Limits, Upload, malformed
from app.domain.errors import BadRequest
from app.domain.params import Params, decode_component


class UrlencodedReader:
    """Takes an urlencoded body in pieces; a data URI in ``file`` is decoded as it arrives."""

    def __init__(self, sink: FileSink, limits: Limits) -> None:
        self._sink = sink
        self._budget = FieldBudget(limits)
        self._pending = b""
        self._uri: DataUriDecoder | None = None
        self._pairs: list[tuple[str, str]] = []
        self._file: Upload | str | None = None

    def feed(self, data: bytes) -> None:
        """Take the next piece.

        Raises:
            BadRequest: for whatever is wrong with the body.
        """
        *whole, last = (self._pending + data).split(b"&")
        for part in whole:
            self._part(part, complete=True)
        self._part(last, complete=False)

    def finish(self) -> Body:
        """The body is complete."""
        self._part(self._pending, complete=True)
        return Body(Params.from_pairs(self._pairs), self._file)

    def _part(self, part: bytes, *, complete: bool) -> None:
        if self._uri is None and part[:5] == b"file=" and is_data_uri(_unescaped(part[5:20])):
            if self._file is not None:
                raise malformed("more than one file")
            self._uri = DataUriDecoder(self._sink, spaces_are_plus=True)
            part = part[5:]
        if self._uri is not None:
            self._data_uri(self._uri, part, complete=complete)
        elif not complete:
            # It is spent when complete; checked now, so that it cannot grow without end.
            self._budget.check(len(part))
            self._pending = part
        else:
            self._pending = b""
            self._pair(part)

    def _data_uri(self, uri: DataUriDecoder, part: bytes, *, complete: bool) -> None:
        # An escape may be cut in two: its beginning waits for the rest.
        cut = part.rfind(b"%", -2) if not complete else -1
        end = len(part) if cut == -1 else cut
        uri.feed(_unescaped(part[:end]))
        self._pending = part[end:]
        if complete:
            self._file = Upload(uri.finish())
            self._uri = None

    def _pair(self, part: bytes) -> None:
        if not part:
            return
        self._budget.field()
        self._budget.spend(len(part))
        name, _, value = part.partition(b"=")
        key, text = decode_component(_raw(name)), decode_component(_raw(value))
        if key == "file":
            if self._file is not None:
                raise malformed("more than one file")
            self._file = text.strip()
        elif key.startswith("file["):
            raise BadRequest(
                "Invalid file parameter. Make sure your file parameter does not include '[]'"
            )
        else:
            self._pairs.append((key, text))


def _unescaped(part: bytes) -> bytes:
    return unquote_to_bytes(part.replace(b"+", b" "))


def _raw(part: bytes) -> str:
    try:
        return part.decode()
    except UnicodeDecodeError as error:
        raise BadRequest("Parameters must be UTF-8") from error
