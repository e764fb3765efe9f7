"""Uploads in every form, over HTTP, on both databases."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import time
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest

from app.domain import signing
from tests import photos
from tests.live import CLOUD, KEY, SECRET, Client, LiveServer, message

SCHEMA = json.loads(
    (Path(__file__).parents[1] / "data" / "upload_response_schema.json").read_text()
)


def ok(response: httpx.Response) -> dict[str, Any]:
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    jsonschema.validate(body, SCHEMA)
    return body


def signed(params: dict[str, str], **options: Any) -> dict[str, str]:
    params = {"timestamp": str(int(time.time())), **params}
    return params | {"api_key": KEY, "signature": signing.sign(params, SECRET, **options)}


def test_the_reply_has_every_field(client: Client, flower: bytes, fresh: str) -> None:
    body = ok(client.upload(flower, name="My Flower.jpeg", public_id=f"{fresh}/flower", tags="b,a"))
    assert re.fullmatch(r"[0-9a-f]{32}", body["asset_id"])
    assert re.fullmatch(r"[0-9a-f]{32}", body["version_id"])
    assert abs(body["version"] - time.time()) < 60
    assert body["signature"] == signing.sign_reply(body["public_id"], body["version"], SECRET)
    assert (body["width"], body["height"], body["format"]) == (640, 427, "jpg")
    assert (body["resource_type"], body["type"], body["pages"]) == ("image", "upload", 1)
    assert body["bytes"] == len(flower)
    assert body["etag"] == hashlib.md5(flower).hexdigest()
    assert body["tags"] == ["b", "a"]
    assert body["original_filename"] == "My Flower"
    assert body["original_extension"] == "jpeg"
    assert (body["asset_folder"], body["display_name"]) == ("", "flower")
    assert body["placeholder"] is False
    assert list(body)[-1] == "api_key" and body["api_key"] == KEY
    assert "existing" not in body and "overwritten" not in body and "info" not in body
    expected = f"{client.server.url}/{CLOUD}/image/upload/v{body['version']}/{fresh}/flower.jpg"
    assert body["url"] == body["secure_url"] == expected
    assert httpx.get(body["url"]).content == flower


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
@pytest.mark.parametrize("version", [1, 2])
def test_signed_multipart(
    client: Client, flower: bytes, fresh: str, algorithm: str, version: int
) -> None:
    params = {"public_id": fresh, "context": "alt=salt & pepper|n=1", "tags": "x&y"}
    data = signed(params, algorithm=algorithm, version=version)
    url = f"{client.server.api}/image/upload"
    body = ok(httpx.post(url, data=data, files={"file": ("a.jpg", flower)}))
    assert body["context"] == {"custom": {"alt": "salt & pepper", "n": "1"}}
    assert body["tags"] == ["x&y"]


def test_wrong_signature_prints_the_string_to_sign(client: Client, flower: bytes) -> None:
    data = signed({"public_id": "a", "tags": "t"}) | {"tags": "changed"}
    response = httpx.post(
        f"{client.server.api}/image/upload", data=data, files={"file": ("a.jpg", flower)}
    )
    assert response.status_code == 401
    expected = f"public_id=a&tags=changed&timestamp={data['timestamp']}"
    assert message(response) == (
        f"Invalid Signature {data['signature']}. String to sign - '{expected}'."
    )
    assert response.headers["x-cld-error"] == message(response)


def test_credentials_are_checked(client: Client, flower: bytes) -> None:
    url = f"{client.server.api}/image/upload"

    def post(data: dict[str, str], url: str = url, **options: Any) -> tuple[int, str]:
        response = httpx.post(url, data=data, files={"file": ("a.jpg", flower)}, **options)
        return response.status_code, message(response)

    stale = {"timestamp": "1700000000"}
    assert post(signed(stale)) == (
        400,
        "Stale request - reported time is 2023-11-14 22:13:20 +0000 which is more than 1 hour ago",
    )
    assert post(signed({}) | {"api_key": "nobody"}) == (401, "Unknown API key nobody")
    other = url.replace(f"/{CLOUD}/", "/elsewhere/")
    assert post(signed({}), other) == (401, "Invalid cloud_name elsewhere")
    assert post({}) == (400, "Upload preset must be specified when using unsigned upload")
    assert post({}, auth=(KEY, "wrong")) == (401, "api_secret mismatch")
    assert post({}, auth=("nobody", SECRET)) == (401, "Unknown API key nobody")
    assert post({}, headers={"Authorization": "Bearer abc"}) == (401, "Invalid token")


def test_milliseconds_and_the_future_are_forgiven(client: Client, flower: bytes) -> None:
    for stamp in (str(int(time.time() * 1000)), str(int(time.time()) + 5000)):
        data = signed({"timestamp": stamp})
        ok(
            httpx.post(
                f"{client.server.api}/image/upload", data=data, files={"file": ("a", flower)}
            )
        )


def test_other_bodies(client: Client, flower: bytes, fresh: str) -> None:
    uri = "data:image/jpeg;base64," + base64.b64encode(flower).decode()
    url = f"{client.server.api}/image/upload"
    etag = hashlib.md5(flower).hexdigest()
    multipart = ok(client.http.post(url, files={"file": (None, uri), "public_id": (None, fresh)}))
    assert multipart["etag"] == etag and multipart["original_filename"] == "file"
    urlencoded = ok(httpx.post(url, data=signed({"public_id": f"{fresh}u"}) | {"file": uri}))
    assert urlencoded["etag"] == etag
    nested = {"file": uri, "tags": ["a", "b"], "context": {"k": "v"}, "overwrite": True, "x": None}
    as_json = ok(client.http.post(url, json=nested))
    assert as_json["etag"] == etag and as_json["tags"] == ["a", "b"]
    assert as_json["context"] == {"custom": {"k": "v"}}
    query = httpx.QueryParams(signed({"public_id": f"{fresh}n"}) | {"file": uri})
    bare = httpx.post(url, content=str(query).encode())  # no Content-Type, as PHP sends it
    assert ok(bare)["etag"] == etag


def test_a_large_data_uri(client: Client, fresh: str) -> None:
    blob = bytes(range(256)) * 80_000
    uri = "data:application/octet-stream;base64," + base64.b64encode(blob).decode()
    data = signed({"public_id": f"{fresh}.bin"}) | {"file": uri}
    body = ok(httpx.post(f"{client.server.api}/raw/upload", data=data, timeout=60))
    assert body["bytes"] == len(blob) and body["etag"] == hashlib.md5(blob).hexdigest()


@pytest.mark.parametrize(
    "encode",
    [
        lambda tags: [("tags[]", tag) for tag in tags],
        lambda tags: [(f"tags[{i}]", tag) for i, tag in enumerate(tags)],
        lambda tags: [("tags", tag) for tag in tags],
        lambda tags: [("tags", ",".join(tags))],
        lambda tags: [("tags", json.dumps(tags))],
    ],
)
def test_array_forms(client: Client, flower: bytes, encode: Any) -> None:
    parts = [(name, (None, value)) for name, value in encode(["one", "two"])]
    files = [*parts, ("file", ("a.jpg", flower))]
    body = ok(client.http.post(f"{client.server.api}/image/upload", files=files))
    assert body["tags"] == ["one", "two"]


@pytest.mark.parametrize("false", ["0", "false", "False"])
def test_overwrite_off_gives_the_existing_one(
    client: Client, flower: bytes, fresh: str, false: str
) -> None:
    first = ok(client.upload(flower, public_id=fresh, tags="first"))
    other = photos.path("china.jpg").read_bytes()
    second = ok(client.upload(other, public_id=fresh, tags="second", overwrite=false))
    assert second["existing"] is True and second["etag"] == first["etag"]
    assert second["version"] == first["version"] and second["tags"] == ["first"]


def test_overwriting(client: Client, flower: bytes, fresh: str) -> None:
    first = ok(client.upload(flower, public_id=fresh, tags="first", context="a=1"))
    other = photos.path("china.jpg").read_bytes()
    second = ok(client.upload(other, public_id=fresh))
    assert second["overwritten"] is True and second["asset_id"] == first["asset_id"]
    assert second["version"] > first["version"] and second["version_id"] != first["version_id"]
    assert second["tags"] == [] and "context" not in second
    assert httpx.get(second["url"]).content == other
    assert httpx.get(first["url"]).content == other  # any version is the current content


def test_names(client: Client, flower: bytes, fresh: str) -> None:
    random = ok(client.upload(flower))
    assert re.fullmatch(r"[a-z0-9]{20}", random["public_id"])
    unique = ok(client.upload(flower, name=f"{fresh}.jpg", use_filename=1))
    assert re.fullmatch(fresh + r"_[a-z0-9]{6}", unique["public_id"])
    plain = ok(client.upload(flower, name=f"{fresh}.jpg", use_filename=1, unique_filename=0))
    assert plain["public_id"] == fresh
    foreign = ok(client.upload(flower, name=f"{fresh}-ü漢.jpg", use_filename=1, unique_filename=0))
    assert foreign["public_id"] == foreign["original_filename"] == f"{fresh}-ü漢"
    renamed = ok(client.upload(flower, filename_override="other.png"))
    assert renamed["original_filename"] == "other"
    discarded = ok(client.upload(flower, discard_original_filename="true"))
    assert "original_filename" not in discarded
    folder = ok(client.upload(flower, public_id="x", folder=fresh))
    assert folder["public_id"] == f"{fresh}/x" and folder["asset_folder"] == fresh
    placed = ok(client.upload(flower, public_id=f"{fresh}-p", asset_folder="a/b", display_name="D"))
    assert (placed["public_id"], placed["asset_folder"]) == (f"{fresh}-p", "a/b")
    assert placed["display_name"] == "D"
    extension = ok(client.upload(flower, public_id=f"{fresh}.jpg"))
    assert extension["url"].endswith(f"/{fresh}.jpg.jpg")
    assert httpx.get(extension["url"]).content == flower


def test_raw_and_auto(client: Client, flower: bytes, fresh: str) -> None:
    text = b"plain text \xff"
    raw = ok(client.upload(text, name="notes.txt", resource_type="raw"))
    assert re.fullmatch(r"[a-z0-9]{20}\.txt", raw["public_id"])
    assert "format" not in raw and "width" not in raw and raw["resource_type"] == "raw"
    assert httpx.get(raw["url"]).content == text
    as_raw = ok(client.upload(text, name="notes.txt", resource_type="auto"))
    assert as_raw["resource_type"] == "raw"
    assert ok(client.upload(flower, resource_type="auto"))["resource_type"] == "image"
    direct = client.http.post(f"{client.server.api}/upload", files={"file": ("x.jpg", flower)})
    assert ok(direct)["resource_type"] == "image"
    photo = ok(client.upload(flower, public_id=f"{fresh}.jpg", resource_type="raw"))
    assert photo["url"].endswith(f"/raw/upload/v{photo['version']}/{fresh}.jpg")


def test_types_live_apart_and_private_ones_are_signed(
    client: Client, flower: bytes, fresh: str
) -> None:
    public = ok(client.upload(flower, public_id=fresh))
    hidden = ok(client.upload(flower, public_id=fresh, type="authenticated"))
    assert public["asset_id"] != hidden["asset_id"]
    assert "/image/authenticated/s--" in hidden["url"]
    assert httpx.get(hidden["url"]).status_code == 200
    unsigned = re.sub(r"s--[\w-]+--/", "", hidden["url"])
    assert httpx.get(unsigned).status_code == 401
    tampered = hidden["url"].replace("s--", "s--A", 1)
    assert httpx.get(re.sub(r"(s--.{8}).--", r"\1--", tampered)).status_code == 401


def test_allowed_formats(client: Client, flower: bytes) -> None:
    ok(client.upload(flower, allowed_formats="png,jpg"))
    ok(client.upload(flower, allowed_formats="jpeg"))
    refused = client.upload(flower, allowed_formats="png,gif")
    assert (refused.status_code, message(refused)) == (400, "Image file format jpg not allowed")
    raw = client.upload(b"x", name="a.txt", resource_type="raw", allowed_formats="pdf")
    assert message(raw) == "Raw file format txt not allowed"


def test_browsers_may_call(client: Client) -> None:
    asked = {
        "Origin": "https://shop.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-range,x-unique-upload-id,x-requested-with",
    }
    preflight = httpx.options(f"{client.server.api}/image/upload", headers=asked)
    assert preflight.status_code == 200
    allowed = preflight.headers["access-control-allow-headers"].lower()
    assert "content-range" in allowed and "x-unique-upload-id" in allowed
    reply = httpx.post(f"{client.server.api}/image/upload", headers={"Origin": "https://x.example"})
    assert reply.headers["access-control-allow-origin"] == "*"
    assert "X-Cld-Error" in reply.headers["access-control-expose-headers"]


def test_a_prefix_path_and_double_slashes(server: LiveServer) -> None:
    for path in (f"/base/v1_1/{CLOUD}/ping", f"//v1_1/{CLOUD}/ping", f"/a/b//v1_1/{CLOUD}/ping"):
        assert httpx.get(server.url + path, auth=(KEY, SECRET)).json() == {"status": "ok"}
