"""``regions``: named polygons of a picture (CONTRACT B2)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import orjson

from app.domain.errors import BadRequest

#: Regions of one picture, and points of one region.
MAX_REGIONS, MAX_POINTS = 100, 200

#: Largest coordinate in pixels; what :mod:`app.domain.coordinates` takes too.
MAX_PLACE = 999_999

_NAME = re.compile(r"[\w.-]{1,255}")


def parse(value: Any) -> dict[str, list[list[int]]]:
    """Read regions: a JSON object of names to lists of at least two ``[x, y]`` in pixels.

    Args:
        value: the object, as text or already read; empty means none.

    Raises:
        BadRequest: ``Invalid value <v> for parameter regions``.
    """
    try:
        read = orjson.loads(value.strip() or "{}") if isinstance(value, str) else value or {}
        if len(read) > MAX_REGIONS or not isinstance(read, Mapping):
            raise ValueError("not an object, or too many regions")
        return {_name(name): _polygon(points) for name, points in read.items()}
    except (ValueError, TypeError, OverflowError) as error:
        raise BadRequest(f"Invalid value {str(value)[:200]} for parameter regions") from error


def _name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError("no name of a region")
    return name


def _polygon(points: Any) -> list[list[int]]:
    if not isinstance(points, list) or not 2 <= len(points) <= MAX_POINTS:
        raise ValueError("too few or too many points")
    return [_point(*point) for point in points]


def _point(x: Any, y: Any) -> list[int]:
    found = [round(float(x)), round(float(y))]
    if not all(0 <= place <= MAX_PLACE for place in found):
        raise ValueError("beyond any picture")
    return found
