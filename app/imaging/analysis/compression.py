"""What compression did to a picture: what a JPEG says of itself, and the blocks that are seen."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile

from app.imaging.analysis.perception import Floats, ramp

#: Sums of the quantisation tables of ITU-T T.81, K.1 and K.2, which libjpeg scales by quality.
_LUMA_SUM, _CHROMA_SUM = 3688, 5505

#: Side of the blocks that JPEG transforms one by one.
_BLOCK = 8

#: How much stronger steps between blocks are than those within: where blocks cannot be told from
#: the picture, and where they are all that is left of smooth areas.
_UNSEEN, _BLOCKS = 1.2, 3.0

#: Least side of a picture in which blocks are looked for.
_LEAST_SIDE = 4 * _BLOCK


def of_jpeg(image: Image.Image) -> dict[str, float]:
    """How a JPEG is compressed, by its header alone; empty for other formats.

    Returns:
        ``jpeg_quality`` and ``jpeg_chroma``: the number on libjpeg's scale of quality whose
        tables come next to those of brightness and of colours, by their sums, 0 … 1;
        ``chroma_subsampling``: how many samples of colour there are for one of brightness,
        1 (4:4:4), 0.5 (4:2:2) or 0.25 (4:2:0). A gray JPEG has the first only.
    """
    if not isinstance(image, JpegImageFile):
        return {}
    components = [(wide * high, table) for _, wide, high, table in image.layer]
    tables = image.quantization
    if not components or not all(table in tables for _, table in components):
        return {}
    samples, table = components[0]
    result = {"jpeg_quality": _quality(tables[table], _LUMA_SUM)}
    if len(components) > 1:
        chroma_samples, table = components[1]
        result["jpeg_chroma"] = _quality(tables[table], _CHROMA_SUM)
        result["chroma_subsampling"] = min(1.0, chroma_samples / samples)
    return result


def _quality(table: Sequence[int], standard: int) -> float:
    """The quality that libjpeg would have scaled the standard table by, 0 … 1."""
    percent = 100 * sum(table) / standard
    quality = 100 - percent / 2 if percent <= 100 else 5000 / percent
    return ramp(quality, 0, 100)


def unblocked(luma: Floats) -> float:
    """How little of a grid of blocks is seen: 1 for none, 0 where it is all there is.

    Steps between neighbours are compared by where they lie in a grid of eight, after Z. Wang,
    H. R. Sheikh, A. C. Bovik, "No-reference perceptual quality assessment of JPEG compressed
    images", 2002. The grid may begin anywhere, since pictures are cropped; it is one of blocks if
    it lies in both directions.

    Args:
        luma: (height, width), 0 … 255, in the pixels of the file.
    """
    if min(luma.shape) < _LEAST_SIDE:
        return 1.0
    return ramp(min(_grid(luma), _grid(luma.T)), _BLOCKS, _UNSEEN)


def _grid(luma: Floats) -> float:
    """How much the steps at the strongest of eight places exceed the usual ones."""
    steps = np.abs(np.diff(luma, axis=1)).mean(axis=0)
    whole = len(steps) // _BLOCK * _BLOCK
    places = steps[:whole].reshape(-1, _BLOCK).mean(axis=0)
    usual = float(np.median(places))
    return float(places.max()) / usual if usual > 0 else 1.0
