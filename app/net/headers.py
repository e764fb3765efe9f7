"""Headers that clients want sent, and the name that a server gives to its file."""

from __future__ import annotations

import re
from collections.abc import Iterable
from email.message import Message
from email.utils import collapse_rfc2231_value

from app.domain.errors import BadRequest
from app.net.urls import base_name

Headers = list[tuple[bytes, bytes]]

# Field name and value of RFC 9110, 5.1 and 5.5.
_LINE = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t\x20-\x7e\x80-\xff]*)")

#: They say how the message travels, not what is wanted: of the connection (RFC 9110, 7.6.1), of
#: the framing, and what asks for something else than the whole file.
_RESERVED = frozenset(
    (
        "accept-encoding",
        "connection",
        "content-encoding",
        "content-length",
        "expect",
        "host",
        "keep-alive",
        "range",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    )
)

#: Characters of a Content-Disposition that is looked at.
_LONGEST_DISPOSITION = 2048


def read_lines(lines: Iterable[str]) -> Headers:
    """Header lines that a client wants sent along.

    Raises:
        BadRequest: ``Invalid value <line> for parameter headers``: it is malformed, or it is
            not the client's to say.
    """
    return [_read(line) for line in lines]


def with_defaults(headers: Headers, defaults: Headers) -> Headers:
    """``headers``, and those of ``defaults`` that are not among them."""
    given = {name.lower() for name, _ in headers}
    return [(name, value) for name, value in defaults if name.lower() not in given] + headers


def file_name(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """The base name that a response gives to its file (RFC 6266); empty if it gives none.

    The extended form, which can hold all characters, is preferred.
    """
    found = [value for name, value in headers if name.lower() == b"content-disposition"]
    if not found or len(found[0]) > _LONGEST_DISPOSITION:
        return ""
    try:
        text = found[0].decode()  # against the standard, and usual
    except UnicodeDecodeError:
        text = found[0].decode("latin-1")
    message = Message()
    message["Content-Disposition"] = text
    values = [
        value
        for name, value in message.get_params(failobj=[], header="Content-Disposition")
        if name.lower() == "filename"
    ]
    values.sort(key=lambda value: not isinstance(value, tuple))
    return base_name(collapse_rfc2231_value(values[0])) if values else ""


def _read(line: str) -> tuple[bytes, bytes]:
    match = _LINE.fullmatch(line.strip())
    name = match[1].lower() if match else ""
    if match is None or name in _RESERVED or name.startswith("proxy-"):
        shown = "".join(char for char in line[:200] if char.isprintable())
        raise BadRequest(f"Invalid value {shown} for parameter headers")
    return match[1].encode("latin-1"), match[2].strip().encode("latin-1")
