"""Texts as images."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageOps
from PIL.ImageFont import FreeTypeFont

from app.domain.errors import BadRequest
from app.domain.rendering import RenderLimits
from app.domain.transformation.steps import Colour, TextLayer, TextStyle
from app.imaging.render.fonts import Fonts, Typeface

#: Left, top, right and lower edge in whole pixels; the first baseline starts at 0, 0.
_Box = tuple[int, int, int, int]

_Measure = Callable[[str], float]

#: Share of the room beside a line that is left of it.
_ALIGNMENTS: Mapping[str, float] = {
    "": 0.0,
    "left": 0.0,
    "start": 0.0,
    "justify": 0.0,
    "center": 0.5,
    "right": 1.0,
    "end": 1.0,
}

#: Lines through text: their middle above the baseline and their thickness, in sizes.
_DECORATIONS: Mapping[str, tuple[float, float]] = {
    "underline": (-0.135, 0.07),
    "strikethrough": (0.275, 0.07),
}

#: How often over letters may cover the largest image.
_OVERLAPS = 4

#: Characters that are drawn by no font: controls, formats, surrogates.
_UNSEEN = frozenset({"Cc", "Cf", "Cs"})


@dataclass(frozen=True, slots=True)
class _Glyph:
    """A character with the pen's place when it is drawn, on the baseline."""

    character: str
    font: FreeTypeFont
    x: float
    y: int


@dataclass(frozen=True, slots=True)
class _Block:
    """A text that has been set.

    Attributes:
        glyphs: what is drawn.
        bars: lines through or under it.
        box: of its lines from ascent to descent, spaces included.
    """

    glyphs: Sequence[_Glyph]
    bars: Sequence[_Box]
    box: _Box


def text_image(layer: TextLayer, fonts: Fonts, limits: RenderLimits) -> Image.Image:
    """Set a text.

    With ``c_fit`` lines wrap between words, or within one that is too long, at the width; lines
    that do not fit into the height are left out and the last one ends with "…". A stroke lies
    around the letters, whose own shape stays as it is; a border without one is a frame.

    Args:
        layer: with a style.

    Returns:
        ``RGBA``: trimmed to what is drawn, or with ``no_trim`` to the lines' full height. One
        transparent pixel for a text without any ink.

    Raises:
        BadRequest: a style that there is not, or a text beyond a limit.
    """
    style = layer.style
    if style is None:
        raise BadRequest("Text layer without a style")
    _check(layer, style, limits)
    typeface = fonts.typeface(style.family, style.weight, style.slant, style.size)
    block = _set(layer, style, typeface)
    stroke = layer.border.width if style.stroke and layer.border else 0
    frame = 0 if style.stroke or not layer.border else layer.border.width
    boxes = _boxes(block, stroke)
    box = _union([*boxes, block.box] if layer.no_trim or not boxes else boxes)
    _check_size(box, 2 * frame, limits)
    # Letters may lie on each other, so the image's size does not bound the work.
    if sum(map(_pixels, boxes)) > _OVERLAPS * limits.pixels_out:
        raise BadRequest("Text is too large")
    smooth = style.antialias != "none"
    image = _tinted(_mask(block, box, 0, smooth), layer.colour)
    if stroke and layer.border:
        outline = _tinted(_mask(block, box, stroke, smooth), layer.border.colour)
        image = Image.alpha_composite(outline, image)
    if not layer.no_trim:
        image = image.crop(image.getchannel("A").getbbox() or (0, 0, 1, 1))
    if layer.background:
        image = Image.alpha_composite(Image.new("RGBA", image.size, _rgba(layer.background)), image)
    if frame and layer.border:
        image = ImageOps.expand(image, frame, _rgba(layer.border.colour))
    return image


def _check(layer: TextLayer, style: TextStyle, limits: RenderLimits) -> None:
    if len(layer.text) > limits.text:
        raise BadRequest(f"Text is too long: {len(layer.text)} of {limits.text} characters")
    if not 1 <= style.size <= limits.side:
        raise BadRequest(f"Invalid font size: {style.size:g}")
    for name, spacing in (("letter", style.letter_spacing), ("line", style.line_spacing)):
        if not abs(spacing) <= limits.side:
            raise BadRequest(f"Invalid {name} spacing: {spacing:g}")
    if layer.border and not 0 <= layer.border.width <= limits.side:
        raise BadRequest(f"Invalid border width: {layer.border.width}")
    if style.align not in _ALIGNMENTS:
        raise BadRequest(f"Invalid text alignment: {style.align}")


def _check_size(box: _Box, added: int, limits: RenderLimits) -> None:
    width, height = box[2] - box[0] + added, box[3] - box[1] + added
    if max(width, height) > limits.side or width * height > limits.pixels_out:
        raise BadRequest(f"Text makes too large an image: {width}x{height}")


def _set(layer: TextLayer, style: TextStyle, typeface: Typeface) -> _Block:
    """Break a text into lines and place its characters."""

    def measure(line: str) -> float:
        return sum(map(typeface.advance, line)) + style.letter_spacing * max(0, len(line) - 1)

    ascent, descent = typeface.metrics
    step = round(ascent + descent + style.line_spacing)
    fits = layer.mode == "fit"
    lines = _lines(_printable(layer.text), layer.width if fits else None, measure)
    if fits and layer.height:
        lines = _shortened(lines, layer.height, layer.width, (ascent + descent, step), measure)
    widths = [measure(line) for line, _ in lines]
    width = max(widths)
    if style.align == "justify" and fits and layer.width:
        width = float(layer.width)
    glyphs: list[_Glyph] = []
    bars: list[_Box] = []
    for index, (line, ends) in enumerate(lines):
        room, gaps = width - widths[index], line.count(" ")
        wider = room / gaps if style.align == "justify" and gaps and not ends else 0.0
        start, baseline = round(room * _ALIGNMENTS[style.align]), index * step
        x = float(start)
        for character in line:
            glyphs.append(_Glyph(character, typeface.font(character), x, baseline))
            x += typeface.advance(character) + style.letter_spacing
            x += wider if character == " " else 0.0
        if style.decoration in _DECORATIONS and line:
            bars.append(_bar(style, start, round(x - style.letter_spacing), baseline))
    last = (len(lines) - 1) * step
    box = (0, min(0, last) - ascent, max(1, math.ceil(width)), max(0, last) + descent)
    return _Block(glyphs, bars, box)


