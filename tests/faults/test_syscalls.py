"""The order of system calls of one upload: bytes, name, row, and only then the answer."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.conftest import in_ci
from tests.live import LiveServer

needs_strace = pytest.mark.skipif(
    shutil.which("strace") is None and not in_ci(),
    reason="strace is not installed: the order of system calls is left out",
)


def position(lines: list[str], pattern: str, after: int = 0) -> int:
    """The first line that matches, after another one."""
    for number in range(after, len(lines)):
        if re.search(pattern, lines[number]):
            return number
    tail = "\n".join(lines[after:][:80])
    raise AssertionError(f"no {pattern!r} after line {after}:\n{tail}")


@needs_strace
def test_an_upload_is_durable_before_it_is_answered(tmp_path: Path, flower: bytes) -> None:
    server = LiveServer(tmp_path / "data").start()
    try:
        with server.client() as client:
            client.upload(flower[:-2] + b"\0\xff\xd9", public_id="warm").raise_for_status()
            trace = tmp_path / "trace"
            assert server.process
            calls = "write,pwrite64,writev,fsync,fdatasync,rename,renameat,renameat2,sendto,sendmsg"
            strace = subprocess.Popen(
                f"strace -f -y -s 64 -e trace={calls} -o {trace} -p {server.process.pid}".split(),
                stderr=subprocess.PIPE,
            )
            assert strace.stderr
            strace.stderr.readline()  # "attached"
            time.sleep(0.5)
            reply = client.upload(flower, public_id="traced", categorization="imagga_tagging")
            reply.raise_for_status()
            strace.send_signal(signal.SIGINT)
            strace.wait(timeout=20)
    finally:
        server.stop()
    lines = finished_calls(trace.read_text().splitlines())
    written = position(lines, r"write\(\d+<[^>]*/incoming/[0-9a-f]{32}>")
    synced = position(lines, r"fsync\(\d+<[^>]*/incoming/[0-9a-f]{32}>\) += 0", written)
    renamed = position(lines, r"rename\w*\(.*incoming/.*blobs/", synced)
    listed = position(lines, r"fsync\(\d+<[^>]*/blobs/[0-9a-f]{2}>\) += 0", renamed)
    logged = position(lines, r"(fsync|fdatasync)\(\d+<[^>]*lenticular\.db-wal>\) += 0", listed)
    answered = position(lines, r"(write|writev|sendto|sendmsg)\(\d+<[^>]*socket.*HTTP/1\.1 200", 0)
    assert answered > logged, "\n".join(lines)


def finished_calls(lines: list[str]) -> list[str]:
    """One line for each call, at the place where it returned."""
    begun: dict[str, str] = {}
    done = []
    for line in lines:
        thread, _, call = line.partition(" ")
        call = call.strip()
        if call.endswith("<unfinished ...>"):
            begun[thread] = call.removesuffix("<unfinished ...>").rstrip()
        elif match := re.match(r"<\.\.\. \w+ resumed>(.*)", call):
            done.append(begun.pop(thread, "") + match[1])
        else:
            done.append(call)
    return done
