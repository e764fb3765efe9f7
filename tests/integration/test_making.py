"""What is made of texts and pictures, over HTTP, on both databases (CONTRACT D8-D13)."""

from __future__ import annotations

import re
from urllib.parse import urljoin

import httpx
import pytest
from PIL import ImageSequence

from app.domain import signing
from tests import photos
from tests.integration.shelf import SIZES, listed, ok, opened, picture, refused, shelf, signed, told
from tests.live import SECRET, Client, LiveServer
from tests.receiver import Receiver

SPRITE_KEYS = [
    "css_url",
    "image_url",
    "secure_css_url",
    "secure_image_url",
    "json_url",
    "secure_json_url",
    "version",
    "asset_id",
    "public_id",
    "image_infos",
]


# Texts


def test_a_text_is_an_image_of_its_own(client: Client, fresh: str) -> None:
    body = ok(client.post("image/text", text="Hello", public_id=fresh, font_size=40))
    assert (body["type"], body["format"], body["public_id"]) == ("text", "png", fresh)
    assert body["url"].endswith(f"/image/text/v{body['version']}/{fresh}.png")
    assert body["signature"] == signing.sign_reply(fresh, body["version"], SECRET)
    response = opened(body["url"])
    assert response.headers["content-type"] == "image/png"
    assert "immutable" in response.headers["cache-control"]
    assert picture(response).size == (body["width"], body["height"])
    small = body["url"].replace("/text/v", "/text/w_20/v")
    assert picture(opened(small)).width == 20
    assert listed(client, "image", "text", fresh)[0]["url"] == body["url"]


def test_a_text_replaces_the_one_before(client: Client, fresh: str) -> None:
    first = ok(client.post("image/text", text="I", public_id=fresh))
    second = ok(client.post("image/text", text="Illimitable", public_id=fresh))
    assert second["asset_id"] == first["asset_id"] and second["version"] > first["version"]
    assert second["width"] > first["width"]
    assert picture(opened(first["url"])).width == second["width"]


def test_what_was_made_can_be_tagged_and_destroyed(client: Client, fresh: str) -> None:
    body = ok(client.post("image/text", text="Hello", public_id=fresh))
    change = {"public_ids": fresh, "type": "text", "command": "add", "tag": "sign"}
    assert ok(client.post("image/tags", **change)) == {"public_ids": [fresh]}
    explicit = ok(client.post("image/explicit", public_id=fresh, type="text", context="alt=A"))
    assert (explicit["tags"], explicit["context"]) == (["sign"], {"custom": {"alt": "A"}})
    assert ok(client.post("image/destroy", public_id=fresh, type="text")) == {"result": "ok"}
    assert httpx.get(body["url"]).status_code == 404


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, "Missing required parameter - text"),
        ({"text": "x", "font_color": "nocolour"}, "font_color"),
        ({"text": "x", "font_family": "No Such Font"}, "No Such Font"),
        ({"text": "x", "public_id": "../x"}, "public_id (../x) is invalid"),
    ],
)
def test_texts_that_are_refused(client: Client, fields: dict[str, str], expected: str) -> None:
    assert expected in refused(client.post("image/text", **fields))


# Sprites


def rules(css: str) -> dict[str, dict[str, int]]:
    """Where a style sheet says that each class lies: x, y, width, height."""
    found = {}
    for name, body in re.findall(r"\.([\w-]+) \{([^}]*position[^}]*)\}", css):
        x, y = re.search(r"background-position: (\S+) (\S+);", body).groups()  # type: ignore[union-attr]  # always there
        size = dict(re.findall(r"(width|height): (\d+)px", body))
        found[name] = {
            "width": int(size["width"]),
            "height": int(size["height"]),
            "x": -int(x.removesuffix("px")),
            "y": -int(y.removesuffix("px")),
        }
    return found


