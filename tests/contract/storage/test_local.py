"""What holds for blobs on the local disk beside the contract."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.storage.local import IN_MEMORY, LocalBlobStore
from tests.contract.storage.test_blobs import content, keep, keys

ROOT = Path(__file__).parents[3]


@pytest.fixture
def store(tmp_path: Path) -> LocalBlobStore:
    return LocalBlobStore(tmp_path)


def files(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if path.is_file()]


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """Writing past ``size`` bytes fails as it does on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_small_blobs_wait_in_memory_and_large_ones_in_a_file(
    store: LocalBlobStore, tmp_path: Path
) -> None:
    blob = store.create()
    blob.write(content(IN_MEMORY))
    assert isinstance(blob.source(), bytes) and files(tmp_path) == []
    blob.write(b"x")
    assert files(tmp_path) == [blob.source()]
    blob.discard()
    assert files(tmp_path) == []


def test_keeping_leaves_one_file_that_only_the_service_reads(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        store = LocalBlobStore(tmp_path)
        keys = [keep(store, content(size)).key for size in (3, IN_MEMORY + 3)]
    finally:
        os.umask(before)
    assert sorted(files(tmp_path)) == sorted(store.path(key) for key in keys)
    assert all(store.path(key).stat().st_mode & 0o777 == 0o600 for key in keys)


@pytest.mark.parametrize("size", [4, IN_MEMORY + 1])
def test_keeping_again_refreshes_the_date_and_writes_nothing_new(
    store: LocalBlobStore, tmp_path: Path, size: int
) -> None:
    key = keep(store, content(size)).key
    inode = store.path(key).stat().st_ino
    os.utime(store.path(key), (1, 1))
    keep(store, content(size))
    assert store.path(key).stat().st_ino == inode
    assert dict(store.keys())[key] > time.time() - 60
    assert files(tmp_path) == [store.path(key)]


def test_a_blob_that_a_damaged_disk_cut_short_is_replaced(store: LocalBlobStore) -> None:
    key = keep(store, b"all of it").key
    store.path(key).write_bytes(b"all")
    keep(store, b"all of it")
    assert store.path(key).read_bytes() == b"all of it"


def test_a_full_disk_while_writing_leaves_nothing(store: LocalBlobStore, tmp_path: Path) -> None:
    blob = store.create()
    blob.write(content(IN_MEMORY + 5))
    with largest_file(2 * IN_MEMORY):
        with pytest.raises(OSError, match="too large"):
            blob.write(content(IN_MEMORY))
        assert files(tmp_path) == []
        with pytest.raises(ValueError, match="discarded"):
            blob.keep()  # not all of its bytes are there: it must not become a blob
    assert files(tmp_path) == []


@pytest.mark.parametrize("size", [5, IN_MEMORY])
def test_a_full_disk_while_keeping_leaves_nothing(
    store: LocalBlobStore, tmp_path: Path, size: int
) -> None:
    blob = store.create()
    blob.write(content(size))
    with largest_file(size - 1), pytest.raises(OSError, match="too large"):
        blob.keep()
    assert files(tmp_path) == []


def test_a_failing_rename_leaves_nothing(store: LocalBlobStore, tmp_path: Path) -> None:
    for size in (5, IN_MEMORY + 5):
        blob = store.create()
        blob.write(content(size))
        store.path(blob.info().key).parent.rmdir()
        with pytest.raises(FileNotFoundError):
            blob.keep()
        assert files(tmp_path) == []


def test_directories_that_are_missing_are_made_at_the_next_start(tmp_path: Path) -> None:
    store = LocalBlobStore(tmp_path)
    key = keep(store, b"x").key
    store.delete(key)
    store.path(key).parent.rmdir()
    assert keep(LocalBlobStore(tmp_path), b"x").key == key


def test_discarding_does_not_disturb_a_keeping_under_way(tmp_path: Path) -> None:
    """A client that goes away discards its upload while a thread is keeping it."""
    reached, go_on = threading.Event(), threading.Event()

    class Slow(LocalBlobStore):
        def install(self, temporary: Path, key: str) -> None:
            reached.set()
            assert go_on.wait(10)
            super().install(temporary, key)

    store = Slow(tmp_path)
    blob = store.create()
    blob.write(content(IN_MEMORY + 5))
    thread = threading.Thread(target=blob.keep)
    thread.start()
    assert reached.wait(10)
    blob.discard()
    go_on.set()
    thread.join()
    assert files(tmp_path) == [store.path(blob.info().key)]


def test_processes_keep_the_same_at_once(tmp_path: Path) -> None:
    program = (
        "import sys\n"
        "from pathlib import Path\n"
        "from app.storage.local import LocalBlobStore\n"
        "store = LocalBlobStore(Path(sys.argv[1]))\n"
        "sys.stdin.read(1)\n"
        "for number in range(60):\n"
        "    blob = store.create()\n"
        "    blob.write(b'%d' % (number % 20) * (200_000 * (number % 3 * 4 + 1)))\n"
        "    blob.keep()\n"
    )
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(tmp_path)], cwd=ROOT, stdin=subprocess.PIPE
        )
        for _ in range(3)
    ]
    for worker in workers:
        assert worker.stdin
        worker.stdin.close()
    assert [worker.wait(60) for worker in workers] == [0, 0, 0]
    expected = {b"%d" % (n % 20) * (200_000 * (n % 3 * 4 + 1)) for n in range(60)}
    assert {path.read_bytes() for path in files(tmp_path)} == expected
    assert len(files(tmp_path)) == len(expected)


def test_only_blobs_are_listed(store: LocalBlobStore) -> None:
    key = keep(store, b"x").key
    for name in ("lost+found", f".nfs{key}", f"{key}.bak", key.upper()):
        (store.path(key).parent / name).write_bytes(b"not a blob")
    assert keys(store) == [key]


def test_stale_temporary_files_are_swept(store: LocalBlobStore) -> None:
    old, new = store.temporary(), store.temporary()
    for path in (old, new):
        path.write_bytes(b"x")
    os.utime(old, (time.time() - 100, time.time() - 100))
    assert store.sweep_incoming() == 0
    assert store.sweep_incoming(older_than=50) == 1
    assert not old.exists() and new.exists()


def test_checking_leaves_nothing_and_fails_where_nothing_can_be_written(
    store: LocalBlobStore, tmp_path: Path
) -> None:
    store.check()
    assert files(tmp_path) == []
    (tmp_path / "incoming").rmdir()
    with pytest.raises(OSError):
        store.check()
