"""Signatures of requests, replies and delivery URLs (CONTRACT A5, A7, F2).

A request's signature is the lower-case hex of ``sha(string to sign + api secret)``, SHA-1
or SHA-256 told apart by its length. Version 2 of the string to sign escapes ``&`` inside a
value so that one parameter cannot pass for two; version 1 does not. Both are accepted.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping

#: Parameters that never take part in a signature.
UNSIGNED_PARAMETERS = frozenset({"file", "cloud_name", "resource_type", "api_key", "signature"})


def string_to_sign(params: Mapping[str, str], *, version: int = 2) -> str:
    """The text that is hashed: ``name=value`` sorted by name and joined with ``&``.

    Args:
        params: names to values exactly as sent, arrays already joined with commas.
            Empty values and :data:`UNSIGNED_PARAMETERS` are left out.
        version: signature version, 1 or 2.
    """
    pairs = (
        f"{name}={value}"
        for name, value in sorted(params.items())
        if value != "" and name not in UNSIGNED_PARAMETERS
    )
    if version == 1:
        return "&".join(pairs)
    return "&".join(pair.replace("&", "%26") for pair in pairs)


def sign(
    params: Mapping[str, str], secret: str, *, algorithm: str = "sha1", version: int = 2
) -> str:
    """Sign ``params``; ``algorithm`` is ``sha1`` or ``sha256``."""
    text = string_to_sign(params, version=version) + secret
    return hashlib.new(algorithm, text.encode()).hexdigest()


def matches(params: Mapping[str, str], given: str, secret: str) -> bool:
    """Whether ``given`` is a signature of ``params`` in either version, in constant time."""
    algorithm = {40: "sha1", 64: "sha256"}.get(len(given))
    if algorithm is None:
        return False
    candidate = given.lower().encode()
    found = False
    for version in (1, 2):
        expected = sign(params, secret, algorithm=algorithm, version=version)
        found |= hmac.compare_digest(expected.encode(), candidate)
    return found


def sign_reply(public_id: str, version: int, secret: str) -> str:
    """The ``signature`` of an upload result, always version 1 and SHA-1 (A7)."""
    return sign(
        {"public_id": public_id, "version": str(version)}, secret, algorithm="sha1", version=1
    )


def url_signature(source: str, secret: str, *, long: bool = False) -> str:
    """What stands between ``s--`` and ``--`` in a delivery URL (F2).

    Args:
        source: ``<transformation>/<public_id.ext>`` as written in the URL, without the version.
        long: the 32-character SHA-256 form instead of the 8-character SHA-1 form.
    """
    digest = (hashlib.sha256 if long else hashlib.sha1)((source + secret).encode()).digest()
    return base64.urlsafe_b64encode(digest).decode()[: 32 if long else 8]


def url_signature_matches(source: str, given: str, secret: str) -> bool:
    """Whether ``given`` signs ``source``: short SHA-1, short SHA-256 or the long form."""
    text = (source + secret).encode()
    sha1 = base64.urlsafe_b64encode(hashlib.sha1(text).digest()).decode()[:8]
    sha256 = base64.urlsafe_b64encode(hashlib.sha256(text).digest()).decode()[:32]
    expected = (sha1, sha256[:8], sha256)
    return any(hmac.compare_digest(item.encode(), given.encode()) for item in expected)


def sign_webhook(body: str, timestamp: int, secret: str, *, algorithm: str = "sha1") -> str:
    """The ``X-Cld-Signature`` of a notification (A7)."""
    return hashlib.new(algorithm, f"{body}{timestamp}{secret}".encode()).hexdigest()


def sign_search(ttl: int, query: str, secret: str) -> str:
    """The signature in a search URL; ``query`` is the base64 text as it stands there (E7)."""
    return hashlib.sha256(f"{ttl}{query}{secret}".encode()).hexdigest()


def sign_delivery_token(parts: str, key: str) -> str:
    """The ``hmac`` of a delivery token (A7).

    Args:
        parts: everything before ``~hmac=``, and ``~url=…`` where there is no ``acl``.
        key: the hexadecimal token key.

    Raises:
        ValueError: the key is not hexadecimal.
    """
    return hmac.new(bytes.fromhex(key), parts.encode(), hashlib.sha256).hexdigest()
