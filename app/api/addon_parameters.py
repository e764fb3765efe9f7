"""Parameters that ask add-ons for something, and how bad ones are refused (CONTRACT A8, B2, E3)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import orjson

from app.domain import addons, auto_tagging
from app.domain.addons import AddonRequest
from app.domain.errors import BadRequest
from app.domain.params import Params

#: Words the refusal of an item of a parameter: parameter and item in, message out.
Refusal: TypeAlias = Callable[[str, str], str]

#: Parameters whose items are add-ons.
_NAMED = ("detection", "ocr", "raw_convert", "background_removal")

#: Parameters that are an add-on's switch.
_SWITCHES = ("auto_transcription", "auto_chaptering", "auto_video_details")


def upload_refusal(parameter: str, item: str) -> str:
    """How the Upload API refuses an add-on that does not exist."""
    match parameter:
        case "categorization":
            return f"Categorization item {item} is not valid"
        case "detection":
            return f"Detection invalid model '{item}'"
    return f"{parameter.replace('_', ' ').capitalize()} is invalid"


def update_refusal(parameter: str, item: str) -> str:
    """How the Admin API refuses an add-on that does not exist."""
    return f"Illegal value {item} for {parameter}"


def requests(params: Params, refusal: Refusal = upload_refusal) -> tuple[AddonRequest, ...]:
    """The add-ons that are asked for.

    Raises:
        BadRequest: one does not exist, which ``refusal`` words; or a switch is none.
    """
    found: list[AddonRequest] = []
    for parameter in ("categorization", *_NAMED):
        items = params.list(parameter)
        try:
            if parameter == "categorization":
                found += addons.parse_categorization(items)
            else:
                found += addons.parse_names(parameter, items)
        except addons.InvalidItem as error:
            raise BadRequest(refusal(parameter, error.args[0][:200])) from error
    found += [AddonRequest(name, parameter=name) for name in _SWITCHES if _is_on(params, name)]
    return tuple(found)


def threshold(params: Params) -> float | None:
    """``auto_tagging``; ``None`` if the request has none.

    Raises:
        BadRequest: no number between 0 and 1.
    """
    text = params.text("auto_tagging")
    if not text:
        return None
    try:
        return auto_tagging.parse_threshold(text)
    except ValueError as error:
        raise BadRequest(f"Invalid value {text} for parameter auto_tagging") from error


def _is_on(params: Params, name: str) -> bool:
    return (name == "auto_transcription" and _has_options(params, name)) or params.flag(name)


def _has_options(params: Params, name: str) -> bool:
    """Whether a switch is on by holding options: ``{"translate":["fr-FR"]}``."""
    value = params.raw(name)
    if isinstance(value, str) and value.lstrip().startswith("{"):
        try:
            value = orjson.loads(value)
        except orjson.JSONDecodeError as error:
            raise BadRequest(f"Invalid value {value[:200]} for parameter {name}") from error
    return isinstance(value, dict)
