"""Effects that make a painting, a drawing or a print of a picture."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageChops, ImageFilter, ImageOps

from app.imaging.render.effects.call import Call
from app.imaging.render.effects.colours import saturated
from app.imaging.render.effects.pixels import Bytes, Floats, gray, smooth, to_bytes


def oil_paint(image: Image.Image, call: Call) -> Image.Image:
    """Strokes: regions of even colour with sharp edges, larger with the level."""
    level = call.values.number("level")
    return _strokes(image, 1 + round(level / 12)) if level else image


def _strokes(image: Image.Image, radius: int) -> Image.Image:
    """Kuwahara's filter: each pixel becomes the mean of the calmest square it is a corner of.

    How calm a square is, is measured by the mean absolute difference from its surroundings
    rather than by the variance, which 8 bits could not hold.
    """
    radius = min(radius, *image.size)
    box = ImageFilter.BoxBlur(radius / 2)
    light = image.convert("L")
    unrest = ImageChops.difference(light, light.filter(box)).point(
        [min(255, 4 * v) for v in range(256)]
    )
    reach = -(-radius // 2)
    means = np.pad(np.asarray(image.filter(box)), ((reach, reach), (reach, reach), (0, 0)), "edge")
    noise = np.pad(np.asarray(unrest.filter(box)), reach, "edge")
    height, width = image.height, image.width
    result: Bytes = np.empty((height, width, 3), np.uint8)
    least: Bytes = np.full((height, width), 255, np.uint8)
    for top in (0, 2 * reach):
        for left in (0, 2 * reach):
            here = noise[top : top + height, left : left + width]
            calmer = here <= least
            np.copyto(least, here, where=calmer)
            part = means[top : top + height, left : left + width]
            np.copyto(result, part, where=calmer[..., np.newaxis])
    return Image.fromarray(result)


def cartoonify(image: Image.Image, call: Call) -> Image.Image:
    """Few flat, stronger colours and dark outlines; ``bw`` keeps only black and white."""
    strength = call.values.number("line_strength")
    flat = _strokes(image, max(2, round(max(image.size) / 300)))
    if call.values.given("style"):
        flat = gray(flat).point([255 * (value >= 110) for value in range(256)] * 3)
    else:
        given = call.values.given("color_reduction")
        reduction = call.values.number("color_reduction") if given else strength
        flat = saturated(_posterised(flat, round(16 - reduction * 0.12)), 1 + reduction / 150)
    return ImageChops.multiply(flat, _lines(image, strength)) if strength else flat


def _posterised(image: Image.Image, levels: int) -> Image.Image:
    table = [round(round(value / 255 * (levels - 1)) / (levels - 1) * 255) for value in range(256)]
    return image.point(table * 3)


def _lines(image: Image.Image, strength: float) -> Image.Image:
    """Dark lines on white, where it is darker than around (a difference of Gaussians)."""
    light = image.convert("L")
    fine = max(0.6, strength / 50 * max(image.size) / 1000)
    narrow = light.filter(ImageFilter.GaussianBlur(fine))
    wide = light.filter(ImageFilter.GaussianBlur(fine * 2.5))
    threshold, gain = 14 - strength / 10, 10 + strength / 4
    darker = ImageChops.subtract(wide, narrow)
    lines = darker.point(
        [round(min(max((value - threshold) * gain, 0), 255)) for value in range(256)]
    )
    return ImageOps.invert(lines).convert("RGB")


def vignette(image: Image.Image, call: Call) -> Image.Image:
    """Darken towards the corners, which lose as much of their light as the level says."""
    axis = np.linspace(-1, 1, 256, dtype=np.float32) ** 2
    distance: Floats = np.sqrt((axis[:, np.newaxis] + axis) / 2)
    darkness = smooth((distance - 0.3) / 0.7) * (call.values.number("level") / 100)
    # The gradient is smooth enough to be computed small.
    mask = Image.fromarray(to_bytes(1 - darkness)).resize(image.size, Image.Resampling.BICUBIC)
    return ImageChops.multiply(image, mask.convert("RGB"))


def ordered_dither(image: Image.Image, call: Call) -> Image.Image:
    """Each channel on or off, by a pattern of thresholds."""
    pattern = _pattern(round(call.values.number("level")))
    side = len(pattern)
    thresholds = np.tile(pattern, (1, -(-image.width // side)))[:, : image.width, np.newaxis]
    source: Bytes = np.asarray(image)
    result = np.empty_like(source)
    for row in range(side):
        result[row::side] = (source[row::side] > thresholds[row]) * np.uint8(255)
    return Image.fromarray(result)


def _pattern(kind: int) -> npt.NDArray[Any]:
    """The thresholds of one kind, 0 … 255, in the order of the reference's list.

    0 … 5 disperse their dots: one threshold, a chequerboard, then 2, 3, 4 and 8 pixels a side.
    6 … 8 are halftones at 45° of 4, 6 and 8 pixels, 9 … 12 upright ones of 4, 6, 8 and 16; 13 … 18
    are black and white circles of 5, 6 and 7.
    """
    if kind in (0, 1):
        ranks = np.arange(1) if kind == 0 else np.array([[0, 1], [1, 0]])
        ranks = ranks.reshape(-1, kind + 1)
    elif kind == 3:
        ranks = np.array([[2, 6, 3], [5, 0, 8], [1, 7, 4]])
    elif kind <= 5:
        ranks = _bayer({2: 1, 4: 2, 5: 3}[kind])
    elif kind <= 12:
        side = (4, 6, 8, 4, 6, 8, 16)[kind - 6]
        ranks = _ranks(_halftone(side, angled=kind <= 8))
    else:
        ranks = _ranks(_circle(5 + (kind - 13) // 2))
        if kind % 2 == 0:
            ranks = ranks.max() - ranks
    thresholds: npt.NDArray[Any] = (ranks + 1) / (ranks.max() + 2) * 255
    return thresholds.astype(np.float32)


def _bayer(doublings: int) -> npt.NDArray[np.int64]:
    """Bayer's matrix of 2 to the power of ``doublings`` a side, by its recurrence."""
    matrix = np.zeros((1, 1), np.int64)
    for _ in range(doublings):
        matrix = np.block([[4 * matrix, 4 * matrix + 2], [4 * matrix + 3, 4 * matrix + 1]])
    return matrix


