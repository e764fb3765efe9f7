"""Definitions of metadata fields: made, changed, refused."""

from __future__ import annotations

from typing import Any

import pytest

from app.domain.errors import BadRequest
from app.domain.metadata import definitions
from app.domain.metadata.fields import MAX_OPTIONS, Option, from_json
from app.domain.params import Params
from tests.unit.domain.metadata.making import COLOURS, MOMENT, field


def make(**given: Any) -> None:
    definitions.new_field(Params.from_mapping(given), MOMENT)


def change(field_type: str = "string", /, **given: Any) -> Any:
    return definitions.changed_field(field(field_type), Params.from_mapping(given))


def test_a_field_as_clients_see_it() -> None:
    assert field().to_json() == {
        "type": "string",
        "external_id": "f",
        "label": "F",
        "mandatory": False,
        "default_value": None,
        "validation": None,
        "default_disabled": False,
        "restrictions": {"readonly_ui": False},
        "allow_dynamic_list_values": False,
    }
    assert field("set").to_json()["datasource"] == {
        "values": [
            {"external_id": "r", "value": "Red", "state": "active"},
            {"external_id": "g", "value": "Green", "state": "active"},
        ]
    }


@pytest.mark.parametrize(
    "item",
    [
        field(),
        field("integer", default_value="7", validation={"type": "less_than", "value": 8}),
        field("date", mandatory="true", default_value="2024-02-29"),
        field("enum", default_value="r", allow_dynamic_list_values=True),
        definitions.with_states(field("set", default_value='["g"]'), ["r"], active=False),
        field(default_disabled=1, restrictions={"readonly_ui": True, "hidden_ui": True}),
    ],
)
def test_definitions_are_read_back(item: Any) -> None:
    assert from_json(item.to_json(), MOMENT) == item


def test_forms_carry_json_as_text() -> None:
    text = '{"values":[{"external_id":"r","value":"Red"},{"external_id":"g","value":"Green"}]}'
    assert field("set", datasource=text) == field("set")
    rule = '{"type":"strlen","min":1}'
    assert field(validation=rule).validation == {"type": "strlen", "min": 1}


def test_ids_are_made_up() -> None:
    item = field("enum", external_id="", datasource={"values": [{"value": "a"}, {"value": "b"}]})
    assert len(item.external_id) == 20
    names = {option.external_id for option in item.options}
    assert len(names) == 2 and all(len(name) == 20 for name in names)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "Missing required parameter - type"),
        ({"type": "number"}, "Invalid value number for parameter type"),
        ({"type": "string"}, "Missing required parameter - label"),
        ({"type": "string", "label": " "}, "Missing required parameter - label"),
        ({"type": "string", "label": "x" * 256}, "label is invalid"),
        ({"type": "string", "label": "a\x07"}, "label is invalid"),
        ({"type": "enum", "label": "x"}, "Missing required parameter - datasource"),
        ({"type": "enum", "label": "x", "datasource": {}}, "datasource is invalid"),
        ({"type": "enum", "label": "x", "datasource": "a"}, "datasource is invalid"),
        ({"type": "enum", "label": "x", "datasource": {"values": "a"}}, "datasource is invalid"),
        ({"type": "enum", "label": "x", "datasource": {"values": ["a"]}}, "datasource is invalid"),
        (
            {"type": "set", "label": "x", "datasource": {"values": [{"external_id": "a"}]}},
            "datasource is invalid",
        ),
        (
            {
                "type": "set",
                "label": "x",
                "datasource": {"values": [{"external_id": {"a": 1}, "value": "x"}]},
            },
            "datasource is invalid",
        ),
        (
            {"type": "string", "label": "x", "datasource": COLOURS},
            "has no datasource",
        ),
        ({"type": "string", "label": "x", "mandatory": "perhaps"}, "for parameter mandatory"),
        ({"type": "string", "label": "x", "validation": 5}, "validation is invalid"),
        ({"type": "string", "label": "x", "restrictions": 5}, "restrictions is invalid"),
        ({"type": "string", "label": "x", "restrictions": {"a": True}}, "restrictions is invalid"),
        (
            {"type": "string", "label": "x", "restrictions": {"readonly_ui": "x"}},
            "restrictions is invalid",
        ),
        ({"type": "integer", "label": "x", "default_value": "a"}, "default_value is invalid"),
        (
            {
                "type": "integer",
                "label": "x",
                "default_value": 6,
                "validation": {"type": "less_than", "value": 5, "equals": True},
            },
            "default_value is invalid",
        ),
        (
            {"type": "enum", "label": "x", "datasource": COLOURS, "default_value": "Red"},
            "default_value is invalid",
        ),
    ],
)
def test_refusals(given: dict[str, Any], message: str) -> None:
    with pytest.raises(BadRequest, match=message):
        make(**given)


