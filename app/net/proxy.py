"""Going through a proxy without giving up the check of addresses.

The name of the target is resolved and checked here, and the proxy is asked (``CONNECT``,
RFC 9110, 9.3.6) for the address that was checked: it resolves nothing, so that it leads nowhere
that a direct connection would not.
"""

from __future__ import annotations

import base64
import ipaddress
import ssl
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AsyncExitStack
from urllib.parse import unquote_to_bytes

import httpcore
import httpx

from app.domain.errors import BadRequest
from app.net.addresses import Address
from app.net.connect import CheckedBackend
from app.net.failures import HTTP_ERRORS, LoadError, status_line
from app.net.urls import SCHEMES, origin, parse, presentable, usable

Proxies = Mapping[tuple[bytes, bytes, int | None], httpx.URL]
"""Proxies by their origin."""


def read_proxies(urls: Iterable[str]) -> Proxies:
    """The operator's proxies.

    Raises:
        ValueError: one is no http or https URL.
    """
    proxies = {}
    for text in urls:
        url = _parse(text)
        if url is None:
            raise ValueError(f"{presentable(text, well_formed=False)} is no URL of a proxy")
        proxies[origin(url)] = url
    return proxies


def choose(proxies: Proxies, text: str) -> httpx.URL:
    """The proxy that a client asks for; its own credentials go before the operator's.

    Raises:
        BadRequest: it is none of ``proxies``, or no URL.
    """
    url = _parse(text)
    if url is None:
        shown = presentable(text, well_formed=False)[:200]
        raise BadRequest(f"Invalid value {shown} for parameter proxy")
    known = proxies.get(origin(url))
    if known is None:
        raise BadRequest(f"Proxy {presentable(text, well_formed=True)} is not allowed")
    return url if url.userinfo else known


def basic(userinfo: bytes) -> bytes:
    """Credentials of a URL as the value of an Authorization header (RFC 7617)."""
    user, _, password = userinfo.partition(b":")
    pair = unquote_to_bytes(user) + b":" + unquote_to_bytes(password)
    return b"Basic " + base64.b64encode(pair)


class Tunnel(httpcore.AsyncNetworkBackend):
    """The network as httpcore sees it: TCP through a proxy to allowed addresses.

    Args:
        proxy: from :func:`choose`; its own address is the operator's business.
        targets: resolves and checks the names of targets.
        ssl_context: whom to trust if the proxy is spoken to by https.
    """

    def __init__(
        self, proxy: httpx.URL, targets: CheckedBackend, ssl_context: ssl.SSLContext
    ) -> None:
        self._proxy = proxy
        self._targets = targets
        self._ssl_context = ssl_context

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the signature is httpcore's
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first address of ``host`` that the proxy reaches.

        Args:
            host: name or address of the target.
            port: its TCP port.
            timeout: seconds to connect to the proxy.
            local_address: address to connect from.
            socket_options: as for ``setsockopt``.

        Raises:
            AddressNotAllowed: one of the host's addresses is not allowed.
            NameNotResolved: the host has no address.
            LoadError: the proxy cannot be used, or reaches none of them.
        """
        options = list(socket_options) if socket_options is not None else None
        failure = LoadError("proxy answered nothing")
        for address in await self._targets.addresses(host, port):
            connection = httpcore.AsyncHTTPConnection(
                self._target(b"").origin,
                ssl_context=self._ssl_context,
                local_address=local_address,
                socket_options=options,
            )
            try:
                return await self._connect(connection, address, port, timeout)
            except LoadError as exc:
                failure = exc
        raise failure

    async def _connect(
        self,
        connection: httpcore.AsyncHTTPConnection,
        address: Address,
        port: int,
        timeout: float | None,  # noqa: ASYNC109 - as above
    ) -> httpcore.AsyncNetworkStream:
        is_v6 = isinstance(address, ipaddress.IPv6Address)
        authority = (f"[{address}]:{port}" if is_v6 else f"{address}:{port}").encode()
        headers: Sequence[tuple[bytes, bytes]] = [(b"Host", authority)]
        if self._proxy.userinfo:
            headers = [*headers, (b"Proxy-Authorization", basic(self._proxy.userinfo))]
        request = httpcore.Request(
            "CONNECT",
            self._target(authority),
            headers=headers,
            extensions={"timeout": {"connect": timeout}},
        )
        async with AsyncExitStack() as stack:
            stack.push_async_callback(connection.aclose)
            try:
                response = await connection.handle_async_request(request)
            except HTTP_ERRORS as exc:
                raise LoadError("proxy connection failed") from exc
            if not 200 <= response.status < 300:
                raise LoadError(f"proxy answered {status_line(response.status)}")
            stack.pop_all()  # from now on the stream's user closes the connection
        stream: httpcore.AsyncNetworkStream = response.extensions["network_stream"]
        return stream

    def _target(self, target: bytes) -> httpcore.URL:
        proxy = self._proxy
        return httpcore.URL(
            scheme=proxy.raw_scheme, host=proxy.raw_host, port=proxy.port, target=target
        )


def _parse(text: str) -> httpx.URL | None:
    url = parse(text)
    return url if url is not None and url.scheme in SCHEMES and usable(url) else None
