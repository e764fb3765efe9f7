"""Licensed photos from packages that the tests install, and small pictures made here."""

from __future__ import annotations

import io
from pathlib import Path

import skimage
import sklearn
from PIL import Image

_FOLDERS = (
    Path(sklearn.__file__).parent / "datasets" / "images",
    Path(skimage.__file__).parent / "data",
)

#: Photos with a plain licence (CC BY 2.0, CC0, public domain).
NAMES = (
    "china.jpg",
    "flower.jpg",
    "chelsea.png",
    "coffee.png",
    "astronaut.png",
    "rocket.jpg",
)


def path(name: str) -> Path:
    """Where a photo lies."""
    for folder in _FOLDERS:
        if (folder / name).is_file():
            return folder / name
    raise FileNotFoundError(name)


def encode(image: Image.Image, image_format: str, **options: object) -> bytes:
    """A picture as the bytes of a file."""
    buffer = io.BytesIO()
    image.save(buffer, image_format, **options)
    return buffer.getvalue()


def tiny_png(color: tuple[int, int, int] = (200, 30, 30)) -> bytes:
    """The smallest useful picture."""
    return encode(Image.new("RGB", (4, 3), color), "PNG")
