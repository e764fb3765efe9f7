"""Decoding of real and synthetic pictures of every format."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from app.domain.errors import InvalidImage
from app.domain.images import InputSpec, Pixels
from app.imaging.imager import PillowImager
from tests import photos

SPEC = InputSpec(size=64, crop=0.89)
DATA = Path(__file__).parents[2] / "data"

FORMATS: dict[str, tuple[str, dict[str, object]]] = {
    "jpg": ("JPEG", {}),
    "png": ("PNG", {}),
    "gif": ("GIF", {}),
    "webp": ("WEBP", {}),
    "avif": ("AVIF", {}),
    "bmp": ("BMP", {}),
    "tif": ("TIFF", {}),
}


def difference(one: Pixels, two: Pixels) -> float:
    """Mean difference of two pictures' values, 0 … 255."""
    return float(np.abs(one.astype(int) - two).mean())


def expected(image: Image.Image, spec: InputSpec = SPEC) -> Pixels:
    """The central square by the plainest way there is."""
    side = min(image.size) * spec.crop
    left, top = (image.width - side) / 2, (image.height - side) / 2
    box = (left, top, left + side, top + side)
    kind = Image.Resampling[spec.resample.upper()]
    square = image.convert("RGB").resize((spec.size, spec.size), kind, box=box)
    return np.asarray(square)[np.newaxis]


@pytest.mark.parametrize("name", FORMATS)
def test_formats(imager: PillowImager, photo: Image.Image, name: str) -> None:
    data = photos.encode(photo, FORMATS[name][0])
    found = imager.inspect(data, [SPEC])
    assert (found.format, found.width, found.height, found.pages) == (name, 320, 214, 1)
    pixels = found.inputs[SPEC]
    assert pixels.shape == (1, 64, 64, 3) and pixels.dtype == np.uint8
    assert pixels.flags.c_contiguous
    exact = name in ("png", "bmp", "tif")
    assert difference(pixels, expected(photo)) <= (0 if exact else 12 if name == "gif" else 5)


@pytest.mark.parametrize("name", [*photos.NAMES, *photos.ODD])
def test_photos(imager: PillowImager, name: str) -> None:
    with Image.open(photos.path(name)) as image:
        size, plain = image.size, image.convert("RGB")
    found = imager.inspect(photos.path(name), [SPEC])
    assert (found.width, found.height) == size
    assert found.format == Path(name).suffix[1:]
    if name not in photos.ODD:
        assert difference(found.inputs[SPEC], expected(plain)) < 2


@pytest.mark.parametrize(
    "specs",
    [
        [InputSpec(16, 1.0, "bilinear")],
        [InputSpec(260, 0.89), InputSpec(224, 1.0), InputSpec(32, 0.5, "bilinear")],
        [InputSpec(260, 0.3)],
        [InputSpec(700, 1.0)],
    ],
)
def test_every_spec_is_served_from_one_decoding(
    imager: PillowImager, specs: list[InputSpec]
) -> None:
    """JPEGs are reduced while they are decoded, and never further than the crop allows."""
    plain = photos.load("flower.jpg").resize((2000, 1400))
    found = imager.inspect(photos.encode(plain, "JPEG", quality=95), specs)
    assert list(found.inputs) == specs and (found.width, found.height) == (2000, 1400)
    for spec in specs:
        assert found.inputs[spec].shape == (1, spec.size, spec.size, 3)
        assert difference(found.inputs[spec], expected(plain, spec)) < 2


def test_without_specs_nothing_is_cut(imager: PillowImager) -> None:
    found = imager.inspect(photos.path("china.jpg"))
    assert (found.format, found.width, found.height, dict(found.inputs)) == ("jpg", 640, 427, {})


@pytest.mark.parametrize("form", ["png", "bmp"])
def test_ico(imager: PillowImager, form: str) -> None:
    data = photos.encode(
        Image.new("RGBA", (64, 64), (255, 0, 0, 255)),
        "ICO",
        sizes=[(16, 16), (32, 32), (64, 64)],
        bitmap_format=form,
    )
    found = imager.inspect(data, [SPEC])
    assert (found.format, found.width, found.height, found.pages) == ("ico", 64, 64, 1)
    assert (found.inputs[SPEC] == (255, 0, 0)).all()


