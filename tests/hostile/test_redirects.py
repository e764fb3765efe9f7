"""Remote URLs that lead elsewhere: only the networks that are allowed are ever reached."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests import photos
from tests.live import LiveServer, message


class Redirecting(BaseHTTPRequestHandler):
    """Sends everybody on to where the path's tail says, or gives a picture."""

    def do_GET(self) -> None:
        if self.path == "/picture.png":
            self.send_response(200)
            self.end_headers()
            self.wfile.write(photos.tiny_png())
            return
        self.send_response(302)
        self.send_header("Location", self.path.removeprefix("/to/"))
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Keep the tests' output to the tests."""


@pytest.fixture
def source() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Redirecting)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def test_redirects_out_of_the_allowed_network(tmp_path: Path, source: str) -> None:
    """One address is allowed, its neighbour is not."""
    server = LiveServer(tmp_path / "data", "", {"FETCH_ALLOW_NETWORKS": "127.0.0.1/32"}).start()
    try:
        with server.client() as client:
            assert client.upload(f"{source}/picture.png").status_code == 200
            assert client.upload(f"{source}/to/{source}/picture.png").status_code == 200
            before = len(client.get("resources/image").json()["resources"])
            for target in ("http://127.0.0.2:1/x", "http://10.0.0.1/x", "http://[::1]/x"):
                url = f"{source}/to/{target}"
                refused = client.upload(url)
                assert refused.status_code == 400
                assert message(refused) == f"Error in loading {url} - address not allowed"
            loop = f"{source}/to/" * 8 + f"{source}/picture.png"
            assert client.upload(loop).status_code == 400
            assert len(client.get("resources/image").json()["resources"]) == before
            assert client.upload(photos.tiny_png()).status_code == 200
    finally:
        server.stop()
