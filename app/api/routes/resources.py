"""The Admin API's resources: listing, reading, updating, deleting (CONTRACT E1 to E6)."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from starlette.requests import Request
from starlette.responses import Response

from app.api import asset_parameters
from app.api import upload_parameters as parameters
from app.api.addon_parameters import update_refusal
from app.api.auth import admin_credentials, admin_key
from app.api.call import Call
from app.api.openapi import ADMIN, DETAIL
from app.api.reading import page_size, read_params
from app.api.ready_details import ReadyDetails
from app.api.render import Renderer, json_bytes, json_response, to_json
from app.api.routes.actions import resource_type_of
from app.api.routing import Group
from app.api.services import services
from app.api.urls import base_url
from app.domain import moderation
from app.domain.accounts import ApiKey
from app.domain.assets import RESOURCE_TYPES, AssetKey, AssetQuery
from app.domain.errors import BadRequest, NotFound
from app.domain.params import Params
from app.services.library import Deletion, Extent
from app.services.update import UpdateCommand

router = Group("Admin API")

#: Ids that one listing or delete call may name.
MAX_IDS = 100

_MODERATION = frozenset({"moderation_kind", "moderation_status"})

_ASSET_ID = re.compile(r"[0-9a-f]{32}")


@router.get("/resources/{resource_type}/tags/{tag:path}", **ADMIN)
async def list_by_tag(request: Request, cloud: str, resource_type: str, tag: str) -> Response:
    """The assets of a resource type that have a tag."""
    key = await admin_key(request, cloud)
    params = await read_params(request)
    query = AssetQuery(key.cloud.id, resource_type_of(resource_type), tag=tag)
    return await _list(request, key, params, query)


@router.get("/resources/{resource_type}/moderations/{kind}/{status}", **ADMIN)
async def list_by_moderation(
    request: Request, cloud: str, resource_type: str, kind: str, status: str
) -> Response:
    """The assets of a resource type that a moderator left in a state."""
    key = await admin_key(request, cloud)
    params = await read_params(request)
    if kind not in moderation.KINDS:
        raise BadRequest(f"Invalid value {kind} for parameter moderation_kind")
    queue = (kind, moderation.parse_status(status))
    query = AssetQuery(key.cloud.id, resource_type_of(resource_type), moderation=queue)
    return await _list(request, key, params, query)


@router.get("/resources/{resource_type}/{type}/{public_id:path}", **ADMIN)
async def resource(
    request: Request, cloud: str, resource_type: str, type: str, public_id: str
) -> Response:
    """One asset by public id, with its tags and stored categorizations."""
    target = AssetKey(resource_type_of(resource_type), type, public_id)
    return await _details(request, cloud, target)


@router.get("/resources/{resource_type}/{type}", **ADMIN)
async def list_by_type(request: Request, cloud: str, resource_type: str, type: str) -> Response:
    """The assets of a delivery type, by prefix or by public ids if given."""
    key = await admin_key(request, cloud)
    params = await read_params(request)
    query = AssetQuery(
        key.cloud.id,
        resource_type_of(resource_type),
        type,
        prefix=params.text("prefix") or None,
        public_ids=_ids(params, "public_ids") if "public_ids" in params else None,
    )
    return await _list(request, key, params, query)


@router.get("/resources/by_asset_ids", **ADMIN)
async def list_by_asset_ids(request: Request, cloud: str) -> Response:
    """The assets with these asset ids."""
    key = await admin_key(request, cloud)
    params = await read_params(request)
    ids = _ids(params, "asset_ids")
    return await _list(request, key, params, AssetQuery(key.cloud.id, asset_ids=ids))


@router.get("/resources", **ADMIN)
async def resource_types(request: Request, cloud: str) -> Response:
    """The resource types there are."""
    await admin_key(request, cloud)
    return json_response({"resource_types": ["image", "raw", "video"]})


@router.get("/resources/{asset_id}", **ADMIN)
async def resource_by_asset_id(request: Request, cloud: str, asset_id: str) -> Response:
    """One asset by asset id; or, with a resource type in its place, a listing."""
    if asset_id in RESOURCE_TYPES:
        key = await admin_key(request, cloud)
        params = await read_params(request)
        query = AssetQuery(
            key.cloud.id,
            resource_type_of(asset_id),
            params.text("type") or None,
            prefix=params.text("prefix") or None,
            public_ids=_ids(params, "public_ids") if "public_ids" in params else None,
        )
        return await _list(request, key, params, query)
    return await _details(request, cloud, asset_id)


@router.post("/resources/{resource_type}/{type}/{public_id:path}", **ADMIN, parameters=DETAIL)
async def update(
    request: Request, cloud: str, resource_type: str, type: str, public_id: str
) -> Response:
    """Change an asset by public id; apply categorization and automatic tags to it."""
    key = await admin_key(request, cloud)
    target = AssetKey(resource_type_of(resource_type), type, public_id)
    return await _update(request, key, target)


@router.put("/resources/{asset_id}", **ADMIN, parameters=DETAIL)
async def update_by_asset_id(request: Request, cloud: str, asset_id: str) -> Response:
    """Change an asset by asset id."""
    key = await admin_key(request, cloud)
    return await _update(request, key, _asset_id(asset_id))


@router.delete("/resources", **ADMIN)
async def delete_by_asset_ids(request: Request, cloud: str) -> Response:
    """Delete assets by asset ids."""
    key = await admin_key(request, cloud)
    params = await read_params(request)
    ids, extent = _ids(params, "asset_ids"), _extent(request, params)
    return _deleted(await services(request).library.delete_named(key.cloud, ids, extent))


@router.delete("/resources/{resource_type}/tags/{tag:path}", **ADMIN)
async def delete_by_tag(request: Request, cloud: str, resource_type: str, tag: str) -> Response:
    """Delete the assets of a resource type that have a tag."""
    key = await admin_key(request, cloud)
    params = await read_params(request)
    query = AssetQuery(key.cloud.id, resource_type_of(resource_type), tag=tag)
    token, extent = params.text("next_cursor"), _extent(request, params)
    return _deleted(await services(request).library.delete_matching(query, token, extent))


@router.delete("/resources/{resource_type}/{type}", **ADMIN)
async def delete(request: Request, cloud: str, resource_type: str, type: str) -> Response:
    """Delete assets by public ids, by prefix, or all of a delivery type."""
    key = await admin_key(request, cloud)
    params = await read_params(request)
    kind = resource_type_of(resource_type)
    library = services(request).library
    extent = _extent(request, params)
    if "public_ids" in params:
        targets = [AssetKey(kind, type, item) for item in _ids(params, "public_ids")]
        return _deleted(await library.delete_named(key.cloud, targets, extent))
    prefix = params.text("prefix")
    if not prefix and not params.flag("all"):
        raise BadRequest("Missing required parameter - public_ids")
    query = AssetQuery(key.cloud.id, kind, type, prefix=prefix or None)
    return _deleted(await library.delete_matching(query, params.text("next_cursor"), extent))


@router.delete("/derived_resources", **ADMIN)
async def delete_derived(request: Request, cloud: str) -> Response:
    """Delete derived images by their ids."""
    key = await admin_key(request, cloud)
    params = await read_params(request)
    ids = tuple(dict.fromkeys(params.list("derived_resource_ids")))
    if not ids:
        raise BadRequest("Missing required parameter - derived_resource_ids")
    if len(ids) > MAX_IDS:
        raise BadRequest(f"Too many derived_resource_ids. Maximum is {MAX_IDS}.")
    found = await services(request).library.delete_derived(key.cloud, ids)
    outcomes = {id: "deleted" if gone else "not_found" for id, gone in found.items()}
    return json_response({"deleted": outcomes})


@router.get("/tags/{resource_type}", **ADMIN)
async def list_tags(request: Request, cloud: str, resource_type: str) -> Response:
    """The tags in use, alphabetical."""
    key = await admin_key(request, cloud)
    params = await read_params(request)
    words, cursor = await services(request).library.tag_words(
        key.cloud,
        resource_type_of(resource_type),
        params.text("prefix"),
        page_size(params),
        params.text("next_cursor"),
    )
    return json_response({"tags": words} | ({"next_cursor": cursor} if cursor else {}))


async def _details(request: Request, cloud: str, target: AssetKey | str) -> Response:
    credentials = await admin_credentials(request, cloud)
    params = Params.from_query(request.scope["query_string"])
    limit = page_size(params)
    token = params.text("derived_next_cursor") or params.text("next_cursor")
    library = services(request).library
    key, details = await library.get_as(cloud, *credentials, target, limit, token)
    shown = asset_parameters.shown(params)
    if shown:
        asset = await services(request).update.with_known(
            key.cloud,
            details.asset,
            faces="faces" in shown,
            analyses=asset_parameters.analyses(params),
        )
        if asset is not details.asset:  # changed just now, and derivatives perhaps with it
            details = await library.details(asset, limit)
    render = Renderer.of(request, key, shown=shown)
    if params.flag("versions"):
        kept = await services(request).versions.of(details.asset)
        now = services(request).clock()
        versions = [render.version(details.asset, item, now) for item in kept]
        return json_response(render.details_with_derived(details) | {"versions": versions})
    ready: ReadyDetails = request.app.state.ready_details
    body = ready.get(details, render)
    if body is None:
        body = to_json(render.details_with_derived(details))
        ready.put(details, render, body)
    return json_bytes(body)


async def _update(request: Request, key: ApiKey, target: AssetKey | str) -> Response:
    params = parameters.with_detail(await read_params(request), request.headers)
    base = base_url(request, services(request).http.public_url)
    call = Call.new(services(request), params, key, base)
    told = call.told()
    parameters.check_flags(params, "invalidate", "visual_search")
    changes = parameters.changes(params, update_refusal)
    if decided := params.text("moderation_status"):
        changes["moderation_status"] = moderation.parse_decision(decided)
    asset = await services(request).update(UpdateCommand(key.cloud, target, **changes))
    shown = asset_parameters.shown(params) | {"coordinates"}
    render = Renderer.of(request, key, shown=shown)
    result = render.details(asset)
    update = {"notification_type": "update", **result}
    await call.tell(told, render.moderation_notice(asset) if decided else update)
    return json_response(result)


async def _list(request: Request, key: ApiKey, params: Params, query: AssetQuery) -> Response:
    query = replace(
        query,
        ascending=_ascending(params),
        start_at=_start_at(params),
        limit=page_size(params, default=10 if not _by_ids(query) else MAX_IDS),
    )
    page, cursor = await services(request).library.page(query, params.text("next_cursor"))
    render = Renderer.of(request, key)
    fields = frozenset(params.list("fields"))
    extras = _extras(params, fields)
    items = [render.item(asset, extras=extras) for asset in page.assets]
    if fields:
        wanted = fields | {"asset_id", "public_id"}
        items = [{name: item[name] for name in item if name in wanted} for item in items]
    return json_response({"resources": items} | ({"next_cursor": cursor} if cursor else {}))


def _extras(params: Params, fields: frozenset[str]) -> frozenset[str]:
    """What a listing shows beside the usual: by its flags, or by ``fields``, which win."""
    if not fields:
        flags = ("tags", "context", "metadata", "moderations")
        return frozenset(flag for flag in flags if params.flag(flag))
    asked = fields & {"tags", "context", "metadata", "regions"}
    return asked | ({"moderations"} if fields & _MODERATION else frozenset())


def _by_ids(query: AssetQuery) -> bool:
    return query.public_ids is not None or query.asset_ids is not None


def _ids(params: Params, name: str) -> tuple[str, ...]:
    ids = tuple(dict.fromkeys(params.items(name)))
    if not ids:
        raise BadRequest(f"Missing required parameter - {name}")
    if len(ids) > MAX_IDS:
        raise BadRequest(f"Too many {name}. Maximum is {MAX_IDS}.")
    return ids


def _asset_id(text: str) -> str:
    if not _ASSET_ID.fullmatch(text):
        raise NotFound(f"Resource not found - {text}")
    return text


def _ascending(params: Params) -> bool:
    direction = params.text("direction").lower() or "desc"
    if direction not in ("asc", "1", "desc", "-1"):
        raise BadRequest(f"Invalid value {direction} for parameter direction")
    return direction in ("asc", "1")


def _start_at(params: Params) -> datetime | None:
    text = params.text("start_at")
    if not text:
        return None
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = read(text)
        except ValueError:
            continue
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    raise BadRequest(f"Invalid value {text} for parameter start_at")


def _extent(request: Request, params: Params) -> Extent:
    """How much a delete call is to delete.

    Raises:
        BadRequest: a transformation that cannot be understood.
    """
    # As SDKs join them; an array may also come as one.
    texts = [text for item in params.items("transformations") for text in item.split("|") if text]
    if texts:
        return Extent(False, services(request).transformations.selected(texts))
    return Extent(not params.flag("keep_original"))


def _deleted(deletion: Deletion) -> Response:
    found = {name: item for name, item in deletion.outcomes.items() if item is not None}
    result = {
        "deleted": {
            name: "deleted" if name in found else "not_found" for name in deletion.outcomes
        },
        "deleted_counts": {
            name: {"original": item.original, "derived": item.derived}
            for name, item in found.items()
        },
        "partial": deletion.next_cursor is not None,
    }
    if deletion.next_cursor:
        result["next_cursor"] = deletion.next_cursor
    return json_response(result)
