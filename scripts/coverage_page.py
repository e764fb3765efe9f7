"""Writes ``docs/coverage.md`` from the traces that servers kept while tests ran against them.

``make coverage`` runs the tests and then ``python -m scripts.coverage_page DIRECTORY``. A trace is
described in ``app/api/parameter_trace.py``. A parameter is

* done: a request that sent it was answered 200, and the code behind asked for it by name,
* done with a difference: the same, and ``coverage.toml`` says what differs,
* refused: ``coverage.toml`` says how, and a request that sent it was refused so,
* without effect: ``coverage.toml`` says why there is nothing to do, and it was accepted,
* ignored: a request that sent it was answered 200, and nothing asked for it,
* not exercised: none of these was seen.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from scripts.coverage_facts import ALL, Action, Key, Note, Notes, actions, notes

PAGE = Path(__file__).parents[1] / "docs" / "coverage.md"


class Status(StrEnum):
    """What became of a parameter; the text is that of the page."""

    DONE = "done"
    DIFFERENT = "done with a difference"
    REFUSED = "refused"
    WITHOUT_EFFECT = "without effect"
    IGNORED = "ignored"
    UNSEEN = "not exercised"


@dataclass(slots=True)
class Evidence:
    """What was seen of one action.

    Attributes:
        served: its routes that answered 200.
        accepted, read: parameters that were sent to them, and those that were looked at.
        refusals: parameters, status and message of every refused request.
    """

    served: set[str] = field(default_factory=set)
    accepted: set[str] = field(default_factory=set)
    read: set[str] = field(default_factory=set)
    refusals: list[tuple[frozenset[str], int, str]] = field(default_factory=list)


@dataclass(slots=True)
class Coverage:
    """What the page claims: the status of every parameter, and the routes that answer."""

    statuses: dict[Key, Status] = field(default_factory=dict)
    served: set[Key] = field(default_factory=set)


def regular(route: str) -> str:
    """A route with its variables made equal, whatever they are called."""
    return re.sub(r"\{[^}]*\}", "{}", route)


def read_traces(directory: Path) -> Iterator[dict[str, Any]]:
    """The lines of every trace in a directory."""
    for path in sorted(directory.glob("*.jsonl")):
        with path.open(encoding="utf-8") as lines:
            yield from map(json.loads, lines)


def gather(lines: Iterable[dict[str, Any]]) -> dict[str, Evidence]:
    """The evidence for each action in the lines of traces."""
    by_route: dict[str, list[tuple[str, str]]] = defaultdict(list)
    found = {action.name: Evidence() for action in actions()}
    for action in actions():
        for route in action.routes:
            by_route[regular(route)].append((action.name, route))
    for line in lines:
        path = line["route"].removeprefix("/v1_1/{cloud}")
        for name, route in by_route.get(regular(f"{line['method']} {path}"), ()):
            evidence = found[name]
            if line["status"] == 200:
                evidence.served.add(route)
                evidence.accepted.update(line["sent"])
                evidence.read.update(line["read"])
            elif 400 <= line["status"] < 500:
                refusal = (frozenset(line["sent"]), line["status"], line.get("message", ""))
                evidence.refusals.append(refusal)
    return found


def judge(evidence: dict[str, Evidence], said: Notes) -> Coverage:
    """What the page may claim."""
    coverage = Coverage()
    for action in actions():
        seen = evidence[action.name]
        coverage.served |= {(action.name, route) for route in seen.served}
        for parameter in action.parameters:
            key = (action.name, parameter.name)
            coverage.statuses[key] = _status(key, seen, said)
    return coverage


def _status(key: Key, seen: Evidence, said: Notes) -> Status:
    name = key[1]
    refusal = said.refusal(*key)
    if refusal and _refused(seen, name if key in said.refused else ALL, refusal):
        return Status.REFUSED
    if name in seen.read:
        return Status.DIFFERENT if key in said.differences else Status.DONE
    if name in seen.accepted:
        return Status.WITHOUT_EFFECT if key in said.without_effect else Status.IGNORED
    return Status.UNSEEN


def _refused(seen: Evidence, name: str, expected: Note) -> bool:
    return any(
        (name == ALL or name in sent) and status == expected.status and expected.text in message
        for sent, status, message in seen.refusals
    )


def render(coverage: Coverage, said: Notes) -> str:
    """The page."""
    parts = [_HEAD, *_summary(coverage)]
    for api, title in _APIS.items():
        parts.append(f"\n## {title}\n")
        for action in actions():
            if action.api == api:
                parts += _section(action, coverage, said)
    return "\n".join(parts) + "\n"


def read(page: str) -> Coverage:
    """What a page claims."""
    coverage = Coverage()
    name = ""
    for line in page.splitlines():
        if line.startswith("### "):
            name = line[4:].strip("`")
        elif match := re.fullmatch(r"([✓·]) `((?:GET|POST|PUT|DELETE) [^`]*)`", line.rstrip("\\ ")):
            if match[1] == "✓":
                coverage.served.add((name, match[2]))
        elif match := re.match(r"\* ([a-z ]+): ((?:`[a-z_]+`(?:, )?)+)", line):
            for parameter in re.findall(r"`([a-z_]+)`", match[2]):
                coverage.statuses[name, parameter] = Status(match[1])
    return coverage


_APIS = {"upload": "Upload API", "admin": "Admin API"}

_HEAD = """# Coverage of the API

