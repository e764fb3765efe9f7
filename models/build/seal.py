"""Writes the SHA-256 of a model's files into its manifest.

python -m models.build.seal lite2-int8
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

FILES = ("model.onnx", "taxonomy.tsv", "activation-ranges.json")


def main() -> None:
    """Rewrite the ``[files]`` table."""
    folder = Path(__file__).parents[1] / sys.argv[1]
    manifest = folder / "manifest.toml"
    head = manifest.read_text().partition("[files]\n")[0]
    lines = [
        f'"{name}" = "{hashlib.sha256((folder / name).read_bytes()).hexdigest()}"\n'
        for name in FILES
        if (folder / name).is_file()
    ]
    manifest.write_text(head + "[files]\n" + "".join(lines))


if __name__ == "__main__":
    main()
