"""What a live server has in its database, beyond what it says over HTTP."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

from app.db.database import open_database
from app.domain.assets import Asset, AssetKey, ResourceType
from app.domain.derivatives import Derivative
from app.domain.unit_of_work import UnitOfWork
from tests.live import CLOUD, LiveServer

T = TypeVar("T")


def stored(
    server: LiveServer,
    public_id: str,
    type: str = "upload",
    resource_type: ResourceType = "image",
) -> Asset:
    """An asset as the server's database has it, provenance and all."""

    def work(unit: UnitOfWork) -> Asset | None:
        cloud = unit.accounts.cloud(CLOUD)
        assert cloud is not None
        return unit.assets.get(cloud.id, AssetKey(resource_type, type, public_id))

    asset = in_database(server, work)
    assert asset is not None
    return asset


def derive(
    server: LiveServer,
    public_id: str,
    transformation: str,
    extension: str = "jpg",
    type: str = "upload",
) -> Derivative:
    """Store a derivative's row beside the server, as a worker of its own would.

    Its blob is not there: these are tests of what is known of derivatives.
    """
    asset = stored(server, public_id, type)
    now = datetime.now(UTC).replace(microsecond=0)
    key = uuid.uuid4().hex * 2
    made = Derivative(
        uuid.uuid4().hex,
        asset.asset_id,
        key,
        transformation,
        extension or "jpg",
        extension,
        20,
        10,
        1036,
        "d" * 32,
        key,
        now,
        now,
    )
    in_database(server, lambda unit: unit.derivatives.put(made))
    return made


def derived(server: LiveServer, public_id: str) -> list[str]:
    """The ids of an asset's derivatives in the server's database."""
    asset = stored(server, public_id)
    page = in_database(server, lambda unit: unit.derivatives.page(asset.asset_id, 1000))
    return [item.id for item in page]


def in_database(server: LiveServer, work: Callable[[UnitOfWork], T]) -> T:
    """Run a work on the server's database."""
    url = server.database_url or f"sqlite:///{server.data_dir / 'lenticular.db'}"

    async def run() -> T:
        database = open_database(url)
        try:
            return await database.write(work)
        finally:
            await database.close()

    return asyncio.run(run())
