"""Conditional metadata rules: read, shown, refused."""

from __future__ import annotations

from typing import Any

import pytest

from app.domain.errors import BadRequest
from app.domain.metadata.rules import (
    MAX_CONDITIONS,
    MAX_DEPTH,
    MetadataRule,
    changed_rule,
    new_rule,
)
from app.domain.params import Params

FIELDS = {"team", "category"}
SIMPLE = {"metadata_field_id": "category", "equals": "employee"}


def make(**changes: Any) -> MetadataRule:
    given = {
        "metadata_field_id": "team",
        "name": "n",
        "condition": SIMPLE,
        "result": {"enable": True, "activate_values": "all"},
    }
    return new_rule("id", Params.from_mapping(given | changes), FIELDS)


def test_a_rule_as_clients_see_it() -> None:
    shown = make().to_json()
    signature = shown.pop("condition_signature")
    assert shown == {
        "external_id": "id",
        "metadata_field_id": "team",
        "name": "n",
        "condition": SIMPLE,
        "result": {"enable": True, "activate_values": "all"},
        "state": "active",
    }
    assert len(signature) == 36
    turned = {"equals": "employee", "metadata_field_id": "category"}
    assert make(condition=turned).to_json()["condition_signature"] == signature
    other = make(condition=SIMPLE | {"equals": "guest"})
    assert other.to_json()["condition_signature"] != signature
    assert make(position="3").to_json()["position"] == 3


@pytest.mark.parametrize(
    "condition",
    [
        {"metadata_field_id": "category", "populated": False},
        {"metadata_field_id": "category", "includes": ["a", "b"]},
        {"metadata_field_id": "category", "equals": ["a"]},
        {"metadata_field_id": "category", "equals": 5},
        {"and": [SIMPLE, {"or": [SIMPLE, {"and": [SIMPLE]}]}]},
    ],
)
@pytest.mark.parametrize(
    "result",
    [
        {"disable": False, "hide": True, "set_mandatory": True},
        {"enable": True, "activate_values": {"external_ids": ["a"], "exclusive": True}},
        {"enable": True, "apply_value": {"value": "x", "mode": "default"}},
        {"apply_value": {"value": ["a"], "mode": "append"}},
        {"apply_value": {"value": 5}},
    ],
)
def test_conditions_and_results(condition: Any, result: Any) -> None:
    rule = make(condition=condition, result=result)
    assert (rule.condition, rule.result) == (condition, result)


def _deep(levels: int) -> dict[str, Any]:
    return SIMPLE if levels == 1 else {"and": [_deep(levels - 1)]}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"metadata_field_id": "none"}, r'do not exist: \["none"\]'),
        ({"name": " "}, "name is invalid"),
        ({"state": "on"}, "for parameter state"),
        ({"position": -1}, "for parameter position"),
        ({"condition": "x"}, "condition is invalid"),
        ({"condition": {}}, "do not exist"),
        ({"condition": {"metadata_field_id": ["category"]}}, "do not exist"),
        ({"condition": {"metadata_field_id": "category"}}, "condition is invalid"),
        ({"condition": SIMPLE | {"like": "x"}}, "condition is invalid"),
        ({"condition": SIMPLE | {"populated": "yes"}}, "condition is invalid"),
        ({"condition": SIMPLE | {"includes": []}}, "condition is invalid"),
        ({"condition": SIMPLE | {"equals": {"a": 1}}}, "condition is invalid"),
        ({"condition": {"and": []}}, "condition is invalid"),
        ({"condition": {"and": [SIMPLE], "or": [SIMPLE]}}, "condition is invalid"),
        ({"condition": {"and": [SIMPLE] * MAX_CONDITIONS}}, "condition is invalid"),
        ({"condition": _deep(MAX_DEPTH + 1)}, "condition is invalid"),
        ({"result": {}}, "result is invalid"),
        ({"result": {"enable": "yes"}}, "result is invalid"),
        ({"result": {"explode": True}}, "result is invalid"),
        ({"result": {"activate_values": "some"}}, "result is invalid"),
        ({"result": {"activate_values": {"external_ids": "a"}}}, "result is invalid"),
        ({"result": {"apply_value": "x"}}, "result is invalid"),
        ({"result": {"apply_value": {"value": "x", "mode": "force"}}}, "result is invalid"),
        ({"result": {"apply_value": {"mode": "default"}}}, "result is invalid"),
    ],
)
def test_refusals(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(BadRequest, match=message):
        make(**changes)


@pytest.mark.parametrize("name", ["metadata_field_id", "name", "condition", "result"])
def test_what_a_rule_needs(name: str) -> None:
    with pytest.raises(BadRequest, match=f"Missing required parameter - {name}"):
        make(**{name: None})


def test_limits_are_inside() -> None:
    make(condition=_deep(MAX_DEPTH))
    make(condition={"and": [SIMPLE] * (MAX_CONDITIONS - 1)})


def test_changes() -> None:
    changed = changed_rule(make(), Params.from_mapping({"name": "m", "state": "inactive"}), FIELDS)
    assert changed.to_json()["state"] == "inactive"
    assert (changed.name, changed.condition) == ("m", SIMPLE)
