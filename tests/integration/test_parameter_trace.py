"""What a server tells of the parameters of its requests: in a file, and in its log."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import photos
from tests.live import LiveServer


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    root = tmp_path_factory.mktemp("trace")
    settings = {"TRACE_PARAMS": str(root / "trace.jsonl"), "LOG_LEVEL": "debug"}
    live = LiveServer(root / "data", "", settings).start()
    yield live
    live.stop()


def last(server: LiveServer) -> dict[str, Any]:
    """The latest line of the file."""
    text = Path(server.settings["TRACE_PARAMS"]).read_text()
    return dict(json.loads(text.splitlines()[-1]))


def told(server: LiveServer) -> list[str]:
    """What the log says of ignored parameters."""
    events = [json.loads(line)["event"] for line in server.log().splitlines() if line[:1] == "{"]
    return [event for event in events if event.startswith("ignored parameters: ")]


def test_an_upload_tells_what_was_sent_and_what_was_looked_at(server: LiveServer) -> None:
    with server.client() as client:
        client.upload(photos.tiny_png(), public_id="a", tags="x", no_such="1", empty="")
    assert last(server) == {
        "method": "POST",
        "route": "/v1_1/{cloud}/{resource_type}/upload",
        "status": 200,
        "sent": ["file", "no_such", "public_id", "tags"],
        "read": ["file", "public_id", "tags"],
    }
    assert told(server)[-1] == "ignored parameters: no_such"


def test_a_refusal_tells_its_message(server: LiveServer) -> None:
    with server.client() as client:
        client.upload(photos.tiny_png(), type="bogus")
    line = last(server)
    assert (line["status"], line["message"]) == (400, "Invalid value bogus for parameter type")
    assert "type" in line["read"]


def test_credentials_are_not_called_ignored(server: LiveServer) -> None:
    before = len(told(server))
    with server.client() as client:
        client.upload(photos.tiny_png(), timestamp="1", api_key="111", signature="0", unsigned="1")
    assert last(server)["status"] == 200
    assert len(told(server)) == before


def test_queries_and_bodies_of_the_admin_api_count(server: LiveServer) -> None:
    with server.client() as client:
        client.upload(photos.tiny_png(), public_id="b")
        client.get("resources/image/upload/b", faces="1", no_such="1")
        details = last(server)
        client.send("PUT", "upload_presets/none", json={"unsigned": True, "nothing": None})
    assert (details["sent"], details["read"]) == (["faces", "no_such"], ["faces"])
    assert last(server)["sent"] == ["unsigned"]


def test_what_only_a_preset_brings_was_not_sent(server: LiveServer) -> None:
    with server.client() as client:
        client.post("upload_presets", name="p", tags="x", no_such="1")
        client.upload(photos.tiny_png(), public_id="c", upload_preset="p", other="1")
    line = last(server)
    assert line["sent"] == ["file", "other", "public_id", "upload_preset"]
    assert line["read"] == ["file", "public_id", "upload_preset"]


def test_names_cannot_break_lines(server: LiveServer) -> None:
    with server.client() as client:
        client.send("POST", "image/upload", json={"a\n{}" + "b" * 500: "1"})
        many = {f"n{number}": "1" for number in range(1000)}
        names = last(server)["sent"]
        client.send("POST", "image/upload", json=many)
    assert len(names) == 1 and len(names[0]) == 64 and "\n" not in names[0]
    assert len(last(server)["sent"]) == 200


def test_nothing_is_told_unasked(sqlite_server: LiveServer) -> None:
    with sqlite_server.client() as client:
        client.upload(photos.tiny_png(), public_id="untold", no_such="1")
    assert told(sqlite_server) == []
