"""The Admin API's structured metadata fields and conditional rules (CONTRACT E11).

Calls on a datasource answer with its active options alone, without their states, as SDKs
expect; a field shows all of its options with their states.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from app.api.auth import admin_key
from app.api.openapi import ADMIN
from app.api.reading import page_size, read_params
from app.api.render import json_response
from app.api.routing import Group
from app.api.services import services
from app.domain.errors import BadRequest
from app.domain.metadata.fields import MetadataField

router = Group("Admin API")

_FIELDS = "/metadata_fields"
_FIELD = "/metadata_fields/{external_id}"
_RULES = "/metadata_rules"
_RULE = "/metadata_rules/{external_id}"

#: Options that a search shows unless it is asked for more.
_FOUND = 100


@router.get(_FIELDS, **ADMIN)
async def list_fields(request: Request, cloud: str) -> Response:
    """Every metadata field."""
    key = await admin_key(request, cloud)
    return _fields(await services(request).metadata_fields.all(key.cloud))


@router.post(_FIELDS, **ADMIN)
async def create_field(request: Request, cloud: str) -> Response:
    """Create a metadata field."""
    key = await admin_key(request, cloud)
    params = await read_params(request)
    made = await services(request).metadata_fields.create(key.cloud, params)
    return json_response(made.to_json())


@router.put(f"{_FIELDS}/order", **ADMIN)
async def order_fields(request: Request, cloud: str) -> Response:
    """Sort the metadata fields by label, external id or time of creation."""
    key = await admin_key(request, cloud)
    params = await read_params(request)
    fields = await services(request).metadata_fields.reorder(
        key.cloud, params.text("order_by"), params.text("direction")
    )
    return _fields(fields)


@router.post(f"{_FIELDS}/datasource/search", **ADMIN)
async def search_options(request: Request, cloud: str) -> Response:
    """Look for options in the datasources of all metadata fields."""
    key = await admin_key(request, cloud)
    params = await read_params(request)
    limit = page_size(params, default=_FOUND)
    found = await services(request).metadata_fields.search_options(
        key.cloud, params.text("term"), limit
    )
    return json_response(
        [
            {"field_id": option.field_id, "id": option.external_id, "value": option.value}
            for option in found
        ]
    )


@router.get(_FIELD, **ADMIN)
async def get_field(request: Request, cloud: str, external_id: str) -> Response:
    """One metadata field."""
    key = await admin_key(request, cloud)
    field = await services(request).metadata_fields.get(key.cloud, external_id)
    return json_response(field.to_json())


@router.put(_FIELD, **ADMIN)
async def update_field(request: Request, cloud: str, external_id: str) -> Response:
    """Change a metadata field; its type and its external id stay."""
    key = await admin_key(request, cloud)
    params = await read_params(request)
    field = await services(request).metadata_fields.update(key.cloud, external_id, params)
    return json_response(field.to_json())


@router.delete(_FIELD, **ADMIN)
async def delete_field(request: Request, cloud: str, external_id: str) -> Response:
    """Delete a metadata field with its values."""
    key = await admin_key(request, cloud)
    await services(request).metadata_fields.delete(key.cloud, external_id)
    return json_response({"message": "ok"})


@router.put(f"{_FIELD}/datasource", **ADMIN)
async def update_options(request: Request, cloud: str, external_id: str) -> Response:
    """Add options to a metadata field, or rename some."""
    key = await admin_key(request, cloud)
    params = await read_params(request)
    if "values" not in params:
        raise BadRequest("Missing required parameter - values")
    field = await services(request).metadata_fields.update_options(
        key.cloud, external_id, params.raw("values")
    )
    return _options(field)


@router.delete(f"{_FIELD}/datasource", **ADMIN)
async def block_options(request: Request, cloud: str, external_id: str) -> Response:
    """Block options of a metadata field."""
    return await _set_active(request, cloud, external_id, active=False)


@router.post(f"{_FIELD}/datasource_restore", **ADMIN)
async def restore_options(request: Request, cloud: str, external_id: str) -> Response:
    """Restore blocked options of a metadata field."""
    return await _set_active(request, cloud, external_id, active=True)


@router.post(f"{_FIELD}/datasource/order", **ADMIN)
@router.put(f"{_FIELD}/datasource/order", **ADMIN)
async def order_options(request: Request, cloud: str, external_id: str) -> Response:
    """Sort the options of a metadata field by their values."""
    key = await admin_key(request, cloud)
    params = await read_params(request)
    field = await services(request).metadata_fields.order_options(
        key.cloud, external_id, params.text("order_by"), params.text("direction")
    )
    return _options(field)


@router.get(_RULES, **ADMIN)
async def list_rules(request: Request, cloud: str) -> Response:
    """Every metadata rule."""
    key = await admin_key(request, cloud)
    rules = await services(request).metadata_rules.all(key.cloud)
    return json_response({"metadata_rules": [rule.to_json() for rule in rules]})


@router.post(_RULES, **ADMIN)
async def create_rule(request: Request, cloud: str) -> Response:
    """Create a metadata rule."""
    key = await admin_key(request, cloud)
    params = await read_params(request)
    rule = await services(request).metadata_rules.create(key.cloud, params)
    return json_response(rule.to_json())


@router.put(_RULE, **ADMIN)
async def update_rule(request: Request, cloud: str, external_id: str) -> Response:
    """Change a metadata rule."""
    key = await admin_key(request, cloud)
    params = await read_params(request)
    rule = await services(request).metadata_rules.update(key.cloud, external_id, params)
    return json_response(rule.to_json())


@router.delete(_RULE, **ADMIN)
async def delete_rule(request: Request, cloud: str, external_id: str) -> Response:
    """Delete a metadata rule."""
    key = await admin_key(request, cloud)
    await services(request).metadata_rules.delete(key.cloud, external_id)
    # SDKs document ``success``, the REST reference ``message``.
    return json_response({"success": True, "message": "ok"})


async def _set_active(request: Request, cloud: str, external_id: str, *, active: bool) -> Response:
    key = await admin_key(request, cloud)
    params = await read_params(request)
    field = await services(request).metadata_fields.set_options_active(
        key.cloud, external_id, params.items("external_ids"), active=active
    )
    return _options(field)


def _fields(fields: list[MetadataField]) -> Response:
    return json_response({"metadata_fields": [field.to_json() for field in fields]})


def _options(field: MetadataField) -> Response:
    values = [
        {"external_id": option.external_id, "value": option.value}
        for option in field.options
        if option.active
    ]
    return json_response({"values": values})
