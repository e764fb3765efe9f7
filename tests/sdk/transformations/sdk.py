"""The Python and the Node SDK: both take the same options, each is given other numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from tests.sdk.transformations.case import (
    MARGIN,
    PHOTO,
    WHEEL_DELAY,
    Builder,
    Case,
    source_format,
    source_shape,
)
from tests.sdk.transformations.expect import RAMP, Shape, blank, colour, paint, ramp, stamped

#: Makes a case of a kind, a shape, perhaps a source, and fields by their names.
Make: TypeAlias = Callable[..., Case]

#: Effects with numbers to which a builder's salt is added: they change colours, never the size.
EFFECTS = [
    "grayscale",
    "sepia:{40}",
    "blur:{400}",
    "pixelate:{11}",
    "sharpen:{300}",
    "unsharp_mask:{400}",
    "brightness:{35}",
    "brightness_hsb:{25}",
    "contrast:{45}",
    "saturation:{65}",
    "vibrance:{60}",
    "hue:{55}",
    "gamma:{40}",
    "red:{30}",
    "green:{30}",
    "blue:{30}",
    "vignette:{50}",
    "colorize:{45}",
    "negate",
    "oil_paint:{50}",
    "blackwhite:{50}",
    "tint:{60}:red:blue",
    "replace_color:maroon:{70}:e66f1e",
    "fill_light:{55}",
    "cartoonify:{45}",
    "gradient_fade:{20}",
    "assist_colorblind:{12}",
    "ordered_dither:{3}",
    "art:zorro",
]

#: The same for those that a good photo may pass unchanged.
AUTOMATIC = [
    "improve:outdoor:{50}",
    "auto_brightness:{50}",
    "auto_color:{50}",
    "auto_contrast:{50}",
]


def cases(builder: Builder, salt: int, remote: str) -> Iterator[Case]:
    """All cases of one SDK beside its resizes.

    Args:
        builder: ``python`` or ``node``.
        salt: added to numbers, so that the SDKs' cases differ.
        remote: URL at which the logo can be loaded.
    """

    def made(kind: str, shape: Shape, source: str = "ramp", **facts: Any) -> Case:
        options = facts.pop("options")
        # Where there is no such picture, the answer is the logo.
        picture_format = facts.pop("format", None) or source_format(source, "logo")
        return Case(
            builder, kind, shape, options=options, source=source, format=picture_format, **facts
        )

    for text in (*EFFECTS, *AUTOMATIC):
        options = {"effect": _salted(text, salt)}
        automatic = text in AUTOMATIC
        shape = source_shape(PHOTO) if automatic else source_shape(PHOTO).recoloured()
        kind = "adjust automatically" if automatic else "effect"
        yield made(kind, shape, PHOTO, options=options)
    for kind, options, shape in (
        *_turns(salt),
        *_corners(salt),
        *_layers(salt, remote),
        *_words(builder, salt),
        *_logic(builder, salt),
        *_chains(salt),
    ):
        yield made(kind, shape, options=options)
    yield from _outputs(made, salt)
    yield from _others(made, salt, remote)


def _salted(text: str, salt: int) -> str:
    """With the salt added to the number in braces."""
    before, brace, rest = text.partition("{")
    if not brace:
        return text
    number, _, after = rest.partition("}")
    return f"{before}{int(number) + salt}{after}"


#: The kind of a case, its options, and what has to come of it.
Made: TypeAlias = tuple[str, dict[str, Any], Shape]


def _turns(salt: int) -> Iterator[Made]:
    for degrees in (90, 180, -90, 20 + salt, 100 + salt):
        yield "rotate", {"angle": degrees}, ramp().turned(degrees)
    flipped = ramp().mirrored(across=True)
    yield "rotate", {"angle": "hflip"}, flipped
    yield "rotate", {"angle": ["vflip", 90]}, ramp().mirrored(across=False).turned(90)
    turned = ramp().resized("fill", 80 + salt, 50).turned(90)
    options = {"crop": "fill", "width": 80 + salt, "height": 50, "angle": 90}
    yield "rotate", options, turned


def _corners(salt: int) -> Iterator[Made]:
    radius = 16 + salt
    yield "corners", {"radius": radius}, ramp().rounded((radius,) * 4)
    yield "corners", {"radius": [radius, 50]}, ramp().rounded((radius, 50, radius, 50))
    yield "corners", {"radius": "max"}, ramp().rounded(None)
    small = ramp().resized("fill", 100 + salt, 100).rounded(None)
    options = {"crop": "fill", "width": 100 + salt, "height": 100, "radius": "max"}
    yield "corners", options, small
    for ink in ("red", "blue"):
        options = {"border": {"width": 3 + salt, "color": ink}}
        yield "border", options, ramp().bordered(3 + salt, colour(ink))
    options = {"border": f"{4 + salt}px_solid_rgb:00390b"}
    yield "border", options, ramp().bordered(4 + salt, paint(0, 0x39, 0x0B))
    options = {"border": f"{5 + salt}px_solid_white", "crop": "scale", "width": 120}
    yield "border", options, ramp().resized("scale", 120).bordered(5 + salt, colour("white"))


def _layers(salt: int, remote: str) -> Iterator[Made]:
    x, y = 10 + salt, 6 + salt
    for gravity, left, top in (
        ("north_west", x, y),
        ("north_east", 240 - 30 - x, y),
        ("south_west", x, 160 - 20 - y),
        ("south_east", 240 - 30 - x, 160 - 20 - y),
        ("center", 105 + x, 70 + y),
        ("west", x, 70 + y),
    ):
        options = {"overlay": "logo", "width": 30, "gravity": gravity, "x": x, "y": y}
        yield "overlay", options, stamped(ramp(), left, top, 30, 20)
    for overlay in (
        {"public_id": "logo"},
        {"public_id": "logo", "resource_type": "image", "type": "upload"},
        {"public_id": "logo", "format": "png"},
        {"url": remote},
    ):
        options = {"overlay": overlay, "width": 60, "height": 40 + salt, "crop": "scale"}
        yield "overlay", options, stamped(ramp(), 90, round(60 - salt / 2), 60, 40 + salt)
    options = {"overlay": "logo", "width": 0.25, "flags": "relative", "gravity": "south"}
    yield "overlay", options, stamped(ramp(), 90, 120, 60, 40)
    options = {"overlay": "photos:astronaut", "crop": "fill", "width": 50 + salt, "height": 50}
    yield "overlay", options, ramp().covered(95 - salt, 55, 50 + 2 * salt, 50)
    options = {"overlay": "logo", "flags": ["no_overflow", "tiled"], "width": 45 + salt}
    yield "overlay", options, blank(*RAMP).recoloured()
    sticking_out = ramp().framed(0, 0, 240 + 15, 160)
    options = {"overlay": "logo", "width": 30, "gravity": "east", "x": -15, "opacity": 100 - salt}
    yield "overlay", options, sticking_out.covered(225, 70, 30, 20)
    chain = [
        {"overlay": "logo"},
        {"width": 60 + 2 * salt, "crop": "scale"},
        {"angle": 180},
        {"flags": "layer_apply", "gravity": "north_west", "x": 4, "y": 5},
    ]
    width, height = 60 + 2 * salt, round((60 + 2 * salt) * 2 / 3)
    turned = ramp().covered(4 + width // 2, 5, width // 2, height, paint(255, 0, 255))
    yield "overlay", {"transformation": chain}, turned
    for effect in ("multiply", "screen", "overlay"):
        options = {"overlay": "logo", "width": 30 + 2 * salt, "effect": effect}
        yield "overlay", options, ramp().covered(90, 60, 60, 40)


def _words(builder: Builder, salt: int) -> Iterator[Made]:
    shape = ramp().covered(0, 0, 220, 90)
    place = {"gravity": "north_west", "x": 3 + salt, "y": 3}
    for style in (
        {"font_family": "Arial", "font_size": 22 + salt, "text": "Hello"},
        {"font_family": "Roboto", "font_size": 20 + salt, "font_weight": "bold", "text": "a/b,c?"},
        {
            "font_family": "Times",
            "font_size": 18 + salt,
            "font_style": "italic",
            "text_decoration": "underline",
            "letter_spacing": 2,
            "text": "ünï ©",
        },
        {
            "font_family": "Arial",
            "font_size": 16 + salt,
            "text_align": "center",
            "line_spacing": 3,
            "text": "two\nlines",
        },
        {"font_family": "Arial", "font_size": 19 + salt, "stroke": "stroke", "text": "edge"},
    ):
        yield "text", {"overlay": style, "color": "blue", **place}, shape
    for text in (f"text:Arial_{20 + salt}:plain%20text", f"text:Arial_{21 + salt}_bold:100%25"):
        yield "text", {"overlay": text, **place}, shape
    wrapped = {"font_family": "Arial", "font_size": 15 + salt, "text": "words that need lines"}
    options = {"overlay": wrapped, "width": 100, "crop": "fit", "background": "red", **place}
    yield "text", options, shape


def _logic(builder: Builder, salt: int) -> Iterator[Made]:
    size = 80 + salt
    small = ramp().resized("scale", size)
    for condition, holds in (
        ("width > 100", True),
        ("w_lt_100", False),
        ("initial_width = 240 && height >= 160", True),
        ("ar_gt_2.0", False),
    ):
        options = {"if": condition, "width": size, "crop": "scale"}
        yield "condition", options, small if holds else ramp().resized("scale", 240)
    chain = [
        {"if": "w_gt_500"},
        {"width": 30, "crop": "scale"},
        {"if": "else"},
        {"width": size, "crop": "scale"},
        {"if": "end"},
    ]
    yield "condition", {"transformation": chain}, small
    for value in (size, f"{size - 10} + 10", f"{size} * 2 / 2"):
        variables = {"variables": [["$side", value]], "width": "$side", "crop": "scale"}
        yield "variable", variables, small
    options = {"$side": size, "width": "$side", "height": "$side / 2", "crop": "fill"}
    yield "variable", options, ramp().resized("fill", size, size // 2)
    for expression, width in (("iw / 4", 60), (f"width - {100 + salt}", 140 - salt)):
        yield "variable", {"width": expression, "crop": "scale"}, ramp().resized("scale", width)
    named = {"transformation": ["small_square"]}
    after = [{"width": 100 + salt, "crop": "scale"}, {"transformation": "two_steps"}]
    square = ramp().resized("fill", 60, 60)
    if builder == "python":
        yield "named", {"transformation": "small_square"}, square
    else:
        yield "named", named | {"width": 30, "crop": "scale"}, square.resized("scale", 30)
    shape = ramp().resized("scale", 100 + salt).resized("crop", 120, 80).turned(90)
    yield "named", {"transformation": after}, shape
    raw = {"raw_transformation": f"c_crop,w_{size},h_50,g_south"}
    yield "raw", raw, ramp().resized("crop", size, 50, gravity="south")


def _chains(salt: int) -> Iterator[Made]:
    for number in range(6):
        width = 90 + 10 * number + salt
        steps = [
            {"crop": "crop", "width": 200, "height": 120 - number, "gravity": "east"},
            {"crop": "fill", "width": width, "height": 70, "gravity": "north_west"},
            {"angle": "hflip"},
            {"border": {"width": 2, "color": "red"}},
        ]
        shape = ramp().resized("crop", 200, 120 - number, gravity="east")
        shape = shape.resized("fill", width, 70, gravity="north_west").mirrored(across=True)
        yield "chain", {"transformation": steps}, shape.bordered(2, colour("red"))


def _outputs(made: Make, salt: int) -> Iterator[Case]:
    photo = source_shape(PHOTO)
    for extension in ("jpg", "webp", "png", "avif", "gif"):
        options = {"format": extension, "width": 100 + salt, "crop": "scale"}
        shape = photo.resized("scale", 100 + salt)
        yield made("format", shape, PHOTO, options=options, format=extension)
    for extension in ("jp2", "pdf", "svg"):
        options = {"format": extension, "width": 104 + salt, "crop": "scale"}
        shape = ramp().resized("scale", 104 + salt)
        yield made("format", shape, options=options, format=extension, slack=7)
    for name, written in (("jpg", "jpg"), ("webp", "webp"), ("avif", "avif")):
        options = {"fetch_format": name, "quality": 60 + salt}
        yield made("format", ramp(), options=options, format=written, slack=7)
    for accept, written in (("image/avif,*/*", "avif"), ("image/webp,*/*", "webp")):
        options = {"fetch_format": "auto", "quality": "auto", "width": 90 + salt, "crop": "scale"}
        if written == "webp":
            options["quality"] = "auto:good"
        yield made(
            "format",
            photo.resized("scale", 90 + salt),
            PHOTO,
            options=options,
            format=written,
            headers={"Accept": accept},
            answers={"Vary": "Accept"},
        )
    for quality in (30 + salt, "auto:low", f"{70 + salt}:444"):
        options = {"quality": quality, "width": 140 + salt, "crop": "limit"}
        yield made("quality", photo.resized("limit", 140 + salt), PHOTO, options=options)
    flags = {"flags": ["progressive", "force_strip"], "quality": 50 + salt}
    yield made("quality", photo, PHOTO, options=flags)
    options = {"density": 100 + salt}
    yield made("delivery", ramp(), options=options)
    options = {"color_space": "srgb", "quality": 88 + salt}
    yield made("delivery", photo, PHOTO, options=options)
    attached = {"Content-Disposition": "attachment"}
    options = {"flags": f"attachment:name{salt}"}
    yield made("flag", ramp(), options=options, answers=attached)
    options = {"width": 50 + salt, "crop": "scale", "flags": "getinfo"}
    yield made("flag", ramp().resized("scale", 50 + salt), options=options, info=True)


def _others(made: Make, salt: int, remote: str) -> Iterator[Case]:
    wheel = source_shape("wheel")
    animated: tuple[tuple[dict[str, Any], int], ...] = (
        ({"page": 1 + salt // 2}, 1),
        ({"delay": 200 + 10 * salt}, 4),
        ({"width": 30 + salt, "crop": "scale"}, 4),
        ({"effect": f"loop:{2 + salt}"}, 4),
    )
    for options, pages in animated:
        shape = wheel.resized("scale", 30 + salt) if "width" in options else wheel
        delay = WHEEL_DELAY if pages > 1 else None
        delay = options.get("delay", delay)
        yield made("animation", shape, "wheel", options=options, pages=pages, delay=delay)
    inner = blank(120 - 2 * MARGIN, 90 - 2 * MARGIN)
    yield made("reshape", inner, "framed", options={"effect": f"trim:{10 + salt}"})
    options = {"effect": f"make_transparent:{10 + salt}"}
    yield made("transparency", source_shape("framed").recoloured(), "framed", options=options)
    yield made(
        "background", source_shape("logo").recoloured(), "logo", options={"background": "red"}
    )
    yield made("transparency", ramp().recoloured(), options={"opacity": 40 + salt})
    options = {"effect": f"shadow:{40 + salt}", "x": 5, "y": 5, "color": "blue"}
    yield made("transparency", source_shape("logo").recoloured().unsized(), "logo", options=options)
    options = {"default_image": "logo.png", "width": 45 + salt, "crop": "scale"}
    shape = source_shape("logo").resized("scale", 45 + salt)
    yield made("delivery", shape, "missing", options=options)
    options = {"underlay": "photos:astronaut", "width": 200, "height": 200 + salt, "crop": "fill"}
    yield made("underlay", blank(200, 200 + salt).recoloured(), "logo", options=options)
    options = {"type": "fetch", "width": 45 + salt, "crop": "scale"}
    yield made("fetch", shape, remote, options=options)
