"""The pictures that are put together: one frame of each, within limits for all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from PIL import Image

from app.domain.errors import BadRequest
from app.domain.rendering import RenderLimits, Source
from app.imaging.render import reading


def frames(
    sources: Iterable[Source], limits: RenderLimits, check: Callable[[Image.Image], None]
) -> Iterator[Image.Image]:
    """Decode the first frame of each source.

    Args:
        check: is shown each frame and raises where there have been too many pixels by then:
            what comes after it is not decoded any more.

    Yields:
        ``RGB`` or ``RGBA``, upright, sRGB.

    Raises:
        InvalidImage: a source is damaged.
        BadRequest: it has too many pixels by itself, or ``check`` refuses it.
    """
    for source in sources:
        frame = reading.read(source, limits, animated=False).frames[0]
        check(frame)
        yield frame


def too_large(what: str, got: int, most: int) -> BadRequest:
    """The refusal of more pixels than there may be."""
    return BadRequest(f"{what} has too many pixels. Got {got} or more. Maximum is {most}.")
