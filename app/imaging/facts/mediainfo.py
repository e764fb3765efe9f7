"""Video and audio as MediaInfo sees them, in the words of FFmpeg, which clients know."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeAlias

from app.domain.facts import MediaInfo, UnsupportedVideo, number, whole
from app.imaging import child
from app.imaging.facts import mediainfo_worker
from app.imaging.facts.media_metadata import media_metadata
from app.imaging.facts.streams import LAYOUTS, UNKNOWN_LEVEL, known, right_angle

#: A stream, or the container, as MediaInfo describes it: texts by name.
Track: TypeAlias = Mapping[str, Any]

_PROGRAM = (sys.executable, "-I", str(Path(mediainfo_worker.__file__)))

#: How much of a file is read: beginning, end, and the middle of some formats; or all of it.
_QUICK, _WHOLE = "0.5", "1"

_LIMITS = child.Limits(seconds=20, memory=1 << 30, output=16 << 20)

#: MediaInfo's names of codecs to FFmpeg's; others are the same in lower case.
_VIDEO_CODECS = {
    "AVC": "h264",
    "MPEG-4 Visual": "mpeg4",
    "Sorenson Spark": "flv1",
    "VC-1": "vc1",
    "VP6": "vp6f",
    "JPEG": "mjpeg",
    "DV": "dvvideo",
    "H.263": "h263",
}
_AUDIO_CODECS = {
    "AC-3": "ac3",
    "E-AC-3": "eac3",
    "DTS": "dts",
    "AMR": "amr_nb",
    "ADPCM": "adpcm_ms",
}
_MPEG_LAYERS = {"Layer 1": "mp1", "Layer 2": "mp2", "Layer 3": "mp3"}

#: Codecs that have one kind of pixels only, so that MediaInfo does not name it.
_PLAIN = frozenset({"vp8", "theora", "flv1", "h263", "wmv1", "wmv2", "vp6f"})

#: What FFmpeg multiplies a level by (H.264, A.3; H.265, A.4).
_LEVEL_UNITS = {"h264": 10, "hevc": 30}


def probe(source: bytes | Path) -> MediaInfo:
    """Look at a file.

    Other than ``ffprobe`` this knows no ``time_base``, and counts the frames of every file.

    Raises:
        UnsupportedVideo: it has neither video nor audio that is understood.
        OSError: ``source`` cannot be opened.
    """
    tracks = _tracks(source, _QUICK)
    container = _container(tracks)
    if number(container.get("Duration")) is None:
        # Streams, and what browsers record, do not state how long they are.
        with suppress(UnsupportedVideo):  # too long to be read in time
            tracks = _tracks(source, _WHOLE)
        container = _container(tracks)
    video = next((it for it in tracks if _is_video(it)), None)
    audio = next((it for it in tracks if _is_audio(it)), None)
    if video is None and audio is None:
        raise UnsupportedVideo
    duration = number(container.get("Duration")) or 0.0
    picture = _picture(video) if video else {}
    return MediaInfo(
        duration=duration,
        bit_rate=whole(container.get("OverallBitRate")) or 0,
        audio=_audio(audio) if audio else {},
        metadata=media_metadata(_tags(container), duration=duration, **picture),
        **picture,
        video=_video(video) if video else {},
        nb_frames=whole(video.get("FrameCount")) if video else None,
    )


def _tracks(source: bytes | Path, thoroughness: str) -> list[Track]:
    try:
        found = json.loads(child.run([*_PROGRAM, thoroughness], source, _LIMITS))
        tracks = found["media"]["track"]
    except (child.ChildFailed, ValueError, LookupError, TypeError) as error:
        raise UnsupportedVideo from error
    return [track for track in tracks if isinstance(track, dict)]


def _container(tracks: list[Track]) -> Track:
    return next((track for track in tracks if track.get("@type") == "General"), {})


def _is_video(track: Track) -> bool:
    return (
        track.get("@type") == "Video"
        and "Format" in track
        and whole(track.get("Width")) is not None
        and whole(track.get("Height")) is not None
    )


def _is_audio(track: Track) -> bool:
    return (
        track.get("@type") == "Audio"
        and "Format" in track
        and whole(track.get("SamplingRate")) is not None
    )


def _picture(track: Track) -> dict[str, Any]:
    """Size as shown, rotation and frame rate of a video."""
    width, height = whole(track.get("Width")), whole(track.get("Height"))
    rotation = right_angle(number(track.get("Rotation")) or 0)
    if rotation in (90, 270):
        width, height = height, width
    frames, seconds = number(track.get("FrameRate_Num")), number(track.get("FrameRate_Den"))
    rate = frames / seconds if frames and seconds else number(track.get("FrameRate"))
    return {"width": width, "height": height, "rotation": rotation, "frame_rate": rate}


def _video(track: Track) -> dict[str, Any]:
    codec = _video_codec(track)
    facts = {
        "pix_format": _pixels(track, codec),
        "codec": codec,
        "level": _level(track, codec),
        "profile": track.get("Format_Profile"),
        "bit_rate": _bit_rate(track),
        "dar": _proportions(track),
    }
    return known(facts)


def _video_codec(track: Track) -> str:
    name = str(track["Format"])
    if name == "MPEG Video":
        return "mpeg1video" if track.get("Format_Version") == "1" else "mpeg2video"
    return _VIDEO_CODECS.get(name, name.lower())


def _pixels(track: Track, codec: str) -> str | None:
    """FFmpeg's name of the kind of pixels (``yuv420p``, ``yuv422p10le``)."""
    sampling = str(track.get("ChromaSubsampling", "")).replace(":", "")
    if track.get("ColorSpace", "YUV") != "YUV" or not (sampling or codec in _PLAIN):
        return None
    depth = whole(track.get("BitDepth")) or 8
    return f"yuv{sampling or '420'}p" + (f"{depth}le" if depth > 8 else "")


