"""Fixtures that several kinds of tests share: a live server on either database."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests import photos, postgres
from tests.live import Client, LiveServer

DATABASES = ("sqlite", "postgresql")

#: Files may be fetched from this machine, and notifications sent to it.
_LOCAL = {
    "FETCH_ALLOW_NETWORKS": "127.0.0.0/8",
    "FETCH_HOSTS": "127.0.0.1",
    "WEBHOOK_ALLOW_NETWORKS": "127.0.0.0/8",
}


def database_url(kind: str) -> str:
    """A fresh database of a kind; empty for the default one in the data directory."""
    return postgres.fresh_url() if kind == "postgresql" else ""


@pytest.fixture(scope="session", params=DATABASES)
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LiveServer]:
    """A running service; each test that uses it runs on SQLite and on PostgreSQL."""
    live = LiveServer(
        tmp_path_factory.mktemp(f"live-{request.param}"),
        database_url(request.param),
        _LOCAL,
    ).start()
    yield live
    live.stop()


@pytest.fixture(scope="session")
def sqlite_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A running service on SQLite, for tests to which the database does not matter."""
    live = LiveServer(tmp_path_factory.mktemp("live"), "", _LOCAL).start()
    yield live
    live.stop()


@pytest.fixture
def client(server: LiveServer) -> Iterator[Client]:
    with server.client() as made:
        yield made


@pytest.fixture(scope="session")
def flower() -> bytes:
    """A licensed photo of a pink dahlia."""
    return photos.path("flower.jpg").read_bytes()


def in_ci() -> bool:
    """Whether nothing may be left out."""
    return os.environ.get("CI", "") == "true"
