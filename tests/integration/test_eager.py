"""Derivatives that calls ask for beforehand: ``eager`` and ``responsive_breakpoints``."""

from __future__ import annotations

import io
import itertools
import json
from typing import Any

import httpx
import pytest
from PIL import Image

from tests import photos
from tests.integration.replies import ok, refused
from tests.live import KEY, Client
from tests.receiver import Receiver


@pytest.fixture(scope="module")
def photo() -> bytes:
    """600 × 400, JPEG."""
    return photos.encode(photos.load("china.jpg", (600, 400)), "JPEG", quality=90)


def derived(client: Client, public_id: str, type: str = "upload") -> list[dict[str, Any]]:
    found = ok(client.get(f"resources/image/{type}/{public_id}", max_results=100))
    return list(found["derived"])


def opened(item: dict[str, Any]) -> Image.Image:
    """The picture behind an entry, which is as the entry says."""
    response = httpx.get(item["secure_url"])
    assert response.status_code == 200, response.headers
    picture = Image.open(io.BytesIO(response.content))
    assert (item["bytes"], item["width"]) == (len(response.content), picture.width)
    assert item["height"] == picture.height
    return picture


def test_several(lone: Client, photo: bytes, fresh: str) -> None:
    ok(lone.post(f"transformations/{fresh}", transformation="c_fit,w_30"))
    eager = f"c_fill,h_20,w_40|w_50,c_scale/e_sepia/png|t_{fresh}|c_scale,w_10/jpg|/webp"
    body = ok(lone.upload(photo, public_id=fresh, eager=eager))
    assert list(body)[-2:] == ["eager", "api_key"]
    items = body["eager"]
    assert [item["transformation"] for item in items] == [
        "c_fill,h_20,w_40",
        "c_scale,w_50/e_sepia/png",
        f"t_{fresh}",
        "c_scale,w_10/jpg",
        "/webp",
    ]
    keys = ["transformation", "width", "height", "bytes", "format", "url", "secure_url"]
    assert all(list(item) == keys for item in items)
    sizes = [(item["width"], item["height"], item["format"]) for item in items]
    assert sizes == [
        (40, 20, "jpg"),
        (50, 33, "png"),
        (30, 20, "jpg"),
        (10, 7, "jpg"),
        (600, 400, "webp"),
    ]
    names = ["JPEG", "PNG", "JPEG", "JPEG", "WEBP"]
    assert [opened(item).format for item in items] == names
    # What was made is what is listed, and opening it made nothing more.
    listed = {(item["url"], item["bytes"], item["format"]) for item in derived(lone, fresh)}
    assert listed == {(item["url"], item["bytes"], item["format"]) for item in items}
    assert len(derived(lone, fresh)) == len(items)


def test_lists_come_as_lists(lone: Client, fresh: str) -> None:
    ok(lone.upload(photos.tiny_png(), public_id=fresh))
    url = f"{lone.server.api}/image/explicit"
    for eager in (["w_2", "w_3"], '["w_2","w_3"]', "w_2|w_3"):
        body = {"public_id": fresh, "type": "upload", "eager": eager}
        made = ok(lone.http.post(url, json=body))["eager"]
        assert [item["width"] for item in made] == [2, 3]


def test_one_that_cannot_be_made(lone: Client, photo: bytes, fresh: str) -> None:
    """It fails alone: the upload stands, and the reply says why."""
    body = ok(lone.upload(photo, public_id=fresh, eager="l_no-such/fl_layer_apply|w_20"))
    failed, made = body["eager"]
    assert failed["status"] == "failed" and failed["reason"] == "Resource not found - no-such"
    assert made["width"] == 20
    assert [item["transformation"] for item in derived(lone, fresh)] == ["w_20"]


