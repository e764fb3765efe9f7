"""A walk over a transformation, with the picture as it is so far."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from PIL import Image

from app.domain.errors import NotFound
from app.domain.rendering import RenderJob, RenderLimits, Source
from app.domain.transformation.facts import Facts
from app.domain.transformation.nodes import Branch, Component, LayerGroup, Node
from app.domain.transformation.queries import components
from app.domain.transformation.scope import Scope
from app.domain.transformation.steps import Background, LayerRef, Step, TextLayer
from app.imaging.render import (
    backgrounds,
    effects,
    layers,
    luts,
    reading,
    resizing,
    rotation,
    shaping,
    text,
)
from app.imaging.render.fonts import Fonts
from app.imaging.render.picture import Area, Picture


@dataclass(frozen=True, slots=True)
class Materials:
    """What the walks of one rendering share.

    Attributes:
        animated: whether the result can be an animation, so that all frames are wanted.
        traced: whether the result is traced at the end, so that no step has to look traced.
    """

    job: RenderJob
    limits: RenderLimits
    fonts: Fonts
    scope: Scope
    animated: bool
    traced: bool = False


class Walk:
    """Runs nodes on one picture: the transformation on its source, or a layer's part on the layer.

    The source is decoded when the first step asks for pixels, as that step tells how large it has
    to be: a JPEG is decoded reduced for a resize.

    Args:
        origin: the file; or a picture that is there already, a text's.
        base: facts of the picture under a layer; ``None`` for the transformation's source.
    """

    def __init__(
        self, materials: Materials, origin: Source | Picture, base: Facts | None = None
    ) -> None:
        self._materials = materials
        self._base = base
        self._page: int | None = None
        self._picture: Picture | None = None
        if isinstance(origin, Picture):
            self._picture, self._initial = origin, origin.size
            self._source = materials.job.source
        else:
            self._initial = (origin.width, origin.height)
            self._source = origin

    @property
    def facts(self) -> Facts:
        """What expressions and conditions may ask of the picture as it is now."""
        width, height = self._picture.size if self._picture else self._initial
        known = self._source
        return Facts(
            width=width,
            height=height,
            initial_width=self._initial[0],
            initial_height=self._initial[1],
            pages=known.pages,
            page=self._page or 1,
            faces=len(known.faces),
            tags=known.tags,
            context=known.context,
            public_id=known.public_id,
        )

    @property
    def picture(self) -> Picture:
        """The picture as it is now, at its full size."""
        self._picture = resizing.settled(self._picture or self._read(Step()))
        return self._picture

    def run(self, nodes: Sequence[Node]) -> None:
        """Run nodes in order.

        Raises:
            BadRequest, InvalidImage, NotFound: as the renderer.
        """
        for node in nodes:
            match node:
                case Component():
                    self.apply(self._materials.scope.step(node, self.facts, self._base))
                case LayerGroup():
                    self._put(node)
                case Branch():
                    holds = self._materials.scope.holds(node.condition, self.facts)
                    self.run(node.then if holds else node.otherwise)

    def apply(self, step: Step) -> None:
        """Run one step, in the order that :class:`Step` documents."""
        self._page = step.page or self._page
        if self._materials.traced:
            kept = tuple(effect for effect in step.effects if effect.name != "vectorize")
            step = replace(step, effects=kept)
        if step == Step(page=step.page, colour=step.colour):
            return
        picture = self._picture or self._read(step)
        limits = self._materials.limits
        resize = step.resize
        if resize and _fits_shape(step):
            # It turns only what does not have the asked shape: before it is brought into it.
            asked = (resize.width, resize.height) if resize.width and resize.height else None
            picture = rotation.rotate(picture, step.rotate, step.background, asked, limits)
            step = replace(step, rotate=())
        if resize:
            picture = resizing.resize(picture, resize, step.background, limits)
        self._picture = _dressed(resizing.settled(picture), step, limits)

    def _read(self, step: Step) -> Picture:
        """Decode the source for a step, which is the first to see its pixels."""
        materials, resize = self._materials, step.resize
        needed = None
        if resize and not _fits_shape(step):
            known = (*_areas(self._source.faces), *_areas(self._source.custom))
            needed = resizing.needed(self._initial, resize, known)
        return reading.read(
            self._source,
            materials.limits,
            page=self._page,
            needed=needed,
            animated=materials.animated and self._page is None,
            upright=all(kind != "ignore" for kind, _ in step.rotate),
        )

    def _put(self, group: LayerGroup) -> None:
        """Make a layer and put it on the picture, or on each of its regions."""
        scope, limits = self._materials.scope, self._materials.limits
        base, flags = self.facts, _flags(group)
        content = scope.content(group.opening, base)
        if isinstance(content, LayerRef) and content.resource_type == "raw":
            table = luts.read(self._asset(content))
            self._picture = self.picture.each(lambda frame: frame.filter(table))
            scope.placement(group, base, base)  # it may say how the result is to be written
            return
        areas: Sequence[Area | None] = [None]
        if "region_relative" in flags:
            gravity = scope.placement(group, base, base).gravity
            areas = layers.regions(self.picture, gravity) or [None]
        for area in areas:
            under = base if area is None else _within(base, area)
            layer = Walk(self._materials, self._content(content), under)
            layer.apply(scope.layer(group.opening, layer.facts, under).step)
            layer.run(group.inner)
            placement = scope.placement(group, layer.facts, under)
            if "cutter" in flags:
                self._picture = layers.cut(self.picture, layer.picture, placement, area)
            else:
                self._picture = layers.place(self.picture, layer.picture, placement, limits, area)

    def _content(self, content: LayerRef | TextLayer) -> Source | Picture:
        if isinstance(content, TextLayer):
            materials = self._materials
            return Picture((text.text_image(content, materials.fonts, materials.limits),))
        return self._asset(content)

    def _asset(self, content: LayerRef) -> Source:
        source = self._materials.job.layers.get(content)
        if source is None:
            raise NotFound(f"Resource not found - {content.name}")
        return source


def _fits_shape(step: Step) -> bool:
    """Whether the step turns its picture only if that has not the shape that is asked for."""
    return any(kind in ("auto_right", "auto_left") for kind, _ in step.rotate)


def _flags(group: LayerGroup) -> frozenset[str]:
    return frozenset(flag for part in components([group]) for flag in part.flags)


def _within(facts: Facts, area: Area) -> Facts:
    """The facts of a region: shares of a layer refer to its sides."""
    left, top, right, bottom = area
    return replace(facts, width=max(1, round(right - left)), height=max(1, round(bottom - top)))


def _areas(boxes: Iterable[tuple[int, int, int, int]]) -> list[Area]:
    return [(left, top, left + width, top + height) for left, top, width, height in boxes]


def _dressed(picture: Picture, step: Step, limits: RenderLimits) -> Picture:
    """Everything of a step but its resize."""
    for effect in step.effects:
        frames = effects.apply_all(picture.frames, effect, effects.Scene(picture.faces, limits))
        if frames[0].size != picture.size:
            # Where regions have gone is not known of effects that move pixels.
            picture = replace(picture, faces=(), custom=())
        picture = replace(picture, frames=frames)
    if step.rotate:
        picture = rotation.rotate(picture, step.rotate, step.background, limits=limits)
    opacity, corners, border = step.opacity, step.corners, step.border
    if opacity is not None:
        picture = picture.each(lambda frame: shaping.opacity(frame, opacity))
    if corners:
        picture = picture.each(lambda frame: shaping.corners(frame, corners))
    if border:
        width, height = (side + 2 * border.width for side in picture.size)
        resizing.check_size(width, height, len(picture.frames), limits)
        picture = picture.each(lambda frame: shaping.border(frame, border, corners))
        picture = replace(
            picture,
            faces=tuple(_moved(area, border.width) for area in picture.faces),
            custom=tuple(_moved(area, border.width) for area in picture.custom),
        )
    if step.background and picture.has_alpha and not _padded(step):
        background = step.background
        picture = picture.each(lambda frame: _on_background(frame, background))
    return picture


def _padded(step: Step) -> bool:
    """Whether the resize has put its canvas, of which something shines through, behind already."""
    background = step.background
    glassy = background and background.kind == "colour" and background.colour.alpha < 255
    return bool(glassy and step.resize and step.resize.mode.endswith("pad"))


def _moved(area: Area, by: int) -> Area:
    left, top, right, bottom = area
    return left + by, top + by, right + by, bottom + by


def _on_background(frame: Image.Image, background: Background) -> Image.Image:
    if background.kind == "colour":
        return shaping.flatten(frame, background.colour)
    behind = backgrounds.canvas(frame, frame.size, background)
    together = Image.alpha_composite(behind.convert("RGBA"), frame)
    return together.convert("RGB") if behind.mode == "RGB" else together
