"""Facts, moderations and kept versions of assets on every database."""

from __future__ import annotations

from dataclasses import replace

from app.domain.assets import AssetQuery, AssetVersion
from app.domain.moderation import Moderation
from tests.contract.db.works import MOMENT, Runner

FACTS = {
    "metadata": {"colour": "red", "sizes": ["s", "m"], "count": 3},
    "regions": {"nose": [[1, 2], [3, 4]]},
    "headers": ("X-Robots-Tag: noindex", "X-Ü: é"),
    "phash": "00ff" * 4,
    "analyses": {"colors": [["#FF0000", 99.5]], "grayscale": False},
    "media": {"duration": 1.5, "audio": {}},
    "info": {"detection": {"object_detection": {"status": "complete"}}},
    "quality_override": "auto:best",
    "backup": True,
}


def test_facts_come_back_as_they_were(database: Runner) -> None:
    bare, full = database.asset("bare"), database.asset("full", **FACTS)
    cloud = database.cloud.id
    for asset in (bare, full):
        database.write(lambda unit, new=asset: unit.assets.add(new))
        assert database.read(lambda u, key=asset.key: u.assets.get(cloud, key)) == asset
    page = database.read(lambda u: u.assets.page(AssetQuery(cloud, prefix="full")))
    assert page.assets == (full,)
    emptied = replace(full, metadata={}, headers=(), media={}, phash="", backup=False)
    database.write(lambda unit: unit.assets.save_columns(emptied))
    assert database.read(lambda u: u.assets.get(cloud, full.key)) == emptied


def test_moderations_and_their_queue(database: Runner) -> None:
    said = (
        Moderation("duplicate", "approved", {"matches": [1]}, MOMENT),
        Moderation("manual", "pending"),
    )
    asset = database.asset("a", moderations=said)
    cloud = database.cloud.id
    database.write(lambda unit: unit.assets.add(asset))
    database.write(lambda unit: unit.assets.add(database.asset("b")))
    assert database.read(lambda u: u.assets.get(cloud, asset.key)) == asset

    def queue(kind: str, status: str, resource_type: str = "image") -> list[str]:
        query = AssetQuery(cloud, resource_type, moderation=(kind, status))  # type: ignore[arg-type]  # any text will do
        return [a.public_id for a in database.read(lambda u: u.assets.page(query)).assets]

    assert queue("manual", "pending") == ["a"] == queue("duplicate", "approved")
    assert queue("manual", "approved") == [] == queue("manual", "pending", "raw")
    before = database.read(lambda u: u.assets.revision(cloud, asset.asset_id))
    approved = replace(asset, moderations=(Moderation("manual", "approved", {}, MOMENT),))
    database.write(lambda unit: unit.assets.set_moderations(approved))
    assert database.read(lambda u: u.assets.get(cloud, asset.key)) == approved
    assert queue("manual", "pending") == [] and queue("manual", "approved") == ["a"]
    assert database.read(lambda u: u.assets.revision(cloud, asset.asset_id)) != before
    database.write(lambda unit: unit.assets.replace(replace(asset, moderations=())))
    assert queue("manual", "approved") == []


def test_kept_versions(database: Runner) -> None:
    asset = database.asset("a", backup=True)
    old, new = (
        AssetVersion(
            version_id=f"{number:032x}",
            asset_id=asset.asset_id,
            version=number,
            bytes=7,
            etag="f" * 32,
            blob_key=f"{number:064x}",
            created_at=MOMENT,
            format="png",
            facts={"width": 4, "media": {"duration": 1.5}},
        )
        for number in (1, 2)
    )
    database.write(lambda unit: unit.assets.add(asset))
    for version in (old, new):
        database.write(lambda unit, kept=version: unit.versions.add(kept))
    assert database.read(lambda u: u.versions.of(asset.asset_id)) == [new, old]
    keys = {old.blob_key, new.blob_key, "0" * 64}
    assert database.read(lambda u: u.blobs.used(keys)) == {old.blob_key, new.blob_key}
    assert (old.blob_key, f"version 1 of asset {asset.asset_id}") in database.read(
        lambda u: list(u.blobs.all())
    )
    gone = database.write(lambda u: u.versions.delete(asset.asset_id, [old.version_id, "none"]))
    assert gone == {old.version_id: old.blob_key}
    assert database.write(lambda u: u.versions.delete("other", [new.version_id])) == {}
    database.write(lambda unit: unit.assets.delete(asset.asset_id))
    assert database.read(lambda u: u.versions.of(asset.asset_id)) == []


def test_deleted_assets_with_a_backup_are_not_listed(database: Runner) -> None:
    left, gone = database.asset("a", phash="1" * 16), database.asset("b", phash="2" * 16)
    cloud = database.cloud.id
    for asset in (left, gone):
        database.write(lambda unit, new=asset: unit.assets.add(new))
    both = {(left.asset_id, left.phash), (gone.asset_id, gone.phash)}
    assert set(database.read(lambda u: u.assets.fingerprints(cloud))) == both
    deleted = replace(gone, placeholder=True, bytes=0, blob_key="")
    database.write(lambda unit: unit.assets.save_columns(deleted))
    assert database.read(lambda u: u.assets.get(cloud, gone.key)) == deleted
    for query in (AssetQuery(cloud), AssetQuery(cloud, public_ids=("a", "b"))):
        assert [a.public_id for a in database.read(lambda u, q=query: u.assets.page(q)).assets] == [
            "a"
        ]
    assert database.read(lambda u: u.assets.fingerprints(cloud)) == [(left.asset_id, left.phash)]
    assert [key for key, _ in database.read(lambda u: list(u.blobs.all()))] == [left.blob_key]
