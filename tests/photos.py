"""Licensed photos from packages that the tests install, and small pictures made here.

The photos are CC BY 2.0 (scikit-learn's two), CC0 or in the public domain; the packages carry
their makers and licences.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import skimage
import sklearn  # type: ignore[import-untyped]  # has no stubs
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

#: Pictures of other kinds: gray, gray with two values, RGBA, several pages.
ODD = ("camera.png", "horse.png", "multipage.tif")


def path(name: str) -> Path:
    """Where a photo lies."""
    for folder in _FOLDERS:
        if (folder / name).is_file():
            return folder / name
    raise FileNotFoundError(name)


def read(name: str) -> bytes:
    """A photo's bytes."""
    return path(name).read_bytes()


def load(name: str, size: tuple[int, int] | None = None) -> Image.Image:
    """A photo decoded, RGB, perhaps resized."""
    with Image.open(path(name)) as image:
        photo = image.convert("RGB")
    photo.info.clear()  # or files made of it would carry its ICC profile
    return photo.resize(size) if size else photo


def encode(image: Image.Image, image_format: str, **options: object) -> bytes:
    """A picture as the bytes of a file."""
    buffer = io.BytesIO()
    image.save(buffer, image_format, **options)
    return buffer.getvalue()


def animate(frames: Sequence[Image.Image], image_format: str, **options: object) -> bytes:
    """Pictures as the bytes of an animation, or of a file of several pages."""
    return encode(frames[0], image_format, save_all=True, append_images=list(frames[1:]), **options)


def turned(image: Image.Image, orientation: int, image_format: str, **options: object) -> bytes:
    """A picture with an EXIF orientation."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    return encode(image, image_format, exif=exif, **options)


def tiny_png(color: tuple[int, int, int] = (200, 30, 30)) -> bytes:
    """The smallest useful picture."""
    return encode(Image.new("RGB", (4, 3), color), "PNG")
