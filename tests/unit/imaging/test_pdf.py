"""PDF files as pictures."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app.domain.errors import BadRequest, InvalidImage
from app.imaging.pdf import PdfPages, pdf_pages, render_page
from tests import photos

MANY = 10_000_000
RED_SQUARE = "1 0 0 rg 20 20 40 40 re f"
TEXT = "BT /F1 40 Tf 20 30 Td (Hello) Tj ET"


def pdf(*contents: str, box: str = "0 0 200 100", page: str = "", trailer: str = "") -> bytes:
    """A small PDF: a page for every stream of drawing operators (ISO 32000-1, 7.5)."""
    objects = ["<</Type/Catalog/Pages 2 0 R>>", ""]
    objects.append("<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>")
    kids = []
    for content in contents:
        objects.append(f"<</Length {len(content)}>>stream\n{content}\nendstream")
        stream = len(objects)
        objects.append(
            f"<</Type/Page/Parent 2 0 R/MediaBox[{box}]/Contents {stream} 0 R"
            f"/Resources<</Font<</F1 3 0 R>>>>{page}>>"
        )
        kids.append(f"{len(objects)} 0 R")
    objects[1] = f"<</Type/Pages/Kids[{' '.join(kids)}]/Count {len(kids)}>>"
    data, offsets = b"%PDF-1.7\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(data))
        data += f"{number} 0 obj\n{body}\nendobj\n".encode()
    table = "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    end = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}"
    end += f"trailer<</Size {len(objects) + 1}/Root 1 0 R{trailer}>>\nstartxref\n{len(data)}\n%%EOF"
    return data + end.encode()


def test_pages_are_counted_and_measured() -> None:
    assert pdf_pages(pdf(TEXT, RED_SQUARE, TEXT)) == PdfPages(3, 200, 100)
    assert pdf_pages(pdf(TEXT, page="/Rotate 90")) == PdfPages(1, 100, 200)
    assert pdf_pages(pdf(TEXT, page="/CropBox[0 0 50 60]")) == PdfPages(1, 50, 60)


def test_a_page_is_drawn_on_white() -> None:
    drawn = render_page(pdf(TEXT, RED_SQUARE), 2, max_pixels=MANY)
    assert (drawn.mode, drawn.size) == ("RGB", (200, 100))
    assert drawn.getpixel((40, 60)) == (255, 0, 0)
    assert drawn.getpixel((150, 20)) == (255, 255, 255)
    words = np.asarray(render_page(pdf(TEXT), max_pixels=MANY))
    assert 0.05 < (words[30:75, 20:120] < 128).mean() < 0.5


def test_resolution_and_width() -> None:
    data = pdf(RED_SQUARE)
    assert render_page(data, dpi=300, max_pixels=MANY).size == (833, 417)
    wide = render_page(data, width=1001, max_pixels=MANY)  # a row is no multiple of 4 bytes
    assert wide.size == (1001, 500)
    assert wide.getpixel((200, 300)) == (255, 0, 0)
    assert wide.getpixel((700, 100)) == (255, 255, 255)


def test_a_photo_in_a_pdf_looks_like_the_photo() -> None:
    photo = photos.load("coffee.png")
    data = photos.encode(photo, "PDF", resolution=72)
    drawn = render_page(data, max_pixels=MANY)
    assert drawn.size == photo.size
    difference = np.abs(np.asarray(drawn, np.int16) - np.asarray(photo, np.int16))
    assert difference.mean() < 6  # Pillow keeps it as a JPEG


def test_annotations_are_drawn() -> None:
    square = "<</Type/Annot/Subtype/Square/Rect[10 10 90 90]/C[0 0 1]/IC[0 0 1]/F 4>>"
    drawn = render_page(pdf("", page=f"/Annots[{square}]"), max_pixels=MANY)
    assert drawn.getpixel((50, 50)) == (0, 0, 255)
    assert drawn.getpixel((150, 50)) == (255, 255, 255)


@pytest.mark.parametrize("page", [0, -1, 3, 10**9])
def test_pages_that_are_not_there(page: int) -> None:
    with pytest.raises(BadRequest, match=f"Invalid page number {page}"):
        render_page(pdf(TEXT, TEXT), page, max_pixels=MANY)


def test_too_many_pixels_are_not_drawn() -> None:
    with pytest.raises(BadRequest, match=r"Got 5000000000\. Maximum is"):
        render_page(pdf(TEXT), width=100_000, max_pixels=MANY)


@pytest.mark.parametrize(
    "data",
    [
        b"%PDF-1.7",
        b"%PDF-1.7\n" + bytes(range(256)) * 50,
        pdf(TEXT)[:150],
        pdf(),
    ],
    ids=["nothing", "noise", "cut short", "no page"],
)
def test_damaged_files_are_refused(data: bytes) -> None:
    with pytest.raises(InvalidImage):
        pdf_pages(data)
    with pytest.raises(InvalidImage):
        render_page(data, max_pixels=MANY)


def test_what_is_locked_is_refused() -> None:
    lock = f"/Encrypt<</Filter/Standard/V 1/R 2/P -4/O<{'41' * 32}>/U<{'42' * 32}>>>/ID[<00><00>]"
    with pytest.raises(InvalidImage):
        pdf_pages(pdf(TEXT, trailer=lock))


def test_a_page_that_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.imaging.pdf._SECONDS", 1)
    lines = "".join(f"{n % 200} 0 m {n % 97} 100 l 0 0 1 RG S " for n in range(600_000))
    with pytest.raises(InvalidImage):
        render_page(pdf(lines), dpi=300, max_pixels=MANY)


def test_pages_are_drawn_at_the_same_time() -> None:
    data = pdf(*(f"{n / 4} 0 0 rg 0 0 200 100 re f" for n in range(4)))
    drawn: dict[int, Image.Image] = {}

    def draw(page: int) -> None:
        drawn[page] = render_page(data, page, max_pixels=MANY)

    threads = [threading.Thread(target=draw, args=(page,)) for page in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    shades = [drawn[page].getpixel((100, 50)) for page in range(1, 5)]
    assert shades == [(0, 0, 0), (64, 0, 0), (128, 0, 0), (191, 0, 0)]


def test_files_and_bytes_are_alike(tmp_path: Path) -> None:
    path = tmp_path / "file.pdf"
    path.write_bytes(pdf(RED_SQUARE))
    with_bytes = render_page(path.read_bytes(), max_pixels=MANY)
    assert render_page(path, max_pixels=MANY).tobytes() == with_bytes.tobytes()
    assert pdf_pages(path) == pdf_pages(path.read_bytes())
