"""Metadata of video and audio, under the names that exiftool gives it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from app.domain.facts import tidy
from app.imaging.facts.places import place

#: What a tag is called by FFmpeg or MediaInfo (lower case, letters only), to its name here.
_NAMES = {
    "majorbrand": "MajorBrand",
    "codecid": "MajorBrand",
    "title": "Title",
    "artist": "Artist",
    "performer": "Artist",
    "album": "Album",
    "albumartist": "AlbumArtist",
    "albumperformer": "AlbumArtist",
    "composer": "Composer",
    "genre": "Genre",
    "track": "Track",
    "trackposition": "Track",
    "date": "Year",
    "recordeddate": "Year",
    "comment": "Comment",
    "description": "Description",
    "copyright": "Copyright",
    "publisher": "Publisher",
    "creationtime": "CreateDate",
    "encodeddate": "CreateDate",
    "encoder": "Encoder",
    "encodedapplication": "Encoder",
    "encodedlibrary": "Encoder",
    "language": "Language",
    "handlername": "HandlerDescription",
    "location": "GPSCoordinates",
    "locationeng": "GPSCoordinates",
    "recordedlocation": "GPSCoordinates",
    "xyz": "GPSCoordinates",
    "make": "Make",
    "model": "Model",
    "software": "Software",
    "comapplequicktimelocationiso": "GPSCoordinates",
    "comapplequicktimemake": "Make",
    "comapplequicktimemodel": "Model",
    "comapplequicktimesoftware": "Software",
    "comapplequicktimecreationdate": "CreationDate",
    "comandroidversion": "AndroidVersion",
}

#: Days that containers count from: there is no date.
_UNSET = ("1904-01-01", "1970-01-01")

_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d:\d\d:\d\d)(?:\.\d+)?(Z| ?UTC|[+-]\d\d:?\d\d)?")


def media_metadata(
    tags: Iterable[tuple[str, str]],
    *,
    duration: float,
    width: int | None = None,
    height: int | None = None,
    rotation: int = 0,
    frame_rate: float | None = None,
) -> dict[str, str]:
    """What ``media_metadata`` shows of a video or audio file.

    Which entries the real service shows for video is not known; these are the ones of its
    pictures' metadata, in the words of exiftool, as far as a player can tell them.

    Args:
        tags: names and values as FFmpeg or MediaInfo tell them; unknown ones are left out.
        duration: seconds.
        width, height: pixels as shown.
        rotation: clockwise degrees.
        frame_rate: frames per second.

    Returns:
        Tidy texts by name.
    """
    facts = [("Duration", _span(duration))] if duration else []
    if width and height:
        facts += [("ImageWidth", str(width)), ("ImageHeight", str(height))]
        facts += [("Rotation", str(rotation))]
    if frame_rate:
        facts.append(("VideoFrameRate", f"{frame_rate:.3f}".rstrip("0").rstrip(".")))
    return tidy([*_named(tags), *facts])


def _named(tags: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    for tag, value in tags:
        name = _NAMES.get("".join(mark for mark in tag.lower() if mark.isalpha()))
        if name == "GPSCoordinates":
            yield name, place(value)
        elif name == "CreateDate":
            yield name, _date(value)
        elif name and (name, value) != ("Language", "und"):
            yield name, value


def _date(value: str) -> str:
    """A date as EXIF writes it; UTC, which is usual in containers, is not said."""
    found = _DATE.search(value)
    if not found or value.startswith(_UNSET):
        return ""
    year, month, day, time, zone = found.groups()
    return f"{year}:{month}:{day} {time}" + (zone if zone and zone[0] in "+-" else "")


def _span(seconds: float) -> str:
    """Seconds up to half a minute, then hours, minutes and seconds."""
    if seconds < 30:
        return f"{seconds:.2f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}"
