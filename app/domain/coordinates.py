"""Rectangles that people give: ``face_coordinates``, ``custom_coordinates`` (CONTRACT B2, J4)."""

from __future__ import annotations

import re
from typing import Any

from app.domain.errors import BadRequest
from app.domain.faces import Box

#: Rectangles in one parameter; far more than a photo has faces.
MAX_BOXES = 500

#: Croppers in browsers send fractions of pixels too.
_NUMBER = re.compile(r"\d{1,6}(\.\d{1,20})?", re.ASCII)


def parse(value: Any, name: str) -> tuple[Box, ...]:
    """Read rectangles in pixels of the displayed picture.

    Args:
        value: ``x,y,width,height`` joined with ``|``, or JSON lists of four numbers; fractions
            are rounded. An empty text or list means none.
        name: the parameter, for the error.

    Raises:
        BadRequest: ``Invalid value <v> for parameter <name>``.
    """
    boxes = tuple(_box(item) for item in _split(value))
    if len(boxes) > MAX_BOXES or None in boxes:
        raise BadRequest(f"Invalid value {str(value)[:200]} for parameter {name}")
    return tuple(box for box in boxes if box is not None)


def clip_sizes(boxes: tuple[Box, ...], width: int, height: int) -> tuple[Box, ...]:
    """No rectangle larger than the picture; where it begins does not matter (CONTRACT J4).

    Args:
        width, height: of the picture in pixels.
    """
    return tuple((x, y, min(w, width), min(h, height)) for x, y, w, h in boxes)


def _split(value: Any) -> list[list[str]]:
    """The numbers of each rectangle as text."""
    if isinstance(value, list):
        # A single rectangle may come without the outer list.
        rows = value if all(isinstance(item, (list, str)) for item in value) else [value]
    else:
        text = str(value).strip()
        rows = text.split("|") if text else []
    return [
        [str(item).strip() for item in (row if isinstance(row, list) else str(row).split(","))]
        for row in rows
    ]


def _box(numbers: list[str]) -> Box | None:
    if len(numbers) != 4 or not all(map(_NUMBER.fullmatch, numbers)):
        return None
    x, y, width, height = (round(float(number)) for number in numbers)
    return (x, y, width, height) if width and height else None
