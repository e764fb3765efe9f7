"""``faces`` on upload, explicit, update and read, over HTTP, on both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from tests import photos
from tests.integration.stored import stored
from tests.live import Client, LiveServer, message

Box = list[int]

#: The astronaut's face, from the hairline to the chin, in the photo's 512×512 pixels.
FACE = (178, 60, 89, 113)

#: What turns the upright picture into the one that is stored with an EXIF orientation.
STORED = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def ok(response: httpx.Response) -> dict[str, Any]:
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    return body


def is_the_face(faces: list[Box], scale: float = 1.0, tolerance: float = 10) -> bool:
    """Whether there is one box, and that at the astronaut's face."""
    (box,) = faces
    assert all(isinstance(value, int) for value in box)
    pairs = zip(box, FACE, strict=True)
    return all(abs(found - place * scale) <= tolerance * scale for found, place in pairs)


def test_upload_and_read(client: Client, fresh: str) -> None:
    astronaut = photos.path("astronaut.png")
    body = ok(client.upload(astronaut, public_id=fresh, faces="true", context="a=1"))
    assert is_the_face(body["faces"]) and body["tags"] == [] and "info" not in body
    names = list(body)
    assert names.index("context") < names.index("faces") < names.index("original_filename")
    read = ok(client.get(f"resources/image/upload/{fresh}", faces="true"))
    assert read["faces"] == body["faces"] and list(read)[-2:] == ["derived", "faces"]
    by_id = ok(client.get(f"resources/{body['asset_id']}", faces=1))
    assert by_id["faces"] == body["faces"]


@pytest.mark.parametrize("flag", ["false", "0", ""])
def test_only_who_asks_is_told(client: Client, fresh: str, flag: str) -> None:
    """Replies that are kept for the next reader must not mix the two up."""
    body = ok(client.upload(photos.path("astronaut.png"), public_id=fresh, faces="1"))
    path = f"resources/image/upload/{fresh}"
    for _ in range(2):
        assert "faces" not in ok(client.get(path, faces=flag))
        assert "faces" not in ok(client.get(path))
        assert ok(client.get(path, faces="1"))["faces"] == body["faces"]
    quiet = ok(client.upload(photos.path("astronaut.png"), public_id=f"{fresh}q", faces=flag))
    assert "faces" not in quiet


@pytest.mark.parametrize("orientation", range(1, 9))
def test_boxes_are_those_of_the_displayed_picture(client: Client, orientation: int) -> None:
    upright = photos.load("astronaut.png").crop((0, 0, 400, 512))
    stored = upright.transpose(STORED[orientation]) if orientation > 1 else upright
    turned = photos.turned(stored, orientation, "JPEG", quality=95)
    body = ok(client.upload(turned, faces="true"))
    assert (body["width"], body["height"]) == upright.size
    assert is_the_face(body["faces"])


def test_boxes_are_in_pixels_of_the_original(client: Client) -> None:
    large = photos.encode(photos.load("astronaut.png", (1800, 1800)), "JPEG")
    body = ok(client.upload(large, faces="true"))
    assert is_the_face(body["faces"], scale=1800 / 512)


def test_no_face_is_an_empty_list(client: Client, fresh: str) -> None:
    assert ok(client.upload(photos.path("china.jpg"), public_id=fresh, faces="true"))["faces"] == []
    read = ok(client.get(f"resources/image/upload/{fresh}", faces="true"))
    assert read["faces"] == []


def test_older_assets_are_looked_at_when_read(client: Client, fresh: str) -> None:
    body = ok(client.upload(photos.path("astronaut.png"), public_id=fresh, tags="mine"))
    path = f"resources/image/upload/{fresh}"
    assert "faces" not in ok(client.get(path))
    assert stored(client.server, fresh).faces is None
    with ThreadPoolExecutor(4) as pool:
        replies = list(pool.map(lambda _: ok(client.get(path, faces="true")), range(4)))
    assert is_the_face(replies[0]["faces"]) and replies == replies[:1] * 4
    kept = stored(client.server, fresh).faces
    assert kept is not None and list(map(list, kept)) == replies[0]["faces"]
    assert "faces" not in ok(client.get(path))
    assert ok(client.get(f"resources/{body['asset_id']}", faces="true")) == replies[0]
    assert (replies[0]["version"], replies[0]["tags"]) == (body["version"], ["mine"])


