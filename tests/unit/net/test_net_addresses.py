"""The table of addresses: what is public, and what only looks so."""

from __future__ import annotations

import ipaddress

import pytest

from app.net.addresses import is_allowed, is_public, parse_literal

PRIVATE = """
    0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.100.100.200 100.127.255.255
    127.0.0.1 127.255.255.254 168.63.129.16 169.254.169.254 169.254.0.1 172.16.0.1
    172.31.255.255 192.0.0.1 192.0.0.9 192.0.2.1 192.88.99.1 192.168.0.1 198.18.0.1 198.19.255.255
    198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255
    :: ::1 fe80::1 fe80::1%eth0 febf::1 fec0::1 fc00::1 fd00:ec2::254 ff02::1 ff0e::1 100::1
    2001:db8::1 3fff::1 5f00::1 4000::1 2001:10::1 2001:20::1
    ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 ::ffff:0:7f00:1 ::127.0.0.1 ::8.8.8.8
    2002:7f00:1:: 2002:a00:1::1 2002:a9fe:a9fe:: 64:ff9b::127.0.0.1 64:ff9b::169.254.169.254
    64:ff9b:1::8.8.8.8 2001:0:7f00:1:: 2001:0:808:808::1 2606:4700::1111%eth0
""".split()

PUBLIC = """
    1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.1
    168.63.129.15 169.253.255.255 172.15.255.255 172.32.0.0 192.167.255.255 192.169.0.0
    223.255.255.255 2606:4700::1111 2a00:1450::1 2001:4860:4860::8888 2001:200::1
    ::ffff:8.8.8.8 64:ff9b::8.8.8.8 2002:808:808::1
""".split()


@pytest.mark.parametrize("text", PRIVATE)
def test_special_addresses_are_not_public(text: str) -> None:
    assert not is_public(ipaddress.ip_address(text))
    assert not is_allowed(ipaddress.ip_address(text), ())


@pytest.mark.parametrize("text", PUBLIC)
def test_ordinary_addresses_are_public(text: str) -> None:
    assert is_public(ipaddress.ip_address(text))
    assert is_allowed(ipaddress.ip_address(text), ())


def test_allowed_networks_open_nothing_else() -> None:
    networks = [ipaddress.ip_network("10.1.0.0/16"), ipaddress.ip_network("fd12::/16")]
    verdicts = {
        text: is_allowed(ipaddress.ip_address(text), networks)
        for text in ("10.1.2.3", "::ffff:10.1.2.3", "10.2.0.1", "127.0.0.1", "fd12::1", "fd13::1")
    }
    assert verdicts == {
        "10.1.2.3": True,
        "::ffff:10.1.2.3": True,
        "10.2.0.1": False,
        "127.0.0.1": False,
        "fd12::1": True,
        "fd13::1": False,
    }


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("2130706433", "127.0.0.1"),
        ("0x7f000001", "127.0.0.1"),
        ("0x7f.1", "127.0.0.1"),
        ("017700000001", "127.0.0.1"),
        ("0177.0.0.1", "127.0.0.1"),
        ("127.1", "127.0.0.1"),
        ("127.0.0.1.", "127.0.0.1"),
        ("0", "0.0.0.0"),
        ("8.8.8.8", "8.8.8.8"),
        ("::1", "::1"),
        ("localhost", None),
        ("1e100.net", None),
        ("3com.com", None),
        ("dead.beef", None),
        ("1.2.3.4.5", None),
        ("4294967296", None),
        ("", None),
        ("0x", None),
    ],
)
def test_literals_are_read_in_every_spelling(host: str, address: str | None) -> None:
    expected = None if address is None else ipaddress.ip_address(address)
    assert parse_literal(host) == expected
