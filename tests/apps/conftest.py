"""Applications of others, as their makers run them: a Django site and an Express server."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests import node_packages, photos
from tests.live import LiveServer, free_port
from tests.sdk.conftest import client_environment, leave_out, run

HERE = Path(__file__).parent
NODE_PROJECT = HERE / "node"
# Compiled packages fit one version of Python.
PYTHON_PACKAGES = HERE.parents[1] / "build" / "apps" / f"python-{sys.version_info.minor}"


@dataclass(frozen=True)
class DjangoSite:
    """A Django project with its database, and the commands that its maker runs."""

    directory: Path
    environment: Mapping[str, str]

    def command(self, *arguments: str, **environment: str) -> str:
        """Run ``manage.py``; what it printed."""
        command = [sys.executable, "manage.py", *arguments]
        return run(command, self.directory, {**self.environment, **environment})


@pytest.fixture(scope="session")
def django_packages() -> Path:
    """A directory with Django and its Cloudinary packages, installed once as the lock says."""
    lock = (HERE / "requirements.lock").read_bytes()
    stamp = PYTHON_PACKAGES / ".installed-lock"
    if stamp.exists() and stamp.read_bytes() == lock:
        return PYTHON_PACKAGES
    shutil.rmtree(PYTHON_PACKAGES, ignore_errors=True)
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check"),
            *("--no-input", "--no-compile", "--require-hashes", "--target", str(PYTHON_PACKAGES)),
            *("-r", str(HERE / "requirements.lock")),
        ],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    if done.returncode != 0:
        leave_out(f"Django cannot be installed, so its site is not tested: {done.stderr[-500:]}")
    stamp.write_bytes(lock)
    return PYTHON_PACKAGES


@pytest.fixture(scope="module")
def project(
    sqlite_server: LiveServer, django_packages: Path, tmp_path_factory: pytest.TempPathFactory
) -> DjangoSite:
    """The site with an empty database; only the environment says where the server is."""
    directory = tmp_path_factory.mktemp("django") / "site"
    shutil.copytree(HERE / "django_site", directory)
    logo = photos.encode(photos.load("coffee.png", (240, 160)), "PNG")
    (directory / "gallery" / "static" / "logo.png").write_bytes(logo)
    environment = client_environment(sqlite_server) | {"PYTHONPATH": str(django_packages)}
    made = DjangoSite(directory, environment)
    made.command("migrate", "--run-syncdb")
    return made


@pytest.fixture(scope="module")
def site(project: DjangoSite) -> Iterator[httpx.Client]:
    """A visitor's browser on the running Django site, its static files collected."""
    project.command("collectstatic", "--noinput")
    port = free_port()
    command = [sys.executable, "manage.py", "runserver", "--noreload", f"127.0.0.1:{port}"]
    with _running(command, project.directory, project.environment, port) as browser:
        yield browser


@pytest.fixture(scope="module")
def express(
    sqlite_server: LiveServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[httpx.Client]:
    """A visitor's browser on the running Express server."""
    try:
        node = node_packages.install(NODE_PROJECT)
    except node_packages.NotInstalled as missing:
        leave_out(f"the Express server is not tested: {missing}")
    port = free_port()
    environment = client_environment(sqlite_server) | {"PORT": str(port)}
    # Over http the Node SDK has to be told so before it is loaded.
    environment["CLOUDINARY_URL"] += "&secure=false"
    directory = tmp_path_factory.mktemp("express")
    command = [node, str(NODE_PROJECT / "app.js")]
    with _running(command, directory, environment, port) as browser:
        yield browser


@contextlib.contextmanager
def _running(
    command: list[str], directory: Path, environment: Mapping[str, str], port: int
) -> Iterator[httpx.Client]:
    """An application that listens on a port, and a browser on it that follows redirections."""
    log = directory / "application.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=directory, env=environment, stdout=output, stderr=output
        )
    address = f"http://127.0.0.1:{port}"
    try:
        with httpx.Client(base_url=address, follow_redirects=True, timeout=60) as browser:
            _await(browser, process, log)
            yield browser
    finally:
        process.terminate()
        process.wait(timeout=20)


def _await(browser: httpx.Client, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 60
    while True:
        with contextlib.suppress(httpx.TransportError):  # not listening yet
            if browser.get("/").is_success:
                return
        if process.poll() is not None or time.monotonic() > deadline:
            pytest.fail(f"the application did not start: {log.read_text()[-4000:]}")
        time.sleep(0.1)
