"""Where overlays and underlays go on a picture, and how it grows to hold them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from PIL import Image

from app.domain.errors import BadRequest
from app.domain.geometry import anchor, round_half_up
from app.domain.rendering import RenderLimits
from app.domain.transformation.steps import Gravity, Placement
from app.imaging.render.blending import Point, blend, masked
from app.imaging.render.picture import Area, Picture

#: Left, top, right and lower edge in whole pixels.
_Box = tuple[int, int, int, int]

#: Modes that change the picture's own pixels: the layer itself is not seen, so it needs no room.
_UNSEEN = frozenset({"mask", "cut_out", "displace"})

#: Gravities that follow something that is known of the picture.
_FOLLOWING = frozenset({"face", "faces", "custom"})


def place(
    base: Picture,
    layer: Picture,
    placement: Placement,
    limits: RenderLimits,
    area: Area | None = None,
) -> Picture:
    """Put a layer on a picture, or under it.

    A layer that sticks out enlarges the picture, transparent where neither is, unless
    ``no_overflow`` or ``tiled`` is set. A gravity that follows regions puts one layer on each
    of them (``face``: on the largest face), and none if there are none, as documented; ``auto``
    and objects mean the centre. A still layer goes on every frame of an animation; an animated
    one makes a still picture an animation; of two, the picture's frames count.

    Args:
        base, layer: at their full sizes.
        area: put the layer on the middle of this area instead, one of :func:`regions`.

    Returns:
        ``RGB`` if every pixel is opaque. Regions of interest are the base's, moved along.

    Raises:
        BadRequest: the result is beyond a limit, the blend mode or its arguments are unknown, or
            ``disallow_overflow`` is set and the layer sticks out.
    """
    layer, spots = _located(base, layer, placement, area)
    if not spots:
        return base
    box = _canvas(base, layer, placement, spots)
    _check(box, base, layer, limits)
    size = (box[2] - box[0], box[3] - box[1])
    origin = (-box[0], -box[1])
    spots = [(x + origin[0], y + origin[1]) for x, y in spots]
    frames = [
        _composed(frame, other, size, origin, spots, placement)
        for frame, other in _paired(base, layer)
    ]
    return _result(base, layer, frames, origin)


def cut(base: Picture, layer: Picture, placement: Placement, area: Area | None = None) -> Picture:
    """``fl_cutter``: only what lies under the layer's opaque pixels stays of a picture.

    The layer is placed as by :func:`place`; the picture keeps its size, transparent elsewhere.

    Args:
        area: see :func:`place`.
    """
    layer, spots = _located(base, layer, placement, area)
    if not spots:
        return base
    frames = [
        masked(frame, _spread(other, base.size, spots), (0, 0))
        for frame, other in _paired(base, layer)
    ]
    return _result(base, layer, frames, (0, 0))


def regions(picture: Picture, gravity: Gravity) -> tuple[Area, ...]:
    """What of a picture a gravity follows; nothing for compass points and for what is unknown.

    Those of an animation but ``custom`` do not count, as documented: they are the first frame's.
    """
    for name in gravity.names:
        if name == "custom" and picture.custom:
            return picture.custom
        if name in ("face", "faces") and picture.faces and len(picture.frames) == 1:
            return picture.faces if name == "faces" else picture.faces[:1]
    return ()


def _composed(
    frame: Image.Image,
    other: Image.Image,
    size: tuple[int, int],
    origin: Point,
    spots: list[Point],
    placement: Placement,
) -> Image.Image:
    """One frame of the result: the base's at the origin, the layer's at its spots."""
    mode, arguments = placement.blend, placement.arguments
    shift = (placement.x, placement.y)
    if placement.under:
        return blend(_spread(other, size, spots), frame, origin, mode, arguments, shift)
    result = _spread(frame, size, [origin])
    for spot in spots:
        result = blend(result, other, spot, mode, arguments, shift)
    return result


def _located(
    base: Picture, layer: Picture, placement: Placement, area: Area | None
) -> tuple[Picture, list[Point]]:
    """A layer, tiled if it has to be, and where its upper left corners go."""
    if not (math.isfinite(placement.x) and math.isfinite(placement.y)):
        raise BadRequest("Invalid layer offset")
    spots = _spots(base, layer, placement, area)
    if placement.tiled and spots:
        tiled = layer.each(lambda frame: _tiled(frame, base.size, spots[0]))
        return tiled, [(0, 0)]
    return layer, spots


def _spots(base: Picture, layer: Picture, placement: Placement, area: Area | None) -> list[Point]:
    gravity, offset = placement.gravity, (placement.x, placement.y)
    if placement.blend == "displace":
        # There x and y say how far pixels move, not where the map lies.
        offset = (0.0, 0.0)
    areas = (area,) if area else regions(base, gravity)
    name = gravity.names[-1]
    if not areas and name == "xy_center":
        areas, offset = ((*offset, *offset),), (0.0, 0.0)
    if areas:
        return [_centred(layer.size, each, offset) for each in areas]
    if gravity.names[0] in _FOLLOWING:
        if len(base.frames) == 1 or gravity.names[0] == "custom":
            return []
        name = "center"
    if name == "auto":
        name = "center"
    if placement.under:
        # The gravity says where the picture lies on its underlay.
        left, top = anchor(layer.size, base.size, name, *offset)
        return [(-left, -top)]
    return [anchor(base.size, layer.size, name, *offset)]


def _centred(size: tuple[int, int], area: Area, offset: tuple[float, float]) -> Point:
    left = (area[0] + area[2] - size[0]) / 2 + offset[0]
    top = (area[1] + area[3] - size[1]) / 2 + offset[1]
    return round_half_up(left), round_half_up(top)


def _tiled(image: Image.Image, size: tuple[int, int], start: Point) -> Image.Image:
    """An image repeated in all directions from a place on, cut to a size."""
    columns = (np.arange(size[0]) - start[0]) % image.width
    rows = (np.arange(size[1]) - start[1]) % image.height
    return Image.fromarray(np.asarray(image)[np.ix_(rows, columns)])


def _canvas(base: Picture, layer: Picture, placement: Placement, spots: list[Point]) -> _Box:
    """What the result shows, in the base's coordinates."""
    width, height = layer.size
    own = (0, 0, *base.size)
    if placement.no_overflow or placement.blend in _UNSEEN:
        return own
    corners = [(x, y, x + width, y + height) for x, y in spots]
    lefts, tops, rights, lowers = zip(own, *corners, strict=True)
    box = (min(lefts), min(tops), max(rights), max(lowers))
    if placement.disallow_overflow and box != own:
        raise BadRequest("The layer does not fit into the image")
    return box


