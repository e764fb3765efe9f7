"""Each function that makes something of assets, of each SDK: what can be fetched then."""

from __future__ import annotations

import io
import json
import tarfile
import zipfile
from typing import Any

import httpx
import pytest
from PIL import Image

from tests.sdk.conftest import Sdk


def _fetched(url: str, content_type: str) -> bytes:
    reply = httpx.get(url, timeout=30)
    assert reply.status_code == 200, url
    assert reply.headers["content-type"].partition(";")[0] == content_type
    return reply.content


def _picture(url: str, content_type: str = "image/png") -> Image.Image:
    return Image.open(io.BytesIO(_fetched(url, content_type)))


def test_text(done: Any) -> None:
    made = done["made"]
    assert (made["type"], made["format"], made["resource_type"]) == ("text", "png", "image")
    assert made["public_id"].endswith("/text") and f"/image/text/v{made['version']}/" in made["url"]
    picture = _picture(made["url"])
    assert picture.size == (made["width"], made["height"])
    assert done["longer"]["width"] > made["width"] > 20
    ink = max(picture.convert("RGBA").getcolors(10_000) or [], key=lambda found: found[1][3])
    assert ink[1] == (255, 0, 0, 255)
    assert done["stored"]["asset_id"] == made["asset_id"]


def test_generate_sprite(done: Any) -> None:
    """CONTRACT J15: transformations stand in the URLs; and the three files fit together."""
    of_tag = done["of_tag"]
    picture = _picture(of_tag["image_url"])
    places = of_tag["image_infos"]
    assert [(place["width"], place["height"]) for place in places.values()] == [(60, 40)] * 2
    assert all(name.rpartition("/")[2] in "12" for name in places)
    assert picture.width >= 60 and picture.height >= 80
    for place in places.values():
        assert place["x"] + 60 <= picture.width and place["y"] + 40 <= picture.height
    css = _fetched(of_tag["css_url"], "text/css").decode()
    assert of_tag["image_url"].rpartition("/")[2] in css
    assert css.count("background-position") == 2
    assert json.loads(_fetched(of_tag["json_url"], "application/json"))
    assert len(done["of_urls"]["image_infos"]) == 2
    assert all(name.startswith("http") for name in done["of_urls"]["image_infos"])
    assert "/w_30/" in done["narrow"]["css_url"]
    assert {place["width"] for place in done["narrow"]["image_infos"].values()} == {30}
    assert "f_jpg,w_30" in done["jpg"]["css_url"]
    assert _picture(done["jpg"]["image_url"], "image/jpeg").format == "JPEG"


def test_download_generated_sprite(done: Any) -> None:
    assert _picture(done["url"]).height >= 80


def test_multi(done: Any) -> None:
    """CONTRACT J15: a GIF unless said otherwise, the transformation in its URL."""
    of_tag = done["of_tag"]
    assert of_tag["url"].endswith(".gif") and "c_crop,w_0.5" in of_tag["url"]
    animation = _picture(of_tag["url"], "image/gif")
    assert (animation.size, getattr(animation, "n_frames", 1)) == ((30, 40), 2)
    assert _picture(done["of_urls"]["url"], "image/gif").size == (60, 40)
    assert done["pdf"]["url"].endswith(".pdf") and "w_30" in done["pdf"]["url"]
    assert _fetched(done["pdf"]["url"], "application/pdf").startswith(b"%PDF-")


def test_download_multi(done: Any) -> None:
    assert getattr(_picture(done["url"], "image/gif"), "n_frames", 1) == 2


def test_explode(done: Any) -> None:
    assert done["reply"]["status"] == "processing" and done["reply"]["batch_id"]
    pages = {item["transformation"]: item for item in done["stored"]["derived"]}
    assert set(pages) == {"pg_1", "pg_2"}
    first, second = (_picture(pages[name]["url"]) for name in ("pg_1", "pg_2"))
    assert first.size == second.size == (60, 40)
    assert first.tobytes() != second.tobytes()


def test_create_archive(sdk: Sdk, done: Any) -> None:
    made = done["made"]
    assert (made["resource_type"], made["resource_count"], made["file_count"]) == ("raw", 2, 2)
    assert made["public_id"].endswith("/create_archive.tgz") and made["tags"] == ["made"]
    assert done["stored"]["bytes"] == made["bytes"]
    content = httpx.get(made["url"]).content
    with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as archive:
        names = sorted(member.name for member in archive if member.isfile())
        files = [archive.extractfile(name) for name in names]
        sizes = {Image.open(io.BytesIO(file.read())).size for file in files if file}
    assert len(names) == 2 and sizes == {(60, 40)}
    kinds = {400, 404, "BadRequest", "NotFound", "Error"}
    assert done["missing"]["kind"] in kinds and "/none" in done["missing"]["message"]


def test_create_zip(done: Any) -> None:
    made = done["made"]
    assert (made["resource_count"], made["file_count"]) == (2, 4)
    with zipfile.ZipFile(io.BytesIO(httpx.get(made["url"]).content)) as archive:
        widths = sorted(Image.open(archive.open(name)).width for name in archive.namelist())
    assert widths == [30, 30, 120, 120]


def test_create_slideshow(request: pytest.FixtureRequest, sdk: Sdk, run: Any, server: Any) -> None:
    """Refused in its own words; the current Node SDK has no such function any more."""
    cases = run("making", sdk, server)
    assert ("create_slideshow" in cases) is (sdk.name == "python" or sdk.version != "")
    if "create_slideshow" in cases:
        done = request.getfixturevalue("done")
        assert done["kind"] in (400, "BadRequest", "Error")
        assert done["message"] == "create_slideshow is not supported"
