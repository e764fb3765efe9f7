"""Migrations: up, down, up again; what they make is what the tables say."""

from __future__ import annotations

import threading

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from app.db.database import normalised, open_database
from app.db.migrate import current_and_head, migrate
from app.db.tables import metadata
from app.domain.categories import Category
from tests.contract.db.works import Runner


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


#: A row of each table that a later migration changes, as the first schema has them.
FIRST_ROWS = (
    "INSERT INTO clouds VALUES (7, 'old', 5, TRUE, 'p')",
    "INSERT INTO api_keys VALUES ('k', 's', 7, 5, 6, TRUE)",
    f"""INSERT INTO assets VALUES ('{"a" * 32}', 7, 'image', 'upload', 'cat', 1, 'v', 10, 'e', 'b',
        5, 6, 'jpg', 4, 3, 1, '', 'cat', 'cat', 'jpg', 'k', '{{"x": "y"}}', 3)""",
    f"INSERT INTO asset_tags VALUES ('{'a' * 32}', 'cat', 'user', '', '', 7, 'image')",
    f"INSERT INTO categorizations VALUES (1, '{'a' * 32}', 'addon', 'e', '1', 'complete', '')",
    "INSERT INTO categories VALUES (1, 0, 'cat', 0.5, 'n02121808')",
)


def test_the_rows_of_the_first_schema_stay(url: str) -> None:
    """Up, down and up again: nothing is lost, and what is new has its default."""
    migrate(url, "0001")
    engine = sa.create_engine(normalised(url))
    with engine.begin() as connection:
        for statement in FIRST_ROWS:
            connection.exec_driver_sql(statement)
    engine.dispose()
    for revision in ("head", "0001", "head"):
        migrate(url, revision)
    with Runner(lambda: open_database(url)) as database:
        cloud = database.read(lambda unit: unit.accounts.cloud("old"))
        asset = database.read(lambda unit: unit.assets.get_by_id(7, "a" * 32))
        key = database.read(lambda unit: unit.accounts.key("k"))
    assert cloud is not None and key is not None and asset is not None
    assert (cloud.default_preset, cloud.detail, key.cloud) == ("p", "fast", cloud)
    assert cloud.delivery == "open"
    assert (asset.faces_given, asset.custom_coordinates, asset.access_control) == (False, (), ())
    assert asset.faces is None and asset.context == {"x": "y"} and asset.tag_words == ("cat",)
    assert asset.categorizations[0].categories == (Category("cat", 0.5, "n02121808", ""),)


def test_a_server_of_the_release_before_can_still_write(url: str) -> None:
    migrate(url)
    engine = sa.create_engine(normalised(url))
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO clouds (id, name, created_at, enabled, default_preset) "
            "VALUES (7, 'old', 5, TRUE, '')"
        )
        row = connection.exec_driver_sql("SELECT detail, delivery FROM clouds").one()
        assert row == ("fast", "open")
        columns = (
            "asset_id, cloud_id, resource_type, type, public_id, version, version_id, bytes, "
            "etag, blob_key, created_at, updated_at, asset_folder, display_name, "
            "original_extension, access_key, context, revision"
        )
        connection.exec_driver_sql(
            f"INSERT INTO assets ({columns}) VALUES ('a', 7, 'raw', 'upload', 'x', 1, 'v', 1, 'e', "
            "'b', 5, 5, '', 'x', '', '', '{}', 0)"
        )
        assert not connection.exec_driver_sql("SELECT faces_given FROM assets").scalar()
    engine.dispose()


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
