"""Naming files by their first bytes."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import pytest
from PIL import Image

from app.imaging.sniff import sniff
from tests import photos

SVG = "<svg xmlns='http://www.w3.org/2000/svg'/>"
DATA = Path(__file__).parents[2] / "data"


def ftyp(*brands: bytes) -> bytes:
    body = b"ftyp" + brands[0] + b"\0\0\0\0" + b"".join(brands[1:])
    return struct.pack(">I", len(body) + 4) + body + b"\0\0\0\x08mdat"


def tiff_with(tag: int, value: int) -> bytes:
    fields = struct.pack("<HHII", 254, 4, 1, 0) if tag != 254 else b""
    fields += struct.pack("<HHII", tag, 4, 1, value)
    return struct.pack("<2sHIH", b"II", 42, 8, len(fields) // 12) + fields + b"\0" * 4


def short(value: object) -> str:
    """A test's name from its parameter."""
    return repr(value)[:40]


def mp3(header: bytes, length: int) -> bytes:
    frame = header + b"\0" * (length - len(header))
    return frame * 3


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("JPEG", "jpg"),
        ("PNG", "png"),
        ("GIF", "gif"),
        ("WEBP", "webp"),
        ("AVIF", "avif"),
        ("BMP", "bmp"),
        ("TIFF", "tif"),
        ("ICO", "ico"),
    ],
)
def test_pictures(kind: str, name: str) -> None:
    data = photos.encode(Image.new("RGB", (32, 32), (9, 99, 199)), kind)
    assert sniff(data[:4096]) == sniff(data[:512]) == ("image", name)


def test_more_pictures() -> None:
    big = photos.encode(Image.new("RGB", (9, 9)), "TIFF", big_tiff=True)
    assert sniff(big) == ("image", "tif")
    assert sniff(b"MM\0*\0\0\0\x08\0\0") == ("image", "tif")
    assert sniff(b"GIF87a\1\0\1\0") == ("image", "gif")
    assert sniff((DATA / "tiny.heic").read_bytes()) == ("image", "heic")


@pytest.mark.parametrize(
    ("brands", "expected"),
    [
        ((b"avif", b"mif1", b"miaf"), ("image", "avif")),
        ((b"mif1", b"mif1", b"avif"), ("image", "avif")),
        ((b"avis", b"avif", b"msf1"), ("image", "avif")),
        ((b"heic", b"mif1", b"heic"), ("image", "heic")),
        ((b"mif1", b"mif1", b"heic"), ("image", "heic")),
        ((b"mif1",), ("image", "heic")),
        ((b"heix", b"mif1"), ("image", "heic")),
        ((b"msf1", b"hevc"), ("image", "heic")),
        ((b"mp42", b"isom", b"mp42"), ("video", "mp4")),
        ((b"isom", b"iso2", b"avc1", b"mp41"), ("video", "mp4")),
        ((b"M4V ", b"M4V ", b"M4A ", b"mp42", b"isom"), ("video", "mp4")),
        ((b"qt  ", b"qt  "), ("video", "mov")),
        ((b"3gp4", b"isom", b"3gp4"), ("video", "3gp")),
        ((b"3g2a",), ("video", "3g2")),
        ((b"M4A ", b"M4A ", b"mp42", b"isom"), ("audio", "m4a")),
        ((b"M4B ",), ("audio", "m4a")),
        ((b"crx ", b"crx ", b"isom"), ("other", "")),
    ],
)
def test_brands(brands: tuple[bytes, ...], expected: tuple[str, str]) -> None:
    assert sniff(ftyp(*brands)) == expected


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"\0\0\0\x08wide\0\0\x12\x34mdat....", "mov"),
        (b"\0\0\x12\x34moov\0\0\0\x6cmvhd....", "mov"),
        (b"\x1aE\xdf\xa3\x01\0\0\0\0\0\0\x1fB\x86\x81\x01B\x82\x84webm", "webm"),
        (b"\x1aE\xdf\xa3\x01\0\0\0\0\0\0\x23B\x86\x81\x01B\x82\x88matroska", "mkv"),
        (b"RIFF\0\0\0\0AVI LIST", "avi"),
        (b"FLV\x01\x05\0\0\0\x09", "flv"),
        (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\0\xaa\0\x62\xce\x6c", "wmv"),
        (b"\0\0\x01\xba\x44\0\x04\0", "mpeg"),
        (b"\0\0\x01\xb3\x16\0\xf0\x15", "mpeg"),
        ((b"\x47\x40\x11\x10" + b"\0" * 184) * 4, "ts"),
        ((b"\0\0\0\0\x47\x40\x11\x10" + b"\0" * 184) * 4, "m2ts"),
        (bytes.fromhex("060e2b34020501010d01020101020400"), "mxf"),
        (b"OggS\0\x02" + b"\0" * 22 + b"\x80theora\x03", "ogv"),
    ],
    ids=short,
)
def test_videos(head: bytes, expected: str) -> None:
    assert sniff(head) == ("video", expected)


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"ID3\x04\0\0\0\0\x02\x01TIT2", "mp3"),
        (mp3(b"\xff\xfb\x90\x64", 417), "mp3"),  # MPEG-1 layer III, 128 kbit/s, 44.1 kHz
        (mp3(b"\xff\xfb\x92\x64", 418), "mp3"),  # the same, padded
        (mp3(b"\xff\xfa\xe4\x44", 960), "mp3"),  # 320 kbit/s, 48 kHz, with a checksum
        (mp3(b"\xff\xf3\x40\xc4", 104), "mp3"),  # MPEG-2 layer III, 32 kbit/s, 22.05 kHz
        (mp3(b"\xff\xe3\x18\xc4", 72), "mp3"),  # MPEG-2.5, 8 kbit/s, 8 kHz
        (mp3(b"\xff\xfd\x84\x04", 384), "mp3"),  # MPEG-1 layer II, 128 kbit/s, 48 kHz
        (b"\xff\xfb\x90\x64" + b"\0" * 60, "mp3"),  # too short to see the next frame
        (mp3(b"\xff\xf1\x50\x80\x03\x1f\xfc", 24), "aac"),  # 44.1 kHz
        (mp3(b"\xff\xf9\x4c\x80\x03\x1f\xfc", 24), "aac"),  # 48 kHz
        (b"RIFF\x24\0\0\0WAVEfmt ", "wav"),
        (b"RF64\xff\xff\xff\xffWAVEds64", "wav"),
        (b"FORM\0\0\0\x20AIFFCOMM", "aiff"),
        (b"FORM\0\0\0\x20AIFCFVER", "aiff"),
        (b"fLaC\0\0\0\x22", "flac"),
        (b"OggS\0\x02" + b"\0" * 22 + b"\x01vorbis", "ogg"),
        (b"OggS\0\x02" + b"\0" * 21 + b"\x13OpusHead", "opus"),
        (b"MThd\0\0\0\x06\0\x01", "mid"),
        (b"#!AMR\n", "amr"),
        (b"caff\0\x01\0\0desc", "caf"),
    ],
    ids=short,
)
def test_audio(head: bytes, expected: str) -> None:
    assert sniff(head) == ("audio", expected)


