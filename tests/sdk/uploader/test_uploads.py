"""Each function that uploads, of each SDK: what was stored and what is delivered."""

from __future__ import annotations

import io
import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from tests.live import CLOUD, LiveServer
from tests.sdk.checks import check_upload
from tests.sdk.conftest import NODES, PYTHONS, Sdk

in_python = pytest.mark.parametrize("sdk", PYTHONS, indirect=True)
in_node = pytest.mark.parametrize("sdk", NODES, indirect=True)


@pytest.fixture
def photo(files: Path) -> bytes:
    return (files / "turtles.jpg").read_bytes()


@pytest.fixture
def large(files: Path) -> bytes:
    return (files / "large.bmp").read_bytes()


def size(url: str) -> tuple[int, int]:
    """Width and height of a delivered picture."""
    reply = httpx.get(url)
    assert reply.status_code == 200, url
    return Image.open(io.BytesIO(reply.content)).size


def test_upload(sdk: Sdk, done: Any, photo: bytes) -> None:
    """CONTRACT J1, J2, J3, J5, and B7: what is there and not overwritten is what is answered."""
    made, stored = done["with_everything"], done["stored"]
    python = sdk.name == "python"
    check_upload(made, photo)
    assert made["public_id"].endswith("/upload é")
    assert made["tags"] == ["b", "a"] and stored["tags"] == ["a", "b"]
    context = {"custom": {"alt": "alternative|alt=a", "by": "me"}}
    assert made["context"] == context and stored["context"] == context
    (derived,) = made["eager"]
    assert (derived["width"], derived["transformation"]) == (100, "c_scale,w_100/png")
    assert size(derived["url"]) == (100, derived["height"])
    assert [item["transformation"] for item in stored["derived"]] == ["c_scale,w_100"]
    check_upload(done["streamed"], photo)
    assert done["streamed"]["original_filename"] == ("stream" if python else "file")
    if python:
        assert done["named"]["public_id"].endswith("/upload/clé-mer")
        assert done["named"]["original_filename"] == "clé-mer"
        assert bool(done["request_id"]) is (sdk.version == "")  # 1.41 does not read the header
    assert done["other_name"]["original_filename"] == "other"
    again = done["again"]
    assert again["existing"] is True and again["version"] == made["version"]
    assert sorted(again["tags"]) == ["a", "b"]
    assert done["refused"]["message"] == "Image file format jpg not allowed"
    assert done["converted"]["format"] == "png" and done["converted"]["url"].endswith(".png")


def _check_unsigned(uploaded: Any, photo: bytes, method: str) -> None:
    check_upload(uploaded, photo)
    assert uploaded["public_id"].endswith(f"/{method}/own")
    assert sorted(uploaded["tags"]) == ["mine", "preset"]
    assert "api_key" not in uploaded


def test_unsigned_upload(done: Any, photo: bytes) -> None:
    _check_unsigned(done["uploaded"], photo, "unsigned_upload")
    start = "Transformation parameter is not allowed when using unsigned upload."
    assert done["refused"]["message"].startswith(start)


def test_upload_large(done: Any, large: bytes) -> None:
    """CONTRACT J12: raw unless said otherwise; a URL falls back to a plain upload."""
    image, raw = done["image"], done["raw"]
    check_upload(image, large)
    assert image["done"] is True and raw["done"] is True
    assert (image["width"], image["height"], image["format"]) == (1400, 1300, "bmp")
    assert done["stored"]["tags"] == ["x", "y"] and done["stored"]["bytes"] == len(large)
    check_upload(raw, large)
    assert raw["resource_type"] == "raw" and "width" not in raw
    assert done["url"]["width"] == 40 and "done" not in done["url"]


@in_python
def test_upload_image(done: Any, photo: bytes) -> None:
    check_upload(done["uploaded"], photo)
    assert size(done["url"])[0] == 100


@in_python
def test_upload_resource(done: Any, photo: bytes) -> None:
    check_upload(done["uploaded"], photo)
    assert done["uploaded"]["resource_type"] == "raw"
    assert httpx.get(done["url"]).content == photo


