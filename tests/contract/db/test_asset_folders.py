"""Assets by the folder that they lie in."""

from __future__ import annotations

from dataclasses import replace

from app.domain.assets import AssetQuery, Tag
from app.domain.unit_of_work import UnitOfWork
from tests.contract.db.works import Runner

FOLDERS = {"b": "trips", "a": "trips", "c": "trips/far", "d": "", "e": "Trips", "f": "trips"}


def names(database: Runner, query: AssetQuery) -> list[str]:
    page = database.read(lambda unit: unit.assets.page(query))
    return [asset.public_id for asset in page.assets]


def test_assets_of_a_folder_and_of_none_below_it(database: Runner) -> None:
    def add(unit: UnitOfWork) -> None:
        for name, folder in FOLDERS.items():
            tags = (Tag("t"),) if name in "abc" else ()
            unit.assets.add(database.asset(name, asset_folder=folder, tags=tags))

    database.write(add)
    query = AssetQuery(database.cloud.id, prefix="")
    assert names(database, replace(query, asset_folder="trips")) == ["a", "b", "f"]
    assert names(database, replace(query, asset_folder="trips/far")) == ["c"]
    assert names(database, replace(query, asset_folder="")) == ["d"]
    assert names(database, replace(query, asset_folder="trip")) == []
    assert names(database, replace(query, asset_folder="trips", tag="t")) == ["a", "b"]
    assert names(database, query) == sorted(FOLDERS)
