"""``data:`` URIs decoded as they arrive (RFC 2397, base64 of RFC 4648)."""

from __future__ import annotations

import binascii
import re
from urllib.parse import unquote_to_bytes

from app.api.body.parts import FileSink
from app.domain.errors import BadRequest
from app.domain.ports import IncomingBlob

#: The part before the comma: media type and parameters.
MAX_HEADER = 4096

_HEADER = re.compile(
    rb"data:([\w.+-]+/[\w.+-]+)?(?:;[\w.+-]+=(?:[^;,]*))*(;base64)?", re.IGNORECASE
)
_URL_SAFE = bytes.maketrans(b"-_", b"+/")
_WHITESPACE = b" \t\r\n"


def is_data_uri(text: bytes) -> bool:
    """Whether a value that begins so is a data URI."""
    return text[:5].lower() == b"data:"


class DataUriDecoder:
    """Takes a data URI in pieces and writes what it holds into a file.

    Args:
        spaces_are_plus: a sloppy form encoder sent ``+`` unescaped, and it came as a space.
    """

    def __init__(self, sink: FileSink, *, spaces_are_plus: bool = False) -> None:
        self._sink = sink
        self._table = bytes.maketrans(b"-_ ", b"+/+") if spaces_are_plus else _URL_SAFE
        self._delete = b"\t\r\n" if spaces_are_plus else _WHITESPACE
        self._header: bytes | None = b""
        self._base64 = False
        self._rest = b""
        self._blob = sink.open()

    def feed(self, data: bytes) -> None:
        """Take the next piece.

        Raises:
            BadRequest: ``Invalid data URI``, or the file grows too large.
        """
        if self._header is not None:
            self._header += data
            head, comma, data = self._header.partition(b",")
            if not comma:
                if len(self._header) > MAX_HEADER:
                    raise BadRequest("Invalid data URI")
                return
            self._header = None
            match = _HEADER.fullmatch(head.strip())
            if match is None:
                raise BadRequest("Invalid data URI")
            self._base64 = match[2] is not None
        if self._base64:
            self._feed_base64(data)
        else:
            self._feed_percent(data)

    def finish(self) -> IncomingBlob:
        """The URI is complete; what it held.

        Raises:
            BadRequest: ``Invalid data URI``: cut short.
        """
        if self._header is not None:
            raise BadRequest("Invalid data URI")
        if self._base64:
            rest = self._rest.rstrip(b"=")
            self._write(rest + b"=" * (-len(rest) % 4))
        else:
            self._sink.write(unquote_to_bytes(self._rest))
        return self._blob

    def _feed_base64(self, data: bytes) -> None:
        text = self._rest + data.translate(self._table, self._delete)
        # The last group waits: it may be incomplete or padded.
        whole = max(0, (len(text) - 1) // 4 * 4)
        self._rest = text[whole:]
        if len(self._rest) > 4:
            raise BadRequest("Invalid data URI")
        self._write(text[:whole])

    def _write(self, text: bytes) -> None:
        try:
            self._sink.write(binascii.a2b_base64(text, strict_mode=True))
        except binascii.Error as error:
            raise BadRequest("Invalid data URI") from error

    def _feed_percent(self, data: bytes) -> None:
        text = self._rest + data
        end = len(text) - 2 if b"%" in text[-2:] else len(text)
        self._rest = text[max(0, end) :]
        self._sink.write(unquote_to_bytes(text[: max(0, end)]))
