"""The clients: Python and Node SDKs, ``cld`` and cURL, each as an application runs it.

Of each SDK there is the current version and the last one that many applications still run. They
are installed apart from each other.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import pytest
from PIL import Image

from tests import node_packages
from tests.conftest import in_ci
from tests.live import LiveServer
from tests.sdk.page_server import serve_directory
from tests.sdk.vendor import suites

HERE = Path(__file__).parent
EXAMPLES = HERE / "examples"

#: The fixtures of the SDKs, current and old ones.
PYTHONS = ("python", "python_1_41")
NODES = ("node", "node_1_41")

#: For a test that takes ``sdk``: also the old ones.
every_sdk = pytest.mark.parametrize("sdk", [*PYTHONS, *NODES], indirect=True)

Results = dict[str, Any]


def leave_out(reason: str) -> NoReturn:
    """Skip the test and say why; in CI nothing may be left out, so fail there."""
    if in_ci():
        pytest.fail(reason)
    pytest.skip(reason)


@dataclass(frozen=True)
class Sdk:
    """An SDK that runs the scripts in ``examples``.

    Attributes:
        name: its language.
        version: empty for the current one.
    """

    name: str
    version: str
    command: tuple[str, ...]
    suffix: str
    environment: Mapping[str, str]

    def run(self, example: str, server: LiveServer, directory: Path, *arguments: str) -> Results:
        """Run an example in a directory; what it printed."""
        script = EXAMPLES / f"{example}{self.suffix}"
        output = run(
            [*self.command, str(script), *arguments],
            directory,
            client_environment(server) | dict(self.environment),
        )
        return dict(json.loads(output))


def client_environment(server: LiveServer) -> dict[str, str]:
    """The environment of a client: one setting points it at the server."""
    hidden = ("CLOUDINARY_", "LENTICULAR_")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(hidden)}
    return clean | {"CLOUDINARY_URL": server.cloudinary_url, "PYTHONIOENCODING": "utf-8"}


def run(command: list[str], directory: Path, environment: Mapping[str, str]) -> str:
    """Run a client; its standard output, after checking that it succeeded."""
    done = subprocess.run(
        command,
        cwd=directory,
        env=dict(environment),
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def _node(project: str, version: str) -> Sdk:
    """A Node SDK, installed as the lock file of a project says."""
    try:
        executable = node_packages.install(HERE / project)
    except node_packages.NotInstalled as error:
        leave_out(f"{error}: the Node SDK is not tested")
    modules = {"NODE_PATH": str(HERE / project / "node_modules")}
    return Sdk("node", version, (executable,), ".js", modules)


def _python(version: str) -> Sdk:
    """An older Python SDK, from its source distribution."""
    try:
        source = suites.source(version)
    except suites.NotFetched as error:
        leave_out(f"{error}: this Python SDK is not tested")
    return Sdk("python", version, (sys.executable,), ".py", {"PYTHONPATH": str(source)})


@pytest.fixture(scope="session")
def python() -> Sdk:
    """The current Python SDK."""
    return Sdk("python", "", (sys.executable,), ".py", {})


@pytest.fixture(scope="session")
def python_1_41() -> Sdk:
    """The Python SDK before its Admin API spoke JSON throughout."""
    return _python("1.41.0")


@pytest.fixture(scope="session")
def node() -> Sdk:
    """The current Node SDK."""
    return _node("node", "")


@pytest.fixture(scope="session")
def node_1_41() -> Sdk:
    """The last Node SDK of version 1."""
    return _node("node-1.41", "1.41.3")


@pytest.fixture(params=["python", "node"])
def sdk(request: pytest.FixtureRequest) -> Sdk:
    """Either SDK."""
    made: Sdk = request.getfixturevalue(request.param)
    return made


@pytest.fixture
def fresh() -> str:
    """A name that no other test uses."""
    return f"t{uuid.uuid4().hex[:12]}"


@pytest.fixture(scope="session")
def workplace(tmp_path_factory: pytest.TempPathFactory, flower: bytes) -> Path:
    """A directory with a photo called ``turtles.jpg``, as in the add-on's examples."""
    directory = tmp_path_factory.mktemp("workplace")
    (directory / "turtles.jpg").write_bytes(flower)
    return directory


@pytest.fixture(scope="session")
def large_files(workplace: Path) -> Path:
    """The same directory with files of several chunks: one of any kind and one photo."""
    (workplace / "large.bin").write_bytes(os.urandom(11_000_000))
    with Image.open(workplace / "turtles.jpg") as photo:
        photo.resize((2000, 1800)).save(workplace / "large.bmp")
    return workplace


@pytest.fixture(scope="session")
def photo_url(workplace: Path) -> Iterator[str]:
    """A URL from which the photo can be loaded."""
    with serve_directory(workplace) as base:
        yield f"{base}/turtles.jpg"


@pytest.fixture(scope="session")
def cld(workplace: Path) -> Callable[..., Results]:
    """The ``cld`` command: called with a server and arguments, it gives what was printed."""
    executable = Path(sys.executable).parent / "cld"
    assert executable.exists(), "cloudinary-cli belongs to the development dependencies"

    def call(server: LiveServer, *arguments: str) -> Results:
        environment = client_environment(server)
        # Its configuration file is looked for in the home directory.
        environment |= {"HOME": str(workplace), "NO_COLOR": "1"}
        return dict(json.loads(run([str(executable), *arguments], workplace, environment)))

    return call
