"""Whether an animation is a cinemagraph: a still photograph in which one small thing moves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageFile

from app.domain.errors import InvalidImage
from app.domain.formats import ANIMATED
from app.imaging import decode
from app.imaging.analysis.perception import Floats, ramp
from app.imaging.analysis.samples import opened

#: Frames are compared at this size: averages of many pixels do not flicker as dithering does.
_SIZE = (64, 64)

#: Frames and pixels, of all of them together, that are looked at: those of some seconds, and
#: about a second of decoding.
_FRAMES, _PIXELS = 120, 1 << 26

#: Levels of gray by which a part of the picture has to change to be moving.
_MOVES = 12.0

#: Share of the picture that may move in a cinemagraph, and that moves in a film.
_PART, _FILM = 0.3, 0.7

#: Share of the picture below which nothing is seen to move.
_LEAST = 0.001


def analyse(source: bytes | Path) -> dict[str, Any]:
    """``cinemagraph_analysis`` of replies: a score from 0, certainly none, to 1.

    The real service does not say how it scores. Here 1 means that at most 30 % of the picture
    ever change, 0 that 70 % do or that nothing does: still pictures are no cinemagraphs.

    Raises:
        InvalidImage: it is no picture.
        OSError: it cannot be opened.
    """
    return {"cinemagraph_score": round(_score(_moving(source)), 3)}


def _score(moving: float) -> float:
    return ramp(moving, _FILM, _PART) if moving >= _LEAST else 0.0


def _moving(source: bytes | Path) -> float:
    """The share of the picture that changes, 0 … 1."""
    frames = _frames(source)
    still = next(frames, None)
    if still is None:
        return 0.0
    darkest = brightest = still
    for frame in frames:
        darkest, brightest = np.minimum(darkest, frame), np.maximum(brightest, frame)
    return float((brightest - darkest >= _MOVES).mean())


def _frames(source: bytes | Path) -> Iterator[Floats]:
    """The frames of an animation, small and gray; none of a still picture.

    They end early where one is damaged, as they do in browsers.
    """
    with opened(source) as (name, image):
        if name in ANIMATED:
            with suppress(InvalidImage), decode.refusing():
                yield from _decoded(image)


def _decoded(image: ImageFile.ImageFile) -> Iterator[Floats]:
    if not getattr(image, "is_animated", False):
        return
    # An APNG may begin with a picture for those who show no animations.
    first = int(bool(getattr(image, "default_image", False)))
    for index in range(first, first + min(_FRAMES, _PIXELS // (image.width * image.height))):
        image.seek(index)
        gray = decode.to_rgb(image).convert("L").resize(_SIZE, Image.Resampling.BOX)
        yield np.asarray(gray, dtype=np.float32)
