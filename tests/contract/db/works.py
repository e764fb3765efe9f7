"""Runs works from synchronous tests, and makes assets for them."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from typing import Any, TypeVar

from app.db.database import SqlDatabase
from app.domain.assets import Asset, Categorization, Tag
from app.domain.categories import Category
from app.domain.derivatives import Derivative
from app.domain.unit_of_work import UnitOfWork

T = TypeVar("T")

MOMENT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


class Runner:
    """A database with an event loop of its own."""

    def __init__(self, make: Callable[[], SqlDatabase]) -> None:
        self._runner = asyncio.Runner()
        self.database = make()
        self.cloud = self.write(lambda unit: unit.accounts.add_cloud("acme"))

    def __enter__(self) -> Runner:
        return self

    def __exit__(self, *_: object) -> None:
        self.run(self.database.close())
        self._runner.close()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self._runner.run(work)

    def write(self, work: Callable[[UnitOfWork], T]) -> T:
        return self.run(self.database.write(work))

    def read(self, work: Callable[[UnitOfWork], T]) -> T:
        first = self.run(self.database.read(work))
        second = self.run(self.database.read_hot(work))
        assert first == second
        return first

    def asset(self, public_id: str, **changes: Any) -> Asset:
        values: dict[str, Any] = {
            "asset_id": uuid.uuid4().hex,
            "cloud_id": self.cloud.id,
            "resource_type": "image",
            "type": "upload",
            "public_id": public_id,
            "version": 1,
            "version_id": uuid.uuid4().hex,
            "bytes": 10,
            "etag": "e" * 32,
            "blob_key": "b" * 64,
            "created_at": MOMENT,
            "updated_at": MOMENT,
            "format": "jpg",
            "width": 4,
            "height": 3,
            "pages": 1,
            "display_name": public_id,
            "original_filename": "x",
            "context": {"a|b": "c=d"},
        }
        return Asset(**(values | changes))


def derivative(asset: Asset, transformation: str, **changes: Any) -> Derivative:
    key = uuid.uuid4().hex * 2
    values: dict[str, Any] = {
        "id": uuid.uuid4().hex,
        "asset_id": asset.asset_id,
        "key": key,
        "transformation": transformation,
        "format": "webp",
        "extension": "jpg",
        "width": 40,
        "height": 30,
        "bytes": 100,
        "etag": "d" * 32,
        "blob_key": key,
        "created_at": MOMENT,
        "used_at": MOMENT,
    }
    return Derivative(**(values | changes))


def result(addon: str = "imagga_tagging", confidence: float = 0.1234) -> Categorization:
    words = (
        Category("cat", 0.9, "n02121808"),
        Category("ünïcode", confidence, source="scenes 1.0 é"),
    )
    return Categorization(addon, "engine", "1.0", "complete", ("fi", "da"), words)


TAGS = (Tag("a"), Tag("cat", "imagga_tagging", "engine", "1.0"), Tag("b"))
