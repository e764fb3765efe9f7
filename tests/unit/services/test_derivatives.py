"""Derivatives: made once, kept, found again, evicted; and what happens under pressure."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from app.domain.errors import BadRequest, NotFound, Overloaded
from app.domain.rendering import RenderLimits
from app.domain.transformation.grammar import parse
from app.services.derivatives import Order
from tests import photos
from tests.unit.services.kitchen import SIZE, Kitchen, kitchen

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def started(found: Kitchen, count: int) -> None:
    async with asyncio.timeout(10):
        while len(found.renderer.jobs) < count:  # noqa: ASYNC110 - a thread is waited for
            await asyncio.sleep(0.001)


async def test_a_hundred_clients_cause_one_rendering(tmp_path: Path) -> None:
    async with kitchen(tmp_path) as found:
        asset = await found.photo()
        found.renderer.gate.clear()
        clients = [asyncio.create_task(found.get("w_10/photo.jpg")) for _ in range(100)]
        await started(found, 1)
        clients[0].cancel()  # the one who asked first goes away
        found.renderer.gate.set()
        answers = await asyncio.gather(*clients[1:])
        assert len(found.renderer.jobs) == 1 and {a.etag for a in answers} == {answers[0].etag}
        assert all(a.data is not None and len(a.data) == SIZE for a in answers)
        await found.settled()
        again = await found.get("w_10/photo.jpg")
        assert len(found.renderer.jobs) == 1 and again.rendered is None
        assert found.delivery.content(again) == answers[0].data
        (row,) = await found.rows(asset)
        assert (row.transformation, row.extension, row.format) == ("w_10", "jpg", "jpg")
        assert (row.width, row.height, row.bytes, row.etag) == (10, 20, SIZE, again.etag)


@pytest.mark.parametrize("settled", [False, True])
async def test_what_landed_while_it_was_looked_for_is_not_made_again(
    tmp_path: Path, settled: bool
) -> None:
    async with kitchen(tmp_path) as found:
        asset = await found.photo()
        transformation = parse("w_10", RenderLimits())
        order = Order("w_10", transformation)

        async def at_once() -> None:
            pass

        async def after_another() -> None:
            await found.derivatives.get(found.cloud, asset, order, at_once)
            if settled:
                await found.settled()

        made = await found.derivatives.get(found.cloud, asset, order, after_another)
        assert made.size == SIZE and made.seconds is None
        assert len(found.renderer.jobs) == 1


async def test_different_derivatives_are_made_side_by_side_and_no_more_than_threads(
    tmp_path: Path,
) -> None:
    async with kitchen(tmp_path, threads=2, queue=3) as found:
        await found.photo()
        found.renderer.gate.clear()
        clients = [asyncio.create_task(found.get(f"w_{n}/photo")) for n in range(1, 11)]
        await started(found, 2)
        await asyncio.sleep(0.05)
        refused = [task for task in clients if task.done()]
        assert len(refused) == 5 and len(found.renderer.jobs) == 2
        for task in refused:
            with pytest.raises(Overloaded):
                task.result()
        found.renderer.gate.set()
        done = await asyncio.gather(*(task for task in clients if task not in refused))
        assert len(done) == 5 and found.renderer.most == 2
        assert (await found.get("w_1/photo")).size == SIZE  # it has recovered


async def test_what_is_being_stored_is_stored_before_the_end(tmp_path: Path) -> None:
    async with kitchen(tmp_path) as found:
        asset = await found.photo()
        await asyncio.gather(*(found.get(f"w_{n}/photo") for n in range(1, 9)))
    async with kitchen(tmp_path) as found:
        assert len(await found.rows(asset)) == 8
        assert (await found.get("w_3/photo")).rendered is None


async def test_lost_bytes_are_made_again(tmp_path: Path) -> None:
    async with kitchen(tmp_path) as found:
        await found.photo()
        await found.get("w_10/photo")
        await found.settled()
        first = await found.get("w_10/photo")
        found.blobs.delete(first.blob_key)
        assert (await found.get("w_10/photo")).rendered is not None
        original = await found.get("photo")
        found.blobs.delete(original.blob_key)
        with pytest.raises(NotFound):
            found.delivery.content(original)


async def test_an_overwritten_asset_has_other_derivatives(tmp_path: Path) -> None:
    async with kitchen(tmp_path) as found:
        await found.photo()
        await found.get("w_10/photo")
        await found.photo(content=photos.tiny_png((0, 200, 0)))
        await found.get("w_10/photo")
        assert len(found.renderer.jobs) == 2
        assert found.renderer.jobs[0].source.data != found.renderer.jobs[1].source.data


async def test_an_overwrite_while_rendering_stores_nothing(tmp_path: Path) -> None:
    async with kitchen(tmp_path) as found:
        await found.photo()
        found.renderer.gate.clear()
        client = asyncio.create_task(found.get("w_10/photo"))
        await started(found, 1)
        asset = await found.photo(content=photos.tiny_png((0, 200, 0)))
        found.renderer.gate.set()
        await client
        await found.settled()
        assert await found.rows(asset) == []


async def test_what_the_bytes_depend_on_is_part_of_the_key(tmp_path: Path) -> None:
    async with kitchen(tmp_path) as found:
        asset = await found.photo()

        async def jobs_after(rest: str, **given: object) -> int:
            await found.get(rest, **given)
            return len(found.renderer.jobs)

        assert await jobs_after("f_auto,w_10/photo", accept="image/webp") == 1
        assert await jobs_after("w_10,f_auto/photo", accept="image/webp,*/*") == 1
        assert await jobs_after("f_auto,w_10/photo", accept="image/avif") == 2
        assert await jobs_after("w_10/photo", accept="image/webp") == 3
        assert await jobs_after("w_10/photo", accept="image/avif", dpr=2.0) == 3
        assert await jobs_after("w_10,dpr_auto/photo", dpr=1.8) == 4
        assert await jobs_after("w_10,dpr_auto/photo", dpr=2.0) == 4
        assert await jobs_after("w_auto/photo", width=333.0) == 5
        assert found.renderer.jobs[-1].transformation.text == "w_400"
        assert await jobs_after("w_auto/photo", width=399.0) == 5
        assert await jobs_after("w_auto/photo") == 6
        changed = replace(asset, custom_coordinates=((0, 0, 2, 2),))
        await found.write(lambda unit: unit.assets.save_columns(changed))
        assert await jobs_after("w_10/photo") == 7
        renamed = replace(changed, faces=((0, 0, 9, 2), (0, 0, 3, 3)))
        await found.write(lambda unit: unit.assets.save_columns(renamed))
        assert await jobs_after("w_10/photo") == 7
        assert await jobs_after("w_10,g_face,c_thumb/photo") == 8
        # By size, and no more of them than lies in the picture.
        assert found.renderer.jobs[-1].source.faces == ((0, 0, 3, 3), (0, 0, 4, 2))
    async with kitchen(tmp_path, version="2") as found:
        assert (await found.get("w_10/photo")).rendered is not None


async def test_a_failure_reaches_everybody_and_is_not_kept(tmp_path: Path) -> None:
    async with kitchen(tmp_path) as found:
        asset = await found.photo()
        clients = [found.get("e_sepia/photo") for _ in range(5)]
        outcomes = await asyncio.gather(*clients, return_exceptions=True)
        assert all(isinstance(outcome, BadRequest) for outcome in outcomes)
        assert await found.rows(asset) == [] and not found.cache._pending


async def test_a_full_disk_costs_no_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with kitchen(tmp_path) as found:
        asset = await found.photo()

        def full(*_: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(found.blobs, "install", full)
        assert (await found.get("w_10/photo")).data is not None
        await found.settled()
        assert await found.rows(asset) == [] and not found.cache._unstored
        monkeypatch.undo()
        assert (await found.get("w_10/photo")).rendered is not None


async def test_the_least_recently_used_go_when_the_cap_is_reached(tmp_path: Path) -> None:
    async with kitchen(tmp_path, stored=SIZE * 10) as found:
        asset = await found.photo()
        for number in range(1, 10):
            await found.get(f"w_{number}/photo")
        await found.settled()
        rows = {row.transformation: row for row in await found.rows(asset)}
        assert len(rows) == 9
        # All are of one second; one was used a little later.
        kept = rows["w_1"]
        await found.write(
            lambda unit: unit.derivatives.touch([kept.id], kept.used_at.replace(year=2100))
        )
        for number in range(10, 16):
            await found.get(f"w_{number}/photo")
            await found.settled()
        left = {row.transformation for row in await found.rows(asset)}
        assert "w_1" in left and 5 <= len(left) <= 10


async def test_uses_are_written_down_together(tmp_path: Path) -> None:
    async with kitchen(tmp_path) as found:
        asset = await found.photo()
        await found.get("w_10/photo")
        await found.settled()
        (row,) = await found.rows(asset)
        past = row.used_at.replace(year=2000)
        await found.write(lambda unit: unit.derivatives.touch([row.id], past))
        for _ in range(50):
            await found.get("w_10/photo")
        (before,) = await found.rows(asset)
        assert before.used_at == past
        await found.cache._write_uses()
        (after,) = await found.rows(asset)
        assert after.used_at > row.created_at.replace(year=2001)
