"""A Django site of the field's usual packages: django-cloudinary-storage and CloudinaryField."""

from __future__ import annotations

import html
import io
import json
import re
from pathlib import Path
from urllib.parse import urljoin

import httpx
import pytest
from PIL import Image

from tests import photos
from tests.apps.conftest import DjangoSite
from tests.live import LiveServer

MEDIA = Path(__file__).parents[1] / "data" / "media"


def send(
    site: httpx.Client, path: str, file: tuple[str, bytes] | None = None, /, **fields: str
) -> httpx.Response:
    """Open a page with a form, choose a file (name, bytes), press its button; where that leads."""
    fields["csrfmiddlewaretoken"] = find(
        r'name="csrfmiddlewaretoken" value="(\w+)"', site.get(path)
    )
    return site.post(path, data=fields, files={"file": file} if file else None)


def find(pattern: str, page: httpx.Response) -> str:
    """The one place of a page that a pattern matches."""
    assert page.status_code == 200, page.text
    found = re.findall(pattern, page.text)
    assert len(found) == 1, page.text
    return html.unescape(found[0])


def link(page: httpx.Response) -> str:
    """The URL of the file that a page shows."""
    return find(r'id="file" href="([^"]+)"', page)


def name(page: httpx.Response) -> str:
    """The name that the site has stored for its file."""
    return find(r'id="file"[^>]*>([^<]+)<', page)


def picture(reply: httpx.Response) -> Image.Image:
    """What was delivered, decoded."""
    assert reply.status_code == 200, reply.text
    return Image.open(io.BytesIO(reply.content))


def assets(server: LiveServer, resource_type: str, tag: str) -> dict[str, str]:
    """The public ids with a tag, each with its version."""
    with server.client() as client:
        listed = client.get(f"resources/{resource_type}/tags/{tag}", max_results=500).json()
    return {one["public_id"]: one["version"] for one in listed["resources"]}


def test_an_image_field_saves_shows_and_deletes_its_photo(
    site: httpx.Client, sqlite_server: LiveServer, flower: bytes
) -> None:
    page = send(site, "/photo/new", ("flower.jpg", flower))
    url, public_id, place = link(page), name(page), page.url.path
    assert re.fullmatch(r"media/photos/flower_\w+", public_id)
    assert url.startswith(f"{sqlite_server.url}/acme/image/upload/")
    assert httpx.get(url).content == flower
    assert find(r'id="size">(\d+)<', page) == str(len(flower))
    assert site.get(f"{place}/download").content == flower
    assert public_id in assets(sqlite_server, "image", "gallery")
    assert picture(httpx.get(find(r'<img[^>]* src="([^"]+)"', page))).width == 100

    folder, _, last = public_id.rpartition("/")
    listing = site.get(f"/folders/{folder}").json()
    assert last in listing["files"]
    assert all(listing["exist"])

    assert send(site, f"{place}/delete").url.path == "/"
    assert site.get(place).status_code == 404
    assert httpx.get(url).status_code == 404
    assert public_id not in assets(sqlite_server, "image", "gallery")


def test_a_replaced_photo_is_swept_away(
    site: httpx.Client, project: DjangoSite, sqlite_server: LiveServer, flower: bytes
) -> None:
    first = send(site, "/photo/new", ("flower.jpg", flower))
    other = photos.read("china.jpg")
    second = send(site, f"{first.url.path}/edit", ("china.jpg", other))
    assert httpx.get(link(second)).content == other
    assert httpx.get(link(first)).content == flower  # Django forgets what it replaces
    assert name(first) in project.command("deleteorphanedmedia", "--noinput")
    assert httpx.get(link(first)).status_code == 404
    assert httpx.get(link(second)).content == other


