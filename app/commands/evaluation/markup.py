"""HTML and SVG that cannot be broken by what stands in them: all text is escaped on the way in."""

from __future__ import annotations

import html
import re

#: Characters that no HTML document may hold, escaped or not; lone surrogates cannot be encoded.
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")

#: Elements that have no content and no end tag.
_VOID = frozenset({"img", "meta", "br"})


class Html(str):
    """Text that is markup already; only this room makes it."""

    __slots__ = ()


def text(value: object) -> Html:
    """Anything as text of a document; markup stays as it is."""
    if isinstance(value, Html):
        return value
    return Html(html.escape(_FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", str(value))))


def join(*parts: object) -> Html:
    """Parts one after the other; what is no markup is escaped."""
    return Html("".join(map(text, parts)))


def tag(name: str, /, *content: object, **attributes: object) -> Html:
    """An element.

    Args:
        content: what is no :class:`Html` is escaped.
        attributes: ``class_`` and ``http_equiv`` for names that Python has no letters for;
            those that are ``None`` are left out.
    """
    named = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{text(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in _VOID:
        return Html(f"<{name}{named}>")
    return Html(f"<{name}{named}>{join(*content)}</{name}>")
