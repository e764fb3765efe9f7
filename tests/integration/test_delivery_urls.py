"""Derived images over HTTP on both databases: forms of URLs, headers, and what they come from."""

from __future__ import annotations

import hashlib
import io
import threading
import time
from typing import Any
from urllib.parse import quote

import cloudinary
import cloudinary.utils
import httpx
import pytest
from PIL import Image

from tests import photos
from tests.live import CLOUD, KEY, SECRET, Client, LiveServer, message


def size(response: httpx.Response) -> tuple[int, int]:
    response.raise_for_status()
    return Image.open(io.BytesIO(response.content)).size


def derived(client: Client, public_id: str) -> list[dict[str, Any]]:
    """The derivatives that are stored, once they are."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        found = client.get(f"resources/image/upload/{public_id}").json().get("derived", [])
        if found:
            return list(found)
        time.sleep(0.05)
    return []


def test_a_derivative_has_the_headers_of_an_original(
    client: Client, flower: bytes, fresh: str
) -> None:
    body = client.upload(flower, public_id=fresh).json()
    url = f"{client.server.url}/{CLOUD}/image/upload/c_fill,h_80,w_100/v{body['version']}/{fresh}"
    first = httpx.get(f"{url}.webp")
    assert size(first) == (100, 80) and first.headers["content-type"] == "image/webp"
    assert first.headers["etag"] == f'"{hashlib.md5(first.content).hexdigest()}"'
    assert first.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert first.headers["server-timing"].startswith("render;dur=")
    assert first.headers["x-content-type-options"] == "nosniff"
    (row,) = derived(client, fresh)
    assert (row["transformation"], row["format"]) == ("c_fill,h_80,w_100", "webp")
    again = httpx.get(f"{url}.webp")
    assert again.content == first.content and "server-timing" not in again.headers
    assert httpx.get(row["url"]).content == first.content
    part = httpx.get(f"{url}.webp", headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, first.content[10:20])
    same = httpx.get(f"{url}.webp", headers={"If-None-Match": first.headers["etag"]})
    assert (same.status_code, same.content) == (304, b"")
    head = httpx.head(f"{url}.webp")
    assert head.headers["content-length"] == str(len(first.content)) and head.content == b""
    unversioned = httpx.get(url.replace(f"v{body['version']}", "v1"))
    assert unversioned.headers["cache-control"] == "public, max-age=0, stale-while-revalidate=60"


def test_every_form_of_a_url(client: Client, flower: bytes, fresh: str) -> None:
    client.upload(flower, public_id=f"{fresh}/cat")
    base = client.server.url
    names = [
        f"/{CLOUD}/image/upload/w_50/v1/{fresh}/cat.jpg",
        f"//{CLOUD}/image/upload/w_50/{fresh}/cat.jpg",
        f"/{CLOUD}/images/w_50/{fresh}/cat/a-fine-cat.jpg",
        f"/{CLOUD}/images/w_50/{fresh}/cat.jpg",
        f"/{CLOUD}/iu/w_50/{fresh}/cat.jpg",
        f"/{CLOUD}/w_50/{fresh}/cat.jpg",
        f"/image/upload/w_50/{fresh}/cat.jpg",
        f"/{CLOUD}/image/upload/w_50/{quote(fresh)}%2Fcat.jpg?_a=BAAAA",
    ]
    found = {httpx.get(base + name).content for name in names}
    assert len(found) == 1 and size(httpx.get(base + names[0])) == (50, 33)


@pytest.mark.parametrize("options", [{}, {"url_suffix": "fine-cat"}, {"use_root_path": True}])
def test_urls_of_the_sdk_signed_and_not(
    client: Client, flower: bytes, fresh: str, options: dict[str, Any]
) -> None:
    cloudinary.reset_config()
    cloudinary.config(cloud_name=CLOUD, api_key=KEY, api_secret=SECRET)
    name = f"{fresh} ß (1)"
    client.upload(flower, public_id=name)
    for extra in ({}, {"sign_url": True}, {"sign_url": True, "long_url_signature": True}):
        url, _ = cloudinary.utils.cloudinary_url(
            name,
            format="jpg",
            width=60,
            crop="scale",
            cname=client.server.url.removeprefix("http://"),
            private_cdn=bool(options),
            secure=False,
            **options,
            **extra,
        )
        if options:  # a host of its own would say whose it is
            url = url.replace(client.server.url, f"{client.server.url}/{CLOUD}")
        assert size(httpx.get(url)) == (60, 40), url
        if extra:
            broken = url.replace("s--", "s--" + ("A" if "s--B" in url else "B"), 1)
            assert httpx.get(broken).status_code in (401, 404)


def test_automatic_formats_and_hints(client: Client, flower: bytes, fresh: str) -> None:
    client.upload(flower, public_id=fresh)
    base = f"{client.server.url}/{CLOUD}/image/upload"

    def get(transformation: str, **headers: str) -> httpx.Response:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return httpx.get(f"{base}/{transformation}/{fresh}", headers=sent)

    kinds = {
        accept: get("f_auto,w_90", accept=accept).headers["content-type"]
        for accept in ("image/avif,image/webp,*/*", "image/webp,*/*", "*/*")
    }
    assert list(kinds.values()) == ["image/avif", "image/webp", "image/jpeg"]
    assert get("f_auto,w_90").headers["vary"] == "Accept"
    assert "vary" not in get("w_90").headers
    doubled = get("dpr_auto,w_90", sec_ch_dpr="1.7")
    assert size(doubled) == (180, 120) and "DPR" in doubled.headers["vary"]
    assert size(get("dpr_auto,w_90", dpr="nan")) == (90, 60)
    wide = get("c_scale,w_auto", sec_ch_width="199")
    assert size(wide) == (200, 133) and "Sec-CH-Width" in wide.headers["vary"]
    # Clients that do not say their width get the one that the URL names last.
    for fallback in ("w_auto:100:150", "w_auto:breakpoints_100_600_30_5:150"):
        assert size(get(f"c_scale,{fallback}")) == (150, 100)


def test_unknown_paths_answer_as_everything_else_does(client: Client) -> None:
    for reply in (
        httpx.get(client.server.url),
        httpx.post(f"{client.server.url}/{CLOUD}/image/upload/a.jpg"),
    ):
        assert reply.status_code in (404, 405)
        assert list(reply.json()) == ["error"]


def test_attachments_facts_and_substitutes(client: Client, flower: bytes, fresh: str) -> None:
    client.upload(flower, public_id=fresh)
    client.upload(b"text", resource_type="raw", public_id=f"{fresh}.txt")
    base = f"{client.server.url}/{CLOUD}"
    saved = httpx.get(f"{base}/image/upload/fl_attachment/{fresh}.jpg")
    assert saved.content == flower  # the very file that was uploaded
    assert saved.headers["content-disposition"] == f'attachment; filename="{fresh}.jpg"'
    named = httpx.get(f"{base}/image/upload/w_10,fl_attachment:büro/{fresh}.png")
    assert named.headers["content-disposition"] == "attachment; filename*=UTF-8''b%C3%BCro.png"
    raw = httpx.get(f"{base}/raw/upload/fl_attachment/{fresh}.txt")
    assert raw.content == b"text" and "attachment" in raw.headers["content-disposition"]
    facts = httpx.get(f"{base}/image/upload/w_10,fl_getinfo/{fresh}")
    assert facts.headers["content-type"] == "application/json"
    assert facts.json()["input"]["width"] == 640 and facts.json()["output"]["width"] == 10
    other = httpx.get(f"{base}/image/upload/w_20,d_{fresh}.jpg/v7/none.png")
    assert size(other) == (20, 13) and other.headers["content-type"] == "image/png"


def test_named_transformations_and_layers_are_as_they_are_now(
    client: Client, flower: bytes, fresh: str
) -> None:
    version = client.upload(flower, public_id=fresh).json()["version"]
    client.upload(photos.tiny_png(), public_id=f"{fresh}-logo")
    name = fresh.replace("/", "_")
    client.post("transformations", name=name, transformation="w_30").raise_for_status()
    base = f"{client.server.url}/{CLOUD}/image/upload"
    first = httpx.get(f"{base}/t_{name}/v{version}/{fresh}.jpg")
    assert size(first) == (30, 20) and "immutable" not in first.headers["cache-control"]
    client.send("PUT", f"transformations/{name}", data={"unsafe_update": "w_45"})
    assert size(httpx.get(f"{base}/t_{name}/v{version}/{fresh}.jpg")) == (45, 30)
    layered = f"{base}/w_60/l_{fresh}-logo,w_60,h_40,c_scale/{fresh}.png"
    red = Image.open(io.BytesIO(httpx.get(layered).content)).convert("RGB").getpixel((30, 20))
    client.upload(photos.tiny_png((0, 0, 255)), public_id=f"{fresh}-logo")
    blue = Image.open(io.BytesIO(httpx.get(layered).content)).convert("RGB").getpixel((30, 20))
    assert (red, blue) == ((200, 30, 30), (0, 0, 255))


def test_an_overwritten_picture_is_shown_at_once(client: Client, flower: bytes, fresh: str) -> None:
    first = client.upload(flower, public_id=fresh).json()
    url = f"{client.server.url}/{CLOUD}/image/upload/w_50/v{first['version']}/{fresh}.png"
    before = httpx.get(url)
    client.upload(photos.path("china.jpg"), public_id=fresh)
    after = httpx.get(url)
    assert after.content != before.content
    assert "immutable" not in after.headers["cache-control"]  # it names the former version


def test_one_cold_derivative_for_many_clients(client: Client, flower: bytes, fresh: str) -> None:
    client.upload(flower, public_id=fresh)
    url = f"{client.server.url}/{CLOUD}/image/upload/c_fill,e_blur:300,w_600,h_600/{fresh}.png"
    answers: list[httpx.Response] = []
    threads = [
        threading.Thread(target=lambda: answers.append(httpx.get(url, timeout=60)))
        for _ in range(100)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status_code for answer in answers] == [200] * 100
    assert len({answer.content for answer in answers}) == 1
    # Those that came while it was made waited for the same rendering: it took equally long.
    timings = {answer.headers.get("server-timing") for answer in answers}
    assert len(timings - {None}) == 1


def test_remote_images(flower: bytes, client: Client, fresh: str, tmp_path: Any) -> None:
    source = client.upload(flower, public_id=fresh).json()["url"]
    settings = {"FETCH_ALLOW_NETWORKS": "127.0.0.0/8", "FETCH_HOSTS": "127.0.0.1,media.example"}
    live = LiveServer(tmp_path / "data", "", settings).start()
    try:
        base = f"{live.url}/{CLOUD}/image/fetch"
        assert size(httpx.get(f"{base}/w_40,f_png/{source}")) == (40, 27)
        assert httpx.get(f"{base}/{quote(source, safe='')}").content == flower
        client.send("DELETE", "resources/image/upload", params={"public_ids[]": fresh})
        assert httpx.get(source).status_code == 404
        assert size(httpx.get(f"{base}/w_41/{source}")) == (41, 27)  # it is not fetched again
        missing = httpx.get(f"{base}/{source}x")
        assert (missing.status_code, message(missing)) == (404, f"Resource not found - {source}x")
        other = httpx.get(f"{base}/http://localhost:{live.port}/{CLOUD}/image/upload/x.jpg")
        assert (other.status_code, message(other)) == (401, "Remote URL is not allowed")
        kept = httpx.get(f"{live.api}/resources/image/fetch", auth=(KEY, SECRET)).json()
        assert [item["public_id"] for item in kept["resources"]] == [source]
    finally:
        live.stop()


def test_hosts_of_one_cloud(flower: bytes, tmp_path: Any) -> None:
    live = LiveServer(tmp_path / "data", "", {"CDN_HOSTS": f"media.example={CLOUD}"}).start()
    try:
        with live.client() as client:
            client.upload(flower, public_id="image/upload/odd").raise_for_status()
            client.upload(flower, public_id="root").raise_for_status()
        host = {"Host": "media.example:8443"}
        for path in ("/image/upload/image/upload/odd.jpg", "/root.jpg", "/images/root/words.jpg"):
            assert httpx.get(live.url + path, headers=host).content == flower, path
        assert httpx.get(f"{live.url}/healthz", headers=host).text == "ok\n"
    finally:
        live.stop()
