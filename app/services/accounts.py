"""Who is calling: clouds, API keys and the checks of their credentials (CONTRACT A4, A5, A8)."""

from __future__ import annotations

import hmac
import secrets
import time
from collections.abc import Collection, Mapping
from datetime import UTC, datetime

from app.domain import signing
from app.domain.accounts import ApiKey, Cloud, DeliveryMode, FolderMode
from app.domain.detail import Detail
from app.domain.errors import BadRequest, Conflict, NotFound, Unauthorized
from app.domain.unit_of_work import Database, UnitOfWork

#: Seconds for which a signed request may be used.
MAX_AGE = 3600

#: Timestamps beyond this are milliseconds, as one driver sends them: seconds reach it in 5138.
MILLISECONDS_FROM = 100_000_000_000


class Accounts:
    """Credentials of all clouds."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def cloud(self, name: str) -> Cloud:
        """An enabled cloud.

        Raises:
            Unauthorized: ``Invalid cloud_name <name>`` or ``cloud_name <name> is disabled``.
        """
        return await self._database.read_hot(lambda unit: _cloud(unit, name))

    async def authenticate(self, cloud_name: str, key: str, secret: str) -> ApiKey:
        """Check a key and its secret (HTTP Basic).

        Raises:
            Unauthorized: which of cloud, key and secret is wrong.
        """

        return await self._database.read_hot(
            lambda unit: authenticate(unit, cloud_name, key, secret)
        )

    async def verify(
        self,
        cloud_name: str,
        key: str,
        params: Mapping[str, str],
        unsigned: Collection[str] = (),
    ) -> ApiKey:
        """Check the signature of a signed request.

        Args:
            params: every parameter as sent, ``signature`` and ``timestamp`` among them.
            unsigned: those that the signature may leave out.

        Raises:
            Unauthorized: unknown cloud or key, or a wrong signature.
            BadRequest: the timestamp is missing, malformed, or more than an hour old.
        """
        await self.cloud(cloud_name)
        found = await self._database.read_hot(lambda unit: unit.accounts.key(key))
        found = _usable(found, key, cloud_name)
        given = params.get("signature", "")
        covered = {name: value for name, value in params.items() if name not in unsigned}
        if not any(signing.matches(each, given, found.secret) for each in (params, covered)):
            text = signing.string_to_sign(params)
            raise Unauthorized(f"Invalid Signature {given}. String to sign - '{text}'.")
        check_timestamp(params.get("timestamp", ""))
        return found

    async def enabled_key(self, cloud_name: str, key: str) -> ApiKey:
        """A key of a cloud whose caller was checked before.

        Raises:
            Unauthorized: the cloud or the key is gone, or disabled.
        """
        await self.cloud(cloud_name)
        found = await self._database.read_hot(lambda unit: unit.accounts.key(key))
        return _usable(found, key, cloud_name)

    async def signing_key(self, cloud: Cloud) -> ApiKey:
        """The key that signs replies to unsigned uploads: the oldest that is enabled.

        Raises:
            Unauthorized: the cloud has no enabled key.
        """
        keys = await self.secrets(cloud)
        if not keys:
            raise Unauthorized(f"cloud_name {cloud.name} is disabled")
        return keys[0]

    async def secrets(self, cloud: Cloud) -> list[ApiKey]:
        """The enabled keys of a cloud, oldest first."""
        keys = await self._database.read_hot(lambda unit: unit.accounts.keys(cloud.id))
        return [key for key in keys if key.enabled]


class AccountAdministration:
    """What the operator does with clouds and keys."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def clouds(self) -> list[tuple[Cloud, list[ApiKey]]]:
        """Every cloud with its keys."""
        return await self._database.read(
            lambda unit: [(cloud, unit.accounts.keys(cloud.id)) for cloud in unit.accounts.clouds()]
        )

    async def add(self, name: str, key: str = "", secret: str = "") -> ApiKey:
        """Create a cloud with one key, generated unless given.

        Raises:
            Conflict: the cloud or the key exists.
        """
        return await self._database.write(
            lambda unit: _new_key(unit, unit.accounts.add_cloud(name), key, secret)
        )

    async def ensure(self, name: str, key: str = "", secret: str = "") -> ApiKey:
        """The cloud of that name with an enabled key; created and generated where missing.

        A given key that does not exist yet is added beside the others; a given secret that
        differs from the stored one is refused rather than silently changed.

        Raises:
            Conflict: the key belongs to another cloud or has another secret.
        """

        def work(unit: UnitOfWork) -> ApiKey:
            cloud = unit.accounts.cloud(name) or unit.accounts.add_cloud(name)
            enabled = [item for item in unit.accounts.keys(cloud.id) if item.enabled]
            if not key:
                return enabled[0] if enabled else _new_key(unit, cloud)
            stored = unit.accounts.key(key)
            if stored is None:
                return _new_key(unit, cloud, key, secret)
            if stored.cloud.id != cloud.id or stored.secret != secret:
                raise Conflict(f"API key {key} exists with another cloud or secret")
            return stored

        return await self._database.write(work)

    async def rotate(self, name: str, *, keep_old: bool = False) -> ApiKey:
        """Add a generated key to a cloud and, unless ``keep_old``, disable its others.

        Raises:
            NotFound: no such cloud.
        """

        def work(unit: UnitOfWork) -> ApiKey:
            cloud = _existing(unit, name)
            old = unit.accounts.keys(cloud.id)
            new = _new_key(unit, cloud)
            for item in old:
                if not keep_old:
                    unit.accounts.set_key_enabled(item.key, False)
            return new

        return await self._database.write(work)

    async def set_default_preset(self, name: str, preset: str) -> None:
        """Choose the preset for signed uploads that name none; empty for none.

        Raises:
            NotFound: no such cloud or preset.
        """

        def work(unit: UnitOfWork) -> None:
            cloud = _existing(unit, name)
            if preset and unit.presets.get(cloud.id, preset) is None:
                raise NotFound(f"Can't find upload preset named {preset}")
            unit.accounts.set_default_preset(cloud.id, preset)

        await self._database.write(work)

    async def set_detail(self, name: str, detail: Detail) -> None:
        """Choose how closely add-ons look at a cloud's pictures where nothing else says.

        Raises:
            NotFound: no such cloud.
        """
        await self._database.write(
            lambda unit: unit.accounts.set_detail(_existing(unit, name).id, detail)
        )

    async def set_delivery(self, name: str, mode: DeliveryMode) -> None:
        """Choose which transformations a cloud's unsigned delivery URLs may ask for.

        Raises:
            NotFound: no such cloud.
        """
        await self._database.write(
            lambda unit: unit.accounts.set_delivery(_existing(unit, name).id, mode)
        )

    async def set_folder_mode(self, name: str, mode: FolderMode) -> None:
        """Choose what folders are in a cloud.

        Raises:
            NotFound: no such cloud.
        """
        await self._database.write(
            lambda unit: unit.accounts.set_folder_mode(_existing(unit, name).id, mode)
        )


