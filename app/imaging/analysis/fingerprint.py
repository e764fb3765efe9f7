"""A perceptual hash: 64 bits that stay when a picture is resized, recompressed or converted.

The hash of C. Zauner, "Implementation and Benchmarking of Perceptual Image Hash Functions", 2010,
chapter 3.2.1: the signs, about their median, of the lowest frequencies of a small gray copy.
"""

from __future__ import annotations

import numpy as np
from PIL import Image

from app.domain.images import InputSpec, Pixels
from app.imaging.analysis.perception import Floats

#: Side of the gray copy, in pixels.
_SIDE = 32

#: Frequencies along each side; the constant and the pure rows and columns, which depend on
#: brightness and on vignettes, are left out.
_LOWEST, _COUNT = 1, 8

#: What the hash is made of: the whole picture, whatever its proportions. It is larger than the
#: copy so that JPEGs are not decoded at an eighth of a size that eight does not divide: their
#: last row and column stand for less than the others then, which moves everything.
VIEW = InputSpec(size=4 * _SIDE, resample="bilinear", fit="squash")

#: Coefficients below this, in levels of gray, are rounding and not part of the picture: all
#: pictures of one colour have the same hash.
_NOISE = 2.0


def _cosines() -> Floats:
    """The rows of an orthonormal discrete cosine transform of type II that are looked at."""
    frequencies = np.arange(_LOWEST, _LOWEST + _COUNT)[:, np.newaxis]
    places = 2 * np.arange(_SIDE) + 1
    waves: Floats = np.sqrt(2 / _SIDE) * np.cos(np.pi * frequencies * places / (2 * _SIDE))
    return waves


_COSINES = _cosines()


def phash(view: Pixels) -> str:
    """The hash, 16 hexadecimal digits.

    Args:
        view: uint8 (1, 128, 128, 3) as :data:`VIEW` describes.
    """
    copy = Image.fromarray(view[0]).convert("L").reduce(VIEW.size // _SIDE)
    gray = np.asarray(copy, dtype=np.float64)
    waves = _COSINES @ gray @ _COSINES.T
    waves[np.abs(waves) < _NOISE] = 0
    bits = (waves > np.median(waves)).ravel()
    return np.packbits(bits).tobytes().hex()
