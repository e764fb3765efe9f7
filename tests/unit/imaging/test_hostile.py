"""Damaged files, and files made to cost more than they weigh."""

from __future__ import annotations

import contextlib
import io
import random
import struct
import time
import warnings
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from app.domain.errors import BadRequest, InvalidImage
from app.domain.images import InputSpec
from app.imaging import decode, isobmff, jpeg, png
from app.imaging.buffers import MAX_FRAMES
from app.imaging.imager import PillowImager
from tests import photos

#: Tests reset what the imager has switched off.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:PIL", "ignore::RuntimeWarning:PIL")

SPEC = InputSpec(size=64, crop=0.89)
DATA = Path(__file__).parents[2] / "data"
PLAIN = Image.new("RGB", (32, 24), (200, 10, 10))

#: Processor seconds that no small file may cost. Without a limit most of these take minutes
#: or gigabytes.
SECONDS = 0.5


def samples(photo: Image.Image) -> dict[str, bytes]:
    """A small file of every format and of most of its ways of writing."""
    small = photo.resize((60, 40))
    frames = [Image.new("RGB", (20, 10), (n * 60, 0, 0)) for n in range(3)]
    ways: dict[str, tuple[str, dict[str, object]]] = {
        "jpeg": ("JPEG", {}),
        "progressive": ("JPEG", {"progressive": True}),
        "png": ("PNG", {}),
        "gif": ("GIF", {}),
        "webp": ("WEBP", {}),
        "lossless webp": ("WEBP", {"lossless": True}),
        "avif": ("AVIF", {}),
        "bmp": ("BMP", {}),
        "tiff": ("TIFF", {}),
        "lzw": ("TIFF", {"compression": "tiff_lzw", "icc_profile": bytes(300)}),
        "big tiff": ("TIFF", {"compression": "tiff_adobe_deflate", "big_tiff": True}),
        "ico": ("ICO", {}),
        "bmp ico": ("ICO", {"bitmap_format": "bmp"}),
    }
    return {
        **{name: photos.encode(small, kind, **options) for name, (kind, options) in ways.items()},
        **{f"{kind} frames": photos.animate(frames, kind) for kind in ("GIF", "PNG", "WEBP")},
        "heic": (DATA / "turned.heic").read_bytes(),
    }


@pytest.fixture(scope="module")
def whole(photo: Image.Image) -> dict[str, bytes]:
    return samples(photo)


def test_the_samples_are_fine(imager: PillowImager, whole: dict[str, bytes]) -> None:
    for name, data in whole.items():
        assert imager.inspect(data, [SPEC]).width in (60, 20, 64, 32), name


