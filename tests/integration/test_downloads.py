"""Signed downloads, by the URL builders of the official SDK."""

from __future__ import annotations

import io
import time
from typing import Any

import cloudinary.utils  # type: ignore[import-untyped]  # has no stubs
import httpx
import pytest
from PIL import Image

from tests import photos
from tests.integration.replies import ok, refused
from tests.live import CLOUD, KEY, SECRET, Client, LiveServer

PNG = photos.tiny_png()


def account(server: LiveServer, **options: Any) -> dict[str, Any]:
    given = {"cloud_name": CLOUD, "api_key": KEY, "api_secret": SECRET}
    return given | {"upload_prefix": server.url} | options


def download_url(client: Client, public_id: str, extension: str = "png", **options: Any) -> str:
    return str(
        cloudinary.utils.private_download_url(
            public_id, extension, **account(client.server, **options)
        )
    )


def asset_url(client: Client, **params: Any) -> str:
    """``asset/download``, which no SDK builds."""
    given = {"timestamp": int(time.time()), **params}
    signed = cloudinary.utils.sign_request(given, account(client.server))
    return str(httpx.URL(f"{client.server.api}/asset/download", params=signed))


@pytest.mark.parametrize("type", ["upload", "private", "authenticated"])
def test_originals(lone: Client, fresh: str, type: str) -> None:
    ok(lone.upload(PNG, name="a.png", public_id=f"{fresh}/a b", type=type))
    shown = httpx.get(download_url(lone, f"{fresh}/a b", type=type))
    assert (shown.status_code, shown.content) == (200, PNG)
    assert shown.headers["content-type"] == "image/png"
    assert "content-disposition" not in shown.headers
    assert "private" in shown.headers["cache-control"]
    saved = httpx.get(download_url(lone, f"{fresh}/a b", type=type, attachment=True))
    assert saved.headers["content-disposition"] == 'attachment; filename="a b.png"'
    part = httpx.get(download_url(lone, f"{fresh}/a b", type=type), headers={"Range": "bytes=0-9"})
    assert (part.status_code, part.content) == (206, PNG[:10])
    other = "upload" if type != "upload" else "private"
    refused(httpx.get(download_url(lone, f"{fresh}/a b", type=other)), 404)


def test_other_formats_and_transformations(lone: Client, fresh: str) -> None:
    body = ok(lone.upload(PNG, name="a.png", public_id=fresh, type="private"))
    jpeg = httpx.get(download_url(lone, fresh, "jpg", type="private", attachment=True))
    assert jpeg.headers["content-type"] == "image/jpeg"
    assert jpeg.headers["content-disposition"] == f'attachment; filename="{fresh}.jpg"'
    small = httpx.get(
        asset_url(lone, asset_id=body["asset_id"], transformation="c_scale,w_2", format="gif")
    )
    with Image.open(io.BytesIO(small.content)) as picture:
        assert (picture.format, picture.width) == ("GIF", 2)
    streamed = httpx.get(asset_url(lone, asset_id=body["asset_id"], streaming_attachment="true"))
    assert streamed.headers["content-disposition"] == f'attachment; filename="{fresh}.png"'
    named = httpx.get(asset_url(lone, asset_id=body["asset_id"], target_filename="box.png"))
    assert named.headers["content-disposition"] == 'attachment; filename="box.png"'
    assert named.content == PNG
    for wrong in (
        {"transformation": "w_abc"},
        {"format": "bogus"},
        {"attachment": "x"},
        {"streaming_attachment": "x"},
    ):
        refused(httpx.get(asset_url(lone, asset_id=body["asset_id"], **wrong)))


def test_raw_files(lone: Client, fresh: str) -> None:
    ok(lone.upload(b"words", name="a.txt", resource_type="raw", public_id=f"{fresh}.txt"))
    url = download_url(lone, f"{fresh}.txt", "", resource_type="raw", attachment=True)
    response = httpx.get(url)
    assert response.content == b"words"
    assert response.headers["content-disposition"] == f'attachment; filename="{fresh}.txt"'
    wrong = download_url(lone, f"{fresh}.txt", "png", resource_type="raw")
    assert refused(httpx.get(wrong)) == "Transformations of raw files are not supported"


def test_they_end(lone: Client, fresh: str) -> None:
    ok(lone.upload(PNG, name="a.png", public_id=fresh))
    now = int(time.time())
    good = httpx.get(download_url(lone, fresh, expires_at=now + 60))
    assert good.content == PNG
    ended = httpx.get(download_url(lone, fresh, expires_at=now - 60))
    assert refused(ended, 401) == "The URL has expired"
    refused(httpx.get(download_url(lone, fresh, expires_at="soon")))


@pytest.mark.parametrize(
    "name", ["public_id", "format", "type", "timestamp", "expires_at", "signature", "api_key"]
)
def test_they_are_signed(lone: Client, fresh: str, name: str) -> None:
    ok(lone.upload(PNG, name="a.png", public_id=fresh, type="private"))
    options = {"type": "private", "expires_at": int(time.time()) + 60}
    url = httpx.URL(download_url(lone, fresh, **options))
    assert httpx.get(url).content == PNG
    for other in (url.copy_set_param(name, "1800000000"), url.copy_remove_param(name)):
        response = httpx.get(other)
        assert response.status_code in (400, 401) and PNG not in response.content
    old = url.copy_set_param("timestamp", "1000000000")
    refused(httpx.get(old), 401)


def test_what_is_not_there(lone: Client, fresh: str) -> None:
    missing = httpx.get(download_url(lone, fresh))
    assert refused(missing, 404) == f"Resource not found - {fresh}"
    body = ok(lone.upload(PNG, name="a.png", public_id=fresh, backup="1"))
    ok(lone.post("image/destroy", public_id=fresh))
    refused(httpx.get(download_url(lone, fresh)), 404)
    refused(httpx.get(asset_url(lone, asset_id=body["asset_id"])), 404)


def test_who_manages_may_fetch_what_was_rejected(lone: Client, fresh: str) -> None:
    body = ok(lone.upload(PNG, name="a.png", public_id=fresh, moderation="manual"))
    ok(lone.post(f"resources/image/upload/{fresh}", moderation_status="rejected"))
    assert httpx.get(body["url"]).status_code == 404
    assert httpx.get(download_url(lone, fresh)).content == PNG
