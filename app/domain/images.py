"""What is known of a picture, and what an engine wants to see of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

#: A picture as an engine takes it: uint8, shape (1, size, size, 3), RGB, NHWC.
Pixels: TypeAlias = NDArray[np.uint8]

#: What a file is by its first bytes. ``other`` is anything we have no name for.
MediaKind: TypeAlias = Literal["image", "video", "audio", "pdf", "svg", "other"]


@dataclass(frozen=True, slots=True)
class InputSpec:
    """The square of a picture that an engine looks at.

    Attributes:
        size: side of the square given to the engine, in pixels.
        crop: share of the short side that the central square keeps, 0 < crop <= 1.
        resample: filter used to bring the square to ``size``.
    """

    size: int
    crop: float = 1.0
    resample: Literal["bilinear", "bicubic"] = "bicubic"


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
