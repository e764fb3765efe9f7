"""The colours of a picture, as codes and as names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
from PIL import Image

from app.imaging.analysis.perception import Bytes, oklab
from app.imaging.analysis.samples import Sample

#: Most colours that are told of a picture.
MOST = 32

#: Percent of the picture below which a name is not worth telling.
_LEAST = 1.0

#: How much a distance in lightness counts: hue and chroma tell names apart, lightness less so.
_LIGHTNESS = 0.5

#: Red, green and blue.
Colour: TypeAlias = tuple[int, int, int]

#: A name's prototypes as sRGB: a colour is called as the nearest of all.
Names: TypeAlias = Mapping[str, tuple[str, ...]]

#: The twelve names of Google's filter for the dominant colour of images.
GOOGLE: Names = {
    "red": ("e61e1e", "b41414", "781414"),
    "orange": ("ff8c00", "f0641e", "ffaa5a"),
    "yellow": ("ffeb14", "e6c814", "fff08c"),
    "green": ("28a028", "78c83c", "1e5a1e", "8cbe8c", "556b2f"),
    "teal": ("148c8c", "28c8c8", "0f5050", "82d2d2"),
    "blue": ("1e50dc", "14288c", "5aa0f0", "87b9e6", "4678aa", "2d3e64", "add2eb"),
    "purple": ("8228b4", "501464", "aa78d2", "c800c8"),
    "pink": ("ff78b4", "f01e8c", "ffbed2"),
    "white": ("ffffff", "f0f0f0"),
    "gray": ("a0a0a0", "6e6e6e", "d2d2d2"),
    "black": ("000000", "1e1e1e", "323232"),
    "brown": ("8c5a28", "5a3719", "aa7d50", "be9b78", "3c281e"),
}

#: The same with the shades apart that the real service has names for. Its list is not published:
#: these are the names that its examples show, called as in CSS.
CLOUDINARY: Names = {
    **GOOGLE,
    "green": ("28a028", "1e5a1e", "8cbe8c", "0a7828"),
    "lime": ("64ff00", "a0eb3c", "00ff00"),
    "olive": ("808000", "556b2f", "968c3c", "6e6428"),
    "teal": ("148c8c", "0f5050"),
    "cyan": ("00ffff", "28c8c8", "82d2d2"),
    "blue": ("1e50dc", "14288c", "4678aa", "2878d2", "2d3e64"),
    "lightblue": ("add8e6", "87b9e6", "a0c8f0", "5aaaf0"),
    "purple": ("8228b4", "501464", "aa78d2"),
    "magenta": ("ff00ff", "c800c8", "dc28a0"),
    "pink": ("ff78b4", "ffbed2", "f5a0b4"),
}

_PALETTES = {"google": GOOGLE, "cloudinary": CLOUDINARY}


def palette(colours: Bytes, most: int = MOST) -> list[tuple[Colour, float]]:
    """The colours that stand for a picture best, and the share of it that each stands for.

    Args:
        colours: uint8 (pixels, 3).

    Returns:
        At most ``most`` by descending share; the shares are 0 … 1 and add up to 1. Empty if
        there are no pixels.
    """
    if not len(colours):
        return []
    row = Image.fromarray(colours[np.newaxis])
    reduced = row.quantize(most, Image.Quantize.MEDIANCUT)
    codes = np.asarray(reduced.getpalette("RGB"), dtype=np.uint8).reshape(-1, 3)
    # Two boxes may have the same middle.
    distinct, inverse = np.unique(codes, axis=0, return_inverse=True)
    pixels = np.bincount(inverse.ravel()[np.asarray(reduced).ravel()], minlength=len(distinct))
    order = np.argsort(-pixels, kind="stable")
    shares = pixels / len(colours)
    return [
        ((int(code[0]), int(code[1]), int(code[2])), float(share))
        for code, share in zip(distinct[order], shares[order], strict=True)
        if share > 0
    ]


def hexadecimal(colour: Colour) -> str:
    """A colour as replies have it: ``#0A1B2C``."""
    return "#" + bytes(colour).hex().upper()


def analyse(sample: Sample) -> dict[str, Any]:
    """``colors`` and ``predominant`` of replies; what is transparent has no colour.

    Shares are percentages with one decimal; what rounds to nothing is left out, and so are names
    for less than a hundredth of the picture.
    """
    found = palette(sample.colours())
    colours = [[hexadecimal(colour), round(100 * share, 1)] for colour, share in found]
    return {
        "colors": [entry for entry in colours if entry[1]],
        "predominant": {name: _named(found, names) for name, names in _PALETTES.items()},
    }


def _named(found: Sequence[tuple[Colour, float]], names: Names) -> list[list[str | float]]:
    prototypes = [(name, bytes.fromhex(code)) for name, codes in names.items() for code in codes]
    points = oklab(np.array([tuple(code) for _, code in prototypes], np.uint8))
    totals: dict[str, float] = {}
    for colour, share in found:
        distance = oklab(np.array(colour, np.uint8)) - points
        nearest = int(((distance * (_LIGHTNESS, 1, 1)) ** 2).sum(axis=-1).argmin())
        name = prototypes[nearest][0]
        totals[name] = totals.get(name, 0) + 100 * share
    listed = sorted(totals.items(), key=lambda item: -item[1])
    return [[name, round(total, 1)] for name, total in listed if total >= _LEAST]
