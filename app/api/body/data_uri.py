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

#: Bytes of a value that are looked at to tell a data URI from other text.
PREFIX = 64

# The media type is not kept, so only its shape is checked; parameters are often written wrongly
# (`;utf8`). A `+` of the type may have become a space, like those of the data.
_HEADER = re.compile(rb"data:(?:[\w.+ -]+/[\w.+ -]+)?(?:;[^;,]*)*?(;\s*base64)?\s*", re.IGNORECASE)
_URL_SAFE = bytes.maketrans(b"-_", b"+/")
_URL_SAFE_WITH_SPACES = bytes.maketrans(b"-_ ", b"+/+")


def is_data_uri(text: bytes | bytearray) -> bool:
    """Whether a value that begins so is a data URI, its first 64 bytes being enough."""
    return text[:PREFIX].lstrip()[:5].lower() == b"data:"


class DataUriDecoder:
    """Takes a data URI in pieces and writes what it holds into a file.

    What comes out does not depend on where the pieces are cut.

    Args:
        spaces_are_plus: a sloppy form encoder sent ``+`` unescaped, and it came as a space.
    """

    def __init__(self, sink: FileSink, *, spaces_are_plus: bool = False) -> None:
        self._sink = sink
        self._table = _URL_SAFE_WITH_SPACES if spaces_are_plus else _URL_SAFE
        self._delete = b"\t\r\n" if spaces_are_plus else b"\t\r\n "
        self._header: bytearray | None = bytearray()
        self._base64 = False
        self._padded = False
        self._rest = b""
        self._blob = sink.open()

    def feed(self, data: bytes) -> None:
        """Take the next piece.

        Raises:
            BadRequest: ``Invalid data URI``, or the file grows too large.
        """
        if self._header is not None:
            head, comma, data = data.partition(b",")
            self._header += head
            if len(self._header) > MAX_HEADER:
                raise BadRequest("Invalid data URI")
            if not comma:
                return
            match = _HEADER.fullmatch(self._header.strip())
            if match is None:
                raise BadRequest("Invalid data URI")
            self._header = None
            self._base64 = match[1] is not None
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
        if not self._base64:
            self._sink.write(unquote_to_bytes(self._rest))
        elif self._rest:
            self._decode(self._rest + b"=" * (4 - len(self._rest)))
        return self._blob

    def _feed_base64(self, data: bytes) -> None:
        text, padding, after = data.translate(self._table, self._delete).partition(b"=")
        if after.strip(b"=") or (self._padded and text):
            raise BadRequest("Invalid data URI")
        self._padded = self._padded or bool(padding)
        text = self._rest + text
        whole = len(text) & ~3
        self._rest = text[whole:]
        self._decode(text[:whole])

    def _decode(self, groups: bytes) -> None:
        try:
            self._sink.write(binascii.a2b_base64(groups, strict_mode=True))
        except binascii.Error as error:
            raise BadRequest("Invalid data URI") from error

    def _feed_percent(self, data: bytes) -> None:
        # An escape may be cut in two: its beginning waits for the rest.
        text = self._rest + data
        cut = text.rfind(b"%", max(0, len(text) - 2))
        end = len(text) if cut == -1 else cut
        self._rest = text[end:]
        self._sink.write(unquote_to_bytes(text[:end]))
