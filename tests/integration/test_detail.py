"""How closely add-ons look: each way to say it, and which of them wins."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

from tests import photos
from tests.integration.stored import stored
from tests.live import CLOUD, Client, LiveServer, message

HEADER = "X-Lenticular-Detail"
ADDON = "imagga_tagging"
PHOTO = "astronaut.png"

#: What a word has as its engine and version if faces are why it was said.
MTCNN = ("mtcnn", "1.0.0")

Answer = list[dict[str, Any]]


class Levels(NamedTuple):
    """What the add-on answers for the photo at each level."""

    fast: Answer
    thorough: Answer


def ok(response: httpx.Response) -> dict[str, Any]:
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    return body


def answer(body: dict[str, Any], addon: str = ADDON) -> Answer:
    result = body["info"]["categorization"][addon]
    assert result["status"] == "complete"
    data: Answer = result["data"]
    return data


def upload(client: Client, header: str = "", **fields: str) -> httpx.Response:
    """Upload the photo with the add-on's tags, perhaps with the header."""
    asked = {"categorization": ADDON} if "upload_preset" not in fields else {}
    return client.http.post(
        f"{client.server.api}/image/upload",
        data=asked | fields,
        files={"file": (PHOTO, photos.read(PHOTO))},
        headers={HEADER: header} if header else {},
    )


def create_preset(client: Client, name: str, **settings: Any) -> httpx.Response:
    asked = {"name": name, "categorization": ADDON, **settings}
    return client.http.post(f"{client.server.api}/upload_presets", json=asked)


@pytest.fixture(scope="module")
def levels(server: LiveServer) -> Levels:
    with server.client() as client:
        found = Levels(*(answer(ok(upload(client, level))) for level in Levels._fields))
    assert found.fast != found.thorough, "the tests tell the levels by their answers"
    return found


def test_fast_unless_somebody_says_otherwise(client: Client, levels: Levels) -> None:
    assert answer(ok(upload(client))) == levels.fast
    assert answer(ok(upload(client, lenticular_detail=""))) == levels.fast


def test_tags_and_categories_say_who_saw_them(client: Client, levels: Levels, fresh: str) -> None:
    for level in Levels._fields:
        public_id = fresh + level
        body = ok(upload(client, level, public_id=public_id, auto_tagging="0.4", tags="mine"))
        assert "person" in body["tags"]
        asset = stored(client.server, public_id)
        (result,) = asset.categorizations
        sources = {category.word: category.source for category in result.categories}
        tags = {tag.word: tag for tag in asset.tags}
        assert set(tags) == set(body["tags"]) and tags["mine"].source == "user"
        assert tags["person"].source == ADDON
        by_faces = sources["person"] == "mtcnn 1.0.0"
        assert by_faces == ((tags["person"].engine, tags["person"].model_version) == MTCNN)
        assert by_faces == (level == "thorough"), "only a close look is one at faces"


def test_a_preset_says_it(client: Client, levels: Levels, fresh: str) -> None:
    created = create_preset(client, fresh, lenticular_detail="thorough", unsigned=True)
    assert created.status_code == 200
    settings = ok(client.get(f"upload_presets/{fresh}"))["settings"]
    assert settings == {"categorization": ADDON, "lenticular_detail": "thorough"}
    assert answer(ok(upload(client, upload_preset=fresh))) == levels.thorough
    with client.server.client(auth=None) as anyone:
        assert answer(ok(upload(anyone, upload_preset=fresh))) == levels.thorough
    url = f"{client.server.api}/upload_presets/{fresh}"
    ok(client.http.put(url, json={"lenticular_detail": "fast"}))
    assert answer(ok(upload(client, upload_preset=fresh))) == levels.fast


def test_the_header_beats_the_preset(client: Client, levels: Levels, fresh: str) -> None:
    for preset, header in (("thorough", "fast"), ("fast", "thorough")):
        name = fresh + preset
        create_preset(client, name, lenticular_detail=preset, unsigned=True)
        expected = getattr(levels, header)
        assert answer(ok(upload(client, header, upload_preset=name))) == expected
        with client.server.client(auth=None) as anyone:
            assert answer(ok(upload(anyone, header, upload_preset=name))) == expected
        signed = upload(client, header, upload_preset=name, lenticular_detail=preset)
        assert answer(ok(signed)) == expected


def test_a_signed_upload_may_say_it(client: Client, levels: Levels, fresh: str) -> None:
    assert answer(ok(upload(client, lenticular_detail="thorough"))) == levels.thorough
    create_preset(client, fresh, lenticular_detail="thorough")
    body = ok(upload(client, upload_preset=fresh, lenticular_detail="fast"))
    assert answer(body) == levels.fast


