"""Derived images and named transformations: what every database must do with them."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

from app.domain.assets import Asset
from app.domain.derivatives import (
    Derivative,
    NamedTransformation,
    TransformationName,
    TransformationUse,
)
from app.domain.unit_of_work import UnitOfWork
from tests.contract.db.works import MOMENT, Runner, derivative

LATER = MOMENT + timedelta(minutes=5)


def add(database: Runner, asset: Asset, *derivatives: Derivative) -> None:
    def work(unit: UnitOfWork) -> None:
        if unit.assets.get(asset.cloud_id, asset.key) is None:
            unit.assets.add(asset)
        for item in derivatives:
            unit.derivatives.put(item)

    database.write(work)


def test_a_derivative_comes_back_as_it_was(database: Runner) -> None:
    asset = database.asset("a")
    made = derivative(asset, "l_text:Arial_20:é %", extension="", bytes=2**33)
    add(database, asset, made)
    assert database.read(lambda u: u.derivatives.get(asset.asset_id, made.key)) == made
    assert database.read(lambda u: u.derivatives.get(asset.asset_id, "other")) is None
    assert database.read(lambda u: u.derivatives.get("other", made.key)) is None


def test_putting_again_keeps_the_id(database: Runner) -> None:
    asset = database.asset("a")
    made = derivative(asset, "w_10")
    again = derivative(asset, "w_10", key=made.key, bytes=7, created_at=LATER, used_at=LATER)
    add(database, asset, made, made, again)
    kept = replace(again, id=made.id, created_at=made.created_at)
    assert database.read(lambda u: u.derivatives.get(asset.asset_id, made.key)) == kept
    assert database.read(lambda u: u.derivatives.page(asset.asset_id, 10)) == [kept]


def test_nothing_is_put_for_an_asset_that_is_gone(database: Runner) -> None:
    lost = derivative(database.asset("gone"), "w_10")
    database.write(lambda unit: unit.derivatives.put(lost))
    assert database.read(lambda u: u.derivatives.get(lost.asset_id, lost.key)) is None
    assert database.read(lambda u: u.derivatives.total_bytes()) == 0


def test_putting_while_the_asset_is_being_deleted(database: Runner) -> None:
    async def race(asset: Asset) -> None:
        made = [derivative(asset, f"w_{n}") for n in range(10)]
        works = [
            database.database.write(lambda unit, d=item: unit.derivatives.put(d)) for item in made
        ]
        works.insert(5, database.database.write(lambda u: u.assets.delete(asset.asset_id)))
        await asyncio.gather(*works)

    for number in range(5):
        asset = database.asset(f"a{number}")
        add(database, asset)
        database.run(race(asset))
        assert database.read(lambda u, a=asset: u.derivatives.page(a.asset_id, 20)) == []


def test_deleting_the_asset_takes_its_derivatives(database: Runner) -> None:
    asset, other = database.asset("a"), database.asset("b")
    gone, kept = derivative(asset, "w_10"), derivative(other, "w_10")
    add(database, asset, gone)
    add(database, other, kept)
    database.write(lambda unit: unit.assets.delete(asset.asset_id))
    keys = [gone.blob_key, kept.blob_key]
    assert database.read(lambda unit: unit.blobs.used(keys)) == {kept.blob_key}
    assert database.read(lambda u: u.derivatives.page(asset.asset_id, 10)) == []


def test_pages_of_an_asset(database: Runner) -> None:
    asset = database.asset("a")
    made = [derivative(asset, f"w_{n}", key=f"{n:064x}") for n in (3, 1, 4, 2, 5)]
    add(database, asset, *made)
    in_order = sorted(made, key=lambda item: item.key)
    first = database.read(lambda u: u.derivatives.page(asset.asset_id, 2))
    assert first == in_order[:2]
    rest = database.read(lambda u: u.derivatives.page(asset.asset_id, 10, first[-1].key))
    assert rest == in_order[2:]


def test_by_transformation(database: Runner) -> None:
    asset, other = database.asset("a"), database.asset("b", custom_coordinates=((1, 2, 3, 4),))
    made = [derivative(asset, "w_10", id=f"{n:032x}") for n in range(3)]
    png = derivative(other, "w_10", extension="png", id="f" * 32)
    add(database, asset, *made, derivative(asset, "w_100"))
    add(database, other, png)
    cloud = database.cloud.id

    def page(
        name: TransformationName, limit: int = 10, after: tuple[str, str] = ("", "")
    ) -> list[tuple[Asset, Derivative]]:
        return database.read(lambda u: u.derivatives.by_transformation(cloud, name, limit, after))

    everything = [(asset, item) for item in made] + [(other, png)]
    assert page(TransformationName("w_10")) == everything
    assert page(TransformationName("w_10", "png")) == everything[3:]
    assert page(TransformationName("w_10", "")) == []
    assert page(TransformationName("w_10"), 2) == everything[:2]
    assert page(TransformationName("w_10"), 2, ("jpg", made[1].id)) == everything[2:]
    assert page(TransformationName("w_10"), 2, ("png", png.id)) == []
    other_cloud = database.read(
        lambda u: u.derivatives.by_transformation(cloud + 1, TransformationName("w_10"), 10)
    )
    assert other_cloud == []


def test_usage_by_text_and_extension(database: Runner) -> None:
    asset = database.asset("a")
    texts = ["a_1", "a_1,b_2", "a_1/b_2", "t_x", "t_x/w_1", "t_x.y", "T_x"]
    made = [derivative(asset, text, extension=end) for text in texts for end in ("", "jpg")]
    add(database, asset, *made, derivative(asset, "a_1"))
    cloud = database.cloud.id
    expected = [
        TransformationUse(text, end, 2 if (text, end) == ("a_1", "jpg") else 1)
        for text in sorted(set(texts) - {"t_x", "T_x"})
        for end in ("", "jpg")
    ]

    def usage(limit: int, after: str = "") -> list[TransformationUse]:
        found = database.read(lambda u: u.derivatives.usage(cloud, limit, after))
        return [use for use in found if use.text != "T_x"]  # no transformation is written so

    assert usage(100) == expected
    seen: list[TransformationUse] = []
    while page := usage(3, seen[-1].name if seen else ""):
        seen += page
    assert seen == expected
    assert database.read(lambda u: u.derivatives.usage(cloud + 1, 100)) == []


def test_texts_and_counts(database: Runner) -> None:
    asset = database.asset("a")
    texts = ["t_a", "t_a", "w_1/t_a,w_2", "tXa", "w_1"]
    add(database, asset, *(derivative(asset, text) for text in texts))
    cloud = database.cloud.id
    assert database.read(lambda u: u.derivatives.texts(cloud, "t_")) == ["t_a", "w_1/t_a,w_2"]
    assert database.read(lambda u: u.derivatives.texts(cloud + 1, "t_")) == []
    assert database.read(lambda u: u.derivatives.count(cloud, ["t_a", "w_1", "none"])) == 3
    assert database.read(lambda u: u.derivatives.count(cloud, [])) == 0


def test_deleting_by_id(database: Runner) -> None:
    asset = database.asset("a")
    first, second, third = (derivative(asset, f"w_{n}") for n in range(3))
    add(database, asset, first, second, third)
    cloud = database.cloud.id
    foreign = database.write(lambda u: u.derivatives.delete(cloud + 1, [first.id]))
    assert foreign == {}
    gone = database.write(lambda u: u.derivatives.delete(cloud, [first.id, "none"]))
    assert gone == {first.id: first.blob_key}
    anywhere = database.write(lambda u: u.derivatives.delete(None, [first.id, second.id]))
    assert anywhere == {second.id: second.blob_key}
    assert database.read(lambda u: u.derivatives.page(asset.asset_id, 10)) == [third]


def test_deleting_by_asset_and_transformation(database: Runner) -> None:
    asset, other = database.asset("a"), database.asset("b")
    jpg, png, wide = (
        derivative(asset, "w_1"),
        derivative(asset, "w_1", extension="png"),
        derivative(asset, "w_2", extension=""),
    )
    elsewhere = derivative(other, "w_1")
    add(database, asset, jpg, png, wide)
    add(database, other, elsewhere)

    def delete(*names: TransformationName) -> list[str]:
        return database.write(lambda u: u.derivatives.delete_of(asset.asset_id, names))

    assert delete() == []
    assert delete(TransformationName("w_3"), TransformationName("w_1", "gif")) == []
    assert delete(TransformationName("w_1", "png")) == [png.blob_key]
    assert delete(TransformationName("w_1"), TransformationName("w_2", "")) == [
        jpg.blob_key,
        wide.blob_key,
    ]
    add(database, asset, jpg, wide)
    keys = database.write(lambda u: u.derivatives.delete_of(asset.asset_id))
    assert sorted(keys) == sorted([jpg.blob_key, wide.blob_key])
    add(database, asset, jpg, wide)
    names = [TransformationName("w_1"), TransformationName("w_2", "jpg")]
    cloud = database.cloud.id
    keys = database.write(lambda u: u.derivatives.delete_made_by(cloud, names))
    assert sorted(keys) == sorted([jpg.blob_key, elsewhere.blob_key])
    assert database.read(lambda u: u.derivatives.page(asset.asset_id, 10)) == [wide]


def test_eviction_begins_with_what_was_not_used_for_longest(database: Runner) -> None:
    asset = database.asset("a")
    made = [
        derivative(asset, f"w_{n}", used_at=MOMENT + timedelta(seconds=n), bytes=2**32)
        for n in range(4)
    ]
    add(database, asset, *made)
    assert database.read(lambda u: u.derivatives.total_bytes()) == 4 * 2**32
    assert database.read(lambda u: u.derivatives.least_recent(2)) == made[:2]
    touched = [made[0].id, made[2].id, "none"]
    database.write(lambda u: u.derivatives.touch(touched, LATER))
    order = [item.id for item in database.read(lambda u: u.derivatives.least_recent(9))]
    assert order == [made[1].id, made[3].id, *sorted([made[0].id, made[2].id])]
    stored = database.read(lambda u: u.derivatives.get(asset.asset_id, made[0].key))
    assert stored == replace(made[0], used_at=LATER)


def test_blobs_of_derivatives(database: Runner) -> None:
    asset = database.asset("a", blob_key="o" * 64)
    made = derivative(asset, "w_1", blob_key="d" * 64)
    add(database, asset, made)
    assert database.read(lambda u: u.blobs.used(["o" * 64, "d" * 64, "x"])) == {
        "o" * 64,
        "d" * 64,
    }
    assert database.read(lambda u: list(u.derivatives.blobs())) == [(made.id, made.blob_key)]
    # What can be made again is not what is lost.
    assert database.read(lambda u: [key for key, _ in u.blobs.all()]) == ["o" * 64]


def test_transformations(database: Runner) -> None:
    cloud = database.cloud.id
    thumb = NamedTransformation("thumb", "c_thumb,w_10")
    changed = replace(thumb, text="c_thumb,w_20", allowed_for_strict=True)
    for item in (thumb, changed):
        database.write(lambda unit, t=item: unit.transformations.put(cloud, t))
    assert database.read(lambda u: u.transformations.get(cloud, "thumb")) == changed
    assert database.read(lambda u: u.transformations.get(cloud, "Thumb")) is None
    assert database.read(lambda u: u.transformations.get(cloud + 1, "thumb")) is None
    assert database.write(lambda u: u.transformations.delete(cloud, "thumb")) is True
    assert database.write(lambda u: u.transformations.delete(cloud, "thumb")) is False
    assert database.read(lambda u: u.transformations.get(cloud, "thumb")) is None


def test_pages_of_transformations(database: Runner) -> None:
    cloud = database.cloud.id
    named = [NamedTransformation(name, f"w_1/t_{name}") for name in ("a", "b", "é")]
    unnamed = [
        NamedTransformation(name, text, named=False)
        for name, text in (
            ("w_1", "w_1"),
            ("w_1/jpg", "w_1"),
            ("w_1,x_1", "w_1,x_1"),  # a comma sorts before a slash
            ("w_1/e_x", "w_1/e_x"),
        )
    ]
    for item in (*named, *unnamed):
        database.write(lambda unit, t=item: unit.transformations.put(cloud, t))

    def walk(*, names: bool) -> list[NamedTransformation]:
        seen: list[NamedTransformation] = []
        while True:
            after = seen[-1].name if seen else ""
            page = database.read(
                lambda u, a=after: u.transformations.page(cloud, named=names, limit=2, after=a)
            )
            if not page:
                return seen
            seen += page

    assert walk(names=True) == named
    assert walk(names=False) == unnamed
    found = database.read(lambda u: u.transformations.containing(cloud, "t_b"))
    assert found == [named[1]]
    assert database.read(lambda u: u.transformations.containing(cloud, "w_1,")) == []
