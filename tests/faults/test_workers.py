"""Two worker processes answer as one."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests import photos
from tests.conftest import DATABASES, database_url
from tests.live import CLOUD, KEY, SECRET, LiveServer


@pytest.fixture(scope="module", params=DATABASES)
def workers(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LiveServer]:
    live = LiveServer(
        tmp_path_factory.mktemp("workers"), database_url(request.param), {"WORKERS": "2"}
    ).start()
    yield live
    assert live.stop() == 0


def get(server: LiveServer, path: str) -> httpx.Response:
    """Over a new connection, so that either worker may take it."""
    return httpx.get(f"{server.api}/{path}", auth=(KEY, SECRET), timeout=30)


def test_an_update_is_seen_by_the_next_read(workers: LiveServer) -> None:
    with workers.client() as client:
        client.upload(photos.tiny_png(), public_id="shared").raise_for_status()
    for number in range(60):
        update = httpx.post(
            f"{workers.api}/resources/image/upload/shared",
            json={"tags": f"n{number}"},
            auth=(KEY, SECRET),
        )
        assert update.json()["tags"] == [f"n{number}"]
        assert get(workers, "resources/image/upload/shared").json()["tags"] == [f"n{number}"]


def test_chunks_may_reach_either_worker_in_any_order(workers: LiveServer) -> None:
    content = bytes(range(256)) * 50_000
    size, total = 5_000_000, 12_800_000
    replies = []
    for first in (5_000_000, 10_000_000, 0):
        last = min(first + size, total) - 1
        replies.append(
            httpx.post(
                f"{workers.api}/raw/upload",
                data={"public_id": "parts.bin"},
                files={"file": ("parts.bin", content[first : last + 1])},
                headers={
                    "Content-Range": f"bytes {first}-{last}/{total}",
                    "X-Unique-Upload-Id": "either",
                },
                auth=(KEY, SECRET),
                timeout=60,
            ).json()
        )
    assert [reply["done"] for reply in replies] == [False, False, True]
    assert [reply["public_id"] for reply in replies] == ["parts.bin"] * 3
    assert replies[-1]["bytes"] == total
    assert httpx.get(replies[-1]["url"]).content == content


def test_presets_and_keys_are_shared(workers: LiveServer) -> None:
    preset = {"name": "shared", "unsigned": True, "tags": "p"}
    httpx.post(f"{workers.api}/upload_presets", json=preset, auth=(KEY, SECRET)).raise_for_status()
    for _ in range(10):
        reply = httpx.post(
            f"{workers.api}/image/upload",
            data={"upload_preset": "shared"},
            files={"file": ("a.png", photos.tiny_png())},
        )
        assert reply.json()["tags"] == ["p"]
    rotated = workers.command("clouds", "rotate-key", CLOUD, "--keep-old")
    key, secret = (re.search(rf"API {name}: +(\S+)", rotated.stdout) for name in ("key", "secret"))
    assert key and secret, rotated.stdout
    for _ in range(10):
        ping = httpx.get(f"{workers.api}/ping", auth=(key[1], secret[1]))
        assert ping.json() == {"status": "ok"}


def test_counters_are_shared(workers: LiveServer) -> None:
    left = [int(get(workers, "ping").headers["x-featureratelimit-remaining"]) for _ in range(20)]
    assert left == list(range(left[0], left[0] - 20, -1))
    metrics = httpx.get(f"{workers.url}/metrics").text
    counted = re.search(
        r'lenticular_requests_total\{.*route="[^"]*/ping",status="200"\} (\S+)', metrics
    )
    assert counted and float(counted[1]) >= 20


def test_simultaneous_uploads_of_one_new_name(workers: LiveServer) -> None:
    replies: list[dict[str, object]] = []

    def upload(overwrite: str) -> None:
        reply = httpx.post(
            f"{workers.api}/image/upload",
            data={"public_id": f"race-{overwrite}", "overwrite": overwrite},
            files={"file": ("a.png", photos.tiny_png())},
            auth=(KEY, SECRET),
            timeout=60,
        )
        assert reply.status_code == 200, reply.text
        replies.append(reply.json())

    for overwrite in ("0", "1"):
        replies.clear()
        threads = [threading.Thread(target=upload, args=(overwrite,)) for _ in range(25)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(replies) == 25 and len({reply["asset_id"] for reply in replies}) == 1
        word = "existing" if overwrite == "0" else "overwritten"
        assert sum(word in reply for reply in replies) == 24


def test_a_graceful_stop_finishes_what_has_begun(tmp_path: Path) -> None:
    server = LiveServer(tmp_path / "data").start()
    outcome: list[int] = []

    def upload() -> None:
        with server.client() as client:
            for _ in range(5):
                try:
                    outcome.append(client.upload(photos.path("china.jpg")).status_code)
                except httpx.ConnectError:
                    return  # stopped between two uploads
                except httpx.RemoteProtocolError:
                    return  # the kept connection was closed between two uploads

    thread = threading.Thread(target=upload)
    thread.start()
    while not outcome:
        thread.join(0.01)
    assert server.stop() == 0
    thread.join()
    assert set(outcome) == {200}


def test_generated_credentials_are_kept(tmp_path: Path) -> None:
    settings = {"API_KEY": "", "API_SECRET": "", "WORKERS": "2"}
    printed = []
    for _ in range(2):
        server = LiveServer(tmp_path / "data", settings=settings).start()
        server.stop()
        printed.append(re.findall(r"cloudinary://(\d+:[\w-]+)@acme", server.log())[-1])
    assert printed[0] == printed[1]