def _halftone(side: int, angled: bool) -> npt.NDArray[Any]:
    """A spot function: hills that grow together to a raster."""
    y, x = (np.mgrid[:side, :side] + 0.5) * (2 * np.pi / side)
    hills: npt.NDArray[Any] = np.cos(x + y) + np.cos(x - y) if angled else np.cos(x) + np.cos(y)
    return hills


def _circle(side: int) -> npt.NDArray[Any]:
    y, x = np.mgrid[:side, :side] - (side - 1) / 2
    distances: npt.NDArray[Any] = x * x + y * y
    return distances


def _ranks(values: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """The place of each value among all, 0 for the least."""
    order = np.argsort(values.round(9), axis=None, kind="stable")
    ranks = np.empty(values.size, np.int64)
    ranks[order] = np.arange(values.size)
    return ranks.reshape(values.shape)


def vectorize(image: Image.Image, call: Call) -> Image.Image:
    """Flat areas of few colours, as a tracing into curves would have; still pixels.

    Areas are coarser with less ``detail``; ``despeckle``, ``paths`` and ``corners`` are about
    the curves that are not made.
    """
    detail = call.values.number("detail")
    share = detail if detail <= 1 else detail / 1000
    flat = _strokes(image, 2 + round((1 - share) * max(image.size) / 150))
    colours = round(call.values.number("colors"))
    return flat.quantize(colours, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).convert("RGB")
