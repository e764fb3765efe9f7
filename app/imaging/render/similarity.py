"""Structural similarity of two pictures.

Z. Wang, A. C. Bovik, H. R. Sheikh, E. P. Simoncelli: "Image quality assessment: from error
visibility to structural similarity", IEEE Transactions on Image Processing 13(4), 2004, equation
13, with a uniform window of 7 × 7 pixels, the unbiased covariance, K1 = 0.01 and K2 = 0.03.
Windows lie wholly inside the picture.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

#: Side of the window, and the least side of what can be compared.
WINDOW = 7

_PIXELS = WINDOW * WINDOW
_C1 = (0.01 * 255) ** 2
_C2 = (0.03 * 255) ** 2

Floats = NDArray[np.float32]


class Reference:
    """What others are compared with; its own sums are made once.

    Args:
        luma: uint8 (…, height, width), both at least :data:`WINDOW`; leading axes are separate
            pictures whose windows do not mix.
    """

    def __init__(self, luma: NDArray[np.uint8]) -> None:
        self._values = luma.astype(np.float32)
        self._sum = _window_sums(self._values)
        self._variance = _scatter(self._values * self._values, self._sum * self._sum)

    def ssim(self, luma: NDArray[np.uint8]) -> float:
        """Mean structural similarity with a picture of the same shape, 1 for the same picture."""
        values = luma.astype(np.float32)
        total = _window_sums(values)
        product = self._sum * total
        squares = self._sum * self._sum + total * total
        covariance = _scatter(self._values * values, product)
        variances = self._variance + _scatter(values * values, total * total)
        scale = np.float32(1 / _PIXELS**2)
        luminance = (2 * scale * product + _C1) / (scale * squares + _C1)
        structure = (2 * covariance + _C2) / (variances + _C2)
        return float(np.mean(luminance * structure, dtype=np.float64))


def _scatter(products: Floats, product_of_sums: Floats) -> Floats:
    """Sample covariance in every window.

    The sums are whole numbers below 2²⁴, which float32 holds exactly; what is subtracted is not,
    and its error (at most 0.5 of 255²) is far below the constant that it is compared with.
    """
    result = _window_sums(products)
    result -= product_of_sums * np.float32(1 / _PIXELS)
    result *= np.float32(1 / (_PIXELS - 1))
    return result


def _window_sums(values: Floats) -> Floats:
    """Sum over every window, along the last two axes."""
    rows = _sums_of_seven(values, values.ndim - 2)
    return _sums_of_seven(rows, values.ndim - 1)


def _sums_of_seven(values: Floats, axis: int) -> Floats:
    """Sums of seven neighbours as 4 + 2 + 1: four additions instead of six."""
    count = values.shape[axis]

    def part(array: Floats, start: int, length: int) -> Floats:
        index: list[Any] = [slice(None)] * array.ndim
        index[axis] = slice(start, start + length)
        view: Floats = array[tuple(index)]
        return view

    two = part(values, 0, count - 1) + part(values, 1, count - 1)
    four = part(two, 0, count - 3) + part(two, 2, count - 3)
    seven = part(four, 0, count - 6) + part(two, 4, count - 6)
    seven += part(values, 6, count - 6)
    return seven
