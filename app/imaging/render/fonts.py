"""Font files by family, weight and slant; the ones shipped, and a directory of the operator's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from PIL import ImageFont
from PIL.ImageFont import FreeTypeFont

from app.domain.errors import BadRequest

#: Font files that come with the service; their origin and licences are named there.
SHIPPED = Path(__file__).parents[1] / "fonts"

_SUFFIXES = frozenset({".ttf", ".otf", ".woff2"})

#: What ``text`` styles, and the names of fonts' styles, call a weight (OpenType's usWeightClass).
WEIGHTS: Mapping[str, int] = {
    "thin": 100,
    "hairline": 100,
    "extralight": 200,
    "ultralight": 200,
    "light": 300,
    "normal": 400,
    "regular": 400,
    "book": 400,
    "medium": 500,
    "semibold": 600,
    "demibold": 600,
    "bold": 700,
    "extrabold": 800,
    "ultrabold": 800,
    "black": 900,
    "heavy": 900,
}

_SLANTS: Mapping[str, bool] = {"normal": False, "italic": True, "oblique": True}

#: The shipped family that stands for a well-known one: of the same widths where there is such a
#: one (Arial, Times, Courier), else the nearest in looks.
_STAND_INS: Mapping[str, tuple[str, ...]] = {
    "Liberation Sans": (
        "Arial",
        "Arimo",
        "Helvetica",
        "Helvetica Neue",
        "Sans",
        "Sans Serif",
        "Arial Black",
        "Arial Narrow",
    ),
    "Liberation Serif": (
        "Times",
        "Times New Roman",
        "Tinos",
        "Georgia",
        "Garamond",
        "Palatino",
        "Cambria",
        "Serif",
        "Playfair Display",
        "Merriweather",
    ),
    "Liberation Mono": (
        "Courier",
        "Courier New",
        "Cousine",
        "Consolas",
        "Monaco",
        "Menlo",
        "Mono",
        "Monospace",
        "Roboto Mono",
    ),
    "DejaVu Sans": ("Verdana", "Geneva", "Bitstream Vera Sans"),
    "Open Sans": (
        "Tahoma",
        "Trebuchet",
        "Trebuchet MS",
        "Segoe UI",
        "Calibri",
        "Noto Sans",
        "Source Sans Pro",
    ),
    "Lato": ("Montserrat", "Poppins", "Raleway", "Nunito", "Futura", "Gill Sans"),
    "Roboto": ("Inter", "San Francisco"),
    "Oswald": ("Impact", "Anton", "Bebas Neue"),
    "Comic Neue": ("Comic Sans", "Comic Sans MS"),
}

#: Of the largest coverage among the shipped ones; draws what another font has no glyph for.
_FALLBACK = "DejaVu Sans"

#: No font has a glyph for a noncharacter: it is drawn as what stands for all missing ones.
_MISSING = "\U0010ffff"


@dataclass(frozen=True, slots=True)
class _Face:
    path: Path
    weight: int
    italic: bool


class Typeface:
    """A font at one size, and a second one for the characters that it lacks.

    Characters are set one by one without kerning, by Pillow's basic layout: the other one needs
    a library of the system, and what a text measures must not depend on the machine.
    """

    def __init__(self, font: FreeTypeFont, fallback: FreeTypeFont) -> None:
        self._font = font
        self._fallback = fallback
        self._advances: dict[str, float] = {}

    @property
    def metrics(self) -> tuple[int, int]:
        """Ascent and descent of the first font, in pixels."""
        return self._font.getmetrics()

    def font(self, character: str) -> FreeTypeFont:
        """The font that draws a character; the first one if neither has it."""
        path, fallback = str(self._font.path), str(self._fallback.path)
        lacking = not _covers(path, character) and _covers(fallback, character)
        return self._fallback if lacking else self._font

    def advance(self, character: str) -> float:
        """How far a character moves the pen, in pixels."""
        if character not in self._advances:
            self._advances[character] = self.font(character).getlength(character)
        return self._advances[character]


class Fonts:
    """The fonts that there are. Thread-safe.

    Args:
        extra: directory of further fonts, which come first: an own ``Arial`` is taken rather
            than what stands for it. Files that cannot be read are passed over.
    """

    def __init__(self, extra: Path | None = None) -> None:
        self._families: dict[str, list[_Face]] = {}
        for directory in (extra, SHIPPED):
            if directory is None:
                continue
            found: dict[str, list[_Face]] = {}
            for name, face in _faces(directory):
                found.setdefault(name, []).append(face)
            self._families = found | self._families
        for family, others in _STAND_INS.items():
            for other in others:
                self._families.setdefault(_key(other), self._families[_key(family)])

    def find(self, family: str, weight: str = "normal", slant: str = "normal") -> Path:
        """The file that comes nearest to what is asked for.

        Args:
            family: as written; case, spaces and a file's extension do not count.
            weight: ``bold`` … or a number, 100 … 900.
            slant: ``normal``, ``italic`` or ``oblique``.

        Raises:
            BadRequest: there is no such family, weight or slant.
        """
        wanted, italic = _weight(weight), _SLANTS.get(slant.casefold() or "normal")
        if italic is None:
            raise BadRequest(f"Invalid font style: {slant}")
        faces = self._families.get(_key(family))
        if not faces:
            raise BadRequest(f"Invalid font family: {family}")
        return min(faces, key=lambda face: _distance(face, wanted, italic)).path

    def typeface(self, family: str, weight: str, slant: str, size: float) -> Typeface:
        """A font to set text with.

        Args:
            family, weight, slant: see :meth:`find`.
            size: of the em square, in pixels, at least 1.

        Raises:
            BadRequest: see :meth:`find`.
        """
        path = self.find(family, weight, slant)
        return Typeface(_load(path, size), _load(self.find(_FALLBACK, weight), size))


def _key(family: str) -> str:
    """What two spellings of a family have in common: ``Open_Sans`` and ``open sans.ttf``."""
    name = family.casefold().removesuffix("@google")
    for suffix in _SUFFIXES:
        name = name.removesuffix(suffix)
    return "".join(filter(str.isalnum, name))


def _faces(directory: Path) -> Iterator[tuple[str, _Face]]:
    """Every font below a directory, once for each name that it goes by."""
    for path in sorted(directory.rglob("*")):
        if path.suffix.casefold() not in _SUFFIXES:
            continue
        try:
            family, style = _load(path, 16).getname()
        except (OSError, ValueError):
            continue
        words = f"{family or path.stem} {style or ''}".casefold().split()
        weight = next((WEIGHTS[word] for word in reversed(words) if word in WEIGHTS), 400)
        face = _Face(path, weight, any(_SLANTS.get(word) for word in words))
        # Old name tables call the weights beyond bold families of their own: "Lato Black".
        base = (family or "").split()
        while len(base) > 1 and base[-1].casefold() in WEIGHTS:
            base.pop()
        for name in {_key(family or ""), _key(" ".join(base)), _key(path.stem)} - {""}:
            yield name, face


def _weight(name: str) -> int:
    if name.isascii() and name.isdigit() and len(name) <= 4:
        return int(name)
    try:
        return WEIGHTS[name.casefold() or "normal"]
    except KeyError:
        raise BadRequest(f"Invalid font weight: {name}") from None


def _distance(face: _Face, weight: int, italic: bool) -> tuple[bool, int, int]:
    """The slant first, then the weight; of two as near the lighter one for light weights."""
    lighter = face.weight if weight < 500 else -face.weight
    return face.italic != italic, abs(face.weight - weight), lighter


@lru_cache(maxsize=64)
def _load(path: Path, size: float) -> FreeTypeFont:
    return ImageFont.truetype(path, size, layout_engine=ImageFont.Layout.BASIC)


@lru_cache(maxsize=16_384)
def _covers(path: str, character: str) -> bool:
    """Whether a font has a glyph of its own for a character. Pillow does not say so itself."""
    return character.isspace() or _drawn(path, character) != _drawn(path, _MISSING)


def _drawn(path: str, character: str) -> tuple[float, tuple[int, int], bytes]:
    font = _load(Path(path), 24)
    mask = font.getmask(character, mode="1")
    return font.getlength(character), mask.size, bytes(mask)
