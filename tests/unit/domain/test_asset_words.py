"""Regions, header lines, moderations and delete tokens: what is read, and what is refused."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from app.domain import delete_tokens, delivery_headers, regions
from app.domain.errors import BadRequest
from app.domain.moderation import (
    Moderation,
    ModerationStatus,
    decided,
    is_rejected,
    parse_decision,
    parse_requests,
)

NOW = datetime(2026, 1, 2, tzinfo=UTC)
ID, OTHER = "0123456789abcdef" * 2, "f" * 32


def test_regions_are_polygons_of_whole_pixels() -> None:
    assert regions.parse('{"a": [[1, 2], ["3", 4.6]]}') == {"a": [[1, 2], [3, 5]]}
    assert regions.parse({"a.b-c_d": [[0, 0], [1, 1]]}) == {"a.b-c_d": [[0, 0], [1, 1]]}
    assert regions.parse("") == regions.parse("{}") == {}


@pytest.mark.parametrize(
    "value",
    [
        "x",
        "[]x",
        "5",
        '{"a": 1}',
        '{"a": [[1, 2]]}',
        '{"a": [[1], [2]]}',
        '{"a": [[1, 2, 3], [4, 5, 6]]}',
        '{"a": [[1, -2], [3, 4]]}',
        '{"a": [[1, 1e9], [3, 4]]}',
        '{"a": [[1, "nan"], [3, 4]]}',
        '{"a b": [[1, 2], [3, 4]]}',
        '{"a": [["x", 2], [3, 4]]}',
        {"a": [[0, 0]] * 201},
        {f"a{n}": [[0, 0], [1, 1]] for n in range(101)},
        [1],
    ],
)
def test_what_is_no_region(value: Any) -> None:
    with pytest.raises(BadRequest, match="for parameter regions"):
        regions.parse(value)


def test_header_lines_in_every_form() -> None:
    lines = ("X-Robots-Tag: noindex", "Link: <a>; rel=b")
    for value in ("\r\n".join(lines), list(lines), "X-Robots-Tag:noindex\n\nLink:<a>; rel=b\n"):
        assert delivery_headers.parse(value) == lines
    assert delivery_headers.parse({"Link": "<a>"}) == ("Link: <a>",)
    assert delivery_headers.parse("") == delivery_headers.parse(None) == ()
    assert delivery_headers.delivered(("Authorization: x", *lines)) == lines
    assert delivery_headers.pairs(("Link: <a>: b",)) == [(b"link", b"<a>: b")]


@pytest.mark.parametrize(
    "value",
    ["word", ": x", "a b: c", "X: \x01", "X: 中", "Link: " + "x" * 1024, ["Link: a\r\nX: b"]],
)
def test_what_is_no_header_line(value: Any) -> None:
    with pytest.raises(BadRequest, match="for parameter headers"):
        delivery_headers.parse(value)


def test_moderators_in_their_order() -> None:
    found = parse_requests("duplicate:0.5 | aws_rek:explicit_nudity:0.9|manual")
    assert [request.kind for request in found] == ["duplicate", "aws_rek", "manual"]
    assert found[0].threshold == 0.5
    assert parse_requests("") == parse_requests("|") == ()


def said(*pairs: tuple[str, ModerationStatus]) -> tuple[Moderation, ...]:
    return tuple(Moderation(kind, status) for kind, status in pairs)


@pytest.mark.parametrize(
    ("moderations", "rejected"),
    [
        (said(), False),
        (said(("manual", "pending")), False),
        (said(("manual", "rejected")), True),
        (said(("duplicate", "rejected"), ("manual", "aborted")), True),
        (said(("duplicate", "rejected"), ("manual", "approved")), False),
        (said(("duplicate", "approved"), ("manual", "rejected")), True),
        (said(("duplicate", "rejected"), ("manual", "pending")), True),
    ],
)
def test_what_is_not_shown(moderations: tuple[Moderation, ...], rejected: bool) -> None:
    assert is_rejected(moderations) is rejected


def test_decisions() -> None:
    assert decided((), "rejected", NOW) == (Moderation("manual", "rejected", {}, NOW),)
    both = decided(said(("duplicate", "rejected"), ("manual", "aborted")), "approved", NOW)
    assert both == (Moderation("duplicate", "rejected"), Moderation("manual", "approved", {}, NOW))
    (alone,) = decided(said(("duplicate", "rejected")), "approved", NOW)
    assert (alone.kind, alone.status, alone.updated_at) == ("duplicate", "approved", NOW)
    assert parse_decision("approved") == "approved"
    for text in ("", "queued", "Approved", "x" * 1000):
        with pytest.raises(BadRequest, match="for parameter moderation_status"):
            parse_decision(text)


def test_delete_tokens_end() -> None:
    token = delete_tokens.issue(ID, "secret", 1000)
    assert delete_tokens.asset_of(token, ["other", "secret"], 1000) == ID
    assert delete_tokens.asset_of(token, ["secret"], 1000 + delete_tokens.VALIDITY) == ID
    for secrets, now in (
        (["secret"], 1001 + delete_tokens.VALIDITY),
        (["other"], 1000),
        ([], 1000),
    ):
        with pytest.raises(BadRequest):
            delete_tokens.asset_of(token, secrets, now)


def test_delete_tokens_are_for_one_asset_and_one_time() -> None:
    token = delete_tokens.issue(ID, "secret", 1000)
    later = delete_tokens.issue(ID, "secret", 2000)[:10]
    for forged in (token.replace(ID, OTHER), later + token[10:], token.upper(), token[:-1], ""):
        with pytest.raises(BadRequest):
            delete_tokens.asset_of(forged, ["secret"], 1000)
