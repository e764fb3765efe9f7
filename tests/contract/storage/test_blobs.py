"""What every blob store must do."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from app.domain.ports import BlobInfo, BlobStore

MEGABYTE = 1024 * 1024
SIZES = (0, 1, MEGABYTE, MEGABYTE + 1, 3 * MEGABYTE + 17)


def content(size: int) -> bytes:
    return (b"0123456789abcdef" * (size // 16 + 1))[:size]


def keep(store: BlobStore, data: bytes, piece: int = 60_000) -> BlobInfo:
    blob = store.create()
    for start in range(0, len(data), piece):
        blob.write(data[start : start + piece])
    return blob.keep()


def keys(store: BlobStore) -> list[str]:
    return list(dict(store.keys()))


@pytest.mark.parametrize("size", SIZES)
def test_bytes_come_back(store: BlobStore, size: int) -> None:
    data = content(size)
    info = keep(store, data)
    assert info == BlobInfo(
        hashlib.sha256(data).hexdigest(), hashlib.md5(data).hexdigest(), len(data)
    )
    with store.open(info.key) as file:
        assert file.read() == data
    assert store.path(info.key).read_bytes() == data and store.exists(info.key)
    assert keys(store) == [info.key]


def test_pieces_of_any_size_and_kind_make_the_same_blob(store: BlobStore) -> None:
    data = content(MEGABYTE + 4321)
    expected = keep(store, data)
    for piece in (977, MEGABYTE - 1, MEGABYTE, MEGABYTE + 1, 2 * MEGABYTE):
        assert keep(store, data, piece) == expected
    blob = store.create()
    blob.write(memoryview(data)[:5])
    blob.write(b"")
    blob.write(memoryview(data)[5:])
    assert blob.info() == blob.keep() == expected
    with store.open(expected.key) as file:
        assert file.read() == data


@pytest.mark.parametrize("size", SIZES)
def test_the_source_can_be_read_before_and_after_it_is_kept(store: BlobStore, size: int) -> None:
    blob = store.create()
    blob.write(content(size))
    for _ in range(2):
        source = blob.source()
        assert (source.read_bytes() if isinstance(source, Path) else source) == content(size)
        assert (blob.size, blob.info().size) == (size, size)
        blob.keep()


@pytest.mark.parametrize("size", SIZES)
def test_nothing_is_seen_before_it_is_kept(store: BlobStore, size: int) -> None:
    blob = store.create()
    blob.write(content(size))
    assert keys(store) == [] and not store.exists(blob.info().key)
    blob.discard()
    blob.discard()
    assert keys(store) == []


@pytest.mark.parametrize("size", [1, MEGABYTE + 1])
def test_a_discarded_blob_is_gone(store: BlobStore, size: int) -> None:
    blob = store.create()
    blob.write(content(size))
    blob.discard()
    for use in (blob.keep, blob.source, lambda: blob.write(b"x")):
        with pytest.raises(ValueError, match="discarded"):
            use()
    assert keys(store) == []


def test_discarding_after_keeping_changes_nothing(store: BlobStore) -> None:
    blob = store.create()
    blob.write(b"x")
    info = blob.keep()
    blob.discard()
    assert blob.keep() == info and store.exists(info.key)
    with pytest.raises(ValueError, match="kept"):
        blob.write(b"y")


def test_blobs_are_independent(store: BlobStore) -> None:
    one, two = store.create(), store.create()
    one.write(b"a" * MEGABYTE)
    two.write(b"b")
    one.write(b"a")
    two.discard()
    info = one.keep()
    assert keys(store) == [info.key] and info.size == MEGABYTE + 1


def test_deleting(store: BlobStore) -> None:
    key, other = keep(store, b"x").key, keep(store, b"y").key
    store.delete(key)
    store.delete(key)
    assert not store.exists(key) and keys(store) == [other]
    with pytest.raises(FileNotFoundError):
        store.open(key)
    assert keep(store, b"x").key == key and store.exists(key)


def test_keys_are_complete_and_dated(open_store: Callable[[], BlobStore]) -> None:
    store = open_store()
    before = time.time() - 5
    kept = {keep(store, b"%d" % number).key for number in range(300)}
    found = dict(open_store().keys())
    assert found.keys() == kept
    assert all(before < modified < time.time() + 5 for modified in found.values())


def test_many_keep_the_same_at_once(open_store: Callable[[], BlobStore]) -> None:
    data = [content(MEGABYTE + 5), b"small"]
    failures: list[BaseException] = []

    def one() -> None:
        try:
            store = open_store()
            for number in range(8):
                keep(store, data[number % 2])
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=one) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    store = open_store()
    assert {store.path(key).read_bytes() for key in keys(store)} == set(data)
