"""Derived images in replies, and what deletes them, over HTTP, on both databases."""

from __future__ import annotations

import time
from typing import Any

import httpx
import pytest

from app.domain.signing import url_signature
from tests import photos
from tests.integration.stored import derive, derived, in_database, stored
from tests.live import CLOUD, SECRET, Client, message


def ok(response: httpx.Response) -> dict[str, Any]:
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    return body


def upload(client: Client, public_id: str, **fields: Any) -> dict[str, Any]:
    return ok(client.upload(photos.tiny_png(), name="a.png", public_id=public_id, **fields))


def test_details_list_what_was_derived(client: Client, fresh: str) -> None:
    body = upload(client, f"{fresh}/a b")
    path = f"resources/image/upload/{fresh}%2Fa%20b"
    assert ok(client.get(path))["derived"] == []
    made = derive(client.server, f"{fresh}/a b", "c_fill,h_75,w_75")
    url = (
        f"{client.server.url}/{CLOUD}/image/upload/c_fill,h_75,w_75/"
        f"v{body['version']}/{fresh}/a%20b.jpg"
    )
    item = {
        "transformation": "c_fill,h_75,w_75",
        "format": "jpg",
        "bytes": 1036,
        "id": made.id,
        "url": url,
        "secure_url": url,
    }
    for reply in (client.get(path), client.get(path), client.get(f"resources/{body['asset_id']}")):
        found = ok(reply)
        assert found["derived"] == [item] and list(found["derived"][0]) == list(item)
        assert "next_cursor" not in found
    plain = derive(client.server, f"{fresh}/a b", "e_sepia", extension="")
    urls = {entry["id"]: entry["url"] for entry in ok(client.get(path))["derived"]}
    assert urls[plain.id] == url.replace("c_fill,h_75,w_75", "e_sepia").removesuffix(".jpg")
    deleted = client.send(
        "DELETE", "derived_resources", data={"derived_resource_ids[]": [made.id, plain.id]}
    )
    assert ok(deleted) == {"deleted": {made.id: "deleted", plain.id: "deleted"}}
    assert ok(client.get(path))["derived"] == []
    # Deriving is no change of the asset.
    assert "derived" not in ok(client.http.post(f"{client.server.api}/{path}", json={}))


@pytest.mark.parametrize("type", ["upload", "authenticated"])
def test_listed_urls_open(client: Client, fresh: str, type: str) -> None:
    """What was really rendered is listed, and its URL gives the same bytes again."""
    ok(client.upload(photos.path("flower.jpg"), public_id=fresh, type=type))
    signature = url_signature(f"c_scale,w_90/{fresh}.png", SECRET)
    place = f"{client.server.url}/{CLOUD}/image/{type}/s--{signature}--"
    first = httpx.get(f"{place}/c_scale,w_90/{fresh}.png")
    assert first.status_code == 200 and first.headers["content-type"] == "image/png"
    deadline = time.monotonic() + 10  # it is stored after it is answered
    while not (items := ok(client.get(f"resources/image/{type}/{fresh}"))["derived"]):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    (item,) = items
    assert (item["transformation"], item["format"]) == ("c_scale,w_90", "png")
    assert item["bytes"] == len(first.content)
    again = httpx.get(item["url"])
    assert (again.status_code, again.content) == (200, first.content)
    assert ok(client.get("transformations/c_scale%2Cw_90/png"))["used"] is True


@pytest.mark.parametrize("type", ["private", "authenticated"])
def test_urls_of_restricted_derivatives_are_signed(client: Client, fresh: str, type: str) -> None:
    body = upload(client, fresh, type=type)
    derive(client.server, fresh, "c_scale,w_2/e_sepia", "webp", type=type)
    (item,) = ok(client.get(f"resources/image/{type}/{fresh}"))["derived"]
    signature = url_signature(f"c_scale,w_2/e_sepia/{fresh}.webp", SECRET)
    place = f"{client.server.url}/{CLOUD}/image/{type}/s--{signature}--"
    assert item["url"] == f"{place}/c_scale,w_2/e_sepia/v{body['version']}/{fresh}.webp"


