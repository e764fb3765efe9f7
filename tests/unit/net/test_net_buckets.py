"""Buckets whose servers misbehave, and which source a URL is read from."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator

import pytest

from app.domain.buckets import InvalidBuckets, parse
from app.domain.errors import BadRequest, ServiceError
from app.domain.ports import FETCH_PLAINLY, RemoteFetcher
from app.net.buckets import BucketFetcher
from app.net.sources import Sources
from tests.unit.net.net_server import Answer, Server, local_fetcher, response, serving

URL = "s3://photos/a.jpg"
STAMP = "Last-Modified: Tue, 24 Nov 2026 10:00:00 GMT"


def fetcher(server: Server, timeout: float = 5) -> BucketFetcher:
    options = {"endpoint": server.url(""), "region": "x", "anonymous": True}
    return BucketFetcher(parse(json.dumps({"s3://photos": options})), timeout=timeout)


async def refusal(source: RemoteFetcher, url: str = URL, max_bytes: int = 1000) -> str:
    with pytest.raises(ServiceError) as caught:
        await source.fetch(url, lambda _: None, max_bytes, FETCH_PLAINLY)
    return f"{caught.value.status}: {caught.value.message}"


def answered(answer: Answer, timeout: float = 5) -> str:
    async def scenario() -> str:
        async with serving(lambda _: answer) as server:
            return await refusal(fetcher(server, timeout))

    return asyncio.run(scenario())


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (response(b"who", status="401 Unauthorized"), "400: Error in loading {} - access denied"),
        (response(b"no", status="403 Forbidden"), "400: Error in loading {} - access denied"),
        (response(b"<Code/>", status="404 Not Found"), "404: Resource not found - {}"),
        (response(b"secret text", status="400 Bad"), "400: Error in loading {} - storage failed"),
        (response(b"cut", STAMP, "Content-Length: 9"), "400: Error in loading {} - storage failed"),
        (response(status="302 Found"), "400: Error in loading {} - storage failed"),
        (b"SSH-2.0-OpenSSH\r\n", "400: Error in loading {} - storage failed"),
        (response(b"x" * 2000, STAMP), "400: File size too large. Got 2000. Maximum is 1000."),
    ],
)
def test_what_a_bucket_answers_is_told_in_our_words(answer: bytes, message: str) -> None:
    assert answered(answer) == message.format(URL)


def test_a_bucket_that_drips_ends_at_the_deadline() -> None:
    async def drip() -> AsyncIterator[bytes]:
        yield f"HTTP/1.1 200 OK\r\n{STAMP}\r\nContent-Length: 900\r\n\r\n".encode()
        while True:
            await asyncio.sleep(0.05)
            yield b"x"

    begun = time.monotonic()
    assert answered(drip(), timeout=0.5) == f"400: Error in loading {URL} - timed out"
    assert time.monotonic() - begun < 3


@pytest.mark.parametrize(
    "text",
    [
        '{"azure://account/box": {"account_key": "!hush!"}}',
        '{"gs://a": {"service_account_key": "hush"}}',
        '{"gs://a": {"application_credentials": "/no/such/hush"}}',
    ],
)
def test_options_that_cannot_be_used_are_told_without_their_values(text: str) -> None:
    with pytest.raises(InvalidBuckets, match="cannot be used") as caught:
        BucketFetcher(parse(text), timeout=1)
    assert "hush" not in str(caught.value)
    assert caught.value.__suppress_context__


def test_each_url_is_read_from_its_source() -> None:
    async def scenario() -> None:
        async with serving(lambda _: response(b"x" * 9, STAMP)) as server:
            sources = Sources(local_fetcher(), fetcher(server))
            for url in (server.url("/b.png"), f"  {server.url('/b.png')}\n", URL, "S3://photos/a"):
                body = bytearray()
                await sources.fetch(url, body.extend, 1000)
                assert body == b"x" * 9
            for url in (
                "ftp://u:pw@h/a",
                "file:///etc/passwd",
                "s3:photos/a",
                "s3n://photos/a",
                "x",
            ):
                message = await refusal(sources, url)
                assert message == f"400: Unsupported source URL: {url.replace('u:pw@', '')}"
            other = await refusal(sources, "gs://u:pw@photos/a")
            assert other == "400: Bucket photos is not authorized for this cloud"

    asyncio.run(scenario())


def test_an_unauthorised_bucket_is_refused_without_a_request() -> None:
    async def scenario() -> None:
        async with serving(lambda _: response(b"x")) as server:
            with pytest.raises(BadRequest, match=r"^Bucket secrets is not authorized"):
                await fetcher(server).fetch("s3://secrets/a", lambda _: None, 10)
            assert server.requests == []

    asyncio.run(scenario())
