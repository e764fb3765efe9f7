"""Values of parameters: how each is written, and what it says.

Every reader takes the text after ``<name>_`` and a function that calculates arithmetic in it,
and raises ``ValueError`` where the text is none of the documented forms. What Cloudinary knows
and this service does not offer raises ``BadRequest`` instead. Numbers come back as they are
written: a :class:`~app.domain.transformation.facts.Share` where a decimal point makes a length
a share of a side, and never multiplied with a device pixel ratio.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from app.domain.transformation import effect_names, vocabulary
from app.domain.transformation.colours import colour as read_colour
from app.domain.transformation.steps import Background, Colour, Gravity, Mode
from app.domain.transformation.vocabulary import not_offered

#: Calculates ``iw_div_2`` or ``100``; raises ``ValueError`` where that comes to no number.
Evaluate: TypeAlias = Callable[[str], float]

_BACKGROUND_SOURCES = frozenset(
    f"{source}{gradient}{contrast}"
    for source in ("border", "predominant")
    for gradient in ("", "_gradient")
    for contrast in ("", "_contrast")
)
_BACKGROUND_DETAIL = re.compile(
    r"[248]|horizontal|vertical|diagonal_desc|diagonal_asc|palette(_[0-9A-Za-z]+)+"
)
_BORDER = re.compile(r"(?P<width>.+?)px_solid_(?P<colour>.+)")
_PAGES = re.compile(r"(\d{1,6})(?:[-;:,]\d{1,6})*")
_HINT = re.compile(r"[a-z][a-z0-9_]*?(?P<weight>_\d{1,3}|_avoid)?|\d{1,3}")
#: Hints of ``g_auto`` that name a method, or what to stay away from, and no subject.
_NO_SUBJECTS = frozenset("none no_faces custom_no_override classic subject aesthetic".split())
#: What stands in the place of a gravity that is not in the picture.
_FALLBACKS = {
    "face": ("face", "north"),
    "faces": ("faces", "north"),
    "custom": ("custom", "center"),
    "body": ("body", "face", "auto"),
    "ocr_text": ("ocr_text", "auto"),
}
#: Add-ons find the same things with other means.
_SAME_GRAVITY = {"adv_face": "face", "adv_faces": "faces", "adv_eyes": "faces"}


class Quality(NamedTuple):
    """``q_``: a number, or ``auto`` with its level; the chroma subsampling if given."""

    number: int | None
    auto: str
    chroma: str


def _plain(text: str, evaluate: Evaluate) -> float:
    """A number that is not written as a ratio."""
    if ":" in text and "!" not in text:
        raise ValueError("a ratio where a number is expected")
    return evaluate(text)


def side(text: str, evaluate: Evaluate) -> float | None:
    """``w_`` and ``h_``; ``None`` for ``auto``: without a client's hint, as wide as it is."""
    if text == "auto" or text.startswith("auto:"):
        return None
    return positive(text, evaluate)


def offset(text: str, evaluate: Evaluate) -> float:
    """``x_`` and ``y_``."""
    return _plain(text, evaluate)


def positive(text: str, evaluate: Evaluate) -> float:
    """A number above 0."""
    if (number := _plain(text, evaluate)) <= 0:
        raise ValueError("not above 0")
    return number


def aspect(text: str, evaluate: Evaluate) -> float:
    """``ar_``: ``16:9`` or ``1.78``, width ÷ height."""
    if (number := evaluate(text)) <= 0:
        raise ValueError("not above 0")
    return float(number)


def density(text: str, evaluate: Evaluate) -> float | None:
    """``dpr_``: at most 10; ``None`` for ``auto``."""
    if text == "auto":
        return None
    if (number := positive(text, evaluate)) > 10:
        raise ValueError("above 10")
    return float(number)


def percent(text: str, evaluate: Evaluate) -> float:
    """``o_``: 0 … 100."""
    if not 0 <= (number := _plain(text, evaluate)) <= 100:
        raise ValueError("not 0 … 100")
    return float(number)


