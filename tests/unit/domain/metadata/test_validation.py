"""Validation rules of metadata fields, at their limits."""

from __future__ import annotations

from typing import Any

import pytest

from app.domain.errors import BadRequest
from app.domain.metadata.validation import check_rule
from app.domain.metadata.values import read_value
from tests.unit.domain.metadata.making import field


def fits(field_type: str, rule: dict[str, Any], value: object) -> bool:
    return read_value(field(field_type, validation=rule), value) is not None


@pytest.mark.parametrize(
    ("kind", "equals", "fitting"),
    [
        ("greater_than", False, [6]),
        ("greater_than", True, [5, 6]),
        ("less_than", False, [4]),
        ("less_than", True, [4, 5]),
    ],
)
def test_comparisons(kind: str, equals: bool, fitting: list[int]) -> None:
    numbers = {"type": kind, "value": 5, "equals": equals}
    assert [n for n in (4, 5, 6) if fits("integer", numbers, n)] == fitting
    dates = {"type": kind, "value": "2024-01-05", "equals": equals}
    days = [n for n in (4, 5, 6) if fits("date", dates, f"2024-01-0{n}")]
    assert days == fitting


def test_lengths() -> None:
    between = {"type": "strlen", "min": 2, "max": 3}
    assert [n for n in range(6) if fits("string", between, "é" * n)] == [2, 3]
    assert [n for n in range(1, 4) if fits("string", {"type": "strlen", "max": 2}, "x" * n)] == [
        1,
        2,
    ]
    # Without a maximum of its own a field keeps to the usual one.
    least = {"type": "strlen", "min": 500}
    assert [n for n in (499, 500, 501) if fits("string", least, "x" * n)] == [500]
    long = {"type": "strlen", "max": 600}
    assert [n for n in (501, 600, 601) if fits("string", long, "x" * n)] == [501, 600]


def test_all_of_several() -> None:
    rule = {
        "type": "and",
        "rules": [
            {"type": "greater_than", "value": 1, "equals": False},
            {"type": "less_than", "value": 4, "equals": True},
        ],
    }
    assert [n for n in range(6) if fits("integer", rule, n)] == [2, 3, 4]
    lengths = {"type": "and", "rules": [{"type": "strlen", "min": 1}, {"type": "strlen", "max": 9}]}
    assert [n for n in (0, 1, 9, 10) if fits("string", lengths, "x" * n)] == [1, 9]
    short = {"type": "and", "rules": [{"type": "strlen", "min": 1}]}
    assert [n for n in (500, 501) if fits("string", short, "x" * n)] == [500]


def test_rules_come_back_as_they_were() -> None:
    for rule in (
        {"type": "less_than", "equals": True, "value": 5},
        {"type": "and", "rules": [{"type": "greater_than", "equals": False, "value": 5}]},
    ):
        assert check_rule(rule, "integer") == rule
    assert check_rule({"type": "strlen", "min": "1", "max": None}, "string") == {
        "type": "strlen",
        "min": 1,
    }
    assert check_rule({"type": "less_than", "value": "7"}, "integer") == {
        "type": "less_than",
        "value": 7,
        "equals": False,
    }


_LESS = {"type": "less_than", "value": 5}


@pytest.mark.parametrize(
    ("field_type", "rule"),
    [
        ("integer", "less_than"),
        ("integer", []),
        ("integer", {"type": "between"}),
        ("integer", {"type": ["less_than"]}),
        ("integer", {"type": "less_than"}),
        ("integer", {"type": "less_than", "value": "x"}),
        ("integer", _LESS | {"equals": "yes"}),
        ("integer", {"type": "strlen", "min": 1}),
        ("date", {"type": "less_than", "value": "2024-13-01"}),
        ("date", {"type": "less_than", "value": 5}),
        ("string", _LESS),
        ("string", {"type": "strlen"}),
        ("string", {"type": "strlen", "min": -1}),
        ("string", {"type": "strlen", "max": 10_001}),
        ("string", {"type": "strlen", "min": 5, "max": 4}),
        ("string", {"type": "strlen", "min": [1]}),
        ("enum", _LESS),
        ("set", {"type": "strlen", "min": 1}),
        ("integer", {"type": "and"}),
        ("integer", {"type": "and", "rules": []}),
        ("integer", {"type": "and", "rules": _LESS}),
        ("integer", {"type": "and", "rules": [_LESS, None]}),
        ("integer", {"type": "and", "rules": [_LESS] * 21}),
        ("integer", {"type": "and", "rules": [{"type": "and", "rules": [_LESS]}]}),
    ],
)
def test_malformed_rules(field_type: str, rule: object) -> None:
    with pytest.raises(BadRequest, match=r"^validation is invalid$"):
        check_rule(rule, field_type)  # type: ignore[arg-type]  # from the table above
