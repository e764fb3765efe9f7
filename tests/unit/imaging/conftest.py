"""What the tests of pictures share."""

from __future__ import annotations

import pytest
from PIL import Image

from app.imaging.imager import PillowImager
from tests import photos


@pytest.fixture(scope="package")
def imager() -> PillowImager:
    return PillowImager(max_pixels=20_000_000)


@pytest.fixture(scope="package")
def photo() -> Image.Image:
    return photos.load("china.jpg", (320, 214))
