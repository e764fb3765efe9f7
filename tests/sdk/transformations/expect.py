"""What has to come of a transformation, calculated from what was asked for.

A :class:`Shape` is a picture on its way through a chain: each method is one step of it. Where
the picture is one whose pixels tell their place, a shape also knows what every point shows.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from fractions import Fraction

from tests.coordinates import BARE, Layout, Paint, Spot, seen, whole
from tests.unit.domain.geometry_reference import Ask, Box, Scene, view

#: Columns and rows of the picture whose pixels tell their place.
RAMP = (240, 160)
#: Faces and the custom region that ``region`` is uploaded with; its pixels are those of ``ramp``.
FACES: tuple[Box, ...] = ((150, 30, 40, 50), (40, 90, 20, 24))
CUSTOM: Box = (30, 20, 60, 40)


def paint(red: int, green: int, blue: int, alpha: int = 255) -> Paint:
    """One colour."""
    return Paint(((red, green, blue, alpha),))


def colour(name: str) -> Paint:
    """The paint of a few colour names."""
    return {
        "white": paint(255, 255, 255),
        "black": paint(0, 0, 0),
        "red": paint(255, 0, 0),
        "blue": paint(0, 0, 255),
        "transparent": Paint(((0, 0, 0, 0),)),
    }[name]


@dataclass(frozen=True)
class Shape:
    """A picture after some steps.

    Attributes:
        layout: where everything on it comes from.
        faces, custom: regions that gravities find, until the first resize.
        changed: some of it must look otherwise than in the source.
        tolerance: pixels by which a side may differ, where no rule says how it is rounded.
        loose: the size is not known at all.
    """

    layout: Layout
    faces: tuple[Box, ...] = ()
    custom: Box | None = None
    changed: bool = False
    tolerance: int = 0
    loose: bool = False

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.layout.width, self.layout.height

    def resized(
        self,
        mode: str,
        width: int | Fraction | None = None,
        height: int | Fraction | None = None,
        *,
        aspect: Fraction | None = None,
        gravity: str | None = None,
        x: int | None = None,
        y: int | None = None,
        zoom: Fraction | None = None,
        dpr: Fraction = Fraction(1),
        ignore_aspect: bool = False,
        margin: Paint = BARE,
    ) -> Shape:
        """After a resize."""
        ask = Ask(mode, width, height, aspect, gravity, x, y, zoom, dpr, ignore_aspect)
        return self.asked(ask, margin)

    def asked(self, ask: Ask, margin: Paint = BARE) -> Shape:
        """After a resize that is already written down.

        Raises:
            ValueError: nothing of the picture would be left.
        """
        result = view(ask, Scene(*self.size, self.faces, self.custom))
        if result is None:
            raise ValueError(f"nothing is left after {ask}")
        return replace(self, layout=seen(self.layout, result, margin), faces=(), custom=None)

    def framed(self, left: int, top: int, width: int, height: int) -> Shape:
        """Cut to a rectangle; where that reaches beyond the picture it is bare."""
        layout = self.layout

        def at(x: float, y: float) -> Spot:
            old_x, old_y = x + left, y + top
            inside = 0 <= old_x < layout.width and 0 <= old_y < layout.height
            return layout.at(old_x, old_y) if inside else BARE

        framed = replace(layout, width=width, height=height, at=at)
        return replace(self, layout=framed, faces=(), custom=None)

    def turned(self, degrees: int) -> Shape:
        """After a clockwise turn by any angle; corners that it opens are bare."""
        layout, (width, height) = self.layout, self.size
        angle = math.radians(degrees)
        cosine, sine = math.cos(angle), math.sin(angle)
        across = abs(width * cosine) + abs(height * sine)
        down = abs(width * sine) + abs(height * cosine)
        new_width, new_height = round(across), round(down)

        def at(x: float, y: float) -> Spot:
            dx, dy = x - new_width / 2, y - new_height / 2
            old_x = dx * cosine + dy * sine + width / 2
            old_y = -dx * sine + dy * cosine + height / 2
            if not (0 <= old_x < width and 0 <= old_y < height):
                return BARE
            return layout.at(old_x, old_y)

        straight = degrees % 90 == 0
        grain = layout.grain * (1 if straight else 1.5)
        turned = Layout(new_width, new_height, at, grain, layout.anchored)
        return replace(self, layout=turned, tolerance=self.tolerance + (0 if straight else 2))

    def mirrored(self, *, across: bool) -> Shape:
        """Left and right exchanged, or top and bottom."""
        layout = self.layout

        def at(x: float, y: float) -> Spot:
            return layout.at(layout.width - x, y) if across else layout.at(x, layout.height - y)

        return replace(self, layout=replace(layout, at=at))

    def bordered(self, width: int, ink: Paint) -> Shape:
        """With a frame around it."""
        layout = self.layout

        def at(x: float, y: float) -> Spot:
            inside_x, inside_y = x - width, y - width
            if 0 <= inside_x < layout.width and 0 <= inside_y < layout.height:
                return layout.at(inside_x, inside_y)
            return ink

        framed = replace(
            layout, width=layout.width + 2 * width, height=layout.height + 2 * width, at=at
        )
        return replace(self, layout=framed)

    def rounded(
        self, radii: tuple[float, float, float, float] | None, margin: Paint = BARE
    ) -> Shape:
        """With rounded corners, clockwise from the upper left; ``None`` for an ellipse."""
        layout, (width, height) = self.layout, self.size

        def outside(x: float, y: float) -> bool:
            if radii is None:
                return ((2 * x / width - 1) ** 2 + (2 * y / height - 1) ** 2) > 1
            right, low = x >= width / 2, y >= height / 2
            radius = radii[(3 if low else 0) if not right else (2 if low else 1)]
            dx = radius - (width - x if right else x)
            dy = radius - (height - y if low else y)
            return dx > 0 and dy > 0 and math.hypot(dx, dy) > radius

        def at(x: float, y: float) -> Spot:
            return margin if outside(x, y) else layout.at(x, y)

        return replace(self, layout=replace(layout, at=at))

    def covered(
        self, left: int, top: int, width: int, height: int, ink: Paint | None = None
    ) -> Shape:
        """With something on it: a plain colour, or what no rule foretells."""
        layout = self.layout

        def at(x: float, y: float) -> Spot:
            inside = left <= x < left + width and top <= y < top + height
            return ink if inside else layout.at(x, y)

        return replace(self, layout=replace(layout, at=at), changed=ink is None or self.changed)

    def with_any_margin(self) -> Shape:
        """With what was bare in colours that no rule foretells."""
        layout = self.layout

        def at(x: float, y: float) -> Spot:
            spot = layout.at(x, y)
            return None if isinstance(spot, Paint) else spot

        return replace(self, layout=replace(layout, at=at))

    def recoloured(self) -> Shape:
        """With other colours: points no longer tell their place."""
        return replace(self.repainted(), changed=True)

    def unsized(self) -> Shape:
        """Of a size that no rule foretells."""
        return replace(self, loose=True)

    def repainted(self) -> Shape:
        """With no point foretold, though all may be as it was."""
        return replace(self, layout=replace(self.layout, at=lambda x, y: None))


def ramp() -> Shape:
    """The picture whose pixels tell their place."""
    return Shape(whole(*RAMP))


def region() -> Shape:
    """The same with known regions."""
    return Shape(whole(*RAMP), FACES, CUSTOM)


def blank(width: int, height: int) -> Shape:
    """Any other picture, of which only the size is foretold."""
    return Shape(whole(width, height)).repainted()


def stamped(shape: Shape, left: int, top: int, width: int, height: int) -> Shape:
    """With the logo on it: opaque in its left half, transparent in its right."""
    return shape.covered(left, top, width // 2, height, paint(255, 0, 255))