def test_heic(imager: PillowImager) -> None:
    found = imager.inspect(DATA / "tiny.heic", [SPEC])
    assert (found.format, found.width, found.height, found.pages) == ("heic", 96, 64, 1)
    red, green, blue = found.inputs[SPEC].reshape(-1, 3).mean(axis=0)
    assert red > 150 and green < 90 and blue < 90


def test_a_turned_heic_is_turned_once(imager: PillowImager) -> None:
    found = imager.inspect(DATA / "turned.heic", [SPEC])
    assert (found.width, found.height) == (64, 96)
    row = found.inputs[SPEC][0, 32, :, 0].astype(int)
    assert row[0] > 230 and row[-1] < 25 and (np.diff(row) <= 1).all()


@pytest.mark.parametrize("name", ["flower.jpg", "chelsea.png", "horse.png", "multipage.tif"])
def test_the_same_from_bytes_and_from_a_file(imager: PillowImager, name: str) -> None:
    one = imager.inspect(photos.path(name), [SPEC])
    two = imager.inspect(photos.read(name), [SPEC])
    assert (one.inputs[SPEC] == two.inputs[SPEC]).all()
    assert (one.format, one.width, one.height, one.pages) == (
        two.format,
        two.width,
        two.height,
        two.pages,
    )


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("JPEG", {"quality": 95}),
        ("PNG", {}),
        ("WEBP", {"quality": 95}),
        ("AVIF", {"quality": 90}),
        ("TIFF", {}),
        ("TIFF", {"compression": "tiff_lzw"}),
    ],
)
def test_orientations(
    imager: PillowImager,
    photo: Image.Image,
    orientation: int,
    kind: str,
    options: dict[str, object],
) -> None:
    data = photos.turned(photo, orientation, kind, **options)
    found = imager.inspect(data, [SPEC])
    upright = ImageOps.exif_transpose(Image.open(io.BytesIO(data)).copy())
    assert (found.width, found.height) == ((214, 320) if orientation > 4 else (320, 214))
    assert difference(found.inputs[SPEC], expected(upright)) < 2


def test_an_orientation_that_makes_no_sense_is_none(
    imager: PillowImager, photo: Image.Image
) -> None:
    for exif in (
        b"",
        b"Exif\0\0",
        b"Exif\0\0II*\0\x08\0\0\0\xff\xff",
        b"Exif\0\0II*\0\xff\xff\xff\xff",
        b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x09\0\0",
        b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x0c\0\0\0\x01\0\x06\0\0",
        b"rubbish",
    ):
        data = photos.encode(photo, "PNG", exif=exif)
        assert (imager.inspect(data).width, imager.inspect(data).height) == (320, 214)


def test_modes(imager: PillowImager, photo: Image.Image) -> None:
    gray = photo.convert("L")
    deep = Image.fromarray(np.asarray(gray).astype(np.uint16) * 257)
    real = Image.fromarray(np.asarray(gray).astype(np.float32) / 255)
    cases = {
        "cmyk jpeg": (photos.encode(photo.convert("CMYK"), "JPEG", quality=95), photo, 3),
        "cmyk tiff": (photos.encode(photo.convert("CMYK"), "TIFF"), photo, 1),
        "gray jpeg": (photos.encode(gray, "JPEG", quality=95), gray, 2),
        "palette": (photos.encode(photo.quantize(256), "PNG"), photo, 6),
        "lab": (photos.encode(lab(photo), "TIFF"), photo, 3),
        "jpeg tiff": (photos.encode(photo, "TIFF", compression="jpeg", quality=95), photo, 3),
        "deep png": (photos.encode(deep, "PNG"), gray, 1),
        "deep tiff": (photos.encode(deep, "TIFF"), gray, 1),
        "real tiff": (photos.encode(real, "TIFF"), gray, 4),
        "two colours": (photos.encode(gray.convert("1"), "PNG"), gray.convert("1"), 0),
        "fax": (
            photos.encode(gray.convert("1"), "TIFF", compression="group4"),
            gray.convert("1"),
            0,
        ),
    }
    for name, (data, image, tolerance) in cases.items():
        pixels = imager.inspect(data, [SPEC]).inputs[SPEC]
        assert difference(pixels, expected(image)) <= tolerance, name