@pytest.mark.parametrize(
    "text",
    [
        SVG,
        "<svg>",
        "<svg\n width='1'>",
        "<s:svg xmlns:s='http://www.w3.org/2000/svg'>",
        f" \r\n\t{SVG}",
        f'<?xml version="1.0" encoding="UTF-8"?>\n<!-- made > by hand -->\n{SVG}',
        '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://x/svg11.dtd">\n<svg>',
        '<!DOCTYPE svg [ <!ENTITY ns "http://x"> <!ENTITY b "y"> ]>\n<!-- a --><!-- b -->\n<svg>',
        '<?xml version="1.0"?><?xml-stylesheet href="a.css"?>' + SVG,
    ],
)
def test_svg(text: str) -> None:
    for encoding in ("utf-8", "utf-8-sig", "utf-16"):
        assert sniff(text.encode(encoding)) == ("svg", "svg")
        assert sniff(gzip.compress(text.encode(encoding))) == ("svg", "svg")


def test_a_long_compressed_svg_is_known_by_its_beginning() -> None:
    whole = gzip.compress((SVG + "".join(f"<path d='M{n}'/>" for n in range(9999))).encode())
    assert sniff(whole[:512]) == ("svg", "svg")


def test_pdf() -> None:
    assert sniff(b"%PDF-1.7\n%\xe2\xe3") == sniff(b"\xef\xbb\xbf\r\n%PDF-1.4") == ("pdf", "pdf")


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"\xff",
        b"\xff\xfb",
        b"plain",
        b"PK\x03\x04",
        b"<html><body><svg></svg></body></html>",
        b"<?xml version='1.0'?><feed><svg/></feed>",
        b"<!-- a comment about <svg> and no more",
        b"<svgfoo>",
        b"text that says <svg> somewhere",
        gzip.compress(b"text that says <svg> somewhere"),
        b"\x1f\x8b\x08rubbish",
        b"BMW is a car, and this is a text about cars",
        b"All free software is ours to share and change.",
        b"The wide river",
        b"ID3 tags are described here",
        b"MThd is the name of a chunk",
        b"RIFF is a container format; WAVE is one of its forms",
        b"FORM follows function",
        b"See %PDF-1.7 for more",
        "UTF-16 with a byte order mark".encode("utf-16-le"),
        b"\xff\xfe" + "How to write it: élan, Übermut".encode("utf-16-le"),
        b"\xfe\xff" + "Hello".encode("utf-16-be"),
        b"\xff\xfb\x90\x64" + b"random data without a second frame" * 20,
        b"\xff\xf1\x50\x80\x03\x1f\xfc" + b"no second frame here either" * 20,
        b"GGGG" * 200,
        b"8BPS\0\x01",  # Photoshop
        b"\0\0\0\x0cjP  \r\n\x87\n",  # JPEG 2000
        b"\0\0\0\x0cJXL \r\n\x87\n",
        b"\0\0\x02\0\x01\0" + b"\0" * 16,  # a cursor
        b"II*\0\x10\0\0\0CR\x02\0",  # Canon CR2
        tiff_with(254, 1),  # Nikon and Sony: the first picture is a preview
        tiff_with(50706, 0x0401),  # DNG
        b"IIRO\x08\0\0\0",  # Olympus
    ],
    ids=short,
)
def test_what_has_no_name(head: bytes) -> None:
    assert sniff(head) == ("other", "")
    assert sniff(head.ljust(600, b" ")) == ("other", "")


def test_every_beginning_of_a_file_has_an_answer() -> None:
    """However little of it there is."""
    heads = [
        photos.read("china.jpg")[:600],
        photos.encode(Image.new("RGB", (32, 32)), "AVIF"),
        photos.encode(Image.new("RGB", (32, 32)), "TIFF", big_tiff=True),
        photos.encode(Image.new("RGB", (32, 32)), "ICO"),
        gzip.compress(SVG.encode()),
        mp3(b"\xff\xfb\x90\x64", 417),
    ]
    for head in heads:
        for length in range(min(len(head), 600)):
            kind, name = sniff(head[:length])
            assert bool(name) == (kind != "other")
