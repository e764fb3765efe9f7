"""Metadata values: read from the wire, and held against their fields."""

from __future__ import annotations

import json
from typing import Any

import pytest

from app.domain.errors import BadRequest
from app.domain.metadata.definitions import with_states
from app.domain.metadata.fields import MAX_TEXT, MetadataField, Option, by_id
from app.domain.metadata.values import Checked, check_values, parse
from tests.unit.domain.metadata.making import field


def check(item: MetadataField, given: object, stored: object = None, **options: bool) -> Checked:
    before = {} if stored is None else {"f": stored}
    return check_values({"f": item}, {"f": given}, before, **options)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", {}),
        ("a=1", {"a": "1"}),
        ("a=1|b=2|", {"a": "1", "b": "2"}),
        (" a =1", {"a": "1"}),
        ("a=", {"a": ""}),
        (r"a=x\=y\|z|b=2", {"a": "x=y|z", "b": "2"}),
        ("a=x=y", {"a": "x=y"}),
        (r"a=C:\dir\file", {"a": r"C:\dir\file"}),  # SDKs do not escape backslashes
        ('s=["p","q"]|a=1', {"s": '["p","q"]', "a": "1"}),
        (r's=["p\|1","q\=2"]', {"s": '["p|1","q=2"]'}),
        ('{"a":1,"s":["p"]}', {"a": 1, "s": ["p"]}),
        ({"a": 1, "b": None}, {"a": 1, "b": None}),
    ],
)
def test_parse(text: object, expected: dict[str, Any]) -> None:
    assert parse(text) == expected


@pytest.mark.parametrize("text", ["a", "a=1|b", "=1", "|=", '{"a":', "{1}", ["a=1"], 5])
def test_malformed(text: object) -> None:
    with pytest.raises(BadRequest, match="parameter metadata"):
        parse(text)


@pytest.mark.parametrize(
    ("field_type", "given", "kept"),
    [
        ("string", "x", "x"),
        ("string", "a\nb\tc", "a\nb\tc"),
        ("string", 5, "5"),
        ("string", "x" * MAX_TEXT, "x" * MAX_TEXT),
        ("integer", "5", 5),
        ("integer", -5, -5),
        ("integer", " +7 ", 7),
        ("integer", 0, 0),
        ("integer", "9" * 18, 10**18 - 1),
        ("date", "2024-02-29", "2024-02-29"),
        ("enum", "r", "r"),
        ("set", ["g", "r", "g"], ["g", "r"]),
        ("set", '["g"]', ["g"]),
        ("set", "g", ["g"]),
    ],
)
def test_values_that_fit(field_type: str, given: object, kept: object) -> None:
    assert check(field(field_type), given).values == {"f": kept}


@pytest.mark.parametrize(
    ("field_type", "given", "shown"),
    [
        ("string", "x" * (MAX_TEXT + 1), "x" * 100),
        ("string", "a\x07b", "a\x07b"),
        ("string", "\x00", "\x00"),
        ("string", True, "true"),
        ("string", ["a"], "[…]"),
        ("string", 0.5, "0.5"),
        ("integer", "5.5", "5.5"),
        ("integer", "five", "five"),
        ("integer", True, "true"),
        ("integer", "9" * 19, "9" * 19),
        ("integer", 10**18, str(10**18)),
        ("date", "2023-02-29", "2023-02-29"),
        ("date", "2024-2-9", "2024-2-9"),
        ("date", "20240229", "20240229"),
        ("date", "٢٠٢٤-٠٢-٠٩", "٢٠٢٤-٠٢-٠٩"),
        ("date", 5, "5"),
        ("enum", "Red", "Red"),  # what people read, instead of the external id
        ("enum", ["r"], "[…]"),
        ("enum", '["r"]', '["r"]'),
        ("set", ["r", "x"], "x"),
        ("set", [["r"]], "[…]"),
        ("set", "[", "["),
        ("set", {"r": 1}, "[…]"),
    ],
)
def test_values_that_do_not_fit(field_type: str, given: object, shown: str) -> None:
    with pytest.raises(BadRequest) as refused:
        check(field(field_type), given)
    assert refused.value.message == f"'{shown}' is not valid for field 'f'"
    cleared = check(field(field_type), given, clear_invalid=True)
    assert cleared.values == {}


def test_nested_too_deeply_to_be_written() -> None:
    given = parse('{"f": ' + "[" * 500 + "]" * 500 + "}")
    with pytest.raises(BadRequest, match="is not valid for field"):
        check_values({"f": field()}, given, {})


