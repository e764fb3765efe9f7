"""Text images: what ``/image/text`` is told (CONTRACT D8)."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace

from app.domain.errors import BadRequest
from app.domain.params import Params
from app.domain.rendering import RenderLimits
from app.domain.transformation import colours
from app.domain.transformation.steps import Colour, TextLayer, TextStyle

#: Used where none is named; the clients' documents name none.
DEFAULT_FAMILY = "Arial"

#: Pixels, as documented.
DEFAULT_SIZE = 12.0

_NUMBER = re.compile(r"[+-]?\d{1,5}(?:\.\d{1,3})?")
_DECORATIONS = ("none", "underline", "strikethrough")
_ALIGNMENTS = ("left", "center", "right", "justify", "start", "end")


@dataclass(frozen=True, slots=True)
class TextImage:
    """A text that becomes a picture.

    Attributes:
        layer: the text and its looks. Opacity is that of the letters: a background stays as it
            is, since a transparent one can be asked for by itself.
        public_id: of the picture; empty for a random one.
    """

    layer: TextLayer
    public_id: str = ""


def parse_text(params: Params, limits: RenderLimits) -> TextImage:
    """Read a text image.

    Font families, weights and slants are checked by whoever has the fonts.

    Raises:
        BadRequest: ``Missing required parameter - text``, ``Invalid value <v> for parameter
            <name>``, or the text is too long.
    """
    text = params.text("text")
    if not text.strip():
        raise BadRequest("Missing required parameter - text")
    if len(text) > limits.text:
        raise BadRequest(f"Text is too long: {len(text)} of {limits.text} characters")
    opacity = _number(params, "opacity", 100.0, 0.0, 100.0)
    colour = _colour(params, "font_color", Colour(0, 0, 0))
    background = _colour(params, "background", Colour(0, 0, 0, 0))
    style = TextStyle(
        family=params.text("font_family").strip() or DEFAULT_FAMILY,
        size=_number(params, "font_size", DEFAULT_SIZE, 1.0, 9999.0),
        weight=params.text("font_weight").strip() or "normal",
        slant=params.text("font_style").strip() or "normal",
        decoration=_word(params, "text_decoration", _DECORATIONS).replace("none", ""),
        align=_word(params, "text_align", _ALIGNMENTS),
        letter_spacing=_number(params, "letter_spacing", 0.0, -9999.0, 9999.0),
        line_spacing=_number(params, "line_spacing", 0.0, -9999.0, 9999.0),
    )
    layer = TextLayer(
        text,
        style,
        colour=replace(colour, alpha=round(colour.alpha * opacity / 100)),
        background=background if background.alpha else None,
    )
    return TextImage(layer, params.text("public_id"))


def _number(params: Params, name: str, default: float, least: float, most: float) -> float:
    text = params.text(name).strip()
    if not text:
        return default
    number = float(text) if _NUMBER.fullmatch(text) else math.nan
    if not least <= number <= most:
        raise BadRequest(f"Invalid value {text} for parameter {name}")
    return number


def _word(params: Params, name: str, words: tuple[str, ...]) -> str:
    text = params.text(name).strip()
    if text and text not in words:
        raise BadRequest(f"Invalid value {text} for parameter {name}")
    return text


def _colour(params: Params, name: str, default: Colour) -> Colour:
    text = params.text(name).strip()
    if not text:
        return default
    try:
        return colours.colour(text)
    except ValueError as error:
        raise BadRequest(f"Invalid value {text} for parameter {name}") from error
