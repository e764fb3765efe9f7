"""Delivery tokens: who holds one may fetch certain URLs for a while (CONTRACT A7).

``[ip=…~][st=…~]exp=…~[acl=…~]hmac=…``; the HMAC covers what stands before it, and the URL
where there is no ``acl``. Values are escaped as lower-case ``%xx``.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import unquote

from app.domain.signing import sign_delivery_token

#: The query parameter or cookie that carries a token.
NAME = "__cld_token__"

#: Longest token that is looked at; a list of some dozen patterns fits.
MAX_LENGTH = 4096

_ESCAPE = re.compile(r"%[0-9A-Fa-f]{2}")
#: What the makers of tokens escape.
_UNSAFE = re.compile(r"""[ "#%&'/:;<=>?@\[\\\]^`{|}~]""")
_SECONDS = re.compile(r"\d{1,12}")
_FIELDS = frozenset({"ip", "st", "exp", "acl", "hmac"})


@dataclass(frozen=True, slots=True)
class Token:
    """A token as it was sent; nothing in it can be believed before :meth:`allows` says so.

    Attributes:
        signed: the part that the HMAC covers, without the URL.
        hmac: lower-case hex.
        expires, start: Unix seconds; ``start`` is 0 where none was given.
        address: the only client address that may use it; empty for any.
        patterns: paths that it opens, ``*`` for any characters; empty where it is for one URL.
    """

    signed: str
    hmac: str
    expires: int
    start: int = 0
    address: str = ""
    patterns: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Token | None:
        """Read a token; ``None`` if it is none."""
        # Clients and proxies may write escapes in capitals; they are signed in lower case.
        text = _ESCAPE.sub(lambda match: match[0].lower(), text[: MAX_LENGTH + 1])
        signed, found, digest = text.rpartition("~hmac=")
        pairs = [part.partition("=") for part in signed.split("~")]
        fields = {name: value for name, _, value in pairs}
        if not found or len(text) > MAX_LENGTH or len(fields) != len(pairs):
            return None
        if not fields.keys() <= _FIELDS or not _SECONDS.fullmatch(fields.get("exp", "")):
            return None
        if not _SECONDS.fullmatch(fields.get("st", "0")):
            return None
        return cls(
            signed=signed,
            hmac=digest,
            expires=int(fields["exp"]),
            start=int(fields.get("st", "0")),
            address=unquote(fields.get("ip", "")),
            patterns=tuple(map(unquote, filter(None, fields.get("acl", "").split("!")))),
        )

    def allows(self, key: str, paths: Collection[str], address: str, now: float) -> bool:
        """Whether it opens a URL.

        Args:
            key: the hexadecimal token key.
            paths: spellings of the URL's path: escaped and not, with the cloud and without.
            address: the client's.
            now: Unix seconds.

        Raises:
            ValueError: the key is not hexadecimal.
        """
        if self.patterns:
            texts = [self.signed]
            covered = any(_matches(pattern, path) for pattern in self.patterns for path in paths)
        else:
            texts = [f"{self.signed}~url={escape(path)}" for path in paths]
            covered = True
        given = self.hmac.encode()
        # All are compared, so that the time taken does not tell which came close.
        genuine = [
            hmac.compare_digest(sign_delivery_token(text, key).encode(), given) for text in texts
        ]
        current = self.start <= now < self.expires
        return any(genuine) and covered and current and self.address in ("", address)


def escape(text: str) -> str:
    """A path or pattern as it stands in a token."""
    return _UNSAFE.sub(lambda match: f"%{ord(match[0]):02x}", text)


def _matches(pattern: str, path: str) -> bool:
    """Whether a path is of a pattern; in linear time, whatever the pattern."""
    first, *middle = pattern.split("*")
    if not middle:
        return path == pattern
    *middle, last = middle
    if not path.startswith(first) or len(path) < len(first) + len(last):
        return False
    if not path.endswith(last):
        return False
    at, end = len(first), len(path) - len(last)
    for part in middle:
        # The earliest place leaves the most room for the parts that follow.
        found = path.find(part, at, end)
        if found < 0:
            return False
        at = found + len(part)
    return True
