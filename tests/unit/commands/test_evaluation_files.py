"""Tables as people's programs write them, and markup that nothing can break out of."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.commands.evaluation.markup import Html, join, tag, text
from app.commands.evaluation.reading import read_rows
from app.domain.photo_labels import LabelError


def write(path: Path, data: str | bytes) -> Path:
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def test_tsv_takes_quotes_as_they_are(tmp_path: Path) -> None:
    rows = read_rows(write(tmp_path / "a.tsv", 'file\ttags\n12".jpg\tcat, "dog"\n\nb.jpg\n'))
    assert [(row.line, dict(row.cells)) for row in rows] == [
        (2, {"file": '12".jpg', "tags": 'cat, "dog"'}),
        (4, {"file": "b.jpg", "tags": ""}),
    ]


def test_csv_as_a_spreadsheet_writes_it(tmp_path: Path) -> None:
    data = b'\xef\xbb\xbf"file",tags\r\n"a, b.jpg","cat, dog"\r\n'
    (row,) = read_rows(write(tmp_path / "a.CSV", data))
    assert row.cells == {"file": "a, b.jpg", "tags": "cat, dog"}


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("a.tsv", b"", "is empty"),
        ("a.tsv", b"file\ttags\n\xff\tcat\n", "not UTF-8"),
        ("a.tsv", b"file\tfile\n", "column 'file' twice"),
        ("a.tsv", b"file\ttags\na\tb\tc\n", "line 2 has 3 cells"),
        ("a.csv", b'file,tags\n"a,b\n', "cannot be read"),
    ],
)
def test_unusable_tables(tmp_path: Path, name: str, data: bytes, reason: str) -> None:
    with pytest.raises(LabelError, match=reason):
        read_rows(write(tmp_path / name, data))


def test_a_missing_table(tmp_path: Path) -> None:
    with pytest.raises(LabelError, match="No such file"):
        read_rows(tmp_path / "none.tsv")


def test_text_is_escaped_and_markup_is_not() -> None:
    made = tag("p", "<b>&", tag("i", "x"), class_="a\"'<", title=None)
    assert made == '<p class="a&quot;&#x27;&lt;">&lt;b&gt;&amp;<i>x</i></p>'
    assert tag("img", alt="x") == '<img alt="x">'
    assert text(Html("<br>")) == "<br>" and join("<", Html(">")) == "&lt;>"
    assert text("a\x00\x1b\udc80b") == "a\ufffd\ufffd\ufffdb"
