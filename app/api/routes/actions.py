"""The Upload API's actions on stored assets: explicit, destroy, tags, context (CONTRACT D)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict

from starlette.requests import Request
from starlette.responses import Response

from app.api import upload_parameters as parameters
from app.api.auth import NOTIFYING, signed_key
from app.api.call import Call
from app.api.explicit_call import ExplicitCall
from app.api.openapi import ACTION, DETAIL, TOKEN
from app.api.reading import read_params, required
from app.api.render import Json, json_response
from app.api.routing import Group
from app.api.services import services
from app.api.unsupported import check_supported
from app.api.urls import base_url
from app.domain import delete_tokens, tag_words
from app.domain.accounts import ApiKey
from app.domain.assets import RESOURCE_TYPES, AssetKey, ResourceType
from app.domain.errors import BadRequest
from app.domain.params import Params
from app.services.tag_commands import Selection

router = Group("Upload API")


def resource_type_of(text: str) -> ResourceType:
    """A resource type from a path.

    Raises:
        BadRequest: it is none.
    """
    if text not in RESOURCE_TYPES:
        raise BadRequest(f"Invalid value {text} for parameter resource_type")
    return text


async def _call(
    request: Request, cloud: str, unsigned: Collection[str] = ()
) -> tuple[Params, ApiKey]:
    params = await read_params(request)
    return params, await signed_key(request, cloud, params, unsigned)


@router.post("/{resource_type}/explicit", **ACTION, parameters=DETAIL)
async def explicit(request: Request, cloud: str, resource_type: str) -> Response:
    """Apply tags, context, categorization and the like to a stored asset; derive from it."""
    params, key = await _call(request, cloud)
    if name := params.text("upload_preset"):
        preset = await services(request).presets.for_upload(key.cloud, name, signed=True)
        params = parameters.with_preset(params, preset, signed=True)
    params = parameters.with_detail(params, request.headers)
    check_supported(params)
    call = Call.new(services(request), params, key, _base(request))
    explicit = ExplicitCall(call, resource_type_of(resource_type))
    return json_response(await explicit.run())


@router.post("/{resource_type}/rename", **ACTION)
async def rename(request: Request, cloud: str, resource_type: str) -> Response:
    """Give an asset another public id, or another delivery type."""
    params, key = await _call(request, cloud)
    kind, type = resource_type_of(resource_type), parameters.delivery_type(params)
    source = AssetKey(kind, type, required(params, "from_public_id"))
    name = required(params, "to_public_id")
    target = AssetKey(kind, parameters.delivery_type(params, "to_type", type), name)
    call = Call.new(services(request), params, key, _base(request))
    told = call.told()
    parameters.check_flags(params, "invalidate", "context", "metadata")
    asset = await services(request).rename(
        key.cloud, source, target, overwrite=params.flag("overwrite")
    )
    notice = {
        "notification_type": "rename",
        "resource_type": kind,
        "type": asset.type,
        "from_public_id": source.public_id,
        "to_public_id": asset.public_id,
        "asset_id": asset.asset_id,
    }
    await call.tell(told, notice)
    return json_response(call.renderer().explicit_result(asset))


@router.post("/asset/destroy", **ACTION)
async def destroy_by_asset_id(request: Request, cloud: str) -> Response:
    """Delete an asset by its asset id."""
    params, key = await _call(request, cloud)
    return await _destroy(request, params, key, required(params, "asset_id"))


@router.post("/{resource_type}/destroy", **ACTION)
async def destroy(request: Request, cloud: str, resource_type: str) -> Response:
    """Delete an asset by its public id."""
    params, key = await _call(request, cloud)
    target = AssetKey(
        resource_type_of(resource_type),
        parameters.stored_type(params),
        required(params, "public_id"),
    )
    return await _destroy(request, params, key, target)


@router.post("/delete_by_token", **TOKEN)
async def delete_by_token(request: Request, cloud: str) -> Response:
    """Delete the asset that a token of its upload is good for; no other credentials."""
    found = services(request)
    params = await read_params(request)
    owner = await found.accounts.cloud(cloud)
    secrets = [key.secret for key in await found.accounts.secrets(owner)]
    asset_id = delete_tokens.asset_of(required(params, "token"), secrets, found.clock())
    removal = await found.library.destroy(owner, asset_id)
    return _destroyed(removal is not None)


@router.post("/{resource_type}/delete_by_token", **TOKEN)
async def delete_by_token_of_type(request: Request, cloud: str, resource_type: str) -> Response:
    """The same, as some clients address it."""
    resource_type_of(resource_type)
    return await delete_by_token(request, cloud)


async def _destroy(
    request: Request, params: Params, key: ApiKey, target: AssetKey | str
) -> Response:
    found = services(request)
    call = Call.new(found, params, key, "")
    told = call.told()
    parameters.check_flags(params, "invalidate")
    removal = await found.library.destroy(key.cloud, target)
    if removal is not None:
        gone = {"asset_id": target} if isinstance(target, str) else asdict(target)
        await call.tell(told, {"notification_type": "delete", "resources": [gone]})
    return _destroyed(removal is not None)


def _destroyed(found: bool) -> Response:
    return json_response({"result": "ok" if found else "not found"})


def _base(request: Request) -> str:
    return base_url(request, services(request).http.public_url)


def selection_of(resource_type: str, params: Params, key: ApiKey) -> Selection:
    """The assets that a call on several names.

    Raises:
        BadRequest: it names none, or a type that does not exist.
    """
    public_ids = tuple(params.items("public_ids"))
    if not public_ids:
        raise BadRequest("Missing required parameter - public_ids")
    return Selection(
        key.cloud, resource_type_of(resource_type), parameters.stored_type(params), public_ids
    )


@router.post("/{resource_type}/tags", **ACTION)
async def tags(request: Request, cloud: str, resource_type: str) -> Response:
    """Add, remove, replace or clear the tags of several assets."""
    params, key = await _call(request, cloud, NOTIFYING)
    selection = selection_of(resource_type, params, key)
    words = tag_words.clean(params.list("tag") or params.list("tags"))
    command = required(params, "command")
    call = Call.new(services(request), params, key, "")
    told = call.told()
    found = await services(request).tag_commands.tags(selection, command, words)
    what = {"command": command, "tags": list(words)}
    await call.tell(told, changed("resource_tags_changed", selection, found) | what)
    return json_response({"public_ids": list(found)})


@router.post("/{resource_type}/context", **ACTION)
async def context(request: Request, cloud: str, resource_type: str) -> Response:
    """Add to or clear the context of several assets."""
    params, key = await _call(request, cloud, NOTIFYING)
    selection = selection_of(resource_type, params, key)
    pairs = parameters.context(params) or {}
    command = required(params, "command")
    call = Call.new(services(request), params, key, "")
    told = call.told()
    found = await services(request).tag_commands.context(selection, command, pairs)
    what = {"command": command, "context": pairs}
    await call.tell(told, changed("resource_context_changed", selection, found) | what)
    return json_response({"public_ids": list(found)})


def changed(event: str, selection: Selection, found: tuple[str, ...]) -> Json:
    """What notifications say of a call on several assets."""
    return {
        "notification_type": event,
        "resource_type": selection.resource_type,
        "type": selection.type,
        "public_ids": list(found),
    }