Every endpoint and parameter that is publicly documented or sent by an official SDK, and what
becomes of it here. This page is written by `make coverage` from a run of the integration and SDK
tests: each server keeps an account of the parameters that requests sent, and of those that the code
then asked for by name. *Done* therefore means that a test sent it, that it was looked at, and that
the answer was 200; what the result has to be stands in the tests. *Without effect* is accepted, and
there is nothing it could do; it does not count in the percentages. *Ignored* is accepted and
changes nothing though it should. *Not exercised* was sent by no test, or was refused without being
listed as refused. Credentials (`api_key`, `timestamp`, `signature`) are left out.

A server tells the same of your own requests: `LENTICULAR_LOG_LEVEL=debug` names ignored parameters
in the log, `LENTICULAR_TRACE_PARAMS` keeps the whole account in a file ([settings](settings.md)).
"""

_COLUMNS = tuple(Status)


def _summary(coverage: Coverage) -> Iterator[str]:
    for api, title in _APIS.items():
        counts: dict[str, Counter[Status]] = defaultdict(Counter)
        for action in actions():
            if action.api == api:
                statuses = [coverage.statuses[action.name, p.name] for p in action.parameters]
                counts[action.group].update(statuses)
                counts[f"**{title}**"].update(statuses)
        counts[f"**{title}**"] = counts.pop(f"**{title}**")  # the total stands last
        names = ("done", "different", "refused", "no effect", "ignored", "not exercised")
        yield f"| {title} | parameters | {' | '.join(names)} | done or different |"
        yield "|---" * (len(_COLUMNS) + 3) + "|"
        for group, count in counts.items():
            cells = " | ".join(str(count[status]) for status in _COLUMNS)
            yield f"| {group} | {count.total()} | {cells} | {_share(count)} |"
        yield ""


def _share(count: Counter[Status]) -> str:
    total = count.total() - count[Status.WITHOUT_EFFECT]
    done = count[Status.DONE] + count[Status.DIFFERENT]
    return f"{100 * done // total} %" if total else "–"


def _section(action: Action, coverage: Coverage, said: Notes) -> Iterator[str]:
    yield f"### `{action.name}`\n"
    for route in action.routes:
        mark = "✓" if (action.name, route) in coverage.served else "·"
        yield f"{mark} `{route}`\\"
    yield f"({action.group}; ✓ answered 200 in the run)\n"
    texts: dict[tuple[Status, str], list[str]] = defaultdict(list)
    for parameter in action.parameters:
        key = (action.name, parameter.name)
        status = coverage.statuses[key]
        texts[status, _remark(status, key, said)].append(f"`{parameter.name}`")
    for status in _COLUMNS:
        for (its, remark), names in texts.items():
            if its == status:
                yield f"* {status}: {', '.join(names)}{remark}"
    yield ""


def _remark(status: Status, key: Key, said: Notes) -> str:
    match status:
        case Status.DIFFERENT:
            return f" – {said.differences[key].text}"
        case Status.WITHOUT_EFFECT:
            return f" – {said.without_effect[key].text}"
        case Status.REFUSED:
            refusal = said.refusal(*key)
            return f" – {refusal.status} `{refusal.text}`" if refusal else ""
        case _:
            return ""


def main(directory: str) -> int:
    """Write the page from a directory of traces; the exit status."""
    lines = list(read_traces(Path(directory)))
    if not lines:
        print(f"There are no traces in {directory}.", file=sys.stderr)
        return 1
    coverage = judge(gather(lines), notes())
    PAGE.write_text(render(coverage, notes()), encoding="utf-8")
    count = Counter(coverage.statuses.values())
    print(
        f"{PAGE.name} from {len(lines)} requests: " + ", ".join(f"{count[s]} {s}" for s in Status)
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
