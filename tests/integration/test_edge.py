"""The service behind nginx, by the configuration that is shipped."""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from app.domain.signing import sign_delivery_token
from tests import photos
from tests.conftest import in_ci
from tests.edge import Edge, nginx
from tests.live import CLOUD, Client, LiveServer

pytestmark = pytest.mark.skipif(
    nginx() is None and not in_ci(), reason="nginx is not installed (apt-get install nginx)"
)

TOKEN_KEY = "00112233ff99"


@pytest.fixture(scope="module")
def edge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edge]:
    root = tmp_path_factory.mktemp("edge")
    settings = {"ACCEL_PREFIX": "/blobs", "MAX_AGE": "1", "TOKEN_KEY": TOKEN_KEY}
    server = LiveServer(root / "data", "", settings).start()
    made = Edge(server, root / "nginx").start()
    yield made
    made.stop()
    server.stop()


@pytest.fixture
def client(edge: Edge) -> Iterator[Client]:
    with edge.server.client() as made:
        yield made


def kept(url: str, **headers: str) -> httpx.Response:
    """The first answer that nginx gives without asking: what was just made is stored meanwhile."""
    deadline = time.monotonic() + 10
    while (answer := httpx.get(url, headers=headers)).headers.get("x-cache") != "HIT":
        assert time.monotonic() < deadline, answer.headers
        time.sleep(0.05)
    return answer


def test_what_names_its_version_is_kept(edge: Edge, client: Client, flower: bytes) -> None:
    body = client.upload(flower, public_id="kept").json()
    for path in (f"v{body['version']}/kept.jpg", f"c_fill,h_70,w_90/v{body['version']}/kept.webp"):
        url = f"{edge.url}/{CLOUD}/image/upload/{path}"
        first, second = httpx.get(url), kept(url)
        assert first.content == second.content
        assert second.headers["etag"] == f'"{hashlib.md5(first.content).hexdigest()}"'
        assert "immutable" in second.headers["cache-control"]
        part = httpx.get(url, headers={"Range": "bytes=3-9"})
        assert (part.status_code, part.content) == (206, first.content[3:10])
        same = httpx.get(url, headers={"If-None-Match": first.headers["etag"]})
        assert same.status_code == 304
        head = httpx.head(url)
        assert head.headers["content-length"] == str(len(first.content))


def test_automatic_formats_are_told_apart(edge: Edge, client: Client, flower: bytes) -> None:
    version = client.upload(flower, public_id="auto").json()["version"]
    url = f"{edge.url}/{CLOUD}/image/upload/f_auto,w_80/v{version}/auto"
    for accept in ("image/avif,*/*", "image/webp,*/*", "*/*", "image/avif,*/*"):
        answer = kept(url, accept=accept)
        expected = accept.partition(",")[0] if "image" in accept else "image/jpeg"
        assert answer.headers["content-type"] == expected and answer.headers["vary"] == "Accept"


def test_other_urls_are_asked_again_in_the_background(
    edge: Edge, client: Client, flower: bytes
) -> None:
    client.upload(flower, public_id="changing")
    url = f"{edge.url}/{CLOUD}/image/upload/w_40/changing.png"
    before = kept(url).content
    client.upload(photos.path("china.jpg"), public_id="changing")
    states = set()
    deadline = time.monotonic() + 10
    while (answer := httpx.get(url)).content == before and time.monotonic() < deadline:
        states.add(answer.headers["x-cache"])
        time.sleep(0.1)
    assert answer.content != before
    assert "STALE" in states or "UPDATING" in states  # meanwhile nobody waited


def test_what_is_not_for_everybody_is_never_kept(edge: Edge, client: Client, flower: bytes) -> None:
    url = client.upload(flower, public_id="secret", type="authenticated").json()["url"]
    signed = url.replace(edge.server.url, edge.url)
    unsigned = f"{edge.url}/{CLOUD}/image/authenticated/secret.jpg"
    parts = f"exp={int(time.time()) + 60}~acl=%2f*"
    token = f"__cld_token__={parts}~hmac={sign_delivery_token(parts, TOKEN_KEY)}"
    for _ in range(3):
        answer = httpx.get(signed)
        assert answer.content == flower and answer.headers["cache-control"].startswith("private")
        # nginx sent the file itself, with the service's word on it.
        assert answer.headers["etag"] == f'"{hashlib.md5(flower).hexdigest()}"'
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "x-accel-redirect" not in answer.headers
        assert httpx.get(f"{unsigned}?{token}").content == flower
        assert httpx.get(unsigned, headers={"Cookie": token}).content == flower
        refused = httpx.get(unsigned)
        assert (refused.status_code, refused.headers["cache-control"]) == (401, "no-store")
    part = httpx.get(signed, headers={"Range": "bytes=5-9"})
    assert (part.status_code, part.content) == (206, flower[5:10])
    same = httpx.get(signed, headers={"If-None-Match": answer.headers["etag"]})
    assert (same.status_code, same.headers["etag"]) == (304, answer.headers["etag"])
    other = httpx.get(signed, headers={"If-None-Match": '"x"'})
    assert (other.status_code, other.content) == (200, flower)
    assert httpx.head(signed).headers["content-length"] == str(len(flower))


def test_files_are_not_copied(edge: Edge, client: Client) -> None:
    data = random.Random(3).randbytes(12_000_000)
    body = client.upload(data, resource_type="raw", public_id="large.html").json()
    url = body["url"].replace(edge.server.url, edge.url)
    states = []
    for _ in range(2):
        answer = httpx.get(url)
        assert answer.content == data and "sandbox" in answer.headers["content-security-policy"]
        states.append(answer.headers["x-cache"])
    assert states == ["MISS", "HIT"]
    kept = [file.stat().st_size for file in (edge.root / "cache").rglob("*") if file.is_file()]
    assert kept and max(kept) < 4096
    part = httpx.get(url, headers={"Range": "bytes=-10"})
    assert (part.status_code, part.content) == (206, data[-10:])


def test_blobs_cannot_be_asked_for(edge: Edge, client: Client, flower: bytes) -> None:
    client.upload(flower, public_id="inside")
    key = hashlib.sha256(flower).hexdigest()
    assert (Path(edge.server.data_dir) / "blobs" / key[:2] / key).exists()
    assert httpx.get(f"{edge.url}/blobs/{key[:2]}/{key}").status_code == 404
    assert httpx.get(f"{edge.url}/metrics").status_code == 404


def test_uploads_go_through(edge: Edge, flower: bytes) -> None:
    reply = httpx.post(
        f"{edge.url}/v1_1/{CLOUD}/image/upload",
        data={"public_id": "through"},
        files={"file": ("a.jpg", flower)},
        auth=("111", "not-a-real-secret"),
    ).json()
    assert reply["url"].startswith(edge.url) and httpx.get(reply["url"]).content == flower
