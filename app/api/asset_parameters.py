"""Parameters that say what is to be known of an asset, and what goes with it (CONTRACT B2, E3).

Upload, explicit and the Admin API's update share them.
"""

from __future__ import annotations

from typing import Any

from app.domain import delivery_headers, formats, moderation, regions
from app.domain.access import AccessRule
from app.domain.access import parse as parse_access
from app.domain.errors import BadRequest
from app.domain.metadata import values as metadata_values
from app.domain.params import Params
from app.domain.ports import FetchOptions
from app.domain.rendering import RenderLimits
from app.domain.transformation import grammar, values
from app.services.incoming import Incoming

#: Flags of requests that ask for an analysis, with the names of the analyses they stand for.
ANALYSES: dict[str, tuple[str, ...]] = {
    "colors": ("colors",),
    "phash": ("phash",),
    "quality_analysis": ("quality_analysis",),
    "accessibility_analysis": ("accessibility_analysis",),
    "cinemagraph_analysis": ("cinemagraph_analysis",),
    "media_metadata": ("media_metadata", "image_analysis"),
    "image_metadata": ("media_metadata", "image_analysis"),
    "exif": ("media_metadata",),
}

#: What may be shown beside: boxes of faces, given rectangles, the number of pages.
_SHOWN = (*ANALYSES, "faces", "coordinates", "pages")


def shown(params: Params) -> frozenset[str]:
    """What a reply is to show beyond the usual: the flags that are set.

    Raises:
        BadRequest: one is no flag.
    """
    return frozenset(name for name in _SHOWN if params.flag(name))


def analyses(params: Params) -> frozenset[str]:
    """The analyses that a request asks for.

    Raises:
        BadRequest: a flag is none.
    """
    return frozenset(name for flag in shown(params) for name in ANALYSES.get(flag, ()))


def incoming(params: Params, limits: RenderLimits) -> Incoming:
    """What is to become of a picture before it is stored.

    Raises:
        BadRequest: the transformation is not understood, or the format is not known.
    """
    text, given = params.text("transformation"), params.text("format").strip()
    wished = formats.normalise(given.lower())
    if wished and not formats.is_written(wished) and wished not in formats.MEDIA:
        raise _invalid(given, "format")
    return Incoming(grammar.parse(text, limits) if text else None, wished)


def access_control(params: Params) -> tuple[AccessRule, ...] | None:
    """The given rules; ``None`` if the request says nothing.

    ``access_mode`` is what there was before: ``authenticated`` asks for a token.

    Raises:
        BadRequest: malformed.
    """
    mode = params.text("access_mode")
    if mode not in ("", "public", "authenticated"):
        raise _invalid(mode, "access_mode")
    if "access_control" in params:
        return parse_access(params.raw("access_control"))
    if mode:
        return (AccessRule("token"),) if mode == "authenticated" else ()
    return None


def metadata(params: Params) -> dict[str, Any] | None:
    """Values of structured metadata as given; ``None`` if the request has none.

    Raises:
        BadRequest: malformed.
    """
    return metadata_values.parse(params.raw("metadata")) if "metadata" in params else None


def moderations(params: Params) -> tuple[moderation.ModerationRequest, ...]:
    """The moderators that are asked for.

    Raises:
        BadRequest: one does not exist.
    """
    return moderation.parse_requests("|".join(params.items("moderation")))


def quality_override(params: Params) -> str | None:
    """What ``q_auto`` is to stand for; ``None`` if the request does not say.

    Raises:
        BadRequest: it is no quality.
    """
    if "quality_override" not in params:
        return None
    text = params.text("quality_override").strip()
    try:
        if text:
            values.quality(text, float)
    except ValueError as error:
        raise _invalid(text, "quality_override") from error
    return text


def given_regions(params: Params) -> dict[str, list[list[int]]] | None:
    """Named regions; ``None`` if the request has none.

    Raises:
        BadRequest: malformed.
    """
    return regions.parse(params.raw("regions")) if "regions" in params else None


def headers(params: Params) -> tuple[str, ...] | None:
    """Header lines for deliveries; ``None`` if the request has none.

    Raises:
        BadRequest: malformed, or one that deliveries do not carry.
    """
    if "headers" not in params:
        return None
    lines = delivery_headers.parse(params.raw("headers"))
    if (carried := delivery_headers.delivered(lines)) != lines:
        other = next(line for line in lines if line not in carried)
        raise _invalid(other, "headers")
    return lines


def fetch_options(params: Params, cloud: str) -> FetchOptions:
    """How a remote file is fetched.

    Raises:
        BadRequest: malformed headers.
    """
    lines = delivery_headers.parse(params.raw("headers"))
    return FetchOptions(headers=lines, proxy=params.text("proxy"), cloud=cloud)


def _invalid(value: str, name: str) -> BadRequest:
    return BadRequest(f"Invalid value {value[:200]} for parameter {name}")
