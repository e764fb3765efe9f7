"""Versions of assets that are kept: restored, let go, fetched (CONTRACT D12, E5)."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from app.api.auth import admin_key
from app.api.openapi import ADMIN
from app.api.reading import read_params
from app.api.render import Json, Renderer, json_response
from app.api.routes.actions import resource_type_of
from app.api.routing import Group
from app.api.services import services
from app.domain.accounts import ApiKey
from app.domain.assets import AssetKey
from app.domain.errors import BadRequest
from app.domain.params import Params
from app.services.targets import Target, name_of
from app.services.versions import Restored

router = Group("Admin API")

#: Assets that one call may restore.
MAX_RESTORED = 100


@router.post("/resources/restore", **ADMIN)
async def restore_by_asset_ids(request: Request, cloud: str) -> Response:
    """Bring deleted or replaced assets back, by their asset ids."""
    key = await admin_key(request, cloud)
    params = await read_params(request)
    return await _restore(request, key, params, list(_ids(params, "asset_ids")))


@router.post("/resources/{resource_type}/{type}/restore", **ADMIN)
async def restore(request: Request, cloud: str, resource_type: str, type: str) -> Response:
    """Bring deleted or replaced assets back, by their public ids."""
    key = await admin_key(request, cloud)
    params = await read_params(request)
    kind = resource_type_of(resource_type)
    targets: list[Target] = [
        AssetKey(kind, type, public_id) for public_id in _ids(params, "public_ids")
    ]
    return await _restore(request, key, params, targets)


@router.delete("/resources/backup/{asset_id}", **ADMIN)
async def delete_versions(request: Request, cloud: str, asset_id: str) -> Response:
    """Let go of versions of an asset; 207 if some were not there."""
    key = await admin_key(request, cloud)
    params = await read_params(request)
    ids = _ids(params, "version_ids")
    gone, missing = await services(request).versions.delete(key.cloud, asset_id, ids)
    result: Json = {"asset_id": asset_id, "deleted_version_ids": gone}
    if not missing:
        return json_response(result)
    failures = [{"version_id": name, "error": "not_found"} for name in missing]
    return json_response(result | {"failures": failures}, 207)


async def _restore(
    request: Request, key: ApiKey, params: Params, targets: list[Target]
) -> Response:
    wanted = params.items("versions")
    if len(wanted) > len(targets):
        raise BadRequest("There are more versions than assets")
    wanted += [""] * (len(targets) - len(wanted))
    done = await services(request).versions.restore(
        key.cloud, list(zip(targets, wanted, strict=True))
    )
    render = Renderer.of(request, key)
    outcomes = zip(targets, done, strict=True)
    return json_response({name_of(target): _outcome(render, item) for target, item in outcomes})


def _outcome(render: Renderer, restored: Restored) -> Json:
    if restored.asset is None:
        return {"error": restored.error}
    return render.explicit_result(restored.asset)


def _ids(params: Params, name: str) -> tuple[str, ...]:
    ids = tuple(dict.fromkeys(params.items(name)))
    if not ids:
        raise BadRequest(f"Missing required parameter - {name}")
    if len(ids) > MAX_RESTORED:
        raise BadRequest(f"Too many {name}. Maximum is {MAX_RESTORED}.")
    return ids
