"""What is known of a file beside its pixels: metadata of any file, facts of video and audio."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from app.domain.errors import BadRequest

#: Most entries of a file's metadata, and most characters of a name and of a value. Cameras and
#: editors write a hundred entries, few of them longer than a sentence.
MAX_ENTRIES = 250
MAX_NAME = 100
MAX_VALUE = 1000


class UnsupportedVideo(BadRequest):
    """The bytes are no video or audio file that can be read."""

    def __init__(self, message: str = "Unsupported video format or file") -> None:
        super().__init__(message)


def tidy(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Metadata as it is shown: printable, bounded, the first of several of one name.

    Args:
        pairs: names and values as they stand in a file, whoever wrote them.
    """
    found: dict[str, str] = {}
    for name, value in pairs:
        key, shown = printable(name, MAX_NAME), printable(value, MAX_VALUE)
        if key and shown and key not in found:
            found[key] = shown
            if len(found) == MAX_ENTRIES:
                break
    return found


def printable(text: str, most: int) -> str:
    """Text without control characters and lone surrogates, its white space single spaces.

    Args:
        most: characters that are kept.
    """
    marks = (" " if mark.isspace() else mark for mark in text[: 4 * most])
    return " ".join("".join(filter(str.isprintable, marks)).split())[:most].rstrip()


@dataclass(frozen=True, slots=True)
class MediaInfo:
    """What a video or audio file consists of (CONTRACT B5).

    Attributes:
        width, height: pixels as shown, so after the rotation; ``None`` for audio.
        duration: seconds; 0 where nothing tells.
        bit_rate: bits per second of the whole file, 0 where nothing tells.
        frame_rate: frames per second, ``None`` for audio or where nothing tells.
        nb_frames: frames of the video, ``None`` where they are not counted.
        rotation: clockwise degrees, 0, 90, 180 or 270, that a player turns the frames by.
        audio: ``codec``, ``bit_rate`` (a text), ``frequency`` in Hz, ``channels`` and
            ``channel_layout`` of the first audio stream; empty for a silent file.
        video: ``pix_format``, ``codec``, ``level``, ``profile``, ``bit_rate`` (a text), ``dar``
            and ``time_base`` of the first video stream; empty for audio.
        metadata: titles, makers, dates and the like, tidy.
    """

    width: int | None = None
    height: int | None = None
    duration: float = 0.0
    bit_rate: int = 0
    frame_rate: float | None = None
    nb_frames: int | None = None
    rotation: int = 0
    audio: Mapping[str, Any] = field(default_factory=dict)
    video: Mapping[str, Any] = field(default_factory=dict)
    metadata: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_audio(self) -> bool:
        """Whether there is nothing to see."""
        return not self.video

    def reply(self) -> dict[str, Any]:
        """The facts under the keys of an upload's result; width and height stand elsewhere in it.

        What is not known is left out, as the real service does.
        """
        facts: dict[str, Any] = {
            "audio": dict(self.audio),
            "video": dict(self.video),
            "is_audio": self.is_audio,
            "frame_rate": self.frame_rate,
            "bit_rate": self.bit_rate or None,
            "duration": self.duration,
            "rotation": self.rotation,
            "nb_frames": self.nb_frames,
        }
        return {key: value for key, value in facts.items() if value is not None}


def number(value: object) -> float | None:
    """A positive, finite number that a file states as number or text; ``None`` for any other.

    The bound keeps it exact in JSON and within 64 bits in the database.
    """
    try:
        found = float(str(value))
    except ValueError:
        return None
    return found if math.isfinite(found) and 0 < found < 1 << 53 else None


def whole(value: object) -> int | None:
    """Like :func:`number`, without what stands behind the point."""
    found = number(value)
    return int(found) if found is not None else None


class FileFacts(Protocol):
    """Looks at what files say of themselves. Synchronous and thread-safe."""

    def picture_metadata(self, source: bytes | Path, file_format: str) -> dict[str, str]:
        """What a picture says of itself: EXIF, GPS, IPTC, XMP, its profile's name.

        Args:
            source: a picture that :meth:`app.domain.ports.Imager.inspect` has accepted.
            file_format: as that method names it.

        Returns:
            Tidy texts by name, in the words of exiftool; empty where there is nothing. Damaged
            metadata counts as none.
        """

    def probe(self, source: bytes | Path, file_format: str) -> MediaInfo:
        """What a video or audio file consists of.

        Args:
            file_format: as :meth:`app.domain.ports.Imager.sniff` names it.

        Raises:
            UnsupportedVideo: it is damaged, or not of a format that is read.
        """
