"""Pictures as vectors: areas of few colours, traced into curves."""

from __future__ import annotations

import io
import re

import numpy as np
import vtracer
from PIL import Image, ImageFilter

from app.domain.transformation.effect_arguments import Values

#: Longer side in pixels of what is traced, with the least detail and with all of it. More would
#: take long, as the tracer keeps Python's lock, and make files larger than the photo's: these
#: take 10 … 30 ms of photos, of noise 0.3 s and 800 kB.
_SIDES = (128, 256)

_OPAQUE = 128


def svg(image: Image.Image, settings: Values) -> bytes:
    """Trace a picture.

    It is reduced first, and drawn at its full size again. What is less than half opaque is left
    out; an opaque picture is drawn on its most frequent colour, so that no gap shows.

    Args:
        image: ``RGB`` or ``RGBA``.
        settings: of ``e_vectorize``: most ``colors``; ``detail``, 0 … 1000 or a share of it, is
            the size that is traced; ``despeckle``, 0 … 100 or a share, the side in pixels of
            areas that are left out; ``paths`` how much curves are simplified; ``corners`` how
            sharp a turn has to be that stays one.

    Returns:
        An SVG 1.1 document: the same bytes for the same picture and settings.
    """
    width, height = image.size
    detail = settings.number("detail")
    side = round(float(np.interp(detail if detail <= 1 else detail / 1000, (0, 1), _SIDES)))
    small = image.copy()
    small.thumbnail((side, side), Image.Resampling.BOX)
    flat = small.convert("RGB").filter(ImageFilter.MedianFilter(3))
    indexed = flat.quantize(
        round(settings.number("colors")), Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE
    )
    palette = np.reshape(indexed.getpalette() or [0, 0, 0], (-1, 3))
    flat = indexed.convert("RGB")
    ground = ""
    if small.mode == "RGBA":
        flat.putalpha(small.getchannel("A").point([0] * _OPAQUE + [255] * (256 - _OPAQUE)))
    else:
        frequent = palette[np.bincount(np.asarray(indexed).ravel()).argmax()]
        ground = f'<rect width="{width}" height="{height}" fill="{_hex(frequent)}"/>\n'
    across, down = width / small.width, height / small.height
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" version="1.1" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" preserveAspectRatio="none">\n{ground}'
        f'<g transform="scale({across:.6g},{down:.6g})">{_paths(flat, settings, palette)}</g>\n'
        "</svg>\n"
    ).encode()


def _paths(image: Image.Image, settings: Values, palette: np.ndarray) -> str:
    """The areas of a picture as elements of an SVG, larger ones below what lies on them."""
    speckle = settings.number("despeckle")
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=1)
    document = vtracer.convert_raw_image_to_svg(
        buffer.getvalue(),
        img_format="png",
        hierarchical="stacked",
        mode="spline",
        filter_speckle=max(1, round(speckle if speckle >= 1 else speckle * 100)),
        color_precision=8,
        layer_difference=0,
        corner_threshold=round(min(180.0, 2.4 * settings.number("corners"))),
        length_threshold=float(np.interp(settings.number("paths"), (0, 100), (3.5, 10))),
        path_precision=0,
    )
    body = document[document.index("<svg") :]
    body = body[body.index(">") + 1 : body.rindex("</svg>")]

    def nearest(match: re.Match[str]) -> str:
        # The tracer gives an area the mean of what it has taken into it.
        colour = [int(match[1][at : at + 2], 16) for at in (0, 2, 4)]
        return f'fill="{_hex(palette[((palette - colour) ** 2).sum(axis=1).argmin()])}"'

    return re.sub(r'fill="#([0-9A-Fa-f]{6})"', nearest, body)


def _hex(colour: np.ndarray) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)
