"""Sniffing and decoding of real and synthetic files of every format."""

from __future__ import annotations

import io
import random
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from app.domain.errors import BadRequest, InvalidImage
from app.domain.images import InputSpec
from app.imaging.imager import PillowImager
from tests import photos

SPEC = InputSpec(size=64, crop=0.89)
TINY_HEIC = Path(__file__).parents[2] / "data" / "tiny.heic"


@pytest.fixture(scope="module")
def imager() -> PillowImager:
    return PillowImager(max_pixels=20_000_000)


@pytest.fixture(scope="module")
def photo() -> Image.Image:
    return Image.open(photos.path("china.jpg")).convert("RGB").resize((320, 214))


FORMATS = {
    "jpg": ("JPEG", {}),
    "png": ("PNG", {}),
    "gif": ("GIF", {}),
    "webp": ("WEBP", {}),
    "avif": ("AVIF", {}),
    "bmp": ("BMP", {}),
    "tif": ("TIFF", {}),
}


@pytest.mark.parametrize("name", FORMATS)
def test_formats(imager: PillowImager, photo: Image.Image, name: str) -> None:
    data = photos.encode(photo, FORMATS[name][0])
    assert imager.sniff(data[:512]) == ("image", name)
    found = imager.inspect(data, [SPEC])
    assert (found.format, found.width, found.height, found.pages) == (name, 320, 214, 1)
    pixels = found.inputs[SPEC]
    assert pixels.shape == (1, 64, 64, 3) and pixels.dtype == np.uint8
    reference = imager.inspect(photos.encode(photo, "PNG"), [SPEC]).inputs[SPEC]
    assert np.abs(pixels.astype(int) - reference).mean() < (12 if name == "gif" else 5)


def test_ico(imager: PillowImager) -> None:
    data = photos.encode(Image.new("RGBA", (32, 32), (255, 0, 0, 255)), "ICO", sizes=[(32, 32)])
    assert imager.sniff(data) == ("image", "ico")
    found = imager.inspect(data)
    assert (found.format, found.width, found.height) == ("ico", 32, 32)


def test_heic(imager: PillowImager) -> None:
    data = TINY_HEIC.read_bytes()
    assert imager.sniff(data) == ("image", "heic")
    found = imager.inspect(data, [SPEC])
    assert (found.format, found.width, found.height) == ("heic", 96, 64)
    red, green, blue = found.inputs[SPEC].reshape(-1, 3).mean(axis=0)
    assert red > 150 and green < 90 and blue < 90


def test_the_same_from_bytes_and_from_a_file(imager: PillowImager) -> None:
    path = photos.path("flower.jpg")
    one, two = imager.inspect(path, [SPEC]), imager.inspect(path.read_bytes(), [SPEC])
    assert (one.inputs[SPEC] == two.inputs[SPEC]).all()


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_orientations(
    imager: PillowImager, photo: Image.Image, orientation: int, kind: str
) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"quality": 95} if kind in ("JPEG", "WEBP") else {}
    data = photos.encode(photo, kind, exif=exif, **options)
    found = imager.inspect(data, [SPEC])
    upright = ImageOps.exif_transpose(Image.open(io.BytesIO(data)).copy())
    assert (found.width, found.height) == ((214, 320) if orientation > 4 else (320, 214))
    expected = imager.inspect(photos.encode(upright.convert("RGB"), "PNG"), [SPEC]).inputs[SPEC]
    assert np.abs(found.inputs[SPEC].astype(int) - expected).mean() < 4


def test_modes(imager: PillowImager, photo: Image.Image) -> None:
    gray16 = Image.fromarray(np.asarray(photo.convert("L")).astype(np.uint16) * 257)
    cmyk = photos.encode(photo.convert("CMYK"), "JPEG", quality=95)
    reference = imager.inspect(photos.encode(photo, "PNG"), [SPEC]).inputs[SPEC].astype(int)
    gray = imager.inspect(photos.encode(photo.convert("L"), "PNG"), [SPEC]).inputs[SPEC]
    cases = {
        "cmyk": (cmyk, reference, 12),
        "palette": (photos.encode(photo.quantize(256), "PNG"), reference, 6),
        "deep png": (photos.encode(gray16, "PNG"), gray.astype(int), 2),
        "deep tiff": (photos.encode(gray16, "TIFF"), gray.astype(int), 2),
    }
    for name, (data, expected, tolerance) in cases.items():
        pixels = imager.inspect(data, [SPEC]).inputs[SPEC].astype(int)
        assert np.abs(pixels - expected).mean() < tolerance, name


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_transparent_parts_are_white(imager: PillowImager, mode: str) -> None:
    image = Image.new("RGBA", (80, 80), (0, 0, 0, 0)).convert("RGBA" if mode == "P" else mode)
    options = {"transparency": 0} if mode == "P" else {}
    if mode == "P":
        image = Image.new("P", (80, 80), 0)
    pixels = imager.inspect(photos.encode(image, "PNG", **options), [SPEC]).inputs[SPEC]
    assert (pixels == 255).all()


