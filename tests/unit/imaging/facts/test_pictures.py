"""What pictures say of themselves."""

from __future__ import annotations

import random
import struct
from pathlib import Path

import pytest
from PIL import ExifTags, Image
from PIL.TiffImagePlugin import IFDRational

from app.domain.exif import exif_of
from app.domain.facts import MAX_ENTRIES, MAX_VALUE
from app.imaging.facts.pictures import picture_metadata
from app.imaging.imager import PillowImager
from tests import photos

XMP = """<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"
    xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/"
    xmp:CreatorTool="A tool" xmp:MetadataDate="2019-10-15T00:00:01+02:00">
   <photoshop:Headline>At the sea</photoshop:Headline>
   <dc:title><rdf:Alt>
     <rdf:li xml:lang="x-default">Été</rdf:li><rdf:li xml:lang="de">Sommer</rdf:li>
   </rdf:Alt></dc:title>
   <dc:subject><rdf:Bag><rdf:li>sea</rdf:li><rdf:li>sky</rdf:li></rdf:Bag></dc:subject>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>""".encode()


def rational(numerator: int, denominator: int = 1) -> IFDRational:
    return IFDRational(numerator, denominator)


def camera() -> Image.Exif:
    """What a phone writes."""
    exif = Image.Exif()
    exif.update({0x010F: "Apple", 0x0110: "iPhone 12 mini", 0x0112: 6, 0x0128: 2})
    exif.update({0x011A: rational(72), 0x011B: rational(72), 0x8298: "(c) Ann"})
    exif.update({0x0132: "2023:06:04 15:49:37", 0x9C9B: "Mer\0".encode("utf-16-le")})
    exif.get_ifd(ExifTags.IFD.Exif).update(
        {
            0x829A: rational(1, 1366),
            0x829D: rational(8, 5),
            0x8822: 2,
            0x8827: 32,
            0x9000: b"0232",
            0x9003: "2023:06:04 15:49:37",
            0x9101: b"\1\2\3\0",
            0x9204: rational(-1, 3),
            0x9207: 5,
            0x9209: 16,
            0x920A: rational(500, 10),
            0x9286: b"ASCII\0\0\0hello",
            0xA001: 1,
            0xA301: b"\1",
            0xA432: (rational(24), rational(70), rational(28, 10), rational(28, 10)),
        }
    )
    exif.get_ifd(ExifTags.IFD.GPSInfo).update(
        {
            1: "N",
            2: (rational(43), rational(28), rational(281, 100)),
            3: "W",
            4: (rational(11), rational(53), rational(645, 100)),
            5: b"\1",
            6: rational(155, 10),
            7: (rational(14), rational(27), rational(724, 100)),
        }
    )
    return exif


def iptc(*sets: tuple[int, bytes]) -> bytes:
    """A JPEG's APP13 with data sets of the application record (IPTC-IIM 4.2, 1.5)."""
    body = b"".join(struct.pack(">BBBH", 0x1C, 2, tag, len(text)) + text for tag, text in sets)
    body += b"\0" * (len(body) % 2)
    resource = b"Photoshop 3.0\0" + struct.pack(">4sHHI", b"8BIM", 0x0404, 0, len(body)) + body
    return struct.pack(">HH", 0xFFED, len(resource) + 2) + resource


@pytest.fixture(scope="module")
def small() -> Image.Image:
    return photos.load("china.jpg", (64, 48))


def test_exif_in_the_words_that_people_know(small: Image.Image) -> None:
    found = picture_metadata(photos.encode(small, "JPEG", exif=camera()), "jpg")
    expected = {
        "Make": "Apple",
        "Model": "iPhone 12 mini",
        "Orientation": "Rotate 90 CW",
        "XResolution": "72",
        "ResolutionUnit": "inches",
        "ModifyDate": "2023:06:04 15:49:37",
        "Copyright": "(c) Ann",
        "XPTitle": "Mer",
        "ExposureTime": "1/1366",
        "FNumber": "1.6",
        "ExposureProgram": "Program AE",
        "ISO": "32",
        "ExifVersion": "0232",
        "DateTimeOriginal": "2023:06:04 15:49:37",
        "ComponentsConfiguration": "Y, Cb, Cr, -",
        "ExposureCompensation": "-1/3",
        "MeteringMode": "Multi-segment",
        "Flash": "Off, Did not fire",
        "FocalLength": "50.0 mm",
        "UserComment": "hello",
        "ColorSpace": "sRGB",
        "SceneType": "Directly photographed",
        "LensInfo": "24-70mm f/2.8",
        "GPSLatitude": "43 deg 28' 2.81\" N",
        "GPSLatitudeRef": "North",
        "GPSLongitude": "11 deg 53' 6.45\" W",
        "GPSPosition": "43 deg 28' 2.81\" N, 11 deg 53' 6.45\" W",
        "GPSAltitude": "15.5 m Below Sea Level",
        "GPSTimeStamp": "14:27:07.24",
        "JFIFVersion": "1.01",
        "Colorspace": "RGB",
        "DPI": "72",
    }
    assert {name: found.get(name) for name in expected} == expected
    assert exif_of(found).keys() == expected.keys() - {"JFIFVersion", "Colorspace", "DPI"} | {
        "YResolution",
        "GPSLongitudeRef",
        "GPSAltitudeRef",
    }


