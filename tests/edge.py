"""nginx in front of a live server, by the shipped configuration."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.live import LiveServer, free_port

CONFIGURATION = Path(__file__).parents[1] / "docs" / "edge" / "nginx.conf"


def nginx() -> str | None:
    """Where nginx lies, if it is installed."""
    return shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")


@dataclass
class Edge:
    """Starts and stops nginx; ``root`` becomes its directory for everything it writes."""

    server: LiveServer
    root: Path
    port: int = 0
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> Edge:
        self.port = self.port or free_port()
        # nginx's workers may run as another user.
        self.root.mkdir(parents=True, exist_ok=True)
        file = self.root / "nginx.conf"
        file.write_text(self.configuration())
        program = nginx()
        assert program, "nginx is not installed"
        log = (self.root / "nginx.log").open("ab")
        self.process = subprocess.Popen(
            [program, "-c", str(file), "-p", str(self.root), "-g", "daemon off;"],
            stdout=log,
            stderr=log,
        )
        log.close()
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                httpx.get(f"{self.url}/healthz")
            except httpx.TransportError:
                time.sleep(0.05)
            else:
                return self
        raise RuntimeError((self.root / "nginx.log").read_text())

    def configuration(self) -> str:
        """The shipped configuration with this machine's places in it."""
        text = CONFIGURATION.read_text()
        changes = {
            r"worker_processes auto;": "worker_processes 1;",
            r"/tmp/(nginx\.pid|body|proxy|cache)": rf"{self.root}/\1",
            r"server lenticular-edge:8000;": f"server 127.0.0.1:{self.server.port};",
            r"listen 8080 reuseport;": f"listen 127.0.0.1:{self.port} reuseport;",
            r"root /data;": f"root {self.server.data_dir.resolve()};",
        }
        for pattern, replacement in changes.items():
            text, count = re.subn(pattern, replacement, text)
            assert count, f"{CONFIGURATION} does not contain {pattern}"
        user = "user root;\n" if os.getuid() == 0 else ""  # data directories of tests are root's
        return user + text

    def stop(self) -> None:
        assert self.process
        self.process.terminate()
        self.process.wait(10)
