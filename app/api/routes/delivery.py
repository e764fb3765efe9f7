"""Delivery URLs (CONTRACT F): originals, and images derived from them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from app.api.errors import error_response
from app.api.openapi import DELIVERY
from app.api.routing import Group
from app.api.sending import Content, Headers, Sending
from app.api.services import HttpSettings, services
from app.domain import delivery_headers, tokens
from app.domain.delivery import locate
from app.domain.errors import ServiceError
from app.services.delivery import Delivered
from app.services.delivery_access import Proof
from app.services.delivery_url import ANONYMOUS, Visit

router = Group("Delivery")

#: How the operation is documented, logged and counted; its other forms are in CONTRACT F1.
TEMPLATE = "/{cloud}/{resource_type}/{type}/{rest:path}"

#: Seconds for which a URL with the current version is kept: a year, as long as there is.
FOREVER = 31_536_000

#: Types that a browser would run or render as a page get no chance to.
_SAFE_TYPES = ("image/", "audio/", "video/")

_COMMON: Headers = [
    (b"x-content-type-options", b"nosniff"),
    (b"access-control-allow-origin", b"*"),
    (b"timing-allow-origin", b"*"),
]

#: Request headers that are read here.
_READ = frozenset(
    b"host cookie accept sec-ch-dpr dpr sec-ch-width width sec-ch-viewport-width "
    b"viewport-width".split()
)

#: What is meant for the service itself in a query, whatever the URL.
_OWN_QUERY = ("_a=", f"{tokens.NAME}=")


@router.get(TEMPLATE, **DELIVERY)
async def deliver(request: Request) -> Response:
    """The original of an asset, or an image derived from it; whole or in ranges."""
    found = services(request)
    try:
        delivered = await found.delivery.get(_visit(request, found.http))
        return send(request, delivered)
    except ServiceError as error:
        response = error_response(error)
        response.headers["Cache-Control"] = "no-store"
        return response


def send(request: Request, delivered: Delivered) -> Response:
    """An answer with what was found, or with where the proxy in front finds it.

    Raises:
        NotFound: the bytes are lost.
    """
    found = services(request)
    data = found.delivery.content(delivered)
    headers = _headers(delivered, found.http)
    content = Content(data, delivered.size, delivered.etag, delivered.modified, headers)
    prefix = found.http.accel_prefix
    if prefix and delivered.data is None:
        place = found.blobs.path(delivered.blob_key).parts[-2:]
        return Sending(request.scope, content, elsewhere="/".join((prefix, *place)))
    if prefix:  # it may not have been stored yet: the next answer will say where it is
        headers.append((b"x-accel-expires", b"0"))
    return Sending(request.scope, content)


def _visit(request: Request, http: HttpSettings) -> Visit:
    """What the request asks for.

    Raises:
        BadRequest: it names nothing.
    """
    scope = request.scope
    path: str = scope["path"]
    given = {name: value.decode("latin-1") for name, value in scope["headers"] if name in _READ}
    host = given.get(b"host", "").rpartition("]")[2].partition(":")[0].lower()
    cloud = http.cdn_hosts.get(host)
    place = locate(path.split("/"), cloudless=cloud is not None)
    sent = (scope.get("raw_path") or quote(path).encode()).decode("latin-1")
    # SDKs sign what they have escaped.
    signed = locate(sent.split("/"), cloudless=cloud is not None).rest if "/s--" in path else ""
    query: str = scope["query_string"].decode("latin-1")
    token = _token(query, given.get(b"cookie", ""))
    return Visit(
        cloud=cloud or place.cloud or http.default_cloud,
        resource_type=place.resource_type,
        type=place.type,
        rest=place.rest,
        sent=signed,
        query=_remote_query(query) if query else "",
        suffix=place.suffix,
        proof=_proof(token, (path, sent), place.cloud, request) if token else ANONYMOUS,
        accept=given.get(b"accept", ""),
        dpr=_number(given, b"sec-ch-dpr", b"dpr"),
        # The picture's place in device pixels; else the window's, in pixels of the page.
        width=_number(
            given, b"sec-ch-width", b"width", b"sec-ch-viewport-width", b"viewport-width"
        ),
    )


def _proof(token: str, paths: tuple[str, ...], cloud: str | None, request: Request) -> Proof:
    if cloud:
        # The form of hosts that belong to one cloud: tokens are made for these too.
        paths += tuple(path.removeprefix(f"/{cloud}") for path in paths)
    client = request.client
    return Proof(
        token=token, paths=tuple(dict.fromkeys(paths)), address=client.host if client else ""
    )


def _token(query: str, cookies: str) -> str:
    """The delivery token of the query, else of the cookies, as it was sent."""
    prefix = f"{tokens.NAME}="
    if prefix in query or prefix in cookies:
        for part in (*query.split("&"), *map(str.strip, cookies.split(";"))):
            if part.startswith(prefix):
                return part.removeprefix(prefix)
    return ""


def _remote_query(query: str) -> str:
    parts = query.split("&")
    return "&".join(part for part in parts if not part.startswith(_OWN_QUERY))


def _number(given: Mapping[bytes, str], *names: bytes) -> float | None:
    """The first of some headers that is there, as a number."""
    for name in names:
        if name in given:
            try:
                return float(given[name])
            except ValueError:
                return None
    return None


def _headers(delivered: Delivered, http: HttpSettings) -> Headers:
    kind = delivered.content_type
    headers: Headers = [
        # The client's own tools compare it with the MD5 of their file (CONTRACT K6).
        (b"etag", f'"{delivered.etag}"'.encode()),
        (b"last-modified", _date(delivered.modified)),
        (b"content-type", kind.encode()),
        (b"cache-control", _cache_control(delivered, http).encode()),
        *_COMMON,
    ]
    if delivered.vary:
        headers.append((b"vary", ", ".join(delivered.vary).encode()))
    if not kind.startswith(_SAFE_TYPES) or kind == "image/svg+xml":
        policy = b"default-src 'none'; style-src 'unsafe-inline'; sandbox"
        headers.append((b"content-security-policy", policy))
    if delivered.filename is not None:
        headers.append((b"content-disposition", disposition(delivered.filename).encode()))
    headers += delivery_headers.pairs(delivered.headers)
    if delivered.rendered is not None:
        headers.append((b"server-timing", b"render;dur=%d" % round(delivered.rendered * 1000)))
    return headers


@lru_cache(maxsize=1024)
def _date(moment: datetime) -> bytes:
    return format_datetime(moment, usegmt=True).encode()


def _cache_control(delivered: Delivered, http: HttpSettings) -> str:
    who = "public" if delivered.public else "private"
    if delivered.pinned:
        return f"{who}, max-age={FOREVER}, immutable"
    if not delivered.public or not http.max_age + http.stale:
        return f"{who}, no-cache"
    return f"{who}, max-age={http.max_age}, stale-while-revalidate={http.stale}"


def disposition(filename: str) -> str:
    """The header that has a browser save what it gets, under a name."""
    name = "".join(char for char in filename if char.isprintable() and char not in '/\\"')
    if name.isascii():
        return f'attachment; filename="{name}"'
    return f"attachment; filename*=UTF-8''{quote(name, safe='')}"
