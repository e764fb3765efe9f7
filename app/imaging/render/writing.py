"""Pictures as files: which frames, which quality, which metadata."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from PIL import Image

from app.domain.errors import BadRequest
from app.domain.formats import FORMATS, ImageFormat, normalise
from app.domain.rendering import Rendering
from app.domain.transformation import effect_names
from app.domain.transformation.steps import Colour, Output
from app.imaging.render import encoding, metadata, profiles, quality, tracing
from app.imaging.render.picture import Picture

#: Quality without ``q_``, on JPEG's scale: what ``q_auto`` finds for most photos.
DEFAULT_QUALITY = 80

#: What is nearly transparent is so in GIF, which knows no halves.
_OPAQUE = 128

_WHITE = Colour(255, 255, 255)


def write(
    picture: Picture, output: Output, extension: str, background: Colour = _WHITE
) -> Rendering:
    """Encode a picture.

    Animations stay animated where the format can hold them, and show their first frame where it
    cannot. Formats without transparency get the background. Metadata is dropped unless
    ``keep_iptc`` or ``keep_attribution`` is set; ``force_icc`` adds the profile of sRGB, which
    the pixels are in. With ``lossy`` a PNG without transparency becomes a JPEG. The colour space
    ``cmyk`` is that of inks, and ``keep_cmyk`` of a source that was in it where the format can
    hold it; every other is sRGB. SVGs are traced.

    Args:
        output: quality, flags and timing; its ``format`` is not looked at.
        extension: format to write.
        background: put behind what is transparent where the format cannot hold transparency.

    Raises:
        BadRequest: the format cannot be written, or not at this size or in this colour space.
    """
    entry = FORMATS.get(normalise(extension))
    if entry is None or not entry.written:
        raise BadRequest(f"Invalid extension in transformation: {extension}")
    cmyk = _in_inks(picture, output, entry)
    picture = _prepared(picture, entry, output.flags, background, cmyk=cmyk)
    if (
        entry.extension == "png"
        and "lossy" in output.flags
        and not picture.has_alpha
        and len(picture.frames) == 1
    ):
        entry = FORMATS["jpg"]
    width, height = picture.frames[0].size
    if max(width, height) > entry.side:
        raise BadRequest(
            f"{width}x{height} is too large for {entry.extension}, whose maximum is {entry.side}"
        )
    options = _options(picture.frames[0], output, entry, cmyk=cmyk)
    options |= metadata.options(metadata.kept(picture.metadata, output.flags), entry.extension)
    if cmyk:
        picture = picture.each(lambda frame: frame.convert("CMYK"))
    elif "force_icc" in output.flags and entry.extension in _WITH_PROFILE:
        options["icc_profile"] = profiles.srgb()
    data = _encode(picture, output, entry, options)
    pages = encoding.count(data, entry.extension) if len(picture.frames) > 1 else 1
    return Rendering(data, entry.extension, width, height, pages)


#: Formats that hold a colour profile.
_WITH_PROFILE = frozenset({"jpg", "png", "webp", "avif", "tif"})


def _in_inks(picture: Picture, output: Output, entry: ImageFormat) -> bool:
    """Whether the pixels are to be written as inks.

    Raises:
        BadRequest: they are, and the format cannot hold them.
    """
    if output.colour_space == "cmyk" and not entry.cmyk:
        raise BadRequest(f"Transformation not supported: cs_cmyk in {entry.extension}")
    kept = output.colour_space == "keep_cmyk" and picture.metadata.cmyk and entry.cmyk
    return kept or output.colour_space == "cmyk"


def _prepared(
    picture: Picture, entry: ImageFormat, flags: frozenset[str], background: Colour, *, cmyk: bool
) -> Picture:
    """The frames as the format can hold them."""
    if not entry.animated:
        picture = replace(picture, frames=picture.frames[:1])
    if picture.has_alpha and all(map(_covered, picture.frames)):
        picture = picture.each(lambda frame: frame.convert("RGB"))
    alpha = entry.alpha and not cmyk and not (entry.extension == "png" and "png24" in flags)
    if picture.has_alpha and not alpha:
        colour = (background.red, background.green, background.blue)
        picture = picture.each(lambda frame: encoding.flattened(frame, colour))
    if entry.extension == "ico" and max(picture.frames[0].size) > entry.side:
        icon = picture.frames[0].copy()
        icon.thumbnail((entry.side, entry.side))
        picture = replace(picture, frames=(icon,))
    return picture


def _covered(frame: Image.Image) -> bool:
    return frame.getchannel("A").getextrema() == (255, 255)


def _options(
    frame: Image.Image, output: Output, entry: ImageFormat, *, cmyk: bool
) -> dict[str, Any]:
    extension = entry.extension
    lossless = output.lossless and entry.lossless
    if output.auto and extension in quality.RANGES and not lossless:
        chosen = quality.choose(frame, extension, output.auto)
    else:
        chosen = encoding.native(extension, output.quality or DEFAULT_QUALITY, frame)
    return encoding.options(
        extension,
        chosen,
        chroma="444" if cmyk else output.chroma,  # inks have no luma to keep sharp
        lossless=lossless,
        progressive=_progressive(output.flags),
    )


def _progressive(flags: Iterable[str]) -> bool:
    """``progressive`` in any of its modes but ``none``; libjpeg has one of them."""
    modes = [flag.partition(":") for flag in flags]
    return any(name == "progressive" and mode != "none" for name, _, mode in modes)


def _encode(picture: Picture, output: Output, entry: ImageFormat, options: dict[str, Any]) -> bytes:
    frames = list(picture.frames)
    if entry.extension == "svg":
        return tracing.svg(frames[0], effect_names.values("vectorize", output.tracing))
    if entry.extension == "gif":
        frames, options = _as_gif(frames, output, options)
    elif entry.extension == "png":
        frames = _as_png(frames, output.flags)
    elif entry.extension == "ico":
        options = {**options, "sizes": [frames[0].size]}
    elif entry.extension == "pdf":
        # Without dates the same picture gives the same file.
        options = {**options, "creationDate": None, "modDate": None}
    if len(frames) == 1:
        return encoding.still(frames[0], entry.extension, options)
    durations = picture.durations or (0,) * len(frames)
    if output.delay is not None:
        durations = (output.delay,) * len(frames)
    # "e_loop" counts what comes after the first showing.
    loop = picture.loop if output.loop is None else output.loop and output.loop + 1
    return encoding.animation(frames, durations, loop, entry.extension, options)


def _as_png(frames: list[Image.Image], flags: frozenset[str]) -> list[Image.Image]:
    if "png32" in flags:
        return [frame.convert("RGBA") for frame in frames]
    lossy = "lossy" in flags and frames[0].mode == "RGBA"
    if ("png8" in flags or lossy) and len(frames) == 1:  # frames of an APNG share one palette
        return [_with_palette(frames[0], 256, dither=True)]
    return frames


def _as_gif(
    frames: list[Image.Image], output: Output, options: dict[str, Any]
) -> tuple[list[Image.Image], dict[str, Any]]:
    """Frames with palettes. Dithering is for stills: in animations it flickers.

    With ``lossy`` there are fewer colours and no dithering, which compresses better.
    """
    lossy = "lossy" in output.flags
    share = (output.quality or DEFAULT_QUALITY) if lossy else 100
    transparent = frames[0].mode == "RGBA"
    colours = max(8, (255 if transparent else 256) * share // 100)
    dither = len(frames) == 1 and not lossy
    made = []
    for frame in frames:
        indexed = _with_palette(frame.convert("RGB"), colours, dither=dither)
        if transparent:
            hidden = frame.getchannel("A").point([255] * _OPAQUE + [0] * (256 - _OPAQUE))
            indexed.paste(255, mask=hidden)
        made.append(indexed)
    if transparent:
        # Each frame is drawn on nothing, or what one hides would show the one before.
        options = {**options, "transparency": 255, "disposal": 2}
    return made, options


def _with_palette(image: Image.Image, colours: int, *, dither: bool) -> Image.Image:
    """At most ``colours`` colours: median cut, or an octree where some are transparent."""
    if image.mode == "RGBA":
        return image.quantize(colours, Image.Quantize.FASTOCTREE)
    indexed = image.quantize(colours, Image.Quantize.MEDIANCUT)
    if not dither:
        return indexed
    return image.quantize(palette=indexed, dither=Image.Dither.FLOYDSTEINBERG)
