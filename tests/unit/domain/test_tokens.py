"""Delivery tokens: the SDKs' own vectors, tokens of the Python SDK, and what opens nothing."""

from __future__ import annotations

import fnmatch
import json
from pathlib import Path
from typing import Any

import cloudinary.auth_token
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.tokens import NAME, Token, _matches, escape

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "data" / "signature_vectors.json").read_text()
)
KEY = "00112233FF99"
NOW = 1700000100
PATH = "/acme/image/authenticated/v1/cats/tabby.jpg"
PATHS = (PATH, "/image/authenticated/v1/cats/tabby.jpg")


def allows(text: str, *paths: str, key: str = KEY, address: str = "", now: float = NOW) -> bool:
    token = Token.parse(text.removeprefix(f"{NAME}="))
    return token is not None and token.allows(key, paths or PATHS, address, now)


@pytest.mark.parametrize("name", ["auth_token", "auth_token_url"])
def test_vectors_open_their_urls_within_their_time(name: str) -> None:
    text = VECTORS[name]
    assert allows(text)
    assert allows(text.replace("%2f", "%2F"))
    assert not allows(text, key="00112233FF98")
    assert not allows(text, "/acme/image/upload/v1/cats/tabby.jpg")
    assert allows(text, now=1700000000) and not allows(text, now=1699999999)
    assert allows(text, now=1700000299) and not allows(text, now=1700000300)


@pytest.mark.parametrize("name", ["auth_token", "auth_token_url"])
def test_one_changed_character_is_refused(name: str) -> None:
    text = VECTORS[name].removeprefix(f"{NAME}=")
    for at, char in enumerate(text):
        for other in "0~z":
            if other != char.lower():
                assert not allows(text[:at] + other + text[at + 1 :]), text[:at]


def test_tokens_of_the_sdk() -> None:
    def made(**options: Any) -> str:
        return str(cloudinary.auth_token.generate(key=KEY, expiration=NOW + 300, **options))

    assert allows(made(acl=["/image/private/*", "/image/authenticated/*"]))
    assert not allows(made(acl=["/image/private/*", "/image/upload/*"]))
    assert allows(made(acl="/*/tabby.jpg")) and not allows(made(acl="/*/tabby.png"))
    bound = made(acl="/*", ip="192.0.2.7")
    assert allows(bound, address="192.0.2.7") and not allows(bound, address="192.0.2.8")
    odd = "/acme/image/authenticated/katze%20%C3%9F (1)'é.jpg"
    assert allows(made(url=odd), odd) and not allows(made(url=odd), odd + "x")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hmac=00",
        "exp=1~hmac=é",
        "exp=x~acl=*~hmac=00",
        "exp=9999999999999~acl=*~hmac=00",
        "acl=*~hmac=00",
        "exp=1~exp=2~acl=*~hmac=00",
        "exp=1800000000~url=%2f~hmac=00",
        "exp=1800000000~" + "x" * 5000 + "~hmac=00",
    ],
)
def test_what_is_no_token_opens_nothing(text: str) -> None:
    assert not allows(text)


@given(st.text("ab*", max_size=8), st.text("ab", max_size=8))
def test_patterns_match_like_shell_patterns(pattern: str, path: str) -> None:
    assert _matches(pattern, path) == fnmatch.fnmatchcase(path, pattern)


@given(st.text(max_size=20))
def test_escapes_are_those_of_the_sdk(text: str) -> None:
    text = text.encode("utf-8", "replace").decode()
    assert escape(text) == cloudinary.auth_token._escape_to_lower(text)