def _printable(text: str) -> str:
    """A text composed (NFC), its line breaks alike, without what has no shape of its own."""
    composed = unicodedata.normalize("NFC", "\n".join(text.expandtabs(4).splitlines()))
    return "".join(
        character
        for character in composed
        if character == "\n"
        or not (unicodedata.category(character) in _UNSEEN or "\ufe00" <= character <= "\ufe0f")
    )


def _lines(text: str, width: int | None, measure: _Measure) -> list[tuple[str, bool]]:
    """Lines, each with whether it ends a paragraph.

    Args:
        width: no line is wider, unless a single character is; ``None`` for as they are.
    """
    lines: list[tuple[str, bool]] = []
    for paragraph in text.split("\n"):
        wrapped = _wrapped(paragraph, width, measure) if width else [paragraph]
        lines += [(line, index == len(wrapped)) for index, line in enumerate(wrapped, 1)]
    return lines


def _wrapped(paragraph: str, width: float, measure: _Measure) -> list[str]:
    lines: list[str] = []
    line = ""
    for word in paragraph.split(" "):
        longer = f"{line} {word}" if line else word
        if measure(longer) <= width:
            line = longer
            continue
        if line:
            lines.append(line)
        line = word
        while len(line) > 1 and measure(line) > width:
            count = _fitting(line, width, measure)
            lines.append(line[:count])
            line = line[count:]
    return [*lines, line]


def _fitting(line: str, width: float, measure: _Measure) -> int:
    """How many of a line's first characters fit, at least one."""
    count = 1
    while count < len(line) and measure(line[: count + 1]) <= width:
        count += 1
    return count


def _shortened(
    lines: list[tuple[str, bool]],
    height: int,
    width: int | None,
    pitch: tuple[int, int],
    measure: _Measure,
) -> list[tuple[str, bool]]:
    """The lines that fit into a height, at least one; "…" says that there were more.

    Args:
        pitch: height of a line, and from one line to the next.
    """
    tall, step = pitch
    count = max(1, (height - tall) // step + 1) if step > 0 else len(lines)
    if count >= len(lines):
        return lines
    last = lines[count - 1][0]
    while last and width and measure(f"{last}…") > width:
        last = last[:-1].rstrip()
    return [*lines[: count - 1], (f"{last}…", True)]


def _bar(style: TextStyle, left: int, right: int, baseline: int) -> _Box:
    above, thickness = _DECORATIONS[style.decoration]
    thick = max(1, round(thickness * style.size))
    top = baseline - round(above * style.size + thick / 2)
    return left, top, max(left, right), top + thick


def _boxes(block: _Block, stroke: int) -> list[_Box]:
    """What each letter and line covers, a pixel more at most."""
    boxes = [_grown(bar, stroke) for bar in block.bars]
    for glyph in block.glyphs:
        left, top, right, lower = glyph.font.getbbox(
            glyph.character, anchor="ls", stroke_width=stroke
        )
        x, y = glyph.x, glyph.y
        boxes.append(
            (
                math.floor(x + left),
                math.floor(y + top),
                math.ceil(x + right) + 1,
                math.ceil(y + lower) + 1,
            )
        )
    return boxes


def _mask(block: _Block, box: _Box, stroke: int, smooth: bool) -> Image.Image:
    """A text's coverage, 0 … 255.

    Args:
        box: what of it is drawn.
        stroke: letters and lines are this many pixels thicker on all sides.
    """
    left, top = box[:2]
    mask = Image.new("L", (box[2] - left, box[3] - top), 0)
    draw = ImageDraw.Draw(mask)
    draw.fontmode = "L" if smooth else "1"
    for glyph in block.glyphs:
        draw.text(
            (glyph.x - left, glyph.y - top),
            glyph.character,
            fill=255,
            font=glyph.font,
            anchor="ls",
            stroke_width=stroke,
            stroke_fill=255 if stroke else None,
        )
    for bar in block.bars:
        x0, y0, x1, y1 = _grown(bar, stroke)
        draw.rectangle((x0 - left, y0 - top, x1 - left - 1, y1 - top - 1), fill=255)
    return mask


def _grown(box: _Box, by: int) -> _Box:
    return box[0] - by, box[1] - by, box[2] + by, box[3] + by


def _pixels(box: _Box) -> int:
    return (box[2] - box[0]) * (box[3] - box[1])


def _union(boxes: Iterable[_Box]) -> _Box:
    lefts, tops, rights, lowers = zip(*boxes, strict=True)
    return min(lefts), min(tops), max(rights), max(lowers)


def _rgba(colour: Colour) -> tuple[int, int, int, int]:
    return colour.red, colour.green, colour.blue, colour.alpha


def _tinted(mask: Image.Image, colour: Colour) -> Image.Image:
    """A colour where a mask is, as opaque as both are."""
    image = Image.new("RGBA", mask.size, _rgba(colour))
    if colour.alpha < 255:
        mask = mask.point([round(value * colour.alpha / 255) for value in range(256)])
    image.putalpha(mask)
    return image
