"""Renaming assets: to another public id, to another delivery type, onto another asset."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests import photos
from tests.integration.replies import ok, refused
from tests.live import CLOUD, Client


@pytest.fixture
def fixed_folders(lone: Client) -> Iterator[Client]:
    """A cloud whose folders are parts of public ids, while the test runs."""
    assert lone.server.command("clouds", "folders", CLOUD, "fixed").returncode == 0
    yield lone
    assert lone.server.command("clouds", "folders", CLOUD, "dynamic").returncode == 0


def upload(client: Client, public_id: str, **fields: Any) -> dict[str, Any]:
    name, file = fields.pop("name", "a.png"), fields.pop("file", photos.tiny_png())
    return ok(client.upload(file, name=name, public_id=public_id, **fields))


def rename(client: Client, source: str, target: str, **fields: Any) -> httpx.Response:
    return client.post("image/rename", from_public_id=source, to_public_id=target, **fields)


def test_to_a_free_name(client: Client, fresh: str) -> None:
    """CONTRACT J7, D2."""
    old, new = f"{fresh}/old", f"{fresh}/sub/new"
    before = upload(
        client, old, tags="b,a", context="alt=A", asset_folder="shelf", backup="true", eager="w_2"
    )
    body = ok(rename(client, old, new))
    assert (body["public_id"], body["asset_id"]) == (new, before["asset_id"])
    assert (body["version"], body["created_at"]) == (before["version"], before["created_at"])
    assert (body["display_name"], body["asset_folder"]) == ("old", "shelf")
    assert body["tags"] == ["a", "b"] and body["context"] == {"custom": {"alt": "A"}}
    assert "etag" not in body and "pages" not in body
    assert httpx.get(body["url"]).content == photos.tiny_png()
    assert httpx.get(before["url"]).status_code == 404
    refused(client.get(f"resources/image/upload/{old}"), 404)
    found = ok(client.get(f"resources/image/upload/{new}", versions="true"))
    assert [item["transformation"] for item in found["derived"]] == ["w_2"]
    assert len(found["versions"]) == 1
    url = found["derived"][0]["url"]
    assert f"/{new}.png" in url and httpx.get(url).status_code == 200
    assert len(ok(client.get(f"resources/image/upload/{new}"))["derived"]) == 1


def test_to_a_name_that_is_taken(client: Client, fresh: str) -> None:
    source, target = f"{fresh}-a", f"{fresh}-b"
    gif = photos.encode(photos.load("flower.jpg", (8, 6)), "GIF")
    moved = upload(client, source, name="a.gif", file=gif, tags="mine")
    taken = upload(client, target, tags="theirs", backup="true", eager="w_2")
    wrong = refused(rename(client, source, target))
    assert wrong == f"to_public_id ({target}) already exists"
    assert refused(rename(client, source, target, overwrite="false")) == wrong
    body = ok(rename(client, source, target, overwrite="true"))
    assert (body["asset_id"], body["format"]) == (moved["asset_id"], "gif")
    assert body["tags"] == ["mine"] and httpx.get(body["url"]).content == gif
    refused(client.get(f"resources/{taken['asset_id']}"), 404)
    listed = ok(client.get("resources/image/upload", prefix=fresh))["resources"]
    assert [item["public_id"] for item in listed] == [target]
    assert ok(client.get(f"resources/image/upload/{target}"))["derived"] == []


def test_to_another_type(client: Client, fresh: str) -> None:
    before = upload(client, fresh)
    body = ok(rename(client, fresh, fresh, type="upload", to_type="private"))
    assert body["type"] == "private" and "/private/s--" in body["url"]
    assert httpx.get(body["url"]).status_code == 200
    assert httpx.get(before["url"]).status_code == 404
    upload(client, fresh)
    back = rename(client, fresh, fresh, type="private", to_type="upload")
    assert "already exists" in refused(back)
    renamed = ok(rename(client, fresh, f"{fresh}-2", type="private", to_type="authenticated"))
    assert (renamed["type"], renamed["public_id"]) == ("authenticated", f"{fresh}-2")
    with httpx.Client() as anonymous:
        unsigned = renamed["url"].replace(renamed["url"].split("/")[6] + "/", "")
        assert anonymous.get(unsigned).status_code == 401


def test_onto_a_deleted_one(client: Client, fresh: str) -> None:
    """What is left of a deleted asset keeps no name occupied."""
    upload(client, f"{fresh}-b", backup="true")
    ok(client.post("image/destroy", public_id=f"{fresh}-b"))
    body = upload(client, f"{fresh}-a")
    assert ok(rename(client, f"{fresh}-a", f"{fresh}-b"))["asset_id"] == body["asset_id"]


def test_what_is_refused(client: Client, fresh: str) -> None:
    missing = rename(client, f"{fresh}-no", f"{fresh}-new")
    assert refused(missing, 404) == f"Resource not found - {fresh}-no"
    upload(client, fresh)
    for target in ("/x", "x/", "a?b", "v12/x", "../x", "x" * 256, "a\nb"):
        assert refused(rename(client, fresh, target)) == f"public_id ({target}) is invalid"
    assert "already exists" in refused(rename(client, fresh, fresh))
    assert "already exists" in refused(rename(client, fresh, fresh, overwrite="true"))
    for fields in ({"type": "x"}, {"to_type": "x"}, {"overwrite": "x"}, {"invalidate": "x"}):
        (name,) = fields
        wrong = rename(client, fresh, f"{fresh}-2", **fields)
        assert refused(wrong) == f"Invalid value x for parameter {name}"
    for name in ("from_public_id", "to_public_id"):
        one = client.post("image/rename", **{name: fresh})
        assert refused(one).startswith("Missing required parameter - ")
    assert ok(client.get(f"resources/image/upload/{fresh}"))["public_id"] == fresh


def test_what_the_reply_shows(client: Client, fresh: str) -> None:
    """``context`` and ``metadata`` are flags here."""
    upload(client, fresh, context="alt=A")
    body = ok(rename(client, fresh, f"{fresh}-2", context="true", metadata="true"))
    assert body["context"] == {"custom": {"alt": "A"}}
    wrong = rename(client, f"{fresh}-2", f"{fresh}-3", context="alt=B")
    assert refused(wrong) == "Invalid value alt=B for parameter context"


def test_raw_files(client: Client, fresh: str) -> None:
    """Their extension belongs to the name."""
    body = ok(client.upload(b"words", name="a.txt", resource_type="raw", public_id=f"{fresh}.txt"))
    fields = {"from_public_id": f"{fresh}.txt", "to_public_id": f"{fresh}.md"}
    renamed = ok(client.post("raw/rename", **fields))
    assert renamed["url"].endswith(f"{fresh}.md") and renamed["asset_id"] == body["asset_id"]
    assert httpx.get(renamed["url"]).content == b"words"
    refused(client.post("image/rename", **fields), 404)


def test_fixed_folders_move_with_the_name(fixed_folders: Client, fresh: str) -> None:
    client = fixed_folders
    body = upload(client, f"{fresh}/one/a", asset_folder="elsewhere")
    assert body["folder"] == f"{fresh}/one" and "asset_folder" not in body
    assert "display_name" not in body
    renamed = ok(rename(client, f"{fresh}/one/a", f"{fresh}/two/b"))
    assert renamed["folder"] == f"{fresh}/two"
    assert ok(rename(client, f"{fresh}/two/b", fresh))["folder"] == ""
    found = ok(client.get(f"resources/image/upload/{fresh}"))
    assert found["folder"] == "" and "asset_folder" not in found
    folder = upload(client, "a", folder=f"{fresh}/three")
    assert (folder["public_id"], folder["folder"]) == (f"{fresh}/three/a", f"{fresh}/three")
    changed = ok(client.post(f"resources/image/upload/{fresh}", asset_folder="elsewhere", tags="x"))
    assert changed["folder"] == ""
    settings = ok(client.get("config", settings="true"))["settings"]
    assert settings["folder_mode"] == "fixed"
