"""The effects that are offered, with the ranges and defaults of their arguments.

Names, ranges and defaults are those of Cloudinary's transformation reference (``e_``).
"""

from __future__ import annotations

from collections.abc import Mapping

from app.domain.errors import BadRequest
from app.domain.transformation.effect_arguments import (
    Number,
    Numbers,
    Parameter,
    Shade,
    Stops,
    Values,
    Word,
    out_of_range,
    read,
)
from app.domain.transformation.steps import Colour

#: What ``art`` knows.
ART_FILTERS = tuple(
    "al_dente athena audrey aurora daguerre eucalyptus fes frost hairspray hokusai incognito "
    "linen peacock primavera quartz red_rock refresh sizzle sonnet ukulele zorro".split()
)

#: What ``simulate_colorblind`` knows.
COLOUR_DEFICIENCIES = (
    "deuteranopia",
    "protanopia",
    "tritanopia",
    "tritanomaly",
    "deuteranomaly",
    "cone_monochromacy",
    "rod_monochromacy",
)

_BLEND = Number("blend", 0, 100, 100)
_SQUARE = Number("square", 1, 2000, None)
_TOLERANCE = Number("tolerance", 0, 100, 10)


def _level(low: float, high: float, default: float) -> tuple[Parameter, ...]:
    return (Number("level", low, high, default),)


#: Effects of pictures: name to parameters.
EFFECTS: Mapping[str, tuple[Parameter, ...]] = {
    # Colours.
    "grayscale": (),
    "negate": (),
    "blackwhite": _level(0, 100, 50),
    "sepia": _level(1, 100, 80),
    "colorize": _level(0, 100, 100),
    "tint": (
        Word("equalize", ("equalize",)),
        Number("amount", 0, 100, 60),
        Stops("position", ((Colour(255, 0, 0), None),)),
    ),
    "replace_color": (
        Shade("to", required=True),
        Number("tolerance", 0, 100, 50),
        Shade("from"),
    ),
    "recolor": (Numbers("matrix", (9, 16), 100),),
    "theme": (Shade("color", required=True), Number("photosensitivity", 0, 200, 100)),
    "art": (Word("filter", ART_FILTERS, required=True),),
    "assist_colorblind": (Word("type", ("xray",)), Number("strength", 1, 100, 10)),
    "simulate_colorblind": (Word("condition", COLOUR_DEFICIENCIES, "deuteranopia"),),
    # Tones.
    "brightness": _level(-99, 100, 80),
    "brightness_hsb": _level(-99, 100, 80),
    # The limits of both types; `_contrast` checks those of the one.
    "contrast": (Number("level", -100, 200, None), Word("type", ("sigmoidal", "linear"))),
    "saturation": _level(-100, 100, 80),
    "vibrance": _level(-100, 100, 20),
    "hue": _level(-100, 100, 80),
    "gamma": _level(-50, 150, 0),
    "red": _level(-100, 100, 0),
    "green": _level(-100, 100, 0),
    "blue": _level(-100, 100, 0),
    "auto_brightness": (_BLEND,),
    "auto_contrast": (_BLEND,),
    "auto_color": (_BLEND,),
    "improve": (Word("mode", ("outdoor", "indoor"), "outdoor"), _BLEND),
    "fill_light": (_BLEND, Number("bias", -100, 100, 0)),
    # Sharpness and style.
    "blur": _level(1, 2000, 100),
    "blur_region": _level(1, 2000, 100),
    "blur_faces": _level(1, 2000, 100),
    "pixelate": (_SQUARE,),
    "pixelate_region": (_SQUARE,),
    "pixelate_faces": (_SQUARE,),
    "sharpen": _level(1, 2000, 100),
    "unsharp_mask": _level(1, 2000, 100),
    "oil_paint": _level(0, 100, 30),
    "cartoonify": (
        Number("line_strength", 0, 100, 50),
        Number("color_reduction", 0, 100, None),
        Word("style", ("bw",)),
    ),
    "vignette": _level(0, 100, 20),
    "ordered_dither": _level(0, 18, 0),
    "vectorize": (
        Number("colors", 2, 30, 10),
        Number("detail", 0, 1000, 300),
        Number("despeckle", 0, 100, 2),
        Number("paths", 0, 100, 100),
        Number("corners", 0, 100, 25),
    ),
    "redeye": (),
    "adv_redeye": (),
    # Transparency and shape.
    "make_transparent": (_TOLERANCE,),
    "bgremoval": (Word("screen", ("screen",)), Shade("color")),
    "opacity_threshold": _level(1, 100, 50),
    "gradient_fade": (
        Word("type", ("symmetric", "symmetric_pad")),
        Number("strength", 0, 100, 20),
    ),
    "trim": (_TOLERANCE, Shade("color")),
    "outline": (
        Word("mode", ("inner", "inner_fill", "outer", "fill"), "outer"),
        Number("width", 1, 100, 5),
        Number("blur", 0, 2000, 0),
    ),
    "shadow": _level(0, 100, 40),
    "dropshadow": (
        Number("azimuth", 0, 360, 215),
        Number("elevation", 0, 90, 45),
        Number("spread", 0, 100, 50),
    ),
    "shear": (Numbers("skews", (2,), 999),),
    "distort": (
        Word("arc", ("arc",)),
        Numbers("numbers", (1, 8), 20_000),
    ),
}

