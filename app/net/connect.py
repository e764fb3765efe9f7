"""Connections that go to checked addresses only.

The name is resolved once, every answer is checked, and the connection is made to one of the
checked addresses by number. A second resolution, which a hostile name server could answer
differently ("DNS rebinding"), never happens; TLS and the ``Host`` header keep the name.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence

import httpcore

from app.net.addresses import Address, Network, is_allowed, parse_literal

Resolver = Callable[[str, int], Awaitable[Sequence[str]]]
"""Host name and port in, addresses out in order of preference; ``OSError`` if there are none."""


class AddressNotAllowed(Exception):
    """The host has an address that must not be connected to."""


class NameNotResolved(Exception):
    """The host name has no address."""


async def resolve(host: str, port: int) -> list[str]:
    """Ask the operating system for the TCP addresses of ``host``.

    Raises:
        OSError: the name is not known or no name server answers.
    """
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(sockaddr[0]) for _, _, _, _, sockaddr in found]


class CheckedBackend(httpcore.AsyncNetworkBackend):
    """The network as httpcore sees it: TCP to allowed addresses, and nothing else.

    Args:
        allow_networks: networks that are allowed though they are not public.
        resolver: how names become addresses.
    """

    def __init__(self, allow_networks: Sequence[Network], resolver: Resolver) -> None:
        self._allow_networks = tuple(allow_networks)
        self._resolver = resolver
        self._sockets = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the signature is httpcore's
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first address of ``host`` that answers.

        Args:
            host: name or address.
            port: TCP port.
            timeout: seconds for all addresses together; each gets an equal share, so that
                one that swallows packets does not hide the next.
            local_address: address to connect from.
            socket_options: as for ``setsockopt``.

        Raises:
            AddressNotAllowed: one of the host's addresses is not allowed.
            NameNotResolved: the host has no address.
            httpcore.ConnectError, httpcore.ConnectTimeout: no address answered.
        """
        addresses = await self.addresses(host, port)
        share = None if timeout is None else timeout / len(addresses)
        failure: Exception = NameNotResolved(host)
        for address in addresses:
            try:
                return await self._sockets.connect_tcp(
                    str(address), port, share, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as exc:
                failure = exc
        raise failure

    async def addresses(self, host: str, port: int) -> list[Address]:
        """The addresses of ``host``, in order of preference, all of them allowed.

        Raises:
            AddressNotAllowed: one of them is not.
            NameNotResolved: there is none.
        """
        literal = parse_literal(host)
        if literal is not None:
            addresses = [literal]
        else:
            try:
                answer = await self._resolver(host, port)
                addresses = [ipaddress.ip_address(text) for text in dict.fromkeys(answer)]
            except (OSError, ValueError) as exc:
                raise NameNotResolved(host) from exc
        if not addresses:
            raise NameNotResolved(host)
        # One forbidden address condemns the name: no honest public host has any, and trying
        # only the others would let an attacker choose by timing which one is used.
        if not all(is_allowed(address, self._allow_networks) for address in addresses):
            raise AddressNotAllowed(host)
        return addresses