@pytest.mark.parametrize(
    "fields",
    [
        {"eager": "w_abc"},
        {"eager": "w_10|bogus"},
        {"eager": "w_10/bogus"},
        {"eager": "|".join(["w_1"] * 101)},
        {"responsive_breakpoints": "[{"},
        {"responsive_breakpoints": '[{"max_images": 0}]'},
        {"responsive_breakpoints": '[{"bytes_step": "many"}]'},
        {"responsive_breakpoints": '[{"min_width": 500, "max_width": 100}]'},
        {"responsive_breakpoints": '[{"transformation": "w_abc"}]'},
        {"responsive_breakpoints": '[{"bogus": 1}]'},
        {"responsive_breakpoints": "7"},
        {"eager_notification_url": "file:///etc/passwd", "eager": "w_1", "eager_async": 1},
        {"eager_async": "perhaps", "eager": "w_1"},
    ],
)
def test_what_is_malformed_leaves_nothing(lone: Client, fresh: str, fields: dict[str, str]) -> None:
    refused(lone.upload(photos.tiny_png(), public_id=fresh, **fields))
    assert lone.get(f"resources/image/upload/{fresh}").status_code == 404


def test_explicit(lone: Client, photo: bytes, fresh: str) -> None:
    ok(lone.upload(photo, public_id=fresh))
    asked = {"public_id": fresh, "type": "upload"}
    (item,) = ok(lone.post("image/explicit", **asked, eager="c_scale,w_70/gif"))["eager"]
    assert opened(item).format == "GIF"
    # Older clients name a derivative by "transformation" and "format".
    (item,) = ok(lone.post("image/explicit", **asked, transformation="w_60", format="png"))["eager"]
    assert opened(item).width == 60
    refused(lone.post("image/explicit", **asked, transformation="w_60", format="bogus"))
    assert len(derived(lone, fresh)) == 2


def test_images_of_other_servers(lone: Client, photo: bytes, fresh: str) -> None:
    """CONTRACT D1: ``type=fetch`` makes an asset of the URL."""
    source = ok(lone.upload(photo, public_id=f"{fresh} x"))["url"]
    asked = {"public_id": source, "type": "fetch"}
    body = ok(lone.post("image/explicit", **asked, eager="w_20|w_30/png", tags="far"))
    assert (body["public_id"], body["type"], body["width"]) == (source, "fetch", 600)
    assert body["tags"] == ["far"]
    assert httpx.get(body["url"]).content == photo
    jpeg, png = body["eager"]
    assert (opened(jpeg).format, opened(png).format) == ("JPEG", "PNG")
    page = ok(lone.get("resources/image/fetch", max_results=500))["resources"]
    (listed,) = [item for item in page if item["public_id"] == source]
    assert len(ok(lone.get(f"resources/{listed['asset_id']}"))["derived"]) == 2
    again = ok(lone.post("image/explicit", **asked))
    assert (again["asset_id"], again["tags"]) == (body["asset_id"], ["far"])
    missing = lone.post("image/explicit", public_id=f"{source}x", type="fetch")
    assert refused(missing, 404) == f"Resource not found - {source}x"
    for url in ("http://a.example/x.png", "http://localhost/x"):
        other = lone.post("image/explicit", public_id=url, type="fetch")
        assert refused(other, 401) == "Remote URL is not allowed"
    assert refused(lone.post("image/explicit", public_id="x", type="fetch")).startswith(
        "Unsupported source URL"
    )


def test_restricted_types_have_signed_urls(lone: Client, photo: bytes, fresh: str) -> None:
    breakpoints = '{"create_derived": true, "max_images": 1, "max_width": 90}'
    body = ok(
        lone.upload(
            photo,
            public_id=fresh,
            type="authenticated",
            eager="w_20",
            responsive_breakpoints=breakpoints,
        )
    )
    points = body["responsive_breakpoints"][0]["breakpoints"]
    for item in (*body["eager"], *points):
        assert "/s--" in item["url"]
        opened(item)
        unsigned = item["url"].replace(item["url"].split("/")[6] + "/", "")
        assert httpx.get(unsigned).status_code == 401


