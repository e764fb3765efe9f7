"""Fails on files and functions that are no longer read in one sitting.

Limits: 400 lines a file in ``app`` and 600 in ``tests``, ``benchmarks`` and ``models``; 60
lines a function everywhere. Exceptions stand in ``scripts/size_exceptions.toml`` with their
reason; one that is no longer needed fails too.
"""

from __future__ import annotations

import ast
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
FILE_LINES = {"app": 400, "tests": 600, "benchmarks": 600, "models": 600, "scripts": 400}
FUNCTION_LINES = 60


def findings() -> Iterator[tuple[str, str]]:
    """What is too long: its name, and how long it is."""
    for room, limit in FILE_LINES.items():
        for path in sorted((ROOT / room).rglob("*.py")):
            if "node_modules" in path.parts:
                continue
            text = path.read_text(encoding="utf-8")
            name = str(path.relative_to(ROOT))
            lines = len(text.splitlines())
            if lines > limit:
                yield name, f"{lines} lines, {limit} are allowed"
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                    length = (node.end_lineno or 0) - node.lineno + 1
                    if length > FUNCTION_LINES:
                        yield f"{name}:{node.name}", f"{length} lines, {FUNCTION_LINES} are allowed"


def main() -> int:
    """Print what is wrong; the exit status."""
    exceptions = tomllib.loads((ROOT / "scripts" / "size_exceptions.toml").read_text())
    reasons: dict[str, str] = exceptions.get("exceptions", {})
    found = dict(findings())
    problems = [f"{name}: {what}" for name, what in found.items() if name not in reasons]
    problems += [f"{name}: its exception is no longer needed" for name in reasons.keys() - found]
    problems += [f"{name}: its exception has no reason" for name, why in reasons.items() if not why]
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
