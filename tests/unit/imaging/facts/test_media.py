"""Video and audio, as ffprobe and as MediaInfo see them."""

from __future__ import annotations

import io
import math
import random
import shutil
import struct
import wave
from pathlib import Path

import pytest

from app.domain.facts import FileFacts, MediaInfo, UnsupportedVideo
from app.imaging.facts.reader import FileFactsReader
from app.imaging.sniff import sniff
from tests.conftest import in_ci

MEDIA = Path(__file__).parents[3] / "data" / "media"
FFPROBE = shutil.which("ffprobe")

needs_ffprobe = pytest.mark.skipif(
    FFPROBE is None and not in_ci(), reason="ffprobe is not installed: only MediaInfo is tried"
)


@pytest.fixture(params=[pytest.param("ffprobe", marks=needs_ffprobe), "mediainfo"])
def facts(request: pytest.FixtureRequest) -> FileFacts:
    return FileFactsReader(FFPROBE if request.param == "ffprobe" else None)


def probed(facts: FileFacts, data: bytes | Path) -> MediaInfo:
    """A file as it would be looked at on its way in."""
    head = data.read_bytes()[:4096] if isinstance(data, Path) else data[:4096]
    kind, name = sniff(head)
    assert kind in ("audio", "video")
    return facts.probe(data, name)


def wav(seconds: float, channels: int = 2, rate: int = 8000) -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setparams((channels, 2, rate, 0, "NONE", ""))
        for at in range(int(rate * seconds)):
            value = int(9000 * math.sin(at / 20))
            file.writeframes(struct.pack(f"<{channels}h", *[value] * channels))
    return buffer.getvalue()


def test_a_film(facts: FileFacts) -> None:
    info = probed(facts, MEDIA / "video.mp4")
    reply = info.reply()
    video = reply.pop("video")
    video.pop("time_base", None)  # MediaInfo does not know it
    assert (info.width, info.height) == (96, 64)
    assert reply == {
        "audio": {
            "codec": "aac",
            "bit_rate": "30515",
            "frequency": 44100,
            "channels": 2,
            "channel_layout": "stereo",
        },
        "is_audio": False,
        "frame_rate": 25.0,
        "bit_rate": 70592,
        "duration": 1.0,
        "rotation": 0,
        "nb_frames": 25,
    }
    assert video == {
        "pix_format": "yuv420p",
        "codec": "h264",
        "level": 10,
        "profile": "High",
        "bit_rate": "20968",
        "dar": "3:2",
    }


@needs_ffprobe
def test_ffprobe_knows_the_time_base() -> None:
    info = FileFactsReader(FFPROBE).probe(MEDIA / "video.mp4", "mp4")
    assert info.video["time_base"] == "1/12800"


def test_metadata_of_a_film(facts: FileFacts) -> None:
    metadata = probed(facts, MEDIA / "video.mp4").metadata
    expected = {
        "Title": "Test",
        "Artist": "Lenticular",
        "CreateDate": "2024:05:11 12:44:24",
        "Duration": "1.00 s",
        "ImageWidth": "96",
        "ImageHeight": "64",
        "VideoFrameRate": "25",
    }
    assert {name: metadata.get(name) for name in expected} == expected


def test_a_film_from_a_phone_is_shown_standing(facts: FileFacts) -> None:
    info = probed(facts, MEDIA / "phone.mov")
    assert (info.width, info.height, info.rotation) == (64, 96, 90)
    assert info.reply()["audio"] == {}
    assert info.metadata["Make"] == "Apple"
    assert info.metadata["Model"] == "iPhone 12 mini"
    place = "43 deg 28' 2.64\" N, 11 deg 53' 6.36\" E, 278.5 m Above Sea Level"
    assert info.metadata["GPSCoordinates"] == place


@pytest.mark.parametrize(
    ("name", "video", "audio"),
    [
        ("video.webm", "vp8", "opus"),
        ("live.webm", "vp8", "opus"),
        ("video.mkv", "h264", "vorbis"),
        ("video.avi", "mpeg4", "mp3"),
        ("video.ts", "mpeg2video", "mp2"),
        ("video.mpg", "mpeg2video", "mp2"),
        ("video.flv", "flv1", "mp3"),
        ("video.wmv", "wmv2", "wmav2"),
        ("video.ogv", "theora", "vorbis"),
        ("video.3gp", "mpeg4", "aac"),
    ],
)
def test_films_of_every_container(facts: FileFacts, name: str, video: str, audio: str) -> None:
    info = probed(facts, MEDIA / name)
    assert (info.video["codec"], info.audio["codec"]) == (video, audio)
    assert (info.width, info.height, info.frame_rate) == (96, 64, 25.0)
    assert info.video["pix_format"] == "yuv420p"
    assert info.duration == pytest.approx(1.0, abs=0.2)
    assert info.bit_rate == pytest.approx((MEDIA / name).stat().st_size * 8, rel=0.2)
    assert (info.audio["frequency"], info.audio["channels"]) in ((44100, 1), (48000, 1))
    assert info.audio["channel_layout"] == "mono"


