"""Helpers of the HTTP tests."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest

from tests.live import Client, LiveServer
from tests.receiver import Receiver, receiving


@pytest.fixture
def fresh() -> str:
    """A public id prefix that no other test uses."""
    return f"t{uuid.uuid4().hex[:12]}"


@pytest.fixture
def lone(sqlite_server: LiveServer) -> Iterator[Client]:
    """A client of the server on SQLite, for tests to which the database does not matter."""
    with sqlite_server.client() as made:
        yield made


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Somebody who is told of what happens."""
    with receiving() as made:
        yield made
