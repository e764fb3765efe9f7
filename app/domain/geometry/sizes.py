"""What size is asked for: missing sides, aspect ratios and scales.

Ratios of whole numbers are kept exact, so that half a pixel is always rounded up.
"""

from __future__ import annotations

import math
from fractions import Fraction

from app.domain.errors import BadRequest
from app.domain.geometry.placing import Size, round_half_up
from app.domain.transformation.steps import Resize

#: Longest side that can be asked for; what may be rendered is bounded far below.
MAX_SIDE = 1_000_000

#: Modes for which an aspect ratio alone means a canvas around the source.
_PADDING = frozenset({"pad", "lpad", "mpad", "fill_pad", "auto_pad"})


def check(resize: Resize) -> None:
    """Refuse what no picture can be resized to.

    Raises:
        BadRequest: a number is out of range.
    """
    for name, side in (("width", resize.width), ("height", resize.height)):
        if side is not None and not 1 <= side <= MAX_SIDE:
            raise BadRequest(f"Invalid {name} - {side}")
    if resize.aspect is not None and not 1 / MAX_SIDE <= resize.aspect <= MAX_SIDE:
        raise BadRequest(f"Invalid aspect ratio - {resize.aspect}")
    for name, offset in (("x", resize.x), ("y", resize.y)):
        if offset is not None and not math.isfinite(offset):
            raise BadRequest(f"Invalid {name} - {offset}")
    if resize.zoom is not None and not 0 < resize.zoom < math.inf:
        raise BadRequest(f"Invalid zoom - {resize.zoom}")


def unsized(resize: Resize) -> bool:
    """Whether neither a side nor an aspect ratio is asked for."""
    return resize.width is None and resize.height is None and resize.aspect is None


def sides(source: Size, resize: Resize, keep_missing: bool = False) -> Size:
    """The asked width and height, with what is missing of them.

    Args:
        keep_missing: whether a missing side is the source's, not one in proportion.
    """
    width, height = resize.width, resize.height
    if width is not None and height is not None:
        return width, height
    if resize.aspect is not None:
        return _by_aspect(source, resize, resize.aspect)
    if width is not None:
        return width, source[1] if keep_missing else _rounded(Fraction(width, source[0]), source[1])
    if height is not None:
        return source[0] if keep_missing else _rounded(
            Fraction(height, source[1]), source[0]
        ), height
    return source


def _by_aspect(source: Size, resize: Resize, aspect: float) -> Size:
    """The size by one side, or by the source: as large as it allows, or around it."""
    width, height = resize.width, resize.height
    if width is None and height is None:
        height_decides = (source[0] > source[1] * aspect) != (resize.mode in _PADDING)
        width, height = (None, source[1]) if height_decides else (source[0], None)
    if width is not None:
        return width, max(1, round_half_up(width / aspect))
    assert height is not None  # noqa: S101 - one of both is there
    return max(1, round_half_up(height * aspect)), height


def fitting(source: Size, resize: Resize) -> Fraction:
    """The largest scale at which the source fits into the asked size.

    If a single side is asked for, it decides, whatever the other one was rounded to.
    """
    width, height = resize.width, resize.height
    if resize.aspect is not None and (width is None or height is None):
        width, height = sides(source, resize)
    scales = [
        Fraction(asked, side)
        for asked, side in zip((width, height), source, strict=True)
        if asked is not None
    ]
    return min(scales, default=Fraction(1))


def filling(source: Size, size: Size) -> Fraction:
    """The smallest scale at which the source covers a size."""
    return max(Fraction(size[0], source[0]), Fraction(size[1], source[1]))


def scaled(source: Size, scale: Fraction) -> Size:
    """The source's size at a scale, at least one pixel."""
    return _rounded(scale, source[0]), _rounded(scale, source[1])


def _rounded(scale: Fraction, side: int) -> int:
    return max(1, round_half_up(scale * side))