def _level(track: Track, codec: str) -> int:
    level = number(track.get("Format_Level"))
    if level is None or codec not in _LEVEL_UNITS:
        return UNKNOWN_LEVEL
    return round(level * _LEVEL_UNITS[codec])


def _bit_rate(track: Track) -> str | None:
    rate = whole(track.get("BitRate")) or whole(track.get("BitRate_Nominal"))
    return str(rate) if rate else None


def _proportions(track: Track) -> str | None:
    """Width to height as shown, before the rotation: ``16:9``."""
    width, height = whole(track.get("Width")), whole(track.get("Height"))
    pixel = number(track.get("PixelAspectRatio")) or 1.0
    if not width or not height or not 0.001 <= pixel <= 1000:
        return None
    shown = Fraction(width, height) * Fraction(pixel).limit_denominator(1000)
    return f"{shown.numerator}:{shown.denominator}"


def _audio(track: Track) -> dict[str, Any]:
    channels = whole(track.get("Channels"))
    facts = {
        "codec": _audio_codec(track),
        "bit_rate": _bit_rate(track),
        "frequency": whole(track.get("SamplingRate")),
        "channels": channels,
        "channel_layout": LAYOUTS.get(channels or 0),
    }
    return known(facts)


def _audio_codec(track: Track) -> str:
    name = str(track["Format"])
    if name == "MPEG Audio":
        return _MPEG_LAYERS.get(str(track.get("Format_Profile")), "mp3")
    if name == "PCM":
        return _samples(track)
    if name == "WMA":
        return f"wmav{track.get('Format_Version', '2')}"
    if name == "AMR" and track.get("Format_Profile") == "Wide band":
        return "amr_wb"
    return _AUDIO_CODECS.get(name, name.lower())


def _samples(track: Track) -> str:
    """FFmpeg's name of uncompressed audio (``pcm_s16le``)."""
    if track.get("Format_Profile") == "Float":
        kind = "f"
    else:
        kind = "u" if track.get("Format_Settings_Sign") == "Unsigned" else "s"
    bits = whole(track.get("BitDepth")) or 16
    order = "be" if track.get("Format_Settings_Endianness") == "Big" else "le"
    return f"pcm_{kind}{bits}" + (order if bits > 8 else "")


def _tags(container: Track) -> Iterator[tuple[str, str]]:
    extra = container.get("extra", {})
    for part in (container, extra if isinstance(extra, dict) else {}):
        for name, value in part.items():
            # Its "Track" is the title once more, FFmpeg's the number on the record.
            if isinstance(value, str) and name != "Track":
                yield name, value
