"""Backups: kept versions, placeholders, restoring, downloads of versions."""

from __future__ import annotations

from typing import Any

import cloudinary.utils  # type: ignore[import-untyped]  # has no stubs
import httpx
import pytest

from tests import photos
from tests.integration.replies import ok, refused
from tests.live import CLOUD, KEY, SECRET, Client, LiveServer

RED, BLUE = photos.tiny_png((255, 0, 0)), photos.tiny_png((0, 0, 255))


def signed(server: LiveServer, **options: Any) -> dict[str, Any]:
    """Options of the SDK's own URL builders."""
    account = {"cloud_name": CLOUD, "api_key": KEY, "api_secret": SECRET}
    return account | {"upload_prefix": server.url} | options


def versions(client: Client, public_id: str) -> list[dict[str, Any]]:
    found = ok(client.get(f"resources/image/upload/{public_id}", versions="true"))
    return list(found["versions"])


def upload(client: Client, file: bytes, public_id: str, **fields: Any) -> dict[str, Any]:
    return ok(client.upload(file, name="a.png", public_id=public_id, **fields))


def delete(client: Client, public_id: str) -> dict[str, Any]:
    path = "resources/image/upload"
    return ok(client.send("DELETE", path, params={"public_ids[]": public_id}))


def restore(client: Client, public_id: str, **fields: str) -> dict[str, Any]:
    path = "resources/image/upload/restore"
    return ok(client.post(path, **{"public_ids[]": public_id}, **fields))[public_id]  # type: ignore[no-any-return]  # JSON


def test_a_deleted_asset_comes_back(client: Client, fresh: str) -> None:
    """CONTRACT J13."""
    before = upload(client, RED, fresh, backup="true", tags="kept", context="alt=A")
    made = httpx.get(before["url"].replace("/upload/", "/upload/w_2/"))
    assert made.status_code == 200
    assert delete(client, fresh)["deleted"] == {fresh: "deleted"}
    for url in (before["url"], before["url"].replace("/upload/", "/upload/w_2/")):
        assert httpx.get(url).status_code == 404
    found = ok(client.get(f"resources/image/upload/{fresh}"))
    assert (found["bytes"], found["placeholder"], found["asset_id"]) == (
        0,
        True,
        before["asset_id"],
    )
    listed = ok(client.get("resources/image/upload", prefix=fresh))["resources"]
    assert listed == []
    for action, fields in (
        ("explicit", {"public_id": fresh, "type": "upload"}),
        ("rename", {"from_public_id": fresh, "to_public_id": f"{fresh}-2"}),
    ):
        refused(client.post(f"image/{action}", **fields), 404)
    assert ok(client.post("image/destroy", public_id=fresh)) == {"result": "not found"}
    assert delete(client, fresh)["deleted"] == {fresh: "not_found"}
    back = restore(client, fresh)
    assert (back["bytes"], back["asset_id"], back["tags"]) == (
        len(RED),
        before["asset_id"],
        ["kept"],
    )
    assert back["version"] > before["version"] and back["placeholder"] is False
    assert httpx.get(back["secure_url"]).content == RED
    again = ok(client.get(f"resources/image/upload/{fresh}"))
    assert again["bytes"] == len(RED) and "placeholder" not in again
    assert again["context"] == {"custom": {"alt": "A"}}


def test_versions_of_an_overwritten_asset(client: Client, fresh: str) -> None:
    first = upload(client, RED, fresh, backup="true")
    second = upload(client, BLUE, fresh, backup="true")
    assert second["asset_id"] == first["asset_id"] and second["overwritten"] is True
    newest, oldest = versions(client, fresh)
    keys = ["version_id", "version", "format", "url", "size", "time", "restorable"]
    assert list(newest) == keys
    for item, asset, data in ((newest, second, BLUE), (oldest, first, RED)):
        assert item["version_id"] == asset["version_id"]
        assert item["version"] == str(asset["version"])
        assert (item["format"], item["size"], item["restorable"]) == ("png", len(data), True)
        assert item["time"] == asset["created_at"]
        assert httpx.get(item["url"]).content == data
        url = cloudinary.utils.download_backedup_asset(
            asset["asset_id"], asset["version_id"], **signed(client.server)
        )
        download = httpx.get(url)
        assert (download.status_code, download.content) == (200, data)
        assert download.headers["content-type"] == "image/png"
        assert "attachment" in download.headers["content-disposition"]
    back = restore(client, fresh, **{"versions[]": first["version_id"]})
    assert httpx.get(back["url"]).content == RED
    assert back["version"] > second["version"]
    assert len(versions(client, fresh)) == 3  # the restored one is a version, too
    assert "versions" not in ok(client.get(f"resources/image/upload/{fresh}"))


