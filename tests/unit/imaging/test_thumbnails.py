"""Small copies for pages."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from app.domain.errors import InvalidImage
from app.imaging.imager import PillowImager
from app.imaging.thumbnails import thumbnail
from tests import photos


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def test_a_thumbnail_keeps_proportions(imager: PillowImager) -> None:
    small = opened(thumbnail(imager, photos.path("china.jpg"), 240))
    assert small.format == "JPEG" and small.size == (240, 160) and small.mode == "RGB"
    assert opened(thumbnail(imager, photos.tiny_png(), 240)).size == (4, 3)


def test_a_thumbnail_is_upright_and_bare(imager: PillowImager, photo: Image.Image) -> None:
    # Orientation 6: the camera was turned; displayed, the picture stands.
    small = opened(thumbnail(imager, photos.turned(photo, 6, "JPEG"), 107))
    assert small.size == (round(107 * 214 / 320), 107)
    assert not small.getexif() and "icc_profile" not in small.info
    plain = photo.transpose(Image.Transpose.ROTATE_270).resize(small.size)
    one, two = (image.convert("L").resize((8, 8)).tobytes() for image in (small, plain))
    assert max(abs(a - b) for a, b in zip(one, two, strict=True)) < 12


def test_what_is_no_picture_has_no_thumbnail(imager: PillowImager, tmp_path: Path) -> None:
    with pytest.raises(InvalidImage):
        thumbnail(imager, b"no picture", 240)
    with pytest.raises(OSError, match="none"):
        thumbnail(imager, tmp_path / "none.jpg", 240)
