"""Public ids: which are allowed, and how one is made when none is given (CONTRACT B6)."""

from __future__ import annotations

import re
import secrets
import string

from app.domain.errors import BadRequest

MAX_LENGTH = 255
FORBIDDEN = frozenset("?&#\\%<>+")

_ALPHABET = string.ascii_lowercase + string.digits
_VERSION_SEGMENT = re.compile(r"v\d+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_NOT_FOR_IDS = re.compile(r"[?&#\\%<>+\s\x00-\x1f\x7f/]+")


def check(public_id: str) -> str:
    """Return ``public_id`` if it may name an asset.

    Raises:
        BadRequest: ``public_id (<id>) is invalid``.
    """
    segments = public_id.split("/")
    if (
        not public_id
        or len(public_id) > MAX_LENGTH
        or public_id != public_id.strip(" ")
        or not all(segments)
        or FORBIDDEN.intersection(public_id)
        or _CONTROL.search(public_id)
        # A folder such as v12 could not be told from a version in a delivery URL.
        or any(_VERSION_SEGMENT.fullmatch(segment) for segment in segments[:-1])
        # A browser resolves dot segments away before it sends the URL.
        or not {".", ".."}.isdisjoint(segments)
    ):
        raise BadRequest(f"public_id ({public_id}) is invalid")
    return public_id


def random_id(length: int = 20) -> str:
    """A fresh id of ``length`` characters from ``[a-z0-9]``."""
    # One draw for all: a system call for each character would be felt on every upload.
    number = int.from_bytes(secrets.token_bytes(length))
    letters = []
    for _ in range(length):
        number, rest = divmod(number, len(_ALPHABET))
        letters.append(_ALPHABET[rest])
    return "".join(letters)


def split_filename(filename: str) -> tuple[str, str]:
    """Split ``photo.JPG`` into ``("photo", "jpg")``; a leading dot belongs to the name."""
    stem, dot, extension = filename.rpartition(".")
    if not dot or not stem:
        return filename, ""
    return stem, extension.lower()


def from_filename(stem: str, *, unique: bool, reserved: str = "") -> str:
    """An id made of a file's name: blanks and forbidden characters become ``_``.

    ``unique`` appends ``_`` and six random characters. A name of which nothing is left
    gives a random id.

    Args:
        reserved: stands in for what would be random; empty to draw it.
    """
    reserved = reserved or random_id()
    cleaned = _NOT_FOR_IDS.sub("_", stem.strip())[: MAX_LENGTH - 7]
    if not cleaned.strip("_. "):
        return reserved
    return f"{cleaned}_{reserved[:6]}" if unique else cleaned


def join(*parts: str) -> str:
    """Put folders and an id together, ignoring empty parts and stray slashes between them."""
    return "/".join(stripped for part in parts if (stripped := part.strip("/")))
