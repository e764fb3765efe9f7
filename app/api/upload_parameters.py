"""Upload parameters from the wire to a command: presets, defaults, refusals (CONTRACT A6, B2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from app.domain import access, addons, coordinates, tag_words
from app.domain import context as custom_context
from app.domain.access import AccessRule
from app.domain.assets import DELIVERY_TYPES
from app.domain.detail import Detail, parse_detail
from app.domain.errors import BadRequest
from app.domain.faces import Box
from app.domain.params import Params
from app.domain.presets import UploadPreset
from app.services.categorize import Wanted
from app.services.upload import Naming

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
_MERGED: dict[str, str] = {"tags": ",", "context": "|", "metadata": "|"}

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
            merged[name] = _merge(name, stored, params)
        else:
            merged[name] = first.raw(name) if name in first else second.raw(name)
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


def _merge(name: str, stored: Params, params: Params) -> str:
    separator = _MERGED[name]
    texts = (
        separator.join(source.list(name)) if separator == "," else source.text(name)
        for source in (stored, params)
    )
    return separator.join(text for text in texts if text)


def naming(params: Params) -> Naming:
    """How the request wants its asset called.

    Raises:
        BadRequest: malformed flags, or a display name with slashes.
    """
    return Naming(
        public_id=params.text("public_id"),
        public_id_prefix=params.text("public_id_prefix"),
        folder=params.text("folder"),
        asset_folder=params.text("asset_folder") if "asset_folder" in params else None,
        use_asset_folder_as_public_id_prefix=params.flag("use_asset_folder_as_public_id_prefix"),
        display_name=display_name(params),
        use_filename=params.flag("use_filename"),
        unique_filename=params.flag("unique_filename", default=True),
        discard_original_filename=params.flag("discard_original_filename"),
    )


def display_name(params: Params) -> str:
    """The given display name, empty if none.

    Raises:
        BadRequest: it holds a slash or is too long.
    """
    name = params.text("display_name")
    if "/" in name:
        raise BadRequest("Display name cannot contain slashes")
    if len(name) > 255:
        raise BadRequest("Display name is limited to 255 characters")
    return name


def delivery_type(params: Params) -> str:
    """``type``, by default ``upload``.

    Raises:
        BadRequest: no delivery type that uploads know.
    """
    given = params.text("type") or "upload"
    if given not in DELIVERY_TYPES:
        raise BadRequest(f"Invalid value {given} for parameter type")
    return given


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


def access_control(params: Params) -> tuple[AccessRule, ...] | None:
    """The given rules; ``None`` if the request has no such parameter.

    Raises:
        BadRequest: malformed.
    """
    return access.parse(params.raw("access_control")) if "access_control" in params else None


def invalid_upload_item(item: str) -> str:
    """How the Upload API refuses an item of ``categorization``."""
    return f"Categorization item {item} is not valid"


def invalid_update_item(item: str) -> str:
    """How the Admin API refuses an item of ``categorization``."""
    return f"Illegal value {item} for categorization"


def categorization(
    params: Params, refusal: Callable[[str], str] = invalid_upload_item
) -> tuple[addons.AddonRequest, ...]:
    """The add-ons that are asked for.

    Raises:
        BadRequest: one does not exist; ``refusal`` words it.
    """
    try:
        return addons.parse_categorization(params.list("categorization"))
    except addons.InvalidItem as error:
        raise BadRequest(refusal(error.args[0])) from error


def wanted(params: Params, refusal: Callable[[str], str] = invalid_upload_item) -> Wanted:
    """What the request wants to know of its picture.

    Raises:
        BadRequest: an add-on does not exist, which ``refusal`` words; a flag or level is none.
    """
    text = params.text(_DETAIL)
    return Wanted(
        categorization(params, refusal),
        detail=_level(text, _DETAIL) if text else None,
        # Nobody needs to look for what is given.
        faces=params.flag("faces") and not params.text("face_coordinates"),
    )


def _level(text: str, name: str) -> Detail:
    try:
        return parse_detail(text.strip())
    except ValueError as error:
        raise BadRequest(f"Invalid value {text} for parameter {name}") from error


def threshold(params: Params) -> float | None:
    """``auto_tagging``; ``None`` if the request has none.

    Raises:
        BadRequest: no number between 0 and 1.
    """
    text = params.text("auto_tagging")
    if not text:
        return None
    try:
        return addons.parse_threshold(text)
    except ValueError as error:
        raise BadRequest(f"Invalid value {text} for parameter auto_tagging") from error


def changes(params: Params, refusal: Callable[[str], str] = invalid_upload_item) -> dict[str, Any]:
    """What explicit and update have in common, as keyword arguments of their command.

    Raises:
        BadRequest: a value is wrong.
    """
    return {
        "tags": tags(params),
        "context": context(params),
        "asset_folder": params.text("asset_folder") if "asset_folder" in params else None,
        "display_name": display_name(params) or None,
        "wanted": wanted(params, refusal),
        "threshold": threshold(params),
        "face_coordinates": boxes(params, "face_coordinates"),
        "custom_coordinates": boxes(params, "custom_coordinates"),
        "access_control": access_control(params),
    }
