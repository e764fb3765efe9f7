"""How calls name assets: by what makes them unique, or by their asset id."""

from __future__ import annotations

from typing import TypeAlias

from app.domain.accounts import Cloud
from app.domain.assets import Asset, AssetKey
from app.domain.unit_of_work import UnitOfWork

Target: TypeAlias = AssetKey | str


def name_of(target: Target) -> str:
    """The target as messages call it."""
    return target if isinstance(target, str) else target.public_id


def find(unit: UnitOfWork, cloud: Cloud, target: Target, *, lock: bool = False) -> Asset | None:
    """An asset by key or by asset id, deleted ones with a backup among them."""
    if isinstance(target, str):
        return unit.assets.get_by_id(cloud.id, target, lock=lock)
    return unit.assets.get(cloud.id, target, lock=lock)
