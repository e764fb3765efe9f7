"""The coverage page is in step with its facts, and claims no more than requests show.

The page comes from a long run; here one request for each parameter of the Upload API tells whether
what the page calls done is still accepted and looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.coverage_facts import Note, Notes, actions, notes
from scripts.coverage_page import (
    PAGE,
    Coverage,
    Evidence,
    Status,
    gather,
    judge,
    read,
    read_traces,
    regular,
    render,
)
from tests.actions import existing, routes, set_up
from tests.live import LiveServer

CLAIMED = {Status.DONE, Status.DIFFERENT}


@pytest.fixture(scope="module")
def page() -> str:
    return PAGE.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Coverage:
    """What one request for each parameter shows."""
    root = tmp_path_factory.mktemp("samples")
    traces = root / "traces"
    traces.mkdir()
    settings = {"TRACE_PARAMS": str(traces / "samples.jsonl")}
    server = LiveServer(root / "data", "", settings).start()
    try:
        with server.client() as client:
            for action, parameter in existing():
                scene = set_up(client)
                scene.send(action, scene.fields(action, parameter, parameter.sample))
    finally:
        server.stop()
    return judge(gather(read_traces(traces)), notes())


def test_the_page_is_what_its_claims_make_it(page: str) -> None:
    """Figures, remarks and the lists of endpoints and parameters: nothing was edited by hand."""
    claims = read(page)
    expected = [
        (action.name, parameter.name) for action in actions() for parameter in action.parameters
    ]
    assert sorted(claims.statuses) == sorted(expected), "run: make coverage"
    assert render(claims, notes()) == page, "run: make coverage"


def test_the_page_claims_no_more_than_requests_show(page: str, seen: Coverage) -> None:
    claims = read(page)
    doubtful = [
        f"{action.name} {parameter.name}: {claims.statuses[action.name, parameter.name]}, "
        f"but {seen.statuses[action.name, parameter.name]} when {parameter.sample!r} is sent"
        for action, parameter in existing()
        if claims.statuses[action.name, parameter.name] in CLAIMED
        and seen.statuses[action.name, parameter.name] not in CLAIMED | {Status.REFUSED}
    ]
    assert not doubtful, "\n".join(doubtful)


def test_the_page_ignores_nothing_that_is_looked_at(page: str, seen: Coverage) -> None:
    claims = read(page)
    outdated = [
        f"{key}: {seen.statuses[key]}"
        for key, status in claims.statuses.items()
        if status == Status.IGNORED and seen.statuses[key] in CLAIMED | {Status.REFUSED}
    ]
    assert not outdated, "run: make coverage\n" + "\n".join(outdated)


def test_what_the_page_says_is_answered_has_a_route(page: str) -> None:
    missing = [route for _, route in read(page).served if regular(route) not in routes()]
    assert not missing


def known_keys() -> Iterator[tuple[str, str]]:
    for action in actions():
        yield action.name, "*"
        yield from ((action.name, parameter.name) for parameter in action.parameters)


def test_notes_are_about_parameters_that_there_are() -> None:
    said = notes()
    known = set(known_keys())
    for table in (said.differences, said.refused, said.without_effect):
        assert set(table) <= known
        assert all(note.text for note in table.values())
    assert all(400 <= note.status < 500 for note in said.refused.values())


UPLOAD = "/v1_1/{cloud}/{resource_type}/upload"


def line(status: int, sent: str, read_names: str, message: str = "") -> dict[str, object]:
    return {
        "method": "POST",
        "route": UPLOAD,
        "status": status,
        "sent": sent.split(),
        "read": read_names.split(),
        "message": message,
    }


def status_of(name: str, *lines: dict[str, object], said: Notes | None = None) -> Status:
    return judge(gather(lines), said or Notes()).statuses["upload", name]


def test_done_has_to_be_sent_looked_at_and_answered_200() -> None:
    assert status_of("tags", line(200, "file tags", "file tags")) == Status.DONE
    assert status_of("tags", line(200, "file tags", "file")) == Status.IGNORED
    assert status_of("tags", line(400, "file tags", "file tags", "no")) == Status.UNSEEN
    assert status_of("tags", line(200, "file", "file")) == Status.UNSEEN


def test_refused_has_to_be_refused_as_it_is_said() -> None:
    said = Notes(refused={("upload", "eval"): Note("not supported", 400)})
    good = line(400, "file eval", "eval", "Parameter eval is not supported")
    assert status_of("eval", good, said=said) == Status.REFUSED
    assert status_of("eval", line(400, "file eval", "eval", "Oh"), said=said) == Status.UNSEEN
    assert status_of("eval", {**good, "status": 420}, said=said) == Status.UNSEEN
    assert status_of("eval", line(200, "eval", "eval"), said=said) == Status.DONE


def test_what_differs_or_has_no_effect_is_said() -> None:
    said = Notes(
        differences={("upload", "tags"): Note("are blue")},
        without_effect={("upload", "callback"): Note("of another time")},
    )
    evidence = gather([line(200, "tags callback", "tags")])
    text = render(judge(evidence, said), said)
    assert "* done with a difference: `tags` – are blue" in text
    assert "* without effect: `callback` – of another time" in text
    assert "✓ `POST /{resource_type}/upload`" in text
    assert "· `POST /upload`" in text


def test_a_page_reads_back_as_it_was_written() -> None:
    evidence = {action.name: Evidence() for action in actions()}
    evidence["upload"] = Evidence({"POST /upload"}, {"tags", "eager"}, {"tags"})
    coverage = judge(evidence, notes())
    assert read(render(coverage, notes())) == coverage


def test_traces_of_all_servers_count(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"a":1}\n{"a":2}\n')
    (tmp_path / "b.jsonl").write_text('{"a":3}\n')
    assert [item["a"] for item in read_traces(tmp_path)] == [1, 2, 3]
