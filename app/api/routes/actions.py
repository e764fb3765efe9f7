"""The Upload API's actions on stored assets: explicit, destroy, tags, context (CONTRACT D)."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from app.api import upload_parameters as parameters
from app.api.auth import signed_key
from app.api.openapi import ACTION, DETAIL
from app.api.reading import read_params
from app.api.render import Renderer, json_response
from app.api.routing import Group
from app.api.services import services
from app.domain import tag_words
from app.domain.accounts import ApiKey
from app.domain.assets import RESOURCE_TYPES, AssetKey, ResourceType
from app.domain.errors import BadRequest
from app.domain.params import Params
from app.services.tag_commands import Selection
from app.services.update import UpdateCommand

router = Group("Upload API")


def resource_type_of(text: str) -> ResourceType:
    """A resource type from a path.

    Raises:
        BadRequest: it is none.
    """
    if text not in RESOURCE_TYPES:
        raise BadRequest(f"Invalid value {text} for parameter resource_type")
    return text


async def _call(request: Request, cloud: str) -> tuple[Params, ApiKey]:
    params = await read_params(request)
    return params, await signed_key(request, cloud, params)


def _required(params: Params, name: str) -> str:
    value = params.text(name)
    if not value:
        raise BadRequest(f"Missing required parameter - {name}")
    return value


@router.post("/{resource_type}/explicit", **ACTION, parameters=DETAIL)
async def explicit(request: Request, cloud: str, resource_type: str) -> Response:
    """Apply tags, context and categorization to a stored asset; find its faces."""
    params, key = await _call(request, cloud)
    params = parameters.with_detail(params, request.headers)
    target = AssetKey(
        resource_type_of(resource_type),
        parameters.delivery_type(params),
        _required(params, "public_id"),
    )
    asset = await services(request).update(
        UpdateCommand(key.cloud, target, **parameters.changes(params))
    )
    render = Renderer.of(request, key, faces=params.flag("faces"))
    return json_response(render.explicit_result(asset))


@router.post("/asset/destroy", **ACTION)
async def destroy_by_asset_id(request: Request, cloud: str) -> Response:
    """Delete an asset by its asset id."""
    params, key = await _call(request, cloud)
    asset_id = _required(params, "asset_id")
    removal = await services(request).library.destroy(key.cloud, asset_id)
    return _destroyed(removal is not None)


@router.post("/{resource_type}/destroy", **ACTION)
async def destroy(request: Request, cloud: str, resource_type: str) -> Response:
    """Delete an asset by its public id."""
    params, key = await _call(request, cloud)
    target = AssetKey(
        resource_type_of(resource_type),
        parameters.delivery_type(params),
        _required(params, "public_id"),
    )
    removal = await services(request).library.destroy(key.cloud, target)
    return _destroyed(removal is not None)


def _destroyed(found: bool) -> Response:
    return json_response({"result": "ok" if found else "not found"})


def _selection(resource_type: str, params: Params, key: ApiKey) -> Selection:
    public_ids = tuple(params.items("public_ids"))
    if not public_ids:
        raise BadRequest("Missing required parameter - public_ids")
    return Selection(
        key.cloud, resource_type_of(resource_type), parameters.delivery_type(params), public_ids
    )


@router.post("/{resource_type}/tags", **ACTION)
async def tags(request: Request, cloud: str, resource_type: str) -> Response:
    """Add, remove, replace or clear the tags of several assets."""
    params, key = await _call(request, cloud)
    selection = _selection(resource_type, params, key)
    words = tag_words.clean(params.list("tag") or params.list("tags"))
    command = _required(params, "command")
    found = await services(request).tag_commands.tags(selection, command, words)
    return json_response({"public_ids": list(found)})


@router.post("/{resource_type}/context", **ACTION)
async def context(request: Request, cloud: str, resource_type: str) -> Response:
    """Add to or clear the context of several assets."""
    params, key = await _call(request, cloud)
    selection = _selection(resource_type, params, key)
    pairs = parameters.context(params) or {}
    command = _required(params, "command")
    found = await services(request).tag_commands.context(selection, command, pairs)
    return json_response({"public_ids": list(found)})
