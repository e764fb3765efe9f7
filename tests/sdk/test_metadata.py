"""Structured metadata through the Python and the Node SDK, against a live server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.live import LiveServer
from tests.sdk.conftest import Results, Sdk


def test_structured_metadata(sdk: Sdk, server: LiveServer, workplace: Path, fresh: str) -> None:
    printed = sdk.run("metadata", server, workplace, fresh)
    done = {call: _without_rates(reply) for call, reply in printed.items()}

    names = {name: f"{fresh}_{name}" for name in ("text", "number", "day", "one", "several")}
    _check_fields(done, names)
    _check_options(done)
    _check_values(done, names, fresh)
    _check_refusals(done, names, python=sdk.name == "python")
    rule = done["rule"]
    assert done["rule_updated"] == rule | {"state": "inactive"}
    assert done["rule_updated"] in done["rules"]["metadata_rules"]
    assert done["rule_deleted"]["success"] is True
    assert [reply["message"] for reply in done["deleted"]] == ["ok"] * 5


def _without_rates(reply: Any) -> Any:
    """A reply without what the Node SDK adds to it from its headers."""
    if not isinstance(reply, dict):
        return reply
    return {name: value for name, value in reply.items() if not name.startswith("rate_limit_")}


def _check_fields(done: Results, names: dict[str, str]) -> None:
    types = {"text": "string", "number": "integer", "day": "date", "one": "enum", "several": "set"}
    for name, field_type in types.items():
        field = done[name]
        assert (field["external_id"], field["type"]) == (names[name], field_type)
        assert (field["label"], field["mandatory"]) == (names[name], False)
    assert done["number"]["validation"] == {"type": "less_than", "equals": True, "value": 5}
    assert done["number"]["default_value"] == 5
    assert done["one"]["restrictions"] == {"readonly_ui": True}
    assert done["read"] == done["text"]
    changed = done["text"] | {"label": "New", "default_value": "d"}
    assert done["updated"] == changed
    assert changed in done["listed"]["metadata_fields"]
    order = [field["external_id"] for field in done["reordered"]["metadata_fields"]]
    assert order == sorted(order, reverse=True) and set(names.values()) <= set(order)


def _check_options(done: Results) -> None:
    options = done["options"]["values"]
    assert options[0] == {"external_id": "first", "value": "v1"} and len(options) == 3
    assert _values(done["blocked"]) == ["v3", "v10"]
    assert _values(done["restored"]) == ["v2", "v3", "v10"]
    assert _values(done["ordered"]) == ["v2", "v3", "v10"]
    assert _values(done["reversed"]) == ["v10", "v3", "v2"]


def _values(datasource: dict[str, Any]) -> list[str]:
    return [option["value"] for option in datasource["values"]]


def _check_values(done: Results, names: dict[str, str], fresh: str) -> None:
    text, several, number = names["text"], names["several"], names["number"]
    given = {
        text: "a=b|c",
        number: 3,
        names["day"]: "2024-02-29",
        names["one"]: "first",
        several: ["first"],
    }
    assert done["uploaded"]["metadata"] == given
    assert done["defaults"]["metadata"] == {text: "d", number: 5}
    assert done["changed"]["public_ids"] == [f"{fresh}/1", f"{fresh}/2"]
    left = {name: value for name, value in given.items() if name != several}
    left |= {text: "new", names["day"]: "2024-03-01"}
    assert done["explicit"]["metadata"] == left
    assert done["asset"]["metadata"] == left
    assert done["update"]["metadata"] == {text: "new", number: 5, several: ["first"]}


def _check_refusals(done: Results, names: dict[str, str], *, python: bool) -> None:
    bad, missing = ("BadRequest", "NotFound") if python else (400, 404)
    prefix = names["text"].removesuffix("_text")
    expected = {
        "bad_default": (bad, "default_value is invalid"),
        "unknown": (bad, f'Metadata External IDs do not exist: ["{prefix}_x"]'),
        "unfit": (bad, f"'v1' is not valid for field '{names['one']}'"),
        "again": (bad, f"external id {names['text']} already exists"),
        "missing": (missing, names["text"]),
    }
    for call, (kind, message) in expected.items():
        assert done[call]["kind"] == kind, call
        assert message in done[call]["message"], call
