"""Streamed archives, read by the standard library, by tar and by unzip."""

from __future__ import annotations

import gc
import io
import random
import shutil
import subprocess
import sys
import tarfile
import tracemalloc
import zipfile
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.domain.making.ports import ArchiveFormat
from app.storage.archives import StreamedArchives
from tests import photos

WHEN = datetime(2025, 6, 4, 10, 15, 20, tzinfo=UTC)

FILES: dict[str, bytes] = {
    "photo.jpg": photos.read("china.jpg"),
    "folder/words.txt": b"words, words, words\n" * 1000,
    "empty.bin": b"",
    "zażółć/gęślą 🦎.png": photos.tiny_png(),
    f"{'long' * 60}.txt": b"a name beyond the hundred bytes of old headers",
}


def chunks(format: ArchiveFormat, files: Iterable[tuple[str, bytes | Path]]) -> Iterator[bytes]:
    writer = StreamedArchives().begin(format)
    for name, content in files:
        yield from writer.add(name, content, WHEN)
    yield from writer.finish()


def archive(format: ArchiveFormat, files: dict[str, bytes]) -> io.BytesIO:
    return io.BytesIO(b"".join(chunks(format, files.items())))


def test_a_zip_holds_the_files() -> None:
    with zipfile.ZipFile(archive("zip", FILES)) as found:
        assert found.testzip() is None
        assert {name: found.read(name) for name in found.namelist()} == FILES
        assert found.namelist() == list(FILES)
        assert found.getinfo("photo.jpg").compress_type == zipfile.ZIP_STORED
        words = found.getinfo("folder/words.txt")
        assert words.compress_size < words.file_size / 10
        assert words.date_time == (2025, 6, 4, 10, 15, 20)
        assert words.external_attr >> 16 == 0o644


def test_a_tgz_holds_the_files() -> None:
    with tarfile.open(fileobj=archive("tgz", FILES), mode="r:gz") as found:
        members = {member.name: member for member in found.getmembers()}
        contents = {name: found.extractfile(member) for name, member in members.items()}
        assert {name: file.read() for name, file in contents.items() if file} == FILES
        assert {member.mtime for member in members.values()} == {WHEN.timestamp()}
        assert {(member.mode, member.isreg()) for member in members.values()} == {(0o644, True)}


@pytest.mark.parametrize("format", ["zip", "tgz"])
def test_the_same_files_give_the_same_archive(format: ArchiveFormat) -> None:
    assert archive(format, FILES).getvalue() == archive(format, FILES).getvalue()


@pytest.mark.parametrize("format", ["zip", "tgz"])
def test_an_archive_of_nothing_is_one(format: ArchiveFormat) -> None:
    content = archive(format, {})
    if format == "zip":
        with zipfile.ZipFile(content) as opened:
            assert opened.namelist() == []
    else:
        with tarfile.open(fileobj=content, mode="r:gz") as found:
            assert found.getnames() == []


@pytest.mark.parametrize(("format", "program"), [("zip", "unzip"), ("tgz", "tar")])
def test_other_programs_read_them(format: ArchiveFormat, program: str, tmp_path: Path) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed here")
    path = tmp_path / f"files.{format}"
    path.write_bytes(archive(format, FILES).getvalue())
    command = ["unzip", "-q", path] if program == "unzip" else ["tar", "xzf", path]
    subprocess.run(command, cwd=tmp_path, check=True, env={"LC_ALL": "C.UTF-8"})
    for name, content in FILES.items():
        assert (tmp_path / name).read_bytes() == content


@pytest.mark.parametrize("format", ["zip", "tgz"])
def test_two_thousand_files_take_little_memory(format: ArchiveFormat, tmp_path: Path) -> None:
    block = random.Random(1).randbytes(1 << 20)
    large = tmp_path / "large"
    with large.open("wb") as file:
        for _ in range(40):
            file.write(block)
    small = tmp_path / "small"
    small.write_bytes(block[:10_000])
    files = [(f"{number}.jpg", small) for number in range(2000)]
    total = 0
    largest = 0
    tracemalloc.start()
    for chunk in chunks(format, [*files, ("large.jpg", large)]):
        total += len(chunk)
        largest = max(largest, len(chunk))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert total > 40_000_000
    assert largest < 1_500_000
    assert peak < 8_000_000


def test_a_file_beyond_four_gigabytes_is_announced_as_such(tmp_path: Path) -> None:
    """Its header has to say so before its bytes are known to be as many."""
    sparse = tmp_path / "sparse"
    with sparse.open("wb") as file:
        file.truncate((1 << 32) + 1000)
    writer = StreamedArchives().begin("zip")
    head = next(writer.add("a.mp4", sparse, WHEN))
    version_needed = int.from_bytes(head[4:6], "little")
    extra = head[30 + 5 : 30 + 5 + 4]
    assert version_needed == 45
    assert extra == b"\x01\x00\x10\x00"


def test_more_files_than_old_zips_can_count() -> None:
    with zipfile.ZipFile(archive("zip", {f"{n}.txt": b"" for n in range(66_000)})) as found:
        assert len(found.namelist()) == 66_000


@pytest.mark.parametrize("format", ["zip", "tgz"])
def test_a_file_that_is_gone_breaks_it_off(format: ArchiveFormat, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        list(chunks(format, [("gone", tmp_path / "gone")]))


@pytest.mark.parametrize("format", ["zip", "tgz"])
def test_one_that_nobody_takes_any_more_goes_quietly(
    format: ArchiveFormat, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    raised: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", raised.append)
    large = tmp_path / "large"
    large.write_bytes(random.Random(2).randbytes(3_000_000))
    taken = chunks(format, [("a.jpg", large), ("b.jpg", large)])
    assert len(next(taken)) > 100_000
    del taken
    gc.collect()
    assert raised == []


@pytest.mark.parametrize("year", [1970, 1979, 2200])
def test_years_that_zips_do_not_know(year: int) -> None:
    writer = StreamedArchives().begin("zip")
    parts = [*writer.add("a", b"a", WHEN.replace(year=year)), *writer.finish()]
    with zipfile.ZipFile(io.BytesIO(b"".join(parts))) as found:
        assert found.read("a") == b"a"
        assert found.getinfo("a").date_time[0] == min(2107, max(1980, year))
