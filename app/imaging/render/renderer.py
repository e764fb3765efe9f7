"""The :class:`app.domain.rendering.PictureRenderer` on Pillow."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from app.domain import formats
from app.domain.rendering import Rendering, RenderJob, RenderLimits
from app.domain.transformation import queries, values
from app.domain.transformation.scope import Scope
from app.domain.transformation.steps import Output
from app.imaging import decode
from app.imaging.render import writing
from app.imaging.render.fonts import Fonts
from app.imaging.render.picture import Picture
from app.imaging.render.pipeline import Materials, Walk


class PillowRenderer:
    """Renders derivatives with Pillow.

    Args:
        fonts: a directory with fonts beside those that are shipped.
    """

    #: Changes when the same job gives other bytes than before: derivatives that are kept are
    #: rendered anew then.
    version = "2"

    def __init__(self, limits: RenderLimits | None = None, fonts: Path | None = None) -> None:
        self._limits = limits or RenderLimits()
        self._fonts = Fonts(fonts)
        decode.register(self._limits.pixels_in)

    def render(self, job: RenderJob) -> Rendering:
        """Make a derivative; see :class:`~app.domain.rendering.PictureRenderer`.

        Raises:
            InvalidImage: the source, or a layer's, is damaged.
            BadRequest: the transformation cannot be run on this picture, or is beyond a limit.
            NotFound: a layer's source is missing.
        """
        asked = queries.requested_format(job.transformation)
        scope = Scope(job.dpr, self._limits)
        materials = Materials(
            job,
            self._limits,
            self._fonts,
            scope,
            animated=_animates(job, asked),
            traced=(asked or job.extension) == "svg",
        )
        walk = Walk(materials, job.source)
        walk.run(job.transformation.nodes)
        picture, output = walk.picture, _with_quality(scope.output, job.source.quality)
        if not _animates(job, output.format):  # a variable may have named another format
            picture = replace(picture, frames=picture.frames[:1])
        made = writing.write(picture, output, _format(job, picture, output))
        return _facts(job, made) if queries.wants_info(job.transformation) else made


def _animates(job: RenderJob, asked: str) -> bool:
    """Whether the result can be an animation.

    A PNG is one only where ``fl_apng`` asks for it, or where the source is one and the format
    is left to it.

    Args:
        asked: of ``f_``, empty without.
    """
    wanted = formats.normalise(asked or job.extension or job.source.format)
    if wanted != "png":
        return wanted == "auto" or wanted in formats.ANIMATED
    parts = queries.components(job.transformation.nodes)
    kept = not asked and job.source.format == "png"
    return kept or any("apng" in part.flags for part in parts)


def _with_quality(output: Output, override: str) -> Output:
    """How the result is to be written, with what ``q_auto`` stands for."""
    if not (output.auto and override):
        return output
    chosen = values.quality(override, float)
    chroma = chosen.chroma or output.chroma
    return replace(output, quality=chosen.number, auto=chosen.auto, chroma=chroma)


def _format(job: RenderJob, picture: Picture, output: Output) -> str:
    """The format to write: of ``f_``, of the URL's extension, else the source's."""
    asked = output.format or job.extension
    if asked and asked != "auto":
        return asked
    source = job.source.format
    if not asked and source in formats.FORMATS and formats.FORMATS[source].written:
        return source
    return formats.automatic(
        source,
        job.negotiated,
        size=picture.size,
        alpha=picture.has_alpha,
        animated=len(picture.frames) > 1,
        preserve_transparency="preserve_transparency" in output.flags,
    )


def _facts(job: RenderJob, made: Rendering) -> Rendering:
    """What ``fl_getinfo`` answers in place of the image."""
    source = job.source
    size = len(source.data) if isinstance(source.data, bytes) else source.data.stat().st_size
    told = {
        "input": {
            "width": source.width,
            "height": source.height,
            "bytes": size,
            "format": source.format,
        },
        "output": {
            "width": made.width,
            "height": made.height,
            "bytes": len(made.data),
            "format": made.format,
        },
    }
    return Rendering(json.dumps(told).encode(), "json", made.width, made.height)
