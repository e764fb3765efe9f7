"""Notifications of the Upload API's calls, and uploads that nobody waits for."""

from __future__ import annotations

import hashlib
import json
import time
import uuid
from typing import Any

import httpx
import pytest

from app.domain import signing
from tests import photos
from tests.integration.replies import ok, refused
from tests.live import KEY, SECRET, Client
from tests.receiver import Received, Receiver

ENVELOPE = ["notification_type", "timestamp", "request_id"]
CONTEXT = ["notification_context", "signature_key"]


def told(call: Received, event: str) -> dict[str, Any]:
    """A notification's own part; its envelope and its signature are checked."""
    body: dict[str, Any] = json.loads(call.body)
    assert list(body)[:3] == ENVELOPE and list(body)[-2:] == CONTEXT
    assert body["notification_type"] == event and len(body["request_id"]) == 32
    moment = int(call.headers["X-Cld-Timestamp"])
    signature = signing.sign_webhook(call.body.decode(), moment, SECRET)
    assert call.headers["X-Cld-Signature"] == signature
    assert abs(time.time() - moment) < 30 and body["signature_key"] == KEY
    return {name: body[name] for name in body if name not in ENVELOPE + CONTEXT}


def test_an_upload(lone: Client, fresh: str, receiver: Receiver) -> None:
    body = ok(
        lone.upload(
            photos.tiny_png(),
            name="a.png",
            public_id=fresh,
            tags="a,b",
            notification_url=receiver.url,
            eager="w_2",
        )
    )
    (call,) = receiver.wait(1)
    said = told(call, "upload")
    assert said == {name: body[name] for name in body if name != "signature"}
    assert said["eager"][0]["width"] == 2 and said["api_key"] == KEY


def test_several_are_told(lone: Client, fresh: str, receiver: Receiver) -> None:
    urls = "\n".join((f"{receiver.url}/one", f"{receiver.url}/two"))
    ok(lone.upload(photos.tiny_png(), public_id=fresh, notification_url=urls))
    assert {call.path for call in receiver.wait(2)} == {"/hook/one", "/hook/two"}


def test_every_action(lone: Client, fresh: str, receiver: Receiver) -> None:
    """Whatever an action changes, who asked to be told is told once."""
    asset_id = ok(lone.upload(photos.tiny_png(), public_id=fresh))["asset_id"]
    hook = {"notification_url": receiver.url}
    calls: list[tuple[str, dict[str, str], str, dict[str, Any]]] = [
        (
            "explicit",
            {"public_id": fresh, "type": "upload", "tags": "x"},
            "explicit",
            {"public_id": fresh, "tags": ["x"], "asset_id": asset_id},
        ),
        (
            "tags",
            {"public_ids[]": fresh, "command": "add", "tag": "y"},
            "resource_tags_changed",
            {"public_ids": [fresh], "command": "add", "tags": ["y"]},
        ),
        (
            "context",
            {"public_ids[]": fresh, "command": "add", "context": "alt=A"},
            "resource_context_changed",
            {"public_ids": [fresh], "command": "add", "context": {"alt": "A"}},
        ),
        (
            "rename",
            {"from_public_id": fresh, "to_public_id": f"{fresh}-2"},
            "rename",
            {"from_public_id": fresh, "to_public_id": f"{fresh}-2", "asset_id": asset_id},
        ),
        (
            "destroy",
            {"public_id": f"{fresh}-2"},
            "delete",
            {
                "resources": [
                    {"resource_type": "image", "type": "upload", "public_id": f"{fresh}-2"}
                ]
            },
        ),
    ]
    for number, (action, fields, event, expected) in enumerate(calls, 1):
        ok(lone.post(f"image/{action}", **fields, **hook))
        said = told(receiver.wait(number)[-1], event)
        assert {name: said[name] for name in expected} == expected
    ok(lone.post("image/destroy", public_id=f"{fresh}-2", **hook))  # nothing is left to tell of
    assert len(receiver.calls) == len(calls)


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/x", "nowhere", "http://", "http://x\n/etc"])
def test_what_is_no_url(lone: Client, fresh: str, url: str) -> None:
    wrong = refused(lone.upload(photos.tiny_png(), public_id=fresh, notification_url=url))
    assert wrong.startswith("Invalid notification url ")
    assert lone.get(f"resources/image/upload/{fresh}").status_code == 404
    for action in ("destroy", "explicit", "tags"):
        fields = {"public_id": fresh, "public_ids[]": fresh, "type": "upload"}
        more = {"command": "add", "tag": "a", "notification_url": url}
        refused(lone.post(f"image/{action}", **fields, **more))


