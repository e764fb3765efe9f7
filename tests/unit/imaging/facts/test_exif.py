"""Values of EXIF as texts."""

from __future__ import annotations

from typing import Any

import pytest
from PIL.TiffImagePlugin import IFDRational

from app.imaging.facts.exif import exif_text
from app.imaging.facts.places import angle, place


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("ExposureTime", IFDRational(1, 125), "1/125"),
        ("ExposureTime", IFDRational(10, 1250), "1/125"),
        ("ExposureTime", IFDRational(3, 10), "0.3"),
        ("ExposureTime", IFDRational(30, 1), "30"),
        ("ExposureTime", IFDRational(1, 4_294_967_295), ""),
        ("ShutterSpeedValue", IFDRational(7), "1/128"),
        ("ShutterSpeedValue", IFDRational(-4_000_000_000), ""),
        ("ApertureValue", IFDRational(4), "4.0"),
        ("FNumber", (IFDRational(28, 10),), "2.8"),
        ("ExposureCompensation", IFDRational(0), "0"),
        ("ExposureCompensation", IFDRational(1), "+1"),
        ("ExposureCompensation", IFDRational(-5, 2), "-5/2"),
        ("ExposureCompensation", IFDRational(7, 10), "+0.7"),
        ("ExposureCompensation", IFDRational(1, 3), "+1/3"),
        ("ExposureCompensation", IFDRational(1, 100_000), "0"),
        ("FocalLengthIn35mmFormat", 26, "26 mm"),
        ("Flash", 0, "No Flash"),
        ("Flash", 1, "Fired"),
        ("Flash", 0x18, "Auto, Did not fire"),
        ("Flash", 0x1F, "Auto, Fired, Return detected"),
        ("Flash", 0x20, "No flash function"),
        ("Flash", 0x49, "On, Fired, Red-eye reduction"),
        ("Flash", 65535, ""),
        ("Orientation", 9, "Unknown (9)"),
        ("GPSSpeedRef", "K\0", "km/h"),
        ("GPSVersionID", b"\2\3\0\0", "2.3.0.0"),
        ("GPSTimeStamp", (IFDRational(9), IFDRational(5), IFDRational(3)), "09:05:03"),
        ("GPSTimeStamp", (IFDRational(9), IFDRational(500), IFDRational(3)), ""),
        ("UserComment", b"UNICODE\0" + "né".encode("utf-16-be"), "né"),
        ("UserComment", b"UNICODE\0" + "né".encode("utf-16-le"), "né"),
        ("UserComment", b"\0" * 20, ""),
        (
            "LensInfo",
            (IFDRational(50), IFDRational(50), IFDRational(0, 0), IFDRational(0, 0)),
            "50mm f/?",
        ),
        ("SubjectArea", (10, 20, 30), "10 20 30"),
        ("Artist", "Ann\0", "Ann"),
        ("Artist", "Zoé".encode().decode("latin-1"), "Zoé"),
        ("Artist", "Zo\xe9", "Zoé"),
        ("BrightnessValue", IFDRational(1, 0), ""),
        ("SpectralSensitivity", b"\xff\xfe\xfd", ""),
    ],
)
def test_values(name: str, value: Any, expected: str) -> None:
    assert exif_text(name, value) == expected


def test_seconds_of_an_angle_are_never_sixty() -> None:
    assert angle(59.9999999, "NS") == "60 deg 0' 0.00\" N"
    assert angle(-0.5, "EW") == "0 deg 30' 0.00\" W"


def test_places_of_phones() -> None:
    assert place("+27.5916+086.5640/") == "27 deg 35' 29.76\" N, 86 deg 33' 50.40\" E"
    assert place("-33.5-070.25-12/") == (
        "33 deg 30' 0.00\" S, 70 deg 15' 0.00\" W, 12 m Below Sea Level"
    )
    assert place("at home") == "at home"
