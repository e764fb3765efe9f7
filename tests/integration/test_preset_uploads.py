"""Uploads with presets: whose values count, and how both are put together."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests import photos
from tests.integration.replies import ok, refused
from tests.live import Client

PNG = photos.tiny_png()


class Presets:
    """Makes presets that are gone after the test."""

    def __init__(self, client: Client, name: str) -> None:
        self.client, self.name = client, name

    def put(self, *, unsigned: bool = False, **settings: Any) -> str:
        body = {"name": self.name, "unsigned": unsigned, **settings}
        ok(self.client.http.post(f"{self.client.server.api}/upload_presets", json=body))
        return self.name


@pytest.fixture
def preset(lone: Client, fresh: str) -> Iterator[Presets]:
    made = Presets(lone, fresh)
    yield made
    lone.send("DELETE", f"upload_presets/{fresh}")


def unsigned(client: Client, **fields: str) -> httpx.Response:
    url = f"{client.server.api}/image/upload"
    return httpx.post(url, data=fields, files={"file": ("a.png", PNG)})


@pytest.mark.parametrize("signed", [True, False])
def test_single_values(lone: Client, preset: Presets, signed: bool) -> None:
    """A signed request's own values count, an unsigned one's preset does."""
    name = preset.put(unsigned=not signed, asset_folder="theirs", filename_override="p.png")
    fields = {"upload_preset": name, "asset_folder": "mine"}
    body = ok(lone.upload(PNG, **fields) if signed else unsigned(lone, **fields))
    assert body["asset_folder"] == ("mine" if signed else "theirs")
    assert body["original_filename"] == "p"


#: The same tags and context in every form that clients write them in.
TAGS: list[Any] = ["a,b", ["a", "b"], '["a","b"]']
CONTEXTS: list[Any] = ["k=1|n=2", {"k": "1", "n": "2"}]


@pytest.mark.parametrize("signed", [True, False])
@pytest.mark.parametrize("stored", range(3))
@pytest.mark.parametrize("given", range(3))
def test_lists_are_put_together(
    lone: Client, preset: Presets, signed: bool, stored: int, given: int
) -> None:
    name = preset.put(unsigned=not signed, tags=TAGS[stored], context=CONTEXTS[min(stored, 1)])
    tags = ("c,a", '["c","a"]', "c, a")[given]
    fields = {"upload_preset": name, "tags": tags, "context": "k=9|m=3"}
    body = ok(lone.upload(PNG, **fields) if signed else unsigned(lone, **fields))
    assert sorted(body["tags"]) == ["a", "b", "c"]
    # What both name is, as any single value, the request's when it is signed.
    assert body["context"]["custom"] == {"k": "9" if signed else "1", "n": "2", "m": "3"}


@pytest.mark.parametrize("signed", [True, False])
def test_metadata_is_put_together(lone: Client, preset: Presets, fresh: str, signed: bool) -> None:
    one, two = f"{fresh}_1", f"{fresh}_2"
    for external_id in (one, two):
        field = {"external_id": external_id, "type": "string", "label": external_id}
        ok(lone.send("POST", "metadata_fields", json=field))
    try:
        for stored in (f"{one}=p", {one: "p"}, json.dumps({one: "p"})):
            name = preset.put(unsigned=not signed, metadata=stored)
            for given in (f"{two}=r|{one}=r", json.dumps({two: "r", one: "r"})):
                fields = {"upload_preset": name, "metadata": given}
                body = ok(lone.upload(PNG, **fields) if signed else unsigned(lone, **fields))
                assert body["metadata"] == {one: "r" if signed else "p", two: "r"}
    finally:
        for external_id in (one, two):
            lone.send("DELETE", f"metadata_fields/{external_id}")


def test_everything_a_preset_may_say(lone: Client, preset: Presets, fresh: str) -> None:
    name = preset.put(
        unsigned=True,
        transformation="c_scale,w_2",
        format="gif",
        eager="w_1/png",
        moderation="manual",
        colors=True,
        phash=True,
        media_metadata=True,
        quality_analysis=True,
        headers="X-Robots-Tag: none",
        backup=True,
        return_delete_token=True,
        use_filename_as_display_name=True,
        responsive_breakpoints=[{"create_derived": False, "max_images": 1}],
        quality_override="50",
        faces=True,
    )
    body = ok(unsigned(lone, upload_preset=name, public_id=fresh))
    assert (body["width"], body["format"], body["display_name"]) == (2, "gif", "a")
    assert body["eager"][0]["format"] == "png" and body["moderation"][0]["status"] == "pending"
    assert {"colors", "phash", "media_metadata", "quality_analysis", "faces"} <= body.keys()
    assert body["responsive_breakpoints"][0]["breakpoints"][0]["width"] == 2
    assert httpx.get(body["url"]).headers["x-robots-tag"] == "none"
    assert len(ok(lone.get(f"resources/image/upload/{fresh}", versions="1"))["versions"]) == 1
    token = {"token": body["delete_token"]}
    assert ok(httpx.post(f"{lone.server.api}/delete_by_token", data=token)) == {"result": "ok"}


def test_an_unsigned_upload_replaces_nothing(lone: Client, preset: Presets, fresh: str) -> None:
    name = preset.put(unsigned=True, overwrite=True)
    before = ok(lone.upload(PNG, public_id=fresh, tags="kept"))
    body = ok(unsigned(lone, upload_preset=name, public_id=fresh, tags="mine"))
    assert body["existing"] is True and body["tags"] == ["kept"]
    assert (body["version"], body["asset_id"]) == (before["version"], before["asset_id"])
    assert "overwritten" not in body


def test_explicit_takes_presets(lone: Client, preset: Presets, fresh: str) -> None:
    name = preset.put(tags="p", context="k=1", eager="w_1")
    ok(lone.upload(PNG, public_id=fresh))
    fields = {"public_id": fresh, "type": "upload", "upload_preset": name, "tags": "r"}
    body = ok(lone.post("image/explicit", **fields))
    assert body["tags"] == ["p", "r"] and body["context"] == {"custom": {"k": "1"}}
    assert body["eager"][0]["width"] == 1


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"transformation": "w_1"}, "Transformation parameter is not allowed when"),
        ({"eager": "w_1"}, "Eager parameter is not allowed when"),
        ({"notification_url": "http://a.example"}, "Notification url parameter is not allowed"),
        ({"moderation": "manual", "type": "private"}, "Moderation parameter is not allowed"),
    ],
)
def test_what_unsigned_uploads_may_not_say(
    lone: Client, preset: Presets, fields: dict[str, str], said: str
) -> None:
    name = preset.put(unsigned=True)
    wrong = refused(unsigned(lone, upload_preset=name, **fields))
    assert said in wrong
    assert wrong.count(" parameter is not allowed when using unsigned upload. ") == len(fields)


@pytest.mark.parametrize(
    "settings",
    [
        {"eager": "w_abc"},
        {"transformation": "w_abc"},
        {"moderation": "nobody"},
        {"headers": "no header"},
        {"notification_url": "nowhere"},
        {"responsive_breakpoints": "[{"},
        {"regions": "[]"},
        {"quality_override": "999"},
        {"access_mode": "x"},
        {"format": "bogus"},
        {"colors": "perhaps"},
        {"type": "nowhere"},
    ],
)
def test_presets_that_no_upload_could_use(
    lone: Client, fresh: str, settings: dict[str, str]
) -> None:
    body = {"name": fresh, **settings}
    refused(lone.http.post(f"{lone.server.api}/upload_presets", json=body))
    assert lone.get(f"upload_presets/{fresh}").status_code == 404
