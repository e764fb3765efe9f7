"""``lenticular serve`` and ``lenticular migrate``."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from app import logs
from app.commands.common import err, fail, load_settings, open_engines
from app.container import open_container
from app.db.migrate import migrate as migrate_database
from app.domain.accounts import ApiKey
from app.domain.errors import ServiceError
from app.settings import Settings


def migrate() -> None:
    """Bring the database to the newest schema."""
    loaded = load_settings()
    prepare_data_dir(loaded)
    migrate_database(loaded.effective_database_url)
    err.print("The database is at the newest schema.")


def serve() -> None:
    """Migrate, make the first cloud, and answer requests until stopped."""
    loaded = load_settings()
    logs.configure(loaded.log_format, loaded.log_level)
    prepare_data_dir(loaded)
    # The workers open their own; this says what is wrong with a model before anything is up.
    open_engines(loaded)
    try:
        migrate_database(loaded.effective_database_url)
        key = asyncio.run(_first_key(loaded))
    except ServiceError as error:
        fail(error.message, hint="Check LENTICULAR_CLOUD_NAME, _API_KEY and _API_SECRET.")
    err.print(banner(loaded, key), soft_wrap=True, highlight=False, markup=False)
    # uvicorn raises the signal that stopped it once more when it is done: then this ends the
    # process in order instead of by the signal.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with _shared_metrics():
        uvicorn.run(
            "app.main:create_app",
            factory=True,
            http="app.commands.protocol:ZeroCopyProtocol",
            host=loaded.host,
            port=loaded.port,
            workers=loaded.workers,
            ssl_certfile=loaded.tls_cert,
            ssl_keyfile=loaded.tls_key,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=30,
        )


def prepare_data_dir(loaded: Settings) -> None:
    """Make the data directory, or end the command with what stands in the way."""
    try:
        loaded.data_dir.mkdir(parents=True, exist_ok=True)
        probe = loaded.data_dir / f".probe-{secrets.token_hex(4)}"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        fail(
            f"The data directory {loaded.data_dir} cannot be written: {error.strerror}",
            hint="Set LENTICULAR_DATA_DIR to a directory that this user may write.",
        )


async def _first_key(loaded: Settings) -> ApiKey:
    async with open_container(loaded, tagging=False) as container:
        return await container.accounts.ensure(loaded.cloud_name, loaded.api_key, loaded.api_secret)


def server_url(loaded: Settings) -> str:
    """Where a client on this machine reaches the server."""
    if loaded.public_url:
        return loaded.public_url
    scheme = "https" if loaded.tls_cert else "http"
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(loaded.host, loaded.host)  # noqa: S104 - compared
    return f"{scheme}://{host}:{loaded.port}"


def cloudinary_url(url: str, key: ApiKey, *, explicit: bool = False) -> str:
    """The configuration URL that points an SDK's uploads and delivery here (CONTRACT F3).

    Args:
        explicit: say ``secure=false`` for http. Most SDKs need it, as they default to https;
            the Python SDK defaults to http and takes the text "false" for true.
    """
    scheme, _, host = url.partition("://")
    if scheme == "https":
        delivery = f"secure=true&secure_distribution={host}"
    else:
        delivery = f"{'secure=false&' if explicit else ''}cname={host}"
    return f"cloudinary://{key.key}:{key.secret}@{key.cloud.name}?upload_prefix={url}&{delivery}"


def banner(loaded: Settings, key: ApiKey) -> str:
    """What a person needs for the first upload."""
    url = server_url(loaded)
    curl = (
        f"curl -u {key.key}:{key.secret} {url}/v1_1/{key.cloud.name}/image/upload "
        "-F file=@photo.jpg -F categorization=imagga_tagging -F auto_tagging=0.4"
    )
    return (
        f"Lenticular answers on {url}\n\n"
        f"Upload and tag a photo (any photo.jpg):\n\n  {curl}\n\n"
        "Point the Python SDK or the cld command here:\n\n"
        f"  export CLOUDINARY_URL='{cloudinary_url(url, key)}'\n\n"
        "Point Node, Java and others that default to https here (docs/sdks.md has them all):\n\n"
        f"  export CLOUDINARY_URL='{cloudinary_url(url, key, explicit=True)}'\n\n"
        "Stop with Ctrl+C."
    )


@contextmanager
def _shared_metrics() -> Iterator[None]:
    """Let the workers share their metrics: a directory, named to them by the environment."""
    with tempfile.TemporaryDirectory(prefix="lenticular-metrics-") as path:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = path
        yield
