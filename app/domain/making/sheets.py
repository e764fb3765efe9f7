"""Sprites as browsers use them: where each picture lies, as JSON and as CSS (CONTRACT D9)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

import orjson

#: What may stand in a class name without an escape.
_NOT_IN_CLASSES = re.compile(r"[^A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class Region:
    """Where a picture lies on the sheet, in pixels."""

    name: str
    width: int
    height: int
    x: int
    y: int


def infos(regions: Sequence[Region]) -> Mapping[str, Mapping[str, int]]:
    """The regions by the names of their pictures, as replies have them."""
    return {
        region.name: {
            "width": region.width,
            "height": region.height,
            "x": region.x,
            "y": region.y,
        }
        for region in regions
    }


def json_map(regions: Sequence[Region]) -> bytes:
    """The same as a file."""
    return orjson.dumps(infos(regions))


def css(regions: Sequence[Region], image: str) -> bytes:
    """A style sheet with one class for each picture.

    Classes are called like the pictures; ``_`` stands for characters that would have to be
    escaped, and before a digit at the start. Of names that come out alike the later ones end
    with ``_2``, ``_3`` …

    Args:
        image: name of the sheet's file, in the folder of the style sheet: so the two belong
            together by whatever host and version they are fetched.
    """
    classes = _classes([region.name for region in regions])
    selectors = ",\n".join(f".{name}" for name in classes)
    lines = [f'{selectors} {{ background: url("{quote(image, safe="")}") no-repeat; }}']
    for name, region in zip(classes, regions, strict=True):
        position = f"background-position: {_negative(region.x)} {_negative(region.y)};"
        lines.append(
            f".{name} {{ {position} width: {region.width}px; height: {region.height}px; }}"
        )
    return "\n".join((*lines, "")).encode()


def _negative(offset: int) -> str:
    return f"-{offset}px" if offset else "0"


def _classes(names: Sequence[str]) -> list[str]:
    taken: set[str] = set()
    found = []
    for name in names:
        wanted = _NOT_IN_CLASSES.sub("_", name)
        if not re.match(r"[A-Za-z_]", wanted):
            wanted = f"_{wanted}"
        unique, count = wanted, 1
        while unique.lower() in taken:
            count += 1
            unique = f"{wanted}_{count}"
        taken.add(unique.lower())
        found.append(unique)
    return found
