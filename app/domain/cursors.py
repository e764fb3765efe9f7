"""Opaque ``next_cursor`` values, bound to the query that made them."""

from __future__ import annotations

import hashlib
import json

from app.domain.assets import AssetQuery, Cursor
from app.domain.errors import BadRequest


def encode(cursor: Cursor, query: AssetQuery) -> str:
    """The token a client hands back to get the page after ``cursor``."""
    return pack([_fingerprint(query), cursor.value, cursor.asset_id])


def decode(token: str, query: AssetQuery) -> Cursor:
    """Read a token made by :func:`encode` for the same query.

    Raises:
        BadRequest: ``Invalid value for parameter next_cursor``.
    """
    match unpack(token):
        case [fingerprint, str(value), str(asset_id)] if fingerprint == _fingerprint(query):
            return Cursor(value, asset_id)
    raise BadRequest("Invalid value for parameter next_cursor")


def pack(content: list[str]) -> str:
    """Lower-case hex, as the real service's cursors look."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode().hex()


def unpack(token: str) -> object:
    """The content of a token, ``None`` for anything that is none."""
    try:
        return json.loads(bytes.fromhex(token))
    except ValueError:
        return None


def _fingerprint(query: AssetQuery) -> str:
    """Eight hex digits of everything that must stay the same from page to page."""
    fixed = (
        query.cloud_id,
        query.resource_type,
        query.type,
        query.prefix,
        query.public_ids,
        query.asset_ids,
        query.tag,
        query.start_at,
        query.ascending,
    )
    return hashlib.sha256(repr(fixed).encode()).hexdigest()[:8]
