"""Tokens with which whoever uploaded an asset may delete it for a while (CONTRACT D4).

A token is hexadecimal: when it ends, the asset id, and an HMAC-SHA256 of both under the secret of
an API key, cut to 128 bits. Nothing is stored: a token that was used names an asset that is gone.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable

from app.domain.errors import BadRequest

#: Seconds for which a token is good.
VALIDITY = 600

_TOKEN = re.compile(r"([0-9a-f]{10})([0-9a-f]{32})([0-9a-f]{32})")


def issue(asset_id: str, secret: str, now: float) -> str:
    """A token for an asset.

    Args:
        asset_id: 32 hex digits.
        now: Unix seconds.
    """
    ends = f"{int(now) + VALIDITY:010x}"
    return f"{ends}{asset_id}{_digest(ends, asset_id, secret)}"


def asset_of(token: str, secrets: Iterable[str], now: float) -> str:
    """The asset id that a token is good for.

    Args:
        secrets: of the cloud's API keys.
        now: Unix seconds.

    Raises:
        BadRequest: it is no token of this cloud, or too old.
    """
    match = _TOKEN.fullmatch(token)
    if match is None:
        raise BadRequest("Invalid token")
    ends, asset_id, digest = match.groups()
    if not any(hmac.compare_digest(digest, _digest(ends, asset_id, each)) for each in secrets):
        raise BadRequest("Invalid token")
    if now > int(ends, 16):
        raise BadRequest("Token expired")
    return asset_id


def _digest(ends: str, asset_id: str, secret: str) -> str:
    message = f"delete_by_token {ends} {asset_id}".encode()
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()[:32]
