"""Texts as pictures of their own."""

from __future__ import annotations

from app.domain.rendering import Rendering, RenderLimits
from app.domain.transformation.steps import Output, TextLayer
from app.imaging.render import writing
from app.imaging.render.fonts import Fonts
from app.imaging.render.picture import Picture
from app.imaging.render.text import text_image


def text(layer: TextLayer, fonts: Fonts, limits: RenderLimits) -> Rendering:
    """Set a text as a PNG, the way text layers are set.

    Raises:
        BadRequest: a style that there is not, or a text beyond a limit.
    """
    return writing.write(Picture((text_image(layer, fonts, limits),)), Output(), "png")
