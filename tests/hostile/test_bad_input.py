"""Bad input of every kind on a live server; after each the next good upload is served."""

from __future__ import annotations

import base64
import contextlib
import socket
import struct
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.domain import signing
from tests import photos
from tests.live import CLOUD, KEY, SECRET, Client, LiveServer, message

#: What the Upload API may answer besides 200 (CONTRACT 0.3).
REFUSALS = {400, 401, 404, 420}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """Without any network that remote URLs may reach, and with small limits."""
    settings = {"MAX_IMAGE_BYTES": str(4 * 1024 * 1024), "FETCH_TIMEOUT": "3"}
    live = LiveServer(tmp_path_factory.mktemp("hostile"), "", settings).start()
    yield live
    live.stop()


@pytest.fixture
def client(server: LiveServer, flower: bytes) -> Iterator[Client]:
    """A client; around the test one asset must stay as it is, and uploads must work."""
    with server.client() as made:
        kept = made.upload(flower, public_id="kept", tags="kept").json()
        before = count(made)
        yield made
        assert count(made) == before, "a refused upload left something behind"
        stored = made.get("resources/image/upload/kept").json()
        assert (stored["version"], stored["tags"]) == (kept["version"], ["kept"])
        assert httpx.get(kept["url"]).content == flower
        assert made.upload(photos.tiny_png(), public_id="next").status_code == 200
        made.post("image/destroy", public_id="next")


def count(client: Client) -> int:
    kinds = ("image", "raw")
    pages = (client.get(f"resources/{kind}", max_results=500).json() for kind in kinds)
    return sum(len(page["resources"]) for page in pages)


def refused(response: httpx.Response, *texts: str, status: int = 400) -> None:
    assert response.status_code == status in REFUSALS, response.text
    text = message(response)
    assert not texts or any(text.startswith(item) for item in texts), text


def png(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(b"\0" * 1000)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    )


FLOWER = photos.path("flower.jpg").read_bytes()
CAT = photos.path("chelsea.png").read_bytes()

#: A frame of 65535 × 65535 pixels in 37 bytes.
GIF_BOMB = (
    b"GIF89a\xff\xff\xff\xff\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0\xff\xff\xff\xff\0\x02\x02D\x01\0;"
)

