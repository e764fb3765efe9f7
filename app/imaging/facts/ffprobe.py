"""Video and audio as FFmpeg's ``ffprobe`` sees them."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

from app.domain.facts import MediaInfo, UnsupportedVideo, number, whole
from app.imaging import child
from app.imaging.facts.media_metadata import media_metadata
from app.imaging.facts.streams import LAYOUTS, UNKNOWN_LEVEL, known, right_angle

#: Readers of containers. None of them opens another file, as those of playlists do, which a file
#: that only begins like a video might be taken for.
_READERS = ",".join(
    "mov matroska avi mpeg mpegvideo mpegts flv asf mxf "
    "ogg mp3 wav aac flac aiff amr amrnb amrwb caf".split()
)

#: The whole file is the program's standard input, and the one thing that it may open.
_ARGUMENTS = ("-v", "error", "-protocol_whitelist", "file", "-format_whitelist", _READERS)
_STREAMS = ("-print_format", "json", "-show_format", "-show_streams")
_TIMES = ("-print_format", "csv=p=0", "-show_entries", "packet=pts_time,duration_time")
_INPUT = ("-i", "file:/dev/stdin")

#: A file of a hundred streams is described in 200 kB; the times of an hour's packets are 5 MB.
_FEW = child.Limits(seconds=20, memory=2 << 30, output=4 << 20)
_MANY = child.Limits(seconds=20, memory=2 << 30, output=32 << 20)


def probe(program: str, source: bytes | Path) -> MediaInfo:
    """Look at a file.

    Args:
        program: path of ``ffprobe``.

    Raises:
        UnsupportedVideo: it has neither video nor audio that is understood.
        OSError: ``source`` cannot be opened.
    """
    container, streams = _described(program, source)
    video = next((stream for stream in streams if _is_video(stream)), None)
    audio = next((stream for stream in streams if _is_audio(stream)), None)
    if video is None and audio is None:
        raise UnsupportedVideo
    duration = _duration(container, streams)
    if duration is None:
        duration = _measured(program, source)
    size, bit_rate = whole(container.get("size")), whole(container.get("bit_rate"))
    if bit_rate is None and duration and size:
        bit_rate = int(size * 8 / duration)
    picture = _picture(video) if video else {}
    return MediaInfo(
        duration=duration,
        bit_rate=bit_rate or 0,
        audio=_audio(audio) if audio else {},
        metadata=media_metadata(
            _tags(container, video or {}, audio or {}), duration=duration, **picture
        ),
        **picture,
        video=_video(video) if video else {},
        nb_frames=whole(video.get("nb_frames")) if video else None,
    )


def _described(program: str, source: bytes | Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The container and its streams."""
    try:
        found = json.loads(child.run([program, *_ARGUMENTS, *_STREAMS, *_INPUT], source, _FEW))
        return dict(found["format"]), [dict(stream) for stream in found["streams"]]
    except (child.ChildFailed, ValueError, LookupError, TypeError) as error:
        raise UnsupportedVideo from error


def _is_video(stream: Mapping[str, Any]) -> bool:
    """Whether it is a moving picture: covers of records are streams of one picture, too."""
    return (
        stream.get("codec_type") == "video"
        and "codec_name" in stream
        and whole(stream.get("width")) is not None
        and whole(stream.get("height")) is not None
        and not stream.get("disposition", {}).get("attached_pic")
    )


def _is_audio(stream: Mapping[str, Any]) -> bool:
    return (
        stream.get("codec_type") == "audio"
        and "codec_name" in stream
        and whole(stream.get("sample_rate")) is not None
    )


def _duration(container: Mapping[str, Any], streams: list[dict[str, Any]]) -> float | None:
    stated = number(container.get("duration"))
    return stated or max((number(it.get("duration")) or 0 for it in streams), default=0) or None


def _measured(program: str, source: bytes | Path) -> float:
    """Seconds up to the end of the last packet; browsers record WebM without stating any."""
    try:
        times = child.run([program, *_ARGUMENTS, *_TIMES, *_INPUT], source, _MANY)
    except child.ChildFailed:
        return 0.0  # too long to be counted in time
    ends = (line.decode("ascii", "replace").split(",") for line in io.BytesIO(times))
    return max((sum(number(part.strip()) or 0.0 for part in end[:2]) for end in ends), default=0.0)


def _picture(stream: Mapping[str, Any]) -> dict[str, Any]:
    """Size as shown, rotation and frame rate of a video stream."""
    width, height = whole(stream.get("width")), whole(stream.get("height"))
    rotation = _rotation(stream)
    if rotation in (90, 270):
        width, height = height, width
    # The real service shows the rate that all time stamps fit, not the average of a file.
    rates = (_ratio(stream.get(name)) for name in ("r_frame_rate", "avg_frame_rate"))
    rate = next((rate for rate in rates if rate), None)
    return {"width": width, "height": height, "rotation": rotation, "frame_rate": rate}


def _rotation(stream: Mapping[str, Any]) -> int:
    """Clockwise degrees: the display matrix is told counterclockwise, the older tag clockwise."""
    for entry in stream.get("side_data_list", []):
        if isinstance(entry, dict) and "rotation" in entry:
            return right_angle(-_degrees(entry["rotation"]))
    return right_angle(_degrees(stream.get("tags", {}).get("rotate")))


def _degrees(value: object) -> float:
    text = str(value or 0)
    return -(number(text[1:]) or 0.0) if text.startswith("-") else number(text) or 0.0


def _ratio(value: object) -> float | None:
    try:
        return number(float(Fraction(str(value))))
    except (ValueError, ZeroDivisionError, OverflowError):
        return None


def _video(stream: Mapping[str, Any]) -> dict[str, Any]:
    level = stream.get("level")
    facts = {
        "pix_format": stream.get("pix_fmt"),
        "codec": stream["codec_name"],
        "level": level if isinstance(level, int) else UNKNOWN_LEVEL,
        "profile": stream.get("profile"),
        "bit_rate": stream.get("bit_rate"),
        "dar": stream.get("display_aspect_ratio"),
        "time_base": stream.get("time_base"),
    }
    return known(facts)


def _audio(stream: Mapping[str, Any]) -> dict[str, Any]:
    channels = whole(stream.get("channels"))
    facts = {
        "codec": stream["codec_name"],
        "bit_rate": stream.get("bit_rate"),
        "frequency": whole(stream.get("sample_rate")),
        "channels": channels,
        "channel_layout": stream.get("channel_layout") or LAYOUTS.get(channels or 0),
    }
    return known(facts)


def _tags(*parts: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for part in parts:
        tags = part.get("tags", {})
        if isinstance(tags, dict):
            yield from ((str(name), str(value)) for name, value in tags.items())
