"""Reading, listing, updating and deleting, over HTTP, on both databases."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests import photos
from tests.live import CLOUD, Client, message


def ok(response: httpx.Response) -> dict[str, Any]:
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    return body


def words_above(body: dict[str, Any], threshold: float, addon: str = "imagga_tagging") -> set[str]:
    data = body["info"]["categorization"][addon]["data"]
    return {entry["tag"].lower() for entry in data if entry["confidence"] >= threshold}


def test_tagging_on_upload(client: Client, flower: bytes, fresh: str) -> None:
    body = ok(
        client.upload(
            flower,
            public_id=fresh,
            categorization="imagga_tagging",
            auto_tagging="0.4",
            tags="mine",
        )
    )
    result = body["info"]["categorization"]["imagga_tagging"]
    assert list(result) == ["status", "data"] and result["status"] == "complete"
    confidences = [entry["confidence"] for entry in result["data"]]
    assert confidences == sorted(confidences, reverse=True)
    assert all(round(value, 4) == value and 0 <= value <= 1 for value in confidences)
    assert any(value < 0.4 for value in confidences), "those below the threshold are listed too"
    above = [e["tag"].lower() for e in result["data"] if e["confidence"] >= 0.4]
    assert above and body["tags"] == ["mine", *above]
    stored = ok(client.get(f"resources/image/upload/{fresh}"))
    assert stored["info"] == body["info"]
    assert stored["tags"] == sorted(body["tags"])


def test_categorization_without_threshold_leaves_the_tags(
    client: Client, flower: bytes, fresh: str
) -> None:
    body = ok(client.upload(flower, public_id=fresh, categorization="imagga_tagging"))
    assert body["tags"] == [] and body["info"]["categorization"]["imagga_tagging"]["data"]
    assert "tags" not in ok(client.get(f"resources/image/upload/{fresh}"))
    alone = ok(client.upload(flower, auto_tagging="0.4"))
    assert alone["tags"] == [] and "info" not in alone


def test_languages_have_their_shape(client: Client, flower: bytes) -> None:
    body = ok(client.upload(flower, categorization="imagga_tagging:fi:da", auto_tagging=".4"))
    entry = body["info"]["categorization"]["imagga_tagging"]["data"][0]
    assert list(entry["tag"]) == ["fi", "da"]
    assert entry["tag"]["fi"].lower() in body["tags"]


def test_addon_refusals(client: Client, flower: bytes, fresh: str) -> None:
    unknown = client.upload(flower, public_id=fresh, categorization="nope_tagging")
    assert (unknown.status_code, message(unknown)) == (
        400,
        "Categorization item nope_tagging is not valid",
    )
    language = client.upload(flower, public_id=fresh, categorization="imagga_tagging:zz")
    assert message(language) == "Categorization item imagga_tagging:zz is not valid"
    unsubscribed = client.upload(flower, public_id=fresh, categorization="google_tagging")
    assert unsubscribed.status_code == 420
    assert message(unsubscribed).startswith("You don't have an active subscription for ")
    assert "retry-after" in unsubscribed.headers
    for value in ("1.5", "-1", "x", "nan"):
        bad = client.upload(
            flower, public_id=fresh, categorization="imagga_tagging", auto_tagging=value
        )
        assert message(bad) == f"Invalid value {value} for parameter auto_tagging"
    assert client.get(f"resources/image/upload/{fresh}").status_code == 404


def test_update(client: Client, flower: bytes, fresh: str) -> None:
    public_id = f"{fresh}/a b"
    first = ok(client.upload(flower, public_id=public_id, tags="mine", context="a=1"))
    path = f"resources/image/upload/{fresh}%2Fa%20b"
    url = f"{client.server.api}/{path}"
    tagging = {"categorization": "imagga_tagging", "auto_tagging": "0.5"}
    body = ok(client.http.post(url, json=tagging))
    assert set(body["tags"]) == {"mine"} | words_above(body, 0.5)
    assert body["tags"] == sorted(body["tags"]) and body["context"] == {"custom": {"a": "1"}}
    assert ok(client.get(path))["tags"] == body["tags"]
    lower = ok(client.http.post(url, data=tagging | {"auto_tagging": 0.2}))
    assert set(lower["tags"]) == {"mine"} | words_above(lower, 0.2)
    replaced = ok(client.http.post(url, json={"tags": "x,y", "context": {"b": "2"}}))
    assert replaced["tags"] == ["x", "y"] and replaced["context"] == {"custom": {"b": "2"}}
    assert replaced["info"] == lower["info"]
    by_id = f"{client.server.api}/resources/{first['asset_id']}"
    assert ok(client.http.put(by_id, json={"tags": ["z"]}))["tags"] == ["z"]
    assert ok(client.http.get(by_id))["public_id"] == public_id
    illegal = client.http.post(url, json={"categorization": "illegal"})
    assert illegal.status_code == 400 and message(illegal).startswith("Illegal value")
    missing = client.http.post(f"{client.server.api}/resources/image/upload/{fresh}x", json={})
    assert (missing.status_code, message(missing)) == (404, f"Resource not found - {fresh}x")


def test_explicit(client: Client, flower: bytes, fresh: str) -> None:
    ok(client.upload(flower, public_id=fresh, tags="old"))
    body = ok(
        client.post(
            "image/explicit",
            public_id=fresh,
            type="upload",
            tags="b,a",
            categorization="imagga_tagging",
            auto_tagging="0.4",
        )
    )
    assert body["tags"] == sorted({"a", "b"} | words_above(body, 0.4))
    assert "etag" not in body and "pages" not in body
    missing = client.post("image/explicit", public_id=f"{fresh}x")
    assert (missing.status_code, message(missing)) == (404, f"Resource not found - {fresh}x")


def test_details_of_a_missing_asset(client: Client, fresh: str) -> None:
    response = client.get(f"resources/image/upload/{fresh}/a")
    assert (response.status_code, message(response)) == (404, f"Resource not found - {fresh}/a")
    assert client.get("resources/" + "0" * 32).status_code == 404


def test_listings_page_through_everything(client: Client, fresh: str) -> None:
    small = photos.tiny_png()
    made = [
        ok(client.upload(small, public_id=f"{fresh}/{i}", tags=f"{fresh},n{i}", context=f"i={i}"))
        for i in range(5)
    ]
    ids = [body["public_id"] for body in made]

    def walk(path: str, **params: Any) -> list[str]:
        seen, cursor = [], None
        for _ in range(10):
            page = ok(client.get(path, max_results=2, **params, next_cursor=cursor or ""))
            assert len(page["resources"]) <= 2
            seen += [item["public_id"] for item in page["resources"]]
            cursor = page.get("next_cursor")
            if not cursor:
                return seen
        raise AssertionError("the listing does not end")

    assert walk("resources/image/upload", prefix=f"{fresh}/") == ids
    assert walk(f"resources/image/tags/{fresh}") in (
        ids[::-1],
        walk(f"resources/image/tags/{fresh}"),
    )
    assert sorted(walk(f"resources/image/tags/{fresh}")) == ids
    assert sorted(walk(f"resources/image/tags/{fresh}", direction="asc")) == ids
    named = ok(client.get("resources/image/upload", **{"public_ids[]": [*ids[:2], "missing"]}))
    assert sorted(item["public_id"] for item in named["resources"]) == ids[:2]
    by_asset = ok(client.get("resources/by_asset_ids", **{"asset_ids[]": made[0]["asset_id"]}))
    assert [item["public_id"] for item in by_asset["resources"]] == ids[:1]
    plain = ok(client.get("resources/image", prefix=f"{fresh}/"))["resources"][0]
    assert "tags" not in plain and "context" not in plain
    full = ok(client.get("resources/image/upload", prefix=f"{fresh}/", tags="true", context=1))
    assert full["resources"][0]["tags"] == sorted([fresh, "n0"])
    assert full["resources"][0]["context"] == {"custom": {"i": "0"}}
    tags = ok(client.get("tags/image", prefix=fresh))
    assert tags == {"tags": [fresh]}
    wrong = client.get("resources/image/upload", next_cursor="zz")
    assert message(wrong) == "Invalid value for parameter next_cursor"


def test_prefixes_are_text_not_patterns(client: Client, fresh: str) -> None:
    small = photos.tiny_png()
    for name in ("a_b", "axb", "A_b"):
        ok(client.upload(small, public_id=f"{fresh}{name}"))
    found = ok(client.get("resources/image/upload", prefix=f"{fresh}a_"))["resources"]
    assert [item["public_id"] for item in found] == [f"{fresh}a_b"]


def test_tag_commands(client: Client, fresh: str) -> None:
    small = photos.tiny_png()
    ids = [f"{fresh}1", f"{fresh}2"]
    for public_id in ids:
        ok(client.upload(small, public_id=public_id, tags="keep"))

    def run(command: str, **fields: Any) -> Any:
        data = {"command": command, "public_ids[]": [*ids, "missing"], **fields}
        return ok(client.http.post(f"{client.server.api}/image/tags", data=data))["public_ids"]

    def tags(public_id: str) -> Any:
        return ok(client.get(f"resources/image/upload/{public_id}")).get("tags")

    assert run("add", tag="b,a") == ids
    assert tags(ids[0]) == ["a", "b", "keep"]
    run("remove", tag="a")
    assert tags(ids[1]) == ["b", "keep"]
    run("replace", tag="only")
    assert tags(ids[0]) == ["only"]
    run("set_exclusive", tag="only", **{"public_ids[]": ids[0]})
    assert (tags(ids[0]), tags(ids[1])) == (["only"], None)
    run("remove_all")
    assert tags(ids[0]) is None
    data = {"command": "explode", "public_ids[]": ids, "tag": "x"}
    assert client.http.post(f"{client.server.api}/image/tags", data=data).status_code == 400


def test_context_command(client: Client, fresh: str) -> None:
    ok(client.upload(photos.tiny_png(), public_id=fresh, context="a=1|b=2"))
    for fields in ({"command": "add", "context": "b=3|c=4|a="}, {"command": "remove_all"}):
        data = {"public_ids[]": fresh, **fields}
        ok(client.http.post(f"{client.server.api}/image/context", data=data))
        stored = ok(client.get(f"resources/image/upload/{fresh}"))
        expected = {"custom": {"b": "3", "c": "4"}} if "context" in fields else None
        assert stored.get("context") == expected


def test_deleting(client: Client, fresh: str) -> None:
    small = photos.tiny_png()
    for name in "abcdef":
        ok(client.upload(small, public_id=f"{fresh}/{name}", tags=f"{fresh}{name}"))
    url = f"{client.server.api}/resources/image/upload"
    query = ok(client.http.delete(url, params={"public_ids[0]": f"{fresh}/a"}))
    assert query["deleted"] == {f"{fresh}/a": "deleted"} and query["partial"] is False
    ids = [f"{fresh}/b", f"{fresh}/a"]
    as_json = ok(
        client.http.request("DELETE", url, json={"public_ids": ids, "transformations": None})
    )
    assert as_json["deleted"] == {f"{fresh}/b": "deleted", f"{fresh}/a": "not_found"}
    form = ok(client.http.request("DELETE", url, data={"public_ids[]": f"{fresh}/c"}))
    assert form["deleted_counts"] == {f"{fresh}/c": {"original": 1, "derived": 0}}
    by_tag = f"{client.server.api}/resources/image/tags/{fresh}d"
    assert ok(client.http.delete(by_tag))["deleted"] == {f"{fresh}/d": "deleted"}
    by_prefix = ok(client.http.request("DELETE", url, json={"prefix": f"{fresh}/"}))
    assert by_prefix["deleted"] == {f"{fresh}/e": "deleted", f"{fresh}/f": "deleted"}
    assert ok(client.http.request("DELETE", url, json={"prefix": f"{fresh}/"}))["deleted"] == {}
    assert client.http.delete(url).status_code == 400


def test_destroy(client: Client, fresh: str) -> None:
    body = ok(client.upload(photos.tiny_png(), public_id=fresh))
    assert ok(client.post("image/destroy", public_id=fresh)) == {"result": "ok"}
    assert ok(client.post("image/destroy", public_id=fresh)) == {"result": "not found"}
    assert httpx.get(body["url"]).status_code == 404
    again = ok(client.upload(photos.tiny_png(), public_id=fresh))
    assert ok(client.post("asset/destroy", asset_id=again["asset_id"])) == {"result": "ok"}


@pytest.mark.parametrize("field", ["public_id", "command"])
def test_missing_parameters_are_named(client: Client, field: str) -> None:
    path = {"public_id": "image/destroy", "command": "image/tags"}[field]
    response = client.post(path, **{"public_ids[]": "a"} if field == "command" else {}, tag="x")
    assert (response.status_code, message(response)) == (
        400,
        f"Missing required parameter - {field}",
    )


def test_admin_replies_have_rate_headers(client: Client) -> None:
    left = []
    for path in ("ping", "resources", "resources/image/upload/missing", "nothing/here"):
        response = client.get(path)
        assert response.headers["x-featureratelimit-reset"].endswith(":00:00 GMT")
        left.append(int(response.headers["x-featureratelimit-remaining"]))
        assert int(response.headers["x-featureratelimit-limit"]) > left[-1]
    assert left == sorted(left, reverse=True) and len(set(left)) == len(left)
    anonymous = httpx.get(f"{client.server.api}/ping")
    assert anonymous.status_code == 401 and "x-featureratelimit-limit" in anonymous.headers


def test_system_calls(client: Client) -> None:
    assert client.get("ping").json() == {"status": "ok"}
    assert client.get("resources").json() == {"resource_types": ["image", "raw", "video"]}
    config = client.get("config", settings="true").json()
    assert config["cloud_name"] == CLOUD and config["settings"] == {"folder_mode": "dynamic"}
    assert "settings" not in client.get("config").json()
    assert client.server.url and httpx.get(f"{client.server.url}/healthz").text == "ok\n"
    metrics = httpx.get(f"{client.server.url}/metrics").text
    assert "lenticular_requests_total" in metrics
    given = httpx.get(f"{client.server.url}/healthz", headers={"X-Request-Id": "abc-1"})
    assert given.headers["x-request-id"] == "abc-1"
    paths = httpx.get(f"{client.server.url}/openapi.json").json()["paths"]
    assert "/v1_1/{cloud}/{resource_type}/upload" in paths