def test_ten_bits(facts: FileFacts) -> None:
    video = probed(facts, MEDIA / "hevc.mp4").video
    assert (video["codec"], video["pix_format"]) == ("hevc", "yuv420p10le")
    assert (video["profile"], video["level"]) == ("Main 10", 30)


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("cover.mp3", "mp3"),
        ("audio.m4a", "aac"),
        ("audio.aac", "aac"),
        ("audio.flac", "flac"),
        ("audio.ogg", "vorbis"),
        ("audio.opus", "opus"),
    ],
)
def test_sounds(facts: FileFacts, name: str, codec: str) -> None:
    info = probed(facts, MEDIA / name)
    assert info.is_audio
    assert (info.width, info.height, info.frame_rate, info.nb_frames) == (None,) * 4
    assert info.reply()["video"] == {}
    assert info.audio["codec"] == codec
    assert info.audio["channel_layout"] == "mono"
    assert info.duration == pytest.approx(1.0, abs=0.05)


def test_titles_of_sounds(facts: FileFacts) -> None:
    metadata = probed(facts, MEDIA / "cover.mp3").metadata
    assert (metadata["Title"], metadata["Artist"]) == ("Test", "Lenticular")
    assert "Track" not in metadata


@pytest.mark.parametrize(("channels", "layout"), [(1, "mono"), (2, "stereo")])
def test_uncompressed_sound(facts: FileFacts, channels: int, layout: str) -> None:
    info = probed(facts, wav(1.5, channels))
    assert info.duration == 1.5
    assert dict(info.audio) == {
        "codec": "pcm_s16le",
        "bit_rate": str(128000 * channels),
        "frequency": 8000,
        "channels": channels,
        "channel_layout": layout,
    }


def test_speech_of_telephones(facts: FileFacts) -> None:
    silence = b"\x3c" + b"\0" * 31  # mode 7, 12.2 kbit/s, a frame of 20 ms (RFC 4867, 5.3)
    info = probed(facts, b"#!AMR\n" + silence * 100)
    assert (info.audio["codec"], info.audio["frequency"]) == ("amr_nb", 8000)
    assert info.duration == pytest.approx(2.0, abs=0.1)


def test_bytes_and_paths_are_alike(facts: FileFacts) -> None:
    path = MEDIA / "video.mkv"
    assert facts.probe(path, "mkv") == facts.probe(path.read_bytes(), "mkv")


@pytest.mark.parametrize(
    "data",
    [
        b"\0\0\0\x14ftypisom\0\0\0\0isom",
        b"\0\0\0\x14ftypisom\0\0\0\0isom" + b"\xff" * 5000,
        b"\x1aE\xdf\xa3\x01\0\0\0\0\0\0\x1fB\x86\x81\x01B\x82\x84webm" + b"\0" * 100,
        b"RIFF\x24\0\0\0WAVEfmt ",
        b"FLV\x01\x05\0\0\0\x09\0\0\0\0",
        b"OggS\0\x02" + b"\0" * 22 + b"\x01vorbis",
    ],
    ids=["empty mp4", "noise in mp4", "empty webm", "cut wav", "empty flv", "cut ogg"],
)
def test_beginnings_without_a_film_are_refused(facts: FileFacts, data: bytes) -> None:
    with pytest.raises(UnsupportedVideo, match="Unsupported video format or file"):
        probed(facts, data)


def test_a_film_without_its_index_is_refused(facts: FileFacts) -> None:
    whole = (MEDIA / "video.mp4").read_bytes()
    assert whole.index(b"mdat") < whole.index(b"moov")
    with pytest.raises(UnsupportedVideo):
        probed(facts, whole[: whole.index(b"moov") - 4])


@pytest.mark.parametrize("name", ["mid", "jpg", "", "m3u8"])
def test_other_formats_are_refused(facts: FileFacts, name: str) -> None:
    with pytest.raises(UnsupportedVideo):
        facts.probe(b"MThd\0\0\0\x06\0\x01\0\x01\0\x60", name)


def test_playlists_are_not_followed(facts: FileFacts, tmp_path: Path) -> None:
    """A text that names other files is none of ours, whatever it is said to be."""
    secret = tmp_path / "video.mp4"
    secret.write_bytes((MEDIA / "video.mp4").read_bytes())
    for text in (
        f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{secret}\n#EXT-X-ENDLIST\n",
        f"ffconcat version 1.0\nfile '{secret}'\n",
    ):
        with pytest.raises(UnsupportedVideo):
            facts.probe(text.encode(), "mp4")


def test_damaged_films_end_in_an_answer(facts: FileFacts) -> None:
    """Whatever is overwritten: facts that are finite, or a refusal."""
    dice = random.Random(5)
    for name in ("video.mp4", "video.mkv", "video.avi", "cover.mp3"):
        original = (MEDIA / name).read_bytes()
        for _ in range(3):
            data = bytearray(original)
            for _ in range(40):
                data[dice.randrange(len(data))] = dice.randrange(256)
            try:
                info = facts.probe(bytes(data), name.rpartition(".")[2])
            except UnsupportedVideo:
                continue
            assert math.isfinite(info.duration)
            assert 0 <= info.bit_rate < 1 << 53
