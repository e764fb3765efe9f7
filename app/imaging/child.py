"""Programs that look at files of strangers in a process of their own.

Native code that reads damaged or hostile files may crash, loop or ask for all memory there is.
Here that ends a process that has nothing but the one file, and never the server.
"""

from __future__ import annotations

import io
import resource
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

#: What the programs see of our environment: no secrets, and texts that are UTF-8.
_ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8"}


class ChildFailed(Exception):
    """The program could not be started, failed, crashed, or went beyond its limits."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a program may use; the kernel ends it beyond that.

    Attributes:
        seconds: of time on the clock, and of processor time.
        memory: bytes of address space.
        output: bytes that it may write.
    """

    seconds: float = 20
    memory: int = 1 << 30
    output: int = 16 << 20


def run(arguments: Sequence[str], source: bytes | Path, limits: Limits) -> bytes:
    """Run a program with a file as its standard input, from which it may seek.

    Args:
        arguments: the program, by its path, and what it is told.

    Returns:
        What it wrote to its standard output.

    Raises:
        ChildFailed: it gave no result.
        OSError: ``source`` cannot be opened.
    """
    with _opened(source) as file, tempfile.TemporaryFile() as output:
        try:
            child = subprocess.Popen(  # noqa: S603 - no shell, and the arguments are ours
                arguments,
                stdin=file,
                stdout=output,
                stderr=subprocess.DEVNULL,
                env=_ENVIRONMENT,
                start_new_session=True,
            )
        except OSError as error:
            raise ChildFailed from error
        # A timer, because waiting with a time limit looks only every now and then.
        timer = threading.Timer(limits.seconds, child.kill)
        with child:
            try:
                timer.start()
                _limit(child.pid, limits)
                status = child.wait()
            finally:
                timer.cancel()
                child.kill()
        if status != 0:
            raise ChildFailed
        output.seek(0)
        return output.read()


@contextmanager
def _opened(source: bytes | Path) -> Iterator[BinaryIO]:
    """A real file: a pipe could not be sought in."""
    if isinstance(source, Path):
        with source.open("rb") as file:
            yield file
        return
    with tempfile.TemporaryFile() as copy:
        copy.write(source)
        copy.flush()
        copy.seek(io.SEEK_SET)
        yield copy


def _limit(process: int, limits: Limits) -> None:
    """Set the limits of a process that has just begun.

    They are set from outside, because code between fork and exec may hang where a process has
    threads. Only Linux can do that: elsewhere the time on the clock is the one limit.
    """
    prlimit = getattr(resource, "prlimit", None)
    if prlimit is None:
        return
    for kind, most in (
        (resource.RLIMIT_CPU, int(limits.seconds) + 1),
        (resource.RLIMIT_AS, limits.memory),
        (resource.RLIMIT_FSIZE, limits.output),
        (resource.RLIMIT_CORE, 0),
    ):
        try:
            prlimit(process, kind, (most, most))
        except ProcessLookupError:
            return  # it has ended already
        except (PermissionError, ValueError):
            continue  # a stricter limit is in force
