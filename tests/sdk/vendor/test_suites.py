"""The Python SDK's own test suites, unmodified, against a live server."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import DATABASES, database_url
from tests.live import LiveServer
from tests.sdk.conftest import leave_out
from tests.sdk.page_server import serve_directory
from tests.sdk.vendor import suites


@pytest.fixture(scope="module", params=DATABASES)
def own_server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LiveServer]:
    """A server for the suites alone: they list everything, and change fields of all assets."""
    live = LiveServer(
        tmp_path_factory.mktemp(f"suites-{request.param}"),
        database_url(request.param),
        {"FETCH_ALLOW_NETWORKS": "127.0.0.0/8"},
    ).start()
    yield live
    live.stop()


def cannot_pass() -> dict[str, str]:
    """The tests that cannot pass here, ``suite.test``, and why."""
    listed = tomllib.loads((suites.HERE / "cannot_pass.toml").read_text())
    return {
        f"{suite}.{test}": reason
        for suite, tests in listed.items()
        for test, reason in tests.items()
    }


@pytest.mark.parametrize("version", suites.VERSIONS)
def test_the_suites_of_the_python_sdk(version: str, own_server: LiveServer, tmp_path: Path) -> None:
    """CONTRACT J1 to J17, as the vendor's tests ask for them."""
    try:
        suites.lay_out(version, tmp_path)
    except suites.NotFetched as error:
        leave_out(f"{error}: its test suites are not run")
    with serve_directory(tmp_path / "test" / "resources") as files:
        outcomes = suites.run(tmp_path, own_server, f"{files}/logo.png")

    assert len(outcomes) > 190
    known = cannot_pass()
    assert {test: why for test, why in outcomes.items() if why and test not in known} == {}
    assert {test for test, why in outcomes.items() if not why and test in known} == set()


def test_every_test_that_cannot_pass_exists() -> None:
    texts = {
        (version, suite): (suites.source(version) / "test" / f"{suite}.py")
        for version in suites.VERSIONS
        for suite in suites.SUITES
    }
    for name, reason in cannot_pass().items():
        suite, _, test = name.partition(".")
        found = [path for (_, owner), path in texts.items() if owner == suite and path.exists()]
        assert any(f"def {test}(" in path.read_text() for path in found), name
        assert len(reason) > 5
