"""Sources as pictures: upright, sRGB, every frame, and nothing beyond the limits."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from app.domain.errors import BadRequest, InvalidImage
from app.domain.rendering import RenderLimits, Source
from app.imaging import decode
from app.imaging.render.picture import Picture
from app.imaging.render.reading import read
from tests import photos
from tests.unit.imaging.render.test_profiles import P3, cmyk_profile, expected_srgb, matrix_profile

LIMITS = RenderLimits()


@pytest.fixture(scope="module", autouse=True)
def _registered() -> None:
    decode.register(LIMITS.pixels_in)


def source(data: bytes | Path, name: str, **known: object) -> Source:
    return Source(data, name, 1, 1, **known)  # type: ignore[arg-type]  # names are the fields'


def load(data: bytes | Path, name: str, **options: object) -> Picture:
    return read(source(data, name), LIMITS, **options)  # type: ignore[arg-type]  # names are the fields'


def difference(one: Image.Image, other: Image.Image) -> float:
    """Mean absolute difference of two pictures of one size and mode."""
    assert (one.size, one.mode) == (other.size, other.mode)
    return float(np.abs(np.asarray(one, float) - np.asarray(other, float)).mean())


def frames_of(count: int, size: tuple[int, int] = (60, 40)) -> list[Image.Image]:
    return [Image.new("RGB", size, (40 * n, 255 - 40 * n, 90)) for n in range(count)]


def test_a_photo_from_disk_is_what_pillow_decodes() -> None:
    picture = load(photos.path("china.jpg"), "jpg")
    with Image.open(photos.path("china.jpg")) as image:
        assert picture.frames[0].tobytes() == image.tobytes()
    assert picture.nominal is None
    assert picture.durations == ()


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize(("name", "pillow"), [("jpg", "JPEG"), ("png", "PNG"), ("webp", "WEBP")])
def test_exif_orientation(orientation: int, name: str, pillow: str) -> None:
    photo = photos.load("china.jpg", (64, 40))
    upright = load(photos.turned(photo, orientation, pillow), name).frames[0]
    # What EXIF 2.32, 4.6.4 says of row 0 and column 0, on the array.
    stored = np.asarray(photo)
    expected = {
        1: stored,
        2: stored[:, ::-1],
        3: stored[::-1, ::-1],
        4: stored[::-1],
        5: stored.swapaxes(0, 1),
        6: stored.swapaxes(0, 1)[:, ::-1],
        7: stored.swapaxes(0, 1)[::-1, ::-1],
        8: stored.swapaxes(0, 1)[::-1],
    }[orientation]
    assert difference(upright, Image.fromarray(expected)) < 12


def test_orientation_may_be_ignored_and_regions_with_it() -> None:
    data = photos.turned(photos.load("china.jpg", (64, 40)), 6, "JPEG")
    known = source(data, "jpg", faces=((1, 2, 10, 20),))
    turned = read(known, LIMITS, upright=False)
    assert turned.size == (64, 40)
    assert turned.faces == ()
    upright = read(known, LIMITS)
    assert upright.size == (40, 64)
    assert upright.faces == ((1, 2, 11, 22),)


def test_regions_are_known_of_pictures_that_are_upright_anyway() -> None:
    data = photos.encode(photos.load("china.jpg", (64, 40)), "JPEG")
    known = source(data, "jpg", custom=((0, 0, 5, 5),))
    assert read(known, LIMITS, upright=False).custom == ((0, 0, 5, 5),)


@pytest.mark.parametrize(
    ("needed", "decoded"),
    [
        ((500, 334), (500, 334)),
        ((501, 10), (1000, 667)),
        ((10, 335), (1000, 667)),
        ((1, 1), (250, 167)),
        ((1001, 10), (2000, 1333)),
        ((5000, 5000), (2000, 1333)),
    ],
)
def test_jpegs_are_decoded_no_larger_than_needed(
    needed: tuple[int, int], decoded: tuple[int, int]
) -> None:
    data = photos.encode(photos.load("china.jpg", (2000, 1333)), "JPEG")
    picture = load(data, "jpg", needed=needed)
    assert picture.frames[0].size == decoded
    assert picture.size == (2000, 1333)
    full = load(data, "jpg").frames[0].resize(decoded, Image.Resampling.BOX)
    assert difference(picture.frames[0], full) < 8  # other photos differ by more than 50


def test_a_turned_jpeg_is_reduced_by_its_upright_sides() -> None:
    data = photos.turned(photos.load("china.jpg", (800, 400)), 6, "JPEG")
    picture = load(data, "jpg", needed=(100, 190))
    assert picture.frames[0].size == (100, 200)
    assert picture.size == (400, 800)


def test_other_formats_are_decoded_whole() -> None:
    data = photos.encode(photos.load("china.jpg", (300, 200)), "PNG")
    assert load(data, "png", needed=(10, 10)).frames[0].size == (300, 200)


def test_cmyk_without_profile() -> None:
    cmyk = Image.new("CMYK", (16, 16), (0, 255, 255, 0))
    red = np.asarray(load(photos.encode(cmyk, "JPEG", quality=100), "jpg").frames[0])[8, 8]
    assert red[0] > 245
    assert max(red[1:]) < 10


def test_cmyk_with_a_profile_that_calls_cyan_gray() -> None:
    cyan = Image.new("CMYK", (16, 16), (255, 0, 0, 0))
    naive = np.asarray(load(photos.encode(cyan, "JPEG", quality=100), "jpg").frames[0])[8, 8]
    assert naive[0] < 10
    assert naive[2] > 245
    data = photos.encode(cyan, "JPEG", quality=100, icc_profile=cmyk_profile())
    gray = np.asarray(load(data, "jpg").frames[0])[8, 8]
    assert np.ptp(gray) <= 2
    assert np.allclose(gray, 119, atol=4)  # L* 50 (CIE 15) by the curve of sRGB


def test_display_p3_is_converted() -> None:
    image = Image.new("RGB", (16, 16), (200, 100, 50))
    data = photos.encode(image, "JPEG", quality=100, icc_profile=matrix_profile(P3))
    picture = load(data, "jpg")
    pixel = np.asarray(picture.frames[0])[8, 8]
    assert np.allclose(pixel, expected_srgb((200, 100, 50)), atol=4)
    assert picture.metadata.profile == matrix_profile(P3)


def test_a_damaged_profile_does_not_make_a_damaged_picture() -> None:
    photo = photos.load("china.jpg", (64, 40))
    data = photos.encode(photo, "PNG", icc_profile=b"rubbish")
    assert load(data, "png").frames[0].tobytes() == photo.tobytes()


def test_sixteen_bit_gray_keeps_its_range() -> None:
    ramp = np.linspace(0, 65535, 256).astype(np.uint16)[np.newaxis].repeat(4, 0)
    picture = load(photos.encode(Image.fromarray(ramp), "PNG"), "png")
    assert picture.frames[0].mode == "RGB"
    assert np.array_equal(np.asarray(picture.frames[0])[0, :, 0], np.arange(256))


def test_a_palette_with_transparency() -> None:
    image = Image.new("P", (4, 1))
    image.putpalette([255, 0, 0, 0, 255, 0, 0, 0, 255])
    image.putdata([0, 1, 2, 1])
    data = photos.encode(image, "PNG", transparency=bytes([255, 128, 0]))
    pixels = np.asarray(load(data, "png").frames[0])[0].tolist()
    assert pixels[:3] == [[255, 0, 0, 255], [0, 255, 0, 128], [0, 0, 255, 0]]


@pytest.mark.parametrize(
    ("mode", "expected"),
    [("1", "RGB"), ("L", "RGB"), ("LA", "RGBA"), ("P", "RGB"), ("RGB", "RGB"), ("RGBA", "RGBA")],
)
def test_every_mode_becomes_rgb(mode: str, expected: str) -> None:
    image = photos.load("camera.png", (20, 10)).convert(mode)
    frame = load(photos.encode(image, "PNG"), "png").frames[0]
    assert frame.mode == expected
    assert difference(frame, image.convert(expected)) < 0.5


@pytest.mark.parametrize(
    ("name", "pillow"), [("gif", "GIF"), ("webp", "WEBP"), ("png", "PNG"), ("avif", "AVIF")]
)
def test_animations(name: str, pillow: str) -> None:
    frames = frames_of(4)
    data = photos.animate(frames, pillow, duration=[100, 200, 50, 70], loop=3)
    picture = load(data, name)
    assert picture.durations == (100, 200, 50, 70)
    # GIF counts repetitions; Pillow's AVIF always loops.
    assert picture.loop == {"gif": 4, "avif": 0}.get(name, 3)
    for frame, original in zip(picture.frames, frames, strict=True):
        assert difference(frame.convert("RGB"), original) < 4
    still = load(data, name, animated=False)
    assert (len(still.frames), still.durations, still.loop) == (1, (), 0)
    third = load(data, name, page=3)
    assert difference(third.frames[0].convert("RGB"), frames[2]) < 4
    assert third.durations == ()


def test_a_gif_without_a_count_is_shown_once() -> None:
    assert load(photos.animate(frames_of(2), "GIF", duration=100), "gif").loop == 1
    assert load(photos.animate(frames_of(2), "GIF", duration=100, loop=0), "gif").loop == 0


@pytest.mark.parametrize(("disposal", "alpha"), [(1, 255), (2, 0)])
def test_disposal_leaves_what_a_browser_shows(disposal: int, alpha: int) -> None:
    first = Image.new("RGBA", (20, 20), (255, 0, 0, 255))
    first.paste((0, 0, 0, 0), (15, 15, 20, 20))
    second = Image.new("RGBA", (20, 20), (0, 0, 0, 0))
    second.paste((0, 0, 255, 255), (5, 5, 10, 10))
    data = photos.animate([first, second], "GIF", duration=100, disposal=disposal)
    last = np.asarray(load(data, "gif").frames[1])
    assert last[7, 7].tolist() == [0, 0, 255, 255]
    assert last[0, 0, 3] == alpha


def test_the_still_picture_of_an_apng_is_no_frame() -> None:
    frames = frames_of(3)
    data = photos.animate(frames, "PNG", duration=50, default_image=True)
    picture = load(data, "png")
    assert len(picture.frames) == 2
    assert picture.frames[0].tobytes() == frames[1].tobytes()
    assert load(data, "png", animated=False).frames[0].tobytes() == frames[0].tobytes()


def test_pages_of_a_tiff_and_beyond() -> None:
    data = photos.animate(frames_of(3), "TIFF")
    assert len(load(data, "tif").frames) == 1
    assert load(data, "tif", page=2).frames[0].getpixel((0, 0)) == (40, 215, 90)
    for page in (0, 4, -1):
        with pytest.raises(BadRequest, match=r"page number .* The image has 3"):
            load(data, "tif", page=page)
    with pytest.raises(BadRequest, match="page number 2"):
        load(photos.read("china.jpg"), "jpg", page=2)


def test_the_largest_picture_of_an_icon() -> None:
    icon = photos.load("chelsea.png", (64, 64))
    data = photos.encode(icon, "ICO", sizes=[(16, 16), (64, 64), (32, 32)])
    assert load(data, "ico").size == (64, 64)


def test_too_many_pixels_are_refused_before_they_are_decoded() -> None:
    # A PNG whose pixels are missing: whoever decodes it says that it is damaged.
    head = struct.pack(">IIBBBBB", 10_000, 6_000, 8, 2, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n"
    for kind, body in ((b"IHDR", head), (b"IDAT", zlib.compress(bytes(10)))):
        bomb += struct.pack(">I", len(body)) + kind + body
        bomb += struct.pack(">I", zlib.crc32(kind + body))
    with pytest.raises(BadRequest, match=r"Got 60000000\. Maximum is 50000000"):
        load(bomb, "png")
    small = read(source(photos.read("china.jpg"), "jpg"), RenderLimits(pixels_in=640 * 427))
    assert small.size == (640, 427)
    with pytest.raises(BadRequest, match="273280"):
        read(source(photos.read("china.jpg"), "jpg"), RenderLimits(pixels_in=640 * 427 - 1))


def test_long_animations_are_refused() -> None:
    data = photos.animate(frames_of(5), "GIF", duration=100)
    with pytest.raises(BadRequest, match=r"frame count is too large\. Got 5\. Maximum is 4"):
        read(source(data, "gif"), RenderLimits(frames=4))
    with pytest.raises(BadRequest, match="pixel count is too large"):
        read(source(data, "gif"), RenderLimits(frame_pixels=60 * 40 * 5 - 1))
    assert len(read(source(data, "gif"), RenderLimits(frames=4), animated=False).frames) == 1


@pytest.mark.parametrize(
    ("name", "pillow"),
    [("jpg", "JPEG"), ("png", "PNG"), ("webp", "WEBP"), ("gif", "GIF"), ("tif", "TIFF")],
)
def test_truncated_files_are_invalid(name: str, pillow: str) -> None:
    data = photos.encode(photos.load("china.jpg", (200, 140)), pillow)
    with pytest.raises(InvalidImage):
        load(data[: len(data) // 2], name)


def test_of_a_truncated_animation_the_whole_frames_are_shown() -> None:
    noise = np.random.default_rng(1).integers(0, 255, (3, 40, 60, 3), np.uint8)
    data = photos.animate([Image.fromarray(frame) for frame in noise], "GIF", duration=100)
    picture = load(data[: len(data) * 4 // 5], "gif")
    assert len(picture.frames) == 2


@pytest.mark.parametrize("data", [b"", b"GIF89a", bytes(100)])
@pytest.mark.parametrize("name", ["jpg", "png", "gif", "webp", "avif", "bmp", "tif", "ico", "svg"])
def test_rubbish_is_invalid(name: str, data: bytes) -> None:
    with pytest.raises(InvalidImage):
        load(data, name)


def test_metadata_is_kept_raw_and_not_with_the_pixels() -> None:
    exif = Image.Exif()
    exif[0x8298] = "Ada"
    text = PngImagePlugin.PngInfo()
    text.add_itxt("XML:com.adobe.xmp", "<x/>")
    data = photos.encode(photos.load("china.jpg", (8, 8)), "PNG", exif=exif, pnginfo=text)
    picture = load(data, "png")
    assert b"Ada" in picture.metadata.exif
    assert picture.metadata.xmp == b"<x/>"
    jpeg = load(photos.encode(Image.new("RGB", (8, 8)), "JPEG", exif=exif, comment=b"!"), "jpg")
    assert b"Ada" in jpeg.metadata.exif
    assert not picture.frames[0].info
    assert not jpeg.frames[0].info
    assert b"Ada" not in photos.encode(jpeg.frames[0], "PNG")


def test_the_file_is_closed_and_the_picture_stays() -> None:
    buffer = io.BytesIO(photos.read("china.jpg"))
    picture = load(buffer.getvalue(), "jpg")
    assert picture.frames[0].resize((10, 10)).size == (10, 10)
    assert picture.frames[0].crop((0, 0, 5, 5)).size == (5, 5)
