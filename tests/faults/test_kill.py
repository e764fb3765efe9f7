"""kill -9 in the middle of uploads: what was answered 200 is there afterwards."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.soak import Round, check, kill_in_flight
from tests.conftest import DATABASES, database_url
from tests.live import LiveServer


@pytest.mark.parametrize("database", DATABASES)
def test_answered_uploads_survive(tmp_path: Path, database: str) -> None:
    server = LiveServer(tmp_path / "data", database_url(database))
    done: list[Round] = []
    for number in range(2):
        server.start()
        done.append(kill_in_flight(server, uploads=40, seed=number))
    server.start()
    try:
        for finished in done:
            assert finished.answered, "nothing was answered before the kill"
            check(server, finished)
        assert any(len(finished.answered) < 40 for finished in done), "nothing was in flight"
        report = server.command("reconcile")
        assert report.returncode == 0 and " 0 rows without bytes" in report.stdout, report.stdout
    finally:
        server.stop()
