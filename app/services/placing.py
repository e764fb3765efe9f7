"""Where assets lie in the library: display names that nobody else has in a folder."""

from __future__ import annotations

from dataclasses import replace

from app.domain import public_ids
from app.domain.assets import Asset
from app.domain.unit_of_work import UnitOfWork

_SUFFIX = 6


def with_unique_display_name(unit: UnitOfWork, asset: Asset) -> Asset:
    """The asset with a display name that no other one in its folder has.

    A name that is taken gets ``_`` and six random characters, as ``unique_filename`` does it.
    """
    name = asset.display_name
    while unit.assets.has_display_name(asset, name):
        stem = asset.display_name[: public_ids.MAX_LENGTH - _SUFFIX - 1]
        name = f"{stem}_{public_ids.random_id(_SUFFIX)}"
    return replace(asset, display_name=name)
