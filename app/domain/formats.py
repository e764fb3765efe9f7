"""Formats of images: what they are called, who shows them, and what they can hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class ImageFormat:
    """A format of images.

    Attributes:
        extension: its name everywhere in the service.
        content_type: media type of its files.
        aliases: extensions that mean the same.
        written: whether pictures can be rendered to it.
        shown: whether every browser shows it, whatever its Accept header says.
        alpha: whether it holds transparency.
        animated: whether it holds several frames that are shown one after another.
        lossless: whether it has a lossless form beside a lossy one.
        cmyk: whether it holds pixels of printing inks.
        side: largest width and height in pixels that a file can have.
    """

    extension: str
    content_type: str
    aliases: tuple[str, ...] = ()
    written: bool = True
    shown: bool = False
    alpha: bool = False
    animated: bool = False
    lossless: bool = False
    cmyk: bool = False
    side: int = 65535


#: Every format that the service knows, by its extension. Sides: libjpeg's JPEG_MAX_DIMENSION,
#: WEBP_MAX_DIMENSION, 16 bits of GIF's and ICO's headers (a byte, where 0 means 256), AV1's
#: frame header; PNG, BMP and TIFF count with 31 or 32 bits. JPEG 2000 is measured by a JPEG.
FORMATS: Mapping[str, ImageFormat] = MappingProxyType(
    {
        entry.extension: entry
        for entry in (
            ImageFormat("jpg", "image/jpeg", ("jpeg", "jpe"), shown=True, cmyk=True, side=65500),
            ImageFormat(
                "png", "image/png", shown=True, alpha=True, animated=True, side=(1 << 31) - 1
            ),
            ImageFormat("gif", "image/gif", shown=True, alpha=True, animated=True),
            ImageFormat("webp", "image/webp", alpha=True, animated=True, lossless=True, side=16383),
            ImageFormat("avif", "image/avif", alpha=True, animated=True, lossless=True, side=65536),
            ImageFormat("bmp", "image/bmp", side=(1 << 31) - 1),
            ImageFormat("tif", "image/tiff", ("tiff",), alpha=True, cmyk=True, side=(1 << 31) - 1),
            ImageFormat("ico", "image/x-icon", alpha=True, side=256),
            ImageFormat("heic", "image/heic", ("heif",), written=False, alpha=True),
            ImageFormat("jp2", "image/jp2", alpha=True, lossless=True, side=65500),
            ImageFormat("pdf", "application/pdf", cmyk=True),
            ImageFormat("svg", "image/svg+xml", alpha=True),
        )
    }
)

#: What else an extension may be called, to its name here.
ALIASES: Mapping[str, str] = MappingProxyType(
    {alias: entry.extension for entry in FORMATS.values() for alias in entry.aliases}
)

#: Media types of films and sounds (IANA's register, else the usual ones), by their formats' names.
MEDIA: Mapping[str, str] = MappingProxyType(
    {
        "mp4": "video/mp4",
        "m4v": "video/x-m4v",
        "mov": "video/quicktime",
        "3gp": "video/3gpp",
        "3g2": "video/3gpp2",
        "webm": "video/webm",
        "mkv": "video/x-matroska",
        "ogv": "video/ogg",
        "avi": "video/x-msvideo",
        "flv": "video/x-flv",
        "wmv": "video/x-ms-wmv",
        "mpeg": "video/mpeg",
        "mpg": "video/mpeg",
        "ts": "video/mp2t",
        "m2ts": "video/mp2t",
        "mxf": "application/mxf",
        "m4a": "audio/mp4",
        "mp3": "audio/mpeg",
        "aac": "audio/aac",
        "ogg": "audio/ogg",
        "opus": "audio/ogg",
        "flac": "audio/flac",
        "wav": "audio/wav",
        "aiff": "audio/aiff",
        "amr": "audio/amr",
        "caf": "audio/x-caf",
        "mid": "audio/midi",
    }
)

#: Formats that hold animations.
ANIMATED = frozenset(name for name, entry in FORMATS.items() if entry.written and entry.animated)

#: Formats that clients are offered by their Accept header, the smallest files first.
_OFFERED = ("avif", "webp")

#: Largest width × height that ``f_auto`` makes an AVIF of. The encoder takes 22 bytes a pixel
#: (measured; WebP's takes 6), and whoever shows AVIF shows WebP.
MAX_AUTOMATIC_AVIF = 8_000_000


def normalise(extension: str) -> str:
    """The name of the format that an extension means; lower case, unknown ones as they are."""
    name = extension.lower()
    return ALIASES.get(name, name)


def is_written(name: str) -> bool:
    """Whether pictures can be rendered to a format."""
    entry = FORMATS.get(name)
    return entry is not None and entry.written


def content_type(extension: str) -> str:
    """The media type of a format, empty for one that is not known."""
    name = normalise(extension)
    entry = FORMATS.get(name)
    return entry.content_type if entry else MEDIA.get(name, "")


def negotiate(accept: str) -> str:
    """The format that a client is best served with, by its Accept header.

    Only what it names counts (``image/avif``, ``image/webp``): clients that say no more than
    ``image/*`` or ``*/*`` may show neither. A weight of 0 is a refusal (RFC 9110, 12.4.2);
    where both have the same weight AVIF goes first, because its files are smaller.

    Returns:
        ``avif``, ``webp`` or, for clients that take neither, nothing.
    """
    weights = dict(_weights(accept))
    offered = [(weights.get(FORMATS[name].content_type, 0.0), name) for name in _OFFERED]
    weight, name = max(offered, key=lambda pair: pair[0])
    return name if weight > 0 else ""


def _weights(accept: str) -> Iterator[tuple[str, float]]:
    """Media ranges with their weights; one that is not a number counts as a refusal."""
    for part in accept.lower().split(","):
        media, *parameters = (piece.strip() for piece in part.split(";"))
        weight = 1.0
        for name, _, value in (parameter.partition("=") for parameter in parameters):
            if name.strip() == "q":
                try:
                    weight = float(value)
                except ValueError:
                    weight = 0.0
        yield media, weight


def automatic(
    source: str,
    negotiated: str,
    *,
    size: tuple[int, int] = (1, 1),
    alpha: bool = False,
    animated: bool = False,
    preserve_transparency: bool = False,
) -> str:
    """What ``f_auto`` stands for.

    Args:
        source: format of the original.
        negotiated: what the client takes, see :func:`negotiate`.
        size: width and height of the result in pixels.
        alpha: whether the result has an alpha channel.
        animated: whether the result has several frames.
        preserve_transparency: of ``fl_preserve_transparency``: alpha is delivered as PNG.

    Returns:
        The negotiated format if it can hold the size, WebP in place of a very large AVIF; else
        the original's if every browser shows it and it holds what the result has; else GIF for
        animations, PNG for alpha, JPEG.
    """
    if alpha and preserve_transparency and not animated:
        return "png"
    if negotiated == "avif" and size[0] * size[1] > MAX_AUTOMATIC_AVIF:
        negotiated = "webp"
    if negotiated and max(size) <= FORMATS[negotiated].side:
        return negotiated
    entry = FORMATS.get(source)
    if (
        entry
        and entry.shown
        and max(size) <= entry.side
        and (entry.alpha or not alpha)
        and (entry.animated or not animated)
    ):
        return source
    if animated:
        return "gif"
    return "png" if alpha else "jpg"