@pytest.mark.parametrize(
    ("kind", "file_name", "data", "stored"),
    [
        ("document", "Übung 1.txt", "Größe: 1 µm\n".encode(), r"media/documents/Übung_1_\w+\.txt"),
        ("document", "scan.pdf", b"%PDF-1.4\n" + bytes(500), r"media/documents/scan_\w+\.pdf"),
        ("clip", "walk.mp4", (MEDIA / "video.mp4").read_bytes(), r"media/clips/walk_\w+"),
        ("clip", "song.mp3", (MEDIA / "cover.mp3").read_bytes(), r"media/clips/song_\w+"),
    ],
    ids=["text", "pdf", "video", "audio"],
)
def test_other_files_are_saved_and_deleted(
    site: httpx.Client, kind: str, file_name: str, data: bytes, stored: str
) -> None:
    page = send(site, f"/{kind}/new", (file_name, data))
    url = link(page)
    assert re.fullmatch(stored, name(page))
    assert httpx.get(url).content == data
    assert site.get(f"{page.url.path}/download").content == data
    send(site, f"{page.url.path}/delete")
    assert httpx.get(url).status_code == 404


def test_the_field_of_the_sdk_uploads_on_saving(site: httpx.Client, flower: bytes) -> None:
    page = send(site, "/portrait/new", ("flower.jpg", flower))
    assert re.search(r"/v\d{10}/portraits/\w+\.jpg$", link(page))
    assert httpx.get(link(page)).content == flower
    assert find(r'id="size">(\d+)<', page) == "640"
    send(site, f"{page.url.path}/delete")
    assert httpx.get(link(page)).status_code == 404


def test_the_field_of_the_sdk_takes_what_a_browser_uploaded(
    site: httpx.Client, flower: bytes
) -> None:
    form = site.get("/portrait/direct")
    signed = json.loads(find(r'data-form-data="([^"]+)"', form))
    target = find(r'data-url="([^"]+)"', form)
    made = httpx.post(target, data=signed, files={"file": ("flower.jpg", flower)}).json()
    kept = "{resource_type}/{type}/v{version}/{public_id}.{format}#{signature}".format(**made)
    page = send(site, "/portrait/direct", file=kept)
    assert httpx.get(link(page)).content == flower
    forged = send(site, "/portrait/direct", file=f"{kept[:-4]}0000")
    assert "Signature mismatch" in forged.text
    send(site, f"{page.url.path}/delete")


def test_hashed_static_files_are_uploaded_once(
    site: httpx.Client, project: DjangoSite, sqlite_server: LiveServer
) -> None:
    home = site.get("/")
    sheet = find(r'rel="stylesheet" href="([^"]+)"', home)
    logo = find(r'id="logo" src="([^"]+)"', home)
    assert re.search(r"/raw/upload/v1/static/site\.[0-9a-f]{12}\.css$", sheet)
    styles = httpx.get(sheet)
    assert styles.headers["content-type"].startswith("text/css")
    assert urljoin(sheet, styles.text.split('"')[1]).rpartition("/")[2] == logo.rpartition("/")[2]
    source = (project.directory / "gallery" / "static" / "logo.png").read_bytes()
    assert httpx.get(logo).content == source
    thumbnail = find(r'id="thumbnail"><img[^>]* src="([^"]+)"', home)
    assert picture(httpx.get(thumbnail)).width == 50

    before = {kind: assets(sqlite_server, kind, "static") for kind in ("image", "raw")}
    assert logo.removesuffix(".png").endswith(tuple(before["image"]))
    assert sheet.endswith(tuple(before["raw"]))
    project.command("collectstatic", "--noinput")
    assert {kind: assets(sqlite_server, kind, "static") for kind in ("image", "raw")} == before


def test_changed_static_files_are_replaced(project: DjangoSite, sqlite_server: LiveServer) -> None:
    sheet = project.directory / "gallery" / "static" / "site.css"
    url = f"{sqlite_server.url}/acme/raw/upload/v1/static/site.css"
    # The files of the other applications are left out: they would only take time.
    collect = ("collectstatic", "--noinput", "--ignore", "cloudinary")
    project.command(*collect, STATIC_STORAGE="StaticCloudinaryStorage")
    assert httpx.get(url).content == sheet.read_bytes()
    sheet.write_text("body { color: navy; }")
    project.command(*collect, STATIC_STORAGE="StaticCloudinaryStorage")
    assert httpx.get(url).text == "body { color: navy; }"
