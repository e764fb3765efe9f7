"""The Upload API's action on the structured metadata of stored assets (CONTRACT D7)."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from app.api.auth import NOTIFYING, signed_key
from app.api.call import Call
from app.api.openapi import ACTION
from app.api.reading import read_params
from app.api.render import json_response
from app.api.routes.actions import changed, selection_of
from app.api.routing import Group
from app.api.services import services
from app.domain.errors import BadRequest
from app.domain.metadata.values import parse

router = Group("Upload API")


@router.post("/{resource_type}/metadata", **ACTION)
async def metadata(request: Request, cloud: str, resource_type: str) -> Response:
    """Give several assets values in structured metadata fields."""
    params = await read_params(request)
    key = await signed_key(request, cloud, params, NOTIFYING)
    call = Call.new(services(request), params, key, "")
    told = call.told()
    selection = selection_of(resource_type, params, key)
    given = parse(params.raw("metadata") or "")
    if not given:
        raise BadRequest("Missing required parameter - metadata")
    found = await services(request).metadata_commands.update(
        selection, given, clear_invalid=params.flag("clear_invalid")
    )
    notice = changed("resource_metadata_changed", selection, found) | {"metadata": given}
    await call.tell(told, notice)
    return json_response({"public_ids": list(found)})