def test_explicit_and_update(client: Client, fresh: str) -> None:
    ok(client.upload(photos.path("astronaut.png"), public_id=fresh, tags="mine"))
    url = f"{client.server.api}/resources/image/upload/{fresh}"
    assert "faces" not in ok(client.post("image/explicit", public_id=fresh, type="upload"))
    explicit = ok(client.post("image/explicit", public_id=fresh, type="upload", faces="true"))
    assert is_the_face(explicit["faces"]) and explicit["tags"] == ["mine"]
    updated = ok(client.http.post(url, json={"categorization": "imagga_tagging", "tags": ["x"]}))
    assert "faces" not in updated and updated["info"]
    assert ok(client.http.post(url, json={"faces": True}))["faces"] == explicit["faces"]
    assert ok(client.http.get(url, params={"faces": "true"}))["faces"] == explicit["faces"]


def test_overwriting_replaces_the_faces(client: Client, fresh: str) -> None:
    path = f"resources/image/upload/{fresh}"
    ok(client.upload(photos.path("astronaut.png"), public_id=fresh, faces="true"))
    over = ok(client.upload(photos.path("china.jpg"), public_id=fresh))
    assert stored(client.server, fresh).faces is None
    assert over["overwritten"] is True and "faces" not in over
    assert ok(client.get(path, faces="true"))["faces"] == []
    again = ok(client.upload(photos.path("astronaut.png"), public_id=fresh, faces="true"))
    assert ok(client.get(path, faces="true"))["faces"] == again["faces"] != []


def test_presets_ask_for_faces(client: Client, fresh: str) -> None:
    settings = {"name": fresh, "unsigned": "true", "faces": "1"}
    ok(client.http.post(f"{client.server.api}/upload_presets", data=settings))
    assert ok(client.get(f"upload_presets/{fresh}"))["settings"] == {"faces": True}
    with client.server.client(auth=None) as anyone:
        body = ok(anyone.upload(photos.path("astronaut.png"), upload_preset=fresh))
        assert is_the_face(body["faces"])
        refused = anyone.upload(photos.path("china.jpg"), upload_preset=fresh, faces="true")
    assert refused.status_code == 400
    assert message(refused).startswith("Faces parameter is not allowed when using unsigned upload.")
    signed = client.upload(photos.path("astronaut.png"), upload_preset=fresh, faces="false")
    assert "faces" not in ok(signed)


def test_an_upload_in_chunks_finds_faces(client: Client, fresh: str) -> None:
    content = photos.read("astronaut.png")
    size = len(content)
    reply = client.http.post(
        f"{client.server.api}/image/upload",
        data={"faces": "true"},
        files={"file": ("blob", content)},
        headers={
            "X-Unique-Upload-Id": fresh,
            "Content-Range": f"bytes 0-{size - 1}/{size}",
        },
    )
    body = ok(reply)
    assert body["done"] is True and is_the_face(body["faces"])


def test_what_is_no_picture_has_none(client: Client, fresh: str) -> None:
    name = f"{fresh}.txt"
    body = ok(client.upload(b"text", name=name, resource_type="raw", public_id=name, faces="true"))
    assert "faces" not in body
    assert "faces" not in ok(client.get(f"resources/raw/upload/{name}", faces="true"))


def test_a_wrong_flag_is_refused(client: Client, fresh: str) -> None:
    ok(client.upload(photos.tiny_png(), public_id=fresh))
    for reply in (
        client.upload(photos.tiny_png(), faces="maybe"),
        client.get(f"resources/image/upload/{fresh}", faces="maybe"),
        client.http.post(f"{client.server.api}/upload_presets", data={"faces": "maybe"}),
    ):
        assert reply.status_code == 400
        assert message(reply) == "Invalid value maybe for parameter faces"


def test_without_a_detector(tmp_path: Path) -> None:
    server = LiveServer(tmp_path / "data", settings={"FACE_MODEL": ""}).start()
    try:
        with server.client() as client:
            astronaut = photos.path("astronaut.png")
            assert "faces" not in ok(client.upload(astronaut, public_id="a", faces="true"))
            assert "faces" not in ok(client.get("resources/image/upload/a", faces="true"))
    finally:
        server.stop()
