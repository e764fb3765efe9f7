"""What the OpenAPI document says of the routes beyond their paths and docstrings."""

from __future__ import annotations

from typing import Any

from app.api.upload_parameters import DETAIL_HEADER
from app.domain.detail import LEVELS

_ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["message"],
            "properties": {"message": {"type": "string"}},
        }
    },
}

_UPLOAD_FIELDS: dict[str, Any] = {
    "file": {"description": "Bytes, a data URI, or an http(s) URL."},
    "public_id": {"type": "string", "maxLength": 255},
    "folder": {"type": "string"},
    "asset_folder": {"type": "string"},
    "display_name": {"type": "string", "maxLength": 255},
    "use_filename": {"type": "boolean", "default": False},
    "unique_filename": {"type": "boolean", "default": True},
    "filename_override": {"type": "string"},
    "discard_original_filename": {"type": "boolean", "default": False},
    "overwrite": {"type": "boolean", "default": True},
    "type": {"enum": ["upload", "private", "authenticated"], "default": "upload"},
    "tags": {"type": "string", "description": "Comma-separated."},
    "context": {"type": "string", "description": "key=value pairs joined by |."},
    "categorization": {"type": "string", "description": "Add-ons, such as imagga_tagging."},
    "auto_tagging": {"type": "number", "minimum": 0, "maximum": 1},
    "faces": {"type": "boolean", "default": False, "description": "Boxes of faces are found."},
    "face_coordinates": {"type": "string", "description": "x,y,w,h of faces, joined by |."},
    "custom_coordinates": {"type": "string", "description": "x,y,w,h, several joined by |."},
    "access_control": {"type": "string", "description": "JSON array of access rules."},
    "allowed_formats": {"type": "string", "description": "Comma-separated."},
    "upload_preset": {"type": "string"},
    "timestamp": {"type": "integer"},
    "api_key": {"type": "string"},
    "signature": {"type": "string"},
}


def _responses(*statuses: int) -> dict[str, dict[str, Any]]:
    texts = {
        400: "The request is wrong.",
        401: "The credentials are missing or wrong.",
        404: "The named thing does not exist.",
        409: "The name is taken.",
        420: "No subscription, quota reached, or overloaded.",
    }
    return {
        str(status): {
            "description": texts[status],
            "content": {"application/json": {"schema": _ERROR}},
        }
        for status in statuses
    }


def _body(properties: dict[str, Any]) -> dict[str, Any]:
    schema = {"schema": {"type": "object", "properties": properties}}
    types = ("multipart/form-data", "application/x-www-form-urlencoded", "application/json")
    return {"requestBody": {"content": dict.fromkeys(types, schema)}}


#: ``parameters`` of the calls that look at a picture.
DETAIL: list[dict[str, Any]] = [
    {
        "name": DETAIL_HEADER,
        "in": "header",
        "description": "How closely add-ons look at the picture.",
        "schema": {"enum": list(LEVELS)},
    }
]

#: Keyword arguments of the route decorators, one set for each group of calls.
UPLOAD: dict[str, Any] = {
    "responses": _responses(400, 401, 420),
    "parameters": DETAIL,
    "openapi_extra": _body(_UPLOAD_FIELDS),
}
ACTION: dict[str, Any] = {
    "responses": _responses(400, 401, 404, 420),
    "openapi_extra": _body({"public_id": {"type": "string"}}),
}
TOKEN: dict[str, Any] = {
    "responses": _responses(400, 401),
    "openapi_extra": _body({"token": {"type": "string"}}) | {"security": []},
}
ADMIN: dict[str, Any] = {
    "responses": _responses(400, 401, 404, 420),
    "openapi_extra": {"security": [{"basic": []}]},
}
DOWNLOAD: dict[str, Any] = {
    "responses": _responses(400, 401, 404, 420),
    "openapi_extra": {"security": []},
}
DELIVERY: dict[str, Any] = {"responses": _responses(400, 401, 404)}
