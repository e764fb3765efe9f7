"""Bringing a database to the newest schema."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, create_engine, text

from app.db.database import normalised

#: Where the migrations lie: beside the package.
MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"

_LOCK = 0x1E47_0002


def configuration(migrations: Path = MIGRATIONS) -> Config:
    """Alembic's configuration without its ini file."""
    config = Config()
    config.set_main_option("script_location", str(migrations).replace("%", "%%"))
    return config


def migrate(url: str, revision: str = "head", migrations: Path = MIGRATIONS) -> None:
    """Upgrade (or, to an older revision, downgrade) a database.

    Several processes may do so at once: one migrates, the others find nothing to do.

    Args:
        url: an SQLAlchemy URL.
        revision: target; ``head`` is the newest, ``base`` an empty database.
    """
    parsed = normalised(url)
    engine = create_engine(parsed)
    try:
        with engine.connect() as connection, _alone(parsed, connection):
            config = configuration(migrations)
            config.attributes["connection"] = connection
            script = ScriptDirectory.from_config(config)
            current = MigrationContext.configure(connection).get_current_revision()
            connection.rollback()
            if revision == "head" or _is_ahead(script, revision, current):
                command.upgrade(config, revision)
            else:
                command.downgrade(config, revision)
    finally:
        engine.dispose()


def current_and_head(url: str, migrations: Path = MIGRATIONS) -> tuple[str | None, str | None]:
    """The revision a database is at (``None``: empty) and the newest there is."""
    engine = create_engine(normalised(url))
    try:
        with engine.connect() as connection:
            current = MigrationContext.configure(connection).get_current_revision()
    finally:
        engine.dispose()
    return current, ScriptDirectory.from_config(configuration(migrations)).get_current_head()


def _is_ahead(script: ScriptDirectory, revision: str, current: str | None) -> bool:
    if revision == "base":
        return False
    order = [item.revision for item in script.walk_revisions()]  # newest first
    return current is None or order.index(revision) <= order.index(current)


@contextmanager
def _alone(url: URL, connection: Connection) -> Iterator[None]:
    if url.get_backend_name() == "postgresql":
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _LOCK})
        connection.commit()
        try:
            yield
        finally:
            connection.rollback()
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _LOCK})
            connection.commit()
        return
    if not url.database or url.database == ":memory:":
        yield
        return
    with Path(f"{url.database}.migrating").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
