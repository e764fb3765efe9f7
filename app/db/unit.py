"""The repositories of one transaction."""

from __future__ import annotations

from functools import cached_property

from sqlalchemy import Connection

from app.db.accounts import SqlAccounts
from app.db.assets import SqlAssets
from app.db.blobs import SqlBlobReferences
from app.db.chunks import SqlChunkedUploads
from app.db.derivatives import SqlDerivatives
from app.db.jobs import SqlJobs
from app.db.metadata_fields import SqlMetadataFields, SqlMetadataRules
from app.db.presets import SqlPresets
from app.db.transformations import SqlTransformations
from app.db.versions import SqlVersions


class SqlUnitOfWork:
    """Implements :class:`app.domain.unit_of_work.UnitOfWork` on a connection.

    Whoever makes it begins and ends the transaction.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @cached_property
    def assets(self) -> SqlAssets:
        """Assets, tags, categorizations."""
        return SqlAssets(self._connection)

    @cached_property
    def versions(self) -> SqlVersions:
        """Kept versions of assets."""
        return SqlVersions(self._connection)

    @cached_property
    def accounts(self) -> SqlAccounts:
        """Clouds and keys."""
        return SqlAccounts(self._connection)

    @cached_property
    def presets(self) -> SqlPresets:
        """Upload presets."""
        return SqlPresets(self._connection)

    @cached_property
    def chunked_uploads(self) -> SqlChunkedUploads:
        """Uploads in chunks."""
        return SqlChunkedUploads(self._connection)

    @cached_property
    def derivatives(self) -> SqlDerivatives:
        """Derived images."""
        return SqlDerivatives(self._connection)

    @cached_property
    def transformations(self) -> SqlTransformations:
        """Named and allowed transformations."""
        return SqlTransformations(self._connection)

    @cached_property
    def metadata_fields(self) -> SqlMetadataFields:
        """Structured metadata fields."""
        return SqlMetadataFields(self._connection)

    @cached_property
    def metadata_rules(self) -> SqlMetadataRules:
        """Conditional metadata rules."""
        return SqlMetadataRules(self._connection)

    @cached_property
    def jobs(self) -> SqlJobs:
        """Background jobs."""
        return SqlJobs(self._connection)

    @cached_property
    def blobs(self) -> SqlBlobReferences:
        """References to blobs."""
        return SqlBlobReferences(self._connection)
