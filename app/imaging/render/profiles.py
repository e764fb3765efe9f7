"""Colour profiles: pixels of any colour space as sRGB (ICC.1:2010, by LittleCMS).

The intent is relative colorimetric with black point compensation: colours that sRGB has stay
what they are, and shadows keep their detail. For the matrix profiles of displays and cameras
this is what browsers show; for CMYK it is what image editors take by default.
"""

from __future__ import annotations

import io
from functools import lru_cache

import numpy as np
from PIL import Image, ImageCms

#: Colour spaces of profiles (ICC.1:2010, 7.2.6) to the modes of pictures that they describe.
_MODES = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK", "LAB": "LAB"}

#: Bytes beyond which an embedded profile is not looked at; printing profiles have up to 3 MB.
_MAX_BYTES = 1 << 23

#: Levels that a colour may differ and still count as the same: what rounding does.
_SAME = 2

#: Where a profile states when it was made (ICC.1:2010, 7.2.8).
_CREATED = slice(24, 36)


def convert(image: Image.Image, profile: bytes) -> Image.Image | None:
    """Pixels converted to sRGB.

    Args:
        image: ``RGB``, ``RGBA``, ``L``, ``CMYK`` or ``LAB``.
        profile: ICC profile of its pixels.

    Returns:
        ``RGB``, or ``RGBA`` for ``RGBA``; ``None`` where nothing is to be done: the profile is
        that of sRGB, is damaged, or belongs to pixels of another kind.
    """
    if not profile or len(profile) > _MAX_BYTES:
        return None
    transform = _transform(profile, image.mode)
    return None if transform is None else transform.apply(image)


def from_lab(image: Image.Image) -> Image.Image:
    """``LAB`` without a profile as sRGB."""
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
    return _build(lab, "LAB", "RGB").apply(image)


@lru_cache(maxsize=1)
def srgb() -> bytes:
    """The profile of sRGB, the same bytes at all times."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    profile[_CREATED] = bytes(12)
    return bytes(profile)


@lru_cache(maxsize=16)
def _transform(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    """How to convert, kept because the pictures of one camera have one profile."""
    target = "RGBA" if mode == "RGBA" else "RGB"
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        space = source.profile.xcolor_space.strip().upper()
        if _MODES.get(space) != (mode if mode != "RGBA" else "RGB"):
            return None
        transform = _build(source, mode, target)
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None
    return None if space in ("RGB", "GRAY") and _changes_nothing(transform, mode) else transform


def _build(
    source: ImageCms.ImageCmsProfile, mode: str, target_mode: str
) -> ImageCms.ImageCmsTransform:
    return ImageCms.buildTransform(
        source,
        ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")),
        mode,
        target_mode,
        renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
        flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )


def _changes_nothing(transform: ImageCms.ImageCmsTransform, mode: str) -> bool:
    """Whether a cube of colours stays as it is: names of profiles tell less than this."""
    levels = np.linspace(0, 255, 8).round().astype(np.uint8)
    if mode == "L":
        colours = np.arange(256, dtype=np.uint8)[np.newaxis]
    else:
        cube = np.meshgrid(*[levels] * 3, indexing="ij")
        colours = np.stack(cube, axis=-1).reshape(1, -1, 3)
    image = Image.fromarray(colours).convert(mode)
    after = np.asarray(transform.apply(image).convert("RGB"), dtype=np.int16)
    before = np.asarray(image.convert("RGB"), dtype=np.int16)
    return int(np.abs(after - before).max()) <= _SAME
