"""Which addresses a remote URL may lead to.

The registries behind the tables are IANA's "IPv4 Special-Purpose Address Registry",
"IPv6 Special-Purpose Address Registry" and "IPv6 Global Unicast Address Assignments". They
are spelled out here because ``ipaddress`` differs between Python's patch releases, and
calls multicast, site-local and several tunnel ranges global.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_NOT_PUBLIC_V4 = tuple(
    ipaddress.IPv4Network(text)
    for text in (
        "0.0.0.0/8",  # "this" network; Linux connects 0.0.0.0 to itself
        "10.0.0.0/8",
        "100.64.0.0/10",  # carrier-grade NAT
        "127.0.0.0/8",
        "168.63.129.16/32",  # a cloud's platform service, public by number only
        "169.254.0.0/16",  # link-local, with the clouds' metadata services
        "172.16.0.0/12",
        "192.0.0.0/24",  # IETF protocol assignments
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # 6to4 relays, withdrawn
        "192.168.0.0/16",
        "198.18.0.0/15",  # benchmarking
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, with the broadcast address
    )
)
_GLOBAL_UNICAST_V6 = ipaddress.IPv6Network("2000::/3")
_NOT_PUBLIC_V6 = tuple(
    ipaddress.IPv6Network(text)
    for text in (
        "2001::/23",  # IETF protocol assignments, Teredo and ORCHID among them
        "2001:db8::/32",  # documentation
        "3fff::/20",  # documentation
    )
)
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


def is_public(address: Address) -> bool:
    """Whether ``address`` is an ordinary unicast address of the public internet.

    An IPv6 address that stands for an IPv4 one (mapped, NAT64, 6to4) is as public as that;
    the withdrawn forms (IPv4-compatible, Teredo, site-local) never are.
    """
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in network for network in _NOT_PUBLIC_V4)
    if address.scope_id is not None:
        return False
    embedded = address.ipv4_mapped or address.sixtofour
    if address in _NAT64:
        embedded = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    if embedded is not None:
        return is_public(embedded)
    return address in _GLOBAL_UNICAST_V6 and not any(address in net for net in _NOT_PUBLIC_V6)


def is_allowed(address: Address, allow_networks: Iterable[Network]) -> bool:
    """Whether a connection to ``address`` may be made.

    Args:
        address: where the connection would go.
        allow_networks: networks that are allowed though they are not public.
    """
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped  # the same machine, so the same rule
    return any(address in network for network in allow_networks) or is_public(address)


def parse_literal(host: str) -> Address | None:
    """Read ``host`` as an address in any spelling that the C library would accept.

    Decimal, octal, hexadecimal and shortened IPv4 forms (``2130706433``, ``0x7f.1``) and a
    trailing dot are understood, so that they are judged here and not handed to a resolver.

    Returns:
        The address, or None if ``host`` is a name.
    """
    host = host.removesuffix(".")
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        if not host[:1].isdigit():
            return None
    try:
        return ipaddress.IPv4Address(socket.inet_aton(host))
    except (OSError, ValueError):
        return None
