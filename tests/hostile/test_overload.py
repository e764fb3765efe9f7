"""More cold derivatives than can be made: everybody gets an answer, and it passes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from benchmarks import load, overload
from tests import photos
from tests.live import CLOUD, LiveServer, message

pytestmark = pytest.mark.alone


@pytest.fixture
def small(tmp_path: Path) -> Iterator[LiveServer]:
    """A server that makes one derivative at a time and keeps three waiting."""
    settings = {"RENDER_THREADS": "1", "RENDER_QUEUE": "3"}
    server = LiveServer(tmp_path / "data", "", settings).start()
    with server.client() as client:
        for number in range(overload.PHOTOS):
            client.upload(photos.path("china.jpg"), public_id=f"over{number}").raise_for_status()
    yield server
    server.stop()


def test_everybody_is_answered_and_it_passes(small: LiveServer) -> None:
    assert small.process
    paths = overload.Paths(5)
    outcome = overload.Outcome()

    async def rush() -> None:
        await asyncio.gather(*(overload.ask(small.port, paths.next(), outcome) for _ in range(200)))

    asyncio.run(rush())
    assert set(outcome.statuses) == {200, 503} and outcome.statuses.total() == 200
    assert outcome.statuses[200] >= 4 and outcome.without_retry == 0
    assert load.resident_bytes(small.process.pid) < overload.MEMORY_LIMIT
    calm = overload.Outcome()
    for _ in range(5):
        asyncio.run(overload.ask(small.port, paths.next(), calm))
    assert calm.statuses == {200: 5}


def test_what_is_there_and_what_is_uploaded_is_not_held_up(small: LiveServer) -> None:
    ready = f"{small.url}/{CLOUD}/image/upload/w_10/over0.jpg"
    httpx.get(ready).raise_for_status()
    slow = f"/{CLOUD}/image/upload/e_oil_paint:8,w_1500/e_blur:900/a_7/over1.png"

    async def rush() -> overload.Outcome:
        outcome = overload.Outcome()
        many = (slow.replace("a_7", f"a_{turn}") for turn in range(1, 11))
        tasks = [asyncio.create_task(overload.ask(small.port, path, outcome)) for path in many]
        await asyncio.sleep(0.3)
        async with httpx.AsyncClient(timeout=20) as client:
            assert (await client.get(ready)).status_code == 200
            refused = await client.get(ready.replace("w_10", "w_11"))
            if refused.status_code != 200:  # unless all were made in the meantime
                assert refused.status_code == 503 and refused.headers["retry-after"]
                assert message(refused) == "Too many images are being made. Try again later."
            reply = await client.post(
                f"{small.api}/image/upload",
                files={"file": ("a.png", photos.tiny_png())},
                auth=("111", "not-a-real-secret"),
            )
            assert reply.status_code == 200
        await asyncio.gather(*tasks)
        return outcome

    outcome = asyncio.run(rush())
    assert set(outcome.statuses) <= {200, 503} and outcome.statuses[503] > 0


def test_memory_stays_within_its_limit(sqlite_server: LiveServer) -> None:
    """The largest originals that are taken, of formats that are decoded whole, all at once."""
    photo = photos.load("china.jpg", (8000, 6200))
    files = [
        photos.encode(photo.convert("RGBA"), "PNG", compress_level=1),
        photos.encode(photo, "WEBP", method=0),
    ]
    with sqlite_server.client() as client:
        for number, file in enumerate(files):
            client.upload(file, public_id=f"over{number}").raise_for_status()
    outcome = overload.Outcome()
    paths = (f"w_{width}/over{width % 2}.jpg" for width in range(901, 909))

    async def rush() -> None:
        asks = (
            overload.ask(sqlite_server.port, f"/{CLOUD}/image/upload/{path}", outcome)
            for path in paths
        )
        async with overload.watching(sqlite_server, outcome):
            await asyncio.gather(*asks)

    asyncio.run(rush())
    assert outcome.statuses == {200: 8}
    assert outcome.memory < overload.MEMORY_LIMIT, f"{outcome.memory / 1e6:.0f} MB"


def test_a_flood_of_urls_that_cannot_be_read_costs_nobody_else(small: LiveServer) -> None:
    with httpx.Client() as client:
        base = f"{small.url}/{CLOUD}/image/upload"
        for number in range(300):
            assert client.get(f"{base}/w_{number}x,c_fill/over0.jpg").status_code == 400
        assert client.get(f"{base}/{'w_10/' * 2000}over0.jpg").status_code in (400, 414)
        assert client.get(f"{base}/w_99999999/over0.jpg").status_code == 400
        assert client.get(f"{base}/w_12/over0.jpg").status_code == 200