def test_texts_in_listed_urls_are_spelt_as_builders_spell_them(client: Client, fresh: str) -> None:
    body = upload(client, fresh)
    text = "co_white,l_text:Arial_30:Hello%252C%20you"
    derive(client.server, fresh, text)
    (item,) = ok(client.get(f"resources/image/upload/{fresh}"))["derived"]
    place = f"{client.server.url}/{CLOUD}/image/upload"
    assert item["url"] == f"{place}/{text}/v{body['version']}/{fresh}.jpg"


def test_derived_images_come_in_pages(client: Client, fresh: str) -> None:
    upload(client, fresh)
    made = {derive(client.server, fresh, f"w_{n}").id for n in range(12)}
    path = f"resources/image/upload/{fresh}"
    first = ok(client.get(path))
    assert len(first["derived"]) == 10 and first["derived_next_cursor"] == first["next_cursor"]
    names = list(first)
    assert names.index("secure_url") < names.index("next_cursor") < names.index("derived")
    seen: list[str] = []
    cursor = ""
    for _ in range(5):
        page = ok(client.get(path, max_results=5, derived_next_cursor=cursor))
        seen += [item["id"] for item in page["derived"]]
        cursor = page.get("next_cursor", "")
        if not cursor:
            break
    assert len(seen) == 12 and set(seen) == made
    upload(client, f"{fresh}x")
    foreign = client.get(f"{path}x", derived_next_cursor=first["next_cursor"])
    for wrong in (foreign, client.get(path, derived_next_cursor="zz")):
        assert (wrong.status_code, message(wrong)) == (
            400,
            "Invalid value for parameter next_cursor",
        )
    assert client.get(path, max_results=0).status_code == 400


def test_overwriting_forgets_what_was_derived(client: Client, fresh: str) -> None:
    upload(client, fresh)
    made = derive(client.server, fresh, "w_2")
    upload(client, fresh, overwrite="false")
    assert derived(client.server, fresh) == [made.id]
    other = photos.tiny_png((1, 2, 3))
    assert ok(client.upload(other, public_id=fresh))["overwritten"] is True
    assert ok(client.get(f"resources/image/upload/{fresh}"))["derived"] == []
    assert in_database(client.server, lambda u: u.blobs.used([made.blob_key])) == set()


def test_deleting_counts_what_was_derived(client: Client, fresh: str) -> None:
    ids = [f"{fresh}{letter}" for letter in "abcde"]
    for number, public_id in enumerate(ids):
        upload(client, public_id, tags=f"{fresh}tag" if number == 3 else "")
        for width in range(number):
            derive(client.server, public_id, f"w_{width}")
    url = "resources/image/upload"
    named = ok(client.send("DELETE", url, json={"public_ids": [*ids[:2], "none"]}))
    assert named["deleted"] == {ids[0]: "deleted", ids[1]: "deleted", "none": "not_found"}
    assert named["deleted_counts"] == {
        ids[0]: {"original": 1, "derived": 0},
        ids[1]: {"original": 1, "derived": 1},
    }
    by_asset = stored(client.server, ids[2]).asset_id
    counts = ok(client.send("DELETE", "resources", json={"asset_ids": [by_asset]}))
    assert counts["deleted_counts"] == {by_asset: {"original": 1, "derived": 2}}
    by_tag = ok(client.send("DELETE", f"resources/image/tags/{fresh}tag"))
    assert by_tag["deleted_counts"] == {ids[3]: {"original": 1, "derived": 3}}
    by_prefix = ok(client.send("DELETE", url, json={"prefix": fresh}))
    assert by_prefix["deleted_counts"] == {ids[4]: {"original": 1, "derived": 4}}


