"""Folders of the media library: which names may be given."""

from __future__ import annotations

from app.domain.errors import BadRequest

#: Characters of a path.
MAX_LENGTH = 255


def check(path: str, parameter: str) -> str:
    """A folder's path without slashes around it; empty for the root.

    Raises:
        BadRequest: ``Invalid value <path> for parameter <parameter>``: it is too long, or holds
            what no name of a folder holds.
    """
    folder = path.strip("/")
    names = folder.split("/") if folder else []
    usable = all(name.strip() and name not in (".", "..") for name in names)
    if not usable or not folder.isprintable() or len(folder) > MAX_LENGTH:
        raise BadRequest(f"Invalid value {folder[:200]!r} for parameter {parameter}")
    return folder
