"""``headers``: lines for deliveries of an asset, and for fetching its file (CONTRACT B2)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from app.domain.errors import BadRequest

MAX_HEADERS = 20
MAX_LENGTH = 1024

#: What deliveries carry, as the documentation has it; other lines could break the answer, or tell
#: everybody what was meant for the server of the file.
DELIVERED = ("x-robots-tag", "link")

_LINE = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\x20-\x7e\xa0-\xff]*)")


def parse(value: Any) -> tuple[str, ...]:
    """Read header lines.

    Args:
        value: lines ``Name: value`` joined with newlines, a list of them, or a JSON object;
            empty means none.

    Returns:
        The lines as ``Name: value``; see :func:`delivered`.

    Raises:
        BadRequest: ``Invalid value <v> for parameter headers``.
    """
    if isinstance(value, Mapping):
        lines = [f"{name}: {text}" for name, text in value.items()]
    elif isinstance(value, list):
        lines = [str(line) for line in value]
    else:
        lines = str(value or "").splitlines()
    read = tuple(_line(line.strip(), value) for line in lines if line.strip())
    if len(read) > MAX_HEADERS:
        raise _invalid(value)
    return read


def delivered(lines: tuple[str, ...]) -> tuple[str, ...]:
    """Those that deliveries carry; the others are for the server that a file is fetched from."""
    return tuple(line for line in lines if line.partition(":")[0].lower() in DELIVERED)


def pairs(lines: tuple[str, ...]) -> list[tuple[bytes, bytes]]:
    """The lines as names in lower case and values."""
    split = (line.partition(": ") for line in lines)
    return [(name.lower().encode("latin-1"), text.encode("latin-1")) for name, _, text in split]


def _line(line: str, value: Any) -> str:
    match = _LINE.fullmatch(line)
    if match is None or len(line) > MAX_LENGTH:
        raise _invalid(value)
    return f"{match[1]}: {match[2].strip()}"


def _invalid(value: Any) -> BadRequest:
    return BadRequest(f"Invalid value {str(value)[:200]} for parameter headers")
