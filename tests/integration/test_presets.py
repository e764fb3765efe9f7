"""Upload presets: their calls, and uploads that use them."""

from __future__ import annotations

from typing import Any

import httpx

from tests.live import CLOUD, Client, message


def ok(response: httpx.Response) -> dict[str, Any]:
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    return body


def create(client: Client, name: str, **settings: Any) -> None:
    body = ok(
        client.http.post(f"{client.server.api}/upload_presets", json={"name": name, **settings})
    )
    assert body["message"] == "created" and body["name"] == name


def unsigned(client: Client, file: bytes, **fields: str) -> httpx.Response:
    url = f"{client.server.api}/image/upload"
    return httpx.post(url, data=fields, files={"file": ("a.jpg", file)})


def test_calls(client: Client, fresh: str) -> None:
    create(client, fresh, unsigned=True, tags=["a", "b"], timestamp="1", use_filename="1")
    stored = ok(client.get(f"upload_presets/{fresh}"))
    assert stored["unsigned"] is True and stored["name"] == fresh
    assert stored["settings"] == {"tags": ["a", "b"], "use_filename": True}
    url = f"{client.server.api}/upload_presets/{fresh}"
    assert ok(client.http.put(url, json={"folder": "f"}))["message"] == "updated"
    assert ok(client.get(f"upload_presets/{fresh}"))["settings"]["folder"] == "f"
    names, cursor = [], ""
    while True:
        page = ok(client.get("upload_presets", max_results=1, next_cursor=cursor))
        names += [preset["name"] for preset in page["presets"]]
        if "next_cursor" not in page:
            break
        cursor = page["next_cursor"]
    assert fresh in names and names == sorted(names)
    assert ok(client.http.delete(url)) == {"message": "deleted"}
    for method in ("GET", "PUT", "DELETE"):
        gone = client.http.request(method, url)
        assert gone.status_code == 404 and message(gone).startswith(
            "Can't find upload preset named"
        )
    nameless = ok(
        client.http.post(f"{client.server.api}/upload_presets", data={"unsigned": "true"})
    )
    assert nameless["name"]
    bad = client.http.post(f"{client.server.api}/upload_presets", json={"auto_tagging": 7})
    assert bad.status_code == 400


def test_unsigned_upload_with_tagging(client: Client, flower: bytes, fresh: str) -> None:
    create(
        client,
        fresh,
        unsigned=True,
        categorization="imagga_tagging",
        auto_tagging=0.4,
        tags="preset",
        folder=fresh,
    )
    body = ok(
        unsigned(client, flower, upload_preset=fresh, public_id="x", tags="mine", folder="other")
    )
    assert body["public_id"] == f"{fresh}/x"  # on unsigned uploads the preset wins
    data = body["info"]["categorization"]["imagga_tagging"]["data"]
    above = {entry["tag"] for entry in data if entry["confidence"] >= 0.4}
    assert above and set(body["tags"]) == {"preset", "mine"} | above
    assert "api_key" not in body
    again = ok(unsigned(client, flower, upload_preset=fresh, public_id="x"))
    assert again["existing"] is True and again["version"] == body["version"]


def test_signed_upload_beats_the_preset(client: Client, flower: bytes, fresh: str) -> None:
    create(client, fresh, folder="preset", tags="preset", context="a=1", display_name="P")
    body = ok(
        client.upload(flower, upload_preset=fresh, folder=fresh, tags="mine", context="a=2|b=3")
    )
    assert body["public_id"].startswith(f"{fresh}/") and body["display_name"] == "P"
    assert set(body["tags"]) == {"preset", "mine"}
    assert body["context"] == {"custom": {"a": "2", "b": "3"}}


def test_refusals(client: Client, flower: bytes, fresh: str) -> None:
    create(client, fresh, unsigned=False)
    expected = {
        "": "Upload preset must be specified when using unsigned upload",
        "missing": "Upload preset not found",
        fresh: "Upload preset must be whitelisted for unsigned uploads",
    }
    for name, text in expected.items():
        refused = unsigned(client, flower, upload_preset=name)
        assert (refused.status_code, message(refused)) == (400, text)
    create(client, f"{fresh}u", unsigned=True)
    refused = unsigned(client, flower, upload_preset=f"{fresh}u", auto_tagging="0.4")
    assert message(refused).startswith(
        "Auto tagging parameter is not allowed when using unsigned upload. Only upload_preset, "
    )
    signed = client.upload(flower, upload_preset="missing")
    assert message(signed) == "Upload preset not found"


def test_disallow_public_id(client: Client, flower: bytes, fresh: str) -> None:
    create(client, fresh, unsigned=True, disallow_public_id=True, use_filename=True)
    body = ok(unsigned(client, flower, upload_preset=fresh, public_id="chosen"))
    assert body["public_id"].startswith("a_") and len(body["public_id"]) == 8


def test_default_preset(client: Client, flower: bytes, fresh: str) -> None:
    create(client, fresh, tags="by-default")
    done = client.server.command("clouds", "default-preset", CLOUD, fresh)
    assert done.returncode == 0, done.stderr
    try:
        assert ok(client.upload(flower))["tags"] == ["by-default"]
    finally:
        client.server.command("clouds", "default-preset", CLOUD, "")
    assert ok(client.upload(flower))["tags"] == []
