"""Names of EXIF's tags, and which part of a picture's metadata is EXIF.

Tags are those of EXIF 2.32 (CIPA DC-008-2019), names those of exiftool, which the real service
shows: ``ModifyDate`` for DateTime, ``ISO`` for PhotographicSensitivity.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

#: Of the picture (4.6.4, tags of TIFF), and those of Windows (0x4746, 0x9C9B and after).
PICTURE_TAGS: Mapping[int, str] = MappingProxyType(
    {
        0x010D: "DocumentName",
        0x010E: "ImageDescription",
        0x010F: "Make",
        0x0110: "Model",
        0x0112: "Orientation",
        0x011A: "XResolution",
        0x011B: "YResolution",
        0x0128: "ResolutionUnit",
        0x0131: "Software",
        0x0132: "ModifyDate",
        0x013B: "Artist",
        0x013C: "HostComputer",
        0x0142: "TileWidth",
        0x0143: "TileLength",
        0x0213: "YCbCrPositioning",
        0x4746: "Rating",
        0x8298: "Copyright",
        0x9C9B: "XPTitle",
        0x9C9C: "XPComment",
        0x9C9D: "XPAuthor",
        0x9C9E: "XPKeywords",
        0x9C9F: "XPSubject",
    }
)

#: Of the photo (4.6.5).
PHOTO_TAGS: Mapping[int, str] = MappingProxyType(
    {
        0x829A: "ExposureTime",
        0x829D: "FNumber",
        0x8822: "ExposureProgram",
        0x8824: "SpectralSensitivity",
        0x8827: "ISO",
        0x8830: "SensitivityType",
        0x8831: "StandardOutputSensitivity",
        0x8832: "RecommendedExposureIndex",
        0x8833: "ISOSpeed",
        0x9000: "ExifVersion",
        0x9003: "DateTimeOriginal",
        0x9004: "CreateDate",
        0x9010: "OffsetTime",
        0x9011: "OffsetTimeOriginal",
        0x9012: "OffsetTimeDigitized",
        0x9101: "ComponentsConfiguration",
        0x9102: "CompressedBitsPerPixel",
        0x9201: "ShutterSpeedValue",
        0x9202: "ApertureValue",
        0x9203: "BrightnessValue",
        0x9204: "ExposureCompensation",
        0x9205: "MaxApertureValue",
        0x9206: "SubjectDistance",
        0x9207: "MeteringMode",
        0x9208: "LightSource",
        0x9209: "Flash",
        0x920A: "FocalLength",
        0x9214: "SubjectArea",
        0x9286: "UserComment",
        0x9290: "SubSecTime",
        0x9291: "SubSecTimeOriginal",
        0x9292: "SubSecTimeDigitized",
        0x9400: "AmbientTemperature",
        0x9401: "Humidity",
        0x9402: "Pressure",
        0xA000: "FlashpixVersion",
        0xA001: "ColorSpace",
        0xA002: "ExifImageWidth",
        0xA003: "ExifImageHeight",
        0xA004: "RelatedSoundFile",
        0xA20B: "FlashEnergy",
        0xA20E: "FocalPlaneXResolution",
        0xA20F: "FocalPlaneYResolution",
        0xA210: "FocalPlaneResolutionUnit",
        0xA214: "SubjectLocation",
        0xA215: "ExposureIndex",
        0xA217: "SensingMethod",
        0xA300: "FileSource",
        0xA301: "SceneType",
        0xA401: "CustomRendered",
        0xA402: "ExposureMode",
        0xA403: "WhiteBalance",
        0xA404: "DigitalZoomRatio",
        0xA405: "FocalLengthIn35mmFormat",
        0xA406: "SceneCaptureType",
        0xA407: "GainControl",
        0xA408: "Contrast",
        0xA409: "Saturation",
        0xA40A: "Sharpness",
        0xA40C: "SubjectDistanceRange",
        0xA420: "ImageUniqueID",
        0xA430: "OwnerName",
        0xA431: "SerialNumber",
        0xA432: "LensInfo",
        0xA433: "LensMake",
        0xA434: "LensModel",
        0xA435: "LensSerialNumber",
        0xA460: "CompositeImage",
        0xA500: "Gamma",
    }
)

#: Of the place (4.6.6).
GPS_TAGS: Mapping[int, str] = MappingProxyType(
    {
        0x00: "GPSVersionID",
        0x01: "GPSLatitudeRef",
        0x02: "GPSLatitude",
        0x03: "GPSLongitudeRef",
        0x04: "GPSLongitude",
        0x05: "GPSAltitudeRef",
        0x06: "GPSAltitude",
        0x07: "GPSTimeStamp",
        0x08: "GPSSatellites",
        0x09: "GPSStatus",
        0x0A: "GPSMeasureMode",
        0x0B: "GPSDOP",
        0x0C: "GPSSpeedRef",
        0x0D: "GPSSpeed",
        0x0E: "GPSTrackRef",
        0x0F: "GPSTrack",
        0x10: "GPSImgDirectionRef",
        0x11: "GPSImgDirection",
        0x12: "GPSMapDatum",
        0x17: "GPSDestBearingRef",
        0x18: "GPSDestBearing",
        0x1B: "GPSProcessingMethod",
        0x1D: "GPSDateStamp",
        0x1E: "GPSDifferential",
        0x1F: "GPSHPositioningError",
    }
)

#: Latitude and longitude together, which stands in no file.
GPS_POSITION = "GPSPosition"

_NAMES = frozenset({GPS_POSITION, *PICTURE_TAGS.values(), *PHOTO_TAGS.values(), *GPS_TAGS.values()})

#: What a JPEG says of its resolution without EXIF, too.
_RESOLUTION = frozenset({"XResolution", "YResolution", "ResolutionUnit"})


def exif_of(metadata: Mapping[str, str]) -> dict[str, str]:
    """The EXIF part of a picture's metadata, which ``exif=true`` asks for.

    Args:
        metadata: as :meth:`app.domain.facts.FileFacts.picture_metadata` returns it.

    Returns:
        The same texts. Old replies of the real service are seen to have the numbers in place of
        the words (``Orientation`` "1"); newer ones are not known, so there is one form of both.
    """
    found = {name: value for name, value in metadata.items() if name in _NAMES}
    return found if found.keys() - _RESOLUTION else {}
