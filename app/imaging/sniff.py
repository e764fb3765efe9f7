"""What a file is, by its first bytes."""

from __future__ import annotations

import re
import zlib
from typing import TypeAlias

from app.domain.images import MediaKind
from app.imaging import isobmff, tiff

Sniffed: TypeAlias = tuple[MediaKind, str]

_OTHER: Sniffed = ("other", "")

#: Signatures at the very beginning.
_PREFIXES: tuple[tuple[bytes, Sniffed], ...] = (
    (b"\xff\xd8\xff", ("image", "jpg")),
    (b"\x89PNG\r\n\x1a\n", ("image", "png")),
    (b"GIF87a", ("image", "gif")),
    (b"GIF89a", ("image", "gif")),
    (b"fLaC", ("audio", "flac")),
    (b"MThd\0\0\0\x06", ("audio", "mid")),
    (b"caff\0\x01", ("audio", "caf")),
    (b"#!AMR", ("audio", "amr")),
    (b"FLV\x01", ("video", "flv")),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", ("video", "wmv")),
    (b"\0\0\x01\xba", ("video", "mpeg")),
    (b"\0\0\x01\xb3", ("video", "mpeg")),
    # SMPTE ST 377-1, 6.3: the key of a partition pack, up to what kind of partition it is.
    (b"\x06\x0e\x2b\x34\x02\x05\x01\x01\x0d\x01\x02\x01\x01", ("video", "mxf")),
)

#: Forms of RIFF and IFF files, at byte 8.
_FORMS: dict[tuple[bytes, bytes], Sniffed] = {
    (b"RIFF", b"WEBP"): ("image", "webp"),
    (b"RIFF", b"WAVE"): ("audio", "wav"),
    (b"RIFF", b"AVI "): ("video", "avi"),
    (b"RF64", b"WAVE"): ("audio", "wav"),
    (b"FORM", b"AIFF"): ("audio", "aiff"),
    (b"FORM", b"AIFC"): ("audio", "aiff"),
}

#: Sizes of the header behind a bitmap's file header, by version.
_BITMAP_HEADERS = (12, 16, 40, 52, 56, 64, 108, 124)

#: What may stand before the root of an XML document: declaration or instruction, comment,
#: doctype with an internal subset.
_PROLOGUE = re.compile(
    r"<\?.*?\?>|<!--.*?-->|<!doctype[^>\[]*(?:\[.*?\]\s*)?>", re.DOTALL | re.IGNORECASE
)
_SVG_ROOT = re.compile(r"<(?:[\w.-]+:)?svg[\s/>]")

#: Unicode byte order marks; XML is UTF-8 without one.
_BYTE_ORDER_MARKS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)

#: Decompressed bytes that are enough to recognise an SVG.
_SVG_HEAD = 8192