@pytest.mark.parametrize(
    ("image_format", "name"), [("PNG", "png"), ("WEBP", "webp"), ("AVIF", "avif")]
)
def test_exif_of_other_formats(small: Image.Image, image_format: str, name: str) -> None:
    found = picture_metadata(photos.encode(small, image_format, exif=camera()), name)
    assert (found["Model"], found["ISO"]) == ("iPhone 12 mini", "32")
    assert found["GPSPosition"].startswith("43 deg 28'")


def test_a_tiff_is_exif_itself(small: Image.Image) -> None:
    data = photos.encode(small, "TIFF", tiffinfo={271: "Canon", 315: "Ann"}, dpi=(300, 300))
    found = picture_metadata(data, "tif")
    assert (found["Make"], found["Artist"], found["XResolution"], found["DPI"]) == (
        "Canon",
        "Ann",
        "300",
        "300",
    )


def test_iptc(small: Image.Image) -> None:
    block = iptc(
        (25, b"sea"),
        (25, "ciel bleu été".encode()),
        (120, "Café".encode("latin-1")),
        (55, b"20240511"),
        (60, b"124424+0200"),
        (80, b"Ann"),
        (116, b"(c) Ann"),
    )
    found = picture_metadata(photos.encode(small, "JPEG", extra=block), "jpg")
    expected = {
        "Keywords": "sea, ciel bleu été",
        "Caption-Abstract": "Café",
        "DateCreated": "2024:05:11",
        "TimeCreated": "12:44:24+02:00",
        "By-line": "Ann",
        "CopyrightNotice": "(c) Ann",
    }
    assert {name: found.get(name) for name in expected} == expected


@pytest.mark.parametrize(
    ("image_format", "name"), [("JPEG", "jpg"), ("WEBP", "webp"), ("AVIF", "avif")]
)
def test_xmp(small: Image.Image, image_format: str, name: str) -> None:
    found = picture_metadata(photos.encode(small, image_format, xmp=XMP), name)
    expected = {
        "CreatorTool": "A tool",
        "MetadataDate": "2019:10:15 00:00:01+02:00",
        "Headline": "At the sea",
        "Title": "Été",
        "Subject": "sea, sky",
    }
    assert {key: found.get(key) for key in expected} == expected
    assert "About" not in found


def test_real_photos() -> None:
    assert picture_metadata(photos.path("china.jpg"), "jpg") == {
        "JFIFVersion": "1.01",
        "ResolutionUnit": "inches",
        "XResolution": "72",
        "YResolution": "72",
        "ProfileDescription": "sRGB IEC61966-2.1",
        "ProfileCopyright": "Copyright (c) 1998 Hewlett-Packard Company",
        "Colorspace": "RGB",
        "DPI": "72",
    }
    flower = picture_metadata(photos.read("flower.jpg"), "jpg")
    assert flower["CopyrightNotice"] == "http://www.vultilion.de"
    assert flower["DateCreated"] == "2011:08:15"
    cat = picture_metadata(photos.path("chelsea.png"), "png")
    assert (cat["Make"], cat["ISO"], cat["ExposureTime"]) == ("PENTAX Corporation", "800", "1/6")
    assert (cat["PixelsPerUnitX"], cat["PixelUnits"]) == ("2835", "meters")
    assert picture_metadata(photos.path("camera.png"), "png")["Colorspace"] == "GRAY"


