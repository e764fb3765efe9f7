"""Resizes through each builder: the same kinds of requests, other numbers for each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from tests.coordinates import BARE
from tests.sdk.transformations.case import Builder, Case, source_shape
from tests.sdk.transformations.expect import colour
from tests.unit.domain.geometry_reference import ANCHORS, Ask

#: Resize modes to the functions of @cloudinary/url-gen.
FUNCTIONS = {
    "scale": "scale",
    "fit": "fit",
    "limit": "limitFit",
    "mfit": "minimumFit",
    "fill": "fill",
    "lfill": "limitFill",
    "fill_pad": "fillPad",
    "pad": "pad",
    "lpad": "limitPad",
    "mpad": "minimumPad",
    "crop": "crop",
    "thumb": "thumbnail",
    "auto": "auto",
    "auto_pad": "autoPad",
    "imagga_crop": "imaggaCrop",
    "imagga_scale": "imaggaScale",
}
PADDED = {"pad", "lpad", "mpad", "fill_pad", "auto_pad"}
#: Aspects to the functions that name them.
ASPECTS = {
    Fraction(16, 9): "ar16X9",
    Fraction(1): "ar1X1",
    Fraction(3): "ar3X1",
    Fraction(3, 2): "ar3X2",
    Fraction(4, 3): "ar4X3",
    Fraction(5, 4): "ar5X4",
}


def asks(salt: int) -> Iterator[Ask]:
    """Resizes of ``ramp``; the salt makes those of one builder differ from another's."""
    s = salt
    yield Ask("scale", 120 + s, 90)
    yield Ask("scale", 101 + 2 * s)
    yield Ask("scale", None, 71 + s)
    yield Ask("scale", Fraction(50 + s, 100))
    yield Ask("scale", Fraction(130 + s, 100), Fraction(40 + s, 100))
    yield Ask("scale", 96 + s, aspect=Fraction(16, 9))
    yield Ask("scale", 96 + s, ignore_aspect=True)
    yield Ask("scale", None, 50 + s, dpr=Fraction(2))
    for mode in ("fit", "limit", "mfit"):
        yield Ask(mode, 100 + s, 90)
        yield Ask(mode, 300 + s, 300)
    yield Ask("fit", 97 + s)
    yield Ask("limit", None, 55 + s, dpr=Fraction(3, 2))
    for gravity in ANCHORS:
        yield Ask("fill", 90 + s, 90, gravity=gravity)
        yield Ask("crop", 110 + s, 70, gravity=gravity)
    yield Ask("fill", 80 + s, 80, gravity="west", x=12)
    yield Ask("fill", 150 + s, 50, gravity="south", y=8)
    yield Ask("fill", 300 + s, 300)
    yield Ask("fill", 60 + s, 40, dpr=Fraction(3))
    yield Ask("lfill", 200 + s, 300)
    yield Ask("lfill", 60 + s, 60, gravity="east")
    for aspect in ASPECTS:
        yield Ask("fill", 90 + s, aspect=aspect)
    yield Ask("crop", None, 90 + s, aspect=Fraction(1))
    yield Ask("crop", 100 + s, 60, x=30, y=20)
    yield Ask("crop", 100 + s, 60, x=190, y=130)
    yield Ask("crop", 80 + s, 60, gravity="south_east", x=10, y=15)
    yield Ask("crop", 60 + s, 40, gravity="xy_center", x=100, y=70)
    yield Ask("crop", Fraction(50 + s, 100), Fraction(50 + s, 100))
    for mode in ("pad", "lpad", "mpad"):
        yield Ask(mode, 150 + s, 150)
        yield Ask(mode, 270 + s, 300, gravity="south_west")
    yield Ask("pad", None, 130 + s, aspect=Fraction(16, 9))
    yield Ask("fill_pad", 180 + s, 140, gravity="auto")
    yield Ask("fill_pad", 60 + s, 160, gravity="auto")
    yield Ask("auto_pad", 200 + s, 140)
    yield Ask("auto_pad", 70 + s, 160)
    for mode in ("auto", "imagga_crop", "imagga_scale"):
        yield Ask(mode, 90 + s, 100)
    yield Ask("thumb", 70 + s, 70)
    yield Ask("thumb", 90 + s, 50, gravity="north_west")
    yield Ask("fill", 100 + s, 100, gravity="auto")
    yield Ask("thumb", 100 + s, 90, gravity="auto")
    yield Ask("fill", 100 + s, 80, gravity="cat")