BAD_IMAGES = {
    "text": b"this is no picture",
    "html": b"<html><script>alert(1)</script></html>",
    "truncated jpeg": FLOWER[:70_000],
    "jpeg header only": FLOWER[:300],
    "truncated png": CAT[: len(CAT) // 2],
    "corrupt png": CAT[:5000] + bytes(500) + CAT[5500:],
    "zeros": bytes(5000),
    "pixel bomb": png(60_000, 60_000),
    "gif bomb": GIF_BOMB,
    "pdf": b"%PDF-1.7\n1 0 obj\n",
    "svg": b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
    "mp4": b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + bytes(500),
    "mp3": b"ID3\x04" + bytes(500),
}


@pytest.mark.parametrize("name", BAD_IMAGES)
@pytest.mark.parametrize("overwriting", [False, True])
def test_bad_images(client: Client, name: str, overwriting: bool) -> None:
    public_id = "kept" if overwriting else "bad"
    response = client.upload(BAD_IMAGES[name], public_id=public_id, categorization="imagga_tagging")
    refused(response, "Invalid image file", "Image pixel count is too large")


@pytest.mark.parametrize("name", ["pdf", "svg", "mp4", "mp3", "truncated jpeg"])
def test_nothing_is_stored_under_another_type(client: Client, name: str) -> None:
    refused(client.upload(BAD_IMAGES[name], resource_type="auto"))
    refused(client.upload(BAD_IMAGES[name], resource_type="video"), "Unsupported video format")


def test_text_called_jpg_is_raw_at_auto(server: LiveServer) -> None:
    with server.client() as client:
        reply = client.upload(b"text", name="a.jpg", resource_type="auto", public_id="t.jpg")
        assert reply.json()["resource_type"] == "raw"
        client.post("raw/destroy", public_id="t.jpg")


def test_missing_and_empty_files(client: Client) -> None:
    refused(client.post("image/upload", public_id="x"), "Missing required parameter - file")
    refused(client.upload(b""), "Empty file")
    refused(client.post("image/upload", file=""), "Missing required parameter - file")
    refused(client.http.post(f"{client.server.api}/image/upload"), "Missing required parameter")


BAD_FIELDS: list[tuple[dict[str, str], str]] = [
    ({"categorization": "nope"}, "Categorization item nope is not valid"),
    ({"categorization": "imagga_tagging:xx"}, "Categorization item imagga_tagging:xx"),
    ({"categorization": "imagga_tagging", "auto_tagging": "1.01"}, "Invalid value 1.01"),
    ({"categorization": "imagga_tagging", "auto_tagging": "-0.1"}, "Invalid value -0.1"),
    ({"categorization": "imagga_tagging", "auto_tagging": "nan"}, "Invalid value nan"),
    ({"auto_tagging": "high"}, "Invalid value high for parameter auto_tagging"),
    ({"upload_preset": "missing"}, "Upload preset not found"),
    ({"type": "secret"}, "Invalid value secret for parameter type"),
    ({"overwrite": "maybe"}, "Invalid value maybe for parameter overwrite"),
    ({"display_name": "a/b"}, "Display name cannot contain slashes"),
    ({"tags": "x" * 300}, "Tag length"),
    ({"tags": "a\x00b"}, ""),
    ({"context": "novalue"}, "Invalid value novalue for parameter context"),
    ({"allowed_formats": "png"}, "Image file format jpg not allowed"),
    ({"public_id": "/a"}, "public_id (/a) is invalid"),
    ({"public_id": "a//b"}, "public_id (a//b) is invalid"),
    ({"public_id": "../../etc/passwd"}, "public_id (../../etc/passwd) is invalid"),
    ({"public_id": "v1/a"}, "public_id (v1/a) is invalid"),
    ({"public_id": "a" * 256}, "public_id ("),
    ({"public_id": " a"}, "public_id ( a) is invalid"),
    *[({"public_id": f"a{char}b"}, f"public_id (a{char}b) is invalid") for char in "?&#\\%<>+"],
]


@pytest.mark.parametrize(("fields", "text"), BAD_FIELDS)
def test_bad_parameters(client: Client, fields: dict[str, str], text: str) -> None:
    refused(client.upload(FLOWER, **fields), text)


def test_credentials(client: Client) -> None:
    api = client.server.api
    params = {"timestamp": str(int(time.time())), "public_id": "x"}
    signature = signing.sign(params, SECRET)
    good = {**params, "api_key": KEY, "signature": signature}
    cases: list[tuple[str, dict[str, str], dict[str, str], int, str]] = [
        (api, good | {"signature": "0" * 40}, {}, 401, "Invalid Signature 0000"),
        (api, good | {"signature": "short"}, {}, 401, "Invalid Signature short"),
        (api, good | {"api_key": "nobody"}, {}, 401, "Unknown API key nobody"),
        (api, good | {"timestamp": "soon"}, {}, 401, "Invalid Signature"),
        (api.replace(CLOUD, "nowhere"), good, {}, 401, "Invalid cloud_name nowhere"),
        (api, {}, {"Authorization": "Basic !!!"}, 401, "Invalid credentials"),
        (api, {}, {"Authorization": "Basic " + base64.b64encode(b"x").decode()}, 401, ""),
        (api, {}, {"Authorization": "Digest x"}, 401, "Invalid credentials"),
        (api, {"upload_preset": "missing"}, {}, 400, "Upload preset not found"),
        (api, {}, {}, 400, "Upload preset must be specified"),
    ]
    for url, data, headers, status, text in cases:
        response = httpx.post(
            f"{url}/image/upload", data=data, headers=headers, files={"file": ("a.jpg", FLOWER)}
        )
        refused(response, text, status=status)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/x.jpg",
        "http://localhost:1/x.jpg",
        "http://10.0.0.1/x.jpg",
        "http://169.254.169.254/latest/meta-data",
        "http://[::1]/x.jpg",
        "http://2130706433/x.jpg",
        "http://0x7f.1/x.jpg",
        "http://[::ffff:127.0.0.1]/",
    ],
)
def test_private_addresses_are_not_fetched(client: Client, url: str) -> None:
    response = client.post("image/upload", file=url)
    refused(response, f"Error in loading {url} - ")


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("photo.jpg", "Invalid URL for upload"),
        ("ftp://example.invalid/x.jpg", "Unsupported source URL: ftp://example.invalid/x.jpg"),
        ("file:///etc/passwd", "Unsupported source URL: file:///etc/passwd"),
        ("http://no-such-host.invalid/x.jpg", "Error in loading http://no-such-host.invalid/x.jpg"),
        ("http://", "Error in loading http:// - "),
        ("data:image/png;base64,!!!!", "Invalid data URI"),
        ("data:image/png;base64,", "Empty file"),
        ("data:image/png", "Invalid data URI"),
    ],
)
def test_bad_urls(client: Client, url: str, text: str) -> None:
    refused(client.post("image/upload", file=url), text)


