"""Finding fonts."""

from __future__ import annotations

import hashlib
import re
import shutil
from pathlib import Path

import pytest

from app.domain.errors import BadRequest
from app.imaging.render.fonts import SHIPPED, Fonts


@pytest.fixture(scope="module")
def fonts() -> Fonts:
    return Fonts()


@pytest.mark.parametrize(
    ("family", "weight", "slant", "file"),
    [
        ("Arial", "normal", "normal", "LiberationSans-Regular.ttf"),
        ("arial", "bold", "italic", "LiberationSans-BoldItalic.ttf"),
        ("Helvetica", "700", "normal", "LiberationSans-Bold.ttf"),
        ("Times New Roman", "", "italic", "LiberationSerif-Italic.ttf"),
        ("Courier New", "bold", "oblique", "LiberationMono-BoldItalic.ttf"),
        ("Verdana", "bold", "normal", "DejaVuSans-Bold.ttf"),
        ("Open Sans", "thin", "normal", "OpenSans-Regular.ttf"),
        ("open_sans", "black", "normal", "OpenSans-Bold.ttf"),
        ("Roboto@google", "500", "normal", "Roboto-Regular.ttf"),
        ("Lato.ttf", "semibold", "normal", "Lato-Bold.ttf"),
        ("LiberationSerif-Bold.ttf", "normal", "normal", "LiberationSerif-Bold.ttf"),
        ("Impact", "normal", "normal", "Oswald-Bold.ttf"),
        ("Comic Sans MS", "normal", "normal", "ComicNeue-Regular.otf"),
    ],
)
def test_the_nearest_file_is_found(
    fonts: Fonts, family: str, weight: str, slant: str, file: str
) -> None:
    assert fonts.find(family, weight, slant).name == file


@pytest.mark.parametrize(
    ("family", "weight", "slant", "named"),
    [
        ("Nosuchfont", "normal", "normal", "Nosuchfont"),
        ("", "normal", "normal", "family"),
        ("../../etc/passwd", "normal", "normal", "family"),
        ("Arial", "sturdy", "normal", "sturdy"),
        ("Arial", "9" * 5000, "normal", "weight"),
        ("Arial", "normal", "leaning", "leaning"),
    ],
)
def test_what_there_is_not_is_named(
    fonts: Fonts, family: str, weight: str, slant: str, named: str
) -> None:
    with pytest.raises(BadRequest, match=named):
        fonts.find(family, weight, slant)


def test_the_operators_fonts_come_first(tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    own = shutil.copy(SHIPPED / "ComicNeue-Bold.otf", tmp_path / "more" / "Montserrat.otf")
    shutil.copy(SHIPPED / "Lato-Bold.ttf", tmp_path / "brand.TTF")
    (tmp_path / "broken.ttf").write_bytes(b"no font")
    (tmp_path / "notes.txt").write_text("no font either")
    fonts = Fonts(tmp_path)
    # By the name of its file, though Montserrat has a stand-in.
    assert fonts.find("Montserrat") == Path(own)
    assert Fonts().find("Montserrat").name == "Lato-Regular.ttf"
    # By the name that it carries, and then it is the whole family.
    assert fonts.find("Lato") == tmp_path / "brand.TTF"
    assert fonts.find("Comic Sans").parent == tmp_path / "more"
    assert fonts.find("Arial").parent == SHIPPED
    with pytest.raises(BadRequest):
        fonts.find("broken")


def test_a_directory_that_is_not_there_has_no_fonts(tmp_path: Path) -> None:
    assert Fonts(tmp_path / "none").find("Arial").parent == SHIPPED


def test_missing_glyphs_come_from_the_fallback(fonts: Fonts) -> None:
    typeface = fonts.typeface("Arial", "bold", "normal", 30)
    names = {character: typeface.font(character).getname() for character in "AžЖ☃ \N{NBSP}"}
    assert names.pop("☃") == ("DejaVu Sans", "Bold")
    assert set(names.values()) == {("Liberation Sans", "Bold")}
    # Neither has it: the first font shows its own sign for that.
    assert typeface.font("\U0002f800").getname() == ("Liberation Sans", "Bold")


def test_advances_are_pillows_own(fonts: Fonts) -> None:
    typeface = fonts.typeface("Roboto", "normal", "normal", 40)
    for character in "iW ☃":
        expected = typeface.font(character).getlength(character)
        assert typeface.advance(character) == typeface.advance(character) == expected
    assert typeface.advance("W") > 2 * typeface.advance("i")


def test_every_shipped_file_is_what_its_readme_says() -> None:
    readme = (SHIPPED / "README.md").read_text(encoding="utf-8")
    listed = dict(re.findall(r"^([0-9a-f]{64})  (\S+)$", readme, re.MULTILINE))
    found = {
        hashlib.sha256(path.read_bytes()).hexdigest(): path.name
        for path in SHIPPED.iterdir()
        if path.suffix in (".ttf", ".otf")
    }
    assert listed == found
    for licence in re.findall(r"\((LICENSE\.[a-z-]+)\)", readme):
        assert "permission" in (SHIPPED / licence).read_text(encoding="utf-8").casefold()
