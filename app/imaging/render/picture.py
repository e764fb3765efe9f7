"""A picture on its way through a transformation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from PIL import Image

#: Left, top, right and lower edge of a rectangle, in pixels, not rounded.
Area = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a file says beside its pixels, kept only where it is asked for.

    Attributes:
        exif, iptc, xmp: raw blocks; empty without.
        profile: ICC profile that the pixels were converted from; empty for sRGB.
        cmyk: whether they were converted from printing inks.
    """

    exif: bytes = b""
    iptc: bytes = b""
    xmp: bytes = b""
    profile: bytes = b""
    cmyk: bool = False


@dataclass(frozen=True, slots=True)
class Picture:
    """Frames of one size, and the regions of interest that move with them.

    Attributes:
        frames: upright, sRGB, each ``RGB`` or ``RGBA``, all in the same mode.
        durations: milliseconds of each frame; empty for a still picture.
        loop: how often an animation is shown, 0 for ever.
        faces, custom: areas in pixels of the frames; they may lie partly outside.
        nominal: width and height that the picture stands for, where a reduced JPEG was decoded
            for speed; sizes of the next step refer to it. ``None`` when the frames have it.
        metadata: of the source.
    """

    frames: tuple[Image.Image, ...]
    durations: tuple[int, ...] = ()
    loop: int = 0
    faces: tuple[Area, ...] = ()
    custom: tuple[Area, ...] = ()
    nominal: tuple[int, int] | None = None
    metadata: Metadata = field(default_factory=Metadata)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels, as every step and expression means them."""
        return self.nominal or self.frames[0].size

    @property
    def has_alpha(self) -> bool:
        """Whether the frames have an alpha channel."""
        return self.frames[0].mode == "RGBA"

    def each(self, change: Callable[[Image.Image], Image.Image]) -> Picture:
        """The picture with every frame changed, its size and regions as they are."""
        return replace(self, frames=tuple(map(change, self.frames)))
