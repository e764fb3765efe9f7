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


@pytest.fixture(scope="module")
def sources() -> dict[str, Path]:
    """Where the source distribution of each version lies."""
    try:
        return {version: suites.source(version) for version in suites.VERSIONS}
    except suites.NotFetched as error:
        leave_out(f"{error}: its test suites are not run")


def cannot_pass() -> dict[str, str]:
    """The tests that cannot pass here, ``suite.test``, and why."""
    listed = tomllib.loads((suites.HERE / "cannot_pass.toml").read_text())
    return {
        f"{suite}.{test}": reason
        for suite, tests in listed.items()
        for test, reason in tests.items()
    }


@pytest.mark.parametrize("version", suites.VERSIONS)
def test_the_suites_of_the_python_sdk(
    version: str, sources: dict[str, Path], own_server: LiveServer, tmp_path: Path
) -> None:
    """CONTRACT J1 to J17, as the vendor's tests ask for them."""
    suites.lay_out(sources[version], tmp_path)
    with serve_directory(tmp_path / "test" / "resources") as files:
        outcomes = suites.run(tmp_path, own_server, f"{files}/logo.png")

    assert len(outcomes) > 190
    known = cannot_pass()
    assert {test: why for test, why in outcomes.items() if why and test not in known} == {}
    assert {test for test, why in outcomes.items() if not why and test in known} == set()


def test_every_test_that_cannot_pass_exists(sources: dict[str, Path]) -> None:
    for name in cannot_pass():
        suite, _, test = name.partition(".")
        files = [directory / "test" / f"{suite}.py" for directory in sources.values()]
        texts = [file.read_text() for file in files if file.exists()]
        assert any(f"def {test}(" in text for text in texts), name
