"""Resizing pictures: layouts of :mod:`app.domain.geometry` carried out with Pillow."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from PIL import Image

from app.domain.errors import BadRequest
from app.domain.geometry import CENTER, Area, Focus, Layout, Region, layout, round_half_up, scaled
from app.domain.rendering import RenderLimits
from app.domain.transformation.steps import Background, Resize
from app.imaging.render import backgrounds, gravity
from app.imaging.render.picture import Picture

#: How much larger than its result a reduced JPEG has to be decoded. Measured on ten photos at
#: nine sizes, against the same resize of the full picture: structural similarity 0.993 on average
#: at 1, 0.996 at 1.25, 0.998 at 1.5. After JPEG at quality 80 a result loses 0.005 on average and
#: less than 0.01 in nine of ten cases at 1; at 1.5 never as much, but for more than half of all
#: sizes decoding and resizing then take two and a half times as long.
DETAIL = 1.0

#: A first reduction by whole factors may leave this much for the filter: half the time, and no
#: result came out less alike than 0.997.
_REDUCING_GAP = 2.0

#: Pixels in all by which a part may be larger or smaller than its result without being resampled.
_SAME = 0.3

#: Reductions up to here are done bicubically.
_NEARLY_SAME = 1.1

#: What libjpeg can divide both sides by while it decodes.
_JPEG_SCALES = (2, 4, 8)


def resize(
    picture: Picture, resize: Resize, background: Background | None, limits: RenderLimits
) -> Picture:
    """Resize a picture as a component asks for.

    Args:
        background: of the canvas where the mode pads; transparent without.

    Returns:
        All frames cut and scaled alike, regions moved along.

    Raises:
        BadRequest: nothing would be left, or the result is beyond a limit.
    """
    plan = layout(*picture.size, resize, gravity.focus(picture, resize), picture.faces)
    check_size(*plan.canvas, len(picture.frames), limits)
    return _carried_out(picture, plan, background)


def settled(picture: Picture) -> Picture:
    """The picture at its full size, where it was decoded reduced for a resize."""
    if picture.nominal is None:
        return picture
    width, height = picture.nominal
    whole = (0.0, 0.0, float(width), float(height))
    return _carried_out(picture, Layout(whole, (width, height), (width, height)), None)


def check_size(width: int, height: int, frames: int, limits: RenderLimits) -> None:
    """Refuse a result before memory is taken for it.

    Raises:
        BadRequest: it is beyond a limit.
    """
    for got, most, what in (
        (max(width, height), limits.side, "Image side"),
        (width * height, limits.pixels_out, "Image pixel count"),
        (
            width * height * frames if frames > 1 else 0,
            limits.frame_pixels,
            "Animation pixel count",
        ),
    ):
        if got > most:
            raise BadRequest(f"{what} is too large. Got {got}. Maximum is {most}.")


def needed(
    size: tuple[int, int], resize: Resize, regions: Sequence[Area] | None = None
) -> tuple[int, int] | None:
    """How large a JPEG has to be decoded for a resize that is the first to see it.

    Args:
        size: of the whole picture.
        regions: faces and custom areas in pixels of it; ``None`` if they are not known.

    Returns:
        Width and height that suffice; ``None`` if every pixel is needed.

    Raises:
        BadRequest: the resize is out of range.
    """
    looked_for = not gravity.REGIONS.isdisjoint(resize.gravity.names)
    if resize.mode == "crop" or (resize.mode == "thumb" and looked_for and regions is None):
        return None
    if resize.mode in ("fill_pad", "auto_pad"):
        # Whether it pads depends on where faces are; filling needs more.
        resize = replace(resize, mode="fill")
    candidates: list[Focus] = [CENTER]
    if looked_for:
        candidates += map(Region, gravity.visible(regions or (), size))
    scale = DETAIL * max(max(layout(*size, resize, focus).scale) for focus in candidates)
    if scale >= 1:
        return None
    return max(1, math.floor(size[0] * scale)), max(1, math.floor(size[1] * scale))


def _carried_out(picture: Picture, plan: Layout, background: Background | None) -> Picture:
    box = scaled(plan.box, *_frame_scale(picture))
    frames = tuple(
        _on_canvas(_scaled(frame, box, plan.size), plan, background) for frame in picture.frames
    )
    return replace(
        picture,
        frames=frames,
        faces=tuple(map(plan.moved, picture.faces)),
        custom=tuple(map(plan.moved, picture.custom)),
        nominal=None,
    )


def _frame_scale(picture: Picture) -> tuple[float, float]:
    """Pixels of the frames for one of the size that they stand for, across and down."""
    if picture.nominal is None:
        return 1.0, 1.0
    width, height = picture.nominal
    frame = picture.frames[0].size
    for scale in _JPEG_SCALES:
        # The last column and row of a reduced JPEG may stand for less than a whole pixel.
        if frame == (-(-width // scale), -(-height // scale)):
            return 1 / scale, 1 / scale
    return frame[0] / width, frame[1] / height


def _scaled(frame: Image.Image, box: Area, size: tuple[int, int]) -> Image.Image:
    """A part of a frame at another size."""
    left, top, right, bottom = box
    across, down = right - left, bottom - top
    if abs(across - size[0]) < _SAME and abs(down - size[1]) < _SAME:
        # Whole pixels stay as they are: half a pixel's shift would blur them, and a quarter of
        # one at the far end, as 333 of 333.25 rows have, is not worth a fifth of the time.
        left, top = round_half_up(left), round_half_up(top)
        if size == frame.size:
            return frame
        return frame.crop((left, top, left + size[0], top + size[1]))
    # Close to the same size Lanczos gains nothing that shows, and costs three times as much.
    enlarged = max(across / size[0], down / size[1]) < _NEARLY_SAME
    resample = Image.Resampling.BICUBIC if enlarged else Image.Resampling.LANCZOS
    if frame.mode != "RGBA":
        return frame.resize(size, resample, box, _REDUCING_GAP)
    # Colours count by their opacity. Pillow does that itself, but then without the gap.
    return frame.convert("RGBa").resize(size, resample, box, _REDUCING_GAP).convert("RGBA")


def _on_canvas(frame: Image.Image, plan: Layout, background: Background | None) -> Image.Image:
    if plan.canvas == plan.size:
        return frame
    canvas = backgrounds.canvas(frame, plan.canvas, background)
    if frame.mode == canvas.mode == "RGB":
        canvas.paste(frame, plan.offset)
        return canvas
    canvas = canvas.convert("RGBA")
    canvas.alpha_composite(frame.convert("RGBA"), plan.offset)
    return canvas
