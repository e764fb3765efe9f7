"""How good a picture is: focus, noise, compression, tones and colours, each 0 (bad) … 1 (good)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from PIL import Image

from app.domain.images import InputSpec, Pixels
from app.imaging.analysis import compression
from app.imaging.analysis.perception import Floats, ramp

#: What is looked at: the picture as a screen shows it. A photo of 12 megapixels is never sharp
#: pixel by pixel, and nobody sees that; smaller pictures are judged by their own pixels.
VIEW = InputSpec(size=960, resample="bilinear", fit="inside")

#: Pixels that are compared with their mean to tell sharp from soft, along each direction.
_WINDOW = 9

#: Side of the tiles that focus and noise are measured in, in pixels.
_TILE = 32

#: Mean step between neighbours, in levels, of a tile that has something to be sharp.
_STRUCTURE = 2.0

#: Share of the tiles with structure that may be out of focus: photographers blur backgrounds.
_BACKGROUND = 0.75

#: How much of the steps between neighbours a mean over the window takes away: from a picture
#: that is blurred beyond recognition, and from a sharp one. Measured: 0.73 and more in 95 % of
#: photos, 0.45 at the median after a blur of 2 pixels, 0.13 after one of 5.
_SOFT, _SHARP = 0.1, 0.9

#: Standard deviation of noise in levels that nobody sees, and that spoils a picture.
_CLEAN, _NOISY = 1.5, 15.0

#: Share of the tiles, the smoothest, that show the noise rather than texture.
_SMOOTH = 0.2

#: Levels between the darkest and the brightest hundredth of a picture with full contrast.
_RANGE = 190.0

#: Mean brightness, 0 … 1, below and above which a picture is too dark or too bright.
_DARK, _BRIGHT = 0.3, 0.7

#: Colourfulness of a picture that its viewers call quite colourful.
_COLOURFUL = 45.0

#: Pixels from which on a picture is large enough for any page.
_LARGE = 1_000_000

#: How much of ``pixel_score`` each part takes away when it is as bad as can be. Noise takes
#: least: fur and grass all over a picture are taken for it.
_TAKES = {"focus": 0.85, "compression": 0.6, "noise": 0.3}

#: Share of ``color_score`` in the whole: what is wrong with tones is easily mended.
_COLOURS_SHARE = 0.2


def analyse(image: Image.Image, view: Pixels) -> dict[str, Any]:
    """``quality_analysis`` and ``quality_score`` of replies.

    The real service names its measures and says neither how it takes them nor how it weighs
    them. Here ``pixel_score`` falls with focus, compression and noise, ``color_score`` is the
    mean of contrast, exposure and saturation (0 for gray, 1 for vivid), and ``quality_score`` is
    made of these two. ``resolution`` stands for itself: a small picture is no bad one.
    ``blockiness`` is 1 where no blocks are seen.

    Args:
        image: the picture's file, opened.
        view: uint8 (1, height, width, 3) as :data:`VIEW` describes.
    """
    luma = np.asarray(Image.fromarray(view[0]).convert("L"), dtype=np.float32)
    measures = compression.of_jpeg(image)
    # Reduced pictures have no blocks; turned ones have those of their file.
    if sorted(luma.shape) == sorted(image.size):
        measures["blockiness"] = compression.unblocked(luma)
    measures["focus"] = focus(luma)
    measures["noise"] = noise(luma)
    measures["contrast"] = _contrast(luma)
    measures["exposure"] = _exposure(luma)
    measures["saturation"] = _saturation(view)
    measures["resolution"] = ramp(image.width * image.height, 0, _LARGE)
    compressed = min(measures.get("jpeg_quality", 1.0), measures.get("blockiness", 1.0))
    parts = {"focus": measures["focus"], "compression": compressed, "noise": measures["noise"]}
    pixels = math.prod(1 - _TAKES[name] * (1 - value) for name, value in parts.items())
    colours = sum(measures[name] for name in ("contrast", "exposure", "saturation")) / 3
    measures |= {"pixel_score": pixels, "color_score": colours}
    score = pixels * (1 - _COLOURS_SHARE) + colours * _COLOURS_SHARE
    return {
        "quality_analysis": {name: round(value, 2) for name, value in measures.items()},
        "quality_score": round(score, 3),
    }


def focus(luma: Floats) -> float:
    """How sharp the sharpest parts of a picture are; 0 for one without any structure.

    Blurring takes much of the steps between neighbours from a sharp picture, and little from a
    soft one: F. Crété, T. Dolmière, P. Ladret, M. Nicolas, "The blur effect: perception and
    estimation with a new no-reference perceptual blur metric", 2007; here tile by tile.

    Args:
        luma: (height, width), 0 … 255.
    """
    tiles = _tiles(luma)
    if tiles.shape[-1] < _WINDOW + 2:
        return 0.0
    rows, columns = _steps(tiles), _steps(tiles.swapaxes(1, 2))
    sharp = rows[0] + columns[0]
    structured = sharp >= 2 * _STRUCTURE
    if not structured.any():
        return 0.0
    lost = (rows[1] + columns[1])[structured] / sharp[structured]
    best = np.sort(lost)[int(len(lost) * _BACKGROUND) :]
    return ramp(float(best.mean()), _SOFT, _SHARP)


def _steps(tiles: Floats) -> tuple[Floats, Floats]:
    """Mean steps between neighbours along the rows of each tile, and what a blur takes of them."""
    sums = np.cumsum(tiles, axis=2)
    means = (sums[..., _WINDOW:] - sums[..., :-_WINDOW]) / _WINDOW
    blurred = np.abs(np.diff(means, axis=2))
    # The means lie behind half a window.
    first = _WINDOW // 2 + 1
    steps = np.abs(np.diff(tiles, axis=2))[..., first : first + blurred.shape[2]]
    return steps.mean(axis=(1, 2)), np.maximum(steps - blurred, 0).mean(axis=(1, 2))


def noise(luma: Floats) -> float:
    """How free of noise a picture is; 1 for one that is too small to tell.

    J. Immerkær, "Fast noise variance estimation", 1996, in the smoothest tiles: elsewhere
    texture looks the same.

    Args:
        luma: (height, width), 0 … 255.
    """
    tiles = _tiles(luma)
    if tiles.shape[-1] < 3:
        return 1.0
    rough = np.abs(np.diff(np.diff(tiles, n=2, axis=1), n=2, axis=2)).mean(axis=(1, 2))
    deviation = float(np.quantile(rough, _SMOOTH)) * math.sqrt(math.pi / 2) / 6
    return ramp(deviation, _NOISY, _CLEAN)


def _tiles(luma: Floats) -> Floats:
    """Squares side by side, (tiles, side, side); what is left over at the edges is left out."""
    side = min(_TILE, *luma.shape)
    rows, columns = luma.shape[0] // side, luma.shape[1] // side
    whole = luma[: rows * side, : columns * side]
    parted = whole.reshape(rows, side, columns, side).swapaxes(1, 2)
    return parted.reshape(rows * columns, side, side)


def _contrast(luma: Floats) -> float:
    dark, bright = np.quantile(luma, (0.01, 0.99))
    return ramp(float(bright - dark), 0, _RANGE)


def _exposure(luma: Floats) -> float:
    mean = float(luma.mean()) / 255
    return min(ramp(mean, 0, _DARK), ramp(mean, 1, _BRIGHT))


def _saturation(view: Pixels) -> float:
    """Colourfulness after D. Hasler and S. Süsstrunk, "Measuring colourfulness in natural
    images", 2003: how far the opponent colours spread, and how far they are from gray.
    """
    red, green, blue = view[0, ::2, ::2].astype(np.float32).reshape(-1, 3).T
    opponents = np.stack([red - green, (red + green) / 2 - blue])
    spread = float(np.linalg.norm(opponents.std(axis=1)))
    shift = float(np.linalg.norm(opponents.mean(axis=1)))
    return ramp(spread + 0.3 * shift, 0, _COLOURFUL)
