"""Blobs as files: content-addressed, durable when kept."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import threading
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

#: Names of blobs; whatever else lies between them is not ours to judge.
_KEY = re.compile(r"[0-9a-f]{64}")


class LocalBlobStore:
    """A :class:`app.domain.ports.BlobStore` in a directory.

    ``blobs/ab/<sha256>`` holds the bytes, ``incoming/`` what is on its way. Both must be on one
    file system, so that a rename between them is atomic. The 256 directories are made at the
    start: making one during an upload would cost two more fsyncs.

    Raises:
        OSError: the directories cannot be made.
    """

    def __init__(self, root: Path) -> None:
        self._blobs = root / "blobs"
        self._incoming = root / "incoming"
        for directory in (self._incoming, *(self._blobs / f"{n:02x}" for n in range(256))):
            directory.mkdir(parents=True, exist_ok=True)
        # Also when all were there: whoever made them may not have come to this.
        for directory in (self._blobs, root):
            _sync(directory)
        with contextlib.suppress(OSError):  # may be somebody else's, and not readable
            _sync(root.absolute().parent)

    def create(self) -> LocalIncomingBlob:
        """Begin a new blob."""
        return LocalIncomingBlob(self)

    def open(self, key: str) -> BinaryIO:
        """Open a blob for reading. Raises ``FileNotFoundError`` if it is not there."""
        return self.path(key).open("rb")

    def path(self, key: str) -> Path:
        """Where a blob lies."""
        return self._blobs / key[:2] / key

    def exists(self, key: str) -> bool:
        """Whether a blob is there."""
        return self.path(key).exists()

    def delete(self, key: str) -> None:
        """Remove a blob, durably; a missing one is no error."""
        path = self.path(key)
        with contextlib.suppress(FileNotFoundError):
            path.unlink()
            _sync(path.parent)

    def keys(self) -> Iterator[tuple[str, float]]:
        """Every blob with its modification time (Unix seconds), by key."""
        for directory in sorted(self._blobs.iterdir()):
            # One directory at a time in memory; a blob may go while we look.
            for name in sorted(filter(_KEY.fullmatch, os.listdir(directory))):  # noqa: PTH208 - names are enough
                with contextlib.suppress(FileNotFoundError):
                    yield name, self.path(name).stat().st_mtime

    def sweep_incoming(self, older_than: float = STALE) -> int:
        """Remove temporary files that a crash left behind; how many.

        Args:
            older_than: seconds since the last write after which a file is nobody's.
        """
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
        try:
            probe.write_bytes(b"")
        finally:
            probe.unlink(missing_ok=True)

    def temporary(self) -> Path:
        """A new name under ``incoming/``."""
        return self._incoming / uuid.uuid4().hex

    def refresh(self, info: BlobInfo) -> bool:
        """Whether a blob is there already; if so, durably and with a new date.

        The date keeps sweepers away until whoever found it has committed a reference to it. One
        of another size is not the blob: a damaged disk left it, and it may be written over.
        """
        target = self.path(info.key)
        try:
            os.utime(target)
            if target.stat().st_size != info.size:
                return False
        except FileNotFoundError:
            return False
        _sync(target.parent)  # whoever put it there may not have come to this yet
        return True

    def install(self, temporary: Path, key: str) -> None:
        """Move a synced temporary file to where its blob belongs, durably.

        When two do this at once, the second replaces equal bytes by equal bytes.
        """
        target = self.path(key)
        temporary.rename(target)
        _sync(target.parent)


class LocalIncomingBlob:
    """An :class:`app.domain.ports.IncomingBlob` in memory or in a temporary file.

    A write or a keeping that fails discards it: a full disk is not filled with remains.
    """

    def __init__(self, store: LocalBlobStore) -> None:
        self._store = store
        self._sha256 = hashlib.sha256()
        self._md5 = hashlib.md5(usedforsecurity=False)  # the etag of the wire format
        self._size = 0
        # Where the bytes are: in memory, in a file, in the store; or nowhere any more.
        self._memory: bytearray | None = bytearray()
        self._file: tuple[Path, BinaryIO] | None = None
        self._kept: BlobInfo | None = None
        self._keeping = threading.Lock()

    @property
    def size(self) -> int:
        """Bytes written so far."""
        return self._size

    def write(self, data: bytes | memoryview) -> None:
        """Append bytes.

        Raises:
            OSError: they cannot be stored; the blob is discarded then.
            ValueError: it was kept or discarded before.
        """
        try:
            if self._memory is not None and self._size + len(data) <= IN_MEMORY:
                self._memory += data
            else:
                _write_all(self._spilled()[1], data)
        except OSError:
            self.discard()
            raise
        self._sha256.update(data)
        self._md5.update(data)
        self._size += len(data)

    def source(self) -> bytes | Path:
        """All bytes so far, or the file that holds them.

        Raises:
            ValueError: it was discarded.
        """
        if self._kept is not None:
            return self._store.path(self._kept.key)
        if self._memory is not None:
            return bytes(self._memory)
        return self._spilled()[0]

    def info(self) -> BlobInfo:
        """Digests of everything written so far."""
        return BlobInfo(self._sha256.hexdigest(), self._md5.hexdigest(), self._size)

    def keep(self) -> BlobInfo:
        """Make the bytes durable under their key.

        Raises:
            OSError: they cannot be stored; the blob is discarded then.
            ValueError: it was discarded before.
        """
        if self._kept is not None:
            return self._kept
        with self._keeping:
            try:
                info = self._keep()
            finally:
                self._drop()
            self._kept = info
        return info

    def discard(self) -> None:
        """Forget the bytes, unless they were kept; never raises."""
        # A cancelled upload comes here while a thread is keeping the bytes: that thread cleans
        # up after itself, and must not find its file closed or gone.
        if self._keeping.acquire(blocking=False):
            try:
                self._drop()
            finally:
                self._keeping.release()

    def _keep(self) -> BlobInfo:
        if self._memory is None and self._file is None:
            raise ValueError("the blob was discarded")
        info = self.info()
        if not self._store.refresh(info):
            path, file = self._spilled()
            os.fsync(file.fileno())
            file.close()
            self._store.install(path, info.key)
            self._file = None
        return info

    def _drop(self) -> None:
        self._memory = None
        if self._file is None:
            return
        (path, file), self._file = self._file, None
        with contextlib.suppress(OSError):
            file.close()
        with contextlib.suppress(OSError):
            path.unlink()

    def _spilled(self) -> tuple[Path, BinaryIO]:
        """The temporary file; bytes that wait in memory move there first."""
        if self._memory is not None:
            path = self._store.temporary()
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
            # Unbuffered: what was written can be read by its name at once.
            self._file = path, os.fdopen(descriptor, "wb", buffering=0)
            memory, self._memory = self._memory, None
            _write_all(self._file[1], memory)
        if self._file is None:
            raise ValueError("the blob was kept or discarded")
        return self._file


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