def test_a_sprite_by_tag(client: Client, fresh: str) -> None:
    shelf(client, fresh)
    body = ok(client.post("image/sprite", tag=fresh, transformation="w_30"))
    assert list(body) == SPRITE_KEYS
    assert "/image/sprite/w_30/" in body["css_url"]
    infos = body["image_infos"]
    assert list(infos) == [f"{fresh}/{name}" for name in SIZES]
    assert {info["width"] for info in infos.values()} == {30}

    sheet = opened(body["image_url"])
    assert sheet.headers["content-type"] == "image/png"
    width, height = picture(sheet).size
    assert max(info["x"] + info["width"] for info in infos.values()) <= width
    assert max(info["y"] + info["height"] for info in infos.values()) <= height

    css = opened(body["css_url"])
    assert css.headers["content-type"].startswith("text/css")
    assert list(rules(css.text).values()) == list(infos.values())
    link = re.search(r'url\("([^"]+)"\)', css.text)
    assert link
    # A style sheet's links are those of its own URL.
    assert opened(urljoin(body["css_url"], link[1])).content == sheet.content

    places = opened(body["json_url"])
    assert places.headers["content-type"] == "application/json"
    assert places.json() == infos


def test_what_is_made_is_cached_and_sent_in_parts(client: Client, fresh: str) -> None:
    shelf(client, fresh)
    body = ok(client.post("image/sprite", tag=fresh))
    for url in (body["image_url"], body["css_url"], body["json_url"]):
        whole = opened(url)
        assert whole.headers["cache-control"] == "public, max-age=31536000, immutable"
        unchanged = opened(url, **{"If-None-Match": whole.headers["etag"]})
        assert (unchanged.status_code, unchanged.content) == (304, b"")
        part = opened(url, Range="bytes=3-9")
        assert (part.status_code, part.content) == (206, whole.content[3:10])
    again = ok(client.post("image/sprite", tag=fresh))
    assert again["version"] > body["version"] and again["asset_id"] == body["asset_id"]
    assert "immutable" not in opened(body["image_url"]).headers["cache-control"]


def test_a_sprites_format_stands_in_its_urls(client: Client, fresh: str) -> None:
    shelf(client, fresh)
    # As SDKs send format=jpg, width=100: both in the transformation.
    body = ok(client.post("image/sprite", tag=fresh, transformation="f_jpg,w_100"))
    assert "/f_jpg,w_100/" in body["css_url"]
    assert picture(opened(body["image_url"])).format == "JPEG"
    assert body["image_url"].endswith(".jpg")
    same = ok(client.post("image/sprite", tag=fresh, transformation="w_100", format="jpg"))
    assert same["css_url"].partition("/v")[0] == body["css_url"].partition("/v")[0]


def test_a_sprite_of_remote_pictures(client: Client, fresh: str) -> None:
    shelf(client, fresh)
    urls = [item["url"] for item in listed(client, "image", "upload", fresh)]
    body = ok(client.post("image/sprite", **{"urls[]": urls, "transformation": "h_20"}))
    assert set(body["image_infos"]) == set(urls)
    assert picture(opened(body["image_url"])).height >= 20
    assert refused(client.post("image/sprite", urls=f"{client.server.url}/none.png"), 404)


@pytest.mark.parametrize(
    "transformation",
    ["c_fill,h_20,w_20/e_grayscale", "w_20/l_text:Arial_8:Hi%20there%252C%20you", "$x_20/w_$x"],
)
def test_urls_of_every_transformation_open(client: Client, fresh: str, transformation: str) -> None:
    shelf(client, fresh)
    body = ok(client.post("image/sprite", tag=fresh, transformation=transformation))
    for name in ("image_url", "css_url", "json_url"):
        opened(body[name])


def test_a_sprite_with_a_public_id_of_its_own(client: Client, fresh: str) -> None:
    shelf(client, fresh)
    name = f"{fresh}-made/strip"
    body = ok(client.post("image/sprite", tag=fresh, transformation="w_9", public_id=name))
    assert body["public_id"] == name
    assert body["image_url"].endswith(f"/image/sprite/v{body['version']}/{name}.png")
    assert {info["width"] for info in opened(body["json_url"]).json().values()} == {9}
    assert opened(body["css_url"]).text.startswith(".")


# Animations


def frames(response: httpx.Response) -> list[tuple[int, int]]:
    return [frame.size for frame in ImageSequence.Iterator(picture(response))]


def test_an_animation_by_tag(client: Client, fresh: str) -> None:
    shelf(client, fresh)
    body = ok(client.post("image/multi", tag=fresh, transformation="c_fill,h_20,w_20/dl_200"))
    assert list(body) == ["url", "secure_url", "asset_id", "public_id", "version"]
    assert body["url"].endswith(f"/v{body['version']}/{fresh}.gif")
    assert "/image/multi/c_fill,h_20,w_20/dl_200/" in body["url"]
    assert body["public_id"].startswith(f"{fresh},gif,")
    response = opened(body["url"])
    assert response.headers["content-type"] == "image/gif"
    assert frames(response) == [(20, 20)] * 3
    assert picture(response).info["duration"] == 200
    [item] = listed(client, "image", "multi", fresh)
    assert opened(item["url"]).content == response.content


