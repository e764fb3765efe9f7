"""Colours are those of sRGB, whatever profile a file has."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
from PIL import Image, ImageCms

from app.imaging.render import profiles
from tests import photos

#: Chromaticities of Display P3 (SMPTE EG 432-1) adapted to D50, as Apple's profile has them.
P3 = ((0.51512, 0.2412, -0.00105), (0.29198, 0.69225, 0.04189), (0.15710, 0.06657, 0.78407))
D50 = (0.9642, 1.0, 0.8249)


def matrix_profile(primaries: tuple[tuple[float, ...], ...], gamma: float = 2.2) -> bytes:
    """A matrix profile of version 2 (ICC.1:2001-04), written by hand."""

    def xyz(values: tuple[float, ...]) -> bytes:
        return b"XYZ " + bytes(4) + struct.pack(">3i", *(round(v * 65536) for v in values))

    curve = b"curv" + bytes(4) + struct.pack(">IH", 1, round(gamma * 256)) + bytes(2)
    name = b"not standard\0"
    text = b"desc" + bytes(4) + struct.pack(">I", len(name)) + name + bytes(78)
    tags = [(b"desc", text), (b"wtpt", xyz(D50))]
    tags += [(key, xyz(it)) for key, it in zip((b"rXYZ", b"gXYZ", b"bXYZ"), primaries, strict=True)]
    tags += [(key, curve) for key in (b"rTRC", b"gTRC", b"bTRC")]
    return _profile(b"mntr", b"RGB ", b"XYZ ", tags)


def cmyk_profile() -> bytes:
    """A printer's profile by a table of two steps an ink: cyan ink is gray, the others black."""
    identity = bytes(range(256))
    table = b"mft1" + bytes(4) + bytes((4, 3, 2, 0))
    table += struct.pack(">9i", *(65536 * (n in (0, 4, 8)) for n in range(9)))
    table += identity * 4
    for corner in range(16):  # the first ink changes slowest
        light = 255 if corner == 0 else 128 if corner == 8 else 0
        table += bytes((light, 128, 128))
    table += identity * 3
    white = b"XYZ " + bytes(4) + struct.pack(">3i", *(round(v * 65536) for v in D50))
    return _profile(b"prtr", b"CMYK", b"Lab ", [(b"wtpt", white), (b"A2B0", table)])


def _profile(kind: bytes, space: bytes, between: bytes, tags: list[tuple[bytes, bytes]]) -> bytes:
    at = 128 + 4 + 12 * len(tags)
    table, body = struct.pack(">I", len(tags)), b""
    for key, data in tags:
        table += key + struct.pack(">II", at + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    size = at + len(body)
    head = struct.pack(">I4sI4s4s4s", size, b"none", 0x02400000, kind, space, between)
    head += bytes(12) + b"acsp"
    head += bytes(68 - len(head)) + struct.pack(">3i", *(round(v * 65536) for v in D50))
    return head.ljust(128, b"\0") + table + body


def expected_srgb(p3: tuple[int, int, int], gamma: float = 2.2) -> np.ndarray:
    """The same conversion on paper: to XYZ by the matrix, to linear sRGB (D50), its curve."""
    linear = (np.array(p3) / 255) ** gamma
    xyz = np.array(P3).T @ linear
    to_srgb = np.array(
        [
            [3.1338561, -1.6168667, -0.4906146],
            [-0.9787684, 1.9161415, 0.0334540],
            [0.0719453, -0.2289914, 1.4052427],
        ]
    )
    rgb = np.clip(to_srgb @ xyz, 0, 1)
    curved = np.where(rgb <= 0.0031308, 12.92 * rgb, 1.055 * rgb ** (1 / 2.4) - 0.055)
    return curved * 255


@pytest.mark.parametrize("colour", [(200, 100, 50), (90, 160, 90), (60, 70, 180), (128, 128, 128)])
def test_display_p3_becomes_srgb(colour: tuple[int, int, int]) -> None:
    image = Image.new("RGB", (4, 4), colour)
    converted = profiles.convert(image, matrix_profile(P3))
    assert converted is not None
    assert converted.mode == "RGB"
    assert np.allclose(np.asarray(converted)[0, 0], expected_srgb(colour), atol=2)


def test_alpha_stays_as_it_is() -> None:
    image = Image.new("RGBA", (4, 4), (200, 100, 50, 77))
    converted = profiles.convert(image, matrix_profile(P3))
    assert converted is not None
    red, green, blue, alpha = np.asarray(converted)[0, 0]
    assert alpha == 77
    assert np.allclose((red, green, blue), expected_srgb((200, 100, 50)), atol=2)


def test_the_profile_of_srgb_changes_nothing() -> None:
    image = photos.load("china.jpg", (32, 32))
    assert profiles.convert(image, profiles.srgb()) is None
    made_elsewhere = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert profiles.convert(image, made_elsewhere) is None


def test_srgb_is_told_by_its_colours_not_by_its_name() -> None:
    named = matrix_profile(P3).replace(b"not standard", b"sRGB IEC6196")
    assert profiles.convert(Image.new("RGB", (2, 2), (200, 100, 50)), named) is not None


def test_our_own_profile_is_the_same_at_all_times() -> None:
    first = profiles.srgb()
    profiles.srgb.cache_clear()
    assert profiles.srgb() == first
    assert ImageCms.ImageCmsProfile(io.BytesIO(first)).profile.xcolor_space == "RGB "


@pytest.mark.parametrize(
    "profile", [b"", b"nonsense", matrix_profile(P3)[:200], bytes(1 << 12)], ids=len
)
def test_a_damaged_profile_is_ignored(profile: bytes) -> None:
    assert profiles.convert(Image.new("RGB", (2, 2)), profile) is None


@pytest.mark.parametrize("mode", ["L", "CMYK", "LAB"])
def test_a_profile_for_other_pixels_is_ignored(mode: str) -> None:
    assert profiles.convert(Image.new(mode, (2, 2)), matrix_profile(P3)) is None


def test_lab_without_a_profile() -> None:
    # L* 100, a* and b* 0 is white; in memory a* and b* are 128 higher.
    white = profiles.from_lab(Image.new("LAB", (2, 2), (255, 128, 128)))
    assert min(np.asarray(white)[0, 0]) >= 253
