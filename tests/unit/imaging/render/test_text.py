"""Texts as images, against Pillow's own measures."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from app.domain.errors import BadRequest
from app.domain.rendering import RenderLimits
from app.domain.transformation.steps import Border, Colour, TextLayer, TextStyle
from app.imaging.render.fonts import Fonts
from app.imaging.render.text import text_image

FONTS = Fonts()
LIMITS = RenderLimits()
RED = Colour(200, 30, 10)
BLUE = Colour(0, 0, 255)
FOX = "The quick brown fox jumps over the lazy dog, again and again and once more"


def style(family: str = "Arial", size: float = 40, **more: Any) -> TextStyle:
    return TextStyle(family, size, **more)


def draw(text: str, look: TextStyle | None = None, **more: Any) -> Image.Image:
    image = text_image(TextLayer(text, look or style(), **more), FONTS, LIMITS)
    assert image.mode == "RGBA"
    return image


def alpha(image: Image.Image) -> Any:
    return np.asarray(image.getchannel("A"), dtype=int)


def line_boxes(image: Image.Image) -> list[tuple[int, int]]:
    """First and last column of ink of each line; lines are parted by rows without any."""
    rows = alpha(image).any(axis=1)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], rows.astype(int), [0]])))
    boxes = []
    for top, lower in edges.reshape(-1, 2):
        columns = np.flatnonzero(alpha(image)[top:lower].any(axis=0))
        boxes.append((int(columns[0]), int(columns[-1])))
    return boxes


@pytest.mark.parametrize("family", ["Arial", "Times", "Courier", "Roboto", "Open Sans", "Lato"])
@pytest.mark.parametrize("size", [11, 40, 173])
def test_a_line_is_what_pillow_draws(family: str, size: int) -> None:
    font = ImageFont.truetype(FONTS.find(family), size, layout_engine=ImageFont.Layout.BASIC)
    left, top, right, lower = font.getbbox("Hmnui gp", anchor="ls")  # no pairs to be kerned
    expected = Image.new("L", (int(right - left), int(lower - top)), 0)
    ImageDraw.Draw(expected).text((-left, -top), "Hmnui gp", fill=255, font=font, anchor="ls")
    box = expected.getbbox()
    image = draw("Hmnui gp", style(family, size))
    assert box and image.size == (box[2] - box[0], box[3] - box[1])
    assert np.abs(alpha(image) - np.asarray(expected.crop(box), dtype=int)).max() <= 64


def test_letters_have_exactly_their_colour() -> None:
    image = np.asarray(draw("Block", style(size=90, weight="bold"), colour=RED))
    opaque = image[image[:, :, 3] == 255]
    assert len(opaque) > 2000 and (opaque == (200, 30, 10, 255)).all()
    # A translucent colour is never more opaque than it says.
    faint = alpha(draw("Block", style(size=90), colour=replace(RED, alpha=64)))
    assert faint.max() == 64


def test_the_image_is_trimmed_to_the_ink() -> None:
    covered = alpha(draw("  x  "))
    assert covered[0].any() and covered[-1].any()
    assert covered[:, 0].any() and covered[:, -1].any()


def test_untrimmed_it_is_as_high_as_its_lines() -> None:
    font = ImageFont.truetype(FONTS.find("Arial"), 40)
    whole = draw("x", no_trim=True)
    assert whole.height == sum(font.getmetrics())
    assert whole.width == pytest.approx(font.getlength("x"), abs=1)
    assert draw("x\nx", no_trim=True).height == 2 * whole.height
    assert draw("x\nx", style(line_spacing=13), no_trim=True).height == 2 * whole.height + 13


@pytest.mark.parametrize("spacing", [1, 14, 50, -3])
def test_letter_spacing_widens_by_itself_between_letters(spacing: int) -> None:
    text = "HiHHiH"
    plain, spaced = draw(text), draw(text, style(letter_spacing=spacing))
    assert spaced.width == plain.width + spacing * (len(text) - 1)
    assert spaced.height == plain.height
    assert draw("H", style(letter_spacing=spacing)).size == draw("H").size


def test_line_spacing_moves_lines_apart() -> None:
    plain, spaced = draw("H\nH\nH"), draw("H\nH\nH", style(line_spacing=10))
    assert spaced.height == plain.height + 20 and spaced.width == plain.width


@pytest.mark.parametrize("align", ["left", "center", "right", "justify"])
@pytest.mark.parametrize("width", [90, 150, 400, 5000])
@pytest.mark.parametrize("spacing", [0, 4])
def test_wrapped_lines_are_never_wider(align: str, width: int, spacing: int) -> None:
    look = style("Courier", 24, align=align, letter_spacing=spacing)
    image = draw(FOX + " incomprehensibilities", look, width=width, mode="fit")
    assert image.width <= width
    if width < 5000:
        # Greedy: another line is only begun where the next word does not fit.
        assert image.width > width - 24 * 8


def test_only_c_fit_wraps() -> None:
    assert draw(FOX, width=150).size == draw(FOX).size
    assert draw(FOX, width=150, mode="fit").height > 5 * draw(FOX).height


def test_words_longer_than_the_width_are_broken() -> None:
    image = draw("m" * 30, style("Courier", 20), width=100, mode="fit")
    assert image.width <= 100 and len(line_boxes(image)) == 4  # 8 of 12 pixels each to a line
    # Not even one letter fits: then it stands alone.
    assert len(line_boxes(draw("mmm", width=3, mode="fit"))) == 3


def test_a_height_leaves_lines_out_and_says_so() -> None:
    look = style("Courier", 20)
    whole = draw(FOX, look, width=200, mode="fit", no_trim=True)
    short = draw(FOX, look, width=200, height=60, mode="fit", no_trim=True)
    assert short.height <= 60 < whole.height and short.width <= 200
    marked = draw("The quick brown\nfox jumps over…", look, no_trim=True)
    assert alpha(short)[:, :180].tolist() == alpha(marked)[:, :180].tolist()
    # Enough room: nothing is left out.
    assert draw(FOX, look, width=200, height=600, mode="fit", no_trim=True) == whole
    assert len(line_boxes(draw(FOX, look, width=200, height=1, mode="fit"))) == 1


@pytest.mark.parametrize(
    ("align", "share"), [("left", 0), ("", 0), ("start", 0), ("center", 0.5), ("end", 1)]
)
def test_lines_are_aligned(align: str, share: float) -> None:
    image = draw("HHHHHHHH\nHH", style(align=align))
    (start, end), (left, right) = line_boxes(image)
    room = (end - start) - (right - left)
    assert left - start == pytest.approx(share * room, abs=1)


def test_justified_lines_reach_both_edges_but_the_last() -> None:
    boxes = line_boxes(draw(FOX, style(align="justify"), width=300, mode="fit"))
    assert len(boxes) > 3
    for left, right in boxes[:-1]:
        assert left <= 4 and right >= 294
    assert boxes[-1][1] < 290


def test_decorations_are_lines_in_the_texts_colour() -> None:
    plain = draw("aces", colour=RED)
    for name, below in (("underline", True), ("strikethrough", False)):
        image = draw("aces", style(decoration=name), colour=RED)
        rows = np.flatnonzero((alpha(image) == 255).all(axis=1))
        assert 1 <= len(rows) <= 4, name
        assert (rows > plain.height - 2).all() == below
        assert tuple(np.asarray(image)[rows[0], 3]) == (200, 30, 10, 255)


def test_a_stroke_surrounds_the_letters() -> None:
    plain = draw("HOH", style(size=80), colour=RED)
    border = Border(5, BLUE)
    image = draw("HOH", style(size=80, stroke=True), colour=RED, border=border)
    assert image.size == (plain.width + 10, plain.height + 10)
    pixels = np.asarray(image)
    inside = alpha(plain) == 255
    assert (pixels[5:-5, 5:-5][inside] == (200, 30, 10, 255)).all(), "letters keep their shape"
    assert tuple(pixels[2, 8]) == (0, 0, 255, 255)
    # Without a border there is nothing to stroke with.
    assert draw("HOH", style(size=80, stroke=True), colour=RED) == plain


def test_a_border_without_stroke_is_a_frame_around_the_background() -> None:
    plain = draw("HOH", colour=RED)
    image = draw("HOH", colour=RED, background=Colour(9, 200, 9), border=Border(3, BLUE))
    assert image.size == (plain.width + 6, plain.height + 6)
    assert image.getextrema()[3] == (255, 255)
    assert image.getpixel((0, 0)) == image.getpixel((2, 2)) == (0, 0, 255, 255)
    pixels = np.asarray(image)[3:-3, 3:-3]
    assert (pixels[alpha(plain) == 0] == (9, 200, 9, 255)).all()
    assert (pixels[alpha(plain) == 255] == (200, 30, 10, 255)).all()


def test_antialias_none_has_two_values() -> None:
    assert set(np.unique(alpha(draw("Sage", style(antialias="none"))))) == {0, 255}
    assert len(np.unique(alpha(draw("Sage", style(antialias="good"))))) > 20


@pytest.mark.parametrize(
    "text", ["Žluťoučký kůň", "Ελληνικά", "Кириллица", "← ★ ☃", "ﷺ العربية", "日本語 😀👍🏽"]
)
def test_any_script_is_drawn_or_marked_as_missing(text: str) -> None:
    image = draw(text)
    assert image.width > 20 and image.height > 10


def test_composed_and_decomposed_letters_are_one() -> None:
    assert draw("e\u0301te\u0301") == draw("été")


def test_what_has_no_shape_is_left_out() -> None:
    assert draw("a\u200db\ufe0fc\x00\ud800\u00ad") == draw("abc")
    assert draw("a\r\nb\u2028c") == draw("a\nb\nc")


@pytest.mark.parametrize("text", ["", "   ", "\n\n", "\u200d"])
def test_a_text_without_ink_is_a_transparent_pixel(text: str) -> None:
    image = draw(text)
    assert image.size == (1, 1) and image.getpixel((0, 0))[3] == 0  # type: ignore[index]
    assert draw(text, no_trim=True).height >= 40


@pytest.mark.parametrize(
    ("text", "look", "more", "named"),
    [
        ("x" * 1001, style(), {}, "1001"),
        ("x", style("Nosuchfont"), {}, "Nosuchfont"),
        ("x", style(weight="sturdy"), {}, "sturdy"),
        ("x", style(align="middle"), {}, "middle"),
        ("x", style(size=0), {}, "size"),
        ("x", style(size=0.3), {}, "size"),
        ("x", style(size=float("nan")), {}, "size"),
        ("x", style(size=1e9), {}, "size"),
        ("xx", style(size=9000), {}, "large"),
        ("xx", style(letter_spacing=float("inf")), {}, "letter"),
        ("xx", style(line_spacing=float("nan")), {}, "line"),
        ("x" * 999, style(letter_spacing=19_999), {}, "large"),
        ("x\n" * 499, style(line_spacing=-19_999), {}, "large"),
        ("x", style(stroke=True), {"border": Border(-1, BLUE)}, "border"),
        ("x", style(stroke=True), {"border": Border(9000, BLUE)}, "large"),
        ("x", style(), {"border": Border(9000, BLUE)}, "large"),
        # Small enough an image, and minutes of work: all letters in one place.
        (
            "x" * 999,
            style(stroke=True, letter_spacing=-20),
            {"border": Border(1500, BLUE)},
            "large",
        ),
    ],
)
def test_what_is_beyond_a_limit_is_refused(
    text: str, look: TextStyle, more: dict[str, Any], named: str
) -> None:
    with pytest.raises(BadRequest, match=named):
        draw(text, look, **more)


def test_a_layer_needs_a_style() -> None:
    with pytest.raises(BadRequest, match="style"):
        text_image(TextLayer("x", None), FONTS, LIMITS)