def regional_asks(salt: int) -> Iterator[Ask]:
    """Resizes of ``region``, whose faces and custom rectangle are known."""
    s = salt
    for gravity in ("face", "faces", "face:auto"):
        yield Ask("thumb", 64 + s, 64, gravity=gravity)
        yield Ask("fill", 100 + s, 100, gravity=gravity)
    yield Ask("thumb", 60 + s, 60, gravity="face", zoom=Fraction(1, 2))
    yield Ask("thumb", 50 + s, 60, gravity="face", zoom=Fraction(6, 5))
    yield Ask("crop", 60 + s, 60, gravity="face")
    yield Ask("fill", 71 + s, 50, gravity="custom")
    yield Ask("crop", 40 + s, 30, gravity="custom")


def cases(builder: Builder, salt: int) -> Iterator[Case]:
    """The resizes as cases of a builder."""
    for source, wanted in (("ramp", asks(salt)), ("region", regional_asks(salt))):
        for number, ask in enumerate(wanted):
            background = "blue" if ask.mode in PADDED and number % 2 else ""
            margin = colour(background) if background else BARE
            call = _call(ask, background) if builder == "url-gen" else ""
            options = {} if builder == "url-gen" else _options(ask, background)
            shape = source_shape(source).asked(ask, margin)
            yield Case(builder, f"resize {ask.mode}", shape, call, options, source)


def _options(ask: Ask, background: str) -> Mapping[str, Any]:
    """As options of the Python and the Node SDK."""
    values = {
        "aspect_ratio": ask.aspect and f"{ask.aspect.numerator}:{ask.aspect.denominator}",
        "background": background or None,
        "crop": ask.mode,
        "dpr": None if ask.dpr == 1 else float(ask.dpr),
        "flags": "ignore_aspect_ratio" if ask.ignore_aspect else None,
        "gravity": ask.gravity,
        "height": _number(ask.height),
        "width": _number(ask.width),
        "x": ask.x,
        "y": ask.y,
        "zoom": _number(ask.zoom),
    }
    return {name: value for name, value in values.items() if value is not None}


def _number(value: int | Fraction | None) -> int | float | None:
    return float(value) if isinstance(value, Fraction) else value


def _call(ask: Ask, background: str) -> str:
    """As a call of @cloudinary/url-gen."""
    parts = [f"Resize.{FUNCTIONS[ask.mode]}()"]
    for name, value in (("width", ask.width), ("height", ask.height), ("x", ask.x), ("y", ask.y)):
        if value is not None:
            parts.append(f"{name}({_number(value)})")
    if ask.aspect:
        parts.append(f"aspectRatio(AspectRatio.{ASPECTS[ask.aspect]}())")
    if ask.ignore_aspect:
        parts.append("aspectRatio(AspectRatio.ignoreInitialAspectRatio())")
    if ask.gravity:
        parts.append(f"gravity({_gravity(ask.gravity)})")
    if ask.zoom:
        parts.append(f"zoom({_number(ask.zoom)})")
    if background:
        parts.append(f'background(Background.color("{background}"))')
    density = "" if ask.dpr == 1 else f".delivery(Delivery.dpr({float(ask.dpr)}))"
    return f"image.resize({'.'.join(parts)}){density}"


def _gravity(gravity: str) -> str:
    if gravity in ANCHORS:
        first, *rest = gravity.split("_")
        return f"Gravity.compass(Compass.{first}{''.join(word.title() for word in rest)}())"
    return {
        "auto": "Gravity.autoGravity()",
        "xy_center": "Gravity.xyCenter()",
        "face": "Gravity.focusOn(FocusOn.face())",
        "faces": "Gravity.focusOn(FocusOn.faces())",
        "cat": "Gravity.focusOn(FocusOn.cat())",
        "face:auto": "Gravity.focusOn(FocusOn.face()).fallbackGravity(Gravity.autoGravity())",
        "custom": '"custom"',
    }[gravity]