def test_texts_of_a_png(small: Image.Image) -> None:
    from PIL.PngImagePlugin import PngInfo

    texts = PngInfo()
    texts.add_text("Author", "Ann")
    texts.add_itxt("Description", "Été", zip=True)
    texts.add_text("Unheard of", "x")
    found = picture_metadata(photos.encode(small, "PNG", pnginfo=texts), "png")
    assert found == {"Author": "Ann", "Description": "Été", "Colorspace": "RGB", "DPI": "0"}


def test_a_picture_that_says_nothing(small: Image.Image) -> None:
    assert picture_metadata(photos.encode(small, "WEBP"), "webp") == {
        "Colorspace": "RGB",
        "DPI": "0",
    }
    assert picture_metadata(b"<svg/>", "svg") == {}


def test_values_without_sense_are_left_out(small: Image.Image) -> None:
    exif = camera()
    photo, place = exif.get_ifd(ExifTags.IFD.Exif), exif.get_ifd(ExifTags.IFD.GPSInfo)
    photo.update({0x829A: rational(0, 0), 0x829D: rational(1, 0), 0x9101: b"\x77\2", 0x9207: 77})
    place[2] = (rational(500), rational(0), rational(1, 0))
    found = picture_metadata(photos.encode(small, "JPEG", exif=exif), "jpg")
    assert not {"ExposureTime", "FNumber", "ComponentsConfiguration"} & found.keys()
    assert not {"GPSLatitude", "GPSPosition"} & found.keys()
    assert found["MeteringMode"] == "Unknown (77)"
    assert found["GPSLongitude"] == "11 deg 53' 6.45\" W"


def test_hostile_texts_are_bounded_and_printable(small: Image.Image) -> None:
    exif = Image.Exif()
    exif[0x010F] = "A\x07\x1b[31m\r\nB"
    exif[0x010E] = "x" * 50_000
    items = "".join(f"<p:n{n}>v</p:n{n}>" for n in range(2000))
    xmp = XMP.replace(
        b"<photoshop:Headline>", f"<p:m xmlns:p='p'/>{items}<photoshop:Headline>".encode()
    )
    xmp = xmp.replace(b"xmlns:dc=", b"xmlns:p='p' xmlns:dc=")
    found = picture_metadata(photos.encode(small, "JPEG", exif=exif, xmp=xmp), "jpg")
    assert found["Make"] == "A[31m B"
    assert len(found["ImageDescription"]) == MAX_VALUE
    assert len(found) == MAX_ENTRIES
    assert all("".join(found).isprintable() and value.isprintable() for value in found.values())


def test_an_xml_bomb_does_not_go_off(small: Image.Image) -> None:
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    bomb = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e0 "lol">{entities}]>'.encode()
    bomb += XMP.replace(b"At the sea", b"&e11;").replace(b"<?xpacket", b"<?x", 1)
    found = picture_metadata(photos.encode(small, "WEBP", xmp=bomb), "webp")
    assert found == {"Colorspace": "RGB", "DPI": "0"}


def test_damaged_xmp_counts_up_to_the_damage(small: Image.Image) -> None:
    cut = XMP[: XMP.index(b"<dc:title>") + 5]
    found = picture_metadata(photos.encode(small, "WEBP", xmp=cut), "webp")
    assert found["Headline"] == "At the sea"
    assert "Title" not in found


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
def test_damaged_metadata_never_fails(small: Image.Image) -> None:
    dice = random.Random(7)
    block = iptc((25, b"sea"), (55, b"20240511"), (120, b"words"))
    whole = photos.encode(small, "JPEG", exif=camera(), xmp=XMP, extra=block)
    end = whole.index(b"\xff\xdb")  # the tables behind the metadata
    for _ in range(400):
        data = bytearray(whole)
        for _ in range(dice.choice((1, 4, 30))):
            data[dice.randrange(20, end)] = dice.randrange(256)
        found = picture_metadata(bytes(data), "jpg")
        assert all(isinstance(value, str) and value.isprintable() for value in found.values())


def test_heic(imager: PillowImager) -> None:
    """Pillow reads these once the imager has prepared it."""
    path = Path(__file__).parents[3] / "data" / "turned.heic"
    assert imager.inspect(path).format == "heic"
    found = picture_metadata(path, "heic")
    assert found["Orientation"] == "Rotate 90 CW"
    assert found["Colorspace"] == "RGB"


def test_a_missing_file_is_no_damage(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        picture_metadata(tmp_path / "nothing.jpg", "jpg")
