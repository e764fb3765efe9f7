"""Moderation: people's queue, duplicates, and what is delivered meanwhile."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from tests import photos
from tests.integration.replies import ok, refused
from tests.live import Client
from tests.receiver import Receiver


def queue(client: Client, kind: str, status: str, **flags: Any) -> list[dict[str, Any]]:
    path = f"resources/image/moderations/{kind}/{status}"
    return list(ok(client.get(path, max_results=500, **flags))["resources"])


def decide(client: Client, public_id: str, status: str) -> dict[str, Any]:
    return ok(client.post(f"resources/image/upload/{public_id}", moderation_status=status))


def test_people_decide(client: Client, fresh: str) -> None:
    """CONTRACT J10."""
    body = ok(client.upload(photos.tiny_png(), public_id=fresh, moderation="manual"))
    assert body["moderation"] == [{"kind": "manual", "status": "pending"}]
    assert httpx.get(body["url"]).status_code == 200  # it is shown until somebody minds
    assert fresh in [item["public_id"] for item in queue(client, "manual", "pending")]
    rejected = decide(client, fresh, "rejected")
    (said,) = rejected["moderation"]
    assert (said["kind"], said["status"]) == ("manual", "rejected") and said["updated_at"]
    assert rejected["placeholder"] is True
    for url in (body["url"], body["url"].replace("/upload/", "/upload/w_2/")):
        assert httpx.get(url).status_code == 404
    assert fresh not in [item["public_id"] for item in queue(client, "manual", "pending")]
    (item,) = [
        item
        for item in queue(client, "manual", "rejected", moderations="true")
        if item["public_id"] == fresh
    ]
    assert (item["moderation_kind"], item["moderation_status"]) == ("manual", "rejected")
    approved = decide(client, fresh, "approved")
    assert approved["moderation"][0]["status"] == "approved" and "placeholder" not in approved
    assert httpx.get(body["url"]).status_code == 200
    found = ok(client.get(f"resources/image/upload/{fresh}"))
    assert found["moderation"] == approved["moderation"]
    assert queue(client, "manual", "approved")[0]["public_id"] == fresh


def test_what_nobody_asked_about_can_be_rejected(client: Client, fresh: str) -> None:
    body = ok(client.upload(photos.tiny_png(), public_id=fresh))
    said = decide(client, fresh, "rejected")["moderation"]
    assert [(item["kind"], item["status"]) for item in said] == [("manual", "rejected")]
    assert httpx.get(body["url"]).status_code == 404


def test_duplicates(client: Client, fresh: str) -> None:
    """A copy of another size and quality is one; another photo is none."""
    client.send("DELETE", "resources/image/upload", params={"all": "true"})
    photo = photos.load("coffee.png", (300, 200))
    first = ok(
        client.upload(
            photos.encode(photo, "JPEG", quality=90), public_id=fresh, moderation="duplicate:0.8"
        )
    )
    (said,) = first["moderation"]
    assert (said["kind"], said["status"]) == ("duplicate", "approved") and "response" not in said
    copy = photos.encode(photo.resize((180, 120)), "JPEG", quality=60)
    second = ok(client.upload(copy, public_id=f"{fresh}-copy", moderation="duplicate:0.8|manual"))
    duplicate, manual = second["moderation"]
    assert (duplicate["status"], manual["status"]) == ("rejected", "aborted")
    (match,) = duplicate["response"]["matches"]
    assert match["asset_id"] == first["asset_id"] and 0.8 <= match["similarity"] <= 1
    assert second["placeholder"] is True and httpx.get(second["url"]).status_code == 404
    assert [item["public_id"] for item in queue(client, "duplicate", "rejected")] == [
        f"{fresh}-copy"
    ]
    other = ok(
        client.upload(
            photos.encode(photos.load("china.jpg", (300, 200)), "JPEG"),
            public_id=f"{fresh}-other",
            moderation="duplicate:0.8|manual",
        )
    )
    states = [(item["kind"], item["status"]) for item in other["moderation"]]
    assert states == [("duplicate", "approved"), ("manual", "pending")]
    # A person has the last word.
    assert decide(client, f"{fresh}-copy", "approved")["moderation"]
    assert httpx.get(second["url"]).status_code == 200
    # With 0 nothing is compared, and a picture is no duplicate of what it replaces.
    free = ok(client.upload(copy, public_id=f"{fresh}-free", moderation="duplicate:0"))
    assert free["moderation"][0]["status"] == "approved"
    client.post("image/destroy", public_id=f"{fresh}-free")
    client.post("image/destroy", public_id=f"{fresh}-copy")
    again = ok(client.upload(copy, public_id=fresh, moderation="duplicate:0.8"))
    assert again["moderation"][0]["status"] == "approved"


def test_explicit_asks_anew(client: Client, fresh: str) -> None:
    ok(client.upload(photos.tiny_png(), public_id=fresh))
    asked = {"public_id": fresh, "type": "upload"}
    body = ok(client.post("image/explicit", **asked, moderation="manual"))
    assert body["moderation"] == [{"kind": "manual", "status": "pending"}]
    decide(client, fresh, "rejected")
    # An asset that is hidden is still there for who manages it.
    again = ok(client.post("image/explicit", **asked, moderation="manual", tags="seen"))
    assert again["moderation"][0]["status"] == "pending" and again["tags"] == ["seen"]


def test_overwriting_forgets_what_was_said(client: Client, fresh: str) -> None:
    ok(client.upload(photos.tiny_png(), public_id=fresh, moderation="manual"))
    decide(client, fresh, "rejected")
    body = ok(client.upload(photos.tiny_png((1, 2, 3)), public_id=fresh))
    assert "moderation" not in body and body["placeholder"] is False
    assert httpx.get(body["url"]).status_code == 200


def test_raw_files_have_a_queue_too(client: Client, fresh: str) -> None:
    body = ok(
        client.upload(
            b"words", name="a.txt", resource_type="raw", public_id=fresh, moderation="manual"
        )
    )
    assert body["moderation"][0]["status"] == "pending"
    path = "resources/raw/moderations/manual/pending"
    assert fresh in [item["public_id"] for item in ok(client.get(path))["resources"]]


def test_queues_come_in_pages(client: Client, fresh: str) -> None:
    for name in "abc":
        ok(client.upload(photos.tiny_png(), public_id=f"{fresh}-{name}", moderation="manual"))
    seen: list[str] = []
    cursor = ""
    while True:
        path = "resources/image/moderations/manual/pending"
        page = ok(client.get(path, max_results=1, next_cursor=cursor))
        seen += [item["public_id"] for item in page["resources"]]
        cursor = page.get("next_cursor", "")
        if not cursor:
            break
    # Made within one second they come in any order, but each of them once.
    assert {name for name in seen if name.startswith(fresh)} == {f"{fresh}-{n}" for n in "abc"}
    assert len(seen) == len(set(seen))


@pytest.mark.parametrize(
    ("moderation", "status", "said"),
    [
        ("nobody", 400, "Moderation nobody moderation is not valid"),
        ("manual|duplicate", 400, "Moderation duplicate moderation is not valid"),
        ("manual|manual", 400, "Moderation manual moderation is not valid"),
        ("duplicate:2", 400, "Moderation duplicate:2 moderation is not valid"),
        ("duplicate:nan", 400, "Moderation duplicate:nan moderation is not valid"),
        ("manual:1", 400, "Moderation manual:1 moderation is not valid"),
        ("aws_rek", 420, "You don't have an active subscription for "),
        ("webpurify|manual", 420, "You don't have an active subscription for "),
    ],
)
def test_what_is_refused(
    client: Client, fresh: str, moderation: str, status: int, said: str
) -> None:
    wrong = client.upload(photos.tiny_png(), public_id=fresh, moderation=moderation)
    assert refused(wrong, status).startswith(said)
    refused(client.get(f"resources/image/upload/{fresh}"), 404)


def test_what_queues_there_are_not(client: Client, fresh: str) -> None:
    for path in ("nobody/pending", "manual/lost"):
        assert refused(client.get(f"resources/image/moderations/{path}")).startswith("Invalid")
    ok(client.upload(photos.tiny_png(), public_id=fresh))
    for status in ("lost", "queued"):
        wrong = client.post(f"resources/image/upload/{fresh}", moderation_status=status)
        assert refused(wrong) == f"Invalid value {status} for parameter moderation_status"


def test_decisions_are_told(client: Client, fresh: str, receiver: Receiver) -> None:
    body = ok(client.upload(photos.tiny_png(), public_id=fresh, moderation="manual"))
    path, hook = f"resources/image/upload/{fresh}", {"notification_url": receiver.url}
    ok(client.post(path, moderation_status="rejected", **hook))
    told = json.loads(receiver.wait(1)[0].body)
    assert told["notification_type"] == "moderation"
    said = (told["moderation_kind"], told["moderation_status"], told["moderation_response"])
    assert said == ("manual", "rejected", "rejected")
    assert (told["asset_id"], told["url"]) == (body["asset_id"], body["url"])
    assert (told["etag"], told["version"]) == (body["etag"], body["version"])
    ok(client.post(path, tags="x", **hook))
    told = json.loads(receiver.wait(2)[1].body)
    assert (told["notification_type"], told["tags"]) == ("update", ["x"])
    refused(client.post(path, tags="y", notification_url="nowhere"))
    assert ok(client.get(path))["tags"] == ["x"]