@pytest.mark.parametrize(
    "external_id",
    ["a/b", "a=b", "a|b", 'a"b', "a\\b", "a\nb", " a", "x" * 256, "order", "datasource"],
)
def test_external_ids_that_could_not_be_used(external_id: str) -> None:
    with pytest.raises(BadRequest, match="external_id is invalid"):
        make(type="string", label="x", external_id=external_id)


def test_changes() -> None:
    changed = change(type="integer", external_id="other", label="New", mandatory=True)
    assert (changed.type, changed.external_id) == ("string", "f")
    assert (changed.label, changed.mandatory) == ("New", True)
    assert change(default_value="x").default_value == "x"
    with_default = field(default_value="x", validation={"type": "strlen", "max": 3})
    emptied = definitions.changed_field(
        with_default, Params.from_mapping({"default_value": "", "validation": ""})
    )
    assert (emptied.default_value, emptied.validation) == (None, None)
    with pytest.raises(BadRequest, match="default_value is invalid"):
        definitions.changed_field(
            with_default, Params.from_mapping({"validation": {"type": "strlen", "min": 2}})
        )
    with pytest.raises(BadRequest, match="label is invalid"):
        change(label="")


def test_options_are_added_and_renamed() -> None:
    entries = [{"external_id": "r", "value": "Crimson"}, {"external_id": "b", "value": "Blue"}]
    changed = definitions.with_options(field("set"), entries)
    assert changed.options == (Option("r", "Crimson"), Option("g", "Green"), Option("b", "Blue"))
    blocked = definitions.with_states(field("set"), ["r"], active=False)
    renamed = definitions.with_options(blocked, [{"external_id": "r", "value": "Crimson"}])
    assert renamed.options[0] == Option("r", "Crimson", active=False)
    same = definitions.with_options(blocked, [{"external_id": "r"}])
    assert same == blocked


def test_as_many_options_as_fit() -> None:
    entries = [{"external_id": f"{n}", "value": "x"} for n in range(MAX_OPTIONS - 2)]
    assert len(definitions.with_options(field("set"), entries).options) == MAX_OPTIONS
    with pytest.raises(BadRequest, match="Maximum is 3000"):
        definitions.with_options(field("set"), [*entries, {"value": "one too many"}])


def test_states() -> None:
    blocked = definitions.with_states(field("set"), ["g"], active=False)
    assert [option.active for option in blocked.options] == [True, False]
    assert definitions.with_states(blocked, ["g"], active=True) == field("set")
    with pytest.raises(BadRequest, match=r'Datasource External IDs do not exist: \["x"\]'):
        definitions.with_states(field("set"), ["g", "x"], active=False)
    with pytest.raises(BadRequest, match="default_value is invalid"):
        definitions.with_states(field("set", default_value=["g"]), ["g"], active=False)
    with pytest.raises(BadRequest, match="has no datasource"):
        definitions.with_states(field(), ["g"], active=False)


def test_order() -> None:
    values = ["v10", "V9", "é", "b", "A", "v²"]
    item = field("enum", datasource={"values": [{"value": value} for value in values]})
    ascending = [option.value for option in definitions.with_order(item, descending=False).options]
    assert ascending == ["A", "b", "V9", "v10", "v²", "é"]
    descending = definitions.with_order(item, descending=True)
    assert [option.value for option in descending.options] == ascending[::-1]


def test_options_that_came_in_the_meantime_are_not_added_twice() -> None:
    item = definitions.with_added(field("set"), [Option("r", "r"), Option("n", "n")])
    assert item.options == (*field("set").options, Option("n", "n"))
