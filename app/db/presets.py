"""Upload presets."""

from __future__ import annotations

from sqlalchemy import Connection, delete, select

from app.db.sql import upsert
from app.db.tables import upload_presets
from app.domain.presets import UploadPreset

_SELECT = select(
    upload_presets.c.name,
    upload_presets.c.external_id,
    upload_presets.c.unsigned,
    upload_presets.c.settings,
)


class SqlPresets:
    """The preset repository of one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, cloud_id: int, name: str) -> UploadPreset | None:
        """A preset by name."""
        statement = _SELECT.where(
            upload_presets.c.cloud_id == cloud_id, upload_presets.c.name == name
        )
        row = self._connection.execute(statement).first()
        return None if row is None else UploadPreset(*row)

    def put(self, cloud_id: int, preset: UploadPreset) -> None:
        """Create a preset or overwrite the one of that name."""
        values = {
            "external_id": preset.external_id,
            "unsigned": preset.unsigned,
            "settings": dict(preset.settings),
        }
        statement = upsert(self._connection, upload_presets).values(
            cloud_id=cloud_id, name=preset.name, **values
        )
        self._connection.execute(
            statement.on_conflict_do_update(index_elements=["cloud_id", "name"], set_=values)
        )

    def delete(self, cloud_id: int, name: str) -> bool:
        """Remove a preset; whether it was there."""
        statement = delete(upload_presets).where(
            upload_presets.c.cloud_id == cloud_id, upload_presets.c.name == name
        )
        return self._connection.execute(statement).rowcount > 0

    def page(self, cloud_id: int, limit: int, after: str) -> list[UploadPreset]:
        """Presets by name, those after ``after``."""
        statement = (
            _SELECT.where(upload_presets.c.cloud_id == cloud_id, upload_presets.c.name > after)
            .order_by(upload_presets.c.name)
            .limit(limit)
        )
        return [UploadPreset(*row) for row in self._connection.execute(statement)]
