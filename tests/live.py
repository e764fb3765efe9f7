"""A real server for tests: ``lenticular serve`` as a process, with its own data directory."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

KEY = "111"
SECRET = "not-a-real-secret"
CLOUD = "acme"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _traced() -> dict[str, str]:
    """Where a server of ``make coverage`` leaves its account of parameters."""
    directory = os.environ.get("PARAMETER_TRACES", "")
    return {"TRACE_PARAMS": f"{directory}/{uuid.uuid4().hex}.jsonl"} if directory else {}


@dataclass
class LiveServer:
    """Starts and stops the service; settings are its environment."""

    data_dir: Path
    database_url: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    program: tuple[str, ...] = (sys.executable, "-m", "app")
    port: int = 0
    process: subprocess.Popen[bytes] | None = None

    def environment(self) -> dict[str, str]:
        clean = {k: v for k, v in os.environ.items() if not k.startswith("LENTICULAR_")}
        values = {
            "PORT": str(self.port),
            "DATA_DIR": str(self.data_dir),
            "DATABASE_URL": self.database_url,
            "CLOUD_NAME": CLOUD,
            "API_KEY": KEY,
            "API_SECRET": SECRET,
            "LOG_FORMAT": "json",
            **_traced(),
            **self.settings,
        }
        return clean | {f"LENTICULAR_{name}": value for name, value in values.items()}

    def start(self) -> LiveServer:
        self.port = self.port or free_port()
        self.data_dir.mkdir(parents=True, exist_ok=True)
        log = (self.data_dir / "server.log").open("ab")
        self.process = subprocess.Popen(
            [*self.program, "serve"],
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        log.close()
        deadline = time.monotonic() + 60
        while True:
            try:
                if httpx.get(f"{self.url}/readyz", timeout=5, verify=False).status_code == 200:
                    return self
            except httpx.TransportError:
                pass  # not listening yet
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("the server did not start:\n" + self.log()[-4000:])
            time.sleep(0.05)

    @property
    def url(self) -> str:
        scheme = "https" if "TLS_CERT" in self.settings else "http"
        return f"{scheme}://127.0.0.1:{self.port}"

    @property
    def api(self) -> str:
        return f"{self.url}/v1_1/{CLOUD}"

    @property
    def cloudinary_url(self) -> str:
        host = f"127.0.0.1:{self.port}"
        return f"cloudinary://{KEY}:{SECRET}@{CLOUD}?upload_prefix={self.url}&cname={host}"

    def log(self) -> str:
        return (self.data_dir / "server.log").read_text(errors="replace")

    def kill(self) -> None:
        """SIGKILL to the server and all of its workers."""
        assert self.process
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        """SIGTERM; the exit status."""
        assert self.process
        self.process.terminate()
        try:
            return self.process.wait(timeout=40)
        finally:
            with contextlib.suppress(ProcessLookupError):  # everything has ended, as it should
                os.killpg(self.process.pid, signal.SIGKILL)

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run another ``lenticular`` command with this server's settings."""
        return subprocess.run(
            [sys.executable, "-m", "app", *arguments],
            env=self.environment() | {"COLUMNS": "200"},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    def client(self, **options: Any) -> Client:
        return Client(self, **options)


class Client:
    """A plain HTTP client with the server's credentials."""

    def __init__(self, server: LiveServer, *, auth: tuple[str, str] | None = (KEY, SECRET)) -> None:
        self.server = server
        self.http = httpx.Client(auth=auth, timeout=60)

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.http.close()

    def upload(
        self,
        file: bytes | Path | str,
        *,
        name: str = "photo.jpg",
        resource_type: str = "image",
        **fields: Any,
    ) -> httpx.Response:
        """Upload bytes or a file as multipart, or text (URL, data URI) as a field."""
        url = f"{self.server.api}/{resource_type}/upload"
        data = {key: str(value) for key, value in fields.items()}
        if isinstance(file, str):
            return self.http.post(url, data=data | {"file": file})
        content = file.read_bytes() if isinstance(file, Path) else file
        return self.http.post(url, data=data, files={"file": (name, content)})

    def get(self, path: str, **params: Any) -> httpx.Response:
        return self.http.get(f"{self.server.api}/{path}", params=params)

    def post(self, path: str, **fields: Any) -> httpx.Response:
        return self.http.post(f"{self.server.api}/{path}", data=fields)

    def send(self, method: str, path: str, **options: Any) -> httpx.Response:
        return self.http.request(method, f"{self.server.api}/{path}", **options)


def message(response: httpx.Response) -> str:
    """The error message of a reply, which must be one."""
    body = json.loads(response.content)
    assert list(body) == ["error"] and list(body["error"]) == ["message"], body
    return str(body["error"]["message"])
