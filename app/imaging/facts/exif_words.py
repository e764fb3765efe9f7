"""Words for the numbers that EXIF's tags hold (EXIF 2.32, 4.6.4 to 4.6.6), as exiftool has them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TypeAlias

#: Words by value.
Words: TypeAlias = Mapping[int | str, str]

_LEVELS: Words = {0: "Normal", 1: "Low", 2: "High"}
_UNITS: Words = {1: "None", 2: "inches", 3: "cm"}
_NORTH: Words = {"T": "True North", "M": "Magnetic North"}
_LIGHTS: Words = {
    0: "Unknown",
    1: "Daylight",
    2: "Fluorescent",
    3: "Tungsten (Incandescent)",
    4: "Flash",
    9: "Fine Weather",
    10: "Cloudy",
    11: "Shade",
    12: "Daylight Fluorescent",
    13: "Day White Fluorescent",
    14: "Cool White Fluorescent",
    15: "White Fluorescent",
    16: "Warm White Fluorescent",
    17: "Standard Light A",
    18: "Standard Light B",
    19: "Standard Light C",
    20: "D55",
    21: "D65",
    22: "D75",
    23: "D50",
    24: "ISO Studio Tungsten",
    255: "Other",
}

#: By name of the tag.
WORDS: Mapping[str, Words] = MappingProxyType(
    {
        "Orientation": {
            1: "Horizontal (normal)",
            2: "Mirror horizontal",
            3: "Rotate 180",
            4: "Mirror vertical",
            5: "Mirror horizontal and rotate 270 CW",
            6: "Rotate 90 CW",
            7: "Mirror horizontal and rotate 90 CW",
            8: "Rotate 270 CW",
        },
        "ResolutionUnit": _UNITS,
        "FocalPlaneResolutionUnit": _UNITS,
        "YCbCrPositioning": {1: "Centered", 2: "Co-sited"},
        "ExposureProgram": {
            0: "Not Defined",
            1: "Manual",
            2: "Program AE",
            3: "Aperture-priority AE",
            4: "Shutter speed priority AE",
            5: "Creative (Slow speed)",
            6: "Action (High speed)",
            7: "Portrait",
            8: "Landscape",
        },
        "SensitivityType": {
            0: "Unknown",
            1: "Standard Output Sensitivity",
            2: "Recommended Exposure Index",
            3: "ISO Speed",
            4: "Standard Output Sensitivity and Recommended Exposure Index",
            5: "Standard Output Sensitivity and ISO Speed",
            6: "Recommended Exposure Index and ISO Speed",
            7: "Standard Output Sensitivity, Recommended Exposure Index and ISO Speed",
        },
        "MeteringMode": {
            0: "Unknown",
            1: "Average",
            2: "Center-weighted average",
            3: "Spot",
            4: "Multi-spot",
            5: "Multi-segment",
            6: "Partial",
            255: "Other",
        },
        "LightSource": _LIGHTS,
        "ColorSpace": {1: "sRGB", 2: "Adobe RGB", 65535: "Uncalibrated"},
        "SensingMethod": {
            1: "Not defined",
            2: "One-chip color area",
            3: "Two-chip color area",
            4: "Three-chip color area",
            5: "Color sequential area",
            7: "Trilinear",
            8: "Color sequential linear",
        },
        "FileSource": {1: "Film Scanner", 2: "Reflection Print Scanner", 3: "Digital Camera"},
        "SceneType": {1: "Directly photographed"},
        "CustomRendered": {0: "Normal", 1: "Custom"},
        "ExposureMode": {0: "Auto", 1: "Manual", 2: "Auto bracket"},
        "WhiteBalance": {0: "Auto", 1: "Manual"},
        "SceneCaptureType": {0: "Standard", 1: "Landscape", 2: "Portrait", 3: "Night"},
        "GainControl": {
            0: "None",
            1: "Low gain up",
            2: "High gain up",
            3: "Low gain down",
            4: "High gain down",
        },
        "Contrast": _LEVELS,
        "Saturation": _LEVELS,
        "Sharpness": {0: "Normal", 1: "Soft", 2: "Hard"},
        "SubjectDistanceRange": {0: "Unknown", 1: "Macro", 2: "Close", 3: "Distant"},
        "CompositeImage": {
            0: "Unknown",
            1: "Not a Composite Image",
            2: "General Composite Image",
            3: "Composite Image Captured While Shooting",
        },
        "GPSLatitudeRef": {"N": "North", "S": "South"},
        "GPSLongitudeRef": {"E": "East", "W": "West"},
        "GPSAltitudeRef": {0: "Above Sea Level", 1: "Below Sea Level"},
        "GPSStatus": {"A": "Measurement Active", "V": "Measurement Void"},
        "GPSMeasureMode": {
            "2": "2-Dimensional Measurement",
            "3": "3-Dimensional Measurement",
        },
        "GPSSpeedRef": {"K": "km/h", "M": "mph", "N": "knots"},
        "GPSTrackRef": _NORTH,
        "GPSImgDirectionRef": _NORTH,
        "GPSDestBearingRef": _NORTH,
        "GPSDifferential": {0: "No Correction", 1: "Differential Corrected"},
    }
)

#: Parts of a picture's components (EXIF 2.32, 4.6.5, ComponentsConfiguration).
COMPONENTS = ("-", "Y", "Cb", "Cr", "R", "G", "B")


def flash(value: int) -> str:
    """What the bits of Flash say (EXIF 2.32, 4.6.5): mode, fired, returned light, red eyes."""
    if value == 0:
        return "No Flash"
    fired = bool(value & 1)
    parts = [("", "On", "Off", "Auto")[value >> 3 & 3]]
    if value & 0x20:
        parts.append("No flash function")
    else:
        parts.append("Fired" if fired else "Did not fire")
    if fired:
        parts.append(("", "", "Return not detected", "Return detected")[value >> 1 & 3])
    if value & 0x40:
        parts.append("Red-eye reduction")
    return ", ".join(part for part in parts if part)