#: How a layer is put on a picture: names that ``e_`` takes beside a layer, and their parameters.
BLENDS: Mapping[str, tuple[Parameter, ...]] = {
    "screen": (),
    "multiply": (),
    "overlay": (),
    "mask": (),
    "cut_out": (),
    "displace": (),
    "anti_removal": _level(0, 100, 50),
}

#: Known effects that are not offered: generative ones, those of other makers, of video, audio
#: and three-dimensional scenes.
REFUSED = frozenset(
    "accelerate background_removal blur_plate boomerang camera deshake detect enhance extract "
    "fade gen_background_replace gen_fill gen_recolor gen_remove gen_replace gen_restore light "
    "lightroom lut noise preview progressbar reverse style_transfer swap_image transition upscale "
    "viesus_correct visualize_audio volume waveform zoompan".split()
)


def offered(name: str) -> bool:
    """Whether there is an effect, or a way of blending a layer, of this name."""
    return name in EFFECTS or name in BLENDS


def values(name: str, arguments: tuple[str, ...]) -> Values:
    """The arguments of an effect or blend mode read.

    Raises:
        BadRequest: the name is not offered, or an argument is not what it takes.
    """
    if not offered(name):
        known = "is not supported" if name in REFUSED else "is unknown"
        raise BadRequest(f"Effect {name} {known}")
    found = read(name, EFFECTS.get(name) or BLENDS.get(name) or (), arguments)
    further = {"contrast": _contrast, "distort": _distort}.get(name)
    return further(found) if further else found


def check(name: str, arguments: tuple[str, ...]) -> None:
    """See that an effect, or blend mode, exists and takes these arguments.

    Raises:
        BadRequest: naming what it cannot take.
    """
    values(name, arguments)


def _contrast(found: Values) -> Values:
    """The range and the default of ``contrast`` depend on its type."""
    kind = found.word("type") or "sigmoidal"
    low, high, default = (1, 200, 100) if kind == "linear" else (-100, 100, 0)
    level = found.number("level") if found.given("level") else default
    if not low <= level <= high:
        raise out_of_range("contrast", "level", level, (low, high))
    return Values({"level": level, "type": kind})


def _distort(found: Values) -> Values:
    """``distort`` takes ``arc`` with one angle, or eight coordinates."""
    numbers, arc = found.numbers("numbers"), found.word("arc")
    if bool(arc) != (len(numbers) == 1):
        raise BadRequest("Invalid value for effect distort: it takes arc:<degrees> or 8 numbers")
    if arc and abs(numbers[0]) > 360:
        raise out_of_range("distort", "degrees", numbers[0], (-360, 360))
    return found
