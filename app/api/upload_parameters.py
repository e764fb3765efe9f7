"""Upload parameters from the wire to a command: presets, defaults, refusals (CONTRACT A6, B2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.api import addon_parameters, asset_parameters
from app.api.addon_parameters import Refusal, upload_refusal
from app.domain import context as custom_context
from app.domain import coordinates, folders, tag_words
from app.domain.assets import DELIVERY_TYPES, STORED_TYPES
from app.domain.detail import Detail, parse_detail
from app.domain.errors import BadRequest
from app.domain.faces import Box
from app.domain.params import Params
from app.domain.presets import UploadPreset
from app.services.categorize import Wanted
from app.services.naming import Naming

#: What a client may send with an unsigned upload; the order is that of the error text.
UNSIGNED_PARAMETERS = (
    "upload_preset",
    "callback",
    "public_id",
    "folder",
    "asset_folder",
    "tags",
    "context",
    "metadata",
    "face_coordinates",
    "custom_coordinates",
    "source",
    "filename_override",
    "manifest_transformation",
    "manifest_json",
    "template",
    "template_vars",
    "regions",
    "public_id_prefix",
)

#: What SDKs and browsers send along although it means nothing without a signature.
_TOLERATED = frozenset(
    {"file", "timestamp", "unsigned", "api_key", "signature", "cloud_name", "resource_type"}
)

#: Parameters of which a preset's and a request's values are put together.
_MERGED = frozenset({"tags", "context", "metadata"})

#: Header that says how closely to look; what SDKs cannot send as a parameter.
DETAIL_HEADER = "X-Lenticular-Detail"

#: The same as a parameter, for presets above all.
_DETAIL = "lenticular_detail"


def check_unsigned(params: Params) -> None:
    """Refuse parameters that an unsigned upload may not carry.

    Raises:
        BadRequest: naming each of them.
    """
    allowed = ", ".join(UNSIGNED_PARAMETERS)
    faults = [
        f"{name.replace('_', ' ').capitalize()} parameter is not allowed when using unsigned "
        f"upload. Only {allowed} upload parameters are allowed."
        for name in params.names()
        if name not in UNSIGNED_PARAMETERS and name not in _TOLERATED
    ]
    if faults:
        raise BadRequest(", ".join(faults))


def with_preset(params: Params, preset: UploadPreset | None, *, signed: bool) -> Params:
    """The request's parameters completed by its preset.

    A signed request's own values win; on an unsigned one the preset's do. Tags, context
    and metadata of both are put together.
    """
    if preset is None:
        return params
    stored = Params.from_mapping(preset.settings)
    merged: dict[str, Any] = {}
    for name in dict.fromkeys((*stored.names(), *params.names())):
        first, second = (params, stored) if signed else (stored, params)
        if name in _MERGED and name in stored and name in params:
            merged[name] = _merge(name, first, second)
        else:
            merged[name] = (first if name in first else second).values()[name]
    if stored.flag("disallow_public_id"):
        merged.pop("public_id", None)
        merged["unique_filename"] = True
    if not signed:
        merged["overwrite"] = False
    return Params.from_mapping(merged)


def with_detail(params: Params, headers: Mapping[str, str]) -> Params:
    """The parameters with the level of detail of the request's header, which wins.

    Raises:
        BadRequest: there is no such level.
    """
    given = headers.get(DETAIL_HEADER, "")
    return params.merged(Params({_DETAIL: _level(given, DETAIL_HEADER)})) if given else params


def _merge(name: str, first: Params, second: Params) -> Any:
    """Both values together; where they name the same thing the first one's counts."""
    if name == "tags":
        return [*second.list(name), *first.list(name)]
    read = context if name == "context" else asset_parameters.metadata
    return (read(second) or {}) | (read(first) or {})


def naming(params: Params) -> Naming:
    """How the request wants its asset called.

    Raises:
        BadRequest: malformed flags, or a display name with slashes.
    """
    return Naming(
        public_id=params.text("public_id"),
        public_id_prefix=params.text("public_id_prefix"),
        folder=params.text("folder"),
        asset_folder=asset_folder(params),
        use_asset_folder_as_public_id_prefix=params.flag("use_asset_folder_as_public_id_prefix"),
        display_name=display_name(params),
        use_filename=params.flag("use_filename"),
        unique_filename=params.flag("unique_filename", default=True),
        use_filename_as_display_name=params.flag("use_filename_as_display_name"),
        unique_display_name=params.flag("unique_display_name"),
        discard_original_filename=params.flag("discard_original_filename"),
    )


