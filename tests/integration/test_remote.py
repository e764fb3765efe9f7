"""Uploads of files that lie elsewhere: by URL, from buckets, in data URIs."""

from __future__ import annotations

import base64
import http.server
import json
import threading
from collections.abc import Callable, Iterator
from urllib.parse import quote

import httpx
import pytest

from tests import node_packages, photos, storage_servers
from tests.conftest import in_ci
from tests.live import CLOUD, Client, LiveServer, free_port, message
from tests.storage_servers import StorageServer

ANN = f"Basic {base64.b64encode(b'ann:p@ss').decode()}"


class _Site(http.server.BaseHTTPRequestHandler):
    """A site whose files want credentials or a key, and that writes down who asked."""

    seen: list[tuple[str, str]]  # path and authorization

    def do_GET(self) -> None:
        self.seen.append((self.path, self.headers.get("Authorization", "")))
        if self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", f"http://localhost:{self.server.server_port}/open.jpg")  # type: ignore[attr-defined]  # an HTTPServer's
            self.end_headers()
        elif self.path == "/basic.jpg" and self.headers.get("Authorization") != ANN:
            self.send_error(401)
        elif self.path == "/keyed.jpg" and self.headers.get("X-Api-Key") != "sesame":
            self.send_error(403)
        elif self.path == "/none.jpg":
            self.send_error(404)
        else:
            photo = photos.read("flower.jpg")
            self.send_response(200)
            self.send_header("Content-Length", str(len(photo)))
            if self.path == "/download":
                self.send_header(
                    "Content-Disposition", "attachment; filename*=UTF-8''bl%C3%BCte.jpg"
                )
            self.end_headers()
            self.wfile.write(photo)

    def log_message(self, format: str, *args: object) -> None:
        """Stay silent: the tests' output is theirs."""


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    _Site.seen = []
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Site) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def nothing_stored(client: Client) -> Iterator[Callable[[], None]]:
    """Checks that the number of assets is what it was."""

    def count() -> int:
        return len(client.get("resources/image/upload", max_results=500).json()["resources"])

    before = count()

    def check() -> None:
        assert count() == before

    yield check


def test_credentials_of_the_url_open_its_server(client: Client, site: str) -> None:
    reply = client.upload(f"http://ann:p%40ss@{site}/basic.jpg")
    assert reply.status_code == 200, reply.text
    assert (reply.json()["width"], reply.json()["original_filename"]) == (640, "basic")
    assert "p%40ss" not in reply.text and "p@ss" not in reply.text


def test_credentials_stay_with_their_server_and_out_of_messages(client: Client, site: str) -> None:
    _Site.seen.clear()
    assert client.upload(f"http://ann:p%40ss@{site}/moved").status_code == 200
    assert _Site.seen == [("/moved", ANN), ("/open.jpg", "")]
    reply = client.upload(f"http://ann:wrong@{site}/basic.jpg")
    expected = f"Error in loading http://{site}/basic.jpg - 401 Unauthorized"
    assert (reply.status_code, message(reply)) == (400, expected)
    assert "wrong" not in client.server.log()


def test_headers_are_sent_to_the_server_of_the_file(client: Client, site: str) -> None:
    url = f"http://{site}/keyed.jpg"
    assert message(client.upload(url)) == f"Error in loading {url} - 403 Forbidden"
    assert client.upload(url, headers="X-Api-Key: sesame\nX-Robots-Tag:noindex").status_code == 200


@pytest.mark.parametrize("line", ["Host: inner.example", "Transfer-Encoding: chunked", "no colon"])
def test_headers_that_are_not_the_clients_are_refused(
    client: Client, site: str, line: str, nothing_stored: Callable[[], None]
) -> None:
    reply = client.upload(f"http://{site}/open.jpg", headers=line)
    assert reply.status_code == 400
    assert message(reply) == f"Invalid value {line} for parameter headers"
    nothing_stored()


def test_the_servers_name_of_the_file_is_kept(client: Client, site: str, fresh: str) -> None:
    reply = client.upload(
        f"http://{site}/download", folder=fresh, use_filename=True, unique_filename=False
    ).json()
    assert (reply["original_filename"], reply["public_id"]) == ("blüte", f"{fresh}/blüte")


def test_a_missing_file_is_not_found(
    client: Client, site: str, nothing_stored: Callable[[], None]
) -> None:
    reply = client.upload(f"http://{site}/none.jpg")
    expected = f"Resource not found - http://{site}/none.jpg"
    assert (reply.status_code, message(reply)) == (404, expected)
    nothing_stored()


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (
            "ftp://ann:secret@files.example/a.jpg",
            "Unsupported source URL: ftp://files.example/a.jpg",
        ),
        ("s3://photos/a.jpg", "Bucket photos is not authorized for this cloud"),
        ("gs://photos/a.jpg", "Bucket photos is not authorized for this cloud"),
        ("azure://account/photos/a.jpg", "Bucket account is not authorized for this cloud"),
        ("http://10.0.0.1/a.jpg", "Error in loading http://10.0.0.1/a.jpg - address not allowed"),
    ],
)
def test_where_files_may_not_come_from(
    client: Client, url: str, expected: str, nothing_stored: Callable[[], None]
) -> None:
    reply = client.upload(url)
    assert (reply.status_code, message(reply)) == (400, expected)
    assert reply.headers["x-cld-error"] == expected
    nothing_stored()


