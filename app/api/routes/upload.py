"""``POST /v1_1/<cloud>/<resource_type>/upload``: one request, or one chunk of many."""

from __future__ import annotations

import re
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response

from app.api import upload_parameters as parameters
from app.api.auth import upload_key
from app.api.body import Upload
from app.api.call import Call
from app.api.openapi import UPLOAD
from app.api.reading import read_upload
from app.api.render import Json, json_response
from app.api.routing import Group
from app.api.services import services
from app.api.unsupported import check_supported
from app.api.upload_call import UploadCall
from app.api.urls import base_url
from app.domain.errors import BadRequest
from app.domain.params import Params
from app.services.chunked_upload import begin, parse_range
from app.services.upload import UploadOutcome

router = Group("Upload API")

ENDPOINTS = ("image", "video", "raw", "auto")

#: What the text of a ``file`` field starts with if it is a URL or data URI (RFC 3986, 3.1).
_SCHEME = re.compile(r"\s*[a-z][a-z0-9+.-]*:", re.IGNORECASE)


@router.post("/upload", **UPLOAD)
async def upload_auto(request: Request, cloud: str) -> Response:
    """Upload a file of any kind; its bytes decide the resource type."""
    return await _upload(request, cloud, "auto")


@router.post("/{resource_type}/upload", **UPLOAD)
@router.post("/{resource_type}/upload_chunked", **UPLOAD)
async def upload(request: Request, cloud: str, resource_type: str) -> Response:
    """Upload a file, by bytes, data URI or URL; with tagging if asked."""
    if resource_type not in ENDPOINTS:
        raise BadRequest(f"Invalid value {resource_type} for parameter resource_type")
    return await _upload(request, cloud, resource_type)


async def _upload(request: Request, cloud_name: str, endpoint: str) -> Response:
    max_bytes = services(request).upload.limits.of(endpoint)
    body = await read_upload(request, max_bytes)
    try:
        # First, because a bare file name is a mistake in how the client was called: it is told
        # that rather than that the sample credentials beside it are wrong, too.
        if isinstance(body.file, str) and body.file and not _SCHEME.match(body.file):
            raise BadRequest("Invalid URL for upload")
        call = await _authenticated(request, cloud_name, body.fields)
        if body.file is None or body.file == "":
            raise BadRequest("Missing required parameter - file")
        upload = UploadCall(call, endpoint, max_bytes)
        if "content-range" in request.headers:
            return json_response(await _chunk(request, upload, body.file))
        return json_response(await upload.whole(body.file))
    finally:
        if isinstance(body.file, Upload):
            body.file.blob.discard()


async def _authenticated(request: Request, cloud_name: str, params: Params) -> Call:
    """Check credentials, find the preset and complete the parameters with it."""
    found = services(request)
    key = await upload_key(request, cloud_name, params)
    signed = key is not None
    cloud = await found.accounts.cloud(cloud_name) if key is None else key.cloud
    preset = await found.presets.for_upload(cloud, params.text("upload_preset"), signed=signed)
    if key is None:
        parameters.check_unsigned(params)
        key = await found.accounts.signing_key(cloud)
    params = parameters.with_preset(params, preset, signed=signed)
    params = parameters.with_detail(params, request.headers)
    check_supported(params)
    base = base_url(request, found.http.public_url)
    return Call.new(found, params, key, base, signed=signed)


async def _chunk(request: Request, upload: UploadCall, file: Upload | str) -> Json:
    """Store a chunk, and the asset when it was the last one missing."""
    call, chunks = upload.call, upload.call.services.chunks
    upload_id = request.headers.get("x-unique-upload-id", "")
    if not upload_id or len(upload_id) > 255:
        raise BadRequest("Missing required header - X-Unique-Upload-Id")
    if not isinstance(file, Upload):
        raise BadRequest("Invalid file parameter. Chunks must be sent as multipart files")
    upload.check()
    content_range = parse_range(request.headers["content-range"])
    started = begin(call.key.cloud.id, upload_id, upload.endpoint, call.params, file.filename)
    stored = await chunks.add(started, content_range, file.blob, upload.max_bytes)
    if stored.asset_id is not None:
        asset = await call.services.library.get(call.key.cloud, stored.asset_id)
        return call.renderer().upload_result(UploadOutcome(asset)) | {"done": True}
    if not stored.complete:
        answer = {"done": False, "bytes": stored.received, "kind": "upload"}
        return answer | {"public_id": stored.public_id, "resource_type": upload.endpoint}
    # The first chunk's parameters win; the reserved id stands in unless a name is derived.
    first = _named(Params.from_mapping(stored.params), stored.public_id)
    upload = replace(upload, call=replace(call, params=first))
    assembled = await chunks.assemble(stored)
    if first.flag("async"):
        return await upload.whole(Upload(assembled, stored.filename)) | {"done": True}
    outcome = await upload.store(assembled, stored.filename or "")
    await chunks.finish(stored, outcome.asset.asset_id)
    return await upload.reply(outcome) | {"done": True}


def _named(params: Params, public_id: str) -> Params:
    """The parameters with the reserved id, unless they give one or have it made of the file's."""
    if params.text("public_id") or params.flag("use_filename"):
        return params
    return params.merged(Params({"public_id": public_id}))
