"""Turns: several processes run the tests, and what they set up together is set up by one."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_LOCKS = Path(__file__).parents[1] / "build" / "locks"


@contextmanager
def turn(name: str) -> Iterator[None]:
    """Wait until nobody else is in here under that name."""
    _LOCKS.mkdir(parents=True, exist_ok=True)
    with (_LOCKS / name).open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