def test_proxies_are_those_of_the_operator(client: Client, site: str) -> None:
    reply = client.upload(f"http://{site}/open.jpg", proxy="http://u:secret@proxy.example:3128")
    expected = "Proxy http://proxy.example:3128 is not allowed"
    assert (reply.status_code, message(reply)) == (400, expected)


@pytest.fixture(scope="module", params=list(storage_servers.SERVERS))
def storage(request: pytest.FixtureRequest) -> Iterator[StorageServer]:
    try:
        with storage_servers.SERVERS[request.param]() as running:
            yield running
    except (ImportError, node_packages.NotInstalled) as missing:
        if in_ci():
            raise
        pytest.skip(f"no server of {request.param}: {missing}")


@pytest.fixture(scope="module")
def reading(
    storage: StorageServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[LiveServer, str]]:
    """A service that may read the bucket for its cloud; and a proxy that it may use."""
    proxy = f"http://127.0.0.1:{free_port()}"
    buckets = {storage.url: storage.options | {"clouds": [CLOUD]}}
    live = LiveServer(
        tmp_path_factory.mktemp("reading"),
        "",
        {"BUCKETS": json.dumps(buckets), "FETCH_PROXIES": proxy, "MAX_IMAGE_BYTES": "200000"},
    ).start()
    yield live, proxy
    live.stop()


def test_buckets_are_read_for_their_cloud(
    reading: tuple[LiveServer, str], storage: StorageServer
) -> None:
    live, _ = reading
    photo = photos.read("flower.jpg")
    storage_servers.put(storage, "trips/a flower.jpg", photo)
    storage_servers.put(storage, "trips/large.jpg", photo * 2)
    with live.client() as client:
        reply = client.upload(f"{storage.url}/trips/a flower.jpg")
        assert reply.status_code == 200, reply.text
        assert (reply.json()["width"], reply.json()["bytes"]) == (640, len(photo))
        assert reply.json()["original_filename"] == "a flower"

        url = f"{storage.url}/trips/none.jpg"
        reply = client.upload(url)
        assert (reply.status_code, message(reply)) == (404, f"Resource not found - {url}")
        reply = client.upload(f"{storage.url}/trips/large.jpg")
        expected = f"File size too large. Got {2 * len(photo)}. Maximum is 200000."
        assert (reply.status_code, message(reply)) == (400, expected)

    log = live.log()
    assert not [
        value for value in storage.options.values() if len(str(value)) > 60 and value in log
    ]


def test_buckets_of_one_cloud_are_not_read_for_another(
    reading: tuple[LiveServer, str], storage: StorageServer
) -> None:
    live, _ = reading
    storage_servers.put(storage, "flower.jpg", photos.read("flower.jpg"))
    made = live.command(
        "clouds", "add", "other", "--api-key", "222", "--api-secret", "of-the-other"
    )
    assert made.returncode == 0, made.stderr
    with httpx.Client(auth=("222", "of-the-other"), timeout=60) as client:
        url = f"{live.url}/v1_1/other/image/upload"
        reply = client.post(url, data={"file": f"{storage.url}/flower.jpg"})
    name = storage.url.partition("://")[2]
    expected = f"Bucket {name} is not authorized for this cloud"
    assert (reply.status_code, message(reply)) == (400, expected)


def test_an_allowed_proxy_that_is_down_is_told(reading: tuple[LiveServer, str]) -> None:
    live, proxy = reading
    with live.client() as client:
        reply = client.upload("http://1.1.1.1/a.jpg", proxy=proxy)
        expected = "Error in loading http://1.1.1.1/a.jpg - proxy connection failed"
        assert (reply.status_code, message(reply)) == (400, expected)


@pytest.mark.parametrize(
    "uri",
    [
        "data:image/jpeg;base64,{b64}",
        "data:image/jpeg;name=a.jpg;charset=binary;base64,{b64}",
        "DATA:;BASE64,{b64}",
        "data:image/jpeg;base64,{lines}",
        "data:image/jpeg,{percent}",
        " data:image/jpeg;base64,{b64}\n",
    ],
)
def test_data_uris_of_every_kind_are_files(client: Client, flower: bytes, uri: str) -> None:
    text = base64.b64encode(flower).decode()
    forms = {"b64": text, "percent": quote(flower), "lines": base64.encodebytes(flower).decode()}
    reply = client.upload(uri.format(**forms))
    assert reply.status_code == 200, reply.text
    assert reply.json()["bytes"] == len(flower)


def test_a_data_uri_may_be_as_long_as_the_documented_most(sqlite_server: LiveServer) -> None:
    """62.9 million characters and more: what limits it is the size of the file."""
    head = "data:application/octet-stream;base64,"
    characters = 62_914_560
    text = head + "A" * (characters - len(head))
    with sqlite_server.client() as client:
        reply = client.upload(text, resource_type="raw")
        assert reply.status_code == 200, reply.text
        assert reply.json()["bytes"] == (characters - len(head)) * 3 // 4
