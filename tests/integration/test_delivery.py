"""Delivery of originals, and chunked uploads, over HTTP on both databases."""

from __future__ import annotations

import hashlib

import httpx
import pytest

from tests import photos
from tests.live import CLOUD, Client, LiveServer, message


def test_headers_ranges_and_conditions(client: Client, flower: bytes, fresh: str) -> None:
    body = client.upload(flower, public_id=fresh).json()
    url = body["url"]
    whole = httpx.get(url)
    assert whole.headers["etag"].strip('"').startswith(hashlib.md5(flower).hexdigest())
    assert whole.headers["content-type"] == "image/jpeg"
    assert whole.headers["x-content-type-options"] == "nosniff"
    assert "immutable" in whole.headers["cache-control"]
    head = httpx.head(url)
    assert head.content == b"" and head.headers["content-length"] == str(len(flower))
    part = httpx.get(url, headers={"Range": "bytes=100-199"})
    assert (part.status_code, part.content) == (206, flower[100:200])
    assert part.headers["content-range"] == f"bytes 100-199/{len(flower)}"
    beyond = httpx.get(url, headers={"Range": "bytes=99999999-"})
    assert beyond.status_code == 416
    same = httpx.get(url, headers={"If-None-Match": whole.headers["etag"]})
    assert (same.status_code, same.content) == (304, b"")
    since = httpx.get(url, headers={"If-Modified-Since": whole.headers["last-modified"]})
    assert since.status_code == 304
    base = f"{client.server.url}/{CLOUD}/image/upload"
    for name in (f"{fresh}.jpg", fresh, f"v1/{fresh}.jpg", f"{fresh}.jpeg", f"v1/{fresh}.jpg?_a=x"):
        assert httpx.get(f"{base}/{name}").content == flower, name
    assert "immutable" not in httpx.get(f"{base}/{fresh}").headers["cache-control"]


def test_refusals(client: Client, fresh: str) -> None:
    client.upload(photos.tiny_png(), public_id=fresh)
    client.upload(b"text", resource_type="raw", public_id=f"{fresh}.txt")
    base = f"{client.server.url}/{CLOUD}/image/upload"
    raw = base.replace("/image/", "/raw/")
    cases = [
        (f"{base}/{fresh}x.png", 404, f"Resource not found - {fresh}x.png"),
        (f"{base}/{fresh}.exe", 404, f"Resource not found - {fresh}.exe"),
        (f"{base}/w_1x/{fresh}.png", 400, "Invalid value 1x in w_1x"),
        (f"{base}/w_10,zz_1/{fresh}.png", 400, "Invalid transformation parameter: zz_1"),
        (f"{base}/t_none/{fresh}.png", 400, "Named transformation not found: none"),
        (f"{base}/l_none/{fresh}.png", 404, "Resource not found - none"),
        (f"{raw}/w_10/{fresh}.txt", 400, "Transformations of raw files are not supported"),
        (f"{base}/", 400, "Invalid URL: no public id"),
        (base.replace(CLOUD, "nowhere") + f"/{fresh}.png", 401, "Invalid cloud_name nowhere"),
        (base.replace("/upload", "/private") + f"/{fresh}.png", 401, "deny or ACL failure"),
        (base.replace("/upload", "/fetch") + "/http://x.example/a.png", 401, "not allowed"),
    ]
    for url, status, text in cases:
        response = httpx.get(url)
        assert response.status_code == status and text in message(response), url
        assert response.headers["x-cld-error"] == message(response)
        assert response.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("name", ["page.html", "picture.svg", "script.js", "x.xml", "noext"])
def test_uploads_are_never_run(client: Client, fresh: str, name: str) -> None:
    content = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
    body = client.upload(content, resource_type="raw", public_id=f"{fresh}/{name}").json()
    response = httpx.get(body["url"])
    assert response.content == content
    assert "sandbox" in response.headers["content-security-policy"]
    assert response.headers["x-content-type-options"] == "nosniff"


def send_chunk(
    client: Client, data: bytes, first: int, part: bytes, total: int | str, **fields: str
) -> httpx.Response:
    return client.http.post(
        f"{client.server.api}/{fields.pop('kind', 'raw')}/upload",
        data=fields,
        files={"file": ("big.bin", part)},
        headers={
            "Content-Range": f"bytes {first}-{first + len(part) - 1}/{total}",
            "X-Unique-Upload-Id": hashlib.md5(data).hexdigest(),
        },
    )


def test_chunks_with_an_unknown_total_and_a_repeated_last_one(client: Client, fresh: str) -> None:
    data = hashlib.sha256(fresh.encode()).digest() * 350_000
    one, two = data[:6_000_000], data[6_000_000:]
    first = send_chunk(client, data, 0, one, -1, tags="kept").json()
    assert (first["done"], first["bytes"], first["kind"]) == (False, len(one), "upload")
    again = send_chunk(client, data, 0, one, -1).json()  # its answer was lost
    assert again["bytes"] == len(one) and again["public_id"] == first["public_id"]
    public_id = first["public_id"]
    last = send_chunk(client, data, len(one), two, len(data), public_id=public_id).json()
    assert last["done"] is True and last["etag"] == hashlib.md5(data).hexdigest()
    assert last["tags"] == ["kept"] and last["public_id"] == public_id
    repeated = send_chunk(client, data, len(one), two, len(data)).json()
    assert repeated["done"] is True and repeated["asset_id"] == last["asset_id"]


def test_one_chunk_is_a_whole_upload(client: Client, flower: bytes, fresh: str) -> None:
    body = send_chunk(client, flower, 0, flower, len(flower), kind="image", public_id=fresh).json()
    assert body["done"] is True and (body["width"], body["public_id"]) == (640, fresh)


def test_chunks_that_do_not_fit(client: Client, fresh: str) -> None:
    data = fresh.encode() * 1_000_000
    one = data[:6_000_000]
    assert send_chunk(client, data, 0, one, len(data)).status_code == 200
    assert message(send_chunk(client, data, 6_000_000, one, len(data) + 1)).startswith(
        "Content-Range total"
    )
    overlapping = send_chunk(client, data, 5_000_000, one, len(data))
    assert overlapping.status_code == 400 and "overlaps" in message(overlapping)


def test_remote_urls(client: Client, server: LiveServer, flower: bytes, fresh: str) -> None:
    source = client.upload(flower, public_id=f"{fresh}-source").json()["url"]
    body = client.upload(source, public_id=fresh).json()
    assert body["etag"] == hashlib.md5(flower).hexdigest()
    assert body["original_filename"] == f"{fresh}-source"
    missing = client.upload(source + "x")
    assert (missing.status_code, message(missing)) == (404, f"Resource not found - {source}x")


def test_a_public_url_and_a_hostile_host(client: Client, fresh: str) -> None:
    response = client.http.post(
        f"{client.server.api}/image/upload",
        files={"file": ("a.png", photos.tiny_png())},
        headers={"Host": 'evil"<script>'},
    )
    assert "evil" not in response.text
