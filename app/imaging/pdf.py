"""PDF files as pictures: how many pages they have, and their pages as pixels.

Every call starts a program of its own (:mod:`app.imaging.pdf_worker`), which takes about a tenth
of a second more than the drawing: a file that crashes or stalls PDFium ends that program alone.
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from app.domain.errors import BadRequest, InvalidImage
from app.imaging import child
from app.imaging.bitmaps import too_many_pixels
from app.imaging.buffers import viewed
from app.imaging.sniff import sniff

#: PDF's unit of length, a point, is this part of an inch; at so many dots per inch it is a pixel.
POINTS_PER_INCH = 72

#: By its name: importing it would load PDFium here.
_PROGRAM = (sys.executable, "-I", str(Path(__file__).with_name("pdf_worker.py")))

#: Seconds for one page, and bytes beside its pixels: fonts, patterns and pictures of the page.
_SECONDS = 15
_MEMORY = 1 << 30

#: Bytes of a pixel in the program, of the bitmap and of transparent groups over it; and on the
#: way to us.
_HELD, _SENT = 24, 3

#: Bytes that tell what a file is.
_HEAD = 4096

#: Longest side of a page in points that is believed: PDF 1.6 allows 14,400.
_MAX_POINTS = 200_000


@dataclass(frozen=True, slots=True)
class PdfPages:
    """A file's pages.

    Attributes:
        count: at least 1.
        width, height: of the first page in points, which at 72 dots per inch are pixels; at least
            1, turned as it is shown.
    """

    count: int
    width: int
    height: int


def pdf_pages(source: bytes | Path) -> PdfPages:
    """Count the pages of a PDF, and measure the first.

    Raises:
        InvalidImage: it is damaged, has no page, or cannot be opened without a password.
        OSError: ``source`` cannot be opened.
    """
    facts, _ = _run(source, ["1"], child.Limits(_SECONDS, _MEMORY))
    width, height = (round(facts.get(side, 0.0)) for side in ("width", "height"))
    if facts["pages"] < 1 or not (width <= _MAX_POINTS and height <= _MAX_POINTS):
        raise InvalidImage
    return PdfPages(int(facts["pages"]), max(1, width), max(1, height))


def render_page(
    source: bytes | Path,
    page: int = 1,
    *,
    dpi: float = POINTS_PER_INCH,
    width: int = 0,
    max_pixels: int,
) -> Image.Image:
    """Draw a page, on white.

    Args:
        page: counted from 1.
        dpi: pixels per inch; the real service's ``density``.
        width: pixels of its width instead, with which ``dpi`` does not count.
        max_pixels: most pixels that are drawn.

    Returns:
        RGB; annotations and filled-in forms are drawn too, as they are in print.

    Raises:
        InvalidImage: the file or the page is damaged, or too costly to draw.
        BadRequest: there is no such page, or it has too many pixels; nothing has been drawn then.
        OSError: ``source`` cannot be opened.
    """
    if page < 1:
        raise BadRequest(f"Invalid page number {page}.")
    scale = 0.0 if width else dpi / POINTS_PER_INCH
    limits = child.Limits(_SECONDS, _MEMORY + _HELD * max_pixels, _SENT * max_pixels + 4096)
    facts, pixels = _run(source, [str(page), str(scale), str(width), str(max_pixels)], limits)
    if page > facts["pages"]:
        raise BadRequest(f"Invalid page number {page}. The image has {facts['pages']:.0f}.")
    size = int(facts.get("width", 0)), int(facts.get("height", 0))
    if size[0] * size[1] > max_pixels:
        raise too_many_pixels(size[0] * size[1], max_pixels)
    if not pixels or len(pixels) != size[0] * size[1] * _SENT:
        raise InvalidImage
    return Image.frombytes("RGB", size, pixels)


def as_picture(source: bytes | Path, max_pixels: int) -> bytes | Path:
    """A PDF's first page as a PNG file, for who reads picture files; other files as they are.

    Raises:
        InvalidImage, BadRequest: as :func:`render_page`.
        OSError: ``source`` cannot be opened.
    """
    with viewed(source) as (data, _):
        if sniff(data[:_HEAD])[0] != "pdf":
            return source
    file = io.BytesIO()
    render_page(source, max_pixels=max_pixels).save(file, "PNG", compress_level=1)
    return file.getvalue()


def _run(
    source: bytes | Path, arguments: Sequence[str], limits: child.Limits
) -> tuple[dict[str, float], bytes]:
    """What the program tells, and the pixels that follow."""
    try:
        line, _, pixels = child.run([*_PROGRAM, *arguments], source, limits).partition(b"\n")
        facts = json.loads(line)
        if not isinstance(facts, dict) or "pages" not in facts:
            raise InvalidImage
    except (child.ChildFailed, ValueError) as error:
        raise InvalidImage from error
    return {name: float(fact) for name, fact in facts.items()}, pixels