@pytest.mark.parametrize(
    ("format", "kind"),
    [("webp", "image/webp"), ("png", "image/png"), ("pdf", "application/pdf")],
)
def test_formats_of_animations(client: Client, fresh: str, format: str, kind: str) -> None:
    shelf(client, fresh)
    body = ok(client.post("image/multi", tag=fresh, format=format))
    assert body["public_id"] == f"{fresh},{format},f_{format}"
    response = opened(body["url"])
    assert response.headers["content-type"] == kind
    if format == "pdf":
        assert response.content.startswith(b"%PDF-")
        assert len(re.findall(rb"/Type\s*/Page\b", response.content)) == 3
    else:
        assert len(frames(response)) == 3


def test_an_animation_with_a_public_id_of_its_own(client: Client, fresh: str) -> None:
    shelf(client, fresh)
    body = ok(client.post("image/multi", tag=fresh, public_id=f"{fresh}-made", format="webp"))
    assert body["public_id"] == f"{fresh}-made"
    assert len(frames(opened(body["url"]))) == 3


@pytest.mark.parametrize("action", ["sprite", "multi"])
def test_pictures_that_are_refused(client: Client, fresh: str, action: str) -> None:
    path = f"image/{action}"
    assert "tag" in refused(client.post(path))
    assert "not both" in refused(client.post(path, tag="a", urls="http://a/b.png"))
    assert fresh in refused(client.post(path, tag=fresh), 404)
    assert "mp4" in refused(client.post(path, tag=fresh, format="mp4"))
    assert "mode" in refused(client.post(path, tag=fresh, mode="burn"))
    assert "async" in refused(client.post(path, tag=fresh, mode="download", **{"async": "true"}))
    assert "resource_type" in refused(client.post(f"raw/{action}", tag=fresh))
    assert refused(httpx.post(f"{client.server.api}/{path}", data={"tag": fresh}))


@pytest.mark.parametrize(
    ("action", "kind", "format"), [("sprite", "image/png", "PNG"), ("multi", "image/gif", "GIF")]
)
def test_pictures_by_a_signed_url(
    client: Client, fresh: str, action: str, kind: str, format: str
) -> None:
    shelf(client, fresh)
    params = {"tag": fresh, "transformation": "w_20", "mode": "download"}
    url = signed(client.server, f"image/{action}", **params)
    response = opened(url)
    assert response.headers["content-type"] == kind
    ending = kind.rpartition("/")[2]
    disposition = response.headers["content-disposition"]
    assert disposition == f'attachment; filename="{fresh}.{ending}"'
    assert picture(response).format == format
    assert opened(url, Range="bytes=0-3").content == response.content[:4]
    assert listed(client, "image", action, fresh) == []
    assert client.post(f"image/{action}", **params).content == response.content
    wrong = httpx.get(url.replace("w_20", "w_21"))
    assert "Invalid Signature" in refused(wrong, 401)


# In the background


@pytest.mark.parametrize("action", ["sprite", "multi"])
def test_pictures_in_the_background(
    client: Client, fresh: str, receiver: Receiver, action: str
) -> None:
    shelf(client, fresh)
    fields = {"tag": fresh, "notification_url": receiver.url, "batch_id": f"b-{fresh}"}
    answer = ok(client.post(f"image/{action}", **fields, **{"async": "true"}))
    assert answer == {"status": "processing", "batch_id": f"b-{fresh}"}
    body = told(receiver)
    assert body["notification_type"] == action
    opened(body["image_url" if action == "sprite" else "url"])
    assert body["asset_id"] == listed(client, "image", action, fresh)[0]["asset_id"]


def test_who_waits_is_told_of_failures(client: Client, fresh: str, receiver: Receiver) -> None:
    fields = {"tag": fresh, "notification_url": receiver.url, "async": "true"}
    answer = ok(client.post("image/sprite", **fields))
    body = told(receiver)
    assert (body["notification_type"], body["batch_id"]) == ("error", answer["batch_id"])
    assert fresh in body["error"]["message"]


