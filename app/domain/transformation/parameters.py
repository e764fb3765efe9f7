"""The parameters of a component: which there are, how each is read, and their check."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from app.domain.errors import BadRequest
from app.domain.transformation import layers, values
from app.domain.transformation.expressions import Literal, as_number, parse_value
from app.domain.transformation.vocabulary import FLAGS, REFUSED_FLAGS, not_offered

#: Parameters that are arithmetic, to their readers.
NUMERIC: Mapping[str, Callable[[str, values.Evaluate], object]] = {
    "a": values.angles,
    "ar": values.aspect,
    "dl": values.whole,
    "dn": values.whole,
    "dpr": values.density,
    "h": values.side,
    "o": values.percent,
    "r": values.radii,
    "w": values.side,
    "x": values.offset,
    "y": values.offset,
    "z": values.positive,
}
#: Parameters that are words, where a variable stands for a piece of the text.
WORDS: Mapping[str, Callable[[str, values.Evaluate], object]] = {
    "b": values.background,
    "bo": values.border,
    "c": values.mode,
    "co": values.colour,
    "cs": values.colour_space,
    "d": values.asset_name,
    "e": values.effect,
    "f": values.file_format,
    "g": values.gravity,
    "pg": values.page,
    "q": values.quality,
    "t": values.names,
}
LAYERS = frozenset(("l", "u"))
#: Every parameter that is offered, beside conditions, flags and variables.
NAMES = frozenset((*NUMERIC, *WORDS, *LAYERS))

#: A variable inside a value: ``$name`` or ``$(name)``.
REFERENCE = re.compile(r"\$(?:([A-Za-z][A-Za-z0-9]*)|\(([A-Za-z][A-Za-z0-9]*)\))")
#: A value of a variable that is neither arithmetic nor a text between exclamation marks.
_BARE = re.compile(r"[A-Za-z0-9][A-Za-z0-9:._#-]*")


def check(name: str, value: str) -> int:
    """Check a parameter as far as that goes without its variables' values.

    Returns:
        Characters of a text layer's text, else 0.

    Raises:
        BadRequest: the value is malformed, or not offered.
    """
    try:
        if name in LAYERS:
            if "$" in value and not value.startswith("text:"):
                _check_references(value)
                return 0
            return layers.check(layers.canonical(value))
        if name in NUMERIC:
            NUMERIC[name](value, _literal)
        elif "$" in value:
            _check_references(value)
        else:
            WORDS[name](value, _literal)
    except ValueError:
        raise invalid(name, value) from None
    return 0


def check_assignment(name: str, value: str) -> None:
    """Check what a variable is set to.

    Args:
        name: with its ``$``.

    Raises:
        BadRequest: it is neither arithmetic nor a text.
    """
    if _BARE.fullmatch(value):
        return
    try:
        parse_value(value)
    except ValueError:
        raise invalid(name, value) from None


def check_flag(flag: str) -> None:
    """Check the name of a flag.

    Raises:
        BadRequest: it is unknown, or not offered.
    """
    if flag in REFUSED_FLAGS:
        raise not_offered(f"fl_{flag}")
    if flag not in FLAGS:
        raise BadRequest(f"Invalid transformation flag: {flag}")


def invalid(name: str, value: str) -> BadRequest:
    """The refusal of a malformed value."""
    return BadRequest(f"Invalid value {value} in {name}_{value}")


def _literal(text: str) -> float:
    """A number that is written as one; 1, which is always allowed, for what is calculated."""
    expression = parse_value(text)
    return as_number(expression.value) if isinstance(expression, Literal) else 1.0


def _check_references(value: str) -> None:
    if "$" in REFERENCE.sub("", value):
        raise ValueError("not a variable")
