"""The database's sockets for structured metadata."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from app.domain.metadata.fields import MetadataField
from app.domain.metadata.rules import MetadataRule


class MetadataFields(Protocol):
    """Metadata fields of a cloud."""

    def all(self, cloud_id: int) -> list[MetadataField]:
        """Every field in the cloud's order."""

    def get(self, cloud_id: int, external_id: str, *, lock: bool = False) -> MetadataField | None:
        """A field. ``lock``: others wait to change it until this transaction ends."""

    def add(self, cloud_id: int, field: MetadataField, *, free_since: datetime) -> bool:
        """Create a field at the end of the order; whether its external id was free.

        Args:
            free_since: ids of fields that were deleted after that are not free yet.
        """

    def save(self, cloud_id: int, field: MetadataField) -> None:
        """Overwrite the field of that external id; its place stays."""

    def reorder(self, cloud_id: int, external_ids: Sequence[str]) -> None:
        """Put the cloud's fields in this order."""

    def delete(self, cloud_id: int, external_id: str, when: datetime) -> None:
        """Remove a field, the values that assets have in it, and the rules for it.

        Its external id stays taken until :meth:`add` says that it is free.
        """


class MetadataRules(Protocol):
    """Conditional metadata rules of a cloud."""

    def all(self, cloud_id: int) -> list[MetadataRule]:
        """Every rule, by field, then by position, then oldest first."""

    def get(self, cloud_id: int, external_id: str) -> MetadataRule | None:
        """A rule."""

    def put(self, cloud_id: int, rule: MetadataRule) -> None:
        """Create it or overwrite the one of that id, which keeps its age."""

    def delete(self, cloud_id: int, external_id: str) -> bool:
        """Remove it; whether it was there."""
