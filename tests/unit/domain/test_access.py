"""Access rules: reading them, writing them, and whether they let anybody in."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from app.domain.access import AccessRule, is_open, parse, to_json
from app.domain.errors import BadRequest

START = datetime(2019, 2, 22, 14, 20, 57, tzinfo=UTC)
END = datetime(2019, 3, 21, 22, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2019-02-22T14:20:57Z", "2019-03-21T22:00:00Z"),
        ("2019-02-22 16:20:57 +0200", "2019-03-22 00:00 +0200"),
        ("2019-02-22T14:20:57", "2019-03-21T22:00"),
        ("2019-02-22T14:20:57.123+00:00", "2019-03-21 22:00Z"),
        (int(START.timestamp()), int(END.timestamp())),
    ],
)
def test_times_as_clients_write_them(start: str | int, end: str | int) -> None:
    rules = parse([{"access_type": "anonymous", "start": start, "end": end}])
    assert rules == (AccessRule("anonymous", START, END),)
    assert to_json(rules) == [
        {
            "access_type": "anonymous",
            "start": "2019-02-22T14:20:57Z",
            "end": "2019-03-21T22:00:00Z",
        }
    ]
    assert parse(to_json(rules)) == rules


def test_forms() -> None:
    both = (AccessRule("token"), AccessRule("anonymous", end=END))
    text = '[{"access_type":"token"},{"access_type":"anonymous","end":"2019-03-21T22:00Z"}]'
    assert parse(text) == both
    assert parse('{"access_type":"token"}') == both[:1]
    assert parse({"access_type": "token", "start": None, "end": ""}) == both[:1]
    for nothing in ("", "  ", "[]", [], None):
        assert parse(nothing) == ()
    assert to_json(()) == []


TOKEN = {"access_type": "token"}
ANYBODY = {"access_type": "anonymous"}


@pytest.mark.parametrize(
    "value",
    [
        "token",
        "[1]",
        "[[]]",
        "1",
        "true",
        "{}",
        [{"access_type": "everybody"}],
        [{"access_type": ["token"]}],
        [ANYBODY, ANYBODY],
        [TOKEN] * 11,
        [ANYBODY | {"start": "tomorrow"}],
        [ANYBODY | {"start": True}],
        [ANYBODY | {"start": 10**30}],
        [ANYBODY | {"start": [1]}],
        [ANYBODY | {"start": "0001-01-01T00:00+12:00"}],
        [ANYBODY | {"start": "2020-01-02", "end": "2020-01-01"}],
    ],
)
def test_what_is_malformed_is_refused(value: Any) -> None:
    with pytest.raises(BadRequest, match=r"^Invalid value .* for parameter access_control$"):
        parse(value)


def test_a_long_value_is_not_echoed_whole() -> None:
    with pytest.raises(BadRequest) as caught:
        parse("x" * 100_000)
    assert len(caught.value.message) < 300


def test_is_open() -> None:
    before = datetime(2019, 1, 1, tzinfo=UTC)
    within = datetime(2019, 3, 1, tzinfo=UTC)
    window = AccessRule("anonymous", START, END)
    assert is_open((), within)
    assert not is_open((AccessRule("token"),), within)
    assert is_open((AccessRule("anonymous"),), within)
    for rules in ((window,), (AccessRule("token"), window)):
        assert [is_open(rules, moment) for moment in (before, START, within, END)] == [
            False,
            True,
            True,
            False,
        ]
    assert is_open((AccessRule("anonymous", end=END),), before)
    assert is_open((AccessRule("anonymous", start=START),), END)
    # A rule for tokens opens nothing to those without, whatever its time.
    assert not is_open((AccessRule("token", START, END),), within)
