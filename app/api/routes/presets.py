"""The Admin API's upload presets (CONTRACT E9)."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from app.api.auth import admin_key
from app.api.call import Call
from app.api.openapi import ADMIN
from app.api.reading import page_size, read_params
from app.api.render import json_response
from app.api.routing import Group
from app.api.services import services
from app.api.unsupported import check_supported
from app.api.upload_call import UploadCall
from app.domain.accounts import ApiKey
from app.domain.errors import BadRequest
from app.domain.params import Params
from app.domain.presets import UploadPreset

router = Group("Admin API")

#: What a request carries that is no upload parameter to be kept.
_NOT_SETTINGS = frozenset({"name", "unsigned", "timestamp", "signature", "api_key", "file"})

#: Settings that are read back as JSON booleans, however they were sent.
_FLAGS = frozenset(
    {
        "disallow_public_id",
        "use_filename",
        "unique_filename",
        "overwrite",
        "discard_original_filename",
        "use_asset_folder_as_public_id_prefix",
        "use_filename_as_display_name",
        "unique_display_name",
        "live",
        "faces",
        "colors",
        "phash",
        "quality_analysis",
        "accessibility_analysis",
        "cinemagraph_analysis",
        "image_metadata",
        "media_metadata",
        "exif",
        "eager_async",
        "async",
        "backup",
        "return_delete_token",
        "invalidate",
    }
)


@router.get("/upload_presets", **ADMIN)
async def list_presets(request: Request, cloud: str) -> Response:
    """The upload presets by name."""
    key = await admin_key(request, cloud)
    params = await read_params(request)
    presets, cursor = await services(request).presets.page(
        key.cloud, page_size(params), params.text("next_cursor")
    )
    items = [_render(preset) for preset in presets]
    return json_response({"presets": items} | ({"next_cursor": cursor} if cursor else {}))


@router.get("/upload_presets/{name:path}", **ADMIN)
async def get_preset(request: Request, cloud: str, name: str) -> Response:
    """One upload preset."""
    key = await admin_key(request, cloud)
    return json_response(_render(await services(request).presets.get(key.cloud, name)))


@router.post("/upload_presets", **ADMIN)
async def create_preset(request: Request, cloud: str) -> Response:
    """Create an upload preset, or overwrite the one of that name."""
    key = await admin_key(request, cloud)
    params = await read_params(request)
    name = params.text("name")
    if len(name) > 255 or name.strip() != name or "/" in name:
        raise BadRequest(f"Invalid value {name} for parameter name")
    preset = await services(request).presets.create(
        key.cloud, name, unsigned=params.flag("unsigned"), settings=_settings(request, key, params)
    )
    return _message("created", preset)


@router.put("/upload_presets/{name:path}", **ADMIN)
async def update_preset(request: Request, cloud: str, name: str) -> Response:
    """Change settings of an upload preset."""
    key = await admin_key(request, cloud)
    params = await read_params(request)
    unsigned = params.flag("unsigned") if "unsigned" in params else None
    preset = await services(request).presets.update(
        key.cloud, name, unsigned=unsigned, settings=_settings(request, key, params)
    )
    return _message("updated", preset)


@router.delete("/upload_presets/{name:path}", **ADMIN)
async def delete_preset(request: Request, cloud: str, name: str) -> Response:
    """Delete an upload preset."""
    key = await admin_key(request, cloud)
    await services(request).presets.delete(key.cloud, name)
    return json_response({"message": "deleted"})


def _settings(request: Request, key: ApiKey, params: Params) -> dict[str, Any]:
    """The upload parameters to keep, after refusing those that no upload could use.

    Raises:
        BadRequest: as an upload with these values would.
    """
    call = Call.new(services(request), params, key, "")
    UploadCall(call, "auto", 0).check(fetched=True)
    check_supported(params)
    settings: dict[str, Any] = {}
    for name in params.names():
        if name not in _NOT_SETTINGS:
            settings[name] = params.flag(name) if name in _FLAGS else params.values()[name]
    return settings


def _render(preset: UploadPreset) -> dict[str, Any]:
    return {
        "name": preset.name,
        "unsigned": preset.unsigned,
        "settings": dict(preset.settings),
        "external_id": preset.external_id,
    }


def _message(message: str, preset: UploadPreset) -> Response:
    return json_response(
        {"message": message, "name": preset.name, "external_id": preset.external_id}
    )
