"""Signed downloads: files by a URL that holds its own credentials (CONTRACT D12)."""

from __future__ import annotations

from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response

from app.api.auth import signed_key
from app.api.openapi import DOWNLOAD
from app.api.reading import read_params, required
from app.api.routes.actions import resource_type_of
from app.api.routes.delivery import send
from app.api.routing import Group
from app.api.services import services
from app.domain import formats
from app.domain.accounts import ApiKey
from app.domain.assets import Asset, AssetKey
from app.domain.errors import BadRequest, NotFound, Unauthorized
from app.domain.params import Params
from app.domain.transformation import grammar
from app.services.delivery import Delivered, content_type
from app.services.targets import Target, name_of

router = Group("Upload API")


@router.get("/asset/download", **DOWNLOAD)
async def download_by_asset_id(request: Request, cloud: str) -> Response:
    """The original of an asset, or what a transformation makes of it, by asset id."""
    params, key = await _signed(request, cloud)
    return await _download(request, params, key, required(params, "asset_id"))


@router.get("/{resource_type}/download", **DOWNLOAD)
async def download(request: Request, cloud: str, resource_type: str) -> Response:
    """The original of an asset of any type, or what a transformation makes of it."""
    params, key = await _signed(request, cloud)
    type = params.text("type") or "upload"
    target = AssetKey(resource_type_of(resource_type), type, required(params, "public_id"))
    return await _download(request, params, key, target)


@router.get("/download_backup", **DOWNLOAD)
async def download_backup(request: Request, cloud: str) -> Response:
    """A version of an asset that was kept."""
    params, key = await _signed(request, cloud)
    found = services(request)
    asset, version = await found.versions.get(
        key.cloud, required(params, "asset_id"), required(params, "version_id")
    )
    extension = version.format or ""
    delivered = Delivered(
        blob_key=version.blob_key,
        size=version.bytes,
        etag=version.etag,
        modified=version.created_at,
        content_type=formats.content_type(extension) or "application/octet-stream",
        public=False,
        filename=_filename(asset, extension),
    )
    return send(request, delivered)


async def _signed(request: Request, cloud: str) -> tuple[Params, ApiKey]:
    """The parameters and the key of a URL that is still good.

    Raises:
        Unauthorized: a wrong signature, or the URL has expired.
    """
    params = await read_params(request)
    key = await signed_key(request, cloud, params)
    expires = params.integer("expires_at", default=0)
    if expires and services(request).clock() > expires:
        raise Unauthorized("The URL has expired")
    return params, key


async def _download(request: Request, params: Params, key: ApiKey, target: Target) -> Response:
    found = services(request)
    asset = await found.library.get(key.cloud, target)
    if asset.placeholder:
        raise NotFound(f"Resource not found - {name_of(target)}")
    wanted = formats.normalise(params.text("format"))
    text = params.text("transformation")
    if not text and wanted in ("", asset.format or ""):
        delivered = Delivered(
            blob_key=asset.blob_key,
            size=asset.bytes,
            etag=asset.etag,
            modified=asset.created_at,
            content_type=content_type(asset),
            public=False,
        )
        extension = asset.format or ""
    else:
        if asset.resource_type != "image":
            raise BadRequest(f"Transformations of {asset.resource_type} files are not supported")
        asked = grammar.parse(text, found.transformations.limits)
        made = await found.delivery.derive(key.cloud, asset, asked, wanted)
        delivered = Delivered(
            blob_key=made.blob_key,
            size=made.size,
            etag=made.etag,
            modified=made.modified,
            content_type=formats.content_type(made.format) or "application/json",
            public=False,
            data=made.data,
        )
        extension = made.format
    name = params.text("target_filename")
    attached = params.flag("attachment") or params.flag("streaming_attachment")
    if attached or name:
        delivered = replace(delivered, filename=name or _filename(asset, extension))
    return send(request, delivered)


def _filename(asset: Asset, extension: str) -> str:
    name = asset.public_id.rpartition("/")[2]
    if asset.resource_type == "raw" or not extension:
        return name
    return f"{name}.{extension}"
