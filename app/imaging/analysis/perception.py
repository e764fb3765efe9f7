"""Colours as they are seen, by everybody and with a pigment missing, and scores of measures."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Bytes: TypeAlias = NDArray[np.uint8]
Floats: TypeAlias = NDArray[np.floating[Any]]

#: Linear light, 0 … 1, of each sRGB value (IEC 61966-2-1).
_VALUES = np.arange(256) / 255
_LINEAR = np.where(_VALUES <= 0.04045, _VALUES / 12.92, ((_VALUES + 0.055) / 1.055) ** 2.4).astype(
    np.float32
)

#: Linear sRGB to the responses of the three cones, and their cube roots to lightness and the two
#: opponent colours: B. Ottosson, "A perceptual color space for image processing", 2020.
_TO_CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ],
    np.float32,
)
_TO_OKLAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ],
    np.float32,
)

#: Linear sRGB as it is seen without the long or the medium cones: F. Viénot, H. Brettel, J. D.
#: Mollon, "Digital video colourmaps for checking the legibility of displays by dichromats",
#: Color Research and Application 24(4), 1999, for the primaries of sRGB. These two are nearly
#: all of colour blindness; missing short cones, one person in 10,000, are left out.
DICHROMACIES: dict[str, Floats] = {
    "protanopia": np.array(
        [[0.11238, 0.88762, 0.0], [0.11238, 0.88762, 0.0], [0.00401, -0.00401, 1.0]], np.float32
    ),
    "deuteranopia": np.array(
        [[0.29275, 0.70725, 0.0], [0.29275, 0.70725, 0.0], [-0.02234, 0.02234, 1.0]], np.float32
    ),
}


def oklab(rgb: Bytes, dichromacy: str = "") -> Floats:
    """sRGB colours in OKLab, whose distances are those of perception.

    Args:
        rgb: uint8 (…, 3).
        dichromacy: one of :data:`DICHROMACIES`; empty for usual colour vision.

    Returns:
        float32 (…, 3): lightness 0 … 1, green to red and blue to yellow, each about -0.4 … 0.4.
    """
    linear = _LINEAR[rgb]
    if dichromacy:
        linear = np.clip(linear @ DICHROMACIES[dichromacy].T, 0, 1)
    seen: Floats = np.cbrt(linear @ _TO_CONES.T) @ _TO_OKLAB.T
    return seen


def ramp(value: float, low: float, high: float) -> float:
    """0 up to ``low``, 1 from ``high`` on, a straight line between; ``low`` may be the larger."""
    return min(1.0, max(0.0, (value - low) / (high - low)))
