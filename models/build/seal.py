"""Writes the SHA-256 of a model's files into its manifest.

python -m models.build.seal lite2-int8
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

#: What every model folder may hold beside its files.
OTHERS = ("manifest.toml", "LICENSE", "LICENSE.WordNet")


def write(folder: Path) -> None:
    """Rewrite the ``[files]`` table of a model's manifest."""
    manifest = folder / "manifest.toml"
    head = manifest.read_text().partition("[files]\n")[0]
    lines = [
        f'"{path.name}" = "{hashlib.sha256(path.read_bytes()).hexdigest()}"\n'
        for path in sorted(folder.iterdir())
        if path.is_file() and path.name not in OTHERS
    ]
    manifest.write_text(head + "[files]\n" + "".join(lines))


if __name__ == "__main__":
    for name in sys.argv[1:]:
        write(Path(__file__).parents[1] / name)
