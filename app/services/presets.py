"""Use cases of upload presets (CONTRACT A6, E9)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from app.domain import cursors, public_ids
from app.domain.accounts import Cloud
from app.domain.errors import BadRequest, NotFound
from app.domain.presets import UploadPreset
from app.domain.unit_of_work import Database, UnitOfWork


class Presets:
    """The upload presets of all clouds."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def for_upload(self, cloud: Cloud, name: str, *, signed: bool) -> UploadPreset | None:
        """The preset that applies to an upload, if any.

        Raises:
            BadRequest: it does not exist, or an unsigned upload may not use it.
        """
        name = name or (cloud.default_preset if signed else "")
        if not name:
            if signed:
                return None
            raise BadRequest("Upload preset must be specified when using unsigned upload")
        preset = await self._database.read_hot(lambda unit: unit.presets.get(cloud.id, name))
        if preset is None:
            raise BadRequest("Upload preset not found")
        if not signed and not preset.unsigned:
            raise BadRequest("Upload preset must be whitelisted for unsigned uploads")
        return preset

    async def get(self, cloud: Cloud, name: str) -> UploadPreset:
        """A preset by name.

        Raises:
            NotFound: ``Can't find upload preset named <name>``.
        """
        return await self._database.read(lambda unit: _existing(unit, cloud, name))

    async def page(
        self, cloud: Cloud, limit: int, token: str = ""
    ) -> tuple[list[UploadPreset], str | None]:
        """One page of presets by name, and the cursor of the next."""
        after = ""
        if token:
            match cursors.unpack(token):
                case ["presets", str(name)]:
                    after = name
                case _:
                    raise BadRequest("Invalid value for parameter next_cursor")
        presets = await self._database.read(
            lambda unit: unit.presets.page(cloud.id, limit + 1, after)
        )
        if len(presets) <= limit:
            return presets, None
        return presets[:limit], cursors.pack(["presets", presets[limit - 1].name])

    async def create(
        self, cloud: Cloud, name: str, *, unsigned: bool, settings: Mapping[str, Any]
    ) -> UploadPreset:
        """Create a preset, or overwrite the one of that name; a random name if it is empty."""
        name = name or public_ids.random_id(8)

        def work(unit: UnitOfWork) -> UploadPreset:
            old = unit.presets.get(cloud.id, name)
            external_id = old.external_id if old else uuid.uuid4().hex
            preset = UploadPreset(name, external_id, unsigned, dict(settings))
            unit.presets.put(cloud.id, preset)
            return preset

        return await self._database.write(work)

    async def update(
        self, cloud: Cloud, name: str, *, unsigned: bool | None, settings: Mapping[str, Any]
    ) -> UploadPreset:
        """Change what is given and keep the rest.

        Raises:
            NotFound: ``Can't find upload preset named <name>``.
        """

        def work(unit: UnitOfWork) -> UploadPreset:
            old = _existing(unit, cloud, name)
            preset = UploadPreset(
                name,
                old.external_id,
                old.unsigned if unsigned is None else unsigned,
                {**old.settings, **settings},
            )
            unit.presets.put(cloud.id, preset)
            return preset

        return await self._database.write(work)

    async def delete(self, cloud: Cloud, name: str) -> None:
        """Remove a preset.

        Raises:
            NotFound: ``Can't find upload preset named <name>``.
        """

        def work(unit: UnitOfWork) -> None:
            _existing(unit, cloud, name)
            unit.presets.delete(cloud.id, name)
            if cloud.default_preset == name:
                unit.accounts.set_default_preset(cloud.id, "")

        await self._database.write(work)


def _existing(unit: UnitOfWork, cloud: Cloud, name: str) -> UploadPreset:
    preset = unit.presets.get(cloud.id, name)
    if preset is None:
        raise NotFound(f"Can't find upload preset named {name}")
    return preset