def test_keeping_the_original(client: Client, fresh: str) -> None:
    upload(client, fresh)
    derive(client.server, fresh, "w_2")
    derive(client.server, fresh, "w_2", "png")
    for selection in ({"public_ids": [fresh]}, {"prefix": fresh}, {"prefix": fresh}):
        body = ok(
            client.send(
                "DELETE", "resources/image/upload", json=selection | {"keep_original": True}
            )
        )
        assert body["deleted"] == {fresh: "deleted"}
        found = derived(client.server, fresh)
        assert found == []
        count = body["deleted_counts"][fresh]["derived"]
        assert count == (2 if "public_ids" in selection else 0)
        assert body["deleted_counts"][fresh]["original"] == 0
    assert ok(client.get(f"resources/image/upload/{fresh}"))["derived"] == []


def test_deleting_by_transformation(client: Client, fresh: str) -> None:
    upload(client, fresh)
    jpg = derive(client.server, fresh, "c_scale,w_2")
    png = derive(client.server, fresh, "c_scale,w_2", "png")
    sepia = derive(client.server, fresh, "e_sepia", "")
    other = derive(client.server, fresh, "c_scale,w_3")

    def delete(transformations: Any) -> int:
        data = {"public_ids[]": fresh, "transformations": transformations}
        body = ok(client.send("DELETE", "resources/image/upload", data=data))
        assert body["deleted_counts"][fresh]["original"] == 0
        return int(body["deleted_counts"][fresh]["derived"])

    assert delete("c_scale,w_5|c_scale,w_2/webp") == 0
    assert delete("w_2,c_scale/png|e_sepia/png") == 1  # in any order of the parameters
    left = set(derived(client.server, fresh))
    assert left == {jpg.id, sepia.id, other.id} and png.id not in left
    assert delete('["c_scale,w_2", "e_sepia/"]') == 2
    assert derived(client.server, fresh) == [other.id]
    bad = client.send(
        "DELETE", "resources/image/upload", json={"prefix": fresh, "transformations": "bogus!"}
    )
    assert bad.status_code == 400 and "bogus!" in message(bad)
    assert derived(client.server, fresh) == [other.id]


def test_destroying_forgets_what_was_derived(client: Client, fresh: str) -> None:
    upload(client, fresh)
    made = derive(client.server, fresh, "w_2")
    assert ok(client.post("image/destroy", public_id=fresh)) == {"result": "ok"}
    assert in_database(client.server, lambda u: u.blobs.used([made.blob_key])) == set()


def test_derived_ids(client: Client, fresh: str) -> None:
    upload(client, fresh)
    made = derive(client.server, fresh, "w_2")
    joined = client.send(
        "DELETE", "derived_resources", json={"derived_resource_ids": f"{made.id},x"}
    )
    assert ok(joined) == {"deleted": {made.id: "deleted", "x": "not_found"}}
    missing = client.send("DELETE", "derived_resources")
    assert (missing.status_code, message(missing)) == (
        400,
        "Missing required parameter - derived_resource_ids",
    )
    many = [f"{n:032x}" for n in range(101)]
    refused = client.send("DELETE", "derived_resources", json={"derived_resource_ids": many})
    assert refused.status_code == 400


def test_reconcile_forgets_derivatives_without_bytes(client: Client, fresh: str) -> None:
    """A lost derivative is made again when it is next asked for: no loss is reported."""
    upload(client, fresh)
    derive(client.server, fresh, "w_2")
    dry = client.server.command("reconcile", "--dry-run")
    assert dry.returncode == 0 and "0 rows without bytes" in dry.stdout, dry.stdout + dry.stderr
    assert len(derived(client.server, fresh)) == 1
    done = client.server.command("reconcile")
    assert done.returncode == 0 and "derived images without bytes forgotten" in done.stdout
    assert derived(client.server, fresh) == []