#: kbit/s of MPEG audio by index (ISO/IEC 11172-3, 2.4.2.3, and 13818-3): layer III and II of
#: MPEG-1, then either layer of MPEG-2.
_BITRATES = {
    (3, 1): (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (3, 2): (0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (2, 1): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_SAMPLE_RATES = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}


def sniff(head: bytes) -> Sniffed:
    """Kind and format of a file that begins with ``head``.

    TIFF is ``tif`` and JPEG ``jpg``, as their usual extensions; no source says which of
    ``tif`` and ``tiff`` the real service reports.
    """
    for prefix, sniffed in _PREFIXES:
        if head.startswith(prefix):
            return sniffed
    return (
        _FORMS.get((head[:4], head[8:12]))
        or _tiff(head)
        or isobmff.sniff(head)
        or _bmp(head)
        or _ico(head)
        or _container(head)
        or _stream(head)
        or _document(head)
        or _OTHER
    )


def _tiff(head: bytes) -> Sniffed | None:
    if head[:4] not in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        return None
    return _OTHER if tiff.camera_raw(head) else ("image", "tif")


def _bmp(head: bytes) -> Sniffed | None:
    # "BM" begins many texts: the size of the header that follows makes it a bitmap.
    if head[:2] == b"BM" and int.from_bytes(head[14:18], "little") in _BITMAP_HEADERS:
        return "image", "bmp"
    return None


def _ico(head: bytes) -> Sniffed | None:
    count = int.from_bytes(head[4:6], "little")
    if head[:4] == b"\0\0\x01\0" and 0 < count < 256 and len(head) >= 22 and head[9] == 0:
        return "image", "ico"
    return None


def _container(head: bytes) -> Sniffed | None:
    """Containers whose kind stands behind the signature."""
    if head.startswith(b"\x1aE\xdf\xa3"):
        return "video", "mkv" if b"matroska" in head[:64] else "webm"
    if head.startswith(b"OggS"):
        if b"theora" in head[:128]:
            return "video", "ogv"
        # RFC 7845, 9: files of Opus alone have an extension of their own.
        return "audio", "opus" if head[28:36] == b"OpusHead" else "ogg"
    # Version and flags of the tag tell it from a text that begins with its name.
    if head.startswith(b"ID3") and len(head) >= 10 and head[3] in (2, 3, 4) and not head[5] & 15:
        return "audio", "mp3"
    return None


def _stream(head: bytes) -> Sniffed | None:
    """MPEG streams have sync bytes instead of a signature."""
    # Bare packets, and those with a disc's or a camera's time stamps.
    for packet, first, name in ((188, 0, "ts"), (192, 4, "m2ts")):
        places = range(first, first + 3 * packet, packet)
        # Bits 0x30 say what is in the packet; none is not allowed (ISO/IEC 13818-1, 2.4.3.2).
        if len(head) > places[-1] + 3 and all(
            head[at] == 0x47 and head[at + 3] & 0x30 for at in places
        ):
            return "video", name
    if head[:1] != b"\xff" or len(head) < 7:
        return None
    # ADTS: sync word, layer 0; a sampling frequency that exists; a frame longer than its header.
    if head[1] & 0xF6 == 0xF0 and (head[2] >> 2 & 15) < 13:
        length = (head[3] & 3) << 11 | head[4] << 3 | head[5] >> 5
        return ("audio", "aac") if length > 7 and _again(head, length, 0xF6) else None
    length = _frame_length(head)
    return ("audio", "mp3") if length and _again(head, length, 0xFE) else None


def _again(head: bytes, length: int, mask: int) -> bool:
    """Whether the next frame, if the head reaches so far, begins as the first one."""
    if len(head) < length + 2:
        return True
    return head[length] == 0xFF and head[length + 1] & mask == head[1] & mask


def _frame_length(head: bytes) -> int:
    """Bytes of the MPEG audio frame that begins here (layers II and III), 0 if none does."""
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3
    bitrate, rate = head[2] >> 4, head[2] >> 2 & 3
    # Layer I (3) is not used, and the byte order mark of UTF-16 looks like it.
    if head[1] & 0xE0 != 0xE0 or version == 1 or layer not in (1, 2):
        return 0
    if bitrate in (0, 15) or rate == 3:
        return 0
    kilobits = _BITRATES[(3, layer) if version == 3 else (2, 1)][bitrate]
    samples = 1152 if version == 3 or layer == 2 else 576
    return samples // 8 * 1000 * kilobits // _SAMPLE_RATES[version][rate] + (head[2] >> 1 & 1)


def _document(head: bytes) -> Sniffed | None:
    """PDF and SVG, which may be compressed."""
    if head.startswith(b"\x1f\x8b"):
        try:
            head = zlib.decompressobj(31).decompress(head, _SVG_HEAD)
        except zlib.error:
            return None
        return ("svg", "svg") if _is_svg(head) else None
    if head.lstrip(b"\xef\xbb\xbf\t\n\r ").startswith(b"%PDF-"):
        return "pdf", "pdf"
    return ("svg", "svg") if _is_svg(head) else None


def _is_svg(head: bytes) -> bool:
    """Whether an XML document's root is an ``svg`` element; any other mention does not count."""
    encoding, skip = next(
        ((name, len(mark)) for mark, name in _BYTE_ORDER_MARKS if head.startswith(mark)),
        ("utf-8", 0),
    )
    text = head[skip:].decode(encoding, "replace").lstrip()
    while before := _PROLOGUE.match(text):
        text = text[before.end() :].lstrip()
    return _SVG_ROOT.match(text) is not None
