"""Facts of files as values: tidy texts, finite numbers, the reply."""

from __future__ import annotations

import pytest

from app.domain.exif import exif_of
from app.domain.facts import MAX_ENTRIES, MAX_NAME, MAX_VALUE, MediaInfo, number, tidy, whole


def test_tidy_keeps_the_first_of_a_name_and_drops_what_is_empty() -> None:
    pairs = [("Make", "Canon"), ("Make", "Nikon"), ("Model", ""), ("", "x"), ("Note", " \0\x07 ")]
    assert tidy(pairs) == {"Make": "Canon"}


def test_tidy_has_no_control_characters_and_one_line() -> None:
    told = tidy([("A\x00b\n", "one\r\n\ttwo\x1b[31m \x85 \u2028 three\ud800é日本")])
    assert told == {"Ab": "one two[31m three" + "é日本"}
    told["Ab"].encode()  # no lone surrogates


def test_tidy_is_bounded() -> None:
    told = tidy((f"Name{n}", "x") for n in range(10**9))
    assert len(told) == MAX_ENTRIES
    told = tidy([("n" * 5000, "v" * 100_000), ("\0" * 10**6, "x"), ("white", " " * 10**6)])
    assert told == {"n" * MAX_NAME: "v" * MAX_VALUE}


@pytest.mark.parametrize("value", ["nan", "inf", "-1", "0", "1e300", "", "1/0", None, [], "0x10"])
def test_what_is_no_positive_number(value: object) -> None:
    assert number(value) is None
    assert whole(value) is None


def test_numbers_are_read_from_texts() -> None:
    assert number("25.5") == 25.5
    assert whole("48000.000") == 48000
    assert whole(7) == 7


def test_the_reply_of_a_silent_film_says_so() -> None:
    info = MediaInfo(width=64, height=48, duration=1.5, frame_rate=25.0, video={"codec": "h264"})
    assert info.reply() == {
        "audio": {},
        "video": {"codec": "h264"},
        "is_audio": False,
        "frame_rate": 25.0,
        "duration": 1.5,
        "rotation": 0,
    }


def test_the_reply_of_a_sound() -> None:
    info = MediaInfo(duration=2.0, bit_rate=128000, audio={"codec": "mp3"})
    assert info.reply() == {
        "audio": {"codec": "mp3"},
        "video": {},
        "is_audio": True,
        "bit_rate": 128000,
        "duration": 2.0,
        "rotation": 0,
    }


def test_exif_is_the_part_of_the_metadata_that_cameras_write() -> None:
    metadata = {
        "Make": "Canon",
        "ISO": "200",
        "XResolution": "72",
        "GPSPosition": "43 deg 28' 2.81\" N, 11 deg 53' 6.45\" E",
        "Keywords": "sea",
        "Headline": "Sea",
        "JFIFVersion": "1.01",
        "Colorspace": "RGB",
    }
    assert exif_of(metadata) == {
        name: metadata[name] for name in ("Make", "ISO", "XResolution", "GPSPosition")
    }


def test_the_resolution_of_a_plain_jpeg_is_no_exif() -> None:
    assert exif_of({"XResolution": "72", "YResolution": "72", "ResolutionUnit": "inches"}) == {}