def test_upload_large_part(sdk: Sdk, done: Any, large: bytes) -> None:
    if sdk.name == "node":
        assert done == {"broken": True}  # it exports the name alone
        return
    first, last = done["first"], done["last"]
    assert (first["done"], first["bytes"]) == (False, 5_243_000)
    assert first["public_id"] == last["public_id"]
    assert last["done"] is True
    check_upload(last, large)


@in_python
def test_call_api(sdk: Sdk, done: Any, photo: bytes) -> None:
    """CONTRACT J8: an error that is returned instead of raised."""
    check_upload(done["uploaded"], photo)
    if sdk.version == "":  # 1.41 says 200 whatever came
        assert done["missing"]["error"]["http_code"] == 404
    assert done["missing"]["error"]["message"].startswith("Resource not found - ")


@in_python
def test_call_cacheable_api(done: Any, photo: bytes) -> None:
    """CONTRACT J11: the transformation of breakpoints in its canonical form."""
    check_upload(done["uploaded"], photo)
    (points,) = done["uploaded"]["responsive_breakpoints"]
    assert points["transformation"] == "a_90"
    widths = [point["width"] for point in points["breakpoints"]]
    assert widths == sorted(widths, reverse=True) and len(widths) <= 3
    assert (widths[0], widths[-1]) == (300, 100)
    assert done["cached"] == widths
    for point in points["breakpoints"]:
        assert size(point["url"]) == (point["width"], point["height"])


@in_node
def test_upload_stream(done: Any, photo: bytes) -> None:
    """CONTRACT J2, and K3: Node sends file names as raw bytes."""
    check_upload(done["plain"], photo)
    assert done["plain"]["original_filename"] == "file"
    assert done["named"]["original_filename"] == "clé-mer"
    assert done["named"]["public_id"].endswith("/upload_stream/clé-mer")


@in_node
def test_unsigned_upload_stream(done: Any, photo: bytes) -> None:
    _check_unsigned(done["uploaded"], photo, "unsigned_upload_stream")


@in_node
def test_upload_chunked(done: Any, large: bytes) -> None:
    check_upload(done, large)
    assert done["done"] is True and done["width"] == 1400


@in_node
def test_upload_chunked_stream(done: Any, large: bytes) -> None:
    check_upload(done, large)
    assert done["done"] is True and done["width"] == 1400


def _post(url: str, fields: Any, photo: bytes) -> Any:
    """Send a form as a browser does."""
    reply = httpx.post(url, data=fields, files={"file": ("turtles.jpg", photo)}, timeout=30)
    assert reply.status_code == 200, reply.text
    return reply.json()


@in_node
def test_direct_upload(done: Any, photo: bytes) -> None:
    form = done["form_attrs"]
    assert (form["method"], form["enctype"]) == ("POST", "multipart/form-data")
    uploaded = _post(form["action"], done["hidden_fields"], photo)
    check_upload(uploaded, photo)
    assert uploaded["tags"] == ["form"]


@in_node
def test_upload_tag_params(done: Any, server: LiveServer, photo: bytes) -> None:
    uploaded = _post(f"{server.api}/image/upload", json.loads(done), photo)
    check_upload(uploaded, photo)
    assert uploaded["public_id"].endswith("/upload_tag_params")
    assert uploaded["tags"] == ["form"]


@in_node
def test_upload_url(done: Any, server: LiveServer) -> None:
    base = f"{server.url}/v1_1/{CLOUD}"
    assert done == {"any": f"{base}/auto/upload", "video": f"{base}/video/upload"}


class _Input(HTMLParser):
    """The attributes of the one tag of a text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.attributes: dict[str, str | None] = {}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes = dict(attrs)


@in_node
def test_image_upload_tag(done: Any, photo: bytes) -> None:
    found = _Input(done).attributes
    fields = json.loads(found["data-form-data"] or "")
    uploaded = _post(found["data-url"] or "", fields, photo)
    check_upload(uploaded, photo)
    assert uploaded["tags"] == ["form"] and "api_key" in uploaded


@in_node
def test_unsigned_image_upload_tag(done: Any, photo: bytes) -> None:
    found = _Input(done).attributes
    fields = json.loads(found["data-form-data"] or "")
    uploaded = _post(found["data-url"] or "", fields, photo)
    check_upload(uploaded, photo)
    assert sorted(uploaded["tags"]) == ["form", "preset"] and "api_key" not in uploaded
