"""Archives that are written while they are sent: zip, and tar with gzip.

What is ready is handed out in chunks; neither the archive nor a whole file is ever in memory.
"""

from __future__ import annotations

import contextlib
import gzip
import io
import tarfile
import zipfile
from collections.abc import Generator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from app.domain.making.ports import ArchiveFormat, ArchiveWriter

#: Bytes that are read at a time, and that are collected before they are handed out.
_BLOCK = 256 * 1024

#: zlib's fastest: what archives hold is compressed already for the most part.
_LEVEL = 1

#: Extensions of files that do not get smaller. Others are deflated in zips.
_COMPRESSED = frozenset(
    "jpg jpeg png gif webp avif heic heif jp2 jxl mp4 m4v mov webm mkv avi flv mp3 m4a aac ogg "
    "opus flac zip gz tgz bz2 xz 7z rar zst docx xlsx pptx odt epub pdf woff woff2".split()
)

#: Tapes are written in records of 20 blocks of 512 bytes (POSIX ustar).
_TAR_BLOCK, _TAR_RECORD = 512, 20 * 512


class StreamedArchives:
    """An :class:`app.domain.making.ports.Archiver` of the standard library."""

    def begin(self, format: ArchiveFormat) -> ArchiveWriter:
        """A new archive."""
        return _ZipWriter() if format == "zip" else _TarWriter()


class _Sink:
    """Where an archive is written to; it cannot be sought in, so headers are never rewritten."""

    def __init__(self) -> None:
        self._ready = bytearray()

    def write(self, data: bytes) -> int:
        """Append bytes."""
        self._ready += data
        return len(data)

    def flush(self) -> None:
        """Everything is there already."""

    def close(self) -> None:
        """What is there stays until it is taken."""

    def take(self, least: int = 1) -> Iterator[bytes]:
        """What was written since, if it is so many bytes."""
        if len(self._ready) >= least:
            ready, self._ready = bytes(self._ready), bytearray()
            yield ready


class _ZipWriter:
    """A zip whose sizes and checksums follow the files they belong to.

    Names are UTF-8; files beyond 4 GiB, and archives beyond that or beyond 65,535 files, are
    written with the Zip64 extensions (APPNOTE.TXT 4.3.9, 4.4.4, 4.5.3).
    """

    def __init__(self) -> None:
        self._sink = _Sink()
        self._zip = zipfile.ZipFile(self._sink, "w", allowZip64=True)

    def add(
        self, name: str, content: bytes | Path, modified: datetime
    ) -> Generator[bytes, None, None]:
        """Add a file."""
        # The format's years begin with 1980 and end with 2107.
        moment = modified.astimezone(UTC).timetuple()[:6]
        info = zipfile.ZipInfo(name, (min(2107, max(1980, moment[0])), *moment[1:]))
        info.external_attr = 0o644 << 16
        stored = name.rpartition(".")[2].lower() in _COMPRESSED
        info.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
        with _opened(content) as (file, size):
            info.file_size = size  # tells whether its header needs Zip64
            with self._zip.open(info, "w") as entry:
                while block := file.read(_BLOCK):
                    entry.write(block)
                    yield from self._sink.take(_BLOCK)
        yield from self._sink.take(_BLOCK)

    def finish(self) -> Generator[bytes, None, None]:
        """The rest of the archive."""
        self._zip.close()
        yield from self._sink.take()


class _TarWriter:
    """A gzip-compressed tar in pax format, which knows long names, UTF-8 and large files."""

    def __init__(self) -> None:
        self._sink = _Sink()
        # Without a name and a date of its own the same files give the same archive.
        self._gzip = gzip.GzipFile("", "wb", _LEVEL, self._sink, mtime=0)
        self._written = 0

    def add(
        self, name: str, content: bytes | Path, modified: datetime
    ) -> Generator[bytes, None, None]:
        """Add a file."""
        with _opened(content) as (file, size):
            info = tarfile.TarInfo(name)
            info.size, info.mode, info.mtime = size, 0o644, int(modified.timestamp())
            self._write(info.tobuf(tarfile.PAX_FORMAT))
            while block := file.read(_BLOCK):
                self._write(block)
                yield from self._sink.take(_BLOCK)
        self._pad(_TAR_BLOCK)
        yield from self._sink.take(_BLOCK)

    def finish(self) -> Generator[bytes, None, None]:
        """The rest of the archive."""
        self._write(b"\0" * 2 * _TAR_BLOCK)
        self._pad(_TAR_RECORD)
        self._gzip.close()
        yield from self._sink.take()

    def _write(self, data: bytes) -> None:
        self._gzip.write(data)
        self._written += len(data)

    def _pad(self, unit: int) -> None:
        self._write(b"\0" * (-self._written % unit))


@contextlib.contextmanager
def _opened(content: bytes | Path) -> Iterator[tuple[BinaryIO, int]]:
    """A file to read, and its size."""
    if isinstance(content, bytes):
        yield io.BytesIO(content), len(content)
        return
    with content.open("rb") as file:
        yield file, content.stat().st_size
