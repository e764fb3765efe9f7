"""Migrations: up, down, up again; what they make is what the tables say."""

from __future__ import annotations

import threading

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from app.db.database import normalised
from app.db.migrate import current_and_head, migrate
from app.db.tables import metadata


def table_names(url: str) -> set[str]:
    engine = sa.create_engine(normalised(url))
    try:
        return set(sa.inspect(engine).get_table_names())
    finally:
        engine.dispose()


def test_up_down_up(url: str) -> None:
    assert current_and_head(url)[0] is None
    migrate(url)
    current, newest = current_and_head(url)
    assert current == newest is not None
    assert table_names(url) == set(metadata.tables) | {"alembic_version"}
    migrate(url, "base")
    assert table_names(url) == {"alembic_version"}
    migrate(url)
    migrate(url)
    assert current_and_head(url) == (newest, newest)


def test_the_migrations_make_the_tables(url: str) -> None:
    migrate(url)
    engine = sa.create_engine(normalised(url))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, metadata)
    engine.dispose()
    assert differences == []


def test_several_starts_at_once(url: str) -> None:
    failures: list[BaseException] = []

    def start() -> None:
        try:
            migrate(url)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    current, newest = current_and_head(url)
    assert current == newest
