"""What is made of texts and of stored assets: text images, sprites, animations, pages and archives
(CONTRACT D8-D13)."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from app.api.auth import signed_key
from app.api.call import Call
from app.api.making_call import Action, MakingCall
from app.api.openapi import ACTION, DOWNLOAD
from app.api.reading import read_params, required
from app.api.render import json_response
from app.api.routes.delivery import disposition, send
from app.api.routing import Group
from app.api.services import services
from app.api.urls import base_url
from app.domain import formats
from app.domain.errors import BadRequest
from app.domain.making.archives import ArchiveOrder
from app.domain.making.ports import ArchiveFormat
from app.domain.making.texts import parse_text
from app.domain.params import Params
from app.services.delivery import Delivered

router = Group("Upload API")


class _Stream(StreamingResponse):
    """Chunks as they come; their source is closed as soon as the client has gone."""

    def __init__(
        self, chunks: AsyncGenerator[bytes, None], headers: dict[str, str], kind: str
    ) -> None:
        super().__init__(chunks, headers=headers, media_type=kind)
        self._chunks = chunks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send them."""
        async with aclosing(self._chunks):
            await super().__call__(scope, receive, send)


_ARCHIVE_TYPES: dict[ArchiveFormat, str] = {"zip": "application/zip", "tgz": "application/gzip"}


@router.post("/{resource_type}/text", **ACTION)
async def text(request: Request, cloud: str, resource_type: str) -> Response:
    """Set a text as a picture of its own."""
    call = await _call(request, cloud)
    _check_image(resource_type)
    found = services(request)
    outcome = await found.texts(call.key, parse_text(call.params, found.transformations.limits))
    return json_response(call.renderer().upload_result(outcome))


@router.post("/{resource_type}/sprite", **ACTION)
async def sprite(request: Request, cloud: str, resource_type: str) -> Response:
    """Put the images with a tag, or at some URLs, on one sheet."""
    return await _pictures(await _call(request, cloud), request, "sprite", resource_type)


@router.get("/{resource_type}/sprite", **DOWNLOAD)
async def download_sprite(request: Request, cloud: str, resource_type: str) -> Response:
    """The sheet itself; nothing is stored."""
    return await _pictures(await _download(request, cloud), request, "sprite", resource_type)


@router.post("/{resource_type}/multi", **ACTION)
async def multi(request: Request, cloud: str, resource_type: str) -> Response:
    """Make an animation or a PDF of the images with a tag, or at some URLs."""
    return await _pictures(await _call(request, cloud), request, "multi", resource_type)


@router.get("/{resource_type}/multi", **DOWNLOAD)
async def download_multi(request: Request, cloud: str, resource_type: str) -> Response:
    """The animation or PDF itself; nothing is stored."""
    return await _pictures(await _download(request, cloud), request, "multi", resource_type)


@router.post("/{resource_type}/explode", **ACTION)
async def explode(request: Request, cloud: str, resource_type: str) -> Response:
    """Have every page of a document or animation made, in the background."""
    call = await _call(request, cloud)
    _check_image(resource_type)
    return json_response(await MakingCall(call, "explode", resource_type).run())


@router.post("/{resource_type}/generate_archive", **ACTION)
async def generate_archive(request: Request, cloud: str, resource_type: str) -> Response:
    """Pack assets, and store the archive as one, or answer with it."""
    return await _archive(await _call(request, cloud), request, resource_type)


@router.get("/{resource_type}/generate_archive", **DOWNLOAD)
async def download_archive(request: Request, cloud: str, resource_type: str) -> Response:
    """The archive itself, sent while it is packed."""
    return await _archive(await _download(request, cloud), request, resource_type)


@router.get("/{resource_type}/download_tag.zip", **DOWNLOAD)
async def download_tag(request: Request, cloud: str, resource_type: str) -> Response:
    """A zip of all assets with a tag: what there was before archives had selectors."""
    call = await _call(request, cloud)
    order = {
        "tags": [required(call.params, "tag")],
        "transformations": call.params.text("transformation"),
        "type": call.params.text("type"),
        "mode": "download",
    }
    call = replace(call, params=Params.from_mapping(order))
    return await _archive(call, request, resource_type)


