"""What tests of what is made of assets share: photos, replies, and what URLs give."""

from __future__ import annotations

import io
import json
import time
from typing import Any
from urllib.parse import urlencode

import httpx
from PIL import Image

from app.domain import signing
from tests import photos
from tests.live import KEY, SECRET, Client, LiveServer, message
from tests.receiver import Receiver

#: Sizes of the pictures that most tests put together, by name.
SIZES = {"a": (60, 40), "b": (30, 50), "c": (20, 20)}


def ok(response: httpx.Response) -> dict[str, Any]:
    """The reply of a call that went well."""
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    return body


def refused(response: httpx.Response, status: int = 400) -> str:
    """The message of a call that did not."""
    assert response.status_code == status, response.text
    return message(response)


def opened(url: str, **headers: str) -> httpx.Response:
    """What anybody gets at a URL."""
    response = httpx.get(url, headers=headers, timeout=60)
    assert response.status_code in (200, 206, 304), (url, response.text)
    return response


def picture(response: httpx.Response) -> Image.Image:
    """What it shows, decoded whole."""
    image = Image.open(io.BytesIO(response.content))
    image.load()
    return image


def signed(server: LiveServer, path: str, **params: Any) -> str:
    """A URL as SDKs build it, with its own credentials; lists are arrays."""
    params = {"timestamp": str(int(time.time())), **params}
    joined = {
        name: ",".join(value) if isinstance(value, list) else value
        for name, value in params.items()
    }
    signature = signing.sign(joined, SECRET)
    query = {
        f"{name}[]" if isinstance(value, list) else name: value for name, value in params.items()
    }
    query |= {"api_key": KEY, "signature": signature}
    return f"{server.api}/{path}?{urlencode(query, doseq=True)}"


def shelf(client: Client, fresh: str) -> None:
    """Three photos of different sizes, which share the tag ``fresh``."""
    for name, size in SIZES.items():
        content = photos.encode(photos.load("coffee.png", size), "PNG")
        ok(client.upload(content, name="x.png", public_id=f"{fresh}/{name}", tags=fresh))


def listed(client: Client, resource_type: str, type: str, prefix: str) -> list[dict[str, Any]]:
    """The assets whose public ids begin so."""
    found = ok(client.get(f"resources/{resource_type}/{type}", prefix=prefix, max_results=100))
    return list(found["resources"])


def told(receiver: Receiver) -> dict[str, Any]:
    """The one notification that came, rightly signed."""
    [call] = receiver.wait(1)
    body: dict[str, Any] = json.loads(call.body)
    signature = signing.sign_webhook(
        call.body.decode(), int(call.headers["X-Cld-Timestamp"]), SECRET
    )
    assert call.headers["X-Cld-Signature"] == signature
    return body
