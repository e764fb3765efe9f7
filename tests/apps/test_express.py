"""An Express server whose forms are stored by multer-storage-cloudinary."""

from __future__ import annotations

import io
import re

import httpx
from PIL import Image

from tests import photos
from tests.live import LiveServer


def test_a_form_with_one_file(
    express: httpx.Client, sqlite_server: LiveServer, flower: bytes
) -> None:
    form = {"name": "ada"}
    made = express.post("/avatar", data=form, files={"image": ("flower.jpg", flower)}).json()
    file = made["file"]
    assert made["name"] == "ada"
    assert (file["filename"], file["originalname"]) == ("avatars/ada", "flower.jpg")
    assert file["path"].startswith(f"{sqlite_server.url}/acme/image/upload/")
    stored = httpx.get(file["path"])
    assert file["size"] == len(stored.content)
    with Image.open(io.BytesIO(stored.content)) as picture:
        assert (picture.format, max(picture.size)) == ("PNG", 200)

    assert express.post("/delete", data=file).json() == {"result": "ok"}
    assert httpx.get(file["path"]).status_code == 404
    assert express.post("/delete", data=file).json() == {"result": "not found"}


def test_a_form_with_several_files(
    express: httpx.Client, sqlite_server: LiveServer, flower: bytes
) -> None:
    files = {"flower.jpg": flower, "crab apple.png": photos.tiny_png(), "notes.txt": b"Three."}
    sent = [("photos", (name, data)) for name, data in files.items()]
    made = express.post("/album", data={"album": "spring"}, files=sent).json()
    stored = {file["originalname"]: file for file in made["files"]}
    assert list(stored) == list(files)
    assert made["album"] == "spring"
    for name, data in files.items():
        assert httpx.get(stored[name]["path"]).content == data
        assert stored[name]["size"] == len(data)
    assert re.fullmatch(r"albums/spring/flower_\w{6}", stored["flower.jpg"]["filename"])
    assert re.fullmatch(r"albums/spring/crab_apple_\w{6}", stored["crab apple.png"]["filename"])
    assert re.fullmatch(r"albums/spring/notes_\w{6}\.txt", stored["notes.txt"]["filename"])
    with sqlite_server.client() as client:
        images = client.get("resources/image/tags/spring").json()["resources"]
    assert {one["public_id"] for one in images} == {
        stored["flower.jpg"]["filename"],
        stored["crab apple.png"]["filename"],
    }


def test_one_refused_file_takes_the_others_with_it(
    express: httpx.Client, sqlite_server: LiveServer, flower: bytes
) -> None:
    files = {"flower.jpg": flower, "icon.gif": photos.encode(photos.load("coffee.png"), "GIF")}
    sent = [("photos", (name, data)) for name, data in files.items()]
    refused = express.post("/album", data={"album": "autumn"}, files=sent)
    assert refused.status_code == 400
    assert refused.json() == {"message": "Image file format gif not allowed", "code": 400}
    with sqlite_server.client() as client:
        listed = client.get("resources/image/upload", prefix="albums/autumn/").json()
    assert listed["resources"] == []
