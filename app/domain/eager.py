"""Derivatives that are asked for beforehand: ``eager`` and ``responsive_breakpoints``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from app.domain import formats
from app.domain.assets import Asset
from app.domain.errors import BadRequest
from app.domain.rendering import RenderLimits
from app.domain.transformation import grammar, queries
from app.domain.transformation.nodes import Transformation

#: Derivatives of one call.
MAX_EAGER = 100

#: Configurations of one call, and images that they may ask for together: finding 200 widths of a
#: photo of 1.7 megapixels takes five seconds.
MAX_BREAKPOINTS, MAX_IMAGES = 20, 400

#: What a configuration may say.
_OPTIONS = frozenset(
    "transformation raw_transformation format create_derived bytes_step min_width max_width "
    "max_images".split()
)

_EXTENSION = re.compile(r"[a-z0-9]{1,10}")


@dataclass(frozen=True, slots=True)
class EagerItem:
    """One derivative.

    Attributes:
        transformation: as it is to be shown; named ones by their names.
        extension: format of the URL, normalised; empty for the asset's own.
    """

    transformation: Transformation
    extension: str = ""

    def written(self, asset: Asset) -> str:
        """The extension of its URL: as asked for, else of the transformation's format, else the
        asset's own; empty where none of these can be written, and where a URL stands for a name.
        """
        if asset.type == "fetch":
            return ""
        named = queries.requested_format(self.transformation)
        return next(filter(formats.is_written, (self.extension, named, asset.format or "")), "")

    def within(self, limits: RenderLimits) -> EagerItem:
        """The same with its format as a part of the transformation."""
        if not self.extension:
            return self
        parts = filter(None, (self.transformation.text, f"f_{self.extension}"))
        return EagerItem(grammar.parse("/".join(parts), limits))


@dataclass(frozen=True, slots=True)
class BreakpointsOrder:
    """Widths at which a picture's files differ enough to be worth another one.

    Attributes:
        transformation: applied first.
        create_derived: whether the pictures are kept.
        bytes_step: by which one file is to be smaller than the next.
        min_width, max_width: pixels; neither is exceeded.
        max_images: widths at most.
        extension: format; empty for the asset's own.
    """

    transformation: Transformation
    create_derived: bool = False
    bytes_step: int = 20_000
    min_width: int = 50
    max_width: int = 1000
    max_images: int = 20
    extension: str = ""


def parse_eager(
    values: Iterable[str], limits: RenderLimits, name: str = "eager"
) -> tuple[EagerItem, ...]:
    """Read transformations.

    Args:
        values: each joined with ``|``; each transformation may end with ``/<format>``.

    Raises:
        BadRequest: one is not understood, or they are too many.
    """
    texts = [part.strip() for value in values for part in value.split("|")]
    items = tuple(_item(text, limits, name) for text in texts if text)
    if len(items) > MAX_EAGER:
        raise BadRequest(f"Too many transformations in {name}. Maximum is {MAX_EAGER}.")
    return items


def parse_breakpoints(value: Any, limits: RenderLimits) -> tuple[BreakpointsOrder, ...]:
    """Read ``responsive_breakpoints``.

    Args:
        value: a JSON array of configurations, or one, as text or already read.

    Raises:
        BadRequest: ``Invalid value <v> for parameter responsive_breakpoints``, a transformation
            is not understood, or they ask for too many images.
    """
    try:
        read = orjson.loads(value.strip() or "[]") if isinstance(value, str) else value or []
        configurations = [read] if isinstance(read, Mapping) else list(read)
        if len(configurations) > MAX_BREAKPOINTS:
            raise ValueError("too many configurations")
        orders = tuple(_order(item, limits) for item in configurations)
    except (ValueError, TypeError, OverflowError, AttributeError) as error:
        shown = str(value)[:200]
        message = f"Invalid value {shown} for parameter responsive_breakpoints"
        raise BadRequest(message) from error
    if sum(order.max_images for order in orders) > MAX_IMAGES:
        raise BadRequest(f"Too many images in responsive_breakpoints. Maximum is {MAX_IMAGES}.")
    return orders


def _item(text: str, limits: RenderLimits, name: str) -> EagerItem:
    stem, slash, last = text.rpartition("/")
    extension = formats.normalise(last.lower()) if _EXTENSION.fullmatch(last.lower()) else ""
    if extension in formats.FORMATS:
        return EagerItem(grammar.parse(stem, limits), extension)
    if slash and extension and "_" not in last:
        raise BadRequest(f"Invalid value {last} for the format of {name}")
    return EagerItem(grammar.parse(text, limits))


def _order(item: Mapping[str, Any], limits: RenderLimits) -> BreakpointsOrder:
    if not item.keys() <= _OPTIONS:
        raise ValueError("an option that there is not")
    transformation = item.get("transformation") or item.get("raw_transformation") or ""
    extension = formats.normalise(str(item.get("format") or "").lower())
    if not isinstance(transformation, str) or (extension and extension not in formats.FORMATS):
        raise ValueError("no transformation, or no format")
    order = BreakpointsOrder(
        transformation=grammar.parse(transformation, limits),
        create_derived=_flag(item.get("create_derived", False)),
        bytes_step=_number(item, "bytes_step", 20_000, 1, 10**9),
        min_width=_number(item, "min_width", 50, 1, limits.side),
        max_width=_number(item, "max_width", 1000, 1, limits.side),
        max_images=_number(item, "max_images", 20, 1, 200),
        extension=extension,
    )
    if order.min_width > order.max_width:
        raise ValueError("min_width is above max_width")
    return order


def _number(item: Mapping[str, Any], name: str, default: int, least: int, most: int) -> int:
    given = item.get(name)
    if given is None or given == "":
        return default
    number = int(str(given))
    if isinstance(given, bool) or not least <= number <= most:
        raise ValueError(f"{name} is out of range")
    return number


def _flag(given: Any) -> bool:
    text = str(given).strip().lower()
    if text not in ("true", "false", "1", "0", "none", ""):
        raise ValueError("no flag")
    return text in ("true", "1")
