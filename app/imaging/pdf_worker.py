"""Run as a program: the pages of the PDF on standard input, or one of them as pixels.

A process of its own, because PDFium is native code, allows one thread only, and the file is a
stranger's. It imports nothing of ours.

It writes a line of JSON: ``pages``, and ``width`` and ``height`` of the page in points or, where
pixels follow, in pixels. These are RGB, row by row, 3 bytes each.
"""

from __future__ import annotations

import json
import resource
import sys
from typing import BinaryIO

import pypdfium2

_RGB = 3


def main(arguments: list[str], source: BinaryIO, target: BinaryIO) -> None:
    """Look at a file.

    Args:
        arguments: the page, counted from 1; then, if it is to be rendered, pixels per point and
            the width in pixels, one of them 0, and the most pixels there may be: beyond that
            none follow.
    """
    # From here on nothing can be opened: neither other files nor connections. Fonts that are not
    # in the file are PDFium's own, so the same on every machine.
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))
    document = pypdfium2.PdfDocument(source)
    facts = {"pages": len(document)}
    number = int(arguments[0])
    if number > len(document):
        _tell(target, facts)
        return
    page = document[number - 1]
    if len(arguments) == 1:
        width, height = page.get_size()
        _tell(target, {**facts, "width": width, "height": height})
        return
    scale, wanted, most = float(arguments[1]), int(arguments[2]), int(arguments[3])
    if document.get_formtype():
        document.init_forms()
    _render(page, facts, scale or wanted / page.get_width(), most, target)


def _render(
    page: pypdfium2.PdfPage, facts: dict[str, int], scale: float, most: int, target: BinaryIO
) -> None:
    """Draw a page on white, as paper is."""
    width, height = (max(1, round(side * scale)) for side in page.get_size())
    _tell(target, {**facts, "width": width, "height": height})
    if width * height > most:
        return
    bitmap = pypdfium2.PdfBitmap.new_native(
        width, height, pypdfium2.raw.FPDFBitmap_BGR, rev_byteorder=True
    )
    bitmap.fill_rect((255, 255, 255, 255), 0, 0, width, height)
    flags = pypdfium2.raw.FPDF_ANNOT | pypdfium2.raw.FPDF_REVERSE_BYTE_ORDER
    pypdfium2.raw.FPDF_RenderPageBitmap(bitmap, page, 0, 0, width, height, 0, flags)
    if page.formenv:
        pypdfium2.raw.FPDF_FFLDraw(page.formenv, bitmap, page, 0, 0, width, height, 0, flags)
    rows = memoryview(bitmap.buffer).cast("B")
    for top in range(0, bitmap.stride * height, bitmap.stride):
        target.write(rows[top : top + width * _RGB])


def _tell(target: BinaryIO, facts: dict[str, int]) -> None:
    target.write(json.dumps(facts).encode() + b"\n")


if __name__ == "__main__":
    main(sys.argv[1:], sys.stdin.buffer, sys.stdout.buffer)
