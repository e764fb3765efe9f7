"""Which parameters count as sent, and which as read."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.domain.params import TRACE, Params, Trace

SENT = {"a": "1", "b": ["x", "y"], "c": "", "d": [], "e": {"k": 1}, "timestamp": "5"}


@pytest.fixture
def trace() -> Iterator[Trace]:
    made = Trace()
    token = TRACE.set(made)
    yield made
    TRACE.reset(token)


def test_what_comes_without_a_value_was_not_sent(trace: Trace) -> None:
    Params(SENT).traced()
    assert trace.sent == {"a", "b", "e", "timestamp"}


@pytest.mark.parametrize("ask", ["raw", "text", "items", "list", "flag"])
def test_asking_for_a_name_reads_it(trace: Trace, ask: str) -> None:
    getattr(Params(SENT), ask)("a")
    assert trace.read == {"a"}


def test_a_number_is_read(trace: Trace) -> None:
    assert Params(SENT).integer("a", default=0) == 1
    assert trace.read == {"a"}


def test_handling_all_alike_reads_none(trace: Trace) -> None:
    params = Params(SENT)
    assert params.values() == SENT
    assert params.texts()["b"] == "x,y"
    assert "a" in params and params.names()
    assert trace.read == set()


def test_a_signature_reads_only_its_time(trace: Trace) -> None:
    Params(SENT).signable()
    assert trace.read == {"timestamp"}


def test_what_is_read_after_parameters_were_completed_counts(trace: Trace) -> None:
    first = Params.from_pairs([("a", "1"), ("b", "2")]).traced()
    completed = Params.from_mapping(first.values() | {"preset": "3"}).merged(Params({"z": "4"}))
    completed.text("a")
    assert (trace.sent, trace.read) == ({"a", "b"}, {"a"})


def test_nothing_is_noted_without_a_trace() -> None:
    assert Params(SENT).traced().text("a") == "1"
    assert TRACE.get() is None