def whole(text: str, evaluate: Evaluate) -> int:
    """A whole number above 0 (``dl_``, ``dn_``)."""
    number = positive(text, evaluate)
    if number != int(number):
        raise ValueError("not a whole number")
    return int(number)


def mode(text: str, evaluate: Evaluate) -> Mode:
    """``c_``."""
    if text not in vocabulary.MODES:
        raise ValueError("not a resize mode")
    return text  # type: ignore[return-value]  # the table holds what the type does


def angles(text: str, evaluate: Evaluate) -> tuple[tuple[str, float], ...]:
    """``a_``: turns in order, joined with points; a single number may have a fraction."""
    if re.fullmatch(r"-?\d{1,9}\.\d{1,9}", text):
        return (("angle", float(text)),)
    words = ("auto_right", "auto_left", "hflip", "vflip", "ignore", "exif")
    return tuple(
        (turn, 0.0) if turn in words else ("angle", float(_plain(turn, evaluate)))
        for turn in text.split(".")
    )


def radii(text: str, evaluate: Evaluate) -> tuple[float, float, float, float] | None:
    """``r_``: one to four radii in the order of CSS's ``border-radius``; ``None`` for ``max``."""
    if text == "max":
        return None
    given = [float(_plain(part, evaluate)) for part in text.split(":")]
    if len(given) > 4 or min(given) < 0:
        raise ValueError("not one to four radii")
    upper_left = given[0]
    upper_right = given[1] if len(given) > 1 else upper_left
    lower_right = given[2] if len(given) > 2 else upper_left
    lower_left = given[3] if len(given) > 3 else upper_right
    return upper_left, upper_right, lower_right, lower_left


def border(text: str, evaluate: Evaluate) -> tuple[float, Colour]:
    """``bo_``: its width and colour."""
    match = _BORDER.fullmatch(text)
    if match is None or (width := _plain(match["width"], evaluate)) < 0:
        raise ValueError("not a border")
    return float(width), read_colour(match["colour"])


def colour(text: str, evaluate: Evaluate) -> Colour:
    """``co_``."""
    return read_colour(text)


def background(text: str, evaluate: Evaluate) -> Background:
    """``b_``: a colour, ``auto`` or ``blurred`` with what follows by colons."""
    kind, *arguments = text.split(":")
    if kind.startswith("gen_"):
        raise not_offered(f"b_{kind}")
    if kind == "auto":
        if arguments and arguments[0] not in _BACKGROUND_SOURCES:
            raise ValueError("not an automatic background")
        if not all(_BACKGROUND_DETAIL.fullmatch(detail) for detail in arguments[1:]):
            raise ValueError("not an automatic background")
        return Background("auto", arguments=tuple(arguments))
    if kind == "blurred":
        if len(arguments) > 2 or not all(_is_number(argument) for argument in arguments):
            raise ValueError("not a blurred background")
        return Background("blurred", arguments=tuple(arguments))
    return Background(colour=read_colour(text))


def quality(text: str, evaluate: Evaluate) -> Quality:
    """``q_``: ``80``, ``80:444``, ``auto``, ``auto:good``, ``auto:eco:420``, ``jpegmini``."""
    kind, *details = text.split(":")
    if details and re.fullmatch(r"qmax_\d{1,3}", details[-1]):
        details.pop()  # It bounds how coarse a video's frames may get; an image has none.
    if kind == "jpegmini":
        # What that add-on does is what automatic quality is for.
        if details not in ([], ["0"], ["1"], ["2"]):
            raise ValueError("not a level of jpegmini")
        return Quality(None, "good", "")
    chroma = details.pop() if details and details[-1] in ("444", "420") else ""
    if kind == "auto":
        level = details.pop() if details else "good"
        if details or level not in ("best", "good", "eco", "low"):
            raise ValueError("not a level of automatic quality")
        return Quality(None, level, chroma)
    number = _plain(kind, evaluate)
    if details or not 1 <= number <= 100:
        raise ValueError("not 1 … 100")
    return Quality(int(number), "", chroma)


