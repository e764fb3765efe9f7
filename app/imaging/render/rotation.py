"""Turning and mirroring pictures."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from PIL import Image

from app.domain.errors import BadRequest
from app.domain.geometry import Area, union
from app.domain.rendering import RenderLimits
from app.domain.transformation.steps import Background
from app.imaging.render.picture import Picture
from app.imaging.render.resizing import check_size, settled

#: Quarter turns clockwise; Pillow counts the other way.
_QUARTERS = {
    90: Image.Transpose.ROTATE_270,
    180: Image.Transpose.ROTATE_180,
    270: Image.Transpose.ROTATE_90,
}

_MIRRORS = {
    "hflip": Image.Transpose.FLIP_LEFT_RIGHT,
    "vflip": Image.Transpose.FLIP_TOP_BOTTOM,
}

#: Quarter turns that are made only if the picture lies the other way than it should.
_IF_NEEDED = {"auto_right": 90, "auto_left": 270}

#: Floating point's errors in a size, in pixels.
_SLACK = 1e-6


def rotate(
    picture: Picture,
    turns: Sequence[tuple[str, float]],
    background: Background | None = None,
    wanted: tuple[int, int] | None = None,
    limits: RenderLimits | None = None,
) -> Picture:
    """Turn a picture, one turn after the other.

    Multiples of 90° move pixels and change none. Other angles enlarge the canvas until the whole
    picture fits; its corners show an opaque colour if the background is one, else nothing.

    Args:
        turns: kind and degrees clockwise: ``angle``, ``hflip``, ``vflip``; ``auto_right`` and
            ``auto_left`` turn by 90° if the picture is upright where ``wanted`` is level, or
            the other way round. ``exif`` and ``ignore`` were done when the source was read.
        wanted: width and height that were asked for; without them nothing is turned by
            ``auto_right`` and ``auto_left``.

    Raises:
        BadRequest: an angle is none, or the canvas grows beyond a limit.
    """
    picture = settled(picture)
    for kind, degrees in turns:
        if kind in _MIRRORS:
            picture = _transposed(picture, _MIRRORS[kind])
        elif kind == "angle":
            picture = _turned(picture, degrees % 360, background, limits or RenderLimits())
        elif kind in _IF_NEEDED and wanted and _lies_across(picture.size, wanted):
            picture = _transposed(picture, _QUARTERS[_IF_NEEDED[kind]])
    return picture


def _lies_across(size: tuple[int, int], wanted: tuple[int, int]) -> bool:
    """Whether one is upright and the other one level; a square is neither."""
    return (size[0] - size[1]) * (wanted[0] - wanted[1]) < 0


def _turned(
    picture: Picture, degrees: float, background: Background | None, limits: RenderLimits
) -> Picture:
    if not math.isfinite(degrees):
        raise BadRequest(f"Invalid angle - {degrees}")
    if degrees == 0:
        return picture
    if degrees in _QUARTERS:
        return _transposed(picture, _QUARTERS[int(degrees)])
    turn = _Turn(picture.size, degrees)
    check_size(*turn.canvas, len(picture.frames), limits)
    frames = tuple(turn.frame(frame) for frame in picture.frames)
    if background and background.kind == "colour" and background.colour.alpha == 255:
        colour = background.colour
        behind = Image.new("RGBA", turn.canvas, (colour.red, colour.green, colour.blue))
        frames = tuple(Image.alpha_composite(behind, frame).convert("RGB") for frame in frames)
    return replace(
        picture,
        frames=frames,
        faces=tuple(map(turn.area, picture.faces)),
        custom=tuple(map(turn.area, picture.custom)),
    )


class _Turn:
    """A turn by any angle around the middle, on a canvas that holds the whole picture.

    Attributes:
        canvas: width and height in pixels.
    """

    def __init__(self, size: tuple[int, int], degrees: float) -> None:
        self._size = size
        angle = math.radians(degrees)
        self._cos, self._sin = math.cos(angle), math.sin(angle)
        cos, sin = abs(self._cos), abs(self._sin)
        self.canvas = (
            math.ceil(size[0] * cos + size[1] * sin - _SLACK),
            math.ceil(size[0] * sin + size[1] * cos - _SLACK),
        )

    def frame(self, image: Image.Image) -> Image.Image:
        """The frame turned, RGBA."""
        # A transparent rim lets the edges fade out over a pixel instead of ending in steps.
        rimmed = Image.new("RGBa", (image.width + 2, image.height + 2))
        rimmed.paste(image.convert("RGBA").convert("RGBa"), (1, 1))
        middle_x, middle_y = self.canvas[0] / 2, self.canvas[1] / 2
        cos, sin = self._cos, self._sin
        # From a point of the canvas back to one of the frame.
        matrix = (
            cos,
            sin,
            rimmed.width / 2 - cos * middle_x - sin * middle_y,
            -sin,
            cos,
            rimmed.height / 2 + sin * middle_x - cos * middle_y,
        )
        turned = rimmed.transform(
            self.canvas, Image.Transform.AFFINE, matrix, Image.Resampling.BICUBIC
        )
        return turned.convert("RGBA")

    def area(self, area: Area) -> Area:
        """The upright rectangle around an area that has been turned."""
        corners = [self._point(x, y) for x in (area[0], area[2]) for y in (area[1], area[3])]
        return union([(x, y, x, y) for x, y in corners])

    def _point(self, x: float, y: float) -> tuple[float, float]:
        across, down = x - self._size[0] / 2, y - self._size[1] / 2
        return (
            self.canvas[0] / 2 + across * self._cos - down * self._sin,
            self.canvas[1] / 2 + across * self._sin + down * self._cos,
        )


def _transposed(picture: Picture, method: Image.Transpose) -> Picture:
    width, height = picture.size

    def move(area: Area) -> Area:
        left, top, right, bottom = area
        match method:
            case Image.Transpose.FLIP_LEFT_RIGHT:
                return width - right, top, width - left, bottom
            case Image.Transpose.FLIP_TOP_BOTTOM:
                return left, height - bottom, right, height - top
            case Image.Transpose.ROTATE_180:
                return width - right, height - bottom, width - left, height - top
            case Image.Transpose.ROTATE_270:
                return height - bottom, left, height - top, right
            case _:
                return top, width - right, bottom, width - left

    moved = picture.each(lambda frame: frame.transpose(method))
    return replace(
        moved, faces=tuple(map(move, picture.faces)), custom=tuple(map(move, picture.custom))
    )
