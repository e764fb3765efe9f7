"""EXIF as texts, in the words of exiftool (EXIF 2.32)."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

from PIL import ExifTags, Image

from app.domain.exif import GPS_POSITION, GPS_TAGS, PHOTO_TAGS, PICTURE_TAGS
from app.imaging.facts.exif_words import COMPONENTS, WORDS, flash
from app.imaging.facts.places import altitude, angle

#: Values of a directory by tag, as Pillow reads them.
Directory: TypeAlias = Mapping[int, Any]

_LATITUDE, _LONGITUDE, _ALTITUDE = 2, 4, 6
_REFERENCES = {_LATITUDE: (1, "NS"), _LONGITUDE: (3, "EW")}
_ALTITUDE_REFERENCE = 5

#: What says in which characters UserComment is (EXIF 2.32, 4.6.5), eight bytes in front of it.
_CHARACTERS = {b"ASCII": "ascii", b"UNICODE": "utf-16", b"JIS": "iso2022_jp"}


def exif_texts(exif: Image.Exif) -> Iterator[tuple[str, str]]:
    """Names and values of the picture's, the photo's and the place's tags.

    Values that make no sense are left out.

    Raises:
        whatever Pillow raises on a damaged block, in the middle of it.
    """
    yield from _texts(exif, PICTURE_TAGS)
    yield from _texts(exif.get_ifd(ExifTags.IFD.Exif), PHOTO_TAGS)
    places = exif.get_ifd(ExifTags.IFD.GPSInfo)
    found = dict(_texts(places, GPS_TAGS))
    for tag in (_LATITUDE, _LONGITUDE):
        found.pop(GPS_TAGS[tag], None)
    found |= dict(_coordinates(places))
    yield from found.items()


def _texts(directory: Directory, names: Mapping[int, str]) -> Iterator[tuple[str, str]]:
    for tag, name in names.items():
        value = directory.get(tag)
        if value is not None:
            text = exif_text(name, value)
            if text:
                yield name, text


def exif_text(name: str, value: Any) -> str:
    """A tag's value as a text, empty if it makes no sense.

    Args:
        value: as Pillow reads it.
    """
    if name in WORDS:
        return _word(WORDS[name], value)
    if name in _CONVERSIONS:
        return _CONVERSIONS[name](value)
    return _plain(value)


def _word(words: Mapping[int | str, str], value: Any) -> str:
    key = value[0] if isinstance(value, bytes) and value else value
    if isinstance(key, str):
        key = key.strip("\0 ")[:1]
    return words.get(key, f"Unknown ({_plain(key)})") if isinstance(key, int | str) else ""


def _plain(value: Any) -> str:
    if isinstance(value, str):
        return _unicode(value.strip("\0 "))
    if isinstance(value, bytes):
        text = value.strip(b"\0 ")
        return text.decode() if text.isascii() else ""
    if isinstance(value, tuple):
        return " ".join(_plain(part) for part in value)
    number = _number(value)
    return "" if number is None else f"{number:.10g}"


def _unicode(text: str) -> str:
    """Text that Pillow has read as Latin-1: where it is not the ASCII of EXIF, it is UTF-8."""
    try:
        return text.encode("latin-1").decode()
    except UnicodeError:
        return text


def _number(value: Any) -> float | None:
    """A finite number, of a rational, too, whose denominator may be 0."""
    if isinstance(value, tuple):
        value = value[0] if len(value) == 1 else None
    try:
        number = float(value)
    except (TypeError, ValueError, ArithmeticError):
        return None
    return number if math.isfinite(number) else None


def _numbers(show: Callable[[float], str]) -> Callable[[Any], str]:
    """A conversion of numbers; others than finite ones have no text."""

    def converted(value: Any) -> str:
        number = _number(value)
        return "" if number is None else show(number)

    return converted


def _seconds(value: float) -> str:
    """An exposure: ``1/125``, ``0.5``, ``2``."""
    if 0 < value < 0.25001:
        return f"1/{round(1 / value)}" if value > 1e-9 else ""
    return _short(value)


def _short(value: float) -> str:
    """One decimal, none where it is 0."""
    return f"{value:.1f}".removesuffix(".0")


def _stops(value: float) -> str:
    """An exposure's compensation: ``0``, ``+1``, ``-1/3``, ``+0.7``."""
    if abs(value) > 100:
        return ""
    for parts in (1, 2, 3):
        count = value * parts
        if abs(count - round(count)) < 0.005:
            return (
                f"{round(count):+d}/{parts}"
                if parts > 1
                else f"{round(count):+d}".replace("+0", "0")
            )
    return f"{value:+.3g}"


def _apex_time(value: float) -> str:
    return _seconds(2.0**-value) if abs(value) < 60 else ""


