"""New assets: what every one of them begins with, whoever makes it."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

from app.domain.accounts import Cloud
from app.domain.assets import Asset, AssetKey
from app.domain.ports import BlobInfo


def new_asset(cloud: Cloud, key: AssetKey, info: BlobInfo) -> Asset:
    """An asset of these bytes, made now: ids, version, times and names, and nothing else.

    Its version, and its id if the name is taken, are settled on commit.
    """
    now = datetime.now(UTC).replace(microsecond=0)
    return Asset(
        asset_id=uuid.uuid4().hex,
        cloud_id=cloud.id,
        resource_type=key.resource_type,
        type=key.type,
        public_id=key.public_id,
        version=int(now.timestamp()),
        version_id=uuid.uuid4().hex,
        bytes=info.size,
        etag=info.md5,
        blob_key=info.key,
        created_at=now,
        updated_at=now,
        display_name=key.public_id.rpartition("/")[2],
    )
