"""What a file is, by its first bytes."""

from __future__ import annotations

import re

from app.domain.images import MediaKind

Sniffed = tuple[MediaKind, str]

_OTHER: Sniffed = ("other", "")

#: Signatures at the very beginning.
_PREFIXES: tuple[tuple[bytes, Sniffed], ...] = (
    (b"\xff\xd8\xff", ("image", "jpg")),
    (b"\x89PNG\r\n\x1a\n", ("image", "png")),
    (b"GIF87a", ("image", "gif")),
    (b"GIF89a", ("image", "gif")),
    (b"II*\0", ("image", "tif")),
    (b"MM\0*", ("image", "tif")),
    (b"%PDF-", ("pdf", "pdf")),
    (b"ID3", ("audio", "mp3")),
    (b"fLaC", ("audio", "flac")),
    (b"OggS", ("audio", "ogg")),
    (b"MThd", ("audio", "mid")),
    (b"\x1aE\xdf\xa3", ("video", "webm")),
    (b"FLV\x01", ("video", "flv")),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", ("video", "wmv")),
    (b"\0\0\x01\xba", ("video", "mpeg")),
    (b"\0\0\x01\xb3", ("video", "mpeg")),
    (b"#!AMR", ("audio", "amr")),
)

#: Brands of ISO base media files (ISO/IEC 14496-12); any other brand is a video.
_BRANDS: dict[bytes, Sniffed] = {
    b"avif": ("image", "avif"),
    b"avis": ("image", "avif"),
    b"heic": ("image", "heic"),
    b"heix": ("image", "heic"),
    b"hevc": ("image", "heic"),
    b"heim": ("image", "heic"),
    b"heis": ("image", "heic"),
    b"mif1": ("image", "heic"),
    b"msf1": ("image", "heic"),
    b"M4A ": ("audio", "m4a"),
    b"M4B ": ("audio", "m4a"),
    b"M4P ": ("audio", "m4a"),
    b"qt  ": ("video", "mov"),
}

#: Still-image brands that say less than another brand beside them.
_VAGUE = (b"mif1", b"msf1")

#: An SVG document: byte order mark, declaration, comments and doctype may come first.
_SVG = re.compile(
    rb"\A(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*|<!DOCTYPE[^>\[]*(?:\[[^\]]*\])?[^>]*>\s*)*"
    rb"<(?:\w+:)?svg[\s>]",
    re.DOTALL | re.IGNORECASE,
)


def sniff(head: bytes) -> Sniffed:
    """Kind and format of a file that begins with ``head``."""
    for prefix, sniffed in _PREFIXES:
        if head.startswith(prefix):
            return sniffed
    return (
        _riff(head) or _iso(head) or _bmp(head) or _ico(head) or _mpeg(head) or _svg(head) or _OTHER
    )


def _riff(head: bytes) -> Sniffed | None:
    if head[:4] == b"RIFF":
        forms: dict[bytes, Sniffed] = {
            b"WEBP": ("image", "webp"),
            b"WAVE": ("audio", "wav"),
            b"AVI ": ("video", "avi"),
        }
        return forms.get(head[8:12])
    if head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"):
        return "audio", "aiff"
    return None


def _iso(head: bytes) -> Sniffed | None:
    if head[4:8] in (b"moov", b"mdat", b"wide", b"free") and len(head) > 16:
        return "video", "mov"
    if head[4:8] != b"ftyp":
        return None
    size = int.from_bytes(head[:4], "big")
    brands = [head[8:12], *(head[at : at + 4] for at in range(16, min(size, len(head), 256), 4))]
    telling = [brand for brand in brands if brand in _BRANDS and brand not in _VAGUE]
    for brand in (*telling, *brands):
        if brand in _BRANDS:
            return _BRANDS[brand]
    return "video", "mp4"


def _bmp(head: bytes) -> Sniffed | None:
    # "BM" begins many texts: the size of the header that follows makes it a bitmap.
    header_size = int.from_bytes(head[14:18], "little")
    if head[:2] == b"BM" and header_size in (12, 16, 40, 52, 56, 64, 108, 124):
        return "image", "bmp"
    return None


def _ico(head: bytes) -> Sniffed | None:
    count = int.from_bytes(head[4:6], "little")
    if head[:4] == b"\0\0\x01\0" and 0 < count < 256 and len(head) >= 22 and head[9] == 0:
        return "image", "ico"
    return None


def _mpeg(head: bytes) -> Sniffed | None:
    """MPEG audio frames and transport streams have sync bytes instead of a signature."""
    if len(head) > 188 * 2 and head[0] == head[188] == head[376] == 0x47:
        return "video", "ts"
    if len(head) >= 4 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0:
        version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3
        bitrate, rate = head[2] >> 4, head[2] >> 2 & 3
        if version != 1 and bitrate not in (0, 15) and rate != 3:
            if layer:
                return "audio", "mp3"
            return ("audio", "aac") if head[1] & 0x06 == 0 else None
    return None


def _svg(head: bytes) -> Sniffed | None:
    return ("svg", "svg") if _SVG.match(head) else None
