"""A transformation as the SDKs' options: what the Admin API tells of it (CONTRACT E10)."""

from __future__ import annotations

import re
from typing import Any

from app.domain.rendering import RenderLimits
from app.domain.transformation.branching import Part
from app.domain.transformation.grammar import parts

#: Parameters to the options of the SDKs that write them.
OPTIONS = {
    "a": "angle",
    "ar": "aspect_ratio",
    "b": "background",
    "bo": "border",
    "c": "crop",
    "co": "color",
    "cs": "color_space",
    "d": "default_image",
    "dl": "delay",
    "dn": "density",
    "dpr": "dpr",
    "e": "effect",
    "f": "fetch_format",
    "g": "gravity",
    "h": "height",
    "l": "overlay",
    "o": "opacity",
    "pg": "page",
    "q": "quality",
    "r": "radius",
    "t": "transformation",
    "u": "underlay",
    "w": "width",
    "x": "x",
    "y": "y",
    "z": "zoom",
}

#: Enough for whatever has been stored.
_LIMITS = RenderLimits(components=10_000, layers=10_000, text=1 << 20, length=1 << 20)


def info(text: str) -> list[dict[str, Any]]:
    """One mapping of options for each component; numbers as numbers.

    Raises:
        BadRequest: the text is no transformation.
    """
    return [_options(part) for part in parts(text, _LIMITS)]


def _options(part: Part) -> dict[str, Any]:
    component = part.component
    options: dict[str, Any] = {"if": part.condition} if part.condition else {}
    if component.variables:
        options["variables"] = [[name, _plain(value)] for name, value in component.variables]
    # In the order in which they have always been listed: width and height first.
    names = sorted(component.params, key=lambda name: (name not in ("w", "h"), name == "h", name))
    options |= {OPTIONS[name]: _plain(component.params[name]) for name in names}
    if component.flags:
        flags = [f"{name}:{of}" if of else name for name, of in component.flags.items()]
        options["flags"] = flags[0] if len(flags) == 1 else flags
    return options


def _plain(value: str) -> int | float | str:
    if re.fullmatch(r"-?\d{1,15}", value):
        return int(value)
    return float(value) if re.fullmatch(r"-?\d{1,9}\.\d{1,9}", value) else value
