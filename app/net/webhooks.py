"""Posting notifications without reaching into networks that are not allowed."""

from __future__ import annotations

import asyncio
import base64
import ssl
from collections.abc import Mapping, Sequence
from urllib.parse import unquote_to_bytes

import httpcore
import httpx

from app import __version__
from app.domain.jobs import PermanentFailure, TemporaryFailure
from app.net.addresses import Network
from app.net.connect import AddressNotAllowed, CheckedBackend, NameNotResolved, Resolver, resolve


class HttpPoster:
    """The :class:`~app.domain.ports.WebhookPoster` over HTTP/1.1. Safe for concurrent use.

    A redirect is a failure like any other answer that is not 2xx: a receiver that has moved
    is to be named anew, and nobody sends us into places that the URL's author cannot reach.
    No more of an answer is read than its head; that is bounded by httpcore.

    Args:
        timeout: seconds that a call may take in all.
        allow_networks: networks that receivers may be in though they are not public.
        resolver: how host names become addresses.
        ssl_context: whom to trust; by default the public certificate authorities, or those
            that ``SSL_CERT_FILE`` or ``SSL_CERT_DIR`` name.
    """

    def __init__(
        self,
        *,
        timeout: float,
        allow_networks: Sequence[Network] = (),
        resolver: Resolver = resolve,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self._timeout = timeout
        self._backend = CheckedBackend(allow_networks, resolver)
        self._ssl_context = ssl_context or httpx.create_ssl_context()

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> None:
        """Post a JSON body; see :class:`app.domain.ports.WebhookPoster`.

        Credentials in the URL are sent as HTTP Basic.
        """
        receiver = _parse(url)
        try:
            async with asyncio.timeout(self._timeout):
                status = await self._post(receiver, body, headers)
        except AddressNotAllowed as error:
            raise PermanentFailure("the receiver's address is not allowed") from error
        except (TimeoutError, httpcore.TimeoutException) as error:
            raise TemporaryFailure("the receiver did not answer in time") from error
        except NameNotResolved as error:
            raise TemporaryFailure("the receiver's name is not known") from error
        except (httpcore.NetworkError, httpcore.ProtocolError) as error:
            raise TemporaryFailure(f"the receiver could not be reached: {error}") from error
        if not 200 <= status < 300:
            raise TemporaryFailure(f"the receiver answered {status}")

    async def _post(self, url: httpx.URL, body: bytes, headers: Mapping[str, str]) -> int:
        target = httpcore.URL(
            scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
        )
        lines = [
            ("Content-Type", "application/json"),
            ("User-Agent", f"Lenticular/{__version__}"),
            ("Connection", "close"),
            *headers.items(),
        ]
        if url.userinfo:
            pair = base64.b64encode(unquote_to_bytes(url.userinfo))
            lines.append(("Authorization", f"Basic {pair.decode()}"))
        async with (
            httpcore.AsyncHTTPConnection(
                target.origin, ssl_context=self._ssl_context, network_backend=self._backend
            ) as connection,
            connection.stream("POST", target, headers=lines, content=body) as response,
        ):
            return response.status


def _parse(text: str) -> httpx.URL:
    try:
        url = httpx.URL(text)
    except (httpx.InvalidURL, ValueError) as error:
        raise PermanentFailure("the receiver's URL is not valid") from error
    if url.scheme not in ("http", "https") or not url.raw_host:
        raise PermanentFailure("the receiver's URL is not valid")
    return url