def test_an_upload_that_nobody_waits_for(lone: Client, fresh: str, receiver: Receiver) -> None:
    file = photos.encode(photos.load("flower.jpg", (60, 40)), "JPEG")
    body = ok(
        lone.upload(
            file,
            name="rose.jpg",
            public_id=fresh,
            notification_url=receiver.url,
            categorization="imagga_tagging",
            auto_tagging="0.9",
            tags="mine",
            transformation="w_30",
            **{"async": "true"},
        )
    )
    batch_id = body.pop("batch_id")
    assert body == {
        "status": "pending",
        "resource_type": "image",
        "type": "upload",
        "public_id": fresh,
    }
    said = told(receiver.wait(1)[0], "upload")
    assert (said["public_id"], said["width"], said["original_filename"]) == (fresh, 30, "rose")
    assert said["tags"][0] == "mine" and "imagga_tagging" in said["info"]["categorization"]
    assert len(batch_id) == 32 and said["api_key"] == KEY
    data = httpx.get(said["secure_url"]).content
    assert hashlib.md5(data).hexdigest() == said["etag"]
    found = ok(lone.get(f"resources/image/upload/{fresh}"))
    assert found["asset_id"] == said["asset_id"]


def test_a_url_that_nobody_waits_for(lone: Client, fresh: str, receiver: Receiver) -> None:
    source = ok(lone.upload(photos.tiny_png(), name="a.png", public_id=f"{fresh}-source"))
    ok(
        lone.upload(
            source["url"],
            public_id=fresh,
            notification_url=receiver.url,
            batch_id="mine",
            **{"async": "1"},
        )
    )
    said = told(receiver.wait(1)[0], "upload")
    assert (said["etag"], said["public_id"]) == (source["etag"], fresh)


def in_one_chunk(client: Client, file: bytes, **fields: str) -> dict[str, Any]:
    place = f"bytes 0-{len(file) - 1}/{len(file)}"
    headers = {"X-Unique-Upload-Id": uuid.uuid4().hex, "Content-Range": place}
    url = f"{client.server.api}/image/upload"
    files = {"file": ("a.png", file)}
    return ok(client.http.post(url, data=fields, files=files, headers=headers))


def test_chunks_that_nobody_waits_for(lone: Client, fresh: str, receiver: Receiver) -> None:
    file = photos.tiny_png((5, 6, 7))
    later = {"async": "true", "notification_url": receiver.url, "public_id": fresh}
    body = in_one_chunk(lone, file, **later)
    assert (body["status"], body["done"], body["public_id"]) == ("pending", True, fresh)
    said = told(receiver.wait(1)[0], "upload")
    assert (said["public_id"], httpx.get(said["url"]).content) == (fresh, file)


def test_what_chunks_may_ask_for(lone: Client, fresh: str) -> None:
    """The same as an upload in one piece; a preset's lists among it."""
    breakpoints = [{"max_images": 1}, {"max_images": 1, "transformation": "a_90"}]
    preset = {"name": fresh, "eager": ["w_1", "w_2"], "responsive_breakpoints": breakpoints}
    ok(lone.http.post(f"{lone.server.api}/upload_presets", json=preset))
    fields = {"public_id": fresh, "upload_preset": fresh, "tags": "a,b", "colors": "1"}
    body = in_one_chunk(lone, photos.tiny_png(), **fields, moderation="manual")
    assert [item["width"] for item in body["eager"]] == [1, 2]
    assert len(body["responsive_breakpoints"]) == 2 and body["tags"] == ["a", "b"]
    assert body["colors"] and body["moderation"] and body["done"] is True
    lone.send("DELETE", f"upload_presets/{fresh}")