@router.post("/{resource_type}/create_slideshow", **ACTION)
async def create_slideshow(request: Request, cloud: str, resource_type: str) -> Response:
    """Refused: no videos are made here."""
    return await _refuse(request, cloud, "create_slideshow")


@router.post("/{resource_type}/concat", **ACTION)
async def concat(request: Request, cloud: str, resource_type: str) -> Response:
    """Refused: no videos are made here."""
    return await _refuse(request, cloud, "concat")


@router.post("/eval", **ACTION)
async def evaluate(request: Request, cloud: str) -> Response:
    """Refused: callers' code is not run here."""
    return await _refuse(request, cloud, "eval")


async def _call(request: Request, cloud: str) -> Call:
    found, params = services(request), await read_params(request)
    key = await signed_key(request, cloud, params)
    return Call.new(found, params, key, base_url(request, found.http.public_url))


async def _download(request: Request, cloud: str) -> Call:
    """A call by a URL that is opened: what it makes is its answer unless it says otherwise."""
    call = await _call(request, cloud)
    return replace(call, params=Params.from_mapping({"mode": "download"}).merged(call.params))


async def _refuse(request: Request, cloud: str, action: str) -> Response:
    await _call(request, cloud)
    raise BadRequest(f"{action} is not supported")


def _check_image(resource_type: str) -> None:
    if resource_type != "image":
        raise BadRequest(f"Invalid value {resource_type} for parameter resource_type")


def _check_at_once(params: Params) -> None:
    if params.flag("async"):
        raise BadRequest("Invalid value true for parameter async: downloads are answered at once")


async def _pictures(call: Call, request: Request, action: Action, resource_type: str) -> Response:
    _check_image(resource_type)
    making, found = MakingCall(call, action, resource_type), services(request)
    order = making.pictures()
    if not order.download:
        return json_response(await making.run())
    _check_at_once(call.params)
    if action == "sprite":
        made = (await found.sprites.sheet(call.key.cloud, order)).image
    else:
        made = await found.multis.rendered(call.key.cloud, order)
    delivered = Delivered(
        blob_key="",
        size=len(made.data),
        etag=hashlib.md5(made.data, usedforsecurity=False).hexdigest(),
        modified=datetime.now(UTC).replace(microsecond=0),
        content_type=formats.content_type(made.format) or "application/octet-stream",
        public=False,
        filename=f"{order.name.rpartition('/')[2]}.{made.format}",
        data=made.data,
    )
    return send(request, delivered)


async def _archive(call: Call, request: Request, resource_type: str) -> Response:
    making = MakingCall(call, "generate_archive", resource_type)
    order = making.archive()
    if order.mode == "create":
        return json_response(await making.run())
    _check_at_once(call.params)
    if order.mode == "download":
        return await _streamed(call, request, order)
    asset = (await services(request).archives.create(call.key, order)).outcome.asset
    delivered = Delivered(
        blob_key=asset.blob_key,
        size=asset.bytes,
        etag=asset.etag,
        modified=asset.created_at,
        content_type=_ARCHIVE_TYPES[order.target.format],
        public=False,
        filename=order.target.download_name,
    )
    return send(request, delivered)


async def _streamed(call: Call, request: Request, order: ArchiveOrder) -> Response:
    archives, cloud = services(request).archives, call.key.cloud
    kind = _ARCHIVE_TYPES[order.target.format]
    headers = {
        "Content-Disposition": disposition(order.target.download_name),
        "Cache-Control": "no-store",
    }
    if request.method == "HEAD":
        await archives.select(cloud, order)
        return Response(headers=headers, media_type=kind)
    chunks = await archives.download(cloud, order)
    return _Stream(chunks, headers, kind)
