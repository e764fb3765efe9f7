"""What an effect is given beside the picture."""

from __future__ import annotations

from dataclasses import dataclass, field

from PIL import Image

from app.domain.errors import BadRequest
from app.domain.rendering import RenderLimits
from app.domain.transformation.effect_arguments import Values
from app.domain.transformation.steps import Colour
from app.imaging.render.picture import Area

Box = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Scene:
    """What is known of the picture.

    Attributes:
        faces: areas in pixels; they may lie partly outside.
        limits: what a result that grows may reach.
    """

    faces: tuple[Area, ...] = ()
    limits: RenderLimits = field(default_factory=RenderLimits)


@dataclass(frozen=True, slots=True)
class Call:
    """One effect on one frame.

    Attributes:
        name: of the effect, for messages.
        values: its arguments.
        colour: of ``co_``.
        x, y, width, height: of the component, in pixels.
        scene: the picture's.
        visible: opacity of the frame's pixels (``L``), which statistics are weighted with;
            ``None`` where all are opaque.
        frames: how many the picture has, which all become as large.
    """

    name: str
    values: Values
    colour: Colour | None = None
    x: float | None = None
    y: float | None = None
    width: float | None = None
    height: float | None = None
    scene: Scene = field(default_factory=Scene)
    visible: Image.Image | None = None
    frames: int = 1

    def check_size(self, width: float, height: float) -> tuple[int, int]:
        """The size of a result that may be larger than the picture, in whole pixels.

        Raises:
            BadRequest: it is larger than allowed.
        """
        limits, pixels = self.scene.limits, width * height
        together = pixels * self.frames if self.frames > 1 else 0
        if (
            max(width, height) > limits.side
            or pixels > limits.pixels_out
            or together > limits.frame_pixels
        ):
            raise BadRequest(f"The result of effect {self.name} is too large")
        return max(1, round(width)), max(1, round(height))


def clamp(area: Area, size: tuple[int, int]) -> Box | None:
    """The whole pixels that an area touches within a picture, or nothing if it lies outside."""
    left, top = max(0, int(area[0] // 1)), max(0, int(area[1] // 1))
    right, bottom = min(size[0], int(-(-area[2] // 1))), min(size[1], int(-(-area[3] // 1)))
    return (left, top, right, bottom) if left < right and top < bottom else None
