"""Metadata fields and rules on every database."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app.domain.accounts import Cloud
from app.domain.assets import Asset
from app.domain.metadata.fields import MetadataField, Option
from app.domain.metadata.rules import MetadataRule
from tests.contract.db.works import MOMENT, Runner


def field(external_id: str, **changes: Any) -> MetadataField:
    return MetadataField(external_id, "string", external_id.upper(), MOMENT, **changes)


def add(database: Runner, item: MetadataField, cloud: Cloud | None = None) -> bool:
    owner = cloud or database.cloud
    return database.write(
        lambda unit: unit.metadata_fields.add(
            owner.id, item, free_since=item.created_at - timedelta(minutes=5)
        )
    )


def ids(database: Runner, cloud: Cloud | None = None) -> list[str]:
    owner = cloud or database.cloud
    fields = database.read(lambda unit: unit.metadata_fields.all(owner.id))
    return [item.external_id for item in fields]


@pytest.fixture
def other(database: Runner) -> Iterator[Cloud]:
    yield database.write(lambda unit: unit.accounts.add_cloud("other"))


def test_a_field_comes_back_as_it_was(database: Runner, other: Cloud) -> None:
    item = MetadataField(
        "é 1%_",
        "set",
        "Label",
        MOMENT,
        mandatory=True,
        default_value=["a"],
        default_disabled=True,
        validation=None,
        restrictions={"readonly_ui": True},
        allow_dynamic_list_values=True,
        options=(Option("a", "Ä"), Option("b", "B", active=False)),
    )
    assert add(database, item)
    cloud = database.cloud.id
    for lock in (False, True):
        stored = database.write(
            lambda unit, lock=lock: unit.metadata_fields.get(cloud, "é 1%_", lock=lock)
        )
        assert stored == item
    assert database.read(lambda unit: unit.metadata_fields.get(cloud, "É 1%_")) is None
    assert database.read(lambda unit: unit.metadata_fields.get(other.id, "é 1%_")) is None
    changed = replace(item, label="New", options=())
    database.write(lambda unit: unit.metadata_fields.save(cloud, changed))
    assert database.read(lambda unit: unit.metadata_fields.all(cloud)) == [changed]


def test_external_ids_are_taken_once_in_each_cloud(database: Runner, other: Cloud) -> None:
    assert add(database, field("a"))
    assert not add(database, field("a", mandatory=True))
    assert add(database, field("A"))
    assert add(database, field("a"), other)
    assert (ids(database), ids(database, other)) == (["a", "A"], ["a"])


def test_the_order_of_fields(database: Runner, other: Cloud) -> None:
    for name in ("b", "a", "c"):
        add(database, field(name))
    add(database, field("b"), other)
    assert ids(database) == ["b", "a", "c"]
    database.write(lambda u: u.metadata_fields.reorder(database.cloud.id, ["c", "a", "b"]))
    assert ids(database) == ["c", "a", "b"]
    add(database, field("d"))
    assert ids(database) == ["c", "a", "b", "d"]
    assert ids(database, other) == ["b"]
    database.write(lambda u: u.metadata_fields.reorder(other.id, []))


def test_the_id_of_a_deleted_field_is_free_after_a_while(database: Runner) -> None:
    cloud = database.cloud.id
    add(database, field("a"))
    database.write(lambda unit: unit.metadata_fields.delete(cloud, "a", MOMENT))
    assert ids(database) == []
    assert database.read(lambda unit: unit.metadata_fields.get(cloud, "a")) is None
    soon = replace(field("a"), created_at=MOMENT + timedelta(minutes=4))
    assert not add(database, soon)
    assert ids(database) == []
    later = replace(field("a", mandatory=True), created_at=MOMENT + timedelta(minutes=5))
    assert add(database, later)
    assert database.read(lambda unit: unit.metadata_fields.all(cloud)) == [later]


def test_values_go_with_their_field(database: Runner, other: Cloud) -> None:
    cloud = database.cloud.id
    values: dict[str, Any] = {"a": "x", "a.b": 5, "set": ["p", "q'\"\\"], "é": "…"}
    assets = [
        database.asset("both", metadata=values),
        database.asset("one", metadata={"a": ["x"]}),
        database.asset("none"),
        database.asset("others", metadata={"A": "x", "aa": "a"}),
        database.asset("foreign", cloud_id=other.id, metadata={"a": "x"}),
    ]
    for asset in assets:
        database.write(lambda unit, asset=asset: unit.assets.add(asset))
    later = MOMENT + timedelta(hours=1)

    def revisions() -> list[int]:
        def revision(asset: Asset) -> int:
            found = database.read(lambda u: u.assets.revision(asset.cloud_id, asset.asset_id))
            assert found is not None
            return found[1]

        return [revision(asset) for asset in assets]

    before = revisions()
    for name in ("a", "a.b", "é", "missing"):
        add(database, field(name))
        database.write(lambda unit, name=name: unit.metadata_fields.delete(cloud, name, later))

    stored = [
        database.read(lambda u, a=asset: u.assets.get_by_id(a.cloud_id, a.asset_id))
        for asset in assets
    ]
    assert stored == [
        replace(assets[0], metadata={"set": values["set"]}, updated_at=later),
        replace(assets[1], metadata={}, updated_at=later),
        *assets[2:],
    ]
    grown = [now - then for now, then in zip(revisions(), before, strict=True)]
    assert grown == [3, 1, 0, 0, 0]


def rule(external_id: str, field_id: str, **changes: Any) -> MetadataRule:
    condition = {"metadata_field_id": "c", "equals": "é"}
    return MetadataRule(external_id, field_id, "name", condition, {"enable": True}, **changes)


def test_rules(database: Runner, other: Cloud) -> None:
    cloud = database.cloud.id
    rules = [rule("4", "b"), rule("3", "a"), rule("2", "a", position=2), rule("1", "a", position=1)]
    for item in rules:
        database.write(lambda unit, item=item: unit.metadata_rules.put(cloud, item))
    in_order = [rules[3], rules[2], rules[1], rules[0]]
    assert database.read(lambda unit: unit.metadata_rules.all(cloud)) == in_order
    assert database.read(lambda unit: unit.metadata_rules.all(other.id)) == []
    changed = rule("3", "a", active=False)
    database.write(lambda unit: unit.metadata_rules.put(cloud, changed))
    database.write(lambda unit: unit.metadata_rules.put(cloud, rule("5", "a")))
    assert database.read(lambda unit: unit.metadata_rules.all(cloud)) == [
        *in_order[:2],
        changed,
        rule("5", "a"),
        rules[0],
    ]
    assert database.read(lambda unit: unit.metadata_rules.get(cloud, "3")) == changed
    assert database.read(lambda unit: unit.metadata_rules.get(other.id, "3")) is None
    assert not database.write(lambda unit: unit.metadata_rules.delete(other.id, "3"))
    assert database.write(lambda unit: unit.metadata_rules.delete(cloud, "3"))
    assert not database.write(lambda unit: unit.metadata_rules.delete(cloud, "3"))
    add(database, field("a"))
    database.write(lambda unit: unit.metadata_fields.delete(cloud, "a", MOMENT))
    assert database.read(lambda unit: unit.metadata_rules.all(cloud)) == [rules[0]]