def lab(image: Image.Image) -> Image.Image:
    from PIL import ImageCms

    srgb, target = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
    turned = ImageCms.profileToProfile(image, srgb, target, outputMode="LAB")
    assert turned
    return turned


@pytest.mark.parametrize(
    ("mode", "kind"),
    [("P", "PNG"), *((m, k) for m in ("RGBA", "LA") for k in ("PNG", "TIFF", "WEBP", "AVIF"))],
)
def test_transparent_parts_are_white(imager: PillowImager, mode: str, kind: str) -> None:
    image = Image.new(mode, (80, 80), 0)
    options = {"transparency": 0} if mode == "P" else {}
    pixels = imager.inspect(photos.encode(image, kind, **options), [SPEC]).inputs[SPEC]
    assert (pixels == 255).all()


def test_half_transparent_parts_are_mixed_with_white(imager: PillowImager) -> None:
    image = Image.new("RGBA", (80, 80), (0, 100, 200, 128))
    pixels = imager.inspect(photos.encode(image, "PNG"), [SPEC]).inputs[SPEC]
    assert difference(pixels, np.array([127, 177, 227], dtype=np.uint8)) < 1


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "TIFF", "AVIF"])
def test_animations_are_counted_and_judged_by_their_first_frame(
    imager: PillowImager, kind: str
) -> None:
    frames = [Image.new("RGB", (20, 10), (n * 20, 0, 0)) for n in range(5)]
    found = imager.inspect(photos.animate(frames, kind), [SPEC])
    assert (found.pages, found.width, found.height) == (5, 20, 10)
    assert difference(found.inputs[SPEC], np.zeros_like(found.inputs[SPEC])) < 3


def test_a_jpeg_with_previews_is_one_jpeg(imager: PillowImager, photo: Image.Image) -> None:
    data = photos.animate([photo, photo.resize((32, 20))], "MPO")
    found = imager.inspect(data, [SPEC])
    assert (found.format, found.pages, found.width) == ("jpg", 1, 320)


def test_what_follows_a_photo_does_no_harm(imager: PillowImager, photo: Image.Image) -> None:
    """Phones append videos and records of their own."""
    for kind in ("JPEG", "PNG", "GIF", "BMP"):
        data = photos.encode(photo, kind)
        with_more = data + b"\xff\xda" * 100 + bytes(range(256)) * 100
        assert imager.inspect(with_more).width == 320
    heic = (DATA / "tiny.heic").read_bytes()
    assert imager.inspect(heic + b"\0\0\x01\x04SEFT" + bytes(40)).width == 96


@pytest.mark.parametrize("size", [(1, 1), (3000, 1), (1, 3000), (2, 5)])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_narrow_pictures(imager: PillowImager, kind: str, size: tuple[int, int]) -> None:
    data = photos.encode(Image.new("RGB", size, (10, 200, 30)), kind)
    found = imager.inspect(data, [SPEC])
    assert (found.width, found.height) == size
    assert difference(found.inputs[SPEC], np.array([10, 200, 30], dtype=np.uint8)) < 4


def test_camera_raw_files_are_not_judged_by_their_preview(imager: PillowImager) -> None:
    for tag, value in ((254, 1), (50706, b"\x01\x04\0\0")):
        data = photos.encode(Image.new("RGB", (16, 12)), "TIFF", tiffinfo={tag: value})
        with pytest.raises(InvalidImage):
            imager.inspect(data)


def test_other_formats_are_not_even_tried(imager: PillowImager, photo: Image.Image) -> None:
    for kind in ("PPM", "TGA", "PCX", "JPEG2000"):
        with pytest.raises(InvalidImage):
            imager.inspect(photos.encode(photo, kind))


def test_a_missing_file_is_no_damaged_picture(imager: PillowImager, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        imager.inspect(tmp_path / "gone.jpg")
    (tmp_path / "empty").touch()
    for source in (b"", tmp_path / "empty"):
        with pytest.raises(InvalidImage):
            imager.inspect(source)
