"""What ``l_`` and ``u_`` show: assets, remote images, colour tables, texts."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Literal

from app.domain.transformation.colours import colour
from app.domain.transformation.escapes import escape, unescape
from app.domain.transformation.steps import Border, LayerRef, TextLayer, TextStyle
from app.domain.transformation.vocabulary import REFUSED_LAYERS, not_offered

_DELIVERY_TYPES = frozenset(("upload", "private", "authenticated"))
#: A style and a text; the only colon in a style is that of a colour.
_TEXT = re.compile(r"(?P<style>(?:[^:]|(?<=_rgb):)+):(?P<text>.*)", re.DOTALL)
_STYLE = re.compile(r"(?P<family>.+?)_(?P<size>\d{1,4}(?:\.\d{1,3})?)(?P<rest>(?:_.*)?)")
_KEYWORDS = {
    "weight": frozenset(
        "normal thin hairline extralight ultralight light regular medium semibold demibold bold "
        "extrabold ultrabold black heavy".split()
    ),
    "slant": frozenset(("italic", "oblique")),
    "decoration": frozenset(("underline", "strikethrough")),
    "align": frozenset("left center right start end justify".split()),
}
_DETAIL = re.compile(
    r"""_(?:
      stroke_bo_(?P<width>\d{1,4})px_solid_(?P<colour>rgb:[0-9a-fA-F]+|[A-Za-z0-9]+)
    | (?P<stroke>stroke)
    | letter_spacing_(?P<letter>-?\d{1,4}(?:\.\d{1,3})?)
    | line_spacing_(?P<line>-?\d{1,4}(?:\.\d{1,3})?)
    | antialias_(?P<antialias>none|gray|subpixel|fast|good|best)
    | hinting_(?P<hinting>none|slight|medium|full)
    | (?P<none>none)
    | (?P<word>[a-z]+)
    )(?=_|\Z)""",
    re.VERBOSE,
)


def layer(value: str) -> LayerRef | TextLayer:
    """Read what follows ``l_`` or ``u_``, variables replaced.

    Raises:
        ValueError: it names nothing, or its style is not understood.
        BadRequest: it shows a video, an audio or subtitles.
    """
    kind, colon, rest = value.partition(":")
    if kind == "text" and colon:
        return _text(rest)
    if kind in REFUSED_LAYERS and colon:
        raise not_offered(f"l_{kind}")
    resource_type: Literal["image", "raw"] = "raw" if kind == "lut" and colon else "image"
    if kind in ("image", "lut") and colon:
        kind, colon, rest = rest.partition(":")
        value = rest if kind == "upload" else f"{kind}{colon}{rest}"
    if kind == "fetch" and colon and resource_type == "image":
        return LayerRef("fetch", _url(rest))
    delivery = "upload"
    if kind in _DELIVERY_TYPES and colon:
        delivery, value = kind, rest
    name = value.replace(":", "/").strip("/")
    if not name:
        raise ValueError("no public id")
    return LayerRef("asset", name, resource_type, delivery)


def canonical(value: str) -> str:
    """The same layer, its text escaped as SDKs do, however often it was on the way here.

    Raises:
        ValueError: it is escaped without end.
    """
    kind, colon, rest = value.partition(":")
    return f"text:{escape(unescape(rest))}" if kind == "text" and colon else value


def check(value: str) -> int:
    """Check a layer that may still name variables.

    Returns:
        Characters of its text, 0 for what is none.

    Raises:
        ValueError, BadRequest: as :func:`layer`, as far as no variable is concerned.
    """
    match = _TEXT.fullmatch(value.removeprefix("text:"))
    if match and value.startswith("text:"):
        if "$" not in match["style"]:
            style(match["style"])
        return len(unescape(match["text"]))
    layer(value)
    return 0


def style(text: str) -> tuple[TextStyle | None, Border | None]:
    """Read a text's style.

    Returns:
        The style and its stroke; no style where the text is the public id of a text asset.

    Raises:
        ValueError: it has a word that is not understood.
    """
    match = _STYLE.fullmatch(text)
    if match is None or not re.match(r"_|\Z", match["rest"]):
        return None, None
    words: dict[str, str] = {}
    details: dict[str, str] = {}
    at = 0
    while at < len(match["rest"]):
        detail = _DETAIL.match(match["rest"], at)
        if detail is None:
            raise ValueError("not a style")
        at = detail.end()
        given = {name: word for name, word in detail.groupdict().items() if word is not None}
        if word := given.pop("word", ""):
            words[_keyword(word)] = word
        details |= given
    stroke = None
    if "width" in details:
        stroke = Border(int(details["width"]), colour(details["colour"]))
    return (
        TextStyle(
            unescape(match["family"]),
            float(match["size"]),
            stroke="stroke" in details or stroke is not None,
            letter_spacing=float(details.get("letter", 0)),
            line_spacing=float(details.get("line", 0)),
            antialias=details.get("antialias", ""),
            hinting=details.get("hinting", ""),
            weight=words.get("weight", "normal"),
            slant=words.get("slant", "normal"),
            decoration=words.get("decoration", ""),
            align=words.get("align", ""),
        ),
        stroke,
    )


def _keyword(word: str) -> str:
    for attribute, words in _KEYWORDS.items():
        if word in words:
            return attribute
    raise ValueError(f"not a style: {word}")


def _text(rest: str) -> TextLayer:
    match = _TEXT.fullmatch(rest)
    if match is None:
        if not rest:
            raise ValueError("no text")
        return TextLayer("", None, named=unescape(rest).replace(":", "/"))
    looks, stroke = style(match["style"])
    named = "" if looks else match["style"]
    return TextLayer(unescape(match["text"]), looks, named=named, border=stroke)


def _url(text: str) -> str:
    """A remote URL in URL-safe base64, with or without padding and an extension."""
    encoded = re.sub(r"\.[A-Za-z0-9]{1,5}\Z", "", text).rstrip("=")
    try:
        url = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        raise ValueError("not the base64 of a URL") from None
    if not url.startswith(("http://", "https://")):
        raise ValueError("not a remote URL")
    return url