def _check(box: _Box, base: Picture, layer: Picture, limits: RenderLimits) -> None:
    width, height = box[2] - box[0], box[3] - box[1]
    frames = len(base.frames) if len(base.frames) > 1 else len(layer.frames)
    if max(width, height) > limits.side or width * height > limits.pixels_out:
        raise BadRequest(f"The layer makes the image too large: {width}x{height}")
    if frames > 1 and (frames > limits.frames or width * height * frames > limits.frame_pixels):
        raise BadRequest(f"The layer makes the animation too large: {frames} frames")


def _paired(base: Picture, layer: Picture) -> Iterable[tuple[Image.Image, Image.Image]]:
    """The frames of the result, each with the layer's frame that belongs to it."""
    if len(base.frames) == 1:
        return ((base.frames[0], frame) for frame in layer.frames)
    count = len(layer.frames)
    return ((frame, layer.frames[index % count]) for index, frame in enumerate(base.frames))


def _spread(image: Image.Image, size: tuple[int, int], spots: list[Point]) -> Image.Image:
    """An image at places of a transparent canvas; itself if it covers just that."""
    if image.size == size and spots == [(0, 0)]:
        return image
    canvas = Image.new("RGBA", size, (0, 0, 0, 0))
    for spot in spots:
        canvas = blend(canvas, image, spot)
    return canvas


def _result(base: Picture, layer: Picture, frames: list[Image.Image], moved: Point) -> Picture:
    """The base with new frames, its regions moved with it."""
    if all(frame.mode == "RGBA" for frame in frames):
        if all(frame.getchannel("A").getextrema() == (255, 255) for frame in frames):
            frames = [frame.convert("RGB") for frame in frames]
    elif any(frame.mode == "RGBA" for frame in frames):
        frames = [frame.convert("RGBA") for frame in frames]
    timed = base if len(base.frames) > 1 else layer

    def move(areas: tuple[Area, ...]) -> tuple[Area, ...]:
        across, down = moved
        return tuple((a + across, b + down, c + across, d + down) for a, b, c, d in areas)

    return replace(
        base,
        frames=tuple(frames),
        durations=timed.durations,
        loop=timed.loop,
        faces=move(base.faces),
        custom=move(base.custom),
    )
