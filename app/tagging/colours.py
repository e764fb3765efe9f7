"""Colour names and the colour of the sky, from a small view of the whole picture."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from app.domain.images import InputSpec, Pixels
from app.tagging.engine import Floats

#: What this file looks at: the whole picture, whatever its proportions. 4,096 pixels of it are a
#: sample that is large enough for shares; averaging all of them costs a millisecond.
VIEW = InputSpec(size=64, resample="nearest", fit="squash")

#: Prototypes of colour names as sRGB. Several for a name where people use it widely. Gray, black,
#: white, beige and brown are there to lose pixels to: only the others are worth a tag.
PROTOTYPES: dict[str, tuple[str, ...]] = {
    "red": ("c81e1e", "8c1414", "e6463c"),
    "orange": ("f08214", "dc6414"),
    "yellow": ("f5dc1e", "d7b41e"),
    "green": ("2e8b32", "78b43c", "195a1e", "5a8c46"),
    "turquoise": ("28b4b4", "14828c"),
    "blue": ("1e50c8", "14286e", "5aa0e6", "3278b4", "87ceeb"),
    "purple": ("7832a0", "a064c8", "4b1e5a"),
    "pink": ("f082b4", "e1328c", "f5b4c8"),
    "brown": ("784b28", "a06e46", "50321e"),
    "beige": ("d7c8a5", "b4a078"),
    "white": ("f5f5f5",),
    "gray": ("a0a0a0", "696969", "c8c8c8"),
    "black": ("141414", "323232"),
}

#: Names that become tags, with their WordNet 3.0 synsets.
SYNSETS = {
    "red": "n04962784",
    "orange": "n04965179",
    "yellow": "n04965661",
    "green": "n04967191",
    "turquoise": "n04969798",
    "blue": "n04968895",
    "purple": "n04970059",
    "pink": "n04970916",
}

#: Where a colour word comes from (see :class:`app.domain.categories.Category`).
SOURCE = "colours 1.0.0"

#: A colour is named when it takes at least this share of the picture.
DOMINANT = 0.35

#: Pixels with less chroma than this (CIELAB) have no colour worth a name.
_LEAST_CHROMA = 18.0


def to_lab(pixels: NDArray[np.uint8]) -> Floats:
    """CIELAB (D65) of sRGB pixels of shape (…, 3): IEC 61966-2-1 and CIE 15."""
    linear = _LINEAR[pixels]
    xyz = linear @ _TO_XYZ.T / _WHITE
    cubic = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    x, y, z = cubic[..., 0], cubic[..., 1], cubic[..., 2]
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


_VALUES = np.arange(256) / 255
_LINEAR = np.where(_VALUES <= 0.04045, _VALUES / 12.92, ((_VALUES + 0.055) / 1.055) ** 2.4)
_TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
_WHITE = np.array([0.95047, 1.0, 1.08883])

_NAMES = tuple(name for name, codes in PROTOTYPES.items() for _ in codes)
_POINTS = to_lab(
    np.array(
        [[int(code[i : i + 2], 16) for i in (0, 2, 4)] for c in PROTOTYPES.values() for code in c],
        np.uint8,
    )
)


def _centre_weights(side: int) -> Floats:
    """The middle counts four times as much as the corners; the sum is 1."""
    along = np.linspace(-1.0, 1.0, side)
    distance = np.minimum(1.0, np.hypot(along[:, None], along[None, :]))
    weights = 1.0 - 0.75 * distance
    return np.asarray(weights / weights.sum())


_WEIGHTS = _centre_weights(VIEW.size)


def _name_table() -> NDArray[np.uint8]:
    """For each colour of five bits a channel the number of its nearest prototype.

    What has too little chroma for a name gets the number after the last. Lightness tells colours
    apart less than hue does: half its distance.
    """
    middles = (np.arange(32, dtype=np.uint8) << 3) + 4
    cube = np.stack(np.meshgrid(middles, middles, middles, indexing="ij"), axis=-1)
    lab = to_lab(cube.reshape(-1, 3))
    distance = np.stack([((lab - point) ** 2 * (0.25, 1.0, 1.0)).sum(axis=-1) for point in _POINTS])
    nearest: NDArray[np.uint8] = distance.argmin(axis=0).astype(np.uint8)
    nearest[np.hypot(lab[:, 1], lab[:, 2]) < _LEAST_CHROMA] = len(_NAMES)
    return nearest


_TABLE = _name_table()


def colour_shares(view: Pixels) -> dict[str, float]:
    """The share of the picture that each chromatic colour takes, the middle counting more.

    Args:
        view: uint8 (1, height, width, 3) as :data:`VIEW` describes.
    """
    bits = (view[0] >> 3).astype(np.intp)
    nearest = _TABLE[(bits[..., 0] << 10) | (bits[..., 1] << 5) | bits[..., 2]]
    weights = _WEIGHTS if view.shape[1] == VIEW.size else _centre_weights(view.shape[1])
    totals = np.bincount(nearest.ravel(), weights.ravel(), len(_NAMES) + 1)
    shares: dict[str, float] = {}
    for name, total in zip(_NAMES, totals.tolist(), strict=False):
        if name in SYNSETS:
            shares[name] = shares.get(name, 0.0) + total
    return shares


def named(shares: dict[str, float]) -> dict[str, float]:
    """The colours that dominate, with their confidences.

    The confidence is the square root of the share: a colour over half of the picture is sure
    enough to be a tag at 0.7, one over a third at 0.6 only.
    """
    return {name: share**0.5 for name, share in shares.items() if share >= DOMINANT}


def sky_share(view: Pixels) -> float:
    """The share of the upper third that has a sky's colour: blue, or bright and nearly gray.

    Args:
        view: uint8 (1, height, width, 3) as :data:`VIEW` describes.
    """
    lab = to_lab(view[0, : view.shape[1] // 3])
    lightness, a, b = lab[..., 0], lab[..., 1], lab[..., 2]
    blue = (b < -4) & (a < 12) & (lightness > 35)
    bright = (np.hypot(a, b) < 12) & (lightness > 72)
    return float((blue | bright).mean())
