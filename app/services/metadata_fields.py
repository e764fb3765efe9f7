"""Use cases of structured metadata fields (CONTRACT E11)."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from app.domain.accounts import Cloud
from app.domain.errors import BadRequest, NotFound
from app.domain.metadata import definitions
from app.domain.metadata.fields import MAX_FIELDS, MetadataField
from app.domain.params import Params
from app.domain.unit_of_work import Database, UnitOfWork

#: How long the external id of a deleted field stays taken. Cloudinary keeps it while the field's
#: values are being removed, for some minutes; its SDKs expect it to be taken right afterwards.
RESERVATION = timedelta(minutes=5)

_ORDERS: dict[str, Callable[[MetadataField], object]] = {
    "label": lambda item: definitions.natural_order(item.label),
    "external_id": lambda item: item.external_id,
    "created_at": lambda item: item.created_at,
}


@dataclass(frozen=True, slots=True)
class FoundOption:
    """An option that a search has found, with the field it belongs to."""

    field_id: str
    external_id: str
    value: str


class MetadataFields:
    """The metadata fields of all clouds."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self, cloud: Cloud) -> list[MetadataField]:
        """Every field in the cloud's order."""
        return await self._database.read(lambda unit: unit.metadata_fields.all(cloud.id))

    async def get(self, cloud: Cloud, external_id: str) -> MetadataField:
        """A field.

        Raises:
            NotFound: there is none of that external id.
        """
        return await self._database.read(lambda unit: _existing(unit, cloud, external_id))

    async def create(self, cloud: Cloud, params: Params) -> MetadataField:
        """Create the field that a request describes.

        Raises:
            BadRequest: something is missing or wrong, the external id is taken, or there are
                too many fields.
        """
        now = datetime.now(UTC).replace(microsecond=0)
        made = definitions.new_field(params, now)

        def work(unit: UnitOfWork) -> MetadataField:
            if len(unit.metadata_fields.all(cloud.id)) >= MAX_FIELDS:
                raise BadRequest(f"Too many metadata fields. Maximum is {MAX_FIELDS}.")
            if not unit.metadata_fields.add(cloud.id, made, free_since=now - RESERVATION):
                raise BadRequest(f"external id {made.external_id} already exists")
            return made

        return await self._database.write(work)

    async def update(self, cloud: Cloud, external_id: str, params: Params) -> MetadataField:
        """Change what a request gives and keep the rest.

        Raises:
            NotFound: there is none of that external id.
            BadRequest: something given is wrong.
        """
        return await self._change(
            cloud, external_id, lambda item: definitions.changed_field(item, params)
        )

    async def delete(self, cloud: Cloud, external_id: str) -> None:
        """Remove a field with its values and the rules for it.

        Raises:
            NotFound: there is none of that external id.
        """
        now = datetime.now(UTC)

        def work(unit: UnitOfWork) -> None:
            _existing(unit, cloud, external_id, lock=True)
            unit.metadata_fields.delete(cloud.id, external_id, now)

        await self._database.write(work)

    async def update_options(
        self, cloud: Cloud, external_id: str, entries: object
    ) -> MetadataField:
        """Add options and rename those whose external id is there.

        Raises:
            NotFound: there is no such field.
            BadRequest: it has no options, or the entries are malformed or too many.
        """
        return await self._change(
            cloud, external_id, lambda item: definitions.with_options(item, entries)
        )

    async def set_options_active(
        self, cloud: Cloud, external_id: str, names: Collection[str], *, active: bool
    ) -> MetadataField:
        """Restore options, or block them: no asset gets them any more, those that have them stay.

        Raises:
            NotFound: there is no such field.
            BadRequest: no names, or it has no such options, or its default needs one of them.
        """
        if not names:
            raise BadRequest("Missing required parameter - external_ids")
        return await self._change(
            cloud, external_id, lambda item: definitions.with_states(item, names, active=active)
        )

    async def order_options(
        self, cloud: Cloud, external_id: str, order_by: str, direction: str
    ) -> MetadataField:
        """Sort a field's options by their values.

        Raises:
            NotFound: there is no such field.
            BadRequest: it has no options; an order or a direction that does not exist.
        """
        if order_by != "value":
            raise BadRequest(f"Invalid value {order_by} for parameter order_by")
        descending = _descending(direction)
        return await self._change(
            cloud, external_id, lambda item: definitions.with_order(item, descending=descending)
        )

    async def reorder(self, cloud: Cloud, order_by: str, direction: str) -> list[MetadataField]:
        """Sort the fields by ``label``, ``external_id`` or ``created_at``; all in the new order.

        Raises:
            BadRequest: an order or a direction that does not exist.
        """
        key = _ORDERS.get(order_by)
        if key is None:
            raise BadRequest(f"Invalid value {order_by} for parameter order_by")
        descending = _descending(direction)

        def work(unit: UnitOfWork) -> list[MetadataField]:
            fields = unit.metadata_fields.all(cloud.id)
            fields.sort(key=key, reverse=descending)  # type: ignore[arg-type]  # each key sorts
            unit.metadata_fields.reorder(cloud.id, [item.external_id for item in fields])
            return fields

        return await self._database.write(work)

    async def search_options(self, cloud: Cloud, term: str, limit: int) -> list[FoundOption]:
        """Active options of all fields whose values contain ``term`` in either case."""
        wanted = term.casefold()
        return [
            FoundOption(item.external_id, option.external_id, option.value)
            for item in await self.all(cloud)
            for option in item.options
            if option.active and wanted in option.value.casefold()
        ][:limit]

    async def _change(
        self, cloud: Cloud, external_id: str, change: Callable[[MetadataField], MetadataField]
    ) -> MetadataField:
        def work(unit: UnitOfWork) -> MetadataField:
            changed = change(_existing(unit, cloud, external_id, lock=True))
            unit.metadata_fields.save(cloud.id, changed)
            return changed

        return await self._database.write(work)


def _existing(
    unit: UnitOfWork, cloud: Cloud, external_id: str, *, lock: bool = False
) -> MetadataField:
    field = unit.metadata_fields.get(cloud.id, external_id, lock=lock)
    if field is None:
        raise NotFound(f"Can't find metadata field with external id {external_id}")
    return field


def _descending(direction: str) -> bool:
    if direction not in ("", "asc", "desc"):
        raise BadRequest(f"Invalid value {direction} for parameter direction")
    return direction == "desc"
