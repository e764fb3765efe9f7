"""Runs an image's command as a container engine would with compose.yaml's restrictions.

Meant for a fresh mount namespace (``unshare --mount``), as root, where no engine runs: the image's
unpacked root is made read-only, ``/tmp`` is a tmpfs, ``/data`` the given directory; the process
becomes the image's user, without capabilities and without a way to new privileges. Entry point,
command, environment and user come from the image's own configuration; ``LENTICULAR_*`` variables
of the caller are added.

usage: run_read_only.py [--health-check] IMAGE_JSON ROOT DATA
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

DEVICES = ("null", "zero", "random", "urandom")


def mount(*arguments: str | Path) -> None:
    """Call mount(8); the first failure ends the program."""
    subprocess.run(["mount", *map(str, arguments)], check=True)  # noqa: S603, S607 - a tool for developers


def prepare(root: Path, data: Path) -> None:
    """Turn an unpacked image into the file system of a container."""
    mount("--bind", root, root)
    mount("-t", "tmpfs", "-o", "mode=1777", "tmpfs", root / "tmp")
    mount("--bind", data, root / "data")
    mount("-t", "proc", "proc", root / "proc")
    mount("-t", "tmpfs", "-o", "mode=755", "tmpfs", root / "dev")
    for name in DEVICES:
        (root / "dev" / name).touch()
        mount("--bind", f"/dev/{name}", root / "dev" / name)
    (root / "dev" / "shm").mkdir(mode=0o1777)
    mount("-t", "tmpfs", "-o", "mode=1777", "tmpfs", root / "dev" / "shm")
    mount("-o", "remount,bind,ro", root)


def main() -> None:
    """Prepare the root and become the image's process."""
    health_check = sys.argv[1] == "--health-check"
    image, root, data = sys.argv[-3:]
    config = json.loads(Path(image).read_text(encoding="utf-8"))["Docker"]["config"]
    prepare(Path(root), Path(data))
    user, _, group = config["User"].partition(":")
    # The form is ["CMD", program, argument, …].
    command = config["Healthcheck"]["Test"][1:] if health_check else []
    command = command or [*config["Entrypoint"], *config["Cmd"]]
    environment = dict(pair.split("=", 1) for pair in config["Env"])
    environment |= {k: v for k, v in os.environ.items() if k.startswith("LENTICULAR_")}
    os.chroot(root)
    os.chdir("/")
    # In the image, from util-linux, which every Debian has.
    drop = ["--reuid", user, "--regid", group or user, "--clear-groups"]
    drop += ["--no-new-privs", "--bounding-set=-all", "--inh-caps=-all"]
    os.execve("/usr/bin/setpriv", ["setpriv", *drop, *command], environment)  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    main()