def test_animations_are_counted(imager: PillowImager) -> None:
    frames = [Image.new("RGB", (20, 10), (n * 20, 0, 0)) for n in range(5)]
    for kind in ("GIF", "WEBP", "PNG", "TIFF"):
        data = photos.encode(frames[0], kind, save_all=True, append_images=frames[1:])
        found = imager.inspect(data, [SPEC])
        assert (found.pages, found.width, found.height) == (5, 20, 10), kind


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("share", [0.05, 0.5, 0.9])
def test_truncated_files_are_refused(
    imager: PillowImager, photo: Image.Image, name: str, share: float
) -> None:
    data = photos.encode(photo, FORMATS[name][0])
    with pytest.raises(InvalidImage):
        imager.inspect(data[: int(len(data) * share)])


def test_damaged_files_are_refused_and_never_crash(
    imager: PillowImager, photo: Image.Image
) -> None:
    source = random.Random(20261124)
    small = photo.resize((60, 40))
    for kind, _ in FORMATS.values():
        whole = photos.encode(small, kind)
        for _ in range(60):
            data = bytearray(whole)
            for _ in range(source.randint(1, 12)):
                data[source.randrange(len(data))] = source.randrange(256)
            try:
                imager.inspect(bytes(data), [SPEC])
            except BadRequest:
                continue  # InvalidImage is one


def png_claiming(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 99))


def test_bombs_are_refused_by_their_header(imager: PillowImager) -> None:
    gif = (
        b"GIF89a"
        + struct.pack("<HH", 65535, 65535)
        + b"\x80\0\0"
        + b"\0\0\0\xff\xff\xff"
        + b"!\xf9\x04"
    )
    for data in (png_claiming(50_000, 50_000), gif + b"\0" * 20):
        with pytest.raises(BadRequest) as refusal:
            imager.inspect(data)
        assert "pixel" in refusal.value.message or "Invalid image" in refusal.value.message
    with pytest.raises(BadRequest) as refusal:
        imager.inspect(png_claiming(5000, 5000))
    assert refusal.value.message == (
        "Image pixel count is too large. Got 25000000. Maximum is 20000000."
    )


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"%PDF-1.7", "pdf"),
        (b"<svg xmlns='x'>", "svg"),
        (b'\xef\xbb\xbf<?xml version="1.0"?>\n<!-- a -->\n<!DOCTYPE svg PUBLIC "x">\n<svg>', "svg"),
        (b"<html><svg></html>", "other"),
        (b"text that says <svg> somewhere", "other"),
        (b"BMW is a car, and this is a text about cars", "other"),
        (b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom", "video"),
        (b"\0\0\0\x14ftypqt  \0\0\0\0qt  ", "video"),
        (b"\0\0\0\x18ftypM4A \0\0\0\0M4A mp42", "audio"),
        (b"\x1aE\xdf\xa3webm", "video"),
        (b"ID3\x04\0\0\0", "audio"),
        (b"\xff\xfb\x90\x64" + b"\0" * 400, "audio"),
        (b"RIFF\0\0\0\0WAVEfmt ", "audio"),
        (b"RIFF\0\0\0\0AVI LIST", "video"),
        (b"fLaC\0", "audio"),
        (b"OggS\0", "audio"),
        (b"PK\x03\x04", "other"),
        (b"plain", "other"),
        (b"", "other"),
    ],
)
def test_sniffing_what_is_no_image(imager: PillowImager, head: bytes, kind: str) -> None:
    assert imager.sniff(head)[0] == kind
