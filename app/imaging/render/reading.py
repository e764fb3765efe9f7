"""Sources as pictures: decoded, upright, sRGB."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import BinaryIO

from PIL import Image, ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile

from app.domain.errors import BadRequest, InvalidImage
from app.domain.faces import Box
from app.domain.formats import ANIMATED
from app.domain.rendering import RenderLimits, Source
from app.imaging import bitmaps, decode, gif, pdf, tiff
from app.imaging.buffers import Buffer, viewed
from app.imaging.render import metadata, profiles
from app.imaging.render.picture import Area, Picture

#: Bytes that a decoder is given at a time. Between two blocks a thread has to wait for the
#: interpreter lock: with Pillow's 64 kB four times in a photo.
_BLOCK = 1024 * 1024

#: Pictures that stand by themselves once they are decoded, whatever becomes of their file.
_KEPT = (JpegImageFile, PngImageFile, WebPImageFile)

#: Formats whose decoders turn their pictures themselves.
_TURNED = ("tif", "heic")


def read(
    source: Source,
    limits: RenderLimits,
    *,
    page: int | None = None,
    needed: tuple[int, int] | None = None,
    animated: bool = True,
    upright: bool = True,
) -> Picture:
    """Decode a source.

    Of an animation that is cut short, or has a damaged frame, the frames before it are taken, as
    browsers do; the first one has to be whole.

    Args:
        source: its structure was checked when it was stored.
        page: frame or page that is wanted alone, counted from 1.
        needed: width and height that suffice, of the upright picture: JPEGs are decoded at the
            smallest of the scales 1, ½, ¼, ⅛ that is at least as large.
        animated: whether all frames of an animation are wanted.
        upright: whether an EXIF orientation is applied; TIFF and HEIC are always turned. A
            picture that is left turned has no regions, since they are known of the upright one.

    Raises:
        InvalidImage: it is damaged or cut short.
        BadRequest: it has too many pixels or frames, or no such page; nothing has been decoded.
        OSError: its file cannot be opened.
    """
    if source.format == "pdf":
        return _placed(_page(source, limits, page or 1, needed), source, 1, upright=upright)
    if source.format not in decode.OPENERS:
        raise InvalidImage
    with viewed(source.data) as (data, file):
        image = _open(source.format, data, file, limits)
        full = image.size
        wanted = _frames(source.format, image, data, page, animated)
        _check_animation(image, len(wanted), limits)
        if needed and isinstance(image, JpegImageFile):
            _draft(image, needed)
        frames, durations = _decode(image, wanted, limits)
        # Some formats state these behind their pixels.
        turn = 1 if source.format in _TURNED else tiff.orientation(_exif(image))
        with decode.refusing():
            loop = _loop(image) if durations else 0
            blocks = metadata.collect(image)
    for frame in frames:
        frame.info.clear()  # or files that are made of it would carry what this one says
    picture = Picture(tuple(frames), tuple(durations), loop, metadata=blocks)
    if isinstance(image, JpegImageFile) and image.size != full:
        picture = replace(picture, nominal=full)
    return _placed(picture, source, turn, upright=upright)


def _page(
    source: Source, limits: RenderLimits, page: int, needed: tuple[int, int] | None
) -> Picture:
    """A page of a PDF, which stands for its size at 72 dots per inch.

    It is drawn as large as it is needed, so that letters stay sharp.
    """
    scale = 1.0
    if needed:
        scale = max(needed[0] / source.width, needed[1] / source.height, 0.1)
    dpi = pdf.POINTS_PER_INCH * scale
    drawn = pdf.render_page(source.data, page, dpi=dpi, max_pixels=limits.pixels_in)
    picture = Picture((drawn,), (), 0)
    if scale == 1.0:
        return picture
    nominal = (max(1, round(drawn.width / scale)), max(1, round(drawn.height / scale)))
    return replace(picture, nominal=nominal)


def _open(name: str, data: Buffer, file: BinaryIO, limits: RenderLimits) -> ImageFile.ImageFile:
    with decode.refusing():
        if name == "ico":
            # Pillow decodes the largest picture of an icon while it opens the file.
            bitmaps.check_icon(data, limits.pixels_in)
        image = Image.open(file, formats=[decode.OPENERS[name]])
    image.decodermaxblock = _BLOCK
    _check_pixels(image, limits)
    return image


def _check_pixels(image: Image.Image, limits: RenderLimits) -> None:
    pixels = image.width * image.height
    if not pixels:
        raise InvalidImage
    if pixels > limits.pixels_in:
        raise bitmaps.too_many_pixels(pixels, limits.pixels_in)


def _check_animation(image: Image.Image, count: int, limits: RenderLimits) -> None:
    pixels = image.width * image.height * count
    for got, most, what in (
        (count, limits.frames, "frame"),
        (pixels if count > 1 else 0, limits.frame_pixels, "pixel"),
    ):
        if got > most:
            raise BadRequest(f"Animation {what} count is too large. Got {got}. Maximum is {most}.")


def _frames(name: str, image: Image.Image, data: Buffer, page: int | None, animated: bool) -> range:
    """Which of the file's pictures are wanted.

    Raises:
        BadRequest: there is no such page.
    """
    if page is None and not (animated and name in ANIMATED):
        return range(1)
    with decode.refusing():
        match name:
            case "gif":
                count = gif.check(data)  # Pillow counts them without an end
            case "tif":
                count = tiff.check(data)
            case "jpg" | "ico":
                count = 1
            case _:
                count = int(getattr(image, "n_frames", 1))
    # An APNG may begin with a picture for those who show no animations.
    first = int(count > 1 and bool(getattr(image, "default_image", False)))
    if page is None:
        return range(first, count)
    if not 1 <= page <= count - first:
        raise BadRequest(f"Invalid page number {page}. The image has {count - first}.")
    return range(first + page - 1, first + page)


def _draft(image: JpegImageFile, needed: tuple[int, int]) -> None:
    """Have the decoder reduce the picture as far as it stays large enough.

    The last column and row of a reduced picture may stand for less than a whole pixel. Where
    the picture is turned they would be the first ones, which nobody reckons with.
    """
    turn = tiff.orientation(_exif(image))
    if turn in decode.SWAPPED:
        needed = needed[::-1]
    width, height = image.size
    for scale in (8, 4, 2):
        if turn in decode.TRANSPOSE and (width % scale or height % scale):
            continue
        # The decoder rounds up; Pillow, which chooses by what it is asked for, rounds down.
        if -(-width // scale) >= needed[0] and -(-height // scale) >= needed[1]:
            image.draft("RGB", (max(1, width // scale), max(1, height // scale)))
            return


def _decode(
    image: ImageFile.ImageFile, wanted: range, limits: RenderLimits
) -> tuple[list[Image.Image], list[int]]:
    """The pictures as RGB or RGBA, and how long each is shown; for one picture no durations."""
    profile = _profile(image)
    frames: list[Image.Image] = []
    durations: list[int] = []
    for index in wanted:
        try:
            with decode.refusing():
                if index:
                    image.seek(index)
                    _check_pixels(image, limits)
                image.load()
                frames.append(_normalised(image, profile, still=len(wanted) == 1))
        except InvalidImage:
            if not frames:
                raise
            break
        durations.append(round(image.info.get("duration") or 0))
    if any(frame.mode == "RGBA" for frame in frames):
        frames = [frame if frame.mode == "RGBA" else frame.convert("RGBA") for frame in frames]
    return frames, durations if len(frames) > 1 else []


def _normalised(image: Image.Image, profile: bytes, *, still: bool) -> Image.Image:
    """A decoded picture in its own memory as sRGB, ``RGB`` or ``RGBA``.

    Args:
        still: whether nothing else will be decoded from its file.
    """
    if image.mode.startswith("I") or image.mode == "F":
        image = decode.from_deep(image)
    elif image.mode in ("P", "PA", "LA", "La", "RGBa") or "transparency" in image.info:
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    elif image.mode == "1":
        image = image.convert("L")
    elif image.mode in ("YCbCr", "HSV", "RGBX"):
        image = image.convert("RGB")
    converted = profiles.convert(image, profile)
    if converted is not None:
        return converted
    if image.mode == "LAB":
        return profiles.from_lab(image)
    if image.mode not in ("RGB", "RGBA"):
        return image.convert("RGB")
    # Decoders of animations draw the next frame over this one; where there is none, a copy would
    # only be as much memory again.
    return image if still and type(image) in _KEPT else image.copy()


def _loop(image: Image.Image) -> int:
    """How often an animation is shown, 0 for ever.

    GIFs count repetitions, and are shown once where they do not count, as browsers have it; the
    others count how often they are shown.
    """
    stated = image.info.get("loop")
    if image.format == "GIF":
        return 1 if stated is None else stated and int(stated) + 1
    return int(stated or 0)


def _profile(image: Image.Image) -> bytes:
    profile = image.info.get("icc_profile")
    return profile if isinstance(profile, bytes) else b""


def _exif(image: Image.Image) -> bytes:
    exif = image.info.get("exif")
    return exif if isinstance(exif, bytes) else b""


def _placed(picture: Picture, source: Source, turn: int, *, upright: bool) -> Picture:
    """Turned, and with what is known of the upright picture."""
    if turn in decode.TRANSPOSE:
        if not upright:
            return picture
        how = decode.TRANSPOSE[turn]
        picture = picture.each(lambda frame: frame.transpose(how))
        if picture.nominal and turn in decode.SWAPPED:
            picture = replace(picture, nominal=picture.nominal[::-1])
    return replace(picture, faces=_areas(source.faces), custom=_areas(source.custom))


def _areas(boxes: Iterable[Box]) -> tuple[Area, ...]:
    return tuple((left, top, left + width, top + height) for left, top, width, height in boxes)