def test_failures_are_told(lone: Client, fresh: str, receiver: Receiver) -> None:
    hook = {"notification_url": receiver.url, "batch_id": fresh, "async": "true"}
    ok(lone.upload(b"no picture", public_id=fresh, **hook))
    said = told(receiver.wait(1)[-1], "error")
    assert said == {"error": {"message": "Invalid image file"}, "batch_id": fresh}
    gone = f"{lone.server.url}/no-such"
    ok(lone.upload(gone, public_id=fresh, **hook))
    said = told(receiver.wait(2)[-1], "error")
    assert said["error"]["message"] == f"Resource not found - {gone}"
    ok(lone.post("image/explicit", public_id=fresh, type="upload", **hook))
    said = told(receiver.wait(3)[-1], "error")
    assert said["error"]["message"] == f"Resource not found - {fresh}"
    assert lone.get(f"resources/image/upload/{fresh}").status_code == 404


def test_what_is_wrong_is_said_at_once(lone: Client, fresh: str) -> None:
    later = {"public_id": fresh, "async": "true"}
    for fields in (
        {"categorization": "nobody_tagging"},
        {"eager": "w_abc"},
        {"transformation": "w_abc"},
        {"context": "no-pair"},
        {"moderation": "nobody"},
        {"type": "nowhere"},
        {"async": "perhaps"},
    ):
        refused(lone.upload(photos.tiny_png(), **(later | fields)))
    refused(lone.upload(photos.tiny_png(), **later, categorization="google_tagging"), 420)


def test_explicit_that_nobody_waits_for(lone: Client, fresh: str, receiver: Receiver) -> None:
    ok(lone.upload(photos.tiny_png(), public_id=fresh))
    fields = {"public_id": fresh, "type": "upload", "async": "true", "tags": "late"}
    body = ok(lone.post("image/explicit", **fields, eager="w_2", notification_url=receiver.url))
    assert body["status"] == "pending" and body["public_id"] == fresh
    said = told(receiver.wait(1)[0], "explicit")
    assert said["tags"] == ["late"] and said["eager"][0]["width"] == 2


def test_delete_tokens(lone: Client, fresh: str) -> None:
    """They work once, without credentials, for their asset alone."""
    body = ok(lone.upload(photos.tiny_png(), public_id=fresh, return_delete_token="true"))
    other = ok(lone.upload(photos.tiny_png(), public_id=f"{fresh}-2", return_delete_token="1"))
    token = body["delete_token"]
    assert token != other["delete_token"] and set(token) <= set("0123456789abcdef")
    assert list(body)[-2:] == ["delete_token", "api_key"]
    assert "delete_token" not in ok(lone.upload(photos.tiny_png()))
    url = f"{lone.server.api}/delete_by_token"
    forged = token[:-1] + ("0" if token[-1] != "0" else "1")
    later = f"{int(token[:10], 16) + 1:010x}" + token[10:]
    for bad in (forged, later, "bogus", "", "x" * 100_000):
        assert httpx.post(url, data={"token": bad}).status_code == 400
    assert httpx.post(url).status_code == 400
    assert ok(lone.get(f"resources/image/upload/{fresh}"))["public_id"] == fresh
    assert ok(httpx.post(url, data={"token": token})) == {"result": "ok"}
    assert lone.get(f"resources/image/upload/{fresh}").status_code == 404
    assert ok(httpx.post(url, data={"token": token})) == {"result": "not found"}
    typed = f"{lone.server.api}/image/delete_by_token"
    assert ok(httpx.post(typed, data={"token": other["delete_token"]})) == {"result": "ok"}