def test_unknown_fields() -> None:
    with pytest.raises(BadRequest) as refused:
        check_values({}, {"x": "1", 'é"': "2"}, {})
    assert refused.value.message == 'Metadata External IDs do not exist: ["x","é\\""]'
    with pytest.raises(BadRequest):
        check_values({}, {"x": ""}, {}, clear_invalid=True)
    with pytest.raises(BadRequest) as many:
        check_values({}, {f"{i}" * 1000: "" for i in range(5000)}, {})
    assert len(many.value.message) < 20_000


@pytest.mark.parametrize("nothing", ["", [], "[]", None])
def test_empty_values_remove(nothing: object) -> None:
    for field_type in ("string", "integer", "date", "enum", "set"):
        assert check(field(field_type), nothing, "whatever").values == {}


def test_given_values_replace_and_others_stay() -> None:
    fields = by_id([field(external_id="a"), field("integer", external_id="b"), field("set")])
    stored = {"a": "old", "b": 1, "f": ["r"], "gone": "x"}
    checked = check_values(fields, {"a": "new", "b": ""}, stored)
    assert checked.values == {"a": "new", "f": ["r"]}


def test_blocked_options_stay_where_they_are() -> None:
    item = with_states(field("set"), ["r"], active=False)
    assert check_values({"f": item}, {}, {"f": ["r", "g"]}).values == {"f": ["r", "g"]}
    assert check_values({"f": item}, {}, {"f": ["r"]}, clear_invalid=True).values == {}
    with pytest.raises(BadRequest, match="'r' is not valid for field 'f'"):
        check(item, ["g", "r"])
    assert check(with_states(item, ["r"], active=True), ["r"]).values == {"f": ["r"]}


def test_defaults_are_for_new_assets() -> None:
    item = field("set", default_value=["g"], mandatory=True)
    new = check_values({"f": item}, {}, {}, creating=True)
    assert new.values == {"f": ["g"]}
    assert check(item, ["r"], creating=True).values == {"f": ["r"]}
    assert check_values({"f": item}, {}, {}).values == {}
    optional = field(default_value="x")
    assert check_values({"f": optional}, {}, {}, creating=True).values == {"f": "x"}
    assert check(optional, "", creating=True).values == {}  # explicitly nothing


def test_zero_is_a_default() -> None:
    item = field("integer", default_value=0)
    assert check_values({"f": item}, {}, {}, creating=True).values == {"f": 0}


def test_mandatory_values() -> None:
    item = field(mandatory=True)
    for given in ({}, {"f": ""}):
        with pytest.raises(BadRequest, match="Metadata field 'f' is mandatory"):
            check_values({"f": item}, given, {}, creating=True)
    with pytest.raises(BadRequest, match="mandatory"):
        check(item, "", "stored")
    with pytest.raises(BadRequest, match="mandatory"):
        check(item, "\x07", "stored", clear_invalid=True)
    assert check_values({"f": item}, {}, {}).values == {}  # an old asset, changed elsewhere
    assert check(item, "x", creating=True).values == {"f": "x"}


def test_disabled_fields_have_no_default_and_are_not_mandatory() -> None:
    item = field(mandatory=True, default_value="x", default_disabled=True)
    assert check_values({"f": item}, {}, {}, creating=True).values == {}
    assert check(item, "y", creating=True).values == {"f": "y"}


def test_dynamic_lists_take_new_options() -> None:
    item = field("set", allow_dynamic_list_values=True)
    checked = check(item, ["r", "new", "é 1"])
    assert checked.values == {"f": ["r", "new", "é 1"]}
    assert checked.options == {"f": (Option("new", "new"), Option("é 1", "é 1"))}
    assert check(item, ["r"]).options == {}
    with pytest.raises(BadRequest, match="not valid"):
        check(with_states(item, ["r"], active=False), ["r", "new"])
    with pytest.raises(BadRequest, match="not valid"):
        check(item, ["a\x00b"])
    full = [f"n{i}" for i in range(2998)]
    assert len(check(item, full).options["f"]) == 2998
    with pytest.raises(BadRequest, match="not valid"):
        check(item, [*full, "one too many"])


def test_json_text_is_as_good_as_json() -> None:
    item = field("set")
    given = parse(json.dumps({"f": ["r", "g"]}))
    assert check_values({"f": item}, given, {}).values == {"f": ["r", "g"]}
