"""What the service refuses, as ``refused.txt`` lists it."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlsplit


def _read() -> dict[str, str]:
    lines = (Path(__file__).parent / "refused.txt").read_text(encoding="utf-8").splitlines()
    pairs = (line.partition("\t") for line in lines if not line.startswith("#"))
    return {part: reason for part, _, reason in pairs}


#: Parts of transformations to why they are refused.
REFUSED = _read()


def refused_part(url: str) -> str:
    """The listed part that a URL contains; empty without one."""
    path = unquote(urlsplit(url).path)
    for segment in path.split("/"):
        for parameter in segment.split(","):
            name = parameter.partition(":")[0]
            if name in REFUSED:
                return name
    return ""
