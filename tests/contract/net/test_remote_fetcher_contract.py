"""What every :class:`app.domain.ports.RemoteFetcher` promises, against the standard server."""

from __future__ import annotations

import asyncio
import http.server
import ipaddress
import threading
from collections.abc import Callable, Iterator

import pytest

from app.domain.errors import BadRequest, NotFound
from app.domain.ports import RemoteFetcher, RemoteFile
from app.net.fetch import HttpFetcher

BODY = bytes(range(256)) * 1000


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/moved":
            self.send_response(301)
            self.send_header("Location", "/pictures/a%20cat.jpg")
            self.end_headers()
        elif self.path == "/pictures/a%20cat.jpg":
            self.send_response(200)
            self.send_header("Content-Length", str(len(BODY)))
            self.end_headers()
            self.wfile.write(BODY)
        elif self.path == "/broken":
            self.send_error(500)
        else:
            self.send_error(404)

    def log_message(self, format: str, *args: object) -> None:
        """Stay silent: the tests' output is theirs."""


@pytest.fixture
def site() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


Make = Callable[[bool], RemoteFetcher]


@pytest.fixture
def make() -> Make:
    """Builds the fetcher: one that may reach the site, or one as delivered."""

    def http_fetcher(allowed: bool) -> RemoteFetcher:
        networks = (ipaddress.ip_network("127.0.0.0/8"),) if allowed else ()
        return HttpFetcher(timeout=5, allow_networks=networks)

    return http_fetcher


def fetch(fetcher: RemoteFetcher, url: str, max_bytes: int = 1 << 30) -> tuple[bytes, RemoteFile]:
    body = bytearray()
    file = asyncio.run(fetcher.fetch(url, body.extend, max_bytes))
    return bytes(body), file


def test_a_file_arrives_with_its_name_and_size(make: Make, site: str) -> None:
    body, file = fetch(make(True), f"{site}/pictures/a%20cat.jpg")
    assert body == BODY
    assert file == RemoteFile("a cat.jpg", len(BODY))


def test_the_name_is_that_of_the_given_url(make: Make, site: str) -> None:
    body, file = fetch(make(True), f"{site}/moved")
    assert (body, file) == (BODY, RemoteFile("moved", len(BODY)))


def test_a_missing_file_is_not_found(make: Make, site: str) -> None:
    with pytest.raises(NotFound) as caught:
        fetch(make(True), f"{site}/none.jpg")
    assert caught.value.message == f"Resource not found - {site}/none.jpg"


def test_other_failures_are_bad_requests_with_a_reason(make: Make, site: str) -> None:
    with pytest.raises(BadRequest) as caught:
        fetch(make(True), f"{site}/broken")
    assert caught.value.message == f"Error in loading {site}/broken - 500 Internal Server Error"


def test_other_schemes_are_not_supported(make: Make) -> None:
    with pytest.raises(BadRequest) as caught:
        fetch(make(True), "s3://bucket/a.jpg")
    assert caught.value.message == "Unsupported source URL: s3://bucket/a.jpg"


def test_the_size_is_limited(make: Make, site: str) -> None:
    url = f"{site}/pictures/a%20cat.jpg"
    assert fetch(make(True), url, len(BODY))[0] == BODY
    with pytest.raises(BadRequest) as caught:
        fetch(make(True), url, len(BODY) - 1)
    expected = f"File size too large. Got {len(BODY)}. Maximum is {len(BODY) - 1}."
    assert caught.value.message == expected


def test_networks_that_are_not_allowed_are_not_reached(make: Make, site: str) -> None:
    url = f"{site}/pictures/a%20cat.jpg"
    with pytest.raises(BadRequest) as caught:
        fetch(make(False), url)
    assert caught.value.message == f"Error in loading {url} - address not allowed"