def raw_request(client: Client, head: dict[str, str], body: bytes) -> tuple[int, bool]:
    """Send bytes as they are; the status, and whether the connection was closed after it."""
    authorization = "Basic " + base64.b64encode(f"{KEY}:{SECRET}".encode()).decode()
    lines = [
        f"POST /v1_1/{CLOUD}/image/upload HTTP/1.1",
        "Host: x",
        f"Authorization: {authorization}",
    ]
    lines += [f"{name}: {value}" for name, value in head.items()]
    with socket.create_connection(("127.0.0.1", client.server.port), timeout=20) as connection:
        connection.sendall(("\r\n".join(lines) + "\r\n\r\n").encode() + body)
        if "X-Cut" in head:
            connection.shutdown(socket.SHUT_WR)
        connection.settimeout(3)
        reply, closed = b"", False
        try:
            while data := connection.recv(65536):
                reply += data
            closed = True
        except ConnectionResetError:
            closed = True
        except TimeoutError:
            closed = False
    status = int(reply.split(b" ")[1]) if reply else 0
    return status, closed


def multipart(content: bytes, *, end: bytes = b"\r\n--b--\r\n") -> bytes:
    part = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n'
    return part + content + end


TYPE = {"Content-Type": "multipart/form-data; boundary=b"}


def test_bodies_cut_short(client: Client) -> None:
    whole = multipart(FLOWER)
    # Content-Length promises more than comes: nothing is stored, the connection ends.
    status, closed = raw_request(
        client, TYPE | {"Content-Length": str(len(whole) + 500), "X-Cut": "1"}, whole
    )
    assert status in (0, 400) and closed
    # The same with the file cut in its middle.
    status, closed = raw_request(
        client, TYPE | {"Content-Length": str(len(whole)), "X-Cut": "1"}, whole[:50_000]
    )
    assert status in (0, 400) and closed
    # Content-Length promises less: the body has no end.
    status, closed = raw_request(client, TYPE | {"Content-Length": "5000"}, whole)
    assert status == 400 and closed
    # No closing boundary.
    cut = multipart(FLOWER, end=b"")
    status, closed = raw_request(client, TYPE | {"Content-Length": str(len(cut))}, cut)
    assert status == 400 and closed


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("multipart/form-data", b"--b\r\n"),
        ("multipart/form-data; boundary=b", b"no boundary here"),
        ("multipart/form-data; boundary=b", b"--b\r\nbroken header\r\n\r\nx\r\n--b--"),
        ("multipart/form-data; boundary=b", b"--b\r\nX: y\r\n\r\nx\r\n--b--\r\n"),
        ("multipart/form-data; boundary=b", b"--b\r\n" + b"X: " + b"y" * 100_000 + b"\r\n\r\n"),
        ("application/json", b"{"),
        ("application/json", b"[1,2]"),
        ("application/json", b'{"file": 5}'),
        ("application/json", b"[" * 100_000),
        ("application/json", b'{"file":"x","tags":' + b"[" * 1000 + b"]" * 1000 + b"}"),
        ("application/json", b'{"context":' + b'{"a":' * 900 + b"1" + b"}" * 901),
        ("application/json", b'{"file":"data:image/png;base64,QUJD","tags":"a\\u0000b"}'),
        ("application/json", b'{"tags":["' + b'a","' * 300_000 + b'"]}'),
        ("application/x-www-form-urlencoded", b"tags=%5B%22a%5Cu0000b%22%5D&file=x"),
        ("text/xml", b"<a/>"),
        ("application/x-www-form-urlencoded", b"file=%ff%fe&public_id=%c3%28"),
        ("application/x-www-form-urlencoded", b"public_id=%00&file=x"),
    ],
)
def test_broken_bodies(client: Client, content_type: str, body: bytes) -> None:
    response = client.http.post(
        f"{client.server.api}/image/upload", content=body, headers={"Content-Type": content_type}
    )
    refused(response)


def test_file_fields_with_brackets(client: Client) -> None:
    response = client.http.post(
        f"{client.server.api}/image/upload", files={"file[]": ("a.jpg", FLOWER)}
    )
    refused(
        response,
        "Invalid file parameter. Make sure your file parameter does not include '[]'",
    )


def resident(server: LiveServer) -> float:
    assert server.process
    pages = int(Path(f"/proc/{server.process.pid}/statm").read_text().split()[1])
    return pages * 4096 / 1e6


def peak(server: LiveServer) -> float:
    assert server.process
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024 / 1e6