def test_truncated_files_are_refused(
    imager: PillowImager, whole: dict[str, bytes], tmp_path: Path
) -> None:
    for name, data in whole.items():
        if name.endswith("frames"):
            continue  # the first frame may be whole
        # The last bytes of a GIF say only that nothing follows.
        end = len(data) - 2 if name == "gif" else len(data)
        cuts = {*range(0, end, max(1, end // 60)), *range(end - 12, end), *range(40)}
        for cut in cuts:
            with pytest.raises(InvalidImage):
                imager.inspect(data[:cut])
                pytest.fail(f"{name} cut at {cut} of {len(data)}")
        path = tmp_path / name
        path.write_bytes(data[: len(data) // 2])
        with pytest.raises(InvalidImage):
            imager.inspect(path)


def test_damaged_files_are_refused_and_never_crash(
    imager: PillowImager, whole: dict[str, bytes]
) -> None:
    source = random.Random(20261124)
    extremes = (b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\xff\xff\xff\x7f")
    for original in whole.values():
        for number in range(40):
            data = bytearray(original)
            # Most of the harm is done near the beginning, where the headers are.
            reach = len(data) if number % 2 else min(len(data), 200)
            for _ in range(source.randint(1, 5)):
                at = source.randrange(reach - 4)
                if source.random() < 0.5:
                    data[at] = source.randrange(256)
                else:
                    data[at : at + 4] = source.choice(extremes)
            try:
                imager.inspect(bytes(data), [SPEC])
            except BadRequest:
                continue  # InvalidImage is one


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_file(width: int, height: int, before: bytes = b"", data: bytes = b"\0" * 99) -> bytes:
    """A gray PNG with its header, something before its pixels, and some pixels."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0))
    pixels = chunk(b"IDAT", zlib.compress(data, 9))
    return b"\x89PNG\r\n\x1a\n" + header + before + pixels + chunk(b"IEND", b"")


def icon(picture: bytes) -> bytes:
    """An icon that claims 16 × 16."""
    return struct.pack("<HHHBBBBHHII", 0, 1, 1, 16, 16, 0, 0, 1, 32, len(picture), 22) + picture


def overlapping(fields: int, size: int) -> bytes:
    """A TIFF whose values all lie in the same place."""
    body = b"".join(struct.pack("<HHII", 1000 + n, 7, size, 8) for n in range(fields))
    block = struct.pack("<2sHIH", b"II", 42, 8, fields) + body + b"\0" * 4
    return block + bytes(max(0, 8 + size - len(block)))


def tiff(fields: dict[int, tuple[int, int, int]], data: bytes = b"\0" * 64) -> bytes:
    """A 1 × 1 gray TIFF; each field is its type, its count and its value."""
    plain = {256: (3, 1, 1), 257: (3, 1, 1), 258: (3, 1, 8), 259: (3, 1, 1), 262: (3, 1, 1)}
    plain |= {273: (4, 1, 8), 278: (3, 1, 1), 279: (4, 1, 1)}
    body = b"".join(struct.pack("<HHII", tag, *it) for tag, it in sorted((plain | fields).items()))
    head = struct.pack("<2sHI", b"II", 42, 8 + len(data))
    return head + data + struct.pack("<H", len(body) // 12) + body + b"\0" * 4


def bitmap(width: int, height: int, runs: bytes) -> bytes:
    """A run-length encoded bitmap."""
    size = 1078 + len(runs)
    head = struct.pack("<2sIHHI", b"BM", size, 0, 0, 1078)
    info = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 8, 1, len(runs), 0, 0, 256, 0)
    return head + info + bytes(1024) + runs


def gif(before: bytes, frames: int = 1) -> bytes:
    frame = b"!\xf9\4\0\0\0\0\0,\0\0\0\0\1\0\1\0\0\2\2D\1\0"
    return b"GIF89a\1\0\1\0\x80\0\0\0\0\0\xff\xff\xff" + before + frame * frames + b";"


def jpeg_with(segments: bytes, **options: object) -> bytes:
    return b"\xff\xd8" + segments + photos.encode(PLAIN, "JPEG", **options)[2:]


def segment(marker: int, payload: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(payload) + 2) + payload


def many_scans(count: int) -> bytes:
    data = photos.encode(PLAIN, "JPEG", progressive=True)
    last = data[data.rindex(b"\xff\xda") : -2]
    return data[:-2] + last * count + b"\xff\xd9"


def second_frame_header() -> bytes:
    data = photos.encode(PLAIN, "JPEG")
    at = data.index(b"\xff\xc0")
    header = bytearray(data[at : at + 19])
    header[5:9] = b"\xff\xdc\xff\xdc"
    return data[:at] + bytes(header) + data[at:]


def tile() -> bytes:
    """One tile of a billion pixels for a picture of one."""
    packer = zlib.compressobj(9)
    data = b"".join(packer.compress(bytes(1 << 20)) for _ in range(64)) + packer.flush()
    side = 1 << 15
    fields = {259: (3, 1, 8), 322: (4, 1, side), 323: (4, 1, side)}
    return tiff(fields | {324: (4, 1, 8), 325: (4, 1, len(data))}, data)


def strips(count: int) -> bytes:
    """A TIFF one pixel wide, each of its pixels in a strip of its own."""
    fields = {257: (4, 1, count), 273: (4, count, 8), 279: (4, count, 8 + 4 * count)}
    return tiff(fields, bytes(4 * count) + struct.pack("<I", 1) * count)


def big_directory() -> bytes:
    """A BigTIFF directory of 200,000 fields."""
    fields = struct.pack("<HHQQ", 256, 3, 1, 1) * 200_000
    return struct.pack("<2sHHHQQ", b"II", 43, 8, 0, 16, 200_000) + fields + bytes(8)


REFUSED: dict[str, Callable[[], bytes]] = {
    "a TIFF's values over one another": lambda: overlapping(4_000, 200_000),
    "a TIFF's directory without end": big_directory,
    "a TIFF's nested values over one another": lambda: tiff(
        {34665: (4, 1, 8)}, overlapping(4_000, 200_000)[8:]
    ),
    "a TIFF's tile of a billion pixels": tile,
    "a TIFF of a million strips": lambda: strips(1 << 20),
    "an AVIF's EXIF": lambda: photos.encode(PLAIN, "AVIF", exif=overlapping(4_000, 200_000)),
    "a JPEG's EXIF": lambda: jpeg_with(segment(0xE1, b"Exif\0\0" + overlapping(4_000, 60_000))),
    "a JPEG's EXIF in many segments": lambda: jpeg_with(
        segment(0xE1, b"Exif\0\0" + bytes(65_000)) * 80
    ),
    "a JPEG's previews": lambda: jpeg_with(segment(0xE2, b"MPF\0" + overlapping(4_000, 60_000))),
    "a JPEG of a million segments": lambda: jpeg_with(segment(0xE5, b"") * 1_000_000),
    "a JPEG of many scans": lambda: many_scans(60),
    "a JPEG of two sizes": second_frame_header,
    "a PNG of a million chunks": lambda: png_file(8, 8, before=chunk(b"prVt", b"") * 1_000_000),
    "a PNG of two sizes": lambda: png_file(8, 8, before=chunk(b"IHDR", bytes(13))),
    "a GIF's comment": lambda: gif(b"!\xfe" + (b"\xff" + b"a" * 255) * 8_000 + b"\0"),
    "a GIF's application data": lambda: gif(b"!\xff" + b"\1a" * 600_000 + b"\0"),
    "a GIF of rubbish": lambda: gif(b"r" * 600_000),
    "a GIF without a picture": lambda: gif(b"", frames=0),
    "a camera's preview with its directory far behind": lambda: tiff({254: (4, 1, 1)}, bytes(9000)),
    "a bitmap with a jump of 255 rows": lambda: bitmap(19_000_000, 1, b"\0\2\0\xff\0\1"),
    "a bitmap of many runs": lambda: bitmap(2_000, 2_000, b"\1a" * 4_000_000),
    "an icon of nothing": lambda: b"\0\0\1\0\1\0" + bytes(16),
    "an icon of many runs": lambda: icon(bitmap(2_000, 4_000, b"\1a" * 4_000_000)[14:]),
}


@pytest.mark.parametrize("name", REFUSED)
def test_costly_files_are_refused(imager: PillowImager, name: str, tmp_path: Path) -> None:
    data = REFUSED[name]()
    (tmp_path / "file").write_bytes(data)
    for source in (data, tmp_path / "file"):
        before = time.process_time()
        with pytest.raises(InvalidImage):
            imager.inspect(source, [SPEC])
        assert time.process_time() - before < SECONDS


CHEAP: dict[str, tuple[Callable[[], bytes], int]] = {
    "a GIF of a million frames": (lambda: gif(b"", frames=1_000_000), MAX_FRAMES),
    "a GIF of blocks of one byte": (
        lambda: gif(b",\0\0\0\0\1\0\1\0\0\2" + b"\1D" * 2_000_000 + b"\0"),
        1,
    ),
    "a TIFF of 100,000 pages": (lambda: pages(100_000), MAX_FRAMES),
    "a TIFF whose pages are a ring": (lambda: pages(3, ring=True), 3),
    "a PNG that claims four billion frames": (
        lambda: png_file(8, 8, before=chunk(b"acTL", b"\xff" * 4 + bytes(4)), data=bytes(16)),
        1,
    ),
    "a PNG's EXIF": (
        lambda: photos.encode(PLAIN, "PNG", exif=overlapping(8_000, 300_000)),
        1,
    ),
    "a WebP's EXIF": (
        lambda: photos.encode(PLAIN, "WEBP", exif=overlapping(8_000, 300_000)),
        1,
    ),
}


def pages(count: int, *, ring: bool = False) -> bytes:
    """A TIFF with a chain of directories."""
    one = tiff({}, b"")[8:-4]
    size = len(one) + 4
    links = [8 + size * (n + 1) for n in range(count - 1)] + [8 if ring else 0]
    return struct.pack("<2sHI", b"II", 42, 8) + b"".join(
        one + struct.pack("<I", at) for at in links
    )


@pytest.mark.parametrize("name", CHEAP)
def test_files_with_much_in_them_are_no_dearer_than_others(imager: PillowImager, name: str) -> None:
    make, frames = CHEAP[name]
    data = make()
    before = time.process_time()
    found = imager.inspect(data, [SPEC])
    assert time.process_time() - before < SECONDS
    assert found.pages == frames


def test_too_many_pixels_are_refused_by_the_header(imager: PillowImager) -> None:
    sized = {
        "png": png_file(5000, 5000),
        "gif": b"GIF89a" + struct.pack("<HHBBB", 5000, 5000, 0, 0, 0) + gif(b"")[19:],
        "bmp": struct.pack("<2sIHHI", b"BM", 54, 0, 0, 54)
        + struct.pack("<IiiHHIIiiII", 40, 5000, -5000, 1, 24, 0, 0, 0, 0, 0, 0),
        "tif": tiff({256: (3, 1, 5000), 257: (3, 1, 5000)}),
        "ico with a png": icon(png_file(5000, 5000)),
        "ico with a bitmap": icon(
            struct.pack("<IiiHHIIiiII", 40, 5000, 10_000, 1, 1, 0, 0, 0, 0, 0, 0)
        ),
        "jpg": photos.encode(Image.new("L", (5000, 5000)), "JPEG"),
        "webp": photos.encode(Image.new("RGB", (5000, 5000)), "WEBP", method=0),
    }
    for name, data in sized.items():
        before = time.process_time()
        with pytest.raises(BadRequest) as refusal:
            imager.inspect(data, [SPEC])
        assert refusal.value.message == (
            "Image pixel count is too large. Got 25000000. Maximum is 20000000."
        ), name
        assert time.process_time() - before < SECONDS


def test_the_limit_itself_is_allowed() -> None:
    imager = PillowImager(max_pixels=32 * 24)
    data = photos.encode(PLAIN, "PNG")
    assert imager.inspect(data).width == 32
    with pytest.raises(BadRequest, match="Got 768"):
        PillowImager(max_pixels=32 * 24 - 1).inspect(data)


def test_no_pixels_are_no_picture(imager: PillowImager) -> None:
    for data in (png_file(0, 8), png_file(8, 0), tiff({256: (3, 1, 0)}), bitmap(0, 0, b"\0\1")):
        with pytest.raises(InvalidImage):
            imager.inspect(data)


@pytest.mark.parametrize("words", [b"\xffxif\0", b"E\x96if\0", b"Exi\0\0", b"Exif\xff"])
def test_items_whose_kind_is_no_text_never_reach_the_decoder(words: bytes) -> None:
    """pi_heif 1.4 crashes the process on them."""
    data = (DATA / "turned.heic").read_bytes()
    isobmff.check(data)
    assert data.count(b"Exif\0") == 2  # the item's kind, and the block's own beginning
    with pytest.raises(InvalidImage):
        isobmff.check(data.replace(b"Exif\0", words, 1))


def test_items_and_boxes_that_do_not_fit_are_refused() -> None:
    data = (DATA / "tiny.heic").read_bytes()
    isobmff.check(data)
    at = data.index(b"iloc")
    # Its only item: where its only extent begins, and its length.
    assert data[at + 22 : at + 30] == bytes.fromhex("0000000000000020")
    longer = data[: at + 26] + struct.pack(">I", len(data) + 1) + data[at + 30 :]
    doubled = data.replace(b"pitm", b"iloc")
    no_meta = data.replace(b"meta", b"free")
    for damaged in (longer, doubled, no_meta, data[: at + 10], data.replace(b"infe", b"infx")):
        with pytest.raises((InvalidImage, struct.error, IndexError)):
            isobmff.check(damaged)


def test_what_decoders_would_read_differently_is_refused() -> None:
    for check, data in (
        (jpeg.check, second_frame_header()),
        (png.check, png_file(8, 8, before=chunk(b"IHDR", bytes(13)))),
    ):
        with pytest.raises(InvalidImage):
            check(data)
    file = io.BytesIO(photos.encode(PLAIN, "JPEG"))
    assert decode.decode(file, "jpg", (), 10_000, claimed=(32, 24)).width == 32
    with pytest.raises(InvalidImage):
        decode.decode(file, "jpg", (), 10_000, claimed=(32, 25))


def test_a_heic_that_lies_about_its_size_is_refused(imager: PillowImager) -> None:
    data = (DATA / "tiny.heic").read_bytes()
    at = data.index(b"ispe") + 8
    for size in ((7000, 2000), (10, 10)):
        with pytest.raises(InvalidImage):
            imager.inspect(data[:at] + struct.pack(">II", *size) + data[at + 8 :])


def test_remarks_on_odd_files_are_not_printed() -> None:
    data = photos.encode(PLAIN, "PNG", exif=b"II*\0\x08\0\0\0\1\0")
    claim = png_file(8, 8, before=chunk(b"acTL", b"\xff" * 4 + bytes(4)), data=bytes(16))
    with warnings.catch_warnings(record=True) as remarks:
        warnings.simplefilter("always")
        with Image.open(io.BytesIO(claim)):
            assert [remark.category for remark in remarks] == [UserWarning]
        imager = PillowImager(max_pixels=10_000)
        for file in (data, claim, overlapping(3, 10)):
            with contextlib.suppress(InvalidImage):
                imager.inspect(file, [SPEC])
        assert len(remarks) == 1


def test_threads_do_not_disturb_one_another(imager: PillowImager, whole: dict[str, bytes]) -> None:
    from concurrent.futures import ThreadPoolExecutor

    alone = {name: imager.inspect(data, [SPEC]).inputs[SPEC] for name, data in whole.items()}
    with ThreadPoolExecutor(4) as threads:
        for _ in range(5):
            together = threads.map(lambda data: imager.inspect(data, [SPEC]), whole.values())
            for name, found in zip(whole, together, strict=True):
                assert (found.inputs[SPEC] == alone[name]).all(), name
