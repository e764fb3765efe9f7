"""URLs taken apart: one parser, whose reading counts everywhere."""

from __future__ import annotations

import re

import httpx

from app.net.addresses import parse_literal

SCHEMES = ("http", "https")

# RFC 1123 names, and the underscore that some hosts have all the same.
_HOST_NAME = re.compile(r"(?!.{254})[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*\.?")

#: Characters of a file's name that are kept.
_LONGEST_NAME = 255


def parse(text: str) -> httpx.URL | None:
    """The one parser whose reading of a URL counts; None if it cannot be read."""
    try:
        return httpx.URL(text)
    except (httpx.InvalidURL, ValueError):
        return None


def usable(url: httpx.URL) -> bool:
    """Whether ``url`` names a host and a port that a request can be made to."""
    # Not ``url.host``: it decodes international names, and raises where they are damaged.
    host = url.raw_host.decode("ascii")
    if url.port is not None and not 1 <= url.port <= 65535:
        return False
    return parse_literal(host) is not None or _HOST_NAME.fullmatch(host) is not None


def origin(url: httpx.URL) -> tuple[bytes, bytes, int | None]:
    """Scheme, host and port, which decide who gets to see credentials."""
    return url.raw_scheme, url.raw_host, url.port


def redirected(url: httpx.URL, location: bytes) -> httpx.URL | None:
    """What a server at ``url`` means by a Location; None if no request can be made there."""
    try:
        target = url.join(location.decode("utf-8", "replace"))
    except (httpx.InvalidURL, ValueError):
        return None
    return target if target.scheme in SCHEMES and usable(target) else None


def presentable(url: str, *, well_formed: bool) -> str:
    """``url`` as it may stand in a message: no credentials, no control characters.

    In a malformed URL everything up to the last ``@`` may belong to a password.
    """
    text = "".join(char if char.isprintable() else "?" for char in url)
    scheme, colon, rest = text.partition(":")
    bare = rest.lstrip("/\\")
    slashes = rest[: len(rest) - len(bare)]
    end = re.search("[/?#]", bare) if well_formed else None
    cut = end.start() if end else len(bare)
    return scheme + colon + slashes + bare[:cut].rpartition("@")[2] + bare[cut:]


def base_name(path: str) -> str:
    """Last segment of a path of either kind, as a file's name; empty if it is none."""
    name = "".join(char for char in re.split(r"[/\\]", path)[-1] if char.isprintable())
    return "" if name in (".", "..") else name[-_LONGEST_NAME:]
