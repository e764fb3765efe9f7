"""Where notifications go, and what stands in them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from app.domain.errors import BadRequest
from app.domain.notifications import envelope, parse_urls, signed_by

MOMENT = datetime(2025, 6, 4, 10, 15, 0, 123456, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "urls"),
    [
        ("", ()),
        (" \n | ", ()),
        ("https://a.example/x?y=1&z=2", ("https://a.example/x?y=1&z=2",)),
        ("http://a/|http://b:8080\nhttp://c\r\n", ("http://a/", "http://b:8080", "http://c")),
        ("http://a/ | http://a/", ("http://a/",)),
        ("HTTP://[2001:db8::1]:80/", ("HTTP://[2001:db8::1]:80/",)),
        ("http://user:p%40ss@a/é", ("http://user:p%40ss@a/é",)),
    ],
)
def test_urls_are_read(text: str, urls: tuple[str, ...]) -> None:
    assert parse_urls(text) == urls


@pytest.mark.parametrize(
    "url",
    [
        "a.example",
        "ftp://a.example/",
        "file:///etc/passwd",
        "http://",
        "http:///x",
        "https:a.example",
        "http://a b/",
        "http://a/\x00",
        "http://a/\tx",
        "http://a\\@b/",
        "http://a:99999/",
        "http://a:0/",
        "http://a:x/",
        "http://[::1/",
        "javascript:alert(1)",
        "http://a/" + "x" * 2048,
    ],
)
def test_what_is_no_url_is_refused(url: str) -> None:
    with pytest.raises(BadRequest, match=r"^Invalid notification url .{1,200}$"):
        parse_urls(f"http://fine.example|{url}")


def test_there_are_not_too_many() -> None:
    urls = [f"http://a{number}.example" for number in range(31)]
    assert len(parse_urls("\n".join(urls[:30]))) == 30
    with pytest.raises(BadRequest, match=r"Got 31\. Maximum is 30\."):
        parse_urls("|".join(urls))


def test_the_envelope() -> None:
    reply = {"public_id": "cats/tabby", "signature": "s", "tags": ["é"], "api_key": "111"}
    body = {"notification_type": "upload", **reply}
    elsewhere = MOMENT.astimezone(timezone(timedelta(hours=2)))
    made = envelope(body, elsewhere)
    assert list(made)[:3] == ["notification_type", "timestamp", "request_id"]
    assert made["timestamp"] == "2025-06-04T10:15:00+00:00"
    assert len(made["request_id"]) == 32 and int(made["request_id"], 16) >= 0
    assert {key: made[key] for key in list(made)[3:]} == {
        "public_id": "cats/tabby",
        "tags": ["é"],
        "api_key": "111",
    }
    assert envelope(body, elsewhere)["request_id"] != made["request_id"]
    whole = signed_by(made, "111", "222")
    assert list(whole)[-2:] == ["notification_context", "signature_key"]
    assert whole["notification_context"] == {
        "triggered_at": "2025-06-04T10:15:00+00:00",
        "triggered_by": {"source": "api", "id": "111"},
    }
    assert whole["signature_key"] == "222"
    assert signed_by(made, "", "222")["notification_context"]["triggered_by"]["id"] == "222"
