"""Use case of the Upload API's ``metadata`` action, and the check that every write of metadata
goes through (CONTRACT B2, D7)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from app.domain.accounts import Cloud
from app.domain.errors import BadRequest
from app.domain.metadata.definitions import with_added
from app.domain.metadata.fields import by_id
from app.domain.metadata.values import Checked, check_values
from app.domain.unit_of_work import Database, UnitOfWork
from app.services.tag_commands import Selection, find_selected

#: Assets that one call may change.
MAX_ASSETS = 1000


class MetadataCommands:
    """Changes the metadata of several assets in one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def update(
        self, selection: Selection, given: Mapping[str, Any], *, clear_invalid: bool
    ) -> tuple[str, ...]:
        """Give the selected assets these values; the public ids that were found.

        Values of other fields stay, an empty value removes one. If one asset cannot have
        these values, none gets them.

        Args:
            given: values by external id, from :func:`app.domain.metadata.values.parse`.
            clear_invalid: drop what does not fit instead of refusing it.

        Raises:
            BadRequest: an unknown field, a value that does not fit, or too many assets.
        """
        if len(selection.public_ids) > MAX_ASSETS:
            raise BadRequest(f"Too many operations. Maximum is {MAX_ASSETS}.")

        def work(unit: UnitOfWork) -> tuple[str, ...]:
            found = find_selected(unit, selection)
            fields = by_id(unit.metadata_fields.all(selection.cloud.id))
            # A wrong field is a mistake even where no asset is found.
            check_values(fields, given, {}, clear_invalid=clear_invalid)
            now = datetime.now(UTC).replace(microsecond=0)
            for asset in found:
                checked = check_values(fields, given, asset.metadata, clear_invalid=clear_invalid)
                _add_options(unit, selection.cloud, checked)
                changed = replace(asset, metadata=checked.values, updated_at=now)
                unit.assets.save_columns(changed)
            return tuple(asset.public_id for asset in found)

        return await self._database.write(work)


def cleaned(
    unit: UnitOfWork,
    cloud: Cloud,
    given: Mapping[str, Any],
    stored: Mapping[str, Any],
    *,
    clear_invalid: bool = False,
    creating: bool = False,
) -> dict[str, Any]:
    """What an asset has once ``given`` is applied; to be called in the transaction that keeps it.

    Values that a dynamic list does not know yet become options of their field.

    Args:
        given: values by external id, from :func:`app.domain.metadata.values.parse`.
        stored: what the asset has so far; nothing for a new one.
        creating: the asset is new, or is made new by an upload that overwrites it: defaults
            apply and mandatory fields must have a value.

    Raises:
        BadRequest: as :func:`app.domain.metadata.values.check_values`.
    """
    fields = by_id(unit.metadata_fields.all(cloud.id))
    checked = check_values(fields, given, stored, clear_invalid=clear_invalid, creating=creating)
    _add_options(unit, cloud, checked)
    return checked.values


def _add_options(unit: UnitOfWork, cloud: Cloud, checked: Checked) -> None:
    # In sorted order, so that two transactions that add options cannot wait for each other.
    for name, options in sorted(checked.options.items()):
        field = unit.metadata_fields.get(cloud.id, name, lock=True)
        if field is not None:
            unit.metadata_fields.save(cloud.id, with_added(field, options))
