"""Fails on files and functions that are no longer read in one sitting.

Limits: 400 lines a file in ``app`` and ``scripts``, 600 in ``tests``, ``benchmarks`` and
``models``; 60 lines a function everywhere. Exceptions stand in ``scripts/size_exceptions.toml``
with their reason; one that is no longer needed, or gives no reason, fails too.
"""

from __future__ import annotations

import ast
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).parents[1]
EXCEPTIONS = ROOT / "scripts" / "size_exceptions.toml"
FILE_LINES = {"app": 400, "scripts": 400, "tests": 600, "benchmarks": 600, "models": 600}
FUNCTION_LINES = 60


def findings(root: Path) -> Iterator[tuple[str, str]]:
    """What is too long below a directory.

    Yields:
        Its name, ``room/file.py`` or ``room/file.py:Class.function``, and how long it is.
    """
    for room, limit in FILE_LINES.items():
        for path in sorted((root / room).rglob("*.py")):
            if "node_modules" in path.parts:
                continue
            text = path.read_text(encoding="utf-8")
            name = path.relative_to(root).as_posix()
            lines = len(text.splitlines())
            if lines > limit:
                yield name, f"{lines} lines, {limit} are allowed"
            for function, length in _functions(ast.parse(text), ""):
                if length > FUNCTION_LINES:
                    yield f"{name}:{function}", f"{length} lines, {FUNCTION_LINES} are allowed"


def _functions(node: ast.AST, inside: str) -> Iterator[tuple[str, int]]:
    """Every function below a node with its dotted name and its length in lines."""
    for child in ast.iter_child_nodes(node):
        name = inside
        if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            name = f"{inside}.{child.name}".lstrip(".")
            if not isinstance(child, ast.ClassDef):
                yield name, (child.end_lineno or child.lineno) - child.lineno + 1
        yield from _functions(child, name)


def problems(root: Path, reasons: Mapping[str, str]) -> list[str]:
    """What is wrong below a directory, one line each, given the exceptions and their reasons."""
    found = dict(findings(root))
    return [
        *(f"{name}: {what}" for name, what in found.items() if name not in reasons),
        *(f"{name}: its exception is no longer needed" for name in reasons if name not in found),
        *(f"{name}: its exception has no reason" for name, why in reasons.items() if not why),
    ]


def main() -> int:
    """Print what is wrong; the exit status."""
    exceptions = tomllib.loads(EXCEPTIONS.read_text(encoding="utf-8"))
    wrong = problems(ROOT, exceptions["exceptions"])
    print("\n".join(wrong) or "The length of files and functions is within its limits.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
