"""Pictures to upload: crops of licensed photos, all different, of a phone's usual shape."""

from __future__ import annotations

import io
import random
from collections.abc import Iterator

from PIL import Image, ImageOps

from tests import photos

SIZE = (1280, 853)


def make(count: int, seed: int = 1, size: tuple[int, int] = SIZE) -> list[bytes]:
    """``count`` different JPEGs of ``size`` pixels, the same ones for the same seed."""
    source = random.Random(seed)
    originals = [Image.open(photos.path(name)).convert("RGB") for name in photos.NAMES]
    pictures = []
    for number in range(count):
        original = originals[number % len(originals)]
        share = source.uniform(0.6, 0.95)
        width, height = int(original.width * share), int(original.height * share)
        left = source.randint(0, original.width - width)
        top = source.randint(0, original.height - height)
        crop = original.crop((left, top, left + width, top + height))
        if source.random() < 0.5:
            crop = ImageOps.mirror(crop)
        buffer = io.BytesIO()
        crop.resize(size, Image.Resampling.BICUBIC).save(buffer, "JPEG", quality=88)
        pictures.append(buffer.getvalue())
    return pictures


def distinct(pictures: list[bytes], seed: int) -> Iterator[bytes]:
    """The pictures again and again, every time with other bytes: a JPEG comment (FF FE)."""
    source = random.Random(seed)
    while True:
        for picture in pictures:
            note = source.randbytes(16)
            yield (
                picture[:2] + b"\xff\xfe" + (len(note) + 2).to_bytes(2, "big") + note + picture[2:]
            )
