"""Counters shared by the worker processes of one machine."""

from __future__ import annotations

import os
import time
from pathlib import Path

HOUR = 3600


class HourlyCounters:
    """Counts events of the running hour by name, exactly, over all processes.

    The count of a name is the length of a file that every event appends a byte to:
    appending is atomic between processes, survives a crash, and costs two system calls.

    Args:
        root: directory for the files; made if missing.
        limit: counting stops here, so that no file grows without bound.
    """

    def __init__(self, root: Path, limit: int) -> None:
        self._root = root
        self._limit = limit
        self._hour = 0
        self._files: dict[str, int] = {}
        self._full: set[str] = set()
        root.mkdir(parents=True, exist_ok=True)

    def count(self, name: str) -> int:
        """Count one event; the number in this hour, this one included."""
        hour = int(time.time()) // HOUR
        if hour != self._hour:
            self._turn(hour)
        descriptor = self._files.get(name)
        if descriptor is None:
            descriptor = self._files[name] = self._open(name)
        if name not in self._full:
            os.write(descriptor, b".")
        count = os.fstat(descriptor).st_size
        if count >= self._limit:
            self._full.add(name)
        return count

    def close(self) -> None:
        """Let go of the files."""
        for descriptor in self._files.values():
            os.close(descriptor)
        self._files.clear()

    def _open(self, name: str) -> int:
        # The name comes from a URL: only its hex goes into the file system.
        path = self._root / f"{self._hour}-{name.encode().hex()[:200]}"
        return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def _turn(self, hour: int) -> None:
        self.close()
        self._full.clear()
        self._hour = hour
        for path in self._root.iterdir():
            if not path.name.startswith(f"{hour}-"):
                path.unlink(missing_ok=True)