@pytest.mark.parametrize("chunked", [False, True])
def test_a_stream_of_two_gigabytes(client: Client, chunked: bool) -> None:
    block = bytes(1024 * 1024)
    blocks = 2048
    head = multipart(b"\xff\xd8\xff", end=b"")
    length = len(head) + blocks * len(block)

    def stream() -> Iterator[bytes]:
        yield head
        for _ in range(blocks):
            yield block

    headers = TYPE if chunked else TYPE | {"Content-Length": str(length)}
    before = resident(client.server)
    try:
        response = client.http.post(
            f"{client.server.api}/image/upload", content=stream(), headers=headers
        )
        refused(response, "File size too large. Got ")
    except (httpx.WriteError, httpx.RemoteProtocolError, httpx.ReadError):
        pass  # the server hung up in the middle, which is an answer too
    assert resident(client.server) - before < 100


def test_large_json_costs_little_memory(client: Client) -> None:
    """Three bytes of JSON can become a hundred bytes of objects: an easy way to fill a memory."""
    url = f"{client.server.api}/image/upload"
    headers = {"Content-Type": "application/json"}
    before = resident(client.server)
    for body in (b'{"a":[' + b"{}," * 5_000_000 + b"{}]}", b'{"a":"' + b"x" * 15_000_000 + b'"}'):
        # The server may hang up in the middle, which is an answer too.
        with contextlib.suppress(httpx.WriteError, httpx.RemoteProtocolError, httpx.ReadError):
            refused(client.http.post(url, content=body, headers=headers), "Malformed request body")
    assert peak(client.server) - before < 100


@pytest.mark.parametrize(
    ("method", "path", "options", "status"),
    [
        ("GET", "resources/image/upload", {"params": {"next_cursor": "zz"}}, 400),
        ("GET", "resources/image/upload", {"params": {"max_results": "many"}}, 400),
        ("GET", "resources/image/upload", {"params": {"max_results": "-1"}}, 400),
        ("GET", "resources/image/upload", {"params": {"direction": "up"}}, 400),
        ("GET", "resources/image/upload", {"params": {"start_at": "then"}}, 400),
        ("GET", "resources/image/upload", {"params": {"tags": "maybe"}}, 400),
        ("GET", "resources/films", {}, 404),
        ("GET", "resources/films/upload", {}, 400),
        ("GET", "resources/image/upload/%00", {}, 404),
        ("GET", "resources/image/upload/" + "x" * 5000, {}, 404),
        ("GET", "tags/films", {}, 400),
        ("GET", "nothing/here", {}, 404),
        ("PATCH", "resources/image/upload/kept", {}, 404),
        ("POST", "image/nothing", {}, 404),
        ("POST", "upload_presets", {"json": {"name": "a/b"}}, 400),
        ("POST", "upload_presets", {"json": {"categorization": "nope"}}, 400),
        ("POST", "image/tags", {"data": {"command": "add", "public_ids[]": "kept"}}, 400),
        ("POST", "image/tags", {"data": {"command": "x", "tag": "y", "public_ids[]": "kept"}}, 400),
        ("POST", "resources/image/upload/kept", {"json": {"categorization": "x"}}, 400),
        ("POST", "resources/image/upload/kept", {"json": {"auto_tagging": 2}}, 400),
        ("POST", "resources/image/upload/kept", {"content": b"{"}, 400),
        ("DELETE", "resources/image/upload", {}, 400),
        ("DELETE", "resources", {"params": {"asset_ids[]": ""}}, 400),
    ],
)
def test_bad_calls(
    client: Client, method: str, path: str, options: dict[str, Any], status: int
) -> None:
    response = client.send(method, path, **options)
    assert response.status_code == status, response.text
    assert message(response)


CHUNKS = [
    ("bytes 0-9/10", 400, "Content-Range names 10 bytes"),
    ("bytes 5-1/10", 400, "Invalid Content-Range"),
    ("bytes 0-99/50", 400, "Invalid Content-Range"),
    ("nonsense", 400, "Invalid Content-Range"),
    (f"bytes 0-{len(FLOWER) - 1}/-1", 400, "All parts except EOF-chunk must be larger than 5mb"),
    (f"bytes 0-{len(FLOWER) - 1}/999999999999", 400, "File size too large"),
]


@pytest.mark.parametrize(("content_range", "status", "text"), CHUNKS)
def test_bad_chunks(client: Client, content_range: str, status: int, text: str) -> None:
    headers = {"Content-Range": content_range, "X-Unique-Upload-Id": content_range}
    response = client.http.post(
        f"{client.server.api}/image/upload", files={"file": ("a.jpg", FLOWER)}, headers=headers
    )
    refused(response, text, status=status)
    without = client.http.post(
        f"{client.server.api}/image/upload",
        files={"file": ("a.jpg", FLOWER)},
        headers={"Content-Range": "bytes 0-9/10"},
    )
    refused(without, "Missing required header - X-Unique-Upload-Id")
