"""What the API answers, checked and opened."""

from __future__ import annotations

from typing import Any

import httpx

from tests.live import message


def ok(response: httpx.Response) -> dict[str, Any]:
    """The JSON of a success."""
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    return body


def refused(response: httpx.Response, status: int = 400) -> str:
    """The message of a failure."""
    assert response.status_code == status, response.text
    return message(response)
