"""What came of the cases of the uploaders' functions; each SDK runs them once on each server."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests import photos
from tests.live import LiveServer
from tests.sdk.conftest import NODES, PYTHONS, Sdk

Run = Callable[[str, Sdk, LiveServer], dict[str, Any]]


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with a photo, one of two chunks, and one file of two pages."""
    directory = tmp_path_factory.mktemp("uploader")
    (directory / "turtles.jpg").write_bytes(photos.read("flower.jpg"))
    photos.load("flower.jpg", (1400, 1300)).save(directory / "large.bmp")
    pages = [photos.load(name, (60, 40)) for name in ("flower.jpg", "china.jpg")]
    (directory / "pages.tif").write_bytes(photos.animate(pages, "TIFF"))
    return directory


@pytest.fixture(scope="session")
def run(files: Path) -> Run:
    """Run a topic's cases, once for each SDK and server; what came of them by name."""
    done: dict[tuple[Any, ...], dict[str, Any]] = {}

    def cached(topic: str, sdk: Sdk, server: LiveServer) -> dict[str, Any]:
        key = (topic, sdk.name, sdk.version, server.url)
        if key not in done:
            prefix = f"{topic}{len(done)}-{sdk.name}"
            done[key] = sdk.run(f"uploader/{topic}", server, files, prefix)
        return done[key]

    return cached


@pytest.fixture(params=[*PYTHONS, *NODES])
def sdk(request: pytest.FixtureRequest) -> Sdk:
    """Each SDK, the old ones too."""
    made: Sdk = request.getfixturevalue(request.param)
    return made


@pytest.fixture
def done(request: pytest.FixtureRequest, run: Run, sdk: Sdk, server: LiveServer) -> Any:
    """What came of the case of a test ``test_<function>`` in a module ``test_<topic>``."""
    topic = request.module.__name__.rpartition("test_")[2]
    case = run(topic, sdk, server)[request.function.__name__.removeprefix("test_")]
    assert "failed" not in case, case["failed"]
    assert case["called"], "the case does not call the function that it is named like"
    return case["result"]
