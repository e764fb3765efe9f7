"""Named and unnamed transformations of the Admin API (CONTRACT E10), on both databases."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests import photos
from tests.integration.stored import derive, derived, in_database
from tests.live import CLOUD, Client, message


def ok(response: httpx.Response) -> dict[str, Any]:
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    return body


def create(client: Client, name: str, transformation: str, **fields: Any) -> None:
    data = {"name": name, "transformation": transformation, **fields}
    reply = client.http.post(f"{client.server.api}/transformations", json=data)
    assert ok(reply) == {"message": "created"}


def read(client: Client, name: str, **params: Any) -> dict[str, Any]:
    return ok(client.get("transformations", transformation=name, **params))


def listed(client: Client, **params: Any) -> dict[str, dict[str, Any]]:
    """Every page of a listing, by name."""
    entries: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = ok(client.get("transformations", next_cursor=cursor, **params))
        entries += page["transformations"]
        cursor = page.get("next_cursor", "")
        if not cursor:
            break
    by_name = {entry["name"]: entry for entry in entries}
    assert len(by_name) == len(entries), "nothing is listed twice"
    return by_name


def upload(client: Client, public_id: str, **fields: Any) -> dict[str, Any]:
    return ok(client.upload(photos.tiny_png(), name="a.png", public_id=public_id, **fields))


@pytest.fixture
def name(fresh: str) -> str:
    return f"{fresh}-thumb"


def test_a_named_transformation(client: Client, name: str, fresh: str) -> None:
    create(client, name, "w_102,c_scale")
    expected = {
        "name": f"t_{name}",
        "allowed_for_strict": False,
        "used": False,
        "named": True,
        "info": [{"crop": "scale", "width": 102}],
        "derived": [],
    }
    for path in (f"transformations/{name}", f"transformations/t_{name}"):
        assert ok(client.get(path)) == expected
    for spelled in (name, f"t_{name}"):
        assert read(client, spelled) == expected
        assert ok(client.get("transformations", name=spelled)) == expected
    body = upload(client, fresh)
    made = derive(client.server, fresh, f"t_{name}")
    found = read(client, name)
    url = f"{client.server.url}/{CLOUD}/image/upload/t_{name}/v{body['version']}/{fresh}.jpg"
    assert found["used"] is True
    assert found["derived"] == [
        {
            "public_id": fresh,
            "resource_type": "image",
            "type": "upload",
            "format": "jpg",
            "url": url,
            "secure_url": url,
            "bytes": 1036,
            "id": made.id,
        }
    ]


def test_info_of_both_forms(client: Client, fresh: str) -> None:
    """CONTRACT J16."""
    upload(client, fresh)
    derive(client.server, fresh, "c_scale,w_100")
    create(client, f"{fresh}x", "c_scale,w_100")
    expected = [{"crop": "scale", "width": 100}]
    for name in ("c_scale,w_100", "w_100,c_scale", f"{fresh}x"):
        assert read(client, name)["info"] == expected
    by_path = ok(client.get("transformations/c_scale%2Cw_100"))
    assert (by_path["info"], by_path["named"], by_path["used"]) == (expected, False, True)
    chained = "c_scale,w_100/e_sepia"
    derive(client.server, fresh, chained, "")
    assert read(client, chained)["info"] == [*expected, {"effect": "sepia"}]
    assert ok(client.get(f"transformations/{chained}"))["info"] == [*expected, {"effect": "sepia"}]


def test_names_that_are_taken(client: Client, name: str) -> None:
    create(client, name, "w_1")
    for taken in (name, f"t_{name}"):
        data = {"name": taken, "transformation": "w_2"}
        reply = client.http.post(f"{client.server.api}/transformations", data=data)
        assert (reply.status_code, message(reply)) == (
            409,
            f"Transformation t_{name} already exists",
        )
    by_path = client.http.post(
        f"{client.server.api}/transformations/{name}2", data={"transformation": "w_3"}
    )
    assert ok(by_path) == {"message": "created"}
    assert read(client, f"{name}2")["info"] == [{"width": 3}]


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"transformation": "w_1"}, "Missing required parameter - name"),
        ({"name": "x"}, "Missing required parameter - transformation"),
        ({"name": "a.b", "transformation": "w_1"}, "Invalid value a.b for parameter name"),
        ({"name": "a/b", "transformation": "w_1"}, "Invalid value a/b for parameter name"),
        ({"name": "a,b", "transformation": "w_1"}, "Invalid value a,b for parameter name"),
        ({"name": "x" * 256, "transformation": "w_1"}, "Invalid value "),
        ({"name": "x", "transformation": "bogus"}, "bogus"),
        ({"name": "x", "transformation": ","}, "Invalid value , for parameter transformation"),
        ({"name": "x", "transformation": "t_x"}, "Transformation t_x would call itself"),
        ({"name": "x", "transformation": "w_1", "allowed_for_strict": "maybe"}, "maybe"),
    ],
)
def test_what_cannot_be_created(client: Client, fields: dict[str, str], text: str) -> None:
    reply = client.http.post(f"{client.server.api}/transformations", data=fields)
    assert reply.status_code == 400 and text in message(reply)
    assert "t_x" not in listed(client, named="true", max_results=500)


@pytest.mark.parametrize("missing", ["none-such", "t_none-such", "c_scale,w_12345", "a b!", "w_"])
def test_what_is_not_there(client: Client, missing: str) -> None:
    url = f"{client.server.api}/transformations"
    for reply in (
        client.http.get(url, params={"transformation": missing}),
        client.http.put(url, json={"transformation": missing, "allowed_for_strict": True}),
        client.http.request("DELETE", url, json={"transformation": missing}),
    ):
        assert (reply.status_code, message(reply)) == (404, f"Resource not found - {missing}")


def test_deleting(client: Client, name: str, fresh: str) -> None:
    create(client, name, "c_scale,w_103")
    upload(client, fresh)
    gone = [
        derive(client.server, fresh, text)
        for text in (f"t_{name}", f"w_1/e_sepia,t_{name}", f"t_other.{name}/w_1")
    ]
    kept = [
        derive(client.server, fresh, text)
        for text in ("c_scale,w_103", f"t_{name}2", f"l_text:Arial_9:t_{name}", f"l_t_{name}")
    ]
    deleted = client.send("DELETE", "transformations", data={"transformation": name})
    assert ok(deleted) == {"message": "deleted"}
    assert set(derived(client.server, fresh)) == {item.id for item in kept}
    keys = [item.blob_key for item in gone]
    assert in_database(client.server, lambda u: u.blobs.used(keys)) == set()
    assert client.get(f"transformations/{name}").status_code == 404
    create(client, name, "w_5")  # the name is free again


def test_deleting_an_unnamed_one(client: Client, fresh: str) -> None:
    upload(client, fresh)
    width = int(fresh[1:6], 16) + 1000
    text = f"c_scale,w_{width}"
    png = derive(client.server, fresh, text, "png")
    derive(client.server, fresh, text, "jpg")
    derive(client.server, fresh, f"{text}/e_sepia", "jpg")
    ok(client.send("DELETE", f"transformations/{text}/jpg"))
    assert len(derived(client.server, fresh)) == 2 and png.id in derived(client.server, fresh)
    assert client.get(f"transformations/{text}/jpg").status_code == 404
    assert read(client, text)["used"] is True
    ok(client.send("DELETE", f"transformations/{text}"))
    assert len(derived(client.server, fresh)) == 1
    assert client.get(f"transformations/{text}").status_code == 404


def test_too_many_derivatives(client: Client, name: str, fresh: str) -> None:
    create(client, name, "w_9")
    upload(client, fresh)
    made = derive(client.server, fresh, f"t_{name}")

    def multiply(unit: Any) -> None:
        for number in range(999):
            unit.derivatives.put(
                type(made)(
                    f"{number:032x}",
                    made.asset_id,
                    f"{number:064x}",
                    f"t_{name}" if number % 2 else f"t_{name}/w_1",
                    *(getattr(made, field) for field in list(made.__dataclass_fields__)[4:]),
                )
            )

    in_database(client.server, multiply)
    refused = client.send("DELETE", f"transformations/{name}")
    assert refused.status_code == 403 and "too many derived resources" in message(refused)
    assert read(client, name)["used"] is True
    first = read(client, name, max_results=300)
    second = read(client, name, max_results=500, next_cursor=first["next_cursor"])
    assert (len(first["derived"]), len(second["derived"])) == (300, 200)
    assert "next_cursor" not in second
    ids = {item["id"] for item in first["derived"] + second["derived"]}
    assert len(ids) == 500
    one = {"derived_resource_ids": [made.id]}
    ok(client.send("DELETE", "derived_resources", json=one))
    ok(client.send("DELETE", f"transformations/{name}"))
    assert derived(client.server, fresh) == []


def test_updating(client: Client, name: str, fresh: str) -> None:
    create(client, name, "c_scale,w_102")
    create(client, f"{name}-outer", f"t_{name}/e_sepia")
    upload(client, fresh)
    derive(client.server, fresh, f"t_{name}")
    derive(client.server, fresh, f"t_{name}-outer/w_1")
    kept = derive(client.server, fresh, "c_scale,w_102")
    url = f"{client.server.api}/transformations"
    updates: list[dict[str, Any]] = [
        {"allowed_for_strict": True},
        {"unsafe_update": "w_102,c_scale"},
        {},
    ]
    for same in updates:
        assert ok(client.http.put(url, json={"transformation": name, **same})) == {
            "message": "updated"
        }
        assert read(client, name)["allowed_for_strict"] is True
        assert len(derived(client.server, fresh)) == 3
    # What was made through it is stale, also by way of another one that calls it.
    changed = {"transformation": name, "unsafe_update": "c_scale,w_103/jpg"}
    ok(client.http.put(url, data=changed))
    assert derived(client.server, fresh) == [kept.id]
    found = read(client, name)
    assert found["info"] == [{"crop": "scale", "width": 103}, {"fetch_format": "jpg"}]
    assert (found["used"], found["allowed_for_strict"]) == (False, True)
    by_path = client.http.put(f"{url}/{name}", data={"allowed_for_strict": "false"})
    assert ok(by_path) and read(client, name)["allowed_for_strict"] is False
    loop = client.http.put(url, json={"name": name, "unsafe_update": f"t_{name}-outer"})
    assert (loop.status_code, message(loop)) == (
        400,
        f"Transformation t_{name} would call itself",
    )


def test_allowing_an_unnamed_one(client: Client, fresh: str) -> None:
    upload(client, fresh)
    width = int(fresh[1:6], 16) + 1000
    derive(client.server, fresh, f"w_{width}", "jpg")
    url = f"{client.server.api}/transformations"
    ok(client.http.put(url, json={"transformation": f"w_{width}/jpg", "allowed_for_strict": 1}))
    entry = {"name": f"w_{width}/jpg", "allowed_for_strict": True, "used": True, "named": False}
    assert listed(client, named="false", max_results=500)[f"w_{width}/jpg"] == entry
    unsafe = {"transformation": f"w_{width}/jpg", "unsafe_update": "w_1"}
    assert client.http.put(url, json=unsafe).status_code == 400
    # Before it is used, by giving it its own text as its name.
    text = f"e_sepia,w_{width}"
    create(client, f"{text}/png", f"{text}/png", allowed_for_strict=True)
    entry = {"name": f"{text}/png", "allowed_for_strict": True, "used": False, "named": False}
    assert listed(client, named="false", max_results=500)[f"{text}/png"] == entry
    assert read(client, f"{text}/png")["info"] == [{"width": width, "effect": "sepia"}]


def test_listing(client: Client, name: str, fresh: str) -> None:
    names = [f"{name}{letter}" for letter in "abc"]
    for number, item in enumerate(names):
        create(client, item, f"w_{number + 1}")
    create(client, f"{name}d", f"t_{names[2]}")
    upload(client, fresh)
    width = int(fresh[1:6], 16) + 1000
    unnamed = [f"w_{width}", f"w_{width}/e_sepia", f"w_{width},x_1"]
    for text in unnamed:
        derive(client.server, fresh, text)
        derive(client.server, fresh, text, "")
    derive(client.server, fresh, f"t_{names[0]}")
    derive(client.server, fresh, f"t_{name}d/w_5")
    shown = [f"{text}{end}" for text in unnamed for end in ("", "/jpg")] + [f"t_{name}d/w_5/jpg"]
    everything = listed(client, max_results=2)
    assert everything == listed(client, max_results=500)
    for text in shown:
        assert everything[text] == {
            "name": text,
            "allowed_for_strict": False,
            "used": True,
            "named": False,
        }
    used = {item: everything[f"t_{item}"]["used"] for item in names}
    assert used == {names[0]: True, names[1]: False, names[2]: True}
    only_named = listed(client, named="true", max_results=3)
    assert all(entry["named"] for entry in only_named.values())
    assert {f"t_{item}" for item in names} <= set(only_named)
    only_unnamed = listed(client, named="false", max_results=3)
    assert set(only_named) | set(only_unnamed) == set(everything)
    assert not set(only_named) & set(only_unnamed)
    assert list(only_named) == sorted(only_named, key=str.encode)


@pytest.mark.parametrize("cursor", ["zz", "00", b"[]".hex()])
def test_wrong_cursors(client: Client, name: str, cursor: str) -> None:
    create(client, name, "w_1")
    for reply in (
        client.get("transformations", next_cursor=cursor),
        client.get("transformations", transformation=name, next_cursor=cursor),
    ):
        assert (reply.status_code, message(reply)) == (
            400,
            "Invalid value for parameter next_cursor",
        )


def test_they_belong_to_a_cloud_and_need_its_key(client: Client, name: str) -> None:
    create(client, name, "w_1")
    assert httpx.get(f"{client.server.api}/transformations").status_code == 401
    added = client.server.command("clouds", "add", f"c{name}", "--api-key", f"k{name}")
    assert added.returncode == 0, added.stderr
    secret = next(line.split()[-1] for line in added.stdout.splitlines() if "secret" in line)
    other = httpx.get(
        f"{client.server.url}/v1_1/c{name}/transformations", auth=(f"k{name}", secret)
    )
    assert ok(other) == {"transformations": []}
