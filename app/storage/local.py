"""Blobs as files: content-addressed, durable when kept."""

from __future__ import annotations

import contextlib
import hashlib
import os
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from app.domain.ports import BlobInfo

#: Up to this many bytes wait in memory; longer blobs go to a temporary file at once.
IN_MEMORY = 1024 * 1024

#: Seconds after which a temporary file belongs to nobody any more.
STALE = 24 * 3600


class LocalBlobStore:
    """A :class:`app.domain.ports.BlobStore` in a directory.

    ``blobs/ab/<sha256>`` holds the bytes, ``incoming/`` what is on its way. Both must be on one
    file system, so that a rename between them is atomic. The 256 directories are made at the
    start: making one during an upload would cost two more fsyncs.
    """

    def __init__(self, root: Path) -> None:
        self._blobs = root / "blobs"
        self._incoming = root / "incoming"
        if not (self._blobs / "ff").is_dir():
            self._incoming.mkdir(parents=True, exist_ok=True)
            for number in range(256):
                (self._blobs / f"{number:02x}").mkdir(parents=True, exist_ok=True)
            for directory in (self._blobs, root):
                _sync(directory)

    def create(self) -> LocalIncomingBlob:
        """Begin a new blob."""
        return LocalIncomingBlob(self)

    def open(self, key: str) -> BinaryIO:
        """Open a blob for reading."""
        return self.path(key).open("rb")

    def path(self, key: str) -> Path:
        """Where a blob lies."""
        return self._blobs / key[:2] / key

    def exists(self, key: str) -> bool:
        """Whether a blob is there."""
        return self.path(key).exists()

    def delete(self, key: str) -> None:
        """Remove a blob, durably."""
        path = self.path(key)
        with contextlib.suppress(FileNotFoundError):
            path.unlink()
            _sync(path.parent)

    def keys(self) -> Iterator[tuple[str, float]]:
        """Every blob with its modification time."""
        for path in sorted(self._blobs.glob("??/*")):
            with contextlib.suppress(FileNotFoundError):
                yield path.name, path.stat().st_mtime

    def sweep_incoming(self, older_than: float = STALE) -> int:
        """Remove temporary files that a crash left behind; how many."""
        swept = 0
        for path in self._incoming.iterdir():
            with contextlib.suppress(FileNotFoundError):
                if path.stat().st_mtime < time.time() - older_than:
                    path.unlink()
                    swept += 1
        return swept

    def check(self) -> None:
        """Raise ``OSError`` if nothing can be written."""
        probe = self.temporary()
        probe.write_bytes(b"")
        probe.unlink()

    def temporary(self) -> Path:
        """A new name under ``incoming/``."""
        return self._incoming / uuid.uuid4().hex

    def install(self, temporary: Path, key: str) -> None:
        """Move a synced temporary file to where its blob belongs, durably."""
        target = self.path(key)
        try:
            # A good blob is never replaced; its new date keeps sweepers away.
            os.utime(target)
            temporary.unlink()
        except FileNotFoundError:
            temporary.rename(target)
        _sync(target.parent)


class LocalIncomingBlob:
    """An :class:`app.domain.ports.IncomingBlob` in memory or in a temporary file."""

    def __init__(self, store: LocalBlobStore) -> None:
        self._store = store
        self._sha256 = hashlib.sha256()
        self._md5 = hashlib.md5(usedforsecurity=False)  # the etag of the wire format
        self._memory: bytearray | None = bytearray()
        self._path: Path | None = None
        self._file: BinaryIO | None = None
        self._size = 0
        self._kept = False

    @property
    def size(self) -> int:
        """Bytes written so far."""
        return self._size

    def write(self, data: bytes | memoryview) -> None:
        """Append bytes."""
        self._sha256.update(data)
        self._md5.update(data)
        self._size += len(data)
        if self._memory is None:
            assert self._file is not None  # noqa: S101 - spilled blobs have one
            _write_all(self._file, data)
            return
        self._memory += data
        if len(self._memory) > IN_MEMORY:
            self._spill()

    def source(self) -> bytes | Path:
        """All bytes so far, or the file that holds them."""
        if self._memory is not None:
            return bytes(self._memory)
        assert self._file is not None and self._path is not None  # noqa: S101 - spilled
        self._file.flush()
        return self._path

    def info(self) -> BlobInfo:
        """Digests of everything written so far."""
        return BlobInfo(self._sha256.hexdigest(), self._md5.hexdigest(), self._size)

    def keep(self) -> BlobInfo:
        """Make the bytes durable under their key."""
        info = self.info()
        if self._kept:
            return info
        try:
            if self._memory is not None:
                self._spill()
            assert self._file is not None and self._path is not None  # noqa: S101 - spilled
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            self._store.install(self._path, info.key)
        except BaseException:
            self.discard()
            raise
        self._kept = True
        return info

    def discard(self) -> None:
        """Forget the bytes, unless they were kept."""
        self._memory = None
        if self._kept or self._path is None:
            return
        with contextlib.suppress(OSError):
            if self._file is not None:
                self._file.close()
        with contextlib.suppress(OSError):
            self._path.unlink()

    def _spill(self) -> None:
        path = self._store.temporary()
        self._path = path
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        self._file = os.fdopen(descriptor, "wb", buffering=0)
        memory, self._memory = self._memory, None
        _write_all(self._file, memory or b"")


def _write_all(file: BinaryIO, data: bytes | bytearray | memoryview) -> None:
    """Unbuffered files may take less than they are given."""
    view = memoryview(data)
    while view:
        view = view[file.write(view) :]


def _sync(directory: Path) -> None:
    """Make a directory's entries durable."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
