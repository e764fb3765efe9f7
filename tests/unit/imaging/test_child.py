"""Programs in processes of their own: what they are given, and where their limits are."""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path

import pytest

from app.imaging import child

PLENTY = child.Limits(seconds=30, memory=1 << 30, output=1 << 20)


def python(code: str, source: bytes | Path = b"", limits: child.Limits = PLENTY) -> bytes:
    return child.run([sys.executable, "-I", "-c", code], source, limits)


def test_a_program_reads_the_file_and_may_seek_in_it(tmp_path: Path) -> None:
    code = "import sys; f = sys.stdin.buffer; f.seek(-3, 2); print(f.read(), f.tell())"
    path = tmp_path / "file"
    path.write_bytes(b"beginning and end")
    assert python(code, path) == python(code, b"beginning and end") == b"b'end' 17\n"


def test_a_program_sees_none_of_our_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LENTICULAR_SECRET", "hush")
    assert b"hush" not in python("import os; print(dict(os.environ))")


@pytest.mark.parametrize(
    "code",
    [
        "import sys; sys.exit(1)",
        "import os; os.abort()",
        "import os; os.kill(os.getpid(), 11)",
        "x = bytearray(2 << 30)",
        "import sys; sys.stdout.write('x' * (2 << 20)); sys.stdout.flush()",
    ],
    ids=["refusal", "abort", "crash", "memory", "output"],
)
def test_what_fails_fails_alone(code: str) -> None:
    with pytest.raises(child.ChildFailed):
        python(code)


@pytest.mark.parametrize("code", ["while True: pass", "import time; time.sleep(60)"])
def test_what_hangs_is_ended(code: str) -> None:
    before = time.monotonic()
    with pytest.raises(child.ChildFailed):
        python(code, limits=child.Limits(seconds=0.5))
    assert time.monotonic() - before < 10


def test_a_program_that_is_not_there() -> None:
    with pytest.raises(child.ChildFailed):
        child.run(["/nowhere/ffprobe"], b"", PLENTY)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        python("", tmp_path / "nothing")


def test_several_at_once_do_not_mix() -> None:
    told: dict[int, bytes] = {}

    def ask(number: int) -> None:
        told[number] = python("import sys; print(sys.stdin.read())", str(number).encode())

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert told == {number: f"{number}\n".encode() for number in range(6)}