def test_pages_are_exploded(client: Client, fresh: str, receiver: Receiver) -> None:
    pages = [photos.load(name, (120, 90)) for name in ("coffee.png", "china.jpg", "flower.jpg")]
    content = photos.encode(pages[0], "TIFF", save_all=True, append_images=pages[1:])
    asset = ok(client.upload(content, name="a.tif", public_id=fresh))
    answer = ok(
        client.post(
            "image/explode",
            public_id=fresh,
            transformation="w_60/pg_all",
            format="jpg",
            notification_url=receiver.url,
        )
    )
    assert list(answer) == ["status", "batch_id"] and answer["status"] == "processing"
    body = told(receiver)
    assert (body["notification_type"], body["pages"]) == ("explode", 3)
    assert (body["batch_id"], body["asset_id"]) == (answer["batch_id"], asset["asset_id"])
    for number, info in enumerate(body["image_infos"], 1):
        assert list(info) == ["width", "height", "bytes", "url", "secure_url"]
        assert info["url"].endswith(f"/w_60/pg_{number}/v{asset['version']}/{fresh}.jpg")
        response = opened(info["url"])
        assert len(response.content) == info["bytes"]
        assert picture(response).size == (info["width"], info["height"])
    kept = ok(client.get(f"resources/image/upload/{fresh}"))["derived"]
    assert {item["url"] for item in kept} == {info["url"] for info in body["image_infos"]}


@pytest.mark.parametrize(
    ("fields", "status", "expected"),
    [
        ({"transformation": "pg_all"}, 400, "Missing required parameter - public_id"),
        ({"public_id": "no-such"}, 400, "Missing required parameter - transformation"),
        ({"public_id": "no-such", "transformation": "w_9"}, 400, "pg_all is missing"),
        ({"public_id": "no-such", "transformation": "pg_all"}, 404, "Resource not found - no-such"),
        ({"public_id": "a", "transformation": "pg_all", "format": "exe"}, 400, "exe"),
        ({"public_id": "a", "transformation": "pg_all", "notification_url": "x"}, 400, "url x"),
    ],
)
def test_explodes_that_are_refused(
    client: Client, fields: dict[str, str], status: int, expected: str
) -> None:
    assert expected in refused(client.post("image/explode", **fields), status)


@pytest.mark.parametrize("path", ["video/create_slideshow", "video/concat", "eval"])
def test_what_is_not_made(client: Client, path: str) -> None:
    name = path.rpartition("/")[2]
    assert refused(client.post(path, public_id="a")) == f"{name} is not supported"


def test_nobody_is_asked_for_the_metadata_of_what_is_made(client: Client, fresh: str) -> None:
    shelf(client, fresh)
    field = {"external_id": fresh, "label": fresh, "type": "string", "mandatory": True}
    ok(client.send("POST", "metadata_fields", json=field))
    try:
        assert "mandatory" in refused(client.upload(photos.tiny_png(), public_id=f"{fresh}/new"))
        ok(client.post("image/text", text="Hi", public_id=fresh))
        ok(client.post("image/sprite", tag=fresh))
        ok(client.post("image/generate_archive", tags=fresh, target_public_id=fresh))
    finally:
        client.send("DELETE", f"metadata_fields/{fresh}")


def test_what_is_made_is_shown_in_closed_clouds_too(server: LiveServer, fresh: str) -> None:
    other = f"c{fresh}"
    added = server.command("clouds", "add", other, "--api-key", other, "--api-secret", SECRET)
    assert added.returncode == 0, added.stderr
    api = f"{server.url}/v1_1/{other}"
    with httpx.Client(auth=(other, SECRET), timeout=60) as http:
        file = {"file": ("a.png", photos.tiny_png())}
        ok(http.post(f"{api}/image/upload", data={"public_id": "a", "tags": "t"}, files=file))
        assert server.command("clouds", "delivery", other, "signed").returncode == 0
        sprite = ok(http.post(f"{api}/image/sprite", data={"tag": "t", "transformation": "w_9"}))
        multi = ok(http.post(f"{api}/image/multi", data={"tag": "t", "transformation": "w_9"}))
        text = ok(http.post(f"{api}/image/text", data={"text": "a", "public_id": "a"}))
    for url in (sprite["image_url"], sprite["css_url"], sprite["json_url"], multi["url"]):
        opened(url)
    opened(text["url"])
    derived = httpx.get(text["url"].replace("/text/v", "/text/w_9/v"))
    assert refused(derived, 401)
