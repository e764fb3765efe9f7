"""The :class:`app.domain.making.ports.PictureMaker` on Pillow."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from app.domain.making.ports import Sheet
from app.domain.rendering import Rendering, RenderLimits, Source
from app.domain.transformation.steps import Output, TextLayer
from app.imaging import decode
from app.imaging.making import multi, sprite, text
from app.imaging.render.fonts import Fonts


class PillowMaker:
    """Makes pictures with Pillow.

    Args:
        fonts: a directory with fonts beside those that are shipped.
    """

    def __init__(self, limits: RenderLimits | None = None, fonts: Path | None = None) -> None:
        self._limits = limits or RenderLimits()
        self._fonts = Fonts(fonts)
        decode.register(self._limits.pixels_in)

    def text(self, layer: TextLayer) -> Rendering:
        """Set a text as a PNG."""
        return text.text(layer, self._fonts, self._limits)

    def sprite(
        self, pictures: Sequence[tuple[str, Source]], output: Output, extension: str
    ) -> Sheet:
        """Put pictures side by side on one sheet."""
        return sprite.sprite(pictures, output, extension, self._limits)

    def multi(self, pictures: Sequence[Source], output: Output, extension: str) -> Rendering:
        """Show pictures one after another, or put them on the pages of a PDF."""
        return multi.multi(pictures, output, extension, self._limits)
