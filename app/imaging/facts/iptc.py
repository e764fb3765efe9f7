"""IPTC's data sets as texts (IPTC-IIM 4.2, chapter 6), under exiftool's names."""

from __future__ import annotations

import re
from collections.abc import Iterator

from PIL import ImageFile, IptcImagePlugin

#: The application record.
_RECORD = 2

_NAMES = {
    3: "ObjectTypeReference",
    5: "ObjectName",
    7: "EditStatus",
    10: "Urgency",
    12: "SubjectReference",
    15: "Category",
    20: "SupplementalCategories",
    25: "Keywords",
    30: "ReleaseDate",
    35: "ReleaseTime",
    40: "SpecialInstructions",
    55: "DateCreated",
    60: "TimeCreated",
    62: "DigitalCreationDate",
    63: "DigitalCreationTime",
    65: "OriginatingProgram",
    70: "ProgramVersion",
    80: "By-line",
    85: "By-lineTitle",
    90: "City",
    92: "Sub-location",
    95: "Province-State",
    100: "Country-PrimaryLocationCode",
    101: "Country-PrimaryLocationName",
    103: "OriginalTransmissionReference",
    105: "Headline",
    110: "Credit",
    115: "Source",
    116: "CopyrightNotice",
    118: "Contact",
    120: "Caption-Abstract",
    122: "Writer-Editor",
    131: "ImageOrientation",
}

_DATE = re.compile(r"(\d{4})(\d\d)(\d\d)$")
_TIME = re.compile(r"(\d\d)(\d\d)(\d\d)(?:([+-]\d\d)(\d\d))?$")


def iptc_texts(image: ImageFile.ImageFile) -> Iterator[tuple[str, str]]:
    """Names and values of an opened JPEG's or TIFF's data sets; several of one are joined.

    Raises:
        whatever Pillow raises on damaged data sets.
    """
    found = IptcImagePlugin.getiptcinfo(image) or {}
    for number, name in _NAMES.items():
        values = found.get((_RECORD, number), [])
        texts = [_text(name, value) for value in (values if isinstance(values, list) else [values])]
        if texts:
            yield name, ", ".join(texts)


def _text(name: str, value: bytes) -> str:
    # Which characters they are stands in a record that few programs write.
    try:
        text = value.decode()
    except UnicodeDecodeError:
        text = value.decode("latin-1")
    if "Date" in name:
        return _DATE.sub(r"\1:\2:\3", text)
    if "Time" in name and (found := _TIME.match(text)):
        hours, minutes, seconds, zone, rest = found.groups()
        return f"{hours}:{minutes}:{seconds}" + (f"{zone}:{rest}" if zone else "")
    return text
