"""The Admin API's transformations (CONTRACT E10).

SDKs send the transformation as a parameter, the REST documentation puts it in the path: every
call takes both.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from app.api.auth import admin_key
from app.api.openapi import ADMIN
from app.api.reading import page_size, read_params, required
from app.api.render import Json, Renderer, json_response
from app.api.routing import Group
from app.api.services import services
from app.services.transformations import Listed

router = Group("Admin API")

_FORM = "/transformations"
_PATH = "/transformations/{transformation:path}"


@router.get(_FORM, **ADMIN)
@router.get(_PATH, **ADMIN)
async def read(request: Request, cloud: str, transformation: str = "") -> Response:
    """The transformations; or one of them, with the images that were derived by it."""
    key = await admin_key(request, cloud)
    params = await read_params(request)
    limit, token = page_size(params), params.text("next_cursor")
    name = transformation or params.text("transformation") or params.text("name")
    if not name:
        named = params.flag("named") if params.text("named") else None
        listed, cursor = await services(request).transformations.page(
            key.cloud, named=named, limit=limit, token=token
        )
        body: Json = {"transformations": [_listed(item) for item in listed]}
        return json_response(body | ({"next_cursor": cursor} if cursor else {}))
    details = await services(request).transformations.get(key.cloud, name, limit, token)
    render = Renderer.of(request, key)
    body = _listed(details.listed) | {
        "info": details.info,
        "derived": [render.made_item(asset, item) for asset, item in details.derived],
    }
    return json_response(
        body | ({"next_cursor": details.next_cursor} if details.next_cursor else {})
    )


@router.post(_FORM, **ADMIN)
@router.post(_PATH, **ADMIN)
async def create(request: Request, cloud: str, transformation: str = "") -> Response:
    """Give a transformation a name."""
    key = await admin_key(request, cloud)
    params = await read_params(request)
    await services(request).transformations.create(
        key.cloud,
        transformation or required(params, "name"),
        required(params, "transformation"),
        allowed_for_strict=params.flag("allowed_for_strict"),
    )
    return json_response({"message": "created"})


@router.put(_FORM, **ADMIN)
@router.put(_PATH, **ADMIN)
async def update(request: Request, cloud: str, transformation: str = "") -> Response:
    """Allow a transformation in strict mode, or change what a named one stands for."""
    key = await admin_key(request, cloud)
    params = await read_params(request)
    allowed = params.flag("allowed_for_strict") if params.text("allowed_for_strict") else None
    await services(request).transformations.update(
        key.cloud,
        transformation or params.text("name") or required(params, "transformation"),
        allowed_for_strict=allowed,
        unsafe_update=params.text("unsafe_update"),
    )
    return json_response({"message": "updated"})


@router.delete(_FORM, **ADMIN)
@router.delete(_PATH, **ADMIN)
async def delete(request: Request, cloud: str, transformation: str = "") -> Response:
    """Delete a transformation and the images that were derived by it."""
    key = await admin_key(request, cloud)
    params = await read_params(request)
    name = transformation or params.text("name") or required(params, "transformation")
    await services(request).transformations.delete(key.cloud, name)
    return json_response({"message": "deleted"})


def _listed(item: Listed) -> Json:
    return {
        "name": item.name,
        "allowed_for_strict": item.transformation.allowed_for_strict,
        "used": item.used,
        "named": item.transformation.named,
    }
