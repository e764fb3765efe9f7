"""What is known of a picture, and what an engine wants to see of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

#: A picture as an engine takes it: uint8, shape (1, height, width, 3), RGB, NHWC.
Pixels: TypeAlias = NDArray[np.uint8]

#: What a file is by its first bytes. ``other`` is anything we have no name for.
MediaKind: TypeAlias = Literal["image", "video", "audio", "pdf", "svg", "other"]


@dataclass(frozen=True, slots=True)
class InputSpec:
    """The part of a picture that an engine looks at, and at which size.

    Attributes:
        size: side of the square given to the engine, in pixels.
        crop: share of the short side that the square keeps, 0 < crop <= 1.
        resample: filter used to bring it to ``size``.
        fit: ``square`` cuts a square out; ``squash`` takes the whole picture whatever its
            proportions; ``inside`` keeps the proportions, ``size`` is the long side then and
            a smaller picture stays as it is.
        at: where the square lies, from (0, 0), the upper left corner, to (1, 1).
    """

    size: int
    crop: float = 1.0
    resample: Literal["nearest", "bilinear", "bicubic"] = "bicubic"
    fit: Literal["square", "squash", "inside"] = "square"
    at: tuple[float, float] = (0.5, 0.5)


@dataclass(frozen=True, slots=True)
class Inspection:
    """A decoded picture, reduced to what the service keeps.

    Attributes:
        format: normalised extension, lower case (``jpg``, ``png``, ``heic`` …).
        width, height: pixels, with the EXIF orientation applied.
        pages: number of frames or pages, at least 1.
        inputs: for each requested spec its pixels.
    """

    format: str
    width: int
    height: int
    pages: int = 1
    inputs: Mapping[InputSpec, Pixels] = field(default_factory=dict)
