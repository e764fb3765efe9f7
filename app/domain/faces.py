"""Faces in a picture: what a detector finds, and how Cloudinary writes it down."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

#: Left, top, width and height in pixels.
Box: TypeAlias = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Face:
    """A face's box, relative to the upright picture, so that it holds at every size of it.

    Attributes:
        x, y: left and upper edge, 0 … 1 of the picture's width and height.
        width, height: of the box, 0 … 1 of the picture's width and height.
        score: how sure the detector is that this is a face, 0 … 1.
    """

    x: float
    y: float
    width: float
    height: float
    score: float


@dataclass(frozen=True, slots=True)
class Faces:
    """What a detector found in a picture.

    Attributes:
        found: by descending size.
        source: name and version of the detector, with a space between.
    """

    found: tuple[Face, ...]
    source: str


class FaceDetector(Protocol):
    """Pixels in, faces out. Thread-safe; one call runs on one CPU core."""

    @property
    def name(self) -> str:
        """Model name, e.g. ``mtcnn``: the folder under ``models/``."""

    @property
    def version(self) -> str:
        """Model version from its manifest."""

    @property
    def long_side(self) -> int:
        """Longest side in pixels of the picture that :meth:`detect` wants.

        A larger picture is to be reduced to it, both sides by the same factor; a smaller
        one is given as it is.
        """

    def detect(self, pixels: NDArray[np.uint8]) -> tuple[Face, ...]:
        """Find the faces.

        Args:
            pixels: uint8 (height, width, 3), RGB, upright.

        Returns:
            Faces by descending size; the same for the same pixels, whatever runs beside it.
        """


def rectangles(faces: Iterable[Face], width: int, height: int) -> tuple[Box, ...]:
    """Cloudinary's ``faces``: rectangles in pixels of the displayed picture.

    Args:
        width, height: of the displayed picture, in pixels, EXIF orientation applied.

    Returns:
        ``(x, y, width, height)`` for each face that lies in the picture, clipped to it, by
        descending area; equal ones from left to right.
    """
    found = []
    for face in faces:
        left, right = _span(face.x, face.width, width)
        top, bottom = _span(face.y, face.height, height)
        if right > left and bottom > top:
            found.append((left, top, right - left, bottom - top))
    return tuple(sorted(found, key=lambda box: (-box[2] * box[3], box)))


def _span(start: float, length: float, side: int) -> tuple[int, int]:
    """The first pixel of a relative span, and the one after its last, within the side."""
    ends = (round(start * side), round((start + length) * side))
    first, last = (min(max(end, 0), side) for end in ends)
    return first, last
