"""Pictures as files: every format, flag and frame."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
from PIL import Image, JpegImagePlugin

from app.domain.errors import BadRequest
from app.domain.rendering import Rendering, RenderLimits, Source
from app.domain.transformation.steps import Colour, Output
from app.imaging import decode
from app.imaging.render.picture import Metadata, Picture
from app.imaging.render.reading import read
from app.imaging.render.writing import write
from tests import photos
from tests.unit.imaging.render.test_reading import difference, frames_of

ALL = ("jpg", "png", "webp", "avif", "gif", "tif", "bmp", "ico")


@pytest.fixture(scope="module", autouse=True)
def _registered() -> None:
    decode.register(50_000_000)


def still(size: tuple[int, int] = (120, 80), name: str = "china.jpg") -> Picture:
    return Picture((photos.load(name, size),))


def see_through(size: tuple[int, int] = (60, 40)) -> Picture:
    """A photo whose left half cannot be seen."""
    image = photos.load("china.jpg", size).convert("RGBA")
    image.paste((0, 0, 0, 0), (0, 0, size[0] // 2, size[1]))
    return Picture((image,))


def flags(*names: str, **other: object) -> Output:
    return Output(flags=frozenset(names), **other)  # type: ignore[arg-type]


def back(rendering: Rendering, **options: object) -> Picture:
    source = Source(rendering.data, rendering.format, rendering.width, rendering.height)
    return read(source, RenderLimits(), **options)  # type: ignore[arg-type]


def opened(rendering: Rendering) -> Image.Image:
    return Image.open(io.BytesIO(rendering.data))


@pytest.mark.parametrize("extension", ALL)
def test_every_format(extension: str) -> None:
    rendering = write(still(), Output(), extension)
    assert (rendering.format, rendering.width, rendering.height) == (extension, 120, 80)
    assert rendering.pages == 1
    assert opened(rendering).format == decode.OPENERS[extension]
    picture = back(rendering)
    assert picture.size == (120, 80)
    exact = extension in ("png", "tif", "bmp", "ico")
    assert difference(picture.frames[0].convert("RGB"), still().frames[0]) <= (0 if exact else 9)


@pytest.mark.parametrize("extension", [*ALL, "pdf", "jp2", "svg"])
def test_the_same_picture_is_the_same_file(extension: str) -> None:
    first, second = (write(still(), Output(), extension) for _ in range(2))
    assert first == second


def test_pdf() -> None:
    rendering = write(still(), Output(), "pdf")
    assert rendering.data.startswith(b"%PDF-")
    assert b"/Width 120" in rendering.data


def test_jp2() -> None:
    sizes = [len(write(still(), Output(quality=value), "jp2").data) for value in (10, 50, 80, 95)]
    assert sizes == sorted(set(sizes))
    for picture, mode in ((still(), "RGB"), (see_through(), "RGBA")):
        lossy, exact = (
            opened(write(picture, Output(quality=90, lossless=kept), "jp2")) for kept in (0, 1)
        )
        assert (exact.format, exact.mode, lossy.mode) == ("JPEG2000", mode, mode)
        assert exact.tobytes() == picture.frames[0].tobytes()
        assert 0 < difference(lossy.convert("RGB"), picture.frames[0].convert("RGB")) < 9


@pytest.mark.parametrize("extension", ["jpg", "tif", "pdf"])
def test_inks_on_demand(extension: str) -> None:
    output = Output(quality=95, colour_space="cmyk", flags=frozenset({"force_icc"}))
    rendering = write(see_through(), output, extension)
    if extension == "pdf":
        assert b"/DeviceCMYK" in rendering.data
        return
    image = opened(rendering)
    assert image.mode == "CMYK"
    assert not image.info.get("icc_profile"), "that of sRGB is not theirs"
    white = Image.new("RGBA", see_through().size, "white")
    white.alpha_composite(see_through().frames[0])
    assert difference(back(rendering).frames[0], white.convert("RGB")) < 4


def test_inks_where_there_is_no_room_for_them() -> None:
    with pytest.raises(BadRequest, match="Transformation not supported: cs_cmyk in webp"):
        write(still(), Output(colour_space="cmyk"), "webp")


def test_inks_are_kept_on_demand() -> None:
    source = io.BytesIO()
    still().frames[0].convert("CMYK").save(source, "JPEG", quality=95)
    inks = read(Source(source.getvalue(), "jpg", 120, 80), RenderLimits())
    kept = Output(colour_space="keep_cmyk")
    assert opened(write(inks, kept, "jpg")).mode == "CMYK"
    assert opened(write(inks, kept, "png")).mode == "RGB"
    assert opened(write(still(), kept, "jpg")).mode == "RGB"
    for other in ("", "srgb", "no_cmyk", "tinysrgb"):
        assert opened(write(inks, Output(colour_space=other), "jpg")).mode == "RGB"


@pytest.mark.parametrize("extension", ["heic", "mp4", "jxl", "exe", ""])
def test_what_cannot_be_written_is_named(extension: str) -> None:
    with pytest.raises(BadRequest, match=f"Invalid extension in transformation: {extension}"):
        write(still(), Output(), extension)


def test_aliases() -> None:
    assert write(still(), Output(), "JPEG").format == "jpg"


def test_a_side_beyond_the_format() -> None:
    with pytest.raises(BadRequest, match="16384x1 is too large for webp, whose maximum is 16383"):
        write(Picture((Image.new("RGB", (16384, 1)),)), Output(), "webp")


def test_icons_are_scaled_to_what_they_can_be() -> None:
    rendering = write(still((600, 300)), Output(), "ico")
    assert (rendering.width, rendering.height) == (256, 128)
    assert back(rendering).size == (256, 128)


@pytest.mark.parametrize("extension", ["png", "webp", "avif", "tif", "ico", "gif"])
def test_transparency_is_kept(extension: str) -> None:
    alpha = np.asarray(back(write(see_through(), Output(), extension)).frames[0].getchannel("A"))
    assert alpha[:, :28].max() <= 2
    assert alpha[:, 32:].min() >= 253


@pytest.mark.parametrize("extension", ["jpg", "bmp"])
def test_transparency_is_filled(extension: str) -> None:
    for colour, expected in ((None, (255, 255, 255)), (Colour(0, 0, 255), (0, 0, 255))):
        given = (colour,) if colour else ()
        frame = back(write(see_through(), flags(quality=100), extension, *given)).frames[0]
        assert frame.mode == "RGB"
        assert np.allclose(np.asarray(frame)[20, 5], expected, atol=12)


def test_alpha_that_hides_nothing_is_left_out() -> None:
    picture = Picture((photos.load("china.jpg", (40, 30)).convert("RGBA"),))
    assert opened(write(picture, Output(), "png")).mode == "RGB"


def test_quality_decides_the_size() -> None:
    for extension in ("jpg", "webp", "avif"):
        sizes = [
            len(write(still(), Output(quality=value), extension).data) for value in (1, 40, 80, 100)
        ]
        assert sizes == sorted(set(sizes)), extension


def test_one_quality_looks_alike_in_every_format() -> None:
    picture = still((320, 214))
    lost = [
        difference(back(write(picture, Output(quality=80), name)).frames[0], picture.frames[0])
        for name in ("jpg", "webp", "avif")
    ]
    assert max(lost) < 1.6 * min(lost)


@pytest.mark.parametrize("extension", ["jpg", "webp", "avif"])
def test_automatic_quality(extension: str) -> None:
    pictures = [still((320, 214), name) for name in ("flower.jpg", "coffee.png")]
    low, best = (
        [len(write(it, Output(auto=level), extension).data) for it in pictures]
        for level in ("low", "best")
    )
    assert low[0] < best[0]
    assert low[1] < best[1]


def test_chroma() -> None:
    for chroma, expected in (("", 2), ("420", 2), ("444", 0)):
        image = opened(write(still(), Output(chroma=chroma, quality=90), "jpg"))
        assert isinstance(image, JpegImagePlugin.JpegImageFile)
        assert JpegImagePlugin.get_sampling(image) == expected


def test_lossless() -> None:
    picture = still()
    webp = back(write(picture, Output(lossless=True), "webp"))
    assert webp.frames[0].tobytes() == picture.frames[0].tobytes()
    avif = back(write(picture, Output(lossless=True), "avif"))
    assert difference(avif.frames[0], picture.frames[0]) < 1


@pytest.mark.parametrize(
    ("names", "progressive"),
    [
        ((), False),
        (("progressive",), True),
        (("progressive:steep",), True),
        (("progressive:semi",), True),
        (("progressive:none",), False),
    ],
)
def test_progressive(names: tuple[str, ...], progressive: bool) -> None:
    assert bool(opened(write(still(), flags(*names), "jpg")).info.get("progressive")) is progressive


def test_kinds_of_png() -> None:
    assert opened(write(still(), flags("png8"), "png")).mode == "P"
    assert opened(write(still(), flags("png32"), "png")).mode == "RGBA"
    assert opened(write(see_through(), Output(), "png")).mode == "RGBA"
    assert opened(write(see_through(), flags("png24"), "png")).mode == "RGB"
    small = back(write(see_through(), flags("png8"), "png"))
    assert small.has_alpha
    assert difference(small.frames[0], see_through().frames[0]) < 12


def test_a_lossy_png_is_a_jpeg_unless_it_is_transparent() -> None:
    assert write(still(), flags("lossy"), "png").format == "jpg"
    transparent = write(see_through(), flags("lossy"), "png")
    assert transparent.format == "png"
    assert len(transparent.data) < len(write(see_through(), Output(), "png").data)


def test_a_lossy_gif_is_smaller() -> None:
    usual, lossy, poor = (
        len(write(still(), output, "gif").data)
        for output in (Output(), flags("lossy"), flags("lossy", quality=20))
    )
    assert usual > lossy > poor


@pytest.mark.parametrize("extension", ["gif", "webp", "png", "avif"])
def test_animations_stay_animated(extension: str) -> None:
    picture = Picture(tuple(frames_of(4)), (100, 200, 50, 70), loop=3)
    rendering = write(picture, Output(), extension)
    assert rendering.pages == 4
    read_back = back(rendering)
    assert read_back.durations == picture.durations
    assert read_back.loop == (0 if extension == "avif" else 3)
    for frame, original in zip(read_back.frames, picture.frames, strict=True):
        assert difference(frame.convert("RGB"), original) < 6


@pytest.mark.parametrize("extension", ["jpg", "bmp", "tif", "ico", "pdf", "jp2", "svg"])
def test_others_show_the_first_frame(extension: str) -> None:
    picture = Picture(tuple(frames_of(3)), (100, 100, 100))
    assert write(picture, Output(), extension).pages == 1


@pytest.mark.parametrize("extension", ["gif", "webp", "png"])
def test_frames_may_be_transparent(extension: str) -> None:
    first = see_through().frames[0]
    second = first.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    rendering = write(Picture((first, second), (100, 100)), Output(), extension)
    one, other = (np.asarray(frame.getchannel("A")) for frame in back(rendering).frames)
    assert (one[:, :28].max(), one[:, 32:].min()) == (0, 255)
    assert (other[:, :28].min(), other[:, 32:].max()) == (255, 0)


@pytest.mark.parametrize("extension", ["gif", "webp", "png"])
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_frames_that_are_alike_are_counted_as_they_are_stored(extension: str, mode: str) -> None:
    red, blue = (Image.new("RGB", (9, 9), colour) for colour in ((255, 0, 0), (0, 0, 255)))
    frames = tuple(frame.convert(mode) for frame in (red, red, blue))
    if mode == "RGBA":
        for frame in frames:
            frame.putpixel((0, 0), (0, 0, 0, 0))
    rendering = write(Picture(frames, (100, 100, 100)), Output(), extension)
    assert rendering.pages == len(back(rendering).frames)
    assert sum(back(rendering).durations) == 300
    same = write(Picture((frames[0],) * 2, (100, 100)), Output(), extension)
    assert same.pages == len(back(same).frames)


def test_timing_may_be_changed() -> None:
    picture = Picture(tuple(frames_of(3)), (100, 100, 100), loop=1)
    assert back(write(picture, Output(delay=40), "webp")).durations == (40, 40, 40)
    assert back(write(picture, Output(loop=0), "webp")).loop == 0
    assert back(write(picture, Output(loop=2), "webp")).loop == 3
    assert back(write(picture, Output(), "gif")).loop == 1


def described() -> Metadata:
    exif = Image.Exif()
    exif[0x0112], exif[0x010F], exif[0x8298] = 6, "Maker", "Ada"
    iptc = b""
    for number, value in ((5, b"Title"), (80, b"Ada"), (116, b"(c) Ada")):
        iptc += struct.pack(">BBBH", 0x1C, 2, number, len(value)) + value
    return Metadata(exif.tobytes(), iptc, b"<x:xmpmeta/>", b"some profile")


@pytest.mark.parametrize("extension", ["jpg", "png", "webp", "avif", "tif"])
def test_metadata_is_stripped_unless_it_is_kept(extension: str) -> None:
    picture = Picture(still().frames, metadata=described())
    stripped = write(picture, Output(), extension)
    assert b"Ada" not in stripped.data
    assert b"xmpmeta" not in stripped.data
    assert not opened(stripped).info.get("icc_profile")
    kept = write(picture, flags("keep_iptc"), extension)
    found = back(kept)
    assert found.size == (120, 80)
    exif = Image.Exif()
    exif.load(found.metadata.exif)
    assert (exif.get(0x010F), exif.get(0x8298)) == ("Maker", "Ada")
    assert exif.get(0x0112, 1) == 1
    assert found.metadata.xmp == b"<x:xmpmeta/>"
    assert found.metadata.iptc == (described().iptc if extension in ("jpg", "tif") else b"")
    assert write(picture, flags("keep_iptc", "force_strip"), extension).data == stripped.data


def test_attribution_alone() -> None:
    picture = Picture(still().frames, metadata=described())
    found = back(write(picture, flags("keep_attribution"), "jpg")).metadata
    exif = Image.Exif()
    exif.load(found.exif)
    assert dict(exif) == {0x8298: "Ada"}
    assert b"(c) Ada" in found.iptc
    assert b"Title" not in found.iptc
    assert not found.xmp


def test_metadata_that_does_not_fit_or_is_damaged_is_left_out() -> None:
    long = Metadata(b"Exif\0\0II*\0rubbish", b"\x1c\x02\x05" * 30_000, b"x" * 70_000)
    rendering = write(Picture(still().frames, metadata=long), flags("keep_iptc"), "jpg")
    assert rendering.data == write(still(), Output(), "jpg").data


@pytest.mark.parametrize("extension", ["jpg", "png", "webp", "avif", "tif"])
def test_the_profile_of_srgb_on_demand(extension: str) -> None:
    image = opened(write(still(), flags("force_icc"), extension))
    assert image.info["icc_profile"][36:40] == b"acsp"
