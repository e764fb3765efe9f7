"""The three rate-limit headers that every Admin API reply carries (CONTRACT A9)."""

from __future__ import annotations

import time
from email.utils import formatdate
from functools import lru_cache

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.services import Services

HOUR = 3600


class RateHeaders:
    """Counts Admin API calls and tells what is left of the hour's allowance.

    Old Python SDKs fail on Admin replies without these headers, errors included; on the
    Upload API they would mean nothing and are left out.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        cloud = admin_cloud(scope) if scope["type"] == "http" else None
        if cloud is None:
            await self.app(scope, receive, send)
            return
        services: Services = scope["app"].state.services

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                limit = services.http.admin_rate_limit
                # A refused caller names clouds that may not exist: it is told, not counted.
                refused = message["status"] == 401
                left = limit if refused else max(0, limit - services.count_admin_call(cloud))
                message["headers"] = [
                    *message["headers"],
                    (b"x-featureratelimit-limit", b"%d" % limit),
                    (b"x-featureratelimit-remaining", b"%d" % left),
                    (b"x-featureratelimit-reset", _reset(int(time.time()) // HOUR + 1)),
                ]
            await send(message)

        await self.app(scope, receive, with_headers)


@lru_cache(maxsize=4)
def _reset(hour: int) -> bytes:
    """The beginning of an hour (since the epoch) as an HTTP date."""
    return formatdate(hour * HOUR, usegmt=True).encode()


def admin_cloud(scope: Scope) -> str | None:
    """The cloud of an Admin API request, ``None`` for all other requests.

    Uploads and their actions are POSTs that end in a known word; everything else under
    ``/v1_1/<cloud>/`` is the Admin API.
    """
    path: str = scope["path"]
    if not path.startswith("/v1_1/"):
        return None
    _, _, cloud, *rest = path.split("/")
    if scope["method"] == "OPTIONS" or not rest:
        return None
    if scope["method"] == "POST" and rest[0] in (
        "image",
        "video",
        "raw",
        "auto",
        "upload",
        "asset",
    ):
        return None
    return cloud
