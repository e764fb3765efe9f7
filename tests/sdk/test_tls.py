"""The Node SDK, which prefers https, against a server that has a certificate."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from tests.live import CLOUD, KEY, SECRET, LiveServer
from tests.sdk.checks import check_tags
from tests.sdk.conftest import Sdk, leave_out


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for the loopback address, and its key."""
    if shutil.which("openssl") is None:
        leave_out("there is no openssl: serving over TLS is not tested")
    directory = tmp_path_factory.mktemp("tls")
    certificate, key = directory / "certificate.pem", directory / "key.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"),
            *("-keyout", str(key), "-out", str(certificate)),
        ],
        check=True,
        capture_output=True,
    )
    return certificate, key


@pytest.fixture(scope="module")
def tls_server(
    certificate: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LiveServer]:
    """A running service that speaks https alone."""
    files = {"TLS_CERT": str(certificate[0]), "TLS_KEY": str(certificate[1])}
    live = LiveServer(tmp_path_factory.mktemp("live-tls"), "", files).start()
    yield live
    live.stop()


def test_uploads_and_urls_over_https(
    node: Sdk, tls_server: LiveServer, certificate: tuple[Path, Path], workplace: Path
) -> None:
    host = f"127.0.0.1:{tls_server.port}"
    settings = {
        "CLOUDINARY_URL": f"cloudinary://{KEY}:{SECRET}@{CLOUD}"
        f"?upload_prefix=https://{host}&secure_distribution={host}",
        "NODE_EXTRA_CA_CERTS": str(certificate[0]),
    }
    client = replace(node, environment={**node.environment, **settings})

    done = client.run("tagging", tls_server, workplace)
    built = client.run("urls", tls_server, workplace, "https")["url"]

    check_tags(done["auto_tagged"], 0.4)
    trusting = ssl.create_default_context(cafile=str(certificate[0]))
    photo = (workplace / "turtles.jpg").read_bytes()
    for url in (done["read"]["secure_url"], built):
        assert url.startswith(f"https://{host}/")
        assert httpx.get(url, verify=trusting).content == photo
