"""What every blob store must do."""

from __future__ import annotations

import hashlib
import os
import threading
import time
from pathlib import Path

import pytest

from app.domain.ports import BlobInfo
from app.storage.local import IN_MEMORY, LocalBlobStore

SIZES = (0, 1, IN_MEMORY, IN_MEMORY + 1, 3 * IN_MEMORY + 17)


@pytest.fixture
def store(tmp_path: Path) -> LocalBlobStore:
    return LocalBlobStore(tmp_path)


def files(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if path.is_file()]


def content(size: int) -> bytes:
    return (b"0123456789abcdef" * (size // 16 + 1))[:size]


def keep(store: LocalBlobStore, data: bytes) -> BlobInfo:
    blob = store.create()
    for start in range(0, len(data), 60_000):
        blob.write(data[start : start + 60_000])
    return blob.keep()


@pytest.mark.parametrize("size", SIZES)
def test_bytes_come_back(store: LocalBlobStore, size: int) -> None:
    data = content(size)
    info = keep(store, data)
    assert info == BlobInfo(
        hashlib.sha256(data).hexdigest(), hashlib.md5(data).hexdigest(), len(data)
    )
    with store.open(info.key) as file:
        assert file.read() == data
    assert store.path(info.key).read_bytes() == data and store.exists(info.key)
    assert [name for name, _ in list(store.keys())] == [info.key]


@pytest.mark.parametrize("size", SIZES)
def test_the_source_can_be_read_before_it_is_kept(store: LocalBlobStore, size: int) -> None:
    blob = store.create()
    blob.write(content(size))
    source = blob.source()
    assert (source.read_bytes() if isinstance(source, Path) else source) == content(size)
    assert (isinstance(source, Path), blob.size) == (size > IN_MEMORY, size)
    blob.discard()


@pytest.mark.parametrize("size", SIZES)
def test_discarded_bytes_leave_nothing(tmp_path: Path, size: int) -> None:
    blob = LocalBlobStore(tmp_path).create()
    blob.write(content(size))
    blob.discard()
    blob.discard()
    assert files(tmp_path) == []


def test_discarding_after_keeping_changes_nothing(store: LocalBlobStore) -> None:
    blob = store.create()
    blob.write(b"x")
    info = blob.keep()
    blob.discard()
    assert blob.keep() == info and store.exists(info.key)


def test_keeping_again_refreshes_the_date_and_writes_nothing_new(
    store: LocalBlobStore, tmp_path: Path
) -> None:
    key = keep(store, b"same").key
    inode = store.path(key).stat().st_ino
    os.utime(store.path(key), (1, 1))
    keep(store, b"same")
    assert store.path(key).stat().st_ino == inode
    assert dict(store.keys())[key] > time.time() - 60
    assert len(files(tmp_path)) == 1


def test_deleting(store: LocalBlobStore) -> None:
    key = keep(store, b"x").key
    store.delete(key)
    store.delete(key)
    assert not store.exists(key) and list(store.keys()) == []
    with pytest.raises(FileNotFoundError):
        store.open(key)
    assert keep(store, b"x").key == key


def test_many_keep_the_same_at_once(tmp_path: Path) -> None:
    data = content(IN_MEMORY + 5)
    failures: list[BaseException] = []

    def one() -> None:
        try:
            for _ in range(5):
                keep(LocalBlobStore(tmp_path), data)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=one) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    (only,) = files(tmp_path)
    assert only.read_bytes() == data


def test_a_failure_while_keeping_leaves_nothing(tmp_path: Path) -> None:
    store = LocalBlobStore(tmp_path)
    blob = store.create()
    blob.write(content(IN_MEMORY + 5))
    (tmp_path / "blobs" / blob.info().key[:2]).rmdir()
    with pytest.raises(OSError):
        blob.keep()
    assert list((tmp_path / "incoming").iterdir()) == []


def test_stale_temporary_files_are_swept(tmp_path: Path) -> None:
    store = LocalBlobStore(tmp_path)
    old, new = store.temporary(), store.temporary()
    for path in (old, new):
        path.write_bytes(b"x")
    os.utime(old, (1, 1))
    assert store.sweep_incoming() == 1
    assert not old.exists() and new.exists()


def test_files_belong_to_the_service_alone(store: LocalBlobStore) -> None:
    key = keep(store, b"x").key
    assert store.path(key).stat().st_mode & 0o077 == 0
