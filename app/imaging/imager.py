"""The :class:`app.domain.ports.Imager` on Pillow."""

from __future__ import annotations

import struct
from collections.abc import Collection
from pathlib import Path

from app.domain.errors import InvalidImage
from app.domain.images import InputSpec, Inspection, MediaKind
from app.imaging import bitmaps, decode, gif, isobmff, jpeg, pdf, png, tiff
from app.imaging.buffers import MAX_FRAMES, Buffer, viewed
from app.imaging.sniff import sniff

#: Bytes that tell what a file is.
_HEAD = 4096


class PillowImager:
    """Sniffs, probes and decodes.

    A file's first bytes decide which decoder sees it. Before that its structure is walked over:
    decoders allocate what a header claims, and loop over every part that a file has, so that a
    small file can ask for gigabytes or minutes.

    Args:
        max_pixels: largest width × height that is decoded.
    """

    def __init__(self, max_pixels: int) -> None:
        self._max_pixels = max_pixels
        decode.register(max_pixels)

    def sniff(self, head: bytes) -> tuple[MediaKind, str]:
        """Name a file by its first bytes."""
        return sniff(head)

    def inspect(self, source: bytes | Path, specs: Collection[InputSpec] = ()) -> Inspection:
        """Decode a picture completely and cut what the engines look at.

        Raises:
            InvalidImage: it is no supported picture, or damaged, cut short, or too costly.
            BadRequest: it has too many pixels.
            OSError: ``source`` cannot be opened.
        """
        with viewed(source) as (data, file):
            kind, name = sniff(data[:_HEAD])
            if kind == "pdf":
                return self._inspect_pdf(source, specs)
            if kind != "image":
                raise InvalidImage
            frames, claimed = self._check(name, data)
            decoded = decode.decode(file, name, specs, self._max_pixels, claimed)
        inputs = {}
        if specs:
            inputs = decode.views(decode.to_rgb(decoded.image), specs, decoded.turn)
        pages = max(1, min(max(frames, decoded.frames), MAX_FRAMES))
        return Inspection(name, decoded.width, decoded.height, pages, inputs)

    def _inspect_pdf(self, source: bytes | Path, specs: Collection[InputSpec]) -> Inspection:
        """Draw the first page, which proves that it can be drawn, and look at that."""
        pages = pdf.pdf_pages(source)
        page = pdf.render_page(source, max_pixels=self._max_pixels)
        inputs = decode.views(page, specs, turn=1)
        return Inspection("pdf", page.width, page.height, min(pages.count, MAX_FRAMES), inputs)

    def _check(self, name: str, data: Buffer) -> tuple[int, tuple[int, int] | None]:
        """Walk over a file's structure: its frames as far as that shows, and its size."""
        try:
            match name:
                case "jpg":
                    return 1, jpeg.check(data)
                case "png":
                    return png.check(data), None
                case "gif":
                    return gif.check(data), None
                case "tif":
                    return tiff.check(data), None
                case "bmp":
                    bitmaps.check_bitmap(data)
                case "ico":
                    bitmaps.check_icon(data, self._max_pixels)
                case "avif" | "heic":
                    isobmff.check(data)
        except (struct.error, IndexError, OverflowError) as error:
            raise InvalidImage from error
        return 1, None
