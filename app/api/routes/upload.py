"""``POST /v1_1/<cloud>/<resource_type>/upload``: one request, or one chunk of many."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from app.api import upload_parameters as parameters
from app.api.auth import upload_key
from app.api.body import Upload
from app.api.openapi import UPLOAD
from app.api.reading import read_upload
from app.api.render import Renderer, json_response
from app.api.routing import Group
from app.api.services import Services, services
from app.domain.accounts import ApiKey
from app.domain.errors import BadRequest
from app.domain.params import Params
from app.domain.ports import IncomingBlob
from app.services.chunked_upload import begin, parse_range
from app.services.library import Library
from app.services.upload import UploadCommand, UploadOutcome

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
    limits = services(request).upload.limits
    max_bytes = {"image": limits.image, "raw": limits.raw}.get(
        endpoint, max(limits.image, limits.raw)
    )
    body = await read_upload(request, max_bytes)
    try:
        # First, because a bare file name is a mistake in how the client was called: it is told
        # that rather than that the sample credentials beside it are wrong, too.
        if isinstance(body.file, str) and body.file and not _SCHEME.match(body.file):
            raise BadRequest("Invalid URL for upload")
        call = await _Call.authenticated(request, cloud_name, endpoint, body.fields)
        if body.file is None or body.file == "":
            raise BadRequest("Missing required parameter - file")
        if "content-range" in request.headers:
            return await call.chunk(body.file, max_bytes)
        return json_response(await call.whole(body.file, max_bytes))
    finally:
        if isinstance(body.file, Upload):
            body.file.blob.discard()


class _Call:
    """One authenticated upload request."""

    def __init__(self, request: Request, endpoint: str, params: Params, key: ApiKey) -> None:
        self.request = request
        self.endpoint = endpoint
        self.params = params
        self.key = key
        self.signed = True
        self.services: Services = services(request)

    @classmethod
    async def authenticated(
        cls, request: Request, cloud_name: str, endpoint: str, params: Params
    ) -> _Call:
        """Check credentials, find the preset and complete the parameters with it."""
        accounts = services(request).accounts
        key = await upload_key(request, cloud_name, params)
        signed = key is not None
        if key is None:
            cloud = await accounts.cloud(cloud_name)
        else:
            cloud = key.cloud
        preset = await services(request).presets.for_upload(
            cloud, params.text("upload_preset"), signed=signed
        )
        if key is None:
            parameters.check_unsigned(params)
            key = await accounts.signing_key(cloud)
        completed = parameters.with_detail(
            parameters.with_preset(params, preset, signed=signed), request.headers
        )
        call = cls(request, endpoint, completed, key)
        call.signed = signed
        return call

    async def whole(self, file: Upload | str, max_bytes: int) -> dict[str, Any]:
        """Store a file that came in one piece; the reply's JSON."""
        self.command_values()  # refuse bad parameters before fetching anything
        if isinstance(file, Upload):
            return self.render(await self.store(file.blob, file.filename or ""))
        blob = self.services.blobs.create()
        try:
            remote = await self.services.fetcher.fetch(file, blob.write, max_bytes)
            return self.render(await self.store(blob, remote.filename))
        finally:
            blob.discard()

    async def chunk(self, file: Upload | str, max_bytes: int) -> Response:
        """Store a chunk, and the asset when it was the last one missing."""
        upload_id = self.request.headers.get("x-unique-upload-id", "")
        if not upload_id or len(upload_id) > 255:
            raise BadRequest("Missing required header - X-Unique-Upload-Id")
        if not isinstance(file, Upload):
            raise BadRequest("Invalid file parameter. Chunks must be sent as multipart files")
        self.command_values()
        content_range = parse_range(self.request.headers["content-range"])
        started = begin(
            self.key.cloud.id, upload_id, self.endpoint, self.params.texts(), file.filename
        )
        upload = await self.services.chunks.add(started, content_range, file.blob, max_bytes)
        library: Library = self.services.library
        if upload.asset_id is not None:
            asset = await library.get(self.key.cloud, upload.asset_id)
            return json_response(self.render(UploadOutcome(asset)) | {"done": True})
        if not upload.complete:
            answer = {"done": False, "bytes": upload.received, "kind": "upload"}
            reserved = {"public_id": upload.public_id, "resource_type": self.endpoint}
            return json_response(answer | reserved)
        # The first chunk's parameters win; the reserved id stands in unless a name is derived.
        self.params = Params.from_mapping(_first_params(upload.params, upload.public_id))
        outcome = await self.store(
            await self.services.chunks.assemble(upload), upload.filename or ""
        )
        await self.services.chunks.finish(upload, outcome.asset.asset_id)
        return json_response(self.render(outcome) | {"done": True})

    async def store(self, blob: IncomingBlob, filename: str) -> UploadOutcome:
        """Run the use case."""
        name = self.params.text("filename_override") or filename
        return await self.services.upload(
            UploadCommand(
                cloud=self.key.cloud,
                resource_type=self.endpoint,
                blob=blob,
                filename=name,
                access_key=self.key.key if self.signed else "",
                **self.command_values(),
            )
        )

    def command_values(self) -> dict[str, Any]:
        """What the parameters say of the command; refuses what is wrong with them."""
        params = self.params
        return {
            "type": parameters.delivery_type(params),
            "naming": parameters.naming(params),
            "overwrite": params.flag("overwrite", default=True),
            "tags": parameters.tags(params) or (),
            "context": parameters.context(params) or {},
            "wanted": parameters.wanted(params),
            "threshold": parameters.threshold(params),
            "allowed_formats": tuple(params.list("allowed_formats")),
            "face_coordinates": parameters.boxes(params, "face_coordinates") or (),
            "custom_coordinates": parameters.boxes(params, "custom_coordinates") or (),
            "access_control": parameters.access_control(params) or (),
        }

    def render(self, outcome: UploadOutcome) -> dict[str, Any]:
        """The reply's JSON."""
        faces = self.params.flag("faces")
        renderer = Renderer.of(self.request, self.key, signed=self.signed, faces=faces)
        return renderer.upload_result(outcome)


def _first_params(params: Mapping[str, str], public_id: str) -> dict[str, str]:
    if params.get("public_id") or params.get("use_filename") in ("1", "true", "True"):
        return dict(params)
    return {**params, "public_id": public_id}