def test_explicit_and_update_take_the_header(client: Client, levels: Levels, fresh: str) -> None:
    ok(client.upload(photos.path(PHOTO), public_id=fresh))
    explicit = f"{client.server.api}/image/explicit"
    update = f"{client.server.api}/resources/image/upload/{fresh}"
    fields = {"public_id": fresh, "type": "upload", "categorization": ADDON}
    for url in (explicit, update):
        for level in ("thorough", "fast"):
            expected = getattr(levels, level)
            reply = client.http.post(url, data=fields, headers={HEADER: level})
            assert answer(ok(reply)) == expected
            reply = client.http.post(url, data=fields | {"lenticular_detail": level})
            assert answer(ok(reply)) == expected
        assert answer(ok(client.http.post(url, data=fields))) == levels.fast


def test_the_first_chunk_says_it(client: Client, levels: Levels, fresh: str) -> None:
    content = photos.read(PHOTO)
    last = f"bytes 0-{len(content) - 1}/{len(content)}"
    reply = client.http.post(
        f"{client.server.api}/image/upload",
        data={"categorization": ADDON},
        files={"file": ("blob", content)},
        headers={"X-Unique-Upload-Id": fresh, "Content-Range": last, HEADER: "thorough"},
    )
    assert answer(ok(reply)) == levels.thorough


def test_the_cloud_says_it(client: Client, levels: Levels, fresh: str) -> None:
    """And a server that runs already sees it at once."""
    create_preset(client, fresh, lenticular_detail="fast")
    server = client.server
    done = server.command("clouds", "detail", CLOUD, "thorough")
    assert done.returncode == 0, done.stderr
    try:
        assert "thorough" in server.command("clouds", "list").stdout
        assert answer(ok(upload(client))) == levels.thorough
        assert answer(ok(upload(client, upload_preset=fresh))) == levels.fast
        assert answer(ok(upload(client, "fast"))) == levels.fast
    finally:
        server.command("clouds", "detail", CLOUD, "fast")
    assert "thorough" not in server.command("clouds", "list").stdout
    assert answer(ok(upload(client))) == levels.fast


def test_the_command_refuses_what_does_not_exist(sqlite_server: LiveServer) -> None:
    level = sqlite_server.command("clouds", "detail", CLOUD, "slow")
    assert level.returncode == 2 and "fast, thorough" in level.stderr
    cloud = sqlite_server.command("clouds", "detail", "nowhere", "fast")
    assert cloud.returncode == 1 and "no cloud named nowhere" in cloud.stderr


def test_the_add_on_says_it(tmp_path: Path, levels: Levels) -> None:
    """More than the cloud does, less than the request."""
    mapping = "google_tagging=lite2-int8:thorough,aws_rek_tagging=lite2-int8:fast"
    addons = f"{ADDON}=lite2-int8,{mapping}"
    three = f"{ADDON},google_tagging,aws_rek_tagging"
    server = LiveServer(tmp_path / "data", settings={"ADDONS": addons}).start()

    def answers(client: Client, header: str = "") -> list[str]:
        body = ok(upload(client, header, categorization=three))
        found = (answer(body, addon) for addon in three.split(","))
        return [next(name for name in Levels._fields if getattr(levels, name) == a) for a in found]

    try:
        with server.client() as client:
            assert answers(client) == ["fast", "thorough", "fast"]
            assert answers(client, "thorough") == ["thorough"] * 3
            assert answers(client, "fast") == ["fast"] * 3
            assert server.command("clouds", "detail", CLOUD, "thorough").returncode == 0
            assert answers(client) == ["thorough", "thorough", "fast"]
    finally:
        server.stop()


def test_refusals(client: Client, fresh: str) -> None:
    ok(client.upload(photos.tiny_png(), public_id=fresh))
    headers = {HEADER: "slow"}
    explicit = f"{client.server.api}/image/explicit"
    update = f"{client.server.api}/resources/image/upload/{fresh}"
    for reply in (
        upload(client, "slow"),
        client.http.post(explicit, data={"public_id": fresh}, headers=headers),
        client.http.post(update, data={"tags": "a"}, headers=headers),
    ):
        assert reply.status_code == 400
        assert message(reply) == f"Invalid value slow for parameter {HEADER}"
    for reply in (
        upload(client, lenticular_detail="slow"),
        create_preset(client, fresh, lenticular_detail="slow"),
        client.http.post(explicit, data={"public_id": fresh, "lenticular_detail": "slow"}),
    ):
        assert reply.status_code == 400
        assert message(reply) == "Invalid value slow for parameter lenticular_detail"
    create_preset(client, fresh, unsigned=True)
    with client.server.client(auth=None) as anyone:
        refused = upload(anyone, upload_preset=fresh, lenticular_detail="thorough")
    assert refused.status_code == 400
    assert message(refused).startswith(
        "Lenticular detail parameter is not allowed when using unsigned upload."
    )


def test_browsers_may_send_the_header(client: Client) -> None:
    asked = {
        "Origin": "https://shop.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": HEADER.lower(),
    }
    preflight = httpx.options(f"{client.server.api}/image/upload", headers=asked)
    assert preflight.status_code == 200
    assert HEADER.lower() in preflight.headers["access-control-allow-headers"].lower()
