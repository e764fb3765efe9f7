"""What an upload may say of its asset: name and place, headers, access, regions, quality."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

import httpx
import pytest

from tests import photos
from tests.integration.replies import ok, refused
from tests.live import Client

PNG = photos.tiny_png()
DATA_URI = f"data:image/png;base64,{base64.b64encode(PNG).decode()}"


def upload(client: Client, **fields: Any) -> dict[str, Any]:
    return ok(client.upload(PNG, name=fields.pop("name", "My photo.png"), **fields))


def explicit(client: Client, public_id: str, **fields: Any) -> httpx.Response:
    return client.post("image/explicit", public_id=public_id, type="upload", **fields)


@pytest.mark.parametrize(
    ("fields", "pattern"),
    [
        ({}, "[a-z0-9]{20}"),
        ({"use_filename": "true"}, "My_photo_[a-z0-9]{6}"),
        ({"use_filename": "true", "unique_filename": "false"}, "My_photo"),
        ({"unique_filename": "false"}, "[a-z0-9]{20}"),
        ({"public_id_prefix": "a/b"}, "a/b/[a-z0-9]{20}"),
        ({"public_id_prefix": "a", "public_id": "c d"}, "a/c d"),
        ({"folder": "f", "public_id": "x"}, "f/x"),
        ({"folder": "f", "public_id_prefix": "p", "public_id": "x"}, "p/x"),
        ({"asset_folder": "s/t", "public_id": "x"}, "x"),
        (
            {
                "asset_folder": "s/t",
                "use_asset_folder_as_public_id_prefix": "true",
                "public_id": "x",
            },
            "s/t/x",
        ),
        (
            {"filename_override": "Été.png", "use_filename": "1", "unique_filename": "0"},
            "Été",
        ),
        ({"public_id": "a.jpg"}, re.escape("a.jpg")),
    ],
)
def test_names(lone: Client, fields: dict[str, str], pattern: str) -> None:
    """CONTRACT B6, J3."""
    body = upload(lone, **fields)
    assert re.fullmatch(pattern, body["public_id"]), body["public_id"]
    assert httpx.get(body["url"]).content == PNG


def test_raw_names_keep_their_extension(lone: Client, fresh: str) -> None:
    fields = {"name": "notes.txt", "resource_type": "raw"}
    body = ok(lone.upload(b"words", **fields))
    assert re.fullmatch(r"[a-z0-9]{20}\.txt", body["public_id"]) and "format" not in body
    named = ok(lone.upload(b"words", **fields, use_filename="1"))
    assert re.fullmatch(r"notes_[a-z0-9]{6}\.txt", named["public_id"])
    assert ok(lone.upload(b"words", **fields, public_id=fresh))["public_id"] == fresh


def test_places(lone: Client, fresh: str) -> None:
    body = upload(lone, public_id=f"{fresh}/x", asset_folder=f"/{fresh}/shelf/")
    assert (body["asset_folder"], body["display_name"]) == (f"{fresh}/shelf", "x")
    legacy = upload(lone, public_id="y", folder=fresh)
    assert (legacy["public_id"], legacy["asset_folder"]) == (f"{fresh}/y", fresh)
    moved = ok(explicit(lone, f"{fresh}/x", asset_folder="", display_name="New name"))
    assert (moved["asset_folder"], moved["display_name"]) == ("", "New name")
    for wrong in ("a//b", "../a", "x" * 256, "a\tb"):
        refused(explicit(lone, f"{fresh}/x", asset_folder=wrong))


def test_display_names(lone: Client, fresh: str) -> None:
    place = {"asset_folder": fresh}
    first = upload(lone, **place, use_filename_as_display_name="true")
    assert first["display_name"] == "My photo"
    again = upload(lone, **place, use_filename_as_display_name="1", unique_display_name="1")
    assert re.fullmatch(r"My photo_[a-z0-9]{6}", again["display_name"])
    same = upload(lone, **place, use_filename_as_display_name="1")
    assert same["display_name"] == "My photo"  # nobody has asked for a name of its own
    other = upload(
        lone, asset_folder=f"{fresh}/2", display_name="My photo", unique_display_name="1"
    )
    assert other["display_name"] == "My photo"
    public_id = upload(lone, **place, public_id=fresh)["public_id"]
    changed = ok(explicit(lone, public_id, display_name="My photo", unique_display_name="1"))
    assert changed["display_name"].startswith("My photo_")
    path = f"resources/image/upload/{public_id}"
    kept = ok(lone.post(path, display_name=changed["display_name"], unique_display_name="true"))
    assert kept["display_name"] == changed["display_name"]  # it does not stand in its own way
    assert refused(lone.post(path, display_name="a/b")) == "Display name cannot contain slashes"
    overwritten = upload(
        lone, **place, public_id=fresh, display_name=kept["display_name"], unique_display_name="1"
    )
    assert overwritten["display_name"] == kept["display_name"]


def test_original_names(lone: Client, fresh: str) -> None:
    assert upload(lone)["original_filename"] == "My photo"
    assert upload(lone, filename_override="b.gif")["original_filename"] == "b"
    assert "original_filename" not in upload(lone, discard_original_filename="true")
    odd = upload(lone, name="a.JPEG")
    assert (odd["format"], "original_extension" in odd) == ("png", False)


def test_headers_go_with_the_file(lone: Client, fresh: str) -> None:
    """As lines (Python, Node), as a list and as an object."""
    link = '<https://a.example/x>; rel="canonical"'
    forms = (f"X-Robots-Tag: noindex\nLink: {link}", f"X-Robots-Tag:noindex\r\nLink:{link}")
    bodies = [upload(lone, public_id=f"{fresh}-{n}", headers=text) for n, text in enumerate(forms)]
    url = f"{lone.server.api}/image/upload"
    given: list[Any] = [forms[0].split("\n"), {"X-Robots-Tag": "noindex", "Link": link}]
    for headers in given:
        bodies.append(ok(lone.http.post(url, json={"file": DATA_URI, "headers": headers})))
    for body in bodies:
        for address in (body["url"], body["url"].replace("/upload/", "/upload/w_1/")):
            got = httpx.get(address).headers
            assert (got["x-robots-tag"], got["link"]) == ("noindex", link)
    ok(explicit(lone, f"{fresh}-0", headers="Link: <a>; rel=b"))
    changed = httpx.get(bodies[0]["url"]).headers
    assert changed["link"] == "<a>; rel=b" and "x-robots-tag" not in changed
    ok(explicit(lone, f"{fresh}-0", headers=""))
    assert "link" not in httpx.get(bodies[0]["url"]).headers


@pytest.mark.parametrize(
    "headers",
    [
        "Set-Cookie: a=b",
        "Content-Type: text/html",
        "X-Robots-Tag: a\nAccess-Control-Allow-Origin: *",
        "no header",
        "X-Robots-Tag: 中",
        "Link: " + "x" * 2000,
        "\n".join(f"Link: {n}" for n in range(21)),
    ],
)
def test_headers_that_no_delivery_carries(lone: Client, fresh: str, headers: str) -> None:
    said = refused(lone.upload(PNG, public_id=fresh, headers=headers))
    assert said.startswith("Invalid value ") and said.endswith(" for parameter headers")
    assert lone.get(f"resources/image/upload/{fresh}").status_code == 404


def test_access_modes(lone: Client, fresh: str) -> None:
    body = upload(lone, public_id=fresh, access_mode="authenticated")
    assert body["access_mode"] == "authenticated"
    assert httpx.get(body["url"]).status_code == 401
    opened = ok(explicit(lone, fresh, access_mode="public"))
    assert opened["access_mode"] == "public" and "access_control" not in opened
    assert httpx.get(body["url"]).status_code == 200
    assert refused(explicit(lone, fresh, access_mode="x")) == (
        "Invalid value x for parameter access_mode"
    )


def test_regions(lone: Client, fresh: str) -> None:
    regions = {"label": [[1, 1], [3, 2]], "roof.2": [[0, 0], [4, 0], [4, 3]]}
    body = upload(lone, public_id=fresh, regions=json.dumps(regions))
    assert body["regions"] == regions
    found = ok(lone.get(f"resources/image/upload/{fresh}"))
    assert found["regions"] == regions
    listed = ok(lone.get("resources/image/upload", prefix=fresh, fields="regions"))
    assert listed["resources"][0]["regions"] == regions
    changed = ok(explicit(lone, fresh, regions='{"x": [["1", 2.4], [3, 4]]}'))
    assert changed["regions"] == {"x": [[1, 2], [3, 4]]}
    assert "regions" not in ok(explicit(lone, fresh, regions="{}"))
    for wrong in ('{"a": [[1, 1]]}', '{"a": [[1], [2]]}', "[1]", '{"a b": []}', "x", '{"a": 1}'):
        said = refused(explicit(lone, fresh, regions=wrong))
        assert said == f"Invalid value {wrong} for parameter regions"


def test_quality_override(lone: Client, fresh: str) -> None:
    """It is what ``q_auto`` gives of that asset, and nothing else."""
    photo = photos.encode(photos.load("china.jpg", (200, 140)), "JPEG", quality=95)
    ok(lone.upload(photo, public_id=fresh, quality_override="20"))
    url = f"{lone.server.url}/acme/image/upload"

    def size(transformation: str) -> int:
        response = httpx.get(f"{url}/{transformation}/{fresh}.jpg")
        assert response.status_code == 200
        return len(response.content)

    twenty = size("w_150,q_20")
    assert size("w_150,q_auto") == size("w_150,q_auto:best") == twenty < size("w_150,q_80")
    path = f"resources/image/upload/{fresh}"
    ok(lone.post(path, quality_override="auto:best"))
    best = size("w_150,q_auto:low")
    assert best > size("w_150,q_80") or best > 2 * twenty
    ok(explicit(lone, fresh, quality_override=""))
    assert twenty < size("w_150,q_auto:low") < best == size("w_150,q_auto:best")
    for wrong in ("0", "101", "auto:x", "good", "80:411"):
        said = refused(lone.post(path, quality_override=wrong))
        assert said == f"Invalid value {wrong} for parameter quality_override"


def test_explicit_changes_what_it_is_told(lone: Client, fresh: str) -> None:
    """CONTRACT D1: given values replace the stored ones, the others stay."""
    before = upload(lone, public_id=fresh, tags="b,a", context="k=v", asset_folder=fresh)
    kept = ok(explicit(lone, fresh))
    assert kept["tags"] == ["a", "b"] and kept["context"] == {"custom": {"k": "v"}}
    assert (kept["version"], kept["asset_folder"]) == (before["version"], fresh)
    changed = ok(explicit(lone, fresh, tags="c", context="n=1"))
    assert changed["tags"] == ["c"] and changed["context"] == {"custom": {"n": "1"}}
    for absent in ("pages", "etag", "original_filename", "api_key"):
        assert absent not in changed
    missing = explicit(lone, f"{fresh}-no", tags="x")
    assert refused(missing, 404) == f"Resource not found - {fresh}-no"
    for name, value in (("type", "x"), ("invalidate", "x"), ("async", "x")):
        fields = {"public_id": fresh, "type": "upload", name: value}
        assert refused(lone.post("image/explicit", **fields)) == (
            f"Invalid value x for parameter {name}"
        )


def test_context_with_escapes(lone: Client, fresh: str) -> None:
    """CONTRACT J3."""
    body = upload(lone, public_id=fresh, context=r"alt=alternative\|alt\=a|caption=b")
    expected = {"custom": {"alt": "alternative|alt=a", "caption": "b"}}
    assert body["context"] == expected
    assert ok(lone.get(f"resources/image/upload/{fresh}"))["context"] == expected