def authenticate(unit: UnitOfWork, cloud_name: str, key: str, secret: str) -> ApiKey:
    """Check a key and its secret within a work that goes on to use them.

    Raises:
        Unauthorized: which of cloud, key and secret is wrong.
    """
    found = unit.accounts.key(key)
    # The usual case needs no second look-up: the key knows its cloud.
    if found is None or found.cloud.name != cloud_name or not found.cloud.enabled:
        _cloud(unit, cloud_name)
    found = _usable(found, key, cloud_name)
    if not hmac.compare_digest(found.secret.encode(), secret.encode()):
        raise Unauthorized("api_secret mismatch")
    return found


def check_timestamp(text: str, now: float | None = None) -> None:
    """Hold a request's timestamp to the last hour; clocks that run ahead are forgiven.

    Raises:
        BadRequest: missing, malformed, or stale.
    """
    if not text:
        raise BadRequest("Missing required parameter - timestamp")
    if not (text.isascii() and text.isdigit() and len(text) <= 15):
        raise BadRequest(f"Invalid value {text} for parameter timestamp")
    seconds = int(text)
    if seconds >= MILLISECONDS_FROM:
        seconds //= 1000
    if (time.time() if now is None else now) - seconds > MAX_AGE:
        reported = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S +0000")
        raise BadRequest(
            f"Stale request - reported time is {reported} which is more than 1 hour ago"
        )


def _cloud(unit: UnitOfWork, name: str) -> Cloud:
    cloud = unit.accounts.cloud(name)
    if cloud is None:
        raise Unauthorized(f"Invalid cloud_name {name}")
    if not cloud.enabled:
        raise Unauthorized(f"cloud_name {name} is disabled")
    return cloud


def _usable(found: ApiKey | None, key: str, cloud_name: str) -> ApiKey:
    if found is None or not found.enabled:
        raise Unauthorized(f"Unknown API key {key}")
    if found.cloud.name != cloud_name:
        raise Unauthorized("cloud_name mismatch")
    return found


def _existing(unit: UnitOfWork, name: str) -> Cloud:
    cloud = unit.accounts.cloud(name)
    if cloud is None:
        raise NotFound(f"There is no cloud named {name}")
    return cloud


def _new_key(unit: UnitOfWork, cloud: Cloud, key: str = "", secret: str = "") -> ApiKey:
    # Fifteen digits and 27 characters, as the real service's look.
    key = key or str(secrets.randbelow(9 * 10**14) + 10**14)
    return unit.accounts.add_key(cloud, key, secret or secrets.token_urlsafe(20))
