"""How closely an engine looks at a picture."""

from __future__ import annotations

from typing import Literal, TypeAlias

#: ``fast`` looks once at the middle; ``thorough`` looks at parts too, and at faces.
Detail: TypeAlias = Literal["fast", "thorough"]

LEVELS: tuple[Detail, ...] = ("fast", "thorough")


def parse_detail(text: str) -> Detail:
    """Read a level.

    Raises:
        ValueError: it is none of :data:`LEVELS`; the text names them.
    """
    for level in LEVELS:
        if text == level:
            return level
    raise ValueError(f"{text!r} is not one of {', '.join(LEVELS)}")
