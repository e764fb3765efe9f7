"""Public URLs of assets (CONTRACT B5, F1, F2)."""

from __future__ import annotations

import re
from urllib.parse import quote, urlencode

from starlette.requests import Request

from app.domain.accounts import ApiKey
from app.domain.assets import Asset, AssetVersion
from app.domain.derivatives import Derivative
from app.domain.signing import sign, url_signature

#: A Host header that may stand in a URL: a name or an address, with an optional port.
_HOST = re.compile(r"(?:[A-Za-z0-9_.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?")

#: Left as they are in a URL's path, as the SDKs' own builders do.
_SAFE = "/:-_.!~*'(),;@$="


def base_url(request: Request, public_url: str) -> str:
    """What the URLs of this reply start with: the setting, else where the request came to."""
    if public_url:
        return public_url
    host = request.headers.get("host", "")
    if not _HOST.fullmatch(host):
        name, port = request.scope.get("server") or ("127.0.0.1", 8000)
        host = f"{name}:{port}"
    return f"{request.scope['scheme']}://{host}"


def asset_url(base: str, cloud_name: str, asset: Asset, secret: str) -> str:
    """Where the original of an asset is delivered, signed where its type demands it."""
    return _url(base, cloud_name, asset, secret, "", asset.format or "")


def backup_url(base: str, key: ApiKey, version: AssetVersion, now: float) -> str:
    """Where a kept version is downloaded; good for as long as other signed calls are.

    Args:
        key: whose secret signs.
        now: Unix seconds.
    """
    params = {
        "timestamp": str(int(now)),
        "asset_id": version.asset_id,
        "version_id": version.version_id,
    }
    signed = params | {"signature": sign(params, key.secret), "api_key": key.key}
    return f"{base}/v1_1/{quote(key.cloud.name)}/download_backup?{urlencode(signed)}"


def derivative_url(
    base: str, cloud_name: str, asset: Asset, derivative: Derivative, secret: str
) -> str:
    """Where a derivative of an asset is delivered, signed where the asset's type demands it."""
    made = (derivative.transformation, derivative.extension)
    return transformed_url(base, cloud_name, asset, made, secret)


def transformed_url(
    base: str, cloud_name: str, asset: Asset, made: tuple[str, str], secret: str
) -> str:
    """Where what a transformation makes of an asset is delivered.

    Args:
        made: the transformation's text, and the extension.
    """
    text, extension = made
    # Texts in it are escaped already, as builders do.
    transformation = quote(text, safe=_SAFE + "%") + "/" if text else ""
    return _url(base, cloud_name, asset, secret, transformation, extension)


def _url(
    base: str, cloud_name: str, asset: Asset, secret: str, transformation: str, extension: str
) -> str:
    name = quote(asset.public_id, safe=_SAFE)
    if extension and asset.type != "fetch":  # whose name is a URL of its own
        name = f"{name}.{extension}"
    signature = ""
    if asset.type in ("private", "authenticated"):
        signature = f"s--{url_signature(transformation + name, secret)}--/"
    place = f"{base}/{cloud_name}/{asset.resource_type}/{asset.type}"
    return f"{place}/{signature}{transformation}v{asset.version}/{name}"