def file_format(text: str, evaluate: Evaluate) -> str:
    """``f_``: an extension, or ``auto``."""
    if text in vocabulary.REFUSED_FORMATS or text == "auto:video":
        raise not_offered(f"f_{text}")
    if text in ("auto:image", "auto:animated"):
        return "auto"
    if text not in vocabulary.FORMATS:
        raise ValueError("not a format")
    return vocabulary.FORMATS[text]


def colour_space(text: str, evaluate: Evaluate) -> str:
    """``cs_``."""
    if text == "copy" or text.startswith("icc:"):  # of videos; a profile of the account's own
        raise not_offered(f"cs_{text}")
    if text not in vocabulary.COLOUR_SPACES:
        raise ValueError("not a colour space")
    return text


def page(text: str, evaluate: Evaluate) -> int:
    """``pg_``: the first page of what is asked for, counted from 1."""
    if text.startswith(("name:", "embedded")):
        raise not_offered(f"pg_{text}")
    match = _PAGES.fullmatch(text)
    return whole(match[1] if match else text, evaluate)


def asset_name(text: str, evaluate: Evaluate) -> str:
    """``d_``: the public id of an image, slashes written as colons."""
    return text.replace(":", "/")


def names(text: str, evaluate: Evaluate) -> tuple[str, ...]:
    """``t_``: named transformations, joined with points."""
    found = tuple(text.split("."))
    if not all(found):
        raise ValueError("a name is missing")
    return found


def effect(text: str, evaluate: Evaluate) -> tuple[str, tuple[str, ...]]:
    """``e_``: the name and what follows it by colons."""
    name, *arguments = text.split(":")
    if name in vocabulary.REFUSED_EFFECTS or name.startswith("gen_"):
        raise not_offered(f"e_{name}")
    if name == "loop":
        if not re.fullmatch(r"\d{0,5}", ":".join(arguments)):
            raise ValueError("not a number of repetitions")
    elif effect_names.offered(name):
        effect_names.check(name, tuple(arguments))
    else:
        raise ValueError("not an effect")
    return name, tuple(arguments)


def gravity(text: str, evaluate: Evaluate) -> Gravity:
    """``g_``: what is looked for, and what stands in where it is not found."""
    parts = [_SAME_GRAVITY.get(part, part) for part in text.split(":")]
    found: list[str] = []
    for at, part in enumerate(parts):
        if part in vocabulary.REFUSED_GRAVITIES:
            raise not_offered(f"g_{part}")
        if part == "auto":
            return Gravity((*found, "auto"), _hints(parts[at + 1 :]))
        if part in vocabulary.COMPASS or part == "xy_center":
            if at + 1 < len(parts):
                raise ValueError("nothing can follow a place")
            return Gravity((*found, part))
        if part not in _FALLBACKS and part not in vocabulary.OBJECTS:
            raise ValueError("not a gravity")
        found.append(part)
    fallback = _FALLBACKS.get(found[-1], (found[-1], "auto"))
    return Gravity((*found, *fallback[1:]))


def _hints(parts: list[str]) -> tuple[str, ...]:
    """The subjects that ``g_auto`` shall prefer, without their weights."""
    found = []
    for part in parts:
        match = _HINT.fullmatch(part)
        if match is None:
            raise ValueError("not a subject")
        subject = part.removesuffix(match["weight"] or "")
        if match["weight"] != "_avoid" and subject not in _NO_SUBJECTS and not part.isdigit():
            found.append(subject)
    return tuple(found)


def _is_number(text: str) -> bool:
    # Some SDKs write a percent sign, or `p` for it.
    return re.fullmatch(r"-?\d{1,9}(\.\d{1,9})?[p%]?", text) is not None
