"""Pictures shown one after another, or on the pages of a PDF."""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image

from app.domain.errors import BadRequest
from app.domain.rendering import Rendering, RenderLimits, Source
from app.domain.transformation.steps import Output
from app.imaging.making.frames import frames, too_large
from app.imaging.render import encoding, writing
from app.imaging.render.picture import Picture

#: Milliseconds for which a picture is shown where no delay is asked for. What the vendor takes
#: is not known.
DELAY = 100


def multi(
    sources: Sequence[Source], output: Output, extension: str, limits: RenderLimits
) -> Rendering:
    """Put pictures together; see :class:`app.domain.making.ports.PictureMaker`.

    An animation is as wide and as high as the widest and the highest of its pictures; smaller
    ones stand in the middle of what is transparent. It is shown for ever unless ``e_loop`` says
    otherwise. Pages of a PDF each have their own picture's size, a pixel a point.

    Raises:
        InvalidImage: a picture is damaged.
        BadRequest: there are too many pictures, or too many pixels.
    """
    if len(sources) > limits.frames:
        raise BadRequest(
            f"Animation frame count is too large. Got {len(sources)}. Maximum is {limits.frames}."
        )
    pages = extension == "pdf"
    held = width = height = 0

    def check(frame: Image.Image) -> None:
        nonlocal held, width, height
        held += frame.width * frame.height
        width, height = max(width, frame.width), max(height, frame.height)
        total = held if pages else width * height * len(sources)
        if total > limits.frame_pixels:
            raise too_large("Animation", total, limits.frame_pixels)

    images = list(frames(sources, limits, check))
    if pages:
        return _pdf(images, output)
    picture = Picture(
        tuple(_centred(images, (width, height))),
        durations=(DELAY,) * len(images) if len(images) > 1 else (),
    )
    return writing.write(picture, output, extension)


def _centred(images: Sequence[Image.Image], size: tuple[int, int]) -> list[Image.Image]:
    """All of one size and mode."""
    opaque = all(image.mode == "RGB" and image.size == size for image in images)
    return [image if opaque else _on_canvas(image, size) for image in images]


def _on_canvas(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    canvas = Image.new("RGBA", size, (0, 0, 0, 0))
    canvas.paste(image, ((size[0] - image.width) // 2, (size[1] - image.height) // 2))
    return canvas


def _pdf(images: Sequence[Image.Image], output: Output) -> Rendering:
    pages = [encoding.flattened(image) for image in images]
    quality = output.quality or writing.DEFAULT_QUALITY
    options = {
        **encoding.options("pdf", quality, chroma=output.chroma),
        "save_all": True,
        "append_images": pages[1:],
        # Without dates the same pictures give the same file.
        "creationDate": None,
        "modDate": None,
    }
    data = encoding.still(pages[0], "pdf", options)
    width, height = pages[0].size
    return Rendering(data, "pdf", width, height, len(pages))
