"""XMP as texts (ISO 16684-1), under exiftool's names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from xml.parsers import expat

from app.imaging.facts.exif import exif_text

_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_DESCRIPTION, _ITEM = f"{_RDF} Description", f"{_RDF} li"
_ALTERNATIVES = f"{_RDF} Alt"
_COLLECTIONS = frozenset({f"{_RDF} Seq", f"{_RDF} Bag", _ALTERNATIVES})

#: Namespaces whose attributes say something of the XML, not of the picture.
_OURS = (_RDF, "http://www.w3.org/XML/1998/namespace")

#: Properties that name other files and programs of the author, not the picture.
_LEFT_OUT = frozenset({"ToolkitXMPVersion", "HasExtendedXMP", "Thumbnails"})

#: Namespaces in which EXIF is repeated (part 2, 4.4.1), its numbers as texts.
_EXIF = ("http://ns.adobe.com/exif/1.0/", "http://ns.adobe.com/tiff/1.0/")
_EXIF_NAMES = {
    "DateTime": "ModifyDate",
    "DateTimeDigitized": "CreateDate",
    "ExposureBiasValue": "ExposureCompensation",
    "FlashPixVersion": "FlashpixVersion",
    "FocalLengthIn35mmFilm": "FocalLengthIn35mmFormat",
    "ISOSpeedRatings": "ISO",
    "PixelXDimension": "ExifImageWidth",
    "PixelYDimension": "ExifImageHeight",
}

#: Bytes of XMP that are read: editors write a few kilobytes, their histories up to megabytes.
_MOST = 1 << 20

_NUMBER = re.compile(r"-?(0|[1-9]\d{0,15})(\.\d{1,15}|/[1-9]\d{0,15})?")
_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:T(\d\d:\d\d.*))?$")


class _Refused(Exception):
    """The document declares a type, with which XML bombs begin."""


def xmp_texts(xmp: bytes) -> Iterator[tuple[str, str]]:
    """Names and values of the simple properties and of the lists of simple values.

    Structures (histories, ingredients) are left out. Damaged XML counts up to the damage.

    Args:
        xmp: the packet, with or without its wrapper.
    """
    reader = _Reader()
    with suppress(expat.ExpatError, _Refused, ValueError):
        reader.read(xmp[:_MOST].strip(b"\0 \n\r\t"))
    yield from reader.found


class _Reader:
    """Follows the elements from ``rdf:Description`` over the property to a list's items."""

    def __init__(self) -> None:
        self.found: list[tuple[str, str]] = []
        self._open: list[str] = []
        self._at = 0  # how deep the innermost description lies
        self._text: list[str] = []
        self._items: list[str] = []
        self._simple = False

    def read(self, data: bytes) -> None:
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text.append
        parser.StartDoctypeDeclHandler = self._refuse
        parser.Parse(data, True)

    def _refuse(self, *_: object) -> None:
        raise _Refused

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._open.append(name)
        self._text.clear()
        self._simple = True
        if name == _DESCRIPTION and not self._at:
            self._at = len(self._open)
            for key, value in attributes.items():
                self._add(key, value)
        elif self._depth == 1:
            self._items = []

    def _end(self, name: str) -> None:
        text = "".join(self._text).strip()
        if name == _DESCRIPTION and self._depth == 0:
            self._at = 0
        elif self._at and self._simple and self._depth == 1:
            self._add(name, text)
        elif self._at and self._simple and self._depth == 3 and self._in_list():
            self._items.append(text)
        elif self._at and self._depth == 1 and self._items:
            self._add(name, ", ".join(self._items))
        self._open.pop()
        self._simple = False
        self._text.clear()

    @property
    def _depth(self) -> int:
        """How deep the open element lies in the description; 1 is a property."""
        return len(self._open) - self._at if self._at else -1

    def _in_list(self) -> bool:
        if self._open[-1] != _ITEM or self._open[-2] not in _COLLECTIONS:
            return False
        # Of alternatives, which are languages, the first is the default.
        return self._open[-2] != _ALTERNATIVES or not self._items

    def _add(self, key: str, value: str) -> None:
        namespace, _, name = key.rpartition(" ")
        shown = name[:1].upper() + name[1:]
        if not value or namespace in _OURS or shown in _LEFT_OUT:
            return
        if namespace in _EXIF:
            shown = _EXIF_NAMES.get(shown, shown)
            self.found.append((shown, exif_text(shown, _number(value))))
        else:
            self.found.append((shown, _date(value)))


def _number(value: str) -> int | Fraction | str:
    """What EXIF has as a number; versions, dates and texts as they are shown."""
    if not _NUMBER.fullmatch(value):
        return _date(value)
    number = Fraction(value)
    return int(number) if number.denominator == 1 else number


def _date(value: str) -> str:
    """A date as EXIF has it, any other text as it is."""
    found = _DATE.match(value)
    if not found:
        return value
    year, month, day, time = found.groups()
    return f"{year}:{month}:{day}" + (f" {time}" if time else "")
