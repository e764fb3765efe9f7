"""``GET /<cloud>/<resource_type>/<type>/[v123/]<public_id>[.ext]``: originals (CONTRACT F)."""

from __future__ import annotations

from email.utils import format_datetime

from starlette.requests import Request
from starlette.responses import FileResponse, Response

from app.api.openapi import DELIVERY
from app.api.routes.actions import resource_type_of
from app.api.routing import Group
from app.api.services import services
from app.domain.assets import Asset
from app.domain.errors import NotFound
from app.services.delivery import content_type

router = Group("Delivery")

#: A URL with a version never changes its content; one without must be asked again.
IMMUTABLE = "public, max-age=31536000, immutable"
REVALIDATE = "public, no-cache"

#: Types that a browser would run or render as a page get no chance to.
_SAFE_TYPES = ("image/", "audio/", "video/")


@router.get("/{cloud}/{resource_type}/{type}/{rest:path}", **DELIVERY)
async def deliver(
    request: Request, cloud: str, resource_type: str, type: str, rest: str
) -> Response:
    """The original of an asset, whole or in ranges."""
    if resource_type not in ("image", "video", "raw"):
        raise NotFound(f"Resource not found - {rest}")
    asset = await services(request).delivery.original(
        cloud, resource_type_of(resource_type), type, rest
    )
    headers = _headers(asset, versioned=f"v{asset.version}" in rest.split("/")[:2])
    if _not_modified(request, headers):
        del headers["Content-Length"]
        return Response(status_code=304, headers=headers)
    return FileResponse(
        services(request).blobs.path(asset.blob_key),
        media_type=headers.pop("Content-Type"),
        headers=headers,
    )


def _headers(asset: Asset, *, versioned: bool) -> dict[str, str]:
    kind = content_type(asset)
    headers = {
        # The client's own tools compare it with the MD5 of their file (CONTRACT K6).
        "ETag": f'"{asset.etag}"',
        "Last-Modified": format_datetime(asset.created_at, usegmt=True),
        "Content-Type": kind,
        "Content-Length": str(asset.bytes),
        "Cache-Control": IMMUTABLE if versioned else REVALIDATE,
        "X-Content-Type-Options": "nosniff",
        "Access-Control-Allow-Origin": "*",
        "Timing-Allow-Origin": "*",
    }
    if asset.type != "upload":
        headers["Cache-Control"] = headers["Cache-Control"].replace("public", "private")
    if not kind.startswith(_SAFE_TYPES) or kind == "image/svg+xml":
        headers["Content-Security-Policy"] = (
            "default-src 'none'; style-src 'unsafe-inline'; sandbox"
        )
    return headers


def _not_modified(request: Request, headers: dict[str, str]) -> bool:
    match = request.headers.get("if-none-match")
    if match is not None:
        tags = {tag.strip().removeprefix("W/") for tag in match.split(",")}
        return "*" in tags or headers["ETag"] in tags
    since = request.headers.get("if-modified-since")
    return since is not None and since == headers["Last-Modified"]