def test_in_the_background(lone: Client, photo: bytes, fresh: str, receiver: Receiver) -> None:
    body = ok(
        lone.upload(
            photo,
            public_id=fresh,
            eager="c_scale,w_70|c_scale,w_80/png",
            eager_async="true",
            eager_notification_url=receiver.url,
        )
    )
    for item in body["eager"]:
        assert item["status"] == "processing" and len(item["batch_id"]) == 32
    (call,) = receiver.wait(1)
    told = json.loads(call.body)
    assert told["notification_type"] == "eager"
    assert told["batch_id"] == body["eager"][0]["batch_id"]
    assert (told["asset_id"], told["public_id"]) == (body["asset_id"], fresh)
    assert [item["url"] for item in told["eager"]] == [item["url"] for item in body["eager"]]
    assert [opened(item).width for item in told["eager"]] == [70, 80]
    assert len(derived(lone, fresh)) == 2
    assert told["notification_context"]["triggered_by"] == {"source": "api", "id": KEY}


def breakpoints_of(
    client: Client, file: bytes, *configurations: dict[str, Any], **fields: Any
) -> list[dict[str, Any]]:
    text = json.dumps(configurations)
    body = ok(client.upload(file, responsive_breakpoints=text, **fields))
    return list(body["responsive_breakpoints"])


def test_breakpoints_differ_by_their_step(lone: Client, photo: bytes, fresh: str) -> None:
    step = 10_000
    options = {"bytes_step": step, "min_width": 100, "max_width": 500, "max_images": 10}
    (found,) = breakpoints_of(lone, photo, options, public_id=fresh)
    assert list(found) == ["breakpoints"]
    points = found["breakpoints"]
    assert list(points[0]) == ["width", "height", "bytes", "url", "secure_url"]
    widths, sizes = [[point[name] for point in points] for name in ("width", "bytes")]
    assert widths[0] == 500 and widths[-1] == 100 and 3 <= len(points) < 10
    assert widths == sorted(widths, reverse=True)
    for larger, smaller in list(itertools.pairwise(sizes))[:-1]:
        assert step <= larger - smaller < 2 * step
    for point in points:
        opened(point)
        assert point["height"] == pytest.approx(point["width"] * 2 / 3, abs=1)


def test_derivatives_of_breakpoints_are_kept_if_wanted(
    lone: Client, photo: bytes, fresh: str
) -> None:
    options = {"max_images": 3, "max_width": 300, "bytes_step": 5000}
    breakpoints_of(lone, photo, options | {"create_derived": False}, public_id=fresh)
    assert derived(lone, fresh) == []
    (found,) = breakpoints_of(lone, photo, options | {"create_derived": True}, public_id=fresh)
    points = found["breakpoints"]
    assert len(points) == 3
    assert {item["bytes"] for item in derived(lone, fresh)} == {point["bytes"] for point in points}
    assert len(derived(lone, fresh)) == 3


def test_several_configurations_keep_their_order(lone: Client, photo: bytes) -> None:
    """CONTRACT J11."""
    first = {"transformation": "a_90", "max_images": 2, "max_width": 200, "format": "png"}
    second = {"transformation": "c_fill,ar_1:1", "max_images": 1, "max_width": "150"}
    found = breakpoints_of(lone, photo, first, second)
    assert [item["transformation"] for item in found] == ["a_90", "ar_1:1,c_fill"]
    upright = found[0]["breakpoints"][0]
    assert (upright["width"], upright["height"]) == (200, 300)
    assert upright["url"].endswith(".png") and opened(upright).format == "PNG"
    (square,) = found[1]["breakpoints"]
    assert (square["width"], square["height"]) == (150, 150)


def test_small_pictures_are_not_enlarged(lone: Client) -> None:
    (found,) = breakpoints_of(lone, photos.tiny_png(), {"min_width": 50, "max_width": 1000})
    assert [point["width"] for point in found["breakpoints"]] == [4]


def test_explicit_makes_breakpoints(lone: Client, photo: bytes, fresh: str) -> None:
    ok(lone.upload(photo, public_id=fresh))
    options = json.dumps({"max_images": 2, "max_width": 120, "create_derived": True})
    body = ok(
        lone.post("image/explicit", public_id=fresh, type="upload", responsive_breakpoints=options)
    )
    assert body["responsive_breakpoints"][0]["breakpoints"][0]["width"] == 120
    assert 1 <= len(derived(lone, fresh)) <= 2
