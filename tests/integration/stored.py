"""What a live server has in its database, beyond what it says over HTTP."""

from __future__ import annotations

import asyncio

from app.db.database import open_database
from app.domain.assets import Asset, AssetKey
from app.domain.unit_of_work import UnitOfWork
from tests.live import CLOUD, LiveServer


def stored(server: LiveServer, public_id: str) -> Asset:
    """An asset as the server's database has it, provenance and all."""
    url = server.database_url or f"sqlite:///{server.data_dir / 'lenticular.db'}"

    def work(unit: UnitOfWork) -> Asset | None:
        cloud = unit.accounts.cloud(CLOUD)
        assert cloud is not None
        return unit.assets.get(cloud.id, AssetKey("image", "upload", public_id))

    async def read() -> Asset | None:
        database = open_database(url)
        try:
            return await database.read(work)
        finally:
            await database.close()

    asset = asyncio.run(read())
    assert asset is not None
    return asset
