"""What a :class:`app.domain.ports.RemoteFetcher` promises, kept by the buckets of each provider."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Iterator
from dataclasses import replace

import pytest

from app.domain import buckets
from app.domain.errors import BadRequest, NotFound, ServiceError
from app.domain.ports import FetchOptions, RemoteFile
from app.net.buckets import BucketFetcher
from tests import node_packages, storage_servers
from tests.conftest import in_ci
from tests.live import free_port
from tests.storage_servers import BUCKET, StorageServer

BODY = random.Random(6).randbytes(1_000_000)
KEY = "trips/a cat+ü%20#1?.jpg"


@pytest.fixture(scope="module", params=list(storage_servers.SERVERS))
def server(request: pytest.FixtureRequest) -> Iterator[StorageServer]:
    try:
        with storage_servers.SERVERS[request.param]() as running:
            storage_servers.put(running, KEY, BODY)
            yield running
    except (ImportError, node_packages.NotInstalled) as missing:
        if in_ci():
            raise
        pytest.skip(f"no server of {request.param}: {missing}")


def fetcher(server: StorageServer, timeout: float = 20, **options: object) -> BucketFetcher:
    text = json.dumps({server.url: server.options | options})
    return BucketFetcher(buckets.parse(text), timeout=timeout)


def fetch(
    source: BucketFetcher,
    url: str,
    max_bytes: int = 1 << 30,
    options: FetchOptions = FetchOptions(cloud="acme"),  # noqa: B008 - frozen
) -> tuple[bytes, RemoteFile]:
    body = bytearray()
    file = asyncio.run(source.fetch(url, body.extend, max_bytes, options))
    return bytes(body), file


def refusal(source: BucketFetcher, url: str, **options: object) -> str:
    with pytest.raises(ServiceError) as caught:
        fetch(source, url, options=replace(FetchOptions(cloud="acme"), **options))  # type: ignore[arg-type]  # passes any option on
    return f"{caught.value.status}: {caught.value.message}"


def test_an_object_arrives_with_its_name_and_size(server: StorageServer) -> None:
    body, file = fetch(fetcher(server), f"{server.url}/{KEY}")
    assert body == BODY
    assert file == RemoteFile("a cat+ü%20#1?.jpg", len(BODY))


def test_a_missing_object_is_not_found(server: StorageServer) -> None:
    url = f"{server.url}/trips/none.jpg"
    with pytest.raises(NotFound) as caught:
        fetch(fetcher(server), url)
    assert caught.value.message == f"Resource not found - {url}"


def test_the_size_is_limited(server: StorageServer) -> None:
    url = f"{server.url}/{KEY}"
    assert fetch(fetcher(server), url, len(BODY))[0] == BODY
    with pytest.raises(BadRequest) as caught:
        fetch(fetcher(server), url, len(BODY) - 1)
    expected = f"File size too large. Got {len(BODY)}. Maximum is {len(BODY) - 1}."
    assert caught.value.message == expected


@pytest.mark.parametrize(
    "key", ["", "/", "trips/", "/trips/a.jpg", "a//b", "../x", "a/./b", "a\0b"]
)
def test_keys_that_no_object_can_have_are_refused(server: StorageServer, key: str) -> None:
    message = refusal(fetcher(server), f"{server.url}/{key}")
    assert message.startswith("400: Error in loading ")
    assert message.endswith(" - invalid object key")


def test_other_buckets_of_the_server_are_not_read(server: StorageServer) -> None:
    other = server.url.replace(BUCKET, "secrets")
    message = refusal(fetcher(server), f"{other}/a.jpg")
    assert message.endswith(" is not authorized for this cloud")
    assert "secrets" in message or "devstoreaccount1" in message


def test_clouds_read_the_buckets_that_are_theirs(server: StorageServer) -> None:
    source = fetcher(server, clouds=["acme"])
    url = f"{server.url}/{KEY}"
    assert fetch(source, url)[0] == BODY
    for cloud in ("other", ""):
        expected = f"400: Bucket {server.url.partition('://')[2]} is not authorized for this cloud"
        assert refusal(source, url, cloud=cloud) == expected


def test_a_proxy_cannot_be_asked_for(server: StorageServer) -> None:
    message = refusal(fetcher(server), f"{server.url}/{KEY}", proxy="http://proxy.example:3128")
    assert message == "400: Parameter proxy is for http and https URLs only"


def test_a_server_that_does_not_answer_is_told_shortly(server: StorageServer) -> None:
    dead = f"http://127.0.0.1:{free_port()}/key"
    source = fetcher(server, timeout=3, endpoint=dead)
    message = refusal(source, f"{server.url}/a.jpg")
    assert message in (
        f"400: Error in loading {server.url}/a.jpg - storage failed",
        f"400: Error in loading {server.url}/a.jpg - timed out",
    )


def test_errors_of_the_writer_are_passed_on(server: StorageServer) -> None:
    for error in (OSError(28, "no space"), FileNotFoundError("disk"), ValueError("x")):

        def write(piece: bytes, error: Exception = error) -> None:
            raise error

        with pytest.raises(type(error)) as caught:
            asyncio.run(fetcher(server).fetch(f"{server.url}/{KEY}", write, 1 << 30))
        assert caught.value is error


def test_wrong_credentials_are_refused_where_they_are_checked(server: StorageServer) -> None:
    if not server.url.startswith("azure:"):
        pytest.skip("the server of this provider checks no credentials")
    source = fetcher(server, account_key="d3Jvbmc=")
    url = f"{server.url}/{KEY}"
    assert refusal(source, url) == f"400: Error in loading {url} - access denied"
