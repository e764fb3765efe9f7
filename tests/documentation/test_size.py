"""Files and functions keep to their lengths, and the check that says so can fail."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts import check_size


def write(root: Path, name: str, lines: list[str]) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n")


def function(length: int, head: str = "def work() -> None:", indent: int = 0) -> list[str]:
    """The lines of a function that is so many lines long."""
    body = ["    value = 1"] * (length - 1)
    return [" " * indent + line for line in (head, *body)]


def test_this_tree_keeps_to_its_lengths(capsys: pytest.CaptureFixture[str]) -> None:
    assert check_size.main() == 0, capsys.readouterr().out


def test_what_is_just_short_enough_passes(tmp_path: Path) -> None:
    write(tmp_path, "app/services/upload.py", [*function(60), *["x = 1"] * 340])
    write(tmp_path, "tests/unit/test_upload.py", ["x = 1"] * 600)
    write(tmp_path, "tests/sdk/node/node_modules/other/long.py", ["x = 1"] * 900)

    assert check_size.problems(tmp_path, {}) == []


@pytest.mark.parametrize(
    ("name", "lines", "problem"),
    [
        ("app/db/rows.py", ["x = 1"] * 401, "app/db/rows.py: 401 lines, 400 are allowed"),
        ("tests/test_a.py", ["x = 1"] * 601, "tests/test_a.py: 601 lines, 600 are allowed"),
        ("app/a.py", function(61), "app/a.py:work: 61 lines, 60 are allowed"),
        (
            "benchmarks/a.py",
            function(61, "async def work() -> None:"),
            "benchmarks/a.py:work: 61 lines, 60 are allowed",
        ),
        (
            "app/a.py",
            ["class Store:", *function(70, "def keep(self) -> None:", indent=4)],
            "app/a.py:Store.keep: 70 lines, 60 are allowed",
        ),
    ],
    ids=["file", "file-of-tests", "function", "coroutine", "method"],
)
def test_what_is_too_long_is_named(
    tmp_path: Path, name: str, lines: list[str], problem: str
) -> None:
    write(tmp_path, name, lines)

    assert check_size.problems(tmp_path, {}) == [problem]


def test_an_exception_needs_a_reason_and_a_need(tmp_path: Path) -> None:
    write(tmp_path, "app/table.py", ["x = 1"] * 500)
    write(tmp_path, "app/short.py", function(5))

    assert check_size.problems(tmp_path, {"app/table.py": "one table of a specification"}) == []
    assert check_size.problems(tmp_path, {"app/table.py": ""}) == [
        "app/table.py: its exception has no reason"
    ]
    assert check_size.problems(tmp_path, {"app/table.py": "a table", "app/short.py:work": "?"}) == [
        "app/short.py:work: its exception is no longer needed"
    ]