def _apex_aperture(value: float) -> str:
    return f"{2.0 ** (value / 2):.1f}" if abs(value) < 60 else ""


def _lens(value: Any) -> str:
    """Shortest and longest focal length, and the f-numbers there."""
    if not isinstance(value, tuple) or len(value) != 4:
        return ""
    numbers = [_number(part) for part in value]
    near, far, wide, tele = (f"{it:.10g}" if it else "?" for it in numbers)
    lengths = near if near == far else f"{near}-{far}"
    apertures = wide if wide == tele else f"{wide}-{tele}"
    return f"{lengths}mm f/{apertures}"


def _components(value: Any) -> str:
    if not isinstance(value, bytes) or any(part >= len(COMPONENTS) for part in value):
        return ""
    return ", ".join(COMPONENTS[part] for part in value)


def _comment(value: Any) -> str:
    if not isinstance(value, bytes):
        return _plain(value)
    characters = _CHARACTERS.get(value[:8].rstrip(b"\0 "))
    text = value[8:] if characters else value.lstrip(b"\0")
    if characters == "utf-16" and text[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        characters = "utf-16-le" if text[1:2] == b"\0" else "utf-16-be"
    return text.decode(characters or "utf-8", "replace").strip("\0 ")


def _windows(value: Any) -> str:
    """What Windows' own tags hold: UTF-16, little endian."""
    raw = bytes(value) if isinstance(value, tuple) else value
    return raw.decode("utf-16-le", "replace").strip("\0 ") if isinstance(raw, bytes) else ""


def _dotted(value: Any) -> str:
    return ".".join(map(str, value)) if isinstance(value, bytes | tuple) else ""


def _clock(value: Any) -> str:
    """Hours, minutes and seconds of GPSTimeStamp."""
    if not isinstance(value, tuple) or len(value) != 3:
        return ""
    parts = [_number(part) for part in value]
    if any(part is None or not 0 <= part <= 60 for part in parts):
        return ""
    hours, minutes, seconds = (part or 0.0 for part in parts)
    return f"{int(hours):02}:{int(minutes):02}:{seconds:05.2f}".removesuffix(".00")


def _coordinates(places: Directory) -> Iterator[tuple[str, str]]:
    """Latitude, longitude, height and position, in degrees and with their directions."""
    shown = []
    for tag, (reference, directions) in _REFERENCES.items():
        degrees = _degrees(places.get(tag))
        if degrees is None or degrees > (90 if tag == _LATITUDE else 180):
            continue
        direction = _plain(places.get(reference, ""))[:1].upper()
        text = angle(-degrees if direction == directions[1] else degrees, directions)
        shown.append(text)
        yield GPS_TAGS[tag], text
    metres = _number(places.get(_ALTITUDE))
    if metres is not None:
        below = places.get(_ALTITUDE_REFERENCE) in (1, b"\1")
        yield GPS_TAGS[_ALTITUDE], altitude(-metres if below else metres)
    if len(shown) == len(_REFERENCES):
        yield GPS_POSITION, ", ".join(shown)


def _degrees(value: Any) -> float | None:
    """Degrees of three rationals: degrees, minutes, seconds."""
    if not isinstance(value, tuple) or len(value) != 3:
        return None
    parts = [_number(part) for part in value]
    if any(part is None or part < 0 for part in parts):
        return None
    degrees, minutes, seconds = (part or 0.0 for part in parts)
    return degrees + minutes / 60 + seconds / 3600


_CONVERSIONS: dict[str, Callable[[Any], str]] = {
    "ExposureTime": _numbers(_seconds),
    "ShutterSpeedValue": _numbers(_apex_time),
    "FNumber": _numbers(lambda value: f"{value:.1f}"),
    "ApertureValue": _numbers(_apex_aperture),
    "MaxApertureValue": _numbers(_apex_aperture),
    "ExposureCompensation": _numbers(_stops),
    "FocalLength": _numbers(lambda value: f"{value:.1f} mm"),
    "FocalLengthIn35mmFormat": _numbers(lambda value: f"{value:.0f} mm"),
    "SubjectDistance": _numbers(lambda value: f"{value:.10g} m"),
    "GPSHPositioningError": _numbers(lambda value: f"{value:.10g} m"),
    "Flash": _numbers(lambda value: flash(int(value)) if 0 <= value < 128 else ""),
    "LensInfo": _lens,
    "ComponentsConfiguration": _components,
    "UserComment": _comment,
    "GPSVersionID": _dotted,
    "GPSTimeStamp": _clock,
    "GPSProcessingMethod": _comment,
    **dict.fromkeys(("XPTitle", "XPComment", "XPAuthor", "XPKeywords", "XPSubject"), _windows),
}
