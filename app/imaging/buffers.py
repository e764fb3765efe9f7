"""Looking at files in place, be they in memory or on disk."""

from __future__ import annotations

import io
import mmap
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, TypeAlias

#: Bytes that can be looked at without copying all of them.
Buffer: TypeAlias = bytes | mmap.mmap

#: Files up to so many bytes are read at once: mapping one and reading it bit by bit costs more.
_READ_AT_ONCE = 4 * 1024 * 1024

#: Frames and pages beyond this are not counted.
MAX_FRAMES = 10_000


@contextmanager
def viewed(source: bytes | Path) -> Iterator[tuple[Buffer, BinaryIO]]:
    """The same bytes twice: to look at in place, and as a file to decode from.

    Raises:
        OSError: the file cannot be opened.
    """
    if isinstance(source, bytes):
        yield source, io.BytesIO(source)
        return
    with source.open("rb") as file:
        if os.fstat(file.fileno()).st_size < _READ_AT_ONCE:
            data = file.read()
            yield data, io.BytesIO(data)
            return
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
            yield mapped, file