def asset_folder(params: Params) -> str | None:
    """The given folder without slashes around it; ``None`` if the request does not say.

    Raises:
        BadRequest: it is too long, or holds what no name of a folder holds.
    """
    if "asset_folder" not in params:
        return None
    return folders.check(params.text("asset_folder"), "asset_folder")


def display_name(params: Params) -> str:
    """The given display name, empty if none.

    Raises:
        BadRequest: it holds a slash or control characters, or is too long.
    """
    name = params.text("display_name")
    if not name.isprintable():
        raise BadRequest("Display name cannot contain control characters")
    if "/" in name:
        raise BadRequest("Display name cannot contain slashes")
    if len(name) > 255:
        raise BadRequest("Display name is limited to 255 characters")
    return name


def delivery_type(params: Params, name: str = "type", default: str = "upload") -> str:
    """``type``, by default ``upload``; or a parameter like it.

    Raises:
        BadRequest: no delivery type that uploads know.
    """
    return _one_of(DELIVERY_TYPES, params, name, default)


def stored_type(params: Params) -> str:
    """``type`` of an asset that is there, by default ``upload``.

    Raises:
        BadRequest: no delivery type that assets have.
    """
    return _one_of(STORED_TYPES, params, "type", "upload")


def _one_of(types: tuple[str, ...], params: Params, name: str, default: str) -> str:
    given = params.text(name) or default
    if given not in types:
        raise BadRequest(f"Invalid value {given[:200]} for parameter {name}")
    return given


def check_flags(params: Params, *names: str) -> None:
    """Refuse values that are no booleans of parameters that need nothing done here.

    ``invalidate`` is one: what this service keeps of a changed asset is gone at once, and caches
    in front ask again (docs/delivery.md).

    Raises:
        BadRequest: ``Invalid value <v> for parameter <name>``.
    """
    for name in names:
        params.flag(name)


def tags(params: Params) -> tuple[str, ...] | None:
    """The given tags; ``None`` if the request has no such parameter."""
    return tag_words.clean(params.list("tags")) if "tags" in params else None


def context(params: Params) -> dict[str, str] | None:
    """The given context; ``None`` if the request has no such parameter.

    Raises:
        BadRequest: malformed or too large.
    """
    if "context" not in params:
        return None
    value = params.raw("context")
    if isinstance(value, dict):
        return custom_context.check({str(key): str(item) for key, item in value.items()})
    return custom_context.parse(params.text("context"))


def boxes(params: Params, name: str) -> tuple[Box, ...] | None:
    """The rectangles of ``face_coordinates`` or ``custom_coordinates``; ``None`` if not given.

    Raises:
        BadRequest: malformed.
    """
    return coordinates.parse(params.raw(name), name) if name in params else None


def wanted(params: Params, refusal: Refusal = upload_refusal) -> Wanted:
    """What the request wants to know of its picture.

    Raises:
        BadRequest: an add-on does not exist, which ``refusal`` words; a flag or level is none.
    """
    text = params.text(_DETAIL)
    return Wanted(
        addon_parameters.requests(params, refusal),
        detail=_level(text, _DETAIL) if text else None,
        # Nobody needs to look for what is given.
        faces=params.flag("faces") and not params.text("face_coordinates"),
        analyses=asset_parameters.analyses(params),
    )


def _level(text: str, name: str) -> Detail:
    try:
        return parse_detail(text.strip())
    except ValueError as error:
        raise BadRequest(f"Invalid value {text} for parameter {name}") from error


def changes(params: Params, refusal: Refusal = upload_refusal) -> dict[str, Any]:
    """What explicit and update have in common, as keyword arguments of their command.

    Raises:
        BadRequest: a value is wrong.
    """
    return {
        "tags": tags(params),
        "context": context(params),
        "asset_folder": asset_folder(params),
        "display_name": display_name(params) or None,
        "wanted": wanted(params, refusal),
        "threshold": addon_parameters.threshold(params),
        "face_coordinates": boxes(params, "face_coordinates"),
        "custom_coordinates": boxes(params, "custom_coordinates"),
        "access_control": asset_parameters.access_control(params),
        "metadata": asset_parameters.metadata(params),
        "clear_invalid": params.flag("clear_invalid"),
        "regions": asset_parameters.given_regions(params),
        "headers": asset_parameters.headers(params),
        "quality_override": asset_parameters.quality_override(params),
        "unique_display_name": params.flag("unique_display_name"),
        "moderations": asset_parameters.moderations(params),
        "backup": params.flag("backup") if "backup" in params else None,
    }
