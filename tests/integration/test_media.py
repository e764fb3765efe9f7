"""Files that are no pictures: video, audio, raw; and PDFs, which are pictures of several pages."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from tests import photos
from tests.integration.replies import ok, refused
from tests.live import Client

MEDIA = Path(__file__).parents[1] / "data" / "media"
FILM, SOUND = MEDIA / "video.mp4", MEDIA / "audio.m4a"


def upload(client: Client, path: Path, **fields: Any) -> dict[str, Any]:
    kind = fields.pop("resource_type", "auto")
    return ok(client.upload(path, name=path.name, resource_type=kind, **fields))


def test_a_film(lone: Client, fresh: str) -> None:
    body = upload(lone, FILM, public_id=fresh, resource_type="video", media_metadata="true")
    assert (body["resource_type"], body["format"], body["pages"]) == ("video", "mp4", 0)
    assert (body["width"], body["height"], body["bytes"]) == (96, 64, FILM.stat().st_size)
    assert body["etag"] == hashlib.md5(FILM.read_bytes()).hexdigest()
    assert body["duration"] == pytest.approx(1, abs=0.1) and body["frame_rate"] == 25
    assert (body["is_audio"], body["nb_frames"], body["rotation"]) == (False, 25, 0)
    assert isinstance(body["bit_rate"], int)
    assert body["video"]["codec"] == "h264" and isinstance(body["video"]["bit_rate"], str)
    audio = body["audio"]
    assert (audio["codec"], audio["frequency"]) == ("aac", 44100)
    assert all(isinstance(value, str) for value in body["media_metadata"].values())
    assert body["url"].endswith(f"/video/upload/v{body['version']}/{fresh}.mp4")
    found = ok(lone.get(f"resources/video/upload/{fresh}", media_metadata="1"))
    for name in ("width", "height", "duration", "is_audio", "video", "audio", "frame_rate"):
        assert found.get(name, body[name]) == body[name]
    assert found["duration"] == body["duration"]
    assert found["media_metadata"] == body["media_metadata"]
    (item,) = ok(lone.get("resources/video/upload", prefix=fresh))["resources"]
    assert (item["duration"], item["is_audio"]) == (body["duration"], False)


def test_a_sound(lone: Client) -> None:
    body = upload(lone, SOUND)
    assert (body["resource_type"], body["is_audio"], body["video"]) == ("video", True, {})
    assert body["audio"]["codec"] == "aac" and "width" not in body
    response = httpx.get(body["url"])
    assert response.content == SOUND.read_bytes()
    assert response.headers["content-type"].startswith("audio/")


@pytest.mark.parametrize("path", [FILM, SOUND, MEDIA / "video.webm"], ids=lambda path: path.name)
def test_delivery_in_ranges(lone: Client, path: Path) -> None:
    """Players seek: each part comes as it was asked for."""
    body, data = upload(lone, path), path.read_bytes()
    whole = httpx.get(body["secure_url"])
    assert (whole.status_code, whole.content) == (200, data)
    assert whole.headers["accept-ranges"] == "bytes"
    assert whole.headers["etag"].strip('"') == body["etag"]
    end = len(data) - 1
    for asked, first, last in (("0-99", 0, 99), ("100-", 100, end), ("-50", end - 49, end)):
        part = httpx.get(body["url"], headers={"Range": f"bytes={asked}"})
        assert (part.status_code, part.content) == (206, data[first : last + 1])
        assert part.headers["content-range"] == f"bytes {first}-{last}/{len(data)}"
    beyond = httpx.get(body["url"], headers={"Range": f"bytes={len(data)}-"})
    assert beyond.status_code == 416
    head = httpx.head(body["url"])
    assert int(head.headers["content-length"]) == len(data)


def test_standing_films_are_as_high_as_they_are_shown(lone: Client) -> None:
    body = upload(lone, MEDIA / "phone.mov")
    assert (body["width"], body["height"]) == (64, 96) and body["rotation"] in (90, 270)


@pytest.mark.parametrize(
    "fields",
    [
        {"eager": "w_100"},
        {"responsive_breakpoints": "[{}]"},
        {"transformation": "w_10"},
        {"eager": "w_100", "eager_async": "true"},
        {"format": "webm"},
    ],
)
def test_films_are_not_transformed(lone: Client, fresh: str, fields: dict[str, str]) -> None:
    path = FILM
    wrong = lone.upload(path, name=path.name, resource_type="video", public_id=fresh, **fields)
    assert refused(wrong) == "Transformations of video files are not supported"
    assert lone.get(f"resources/video/upload/{fresh}").status_code == 404
    url = upload(lone, path)["url"].replace("/upload/", "/upload/w_10/")
    delivered = httpx.get(url)
    assert delivered.status_code == 400
    assert delivered.headers["x-cld-error"] == "Transformations of video files are not supported"


def test_what_is_no_film(lone: Client, fresh: str) -> None:
    for file in (b"words", photos.tiny_png(), FILM.read_bytes()[:300], b"\0" * 5000):
        wrong = lone.upload(file, name="a.mp4", resource_type="video", public_id=fresh)
        assert refused(wrong) == "Unsupported video format or file"
    assert refused(lone.upload(FILM, name="a.png", public_id=fresh)) == "Invalid image file"
    wrong = lone.upload(FILM, name="a.mp4", resource_type="video", format="jpg")
    assert refused(wrong) == "Invalid value jpg for parameter video_file_type"
    assert ok(lone.upload(FILM, name="a", resource_type="video", format="mp4"))["format"] == "mp4"
    wrong = lone.upload(FILM, name="a.mp4", resource_type="video", allowed_formats="webm")
    assert refused(wrong) == "Video file format mp4 not allowed"
    assert lone.get(f"resources/video/upload/{fresh}").status_code == 404


def test_films_have_all_that_assets_have(lone: Client, fresh: str) -> None:
    body = upload(
        lone, FILM, public_id=fresh, tags="a", context="k=v", backup="1", moderation="manual"
    )
    assert body["tags"] == ["a"] and body["moderation"][0]["status"] == "pending"
    renamed = lone.post("video/rename", from_public_id=fresh, to_public_id=f"{fresh}-2")
    assert ok(renamed)["duration"] == body["duration"]
    ok(lone.post("video/tags", command="add", tag="b", **{"public_ids[]": f"{fresh}-2"}))
    explicit = lone.post("video/explicit", public_id=f"{fresh}-2", type="upload")
    assert ok(explicit)["tags"] == ["a", "b"]
    assert ok(lone.post("video/destroy", public_id=f"{fresh}-2")) == {"result": "ok"}
    back = lone.post("resources/video/upload/restore", **{"public_ids[]": f"{fresh}-2"})
    assert ok(back)[f"{fresh}-2"]["duration"] == body["duration"]


def test_pages_of_a_pdf(lone: Client, fresh: str) -> None:
    pages = [Image.new("RGB", (80, 60), colour) for colour in ("red", "lime", "blue")]
    data = photos.animate(pages, "PDF")
    body = ok(lone.upload(data, name="a.pdf", public_id=fresh, eager="pg_3,w_40/png"))
    assert (body["resource_type"], body["format"], body["pages"]) == ("image", "pdf", 3)
    assert body["width"] / body["height"] == pytest.approx(80 / 60, abs=0.02)
    original = httpx.get(body["url"])
    assert (original.content, original.headers["content-type"]) == (data, "application/pdf")
    for text, colour in (("", (255, 0, 0)), ("pg_2/", (0, 255, 0)), ("pg_3/", (0, 0, 255))):
        url = body["url"].replace("/upload/", f"/upload/{text}").replace(".pdf", ".jpg")
        response = httpx.get(url)
        assert response.headers["content-type"] == "image/jpeg"
        picture = Image.open(io.BytesIO(response.content)).convert("RGB")
        middle = picture.getpixel((picture.width // 2, picture.height // 2))
        assert isinstance(middle, tuple)
        assert all(abs(a - b) < 12 for a, b in zip(middle, colour, strict=True))
    beyond = httpx.get(body["url"].replace("/upload/", "/upload/pg_4/").replace(".pdf", ".jpg"))
    assert beyond.status_code == 400
    assert ok(lone.get(f"resources/image/upload/{fresh}", pages="1"))["pages"] == 3
    (eager,) = body["eager"]
    assert (eager["format"], eager["width"]) == ("png", 40)
    assert ok(lone.upload(data, name="a.pdf", format="png"))["format"] == "png"
    wrong = lone.upload(data[:200], name="a.pdf", public_id=f"{fresh}-2")
    assert refused(wrong).startswith("Invalid image file")


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("notes.txt", b"words"),
        ("page.html", b"<script>alert(1)</script>"),
        ("odd", b"\0\1\2\3"),
        ("table.csv", b"a,b\n1,2\n"),
        ("photo.png", photos.tiny_png()),
    ],
)
def test_raw_files_of_any_kind(lone: Client, name: str, data: bytes) -> None:
    body = ok(lone.upload(data, name=name, resource_type="raw", use_filename="1"))
    assert body["resource_type"] == "raw" and body["bytes"] == len(data)
    for absent in ("format", "width", "height", "pages"):
        assert absent not in body
    response = httpx.get(body["url"])
    assert response.content == data and response.headers["x-content-type-options"] == "nosniff"
    if name == "page.html":
        assert "sandbox" in response.headers["content-security-policy"]


def test_auto_goes_by_the_bytes(lone: Client) -> None:
    for name, data, kind in (
        ("a.mp4", photos.tiny_png(), "image"),
        ("a.png", FILM.read_bytes(), "video"),
        ("a.png", b"words", "raw"),
    ):
        body = ok(lone.upload(data, name=name, resource_type="auto"))
        assert body["resource_type"] == kind
