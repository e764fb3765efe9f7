"""Clouds and API keys."""

from __future__ import annotations

import time
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from app.db.sql import AnyRow, Prepared, from_seconds
from app.db.tables import api_keys, clouds
from app.domain.accounts import ApiKey, Cloud, DeliveryMode, FolderMode
from app.domain.detail import Detail
from app.domain.errors import Conflict

_CLOUD = Prepared(select(clouds).where(clouds.c.name == bindparam("given")))
_KEYS = select(
    api_keys.c.key, api_keys.c.secret, api_keys.c.created_at, api_keys.c.enabled, clouds
).join_from(api_keys, clouds)
_KEY = Prepared(_KEYS.where(api_keys.c.key == bindparam("given")))
_KEYS_OF = Prepared(
    _KEYS.where(api_keys.c.cloud_id == bindparam("cloud")).order_by(api_keys.c.position)
)


def _to_cloud(row: AnyRow | tuple[Any, ...]) -> Cloud:
    number, name, created, enabled, *rest = row
    return Cloud(number, name, from_seconds(created), bool(enabled), *rest)


def _to_key(row: AnyRow | tuple[Any, ...]) -> ApiKey:
    key, secret, created, enabled, *cloud = row
    return ApiKey(key, secret, _to_cloud(tuple(cloud)), from_seconds(created), bool(enabled))


class SqlAccounts:
    """The account repository of one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def cloud(self, name: str) -> Cloud | None:
        """A cloud by name."""
        rows = _CLOUD.rows(self._connection, {"given": name})
        return _to_cloud(rows[0]) if rows else None

    def clouds(self) -> list[Cloud]:
        """Every cloud, by id."""
        return [
            _to_cloud(row) for row in self._connection.execute(select(clouds).order_by(clouds.c.id))
        ]

    def key(self, key: str) -> ApiKey | None:
        """An API key with its cloud."""
        rows = _KEY.rows(self._connection, {"given": key})
        return _to_key(rows[0]) if rows else None

    def keys(self, cloud_id: int) -> list[ApiKey]:
        """The keys of a cloud, oldest first."""
        return list(map(_to_key, _KEYS_OF.rows(self._connection, {"cloud": cloud_id})))

    def add_cloud(self, name: str) -> Cloud:
        """Create a cloud."""
        if self.cloud(name) is not None:
            raise Conflict(f"There is a cloud named {name} already")
        self._connection.execute(
            insert(clouds).values(
                name=name,
                created_at=int(time.time()),
                enabled=True,
                default_preset="",
                detail="fast",
                delivery="open",
                folder_mode="dynamic",
            )
        )
        created = self.cloud(name)
        assert created is not None  # noqa: S101 - inserted just above, in this transaction
        return created

    def add_key(self, cloud: Cloud, key: str, secret: str) -> ApiKey:
        """Create a key."""
        if self.key(key) is not None:
            raise Conflict(f"There is an API key {key} already")
        now = time.time_ns()
        self._connection.execute(
            insert(api_keys).values(
                key=key,
                secret=secret,
                cloud_id=cloud.id,
                created_at=now // 10**9,
                position=now,
                enabled=True,
            )
        )
        return ApiKey(key, secret, cloud, from_seconds(now // 10**9))

    def set_key_enabled(self, key: str, enabled: bool) -> None:
        """Switch a key on or off."""
        statement = update(api_keys).where(api_keys.c.key == key)
        self._connection.execute(statement.values(enabled=enabled))

    def set_default_preset(self, cloud_id: int, name: str) -> None:
        """Choose a cloud's default preset."""
        statement = update(clouds).where(clouds.c.id == cloud_id)
        self._connection.execute(statement.values(default_preset=name))

    def set_detail(self, cloud_id: int, detail: Detail) -> None:
        """Choose how closely add-ons look at a cloud's pictures."""
        statement = update(clouds).where(clouds.c.id == cloud_id)
        self._connection.execute(statement.values(detail=detail))

    def set_delivery(self, cloud_id: int, mode: DeliveryMode) -> None:
        """Choose which transformations a cloud's unsigned delivery URLs may ask for."""
        statement = update(clouds).where(clouds.c.id == cloud_id)
        self._connection.execute(statement.values(delivery=mode))

    def set_folder_mode(self, cloud_id: int, mode: FolderMode) -> None:
        """Choose what folders are in a cloud."""
        statement = update(clouds).where(clouds.c.id == cloud_id)
        self._connection.execute(statement.values(folder_mode=mode))
