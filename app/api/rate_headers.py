"""The three rate-limit headers that every Admin API reply carries (CONTRACT A9)."""

from __future__ import annotations

import time
from email.utils import formatdate

from starlette.datastructures import MutableHeaders
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
                reset = (int(time.time()) // HOUR + 1) * HOUR
                headers = MutableHeaders(scope=message)
                headers["X-FeatureRateLimit-Limit"] = str(limit)
                headers["X-FeatureRateLimit-Remaining"] = str(left)
                headers["X-FeatureRateLimit-Reset"] = formatdate(reset, usegmt=True)
            await send(message)

        await self.app(scope, receive, with_headers)


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
