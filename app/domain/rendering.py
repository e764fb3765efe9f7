"""What a renderer is given and what it gives back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from app.domain.faces import Box
from app.domain.transformation.nodes import Transformation
from app.domain.transformation.steps import LayerRef


@dataclass(frozen=True, slots=True)
class Source:
    """A stored picture and what is known of it.

    Attributes:
        data: its file.
        format: normalised extension, of its bytes.
        width, height: pixels, EXIF orientation applied.
        pages: frames or pages.
        faces: boxes in pixels, by descending size; empty if none are known.
        custom: rectangles of ``custom_coordinates`` in pixels; empty if none are known.
        tags, context, metadata: what conditions may ask for.
        public_id: what ``$`` expressions and texts may show.
        quality: what ``q_auto`` stands for, as ``q_`` writes it; empty leaves it to the picture.
    """

    data: Path | bytes
    format: str
    width: int
    height: int
    pages: int = 1
    faces: tuple[Box, ...] = ()
    custom: tuple[Box, ...] = ()
    tags: frozenset[str] = frozenset()
    context: Mapping[str, str] = field(default_factory=dict)
    public_id: str = ""
    quality: str = ""


@dataclass(frozen=True, slots=True)
class RenderJob:
    """One derivative to be made.

    Attributes:
        transformation: named transformations have been replaced by what they stand for.
        extension: format that the URL's extension asks for; empty without one.
        negotiated: what ``f_auto`` stands for: ``avif``, ``webp`` or, for clients that take
            neither, empty: then the source's format if browsers know it, else JPEG or PNG.
        dpr: what ``dpr_auto`` stands for.
        layers: sources of the assets that layers show.
    """

    source: Source
    transformation: Transformation
    extension: str = ""
    negotiated: str = ""
    dpr: float = 1.0
    layers: Mapping[LayerRef, Source] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rendering:
    """A derivative.

    Attributes:
        data: the file.
        format: extension of what it is; ``json`` for ``fl_getinfo``.
        width, height: pixels; frames share them.
        pages: frames.
    """

    data: bytes
    format: str
    width: int
    height: int
    pages: int = 1


@dataclass(frozen=True, slots=True)
class RenderLimits:
    """Bounds of one rendering, so that no URL can ask for more than a worker has.

    Attributes:
        pixels_in: of the source, width × height.
        pixels_out: of any picture on the way, width × height.
        frames: of an animation.
        frame_pixels: width × height × frames of an animation.
        layers: overlays and underlays in one transformation.
        components: in one transformation, named ones expanded.
        text: characters of one text layer.
        side: width or height of the result.
        length: characters of a transformation's text.
    """

    pixels_in: int = 50_000_000
    pixels_out: int = 25_000_000
    frames: int = 500
    frame_pixels: int = 50_000_000
    layers: int = 20
    components: int = 100
    text: int = 1000
    side: int = 20_000
    length: int = 8192


class PictureRenderer(Protocol):
    """Renders derivatives. Synchronous and thread-safe: callers choose the thread."""

    def render(self, job: RenderJob) -> Rendering:
        """Make the derivative.

        Returns:
            The same bytes for the same job, whatever runs beside it.

        Raises:
            InvalidImage: the source, or a layer's, is damaged.
            BadRequest: the transformation cannot be run on this picture, or is beyond a limit.
            NotFound: a layer's source is missing from ``layers``.
        """
