"""Notifications ("webhooks"): where they go and what stands in them (CONTRACT B2, B9)."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from app.domain.errors import BadRequest

#: Most URLs of one parameter, and characters of each.
MOST_URLS = 30
LONGEST_URL = 2048


def parse_urls(text: str) -> tuple[str, ...]:
    """Read a ``notification_url``: http and https URLs, separated by newlines or ``|``.

    Whether a host's address may be connected to is only known when it is (its name may lead
    elsewhere by then).

    Raises:
        BadRequest: ``Invalid notification url <url>``, or there are too many.
    """
    urls = tuple(dict.fromkeys(filter(None, map(str.strip, re.split(r"[\r\n|]", text)))))
    if len(urls) > MOST_URLS:
        raise BadRequest(f"Too many notification urls. Got {len(urls)}. Maximum is {MOST_URLS}.")
    for url in urls:
        if not _usable(url):
            raise BadRequest(f"Invalid notification url {url[:200]}")
    return urls


def _usable(url: str) -> bool:
    if len(url) > LONGEST_URL or not url.isprintable() or re.search(r"[\s\\]", url):
        return False
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and port != 0


def envelope(body: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """A notification's body, but for the key that will sign it.

    Args:
        body: ``notification_type``, and what that type has. An upload's reply may be given as
            it is: its ``signature`` is left out.
        now: when what it tells of has happened.
    """
    now = now.astimezone(UTC)
    rest = {name: value for name, value in body.items() if name != "signature"}
    return {
        "notification_type": body["notification_type"],
        "timestamp": now.isoformat(timespec="seconds"),
        "request_id": uuid.uuid4().hex,
        **rest,
    }


def signed_by(body: Mapping[str, Any], access_key: str, signature_key: str) -> dict[str, Any]:
    """An envelope with what is only known when it is sent.

    Args:
        access_key: API key of the request that caused it; "" if it had none.
        signature_key: API key whose secret signs the notification.
    """
    context = {
        "triggered_at": body["timestamp"],
        "triggered_by": {"source": "api", "id": access_key or signature_key},
    }
    return {**body, "notification_context": context, "signature_key": signature_key}
