"""What every database must do, method by method."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from app.domain.access import AccessRule
from app.domain.assets import AssetKey, AssetQuery, Tag
from app.domain.chunks import Chunk, ChunkedUpload
from app.domain.errors import Conflict
from app.domain.faces import Box
from app.domain.presets import UploadPreset
from app.domain.unit_of_work import UnitOfWork
from tests.contract.db.works import MOMENT, TAGS, Runner, result


def test_an_asset_comes_back_as_it_was(database: Runner) -> None:
    asset = database.asset("x/é", tags=TAGS, categorizations=(result(), result("other", 0.5)))
    database.write(lambda unit: unit.assets.add(asset))
    key = AssetKey("image", "upload", "x/é")
    stored = database.read(lambda unit: unit.assets.get(database.cloud.id, key))
    assert stored is not None
    by_word = tuple(sorted(TAGS, key=lambda tag: tag.word))
    assert stored == replace(asset, tags=by_word)
    assert database.read(lambda u: u.assets.get_by_id(database.cloud.id, asset.asset_id)) == stored
    assert (
        database.read(lambda u: u.assets.get_by_id(database.cloud.id + 1, asset.asset_id)) is None
    )
    assert database.read(lambda u: u.assets.get(database.cloud.id + 1, key)) is None
    for other in ("x/E", "X/é"):
        missing = replace(key, public_id=other)
        assert database.read(lambda u, k=missing: u.assets.get(database.cloud.id, k)) is None


def test_replacing_forgets_what_was_there(database: Runner) -> None:
    asset = database.asset("a", tags=TAGS, categorizations=(result(),))
    database.write(lambda unit: unit.assets.add(asset))
    changed = replace(
        asset, version=2, context={}, tags=(Tag("z"),), categorizations=(), width=None
    )
    database.write(lambda unit: unit.assets.replace(changed))
    assert database.read(lambda u: u.assets.get(database.cloud.id, asset.key)) == changed


@pytest.mark.parametrize("faces", [None, (), ((178, 60, 89, 113), (0, 0, 1, 1))])
def test_faces(database: Runner, faces: tuple[Box, ...] | None) -> None:
    asset = database.asset("a", faces=faces)
    database.write(lambda unit: unit.assets.add(asset))
    cloud = database.cloud.id
    assert database.read(lambda u: u.assets.get(cloud, asset.key)) == asset
    page = database.read(lambda u: u.assets.page(AssetQuery(cloud)))
    assert page.assets == (asset,)
    renamed = replace(asset, display_name="b")
    database.write(lambda unit: unit.assets.save_columns(renamed))
    assert database.read(lambda u: u.assets.get(cloud, asset.key)) == renamed
    for others in (((1, 2, 3, 4),), (), None):
        changed = replace(asset, faces=others)
        database.write(lambda unit, new=changed: unit.assets.replace(new))
        assert database.read(lambda u: u.assets.get(cloud, asset.key)) == changed


def test_coordinates_and_access_control(database: Runner) -> None:
    rules = (AccessRule("token"), AccessRule("anonymous", MOMENT, MOMENT + timedelta(days=1)))
    boxes = ((1, 2, 300, 400), (0, 0, 1, 1))
    asset = database.asset(
        "a", faces=boxes[1:], faces_given=True, custom_coordinates=boxes, access_control=rules
    )
    database.write(lambda unit: unit.assets.add(asset))
    cloud = database.cloud.id
    assert database.read(lambda u: u.assets.get(cloud, asset.key)) == asset
    assert database.read(lambda u: u.assets.page(AssetQuery(cloud))).assets == (asset,)
    bare = replace(asset, faces=None, faces_given=False, custom_coordinates=(), access_control=())
    database.write(lambda unit: unit.assets.save_columns(bare))
    assert database.read(lambda u: u.assets.get(cloud, asset.key)) == bare


def test_tags_keep_their_sources(database: Runner) -> None:
    asset = database.asset("a", tags=TAGS)
    database.write(lambda unit: unit.assets.add(asset))
    again = Tag("cat", "imagga_tagging", "engine", "2.0")
    mine = Tag("cat")
    database.write(lambda unit: unit.assets.add_tags(asset.asset_id, (again, mine)))
    stored = database.read(lambda u: u.assets.get(database.cloud.id, asset.key))
    assert stored is not None
    assert set(stored.tags) == {Tag("a"), Tag("b"), again, mine}
    assert stored.tag_words == ("a", "b", "cat")
    database.write(lambda unit: unit.assets.set_tags(asset.asset_id, (Tag("only"),)))
    stored = database.read(lambda u: u.assets.get(database.cloud.id, asset.key))
    assert stored is not None and stored.tags == (Tag("only"),)


def test_a_categorization_replaces_the_former_of_its_addon(database: Runner) -> None:
    asset = database.asset("a", categorizations=(result(), result("other")))
    database.write(lambda unit: unit.assets.add(asset))
    new = result(confidence=0.4321)
    database.write(lambda unit: unit.assets.set_categorization(asset.asset_id, new))
    stored = database.read(lambda u: u.assets.get(database.cloud.id, asset.key))
    assert stored is not None and set(stored.categorizations) == {new, result("other")}


def test_every_change_gives_a_new_revision(database: Runner) -> None:
    asset = database.asset("a", tags=TAGS, categorizations=(result(),))
    database.write(lambda unit: unit.assets.add(asset))
    cloud, changed = database.cloud.id, replace(asset, context={"new": "1"})
    changes: list[Callable[[UnitOfWork], None]] = [
        lambda unit: unit.assets.save_columns(changed),
        lambda unit: unit.assets.replace(changed),
        lambda unit: unit.assets.set_tags(asset.asset_id, ()),
        lambda unit: unit.assets.add_tags(asset.asset_id, (Tag("x"),)),
        lambda unit: unit.assets.set_categorization(asset.asset_id, result(confidence=0.2)),
    ]
    seen = [database.read(lambda unit: unit.assets.revision(cloud, asset.key))]
    for change in changes:
        database.write(change)
        seen.append(database.read(lambda unit: unit.assets.revision(cloud, asset.key)))
        assert seen[-1] == database.read(lambda u: u.assets.revision(cloud, asset.asset_id))
    revisions = [stamp[1] for stamp in seen if stamp is not None]
    assert len(revisions) == 6 and revisions == sorted(set(revisions))
    missing = replace(asset.key, public_id="b")
    assert database.read(lambda unit: unit.assets.revision(cloud, missing)) is None


def test_deleting_takes_everything_along(database: Runner) -> None:
    asset = database.asset("a", tags=TAGS, categorizations=(result(),))
    database.write(lambda unit: unit.assets.add(asset))
    database.write(lambda unit: unit.assets.delete(asset.asset_id))
    assert database.read(lambda u: u.assets.get(database.cloud.id, asset.key)) is None
    words = database.read(lambda u: u.assets.tag_words(database.cloud.id, "image", "", 10, ""))
    assert words == []
    database.write(lambda unit: unit.assets.delete(asset.asset_id))
    database.write(lambda unit: unit.assets.add(asset))  # nothing of it is in the way


def walk(database: Runner, query: AssetQuery) -> list[str]:
    seen: list[str] = []
    while True:
        page = database.read(lambda unit, q=query: unit.assets.page(q))
        assert len(page.assets) <= query.limit
        seen += [asset.public_id for asset in page.assets]
        if page.next is None:
            return seen
        query = replace(query, after=page.next)


def test_pages(database: Runner) -> None:
    names = ["a_1", "ab", "a%", "B", "b", "é", "z\U0010ffff", "z\U0010ffffx"]

    def add(unit: UnitOfWork) -> None:
        for number, name in enumerate(names):
            moment = MOMENT + timedelta(seconds=number // 3)
            tags = (Tag("t"), Tag("t", "addon"), Tag(f"n{number}"))
            unit.assets.add(database.asset(name, created_at=moment, tags=tags))

    database.write(add)
    cloud = database.cloud.id
    base = AssetQuery(cloud, "image", "upload", limit=3)
    newest = walk(database, base)
    assert sorted(newest) == sorted(names)
    assert {newest.index(n) // 1 for n in names[6:]} <= {0, 1}, "the newest come first"
    assert walk(database, replace(base, ascending=True)) == newest[::-1]
    in_byte_order = sorted(names, key=lambda name: name.encode())
    assert walk(database, replace(base, prefix="a")) == [n for n in in_byte_order if n[0] == "a"]
    assert walk(database, replace(base, prefix="a_")) == ["a_1"]
    assert walk(database, replace(base, prefix="a%")) == ["a%"]
    assert walk(database, replace(base, prefix="z\U0010ffff")) == names[6:]
    assert sorted(walk(database, replace(base, tag="t"))) == sorted(names)
    assert walk(database, replace(base, tag="n2")) == ["a%"]
    assert walk(database, replace(base, tag="T")) == []
    assert sorted(walk(database, replace(base, public_ids=("b", "B", "no")))) == ["B", "b"]
    assert walk(database, replace(base, resource_type="raw")) == []
    assert walk(database, replace(base, cloud_id=cloud + 1)) == []
    late = MOMENT + timedelta(seconds=2)
    assert sorted(walk(database, replace(base, start_at=late, ascending=True))) == names[6:]
    words = database.read(lambda u: u.assets.tag_words(cloud, "image", "n", 3, "n1"))
    assert words == ["n2", "n3", "n4"]


def test_a_page_is_stable_while_assets_come_and_go(database: Runner) -> None:
    for number in range(6):
        database.write(lambda unit, n=number: unit.assets.add(database.asset(f"p{n}")))
    query = AssetQuery(database.cloud.id, "image", prefix="p", limit=2)
    first = database.read(lambda unit: unit.assets.page(query))
    database.write(lambda unit: unit.assets.delete(first.assets[0].asset_id))
    database.write(lambda unit: unit.assets.add(database.asset("p00")))
    rest = walk(database, replace(query, after=first.next))
    assert rest == ["p2", "p3", "p4", "p5"]


def test_accounts(database: Runner) -> None:
    cloud = database.cloud
    with pytest.raises(Conflict):
        database.write(lambda unit: unit.accounts.add_cloud("acme"))
    first = database.write(lambda unit: unit.accounts.add_key(cloud, "1", "s1"))
    second = database.write(lambda unit: unit.accounts.add_key(cloud, "0", "s0"))
    with pytest.raises(Conflict):
        database.write(lambda unit: unit.accounts.add_key(cloud, "1", "other"))
    assert database.read(lambda unit: unit.accounts.keys(cloud.id)) == [first, second]
    database.write(lambda unit: unit.accounts.set_key_enabled("1", False))
    assert database.read(lambda unit: unit.accounts.key("1")) == replace(first, enabled=False)
    database.write(lambda unit: unit.accounts.set_default_preset(cloud.id, "p"))
    database.write(lambda unit: unit.accounts.set_detail(cloud.id, "thorough"))
    database.write(lambda unit: unit.accounts.set_delivery(cloud.id, "strict"))
    stored = database.read(lambda unit: unit.accounts.cloud("acme"))
    assert (cloud.detail, cloud.delivery) == ("fast", "open")
    changed = replace(cloud, default_preset="p", detail="thorough", delivery="strict")
    assert stored == changed
    key = database.read(lambda unit: unit.accounts.key("1"))
    assert key is not None and key.cloud == stored
    assert database.read(lambda unit: unit.accounts.clouds()) == [stored]
    assert database.read(lambda unit: unit.accounts.cloud("Acme")) is None
    assert database.read(lambda unit: unit.accounts.key("2")) is None


def test_presets(database: Runner) -> None:
    cloud = database.cloud.id
    presets = [UploadPreset(name, name * 32, name == "b", {"tags": [name]}) for name in "bca"]
    for preset in presets:
        database.write(lambda unit, p=preset: unit.presets.put(cloud, p))
    changed = replace(presets[0], settings={"x": 0.4, "y": None, "z": True})
    database.write(lambda unit: unit.presets.put(cloud, changed))
    assert database.read(lambda unit: unit.presets.get(cloud, "b")) == changed
    assert database.read(lambda unit: unit.presets.page(cloud, 2, "")) == [presets[2], changed]
    assert database.read(lambda unit: unit.presets.page(cloud, 2, "b")) == [presets[1]]
    assert database.write(lambda unit: unit.presets.delete(cloud, "b")) is True
    assert database.write(lambda unit: unit.presets.delete(cloud, "b")) is False
    assert database.read(lambda unit: unit.presets.get(cloud, "b")) is None


def test_chunked_uploads(database: Runner) -> None:
    cloud = database.cloud.id
    upload = ChunkedUpload("u" * 32, cloud, "client", "image", "p", MOMENT, {"a": "b"}, "f.jpg")
    database.write(lambda unit: unit.chunked_uploads.add(upload))
    for chunk in (Chunk(10, 19, "k2"), Chunk(0, 9, "k1"), Chunk(10, 14, "k3")):
        database.write(lambda u, c=chunk: u.chunked_uploads.put_chunk(upload.id, c, 15))
    stored = database.write(lambda unit: unit.chunked_uploads.get(cloud, "client", "image"))
    assert stored == replace(upload, total=15, chunks=(Chunk(0, 9, "k1"), Chunk(10, 14, "k3")))
    assert stored.complete
    assert database.read(lambda unit: unit.blobs.used(["k1", "k2"])) == {"k1"}
    assert database.write(lambda unit: unit.chunked_uploads.get(cloud, "client", "raw")) is None
    database.write(lambda unit: unit.chunked_uploads.finish(upload.id, "a" * 32))
    stored = database.write(lambda unit: unit.chunked_uploads.get(cloud, "client", "image"))
    assert stored is not None and (stored.asset_id, stored.chunks) == ("a" * 32, ())
    assert database.write(lambda unit: unit.chunked_uploads.expire(MOMENT)) == 0
    late = MOMENT + timedelta(seconds=1)
    assert database.write(lambda unit: unit.chunked_uploads.expire(late)) == 1


def test_blob_references(database: Runner) -> None:
    asset = database.asset("a/b", blob_key="k" * 64)
    database.write(lambda unit: unit.assets.add(asset))
    keys = ["k" * 64, *(f"{n:064x}" for n in range(1200))]
    assert database.read(lambda unit: unit.blobs.used(keys)) == {"k" * 64}
    found = database.read(lambda unit: list(unit.blobs.all()))
    assert found == [("k" * 64, "asset image/upload/a/b")]


def test_a_failing_work_changes_nothing_and_harms_no_neighbour(database: Runner) -> None:
    def failing(unit: UnitOfWork) -> None:
        unit.assets.add(database.asset("bad"))
        raise ValueError("on purpose")

    async def together() -> list[object]:
        works = [
            database.database.write(
                failing
                if number % 3 == 1
                else lambda unit, n=number: unit.assets.add(database.asset(f"good{n}"))
            )
            for number in range(30)
        ]
        return await asyncio.gather(*works, return_exceptions=True)

    outcomes = database.run(together())
    assert [isinstance(item, ValueError) for item in outcomes] == [n % 3 == 1 for n in range(30)]
    query = AssetQuery(database.cloud.id, limit=100)
    names = {asset.public_id for asset in database.read(lambda u: u.assets.page(query)).assets}
    assert names == {f"good{n}" for n in range(30) if n % 3 != 1}


def test_simultaneous_creators_of_one_name(database: Runner) -> None:
    key = AssetKey("image", "upload", "same")

    def create_or_find(unit: UnitOfWork) -> bool:
        unit.blobs.guard()
        if unit.assets.get(database.cloud.id, key, lock=True) is not None:
            return False
        unit.assets.add(database.asset("same"))
        return True

    async def race() -> list[bool]:
        works = (database.database.write(create_or_find) for _ in range(50))
        return await asyncio.gather(*works)

    assert sorted(database.run(race())) == [False] * 49 + [True]
