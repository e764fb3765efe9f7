"""Uploads that nobody waits for outlive a kill of the server, and are stored once."""

from __future__ import annotations

import http.server
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests import photos
from tests.integration.replies import ok
from tests.live import Client, LiveServer
from tests.receiver import receiving

SETTINGS = {
    "JOB_LEASE": "2",
    "JOB_RETRY_SECONDS": "0.1",
    "WEBHOOK_ALLOW_NETWORKS": "127.0.0.0/8",
    "FETCH_ALLOW_NETWORKS": "127.0.0.0/8",
}


@pytest.fixture
def server(tmp_path: Path) -> LiveServer:
    return LiveServer(tmp_path / "data", settings=SETTINGS)


class Slow(http.server.BaseHTTPRequestHandler):
    """Gives its file when the gate opens."""

    gate: threading.Event
    asked: threading.Event

    def do_GET(self) -> None:
        self.asked.set()
        self.gate.wait(30)
        data = photos.tiny_png()
        try:
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)
        except OSError:
            pass  # who asked was killed meanwhile

    def log_message(self, format: str, *args: object) -> None:
        """Stay silent: the tests' output is theirs."""


@contextmanager
def slow_site() -> Iterator[str]:
    Slow.gate, Slow.asked = threading.Event(), threading.Event()
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Slow) as site:
        thread = threading.Thread(target=site.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{site.server_port}/slow.png"
        finally:
            Slow.gate.set()
            site.shutdown()
            thread.join()


def images(client: Client) -> list[dict[str, object]]:
    return list(ok(client.get("resources/image", max_results=500))["resources"])


def test_a_fetch_that_was_killed_is_begun_again(server: LiveServer) -> None:
    server.start()
    with slow_site() as url, receiving() as receiver, server.client() as client:
        later = {"async": "true", "notification_url": receiver.url}
        ok(client.upload(url, **later))
        assert Slow.asked.wait(10)
        server.kill()
        Slow.gate.set()
        server.start()
        try:
            (call,) = receiver.wait(1)
            (image,) = images(client)
            assert json.loads(call.body)["asset_id"] == image["asset_id"]
        finally:
            assert server.stop() == 0


def test_bytes_of_a_killed_server_are_stored_once(server: LiveServer) -> None:
    """Each of them is there in the end, whatever the kill came between."""
    server.start()
    files = [photos.tiny_png((shade, 0, 0)) for shade in range(12)]
    with server.client() as client:
        for file in files:
            ok(client.upload(file, name="a.png", **{"async": "true"}))
        server.kill()
        server.start()
        try:
            deadline = time.monotonic() + 30
            while len(images(client)) < len(files):
                assert time.monotonic() < deadline
                time.sleep(0.1)
            jobs = "There are no jobs"
            while jobs not in server.command("jobs", "list").stdout:
                assert time.monotonic() < deadline
            found = images(client)
            assert len(found) == len(files)
            contents = {httpx.get(str(image["url"])).content for image in found}
            assert contents == set(files)
        finally:
            assert server.stop() == 0
