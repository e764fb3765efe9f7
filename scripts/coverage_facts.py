"""What the API consists of, and what is said by hand about our part of it.

Reads ``tests/contract_data``: ``endpoints.tsv``, ``parameters.tsv`` and ``coverage.toml``; its
README says what stands in them.
"""

from __future__ import annotations

import csv
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

DATA = Path(__file__).parents[1] / "tests" / "contract_data"

#: Stands for every parameter of an action.
ALL = "*"


@dataclass(frozen=True, slots=True)
class Parameter:
    """A request parameter of one action.

    Attributes:
        kind: what its values are, such as ``flag`` or ``transformation``.
        sample: a value that the action understands; ``<…>`` is filled in by who sends it.
    """

    name: str
    kind: str
    sample: str


@dataclass(frozen=True, slots=True)
class Action:
    """Something the API does, under one path or several.

    Attributes:
        api: ``upload`` or ``admin``.
        routes: method and path, ``POST /{resource_type}/upload``; the path is that behind
            ``/v1_1/{cloud}``.
    """

    api: str
    group: str
    name: str
    routes: tuple[str, ...]
    parameters: tuple[Parameter, ...]


@dataclass(frozen=True, slots=True)
class Note:
    """What is said by hand of a parameter.

    Attributes:
        text: of a difference, what differs; of one without effect, why; of a refusal, what its
            message contains.
        status: of a refusal.
        value: what is refused, if the parameter's sample is not.
    """

    text: str
    status: int = 0
    value: str | None = None


Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Notes:
    """``coverage.toml``, by action and parameter."""

    differences: dict[Key, Note] = field(default_factory=dict)
    refused: dict[Key, Note] = field(default_factory=dict)
    without_effect: dict[Key, Note] = field(default_factory=dict)

    def refusal(self, action: str, parameter: str) -> Note | None:
        """How a parameter is refused: by itself, or with all of its action."""
        return self.refused.get((action, parameter)) or self.refused.get((action, ALL))


@cache
def actions() -> tuple[Action, ...]:
    """Every action, in the order of the page."""
    parameters: dict[str, list[Parameter]] = defaultdict(list)
    for row in _rows("parameters.tsv"):
        for action in row["actions"].split(","):
            parameters[action].append(Parameter(row["parameter"], row["kind"], row["sample"]))
    routes: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for row in _rows("endpoints.tsv"):
        route = f"{row['method']} {row['path']}"
        routes[row["api"], row["group"], row["action"]].append(route)
    return tuple(
        Action(api, group, name, tuple(paths), tuple(parameters[name]))
        for (api, group, name), paths in routes.items()
    )


@cache
def notes() -> Notes:
    """What is said by hand."""
    document = tomllib.loads((DATA / "coverage.toml").read_text(encoding="utf-8"))
    return Notes(
        dict(_notes(document.get("difference", []))),
        dict(_notes(document.get("refused", []))),
        dict(_notes(document.get("without_effect", []))),
    )


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)


def _notes(entries: list[dict[str, Any]]) -> Iterator[tuple[Key, Note]]:
    for entry in entries:
        note = Note(entry["text"], entry.get("status", 0), entry.get("value"))
        for action in entry["actions"]:
            for parameter in entry["parameters"]:
                yield (action, parameter), note
