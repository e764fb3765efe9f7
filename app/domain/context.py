"""Custom context: ``key=value|key2=value2`` with ``\\=`` and ``\\|`` escaped (CONTRACT B2)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from app.domain.errors import BadRequest

MAX_PAIRS = 1000
MAX_TEXT = 1024

_PAIR = re.compile(r"(?:\\.|[^|\\])+", re.DOTALL)
_EQUALS = re.compile(r"((?:\\.|[^=\\])*)=(.*)", re.DOTALL)
_ESCAPED = re.compile(r"\\([=|\\])")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")


def parse(text: str) -> dict[str, str]:
    """Read the wire form.

    Raises:
        BadRequest: a pair without ``=`` or key, control characters, or something too long.
    """
    pairs: dict[str, str] = {}
    for match in _PAIR.finditer(text):
        halves = _EQUALS.fullmatch(match.group())
        if halves is None or not halves[1].strip():
            raise BadRequest(f"Invalid value {text} for parameter context")
        pairs[_unescape(halves[1]).strip()] = _unescape(halves[2])
    return check(pairs)


def check(pairs: Mapping[str, str]) -> dict[str, str]:
    """Hold ``pairs`` to the documented limits.

    Raises:
        BadRequest: too many pairs, or a key or value too long or with control characters.
    """
    if len(pairs) > MAX_PAIRS:
        raise BadRequest(f"Too many context pairs. Maximum is {MAX_PAIRS}.")
    for key, value in pairs.items():
        if len(key) > MAX_TEXT or len(value) > MAX_TEXT:
            raise BadRequest(f"Context keys and values are limited to {MAX_TEXT} characters")
        if _CONTROL.search(key) or _CONTROL.search(value):
            raise BadRequest("Context keys and values must not contain control characters")
    return dict(pairs)


def _unescape(text: str) -> str:
    return _ESCAPED.sub(r"\1", text)
