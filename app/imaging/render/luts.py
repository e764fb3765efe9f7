"""Colour tables in three dimensions (``l_lut``): ``.cube`` and ``.3dl`` files.

A table states the colour that each of N × N × N colours becomes; those between are interpolated.
``.cube`` is Adobe's Cube LUT Specification 1.0, ``.3dl`` that of Autodesk's Lustre and Flame.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import ImageFilter

from app.domain.errors import BadRequest
from app.domain.rendering import Source

#: Bytes of a file, and colours along one side of a table.
MAX_BYTES = 8_000_000
MAX_SIDE = 65

#: Lines with something in them, and characters of each: what a stranger's file may have.
_MAX_LINES = MAX_SIDE**3 + 1000
_MAX_LENGTH = 4000


def read(source: Source) -> ImageFilter.Color3DLUT:
    """Read a table.

    Args:
        source: a stored file, which may be anything.

    Returns:
        A filter for ``RGB`` and ``RGBA`` frames; opacity stays.

    Raises:
        BadRequest: it is no table that is understood, or a very large one.
        OSError: its file cannot be opened.
    """
    size = source.data.stat().st_size if isinstance(source.data, Path) else len(source.data)
    try:
        if size > MAX_BYTES:
            raise ValueError(f"it has more than {MAX_BYTES} bytes")
        data = source.data.read_bytes() if isinstance(source.data, Path) else source.data
        lines = list(_lines(data))
        names = {line[0].upper() for line in lines if line[0][0].isalpha()}
        side, colours = _cube(lines) if "LUT_3D_SIZE" in names else _3dl(lines)
    except ValueError as error:
        raise BadRequest(f"Invalid 3D LUT {source.public_id}: {error}") from None
    return ImageFilter.Color3DLUT(side, colours.ravel())


def _lines(data: bytes) -> Iterator[list[str]]:
    """The words of each line that has any, comments left out."""
    count = 0
    for line in io.BytesIO(data):
        if len(line) > _MAX_LENGTH:
            raise ValueError("a line is too long")
        if words := line.decode("latin-1").partition("#")[0].split():
            count += 1
            if count > _MAX_LINES:
                raise ValueError("it has too many lines")
            yield words


def _cube(lines: list[list[str]]) -> tuple[int, NDArray[np.float64]]:
    """Side and colours, 0 … 1, of a ``.cube`` file, whose red changes fastest."""
    side, rows = 0, []
    for line in lines:
        word = line[0].upper()
        if word == "LUT_3D_SIZE":
            side = _whole(line[1:])
        elif word in ("DOMAIN_MIN", "DOMAIN_MAX", "LUT_3D_INPUT_RANGE"):
            wanted = {"DOMAIN_MIN": {0.0}, "DOMAIN_MAX": {1.0}}.get(word, {0.0, 1.0})
            if set(_numbers(line[1:])) != wanted:
                raise ValueError("only colours from 0 to 1 are supported")
        elif word == "LUT_1D_SIZE":
            raise ValueError("it has a table in one dimension, too")
        elif not word[0].isalpha():  # other words are titles and what programs note
            rows.append(line)
    return side, _colours(rows, side)


def _3dl(lines: list[list[str]]) -> tuple[int, NDArray[np.float64]]:
    """Side and colours, 0 … 1, of a ``.3dl`` file, whose blue changes fastest.

    Its first row of numbers are the values along one side; its colours are whole numbers of as
    many bits as ``Mesh`` states, else of the fewest even number of bits that holds them.
    """
    bits = 0
    rows = []
    for line in lines:
        if line[0].upper() == "MESH" and len(line) == 3:
            bits = _whole(line[2:])
        elif line[0].upper() != "3DMESH" and not line[0][0].isalpha():
            rows.append(line)
    if not rows:
        raise ValueError("it has no numbers")
    steps = _numbers(rows[0])
    side = len(steps)
    if np.abs(steps / max(1.0, steps[-1]) - np.linspace(0, 1, side)).max() > 0.01:
        raise ValueError("only equal distances are supported")
    colours = _colours(rows[1:], side)
    peak = colours.max()
    bits = bits or next((even for even in range(8, 17, 2) if peak <= 1 << even), 0)
    if not 8 <= bits <= 16:
        raise ValueError("its numbers are too large")
    scaled = colours.reshape(side, side, side, 3) / ((1 << bits) - 1)
    return side, scaled.transpose(2, 1, 0, 3).reshape(-1, 3)


def _whole(words: list[str]) -> int:
    if len(words) != 1 or not words[0].isdecimal():
        raise ValueError("a size is not a number")
    return int(words[0][:9])


def _numbers(words: Sequence[str]) -> NDArray[np.float64]:
    try:
        numbers = np.array([float(word) for word in words])
    except ValueError:
        raise ValueError("a word stands where a number is expected") from None
    if not np.isfinite(numbers).all():
        raise ValueError("a number is not finite")
    return numbers


def _colours(rows: list[list[str]], side: int) -> NDArray[np.float64]:
    """float64 (side³, 3): one colour a row.

    Raises:
        ValueError: there are not as many, or one is none.
    """
    if not 2 <= side <= MAX_SIDE:
        raise ValueError(f"a side has to have 2 to {MAX_SIDE} colours")
    if len(rows) != side**3 or any(len(row) != 3 for row in rows):
        raise ValueError(f"a side of {side} needs {side**3} rows of three numbers")
    return _numbers([word for row in rows for word in row]).reshape(-1, 3)
