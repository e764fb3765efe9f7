"""Colour tables: what they do to colours, and files that are none."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app.domain.errors import BadRequest
from app.domain.rendering import Source
from app.imaging.render import luts
from tests import photos


def source(text: str | bytes) -> Source:
    data = text.encode() if isinstance(text, str) else text
    return Source(data, "", 1, 1, public_id="film/grade")


def cube(side: int, *, head: str = "") -> str:
    """Negative colours, red lifted by half of blue."""
    steps = [number / (side - 1) for number in range(side)]
    rows = [
        f"{min(1, 1 - red + blue / 2):.6f} {1 - green:.6f} {1 - blue:.6f}"
        for blue, green, red in itertools.product(steps, repeat=3)
    ]
    return "\n".join([head, f"LUT_3D_SIZE {side}", *rows])


def mesh(side: int, bits: int, *, stated: bool) -> str:
    """The same as a ``.3dl`` file."""
    steps = [number / (side - 1) for number in range(side)]
    most = (1 << bits) - 1
    rows = [
        " ".join(str(round(most * min(1, it))) for it in (1 - red + blue / 2, 1 - green, 1 - blue))
        for red, green, blue in itertools.product(steps, repeat=3)
    ]
    head = ["3DMESH", f"Mesh {side.bit_length()} {bits}"] if stated else ["# of some program"]
    return "\r\n".join([*head, " ".join(str(round(1023 * it)) for it in steps), *rows, "LUT8"])


@pytest.mark.parametrize(
    "text",
    [
        cube(17, head='TITLE "1 2 3"\n# a comment\nDOMAIN_MIN 0 0 0\nDOMAIN_MAX 1 1 1.0'),
        cube(33, head="LUT_3D_INPUT_RANGE 0.0 1.0"),
        mesh(17, 12, stated=True),
        mesh(17, 12, stated=False),
        mesh(33, 10, stated=False),
        mesh(17, 16, stated=False),
    ],
    ids=["cube 17", "cube 33", "mesh", "12 bits", "10 bits", "16 bits"],
)
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_colours_become_those_of_the_table(text: str, mode: str) -> None:
    image = photos.load("coffee.png", (60, 40)).convert(mode)
    if mode == "RGBA":
        image.putalpha(77)
    graded = image.filter(luts.read(source(text)))
    assert graded.mode == mode
    given, found = (np.asarray(it).astype(float) for it in (image, graded))
    expected = 255 - given[..., :3]
    expected[..., 0] = np.minimum(255, expected[..., 0] + given[..., 2] / 2)
    # Between the colours of the table a bend is cut short.
    off = np.abs(found[..., :3] - expected)
    assert off.mean() < 1
    assert off.max() < 10
    assert (found[..., 3:] == given[..., 3:]).all()


def test_a_stored_file(tmp_path: Path) -> None:
    file = tmp_path / "grade.cube"
    file.write_text(cube(2), encoding="ascii")
    table = luts.read(Source(file, "", 1, 1))
    assert Image.new("RGB", (1, 1), "black").filter(table).getpixel((0, 0)) == (255, 255, 255)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "no numbers"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 9, ""),
        (b"LUT_3D_SIZE 2\n0 0 0\n", "needs 8 rows"),
        (b"LUT_3D_SIZE 2\n" + b"0 0 0\n" * 9, "needs 8 rows"),
        (b"LUT_3D_SIZE 2\n" + b"0 0\n" * 12, "needs 8 rows"),
        (b"LUT_3D_SIZE 2\n" + b"nan nan nan\n" * 8, "needs 8 rows"),
        (b"LUT_3D_SIZE 2\n" + b"-inf 0 0\n" * 8, "not finite"),
        (b"LUT_3D_SIZE 2\n" + b"0 0x 0\n" * 8, "a number is expected"),
        (b"LUT_3D_SIZE 1\n0 0 0\n", "2 to 65"),
        (b"LUT_3D_SIZE 66\n0 0 0\n", "2 to 65"),
        (b"LUT_3D_SIZE " + b"9" * 3000, "2 to 65"),
        (b"LUT_3D_SIZE -2\n", "not a number"),
        (b"LUT_3D_SIZE\n", "not a number"),
        (b"LUT_1D_SIZE 2\nLUT_3D_SIZE 2\n" + b"0 0 0\n" * 8, "one dimension"),
        (b"DOMAIN_MAX 2 2 2\nLUT_3D_SIZE 2\n" + b"0 0 0\n" * 8, "from 0 to 1"),
        (b"0 1 1023\n" + b"0 0 0\n" * 27, "equal distances"),
        (b"-inf 1\n" + b"0 0 0\n" * 8, "not finite"),
        (b"0 1023\n" + b"70000 0 0\n" * 8, "too large"),
        (b"Mesh 1 99\n0 1023\n" + b"1 0 0\n" * 8, "too large"),
        (b"1 " * 3000, "too long"),
        (b"1 1 1\n" * 300_000, "too many lines"),
        (b" " * 8_000_001, "more than 8000000 bytes"),
    ],
)
def test_what_is_no_table_says_why(data: bytes, message: str) -> None:
    with pytest.raises(BadRequest, match=f"Invalid 3D LUT film/grade: .*{message}"):
        luts.read(source(data))
