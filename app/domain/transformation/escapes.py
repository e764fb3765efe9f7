"""Percent escapes inside values, which SDKs write for what would end a component."""

from __future__ import annotations

from urllib.parse import quote, unquote

#: Escapes of escapes that anybody could mean; more are an attempt to keep the service busy.
_DEPTH = 8


def unescape(text: str) -> str:
    """Replace percent escapes, escaped ones too, until none is left.

    A URL's own escapes are gone when a transformation is read, those of a parameter of the API
    are not; both forms of a text shall mean the same. ``%`` that starts no escape stays.

    Raises:
        ValueError: escapes of escapes without end.
    """
    for _ in range(_DEPTH):
        try:
            plain = unquote(text, errors="strict")
        except UnicodeDecodeError:
            return text
        if plain == text:
            return text
        text = plain
    raise ValueError("escaped too often")


def escape(text: str) -> str:
    """The form of a text that SDKs send: escaped, what would end a component twice.

    ``unescape(escape(text)) == text`` for every text that came out of :func:`unescape`.
    """
    plain = quote(text, safe="-_.:$()!'*")
    return plain.replace("%2C", "%252C").replace("%2F", "%252F")
