"""Rules for the words that people give as tags (CONTRACT G)."""

from __future__ import annotations

import re
from collections.abc import Iterable

from app.domain.errors import BadRequest

MAX_LENGTH = 255
MAX_TAGS = 1000

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def clean(words: Iterable[str]) -> tuple[str, ...]:
    """Trim, drop the empty ones, keep each once in the order given.

    Raises:
        BadRequest: a word too long or with control characters, or too many words.
    """
    kept = dict.fromkeys(stripped for word in words if (stripped := word.strip()))
    if len(kept) > MAX_TAGS:
        raise BadRequest(f"Too many tags. Maximum is {MAX_TAGS}.")
    for word in kept:
        if len(word) > MAX_LENGTH:
            raise BadRequest(f"Tag length is limited to {MAX_LENGTH} characters")
        if _CONTROL.search(word):
            raise BadRequest("Tags must not contain control characters")
    return tuple(kept)