def test_without_backup_nothing_is_left(client: Client, fresh: str) -> None:
    upload(client, RED, fresh)
    assert versions(client, fresh) == []
    delete(client, fresh)
    refused(client.get(f"resources/image/upload/{fresh}"), 404)
    assert restore(client, fresh) == {"error": "no_backup"}


def test_an_asset_that_is_uploaded_again_after_it_was_deleted(client: Client, fresh: str) -> None:
    first = upload(client, RED, fresh, backup="true", tags="old")
    ok(client.post("image/destroy", public_id=fresh))
    # Nothing is there that "overwrite" could protect.
    second = upload(client, BLUE, fresh, overwrite="false")
    assert "existing" not in second and "overwritten" not in second
    assert (second["asset_id"], second["tags"]) == (first["asset_id"], [])
    assert httpx.get(second["url"]).content == BLUE
    assert second["version"] > first["version"]
    back = restore(client, fresh, **{"versions[]": first["version_id"]})
    assert httpx.get(back["url"]).content == RED


def test_versions_can_be_let_go(client: Client, fresh: str) -> None:
    first = upload(client, RED, fresh, backup="true")
    second = upload(client, BLUE, fresh, backup="true")
    path = f"resources/backup/{first['asset_id']}"
    gone = client.send("DELETE", path, json={"version_ids": [first["version_id"], "f" * 32]})
    assert gone.status_code == 207
    assert gone.json() == {
        "asset_id": first["asset_id"],
        "deleted_version_ids": [first["version_id"]],
        "failures": [{"version_id": "f" * 32, "error": "not_found"}],
    }
    (left,) = versions(client, fresh)
    assert left["version_id"] == second["version_id"]
    assert httpx.get(second["url"]).content == BLUE
    url = cloudinary.utils.download_backedup_asset(
        first["asset_id"], first["version_id"], **signed(client.server)
    )
    refused(httpx.get(url), 404)
    delete(client, fresh)
    last = client.send("DELETE", path, params={"version_ids[]": second["version_id"]})
    assert ok(last)["deleted_version_ids"] == [second["version_id"]]
    # Nothing is left that it could be restored from.
    refused(client.get(f"resources/image/upload/{fresh}"), 404)
    refused(client.send("DELETE", path, params={"version_ids[]": "x"}), 404)


def test_backup_can_be_turned_on_later(client: Client, fresh: str) -> None:
    body = upload(client, RED, fresh)
    ok(client.post("image/explicit", public_id=fresh, type="upload", backup="true"))
    (kept,) = versions(client, fresh)
    assert kept["version_id"] == body["version_id"]
    delete(client, fresh)
    assert httpx.get(restore(client, fresh)["url"]).content == RED


def test_restoring_by_asset_id_and_several_at_once(client: Client, fresh: str) -> None:
    made = [upload(client, RED, f"{fresh}/{name}", backup="1") for name in "ab"]
    ids = [item["asset_id"] for item in made]
    ok(client.send("DELETE", "resources", json={"asset_ids": ids}))
    body = {"asset_ids": [*ids, "0" * 32]}
    back = ok(client.send("POST", "resources/restore", json=body))
    assert list(back) == [*ids, "0" * 32]
    assert [back[id]["bytes"] for id in ids] == [len(RED)] * 2
    assert back["0" * 32] == {"error": "no_backup"}
    many = [f"{number:032x}" for number in range(101)]
    for bad in ({}, {"asset_ids": many}, {"asset_ids": ids, "versions": ["a", "b", "c"]}):
        refused(client.send("POST", "resources/restore", json=bad))
    assert restore(client, f"{fresh}/a", **{"versions[]": "x"}) == {"error": "no_backup"}


@pytest.mark.parametrize("name", ["asset_id", "version_id", "signature", "timestamp"])
def test_a_download_of_a_version_is_signed(client: Client, fresh: str, name: str) -> None:
    body = upload(client, RED, fresh, backup="true")
    url = httpx.URL(
        cloudinary.utils.download_backedup_asset(
            body["asset_id"], body["version_id"], **signed(client.server)
        )
    )
    assert httpx.get(url).content == RED
    refused(httpx.get(url.copy_set_param(name, "1" * 32)), 401)
    assert httpx.get(url.copy_remove_param(name)).status_code in (400, 401)


def test_a_version_that_is_not_there(client: Client, fresh: str) -> None:
    body = upload(client, RED, fresh, backup="true")
    for asset_id, version_id in ((body["asset_id"], "x"), ("0" * 32, body["version_id"])):
        options = signed(client.server)
        url = cloudinary.utils.download_backedup_asset(asset_id, version_id, **options)
        refused(httpx.get(url), 404)
