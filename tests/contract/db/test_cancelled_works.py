"""Works whose callers have gone: they are done or not begun, and those after them go on."""

from __future__ import annotations

import asyncio
import time

import pytest

from app.domain.unit_of_work import UnitOfWork
from tests.contract.db.works import Runner


async def clouds(database: Runner) -> set[str]:
    """Names of the clouds; works that were cancelled may still be under way."""
    found = await database.database.read(lambda unit: unit.accounts.clouds())
    return {cloud.name for cloud in found}


def test_cancelled_writes_keep_nobody_waiting(database: Runner) -> None:
    async def run() -> None:
        for number in range(20):
            tasks = [
                asyncio.create_task(
                    database.database.write(
                        lambda unit, name=f"c{number}-{n}": unit.accounts.add_cloud(name)
                    )
                )
                for n in range(4)
            ]
            await asyncio.sleep(0.0005 * number)
            for task in tasks[1:]:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            async with asyncio.timeout(10):
                assert (await tasks[0]).name == f"c{number}-0"

    database.run(run())
    names = database.run(clouds(database))
    assert {f"c{number}-0" for number in range(20)} <= names


def test_a_write_that_is_cancelled_while_it_runs_is_whole(database: Runner) -> None:
    def slow(unit: UnitOfWork) -> None:
        unit.accounts.add_cloud("first")
        time.sleep(0.2)
        unit.accounts.add_cloud("second")

    async def run() -> None:
        task = asyncio.create_task(database.database.write(slow))
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        async with asyncio.timeout(10):
            await database.database.write(lambda unit: unit.accounts.add_cloud("third"))
            while True:
                names = await clouds(database)
                assert ("first" in names) == ("second" in names)
                if "first" in names:
                    break
                await asyncio.sleep(0.01)
        assert "third" in names

    database.run(run())
