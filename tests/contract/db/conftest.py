"""A migrated, empty database of each kind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.db.database import open_database
from app.db.migrate import migrate
from tests import postgres
from tests.contract.db.works import Runner


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "postgresql":
        return postgres.fresh_url()
    return f"sqlite:///{tmp_path / 'lenticular.db'}"


@pytest.fixture
def database(url: str) -> Iterator[Runner]:
    migrate(url)
    with Runner(lambda: open_database(url)) as runner:
        yield runner
