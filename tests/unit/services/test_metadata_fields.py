"""Limits of metadata fields and rules, which fill a cloud of their own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from app.db.database import open_database
from app.db.migrate import migrate
from app.domain.accounts import Cloud
from app.domain.errors import BadRequest, NotFound
from app.domain.metadata import rules
from app.domain.metadata.fields import MAX_FIELDS
from app.domain.params import Params
from app.domain.unit_of_work import Database
from app.services.metadata_fields import MetadataFields
from app.services.metadata_rules import MetadataRules


@asynccontextmanager
async def opened(directory: Path) -> AsyncIterator[tuple[Database, Cloud]]:
    url = f"sqlite:///{directory / 'lenticular.db'}"
    migrate(url)
    database = open_database(url)
    try:
        yield database, await database.write(lambda unit: unit.accounts.add_cloud("acme"))
    finally:
        await database.close()


def params(external_id: str = "", **given: Any) -> Params:
    return Params.from_mapping({"type": "string", "label": "x", "external_id": external_id} | given)


def test_as_many_fields_as_fit(tmp_path: Path) -> None:
    async def fill() -> None:
        async with opened(tmp_path) as (database, cloud):
            fields = MetadataFields(database)
            for number in range(MAX_FIELDS):
                await fields.create(cloud, params(f"f{number}"))
            with pytest.raises(BadRequest, match="Maximum is 100"):
                await fields.create(cloud, params())
            other = await database.write(lambda unit: unit.accounts.add_cloud("other"))
            await fields.create(other, params())
            # A deleted field makes room, though not for its own id at once.
            await fields.delete(cloud, "f7")
            with pytest.raises(BadRequest, match="external id f7 already exists"):
                await fields.create(cloud, params("f7"))
            await fields.create(cloud, params("f100"))
            names = [item.external_id for item in await fields.all(cloud)]
            assert names == [f"f{n}" for n in range(MAX_FIELDS + 1) if n != 7]
            with pytest.raises(NotFound):
                await fields.delete(cloud, "f7")

    asyncio.run(fill())


def test_as_many_rules_as_fit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.services.metadata_rules.MAX_RULES", 3)
    assert rules.MAX_RULES == 1000
    rule = {
        "metadata_field_id": "f",
        "name": "n",
        "condition": {"metadata_field_id": "f", "populated": True},
        "result": {"enable": True},
    }

    async def fill() -> None:
        async with opened(tmp_path) as (database, cloud):
            await MetadataFields(database).create(cloud, params("f"))
            for _ in range(3):
                await MetadataRules(database).create(cloud, Params.from_mapping(rule))
            with pytest.raises(BadRequest, match="Maximum is 3"):
                await MetadataRules(database).create(cloud, Params.from_mapping(rule))
            assert len(await MetadataRules(database).all(cloud)) == 3

    asyncio.run(fill())
