"""Structured metadata: fields, their values on assets, rules."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.live import KEY, Client, message

OPTIONS = [
    {"external_id": "r", "value": "red"},
    {"external_id": "g", "value": "green"},
    {"external_id": "b", "value": "blue"},
]

EXPLICIT = {"type": "upload"}

#: 1 × 1, so that uploads of this file cost nothing.
PIXEL = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"


def ok(response: httpx.Response) -> Any:
    assert response.status_code == 200, response.text
    return response.json()


def refused(response: httpx.Response, status: int = 400) -> str:
    assert response.status_code == status, response.text
    return message(response)


class Fields:
    """Makes fields with names that no other test uses and removes them in the end."""

    def __init__(self, client: Client, prefix: str) -> None:
        self.client = client
        self.prefix = prefix
        self.made: list[str] = []

    def add(self, name: str, field_type: str = "string", **given: Any) -> str:
        external_id = f"{self.prefix}_{name}"
        self.create(name, field_type, **given)
        self.made.append(external_id)
        return external_id

    def create(self, name: str, field_type: str = "string", **given: Any) -> dict[str, Any]:
        body = {"external_id": f"{self.prefix}_{name}", "type": field_type, "label": name} | given
        if field_type in ("enum", "set"):
            body.setdefault("datasource", {"values": OPTIONS})
        field: dict[str, Any] = ok(self.client.send("POST", "metadata_fields", json=body))
        return field


@pytest.fixture
def fields(client: Client, fresh: str) -> Iterator[Fields]:
    made = Fields(client, fresh)
    yield made
    for external_id in made.made:
        client.send("DELETE", f"metadata_fields/{external_id}")


def upload(client: Client, public_id: str, **given: str) -> httpx.Response:
    return client.upload(PIXEL, public_id=public_id, **given)


def values(client: Client, public_id: str) -> dict[str, Any]:
    found: dict[str, Any] = ok(client.get(f"resources/image/upload/{public_id}"))
    return dict(found.get("metadata", {}))


def test_a_field_from_creation_to_deletion(client: Client, fields: Fields) -> None:
    external_id = fields.add("sku", mandatory=False, default_value="none")
    path = f"metadata_fields/{external_id}"
    field = ok(client.get(path))
    assert field == {
        "type": "string",
        "external_id": external_id,
        "label": "sku",
        "mandatory": False,
        "default_value": "none",
        "validation": None,
        "default_disabled": False,
        "restrictions": {"readonly_ui": False},
        "allow_dynamic_list_values": False,
    }
    assert field in ok(client.get("metadata_fields"))["metadata_fields"]
    change = {"external_id": "other", "type": "integer", "label": "SKU", "default_value": "x"}
    changed = ok(client.send("PUT", path, json=change | {"restrictions": {"readonly_ui": True}}))
    assert changed == field | {
        "label": "SKU",
        "default_value": "x",
        "restrictions": {"readonly_ui": True},
    }
    assert ok(client.send("DELETE", path)) == {"message": "ok"}
    for method in ("GET", "PUT", "DELETE"):
        assert external_id in refused(client.send(method, path), 404)
    again = {"external_id": external_id, "type": "string", "label": "sku"}
    taken = refused(client.send("POST", "metadata_fields", json=again))
    assert taken == f"external id {external_id} already exists"


def test_refused_fields(client: Client, fields: Fields) -> None:
    external_id = fields.add("a")
    body = {"external_id": external_id, "type": "string", "label": "x"}
    taken = refused(client.send("POST", "metadata_fields", json=body))
    assert taken == f"external id {external_id} already exists"
    limit = {"type": "less_than", "equals": True, "value": 5}
    number = {"type": "integer", "label": "x", "validation": limit, "default_value": 6}
    wrong = refused(client.send("POST", "metadata_fields", json=number))
    assert wrong == "default_value is invalid"
    assert (
        fields.create("kept", "integer", validation=limit, default_value=5)["validation"] == limit
    )
    client.send("DELETE", f"metadata_fields/{fields.prefix}_kept")
    for given in ("[]", '"x"', '{"type": "string"}', "{", '{"type": {}, "label": []}'):
        response = client.send(
            "POST", "metadata_fields", content=given, headers={"Content-Type": "application/json"}
        )
        assert response.status_code == 400, given


def test_a_datasource(client: Client, fields: Fields) -> None:
    path = f"metadata_fields/{fields.add('colours', 'set')}/datasource"
    change = {"values": [{"external_id": "r", "value": "crimson"}, {"value": "white"}]}
    changed = ok(client.send("PUT", path, json=change))["values"]
    assert changed[:3] == [{"external_id": "r", "value": "crimson"}, *OPTIONS[1:]]
    assert changed[3]["value"] == "white" and changed[3]["external_id"]

    left = ok(client.send("DELETE", path, json={"external_ids": ["r", "b"]}))["values"]
    assert [option["value"] for option in left] == ["green", "white"]
    shown = ok(client.get(path.removesuffix("/datasource")))["datasource"]["values"]
    states = {option["value"]: option["state"] for option in shown}
    assert states == {
        "crimson": "inactive",
        "green": "active",
        "blue": "inactive",
        "white": "active",
    }
    restored = ok(client.send("POST", f"{path}_restore", data={"external_ids[]": "b"}))["values"]
    assert [option["value"] for option in restored] == ["green", "blue", "white"]
    for method in ("POST", "PUT"):
        down = {"order_by": "value", "direction": "desc"}
        ordered = ok(client.send(method, f"{path}/order", json=down))["values"]
        assert [option["value"] for option in ordered] == ["white", "green", "blue"]
        ordered = ok(client.send(method, f"{path}/order", json={"order_by": "value"}))["values"]
        assert [option["value"] for option in ordered] == ["blue", "green", "white"]

    assert "direction" in refused(
        client.send("POST", f"{path}/order", json={"order_by": "value", "direction": "up"})
    )
    assert "order_by" in refused(client.send("POST", f"{path}/order", json={"order_by": "id"}))
    assert '["none"]' in refused(client.send("DELETE", path, json={"external_ids": ["none"]}))
    assert "external_ids" in refused(client.send("DELETE", path))
    assert "values" in refused(client.send("PUT", path, json={}))
    text = fields.add("text")
    assert "has no datasource" in refused(
        client.send("PUT", f"metadata_fields/{text}/datasource", json=change)
    )


def test_options_are_found_in_all_fields(client: Client, fields: Fields) -> None:
    word = fields.prefix
    entries = [{"external_id": f"{n}", "value": f"{n} {word.upper()} É"} for n in range(3)]
    first = fields.add("first", "enum", datasource={"values": entries})
    second = fields.add("second", "set", datasource={"values": entries[:1]})
    client.send("DELETE", f"metadata_fields/{first}/datasource", json={"external_ids": ["1"]})
    search = {"term": f"{word} é"}
    found = ok(client.send("POST", "metadata_fields/datasource/search", json=search))
    assert found == [
        {"field_id": first, "id": "0", "value": entries[0]["value"]},
        {"field_id": first, "id": "2", "value": entries[2]["value"]},
        {"field_id": second, "id": "0", "value": entries[0]["value"]},
    ]
    one = ok(
        client.send("POST", "metadata_fields/datasource/search", json=search | {"max_results": 1})
    )
    assert one == found[:1]


def test_the_order_of_fields(client: Client, fields: Fields) -> None:
    first, second = fields.add("z", label="item 10"), fields.add("a", label="Item 9")

    def order(**given: str) -> list[str]:
        shown = ok(client.send("PUT", "metadata_fields/order", json=given))["metadata_fields"]
        assert shown == ok(client.get("metadata_fields"))["metadata_fields"]
        return [item["external_id"] for item in shown if item["external_id"] in (first, second)]

    assert order(order_by="label", direction="asc") == [second, first]
    assert order(order_by="label", direction="desc") == [first, second]
    assert order(order_by="external_id") == [second, first]
    assert "order_by" in refused(client.send("PUT", "metadata_fields/order", json={}))


def test_values_of_uploads(client: Client, fields: Fields) -> None:
    text, number, day = fields.add("text"), fields.add("n", "integer"), fields.add("day", "date")
    one, several = fields.add("one", "enum"), fields.add("set", "set", default_value=["g"])
    given = rf'{text}=a\=b\|c|{number}=5|{day}=2024-02-29|{one}=r|{several}=["b","r"]'
    expected = {text: "a=b|c", number: 5, day: "2024-02-29", one: "r", several: ["b", "r"]}
    name = f"{fields.prefix}/all"
    assert ok(upload(client, name, metadata=given))["metadata"] == expected
    assert values(client, name) == expected
    assert ok(upload(client, name, metadata=json.dumps(expected)))["metadata"] == expected
    # An upload that overwrites makes the asset anew.
    assert ok(upload(client, name))["metadata"] == {several: ["g"]}

    refusals = {
        f"{text}_x=1": f'Metadata External IDs do not exist: ["{text}_x"]',
        f"{one}=red": f"'red' is not valid for field '{one}'",
        f'{several}=["r","x"]': f"'x' is not valid for field '{several}'",
        f"{number}=five": f"'five' is not valid for field '{number}'",
        f"{day}=2024-02-30": f"'2024-02-30' is not valid for field '{day}'",
    }
    missing = f"{fields.prefix}/missing"
    for pair, expected_message in refusals.items():
        assert refused(upload(client, missing, metadata=pair)) == expected_message
    assert client.get(f"resources/image/upload/{missing}").status_code == 404
    cleared = ok(upload(client, name, metadata=f"{text}=x|{one}=red", clear_invalid="true"))
    assert cleared["metadata"] == {text: "x", several: ["g"]}


def test_mandatory_fields(client: Client, fields: Fields) -> None:
    before, after = f"{fields.prefix}/before", f"{fields.prefix}/after"
    ok(upload(client, before))
    must = fields.add("must", mandatory=True)
    try:
        assert must in refused(upload(client, after))
        ok(upload(client, after, metadata=f"{must}=x"))
        # Old assets may be changed otherwise, but nobody may take the value away.
        selected = {"public_ids[]": after, "metadata": f"{must}="}
        assert must in refused(
            client.post("image/explicit", **EXPLICIT, public_id=after, metadata=f"{must}=")
        )
        ok(client.post("image/explicit", **EXPLICIT, public_id=before))
        assert must in refused(client.post("image/metadata", **selected))
        ok(client.send("PUT", f"metadata_fields/{must}", json={"default_value": "d"}))
        assert ok(upload(client, after))["metadata"] == {must: "d"}
    finally:
        client.send("PUT", f"metadata_fields/{must}", json={"mandatory": False})


def test_values_of_stored_assets(client: Client, fields: Fields) -> None:
    text, several = fields.add("text"), fields.add("set", "set")
    name = f"{fields.prefix}/a"
    ok(upload(client, name, metadata=f"{text}=old"))
    explicit = ok(
        client.post("image/explicit", **EXPLICIT, public_id=name, metadata=f'{several}=["g"]')
    )
    assert explicit["metadata"] == {text: "old", several: ["g"]}
    path = f"resources/image/upload/{name}"
    updated = ok(client.send("POST", path, json={"metadata": {several: ["r", "b"]}}))
    assert updated["metadata"] == {text: "old", several: ["r", "b"]}
    assert ok(client.post(path, metadata=f"{text}="))["metadata"] == {several: ["r", "b"]}
    assert "not valid" in refused(client.post(path, metadata=f"{several}=x"))
    client.send("DELETE", f"metadata_fields/{several}/datasource", json={"external_ids": ["b"]})
    kept = ok(client.post(path, metadata=f"{text}=new"))["metadata"]
    assert kept == {text: "new", several: ["r", "b"]}
    cleaned = ok(client.post(path, metadata=f"{text}=newer", clear_invalid="true"))["metadata"]
    assert cleaned == {text: "newer"}


def test_several_assets_at_once(client: Client, fields: Fields) -> None:
    text, number = fields.add("text"), fields.add("n", "integer")
    first, second = f"{fields.prefix}/1", f"{fields.prefix}/2"
    ok(upload(client, first, metadata=f"{text}=first"))
    ok(upload(client, second, metadata=f"{text}=second|{number}=2"))
    both = {"public_ids[]": [second, first, f"{fields.prefix}/none"]}
    done = ok(client.post("image/metadata", metadata=f"{number}=7", **both))
    assert done == {"public_ids": [second, first]}
    assert values(client, first) == {text: "first", number: 7}
    assert values(client, second) == {text: "second", number: 7}

    for wrong in (f"{number}=x", f"{fields.prefix}_none=1", "x", ""):
        refused(client.post("image/metadata", metadata=wrong, **both))
    refused(client.post("image/metadata", metadata=f"{number}=7"))
    none = {"public_ids[]": f"{fields.prefix}/none"}
    assert "do not exist" in refused(client.post("image/metadata", metadata="none=1", **none))
    assert ok(client.post("image/metadata", metadata=f"{number}=7", **none)) == {"public_ids": []}
    many = {"public_ids[]": [f"x{n}" for n in range(1001)]}
    assert "1000" in refused(client.post("image/metadata", metadata=f"{number}=7", **many))
    assert values(client, first) == {text: "first", number: 7}
    with client.server.client(auth=(KEY, "wrong")) as stranger:
        assert stranger.post("image/metadata", metadata=f"{number}=8", **both).status_code == 401


def test_a_dynamic_list_grows(client: Client, fields: Fields) -> None:
    several = fields.add("set", "set", allow_dynamic_list_values=True)
    name = f"{fields.prefix}/a"
    ok(upload(client, name, metadata=f'{several}=["r","new"]'))
    ok(
        client.post(
            "image/metadata", metadata=f'{several}=["new","newer"]', **{"public_ids[]": name}
        )
    )
    assert values(client, name) == {several: ["new", "newer"]}
    options = ok(client.get(f"metadata_fields/{several}"))["datasource"]["values"]
    assert [option["external_id"] for option in options] == ["r", "g", "b", "new", "newer"]


def test_values_go_with_their_field(client: Client, fields: Fields) -> None:
    text, other = fields.add("text"), fields.add("other")
    name = f"{fields.prefix}/a"
    ok(upload(client, name, metadata=f"{text}=x|{other}=y"))
    assert values(client, name) == {text: "x", other: "y"}
    ok(client.send("DELETE", f"metadata_fields/{text}"))
    assert values(client, name) == {other: "y"}
    assert "do not exist" in refused(upload(client, name, metadata=f"{text}=x"))


def test_rules(client: Client, fields: Fields) -> None:
    team, category = fields.add("team", "enum"), fields.add("category", "set")
    body = {
        "metadata_field_id": team,
        "name": "when red",
        "condition": {"metadata_field_id": category, "includes": ["r"]},
        "result": {"enable": True, "activate_values": {"external_ids": ["g"]}},
    }
    rule = ok(client.send("POST", "metadata_rules", json=body))
    assert {key: rule[key] for key in body} == body
    assert rule["state"] == "active" and len(rule["external_id"]) == 64

    def listed() -> list[Any]:
        rules = ok(client.get("metadata_rules"))["metadata_rules"]
        return [item for item in rules if item["metadata_field_id"] == team]

    assert listed() == [rule]
    path = f"metadata_rules/{rule['external_id']}"
    changed = ok(client.send("PUT", path, json={"state": "inactive", "name": "off"}))
    assert changed == rule | {"state": "inactive", "name": "off"}
    assert "condition" in refused(client.send("PUT", path, json={"condition": {"and": []}}))
    assert listed() == [changed]
    assert ok(client.send("DELETE", path)) == {"success": True, "message": "ok"}
    for method in ("PUT", "DELETE"):
        refused(client.send(method, path), 404)
    ok(client.send("POST", "metadata_rules", json=body))
    ok(client.send("DELETE", f"metadata_fields/{team}"))
    assert listed() == []
    assert team in refused(client.send("POST", "metadata_rules", json=body))


def test_only_administrators_may_change_fields(client: Client) -> None:
    with client.server.client(auth=None) as stranger:
        for method, path in (
            ("GET", "metadata_fields"),
            ("POST", "metadata_fields"),
            ("PUT", "metadata_fields/order"),
            ("DELETE", "metadata_fields/x"),
            ("POST", "metadata_fields/datasource/search"),
            ("GET", "metadata_rules"),
            ("POST", "metadata_rules"),
        ):
            assert stranger.send(method, path).status_code == 401, (method, path)
