"""Known-answer tests of every kind of signature, and what must not match."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from app.domain import signing

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "data" / "signature_vectors.json").read_text()
)
SECRET: str = VECTORS["secret"]


def wire(params: dict[str, Any]) -> dict[str, str]:
    return {k: ",".join(v) if isinstance(v, list) else str(v) for k, v in params.items()}


PLAIN = wire(VECTORS["plain"]["params"])
AMPERSAND = wire(VECTORS["ampersand"]["params"])
ARRAY = wire(VECTORS["array"]["params"])


def test_strings_to_sign() -> None:
    assert signing.string_to_sign(PLAIN) == VECTORS["plain"]["string_to_sign"]
    assert signing.string_to_sign(AMPERSAND, version=1) == VECTORS["ampersand"]["v1_string"]
    assert signing.string_to_sign(AMPERSAND, version=2) == VECTORS["ampersand"]["v2_string"]
    assert signing.string_to_sign(ARRAY) == VECTORS["array"]["string_to_sign"]


@pytest.mark.parametrize(
    ("params", "given"),
    [
        (PLAIN, VECTORS["plain"]["sha1"]),
        (PLAIN, VECTORS["plain"]["sha256"]),
        (PLAIN, VECTORS["plain"]["v2_sha1"]),
        (AMPERSAND, VECTORS["ampersand"]["v1_sha1"]),
        (AMPERSAND, VECTORS["ampersand"]["v2_sha1"]),
        (AMPERSAND, VECTORS["ampersand"]["v2_sha256"]),
        (ARRAY, VECTORS["array"]["sha1"]),
    ],
)
def test_request_vectors_match_and_one_changed_digit_does_not(
    params: dict[str, str], given: str
) -> None:
    sent = {**params, "signature": given, "api_key": "111", "file": "bytes", "empty": ""}
    assert signing.matches(sent, given, SECRET)
    changed = ("0" if given[0] != "0" else "1") + given[1:]
    assert not signing.matches(sent, changed, SECRET)
    assert not signing.matches(sent | {"folder": "x"}, given, SECRET)
    assert not signing.matches(sent, given, SECRET + "x")


@pytest.mark.parametrize("given", ["", "ab", "g" * 40, "é" * 40, "0" * 41])
def test_what_is_no_signature_does_not_match(given: str) -> None:
    assert not signing.matches(PLAIN, given, SECRET)


def test_one_parameter_cannot_pass_for_two_in_version_2() -> None:
    joined = {"a": "1&b=2"}
    split = {"a": "1", "b": "2"}
    assert signing.string_to_sign(joined, version=1) == signing.string_to_sign(split, version=1)
    assert signing.string_to_sign(joined, version=2) != signing.string_to_sign(split, version=2)


def test_reply_vector() -> None:
    vector = VECTORS["response_signature"]
    made = signing.sign_reply(vector["public_id"], vector["version"], SECRET)
    assert made == vector["sha1"]


def test_url_vectors() -> None:
    source = "c_fill,h_80,w_100/cats/tabby.jpg"
    assert signing.url_signature(source, SECRET) == "2jx5IWPu"
    assert signing.url_signature(source, SECRET, long=True) == "a8AyEsAT-VELAwdZnTWqn--j6ueEwpMj"
    assert signing.url_signature("cats/tabby.jpg", SECRET) == "pHciVkaD"
    assert signing.url_signature_matches(source, "2jx5IWPu", SECRET)
    assert signing.url_signature_matches(source, "a8AyEsAT-VELAwdZnTWqn--j6ueEwpMj", SECRET)
    assert not signing.url_signature_matches(source, "2jx5IWPv", SECRET)
    assert not signing.url_signature_matches(source, "", SECRET)


@pytest.mark.parametrize(
    "name",
    ["private_download_url", "download_zip_url", "download_folder", "download_backedup_asset"],
)
def test_download_url_vectors(name: str) -> None:
    query = parse_qs(urlsplit(VECTORS[name]).query)
    params = {key.removesuffix("[]"): ",".join(values) for key, values in query.items()}
    assert signing.matches(params, params["signature"], SECRET)
    assert not signing.matches(params | {"timestamp": "1700000001"}, params["signature"], SECRET)


def test_webhook_vectors() -> None:
    vector = VECTORS["webhook"]
    made = [
        signing.sign_webhook(vector["body"], vector["timestamp"], SECRET, algorithm=algorithm)
        for algorithm in ("sha1", "sha256")
    ]
    assert made == [vector["sha1"], vector["sha256"]]


def test_search_url_vector() -> None:
    _, _, signature, ttl, query = urlsplit(VECTORS["search_url"]).path.split("/")[1:]
    assert signing.sign_search(int(ttl), query, SECRET) == signature


def test_url_vectors_made_by_the_sdks() -> None:
    for vector in VECTORS["urls"]:
        match = re.search(r"/s--([\w-]+)--/(.*)", vector["url"])
        if match:
            source = re.sub(r"(^|/)v\d+/", r"\1", match[2])
            assert signing.url_signature_matches(source, match[1], SECRET), vector


def test_delivery_token_vector() -> None:
    parts, _, expected = VECTORS["auth_token"].removeprefix("__cld_token__=").rpartition("~hmac=")
    assert signing.sign_delivery_token(parts, "00112233FF99") == expected
    assert signing.sign_delivery_token(parts, "00112233FF98") != expected


def test_delivery_token_vector_for_one_url() -> None:
    times, _, expected = (
        VECTORS["auth_token_url"].removeprefix("__cld_token__=").rpartition("~hmac=")
    )
    url = "/acme/image/authenticated/v1/cats/tabby.jpg".replace("/", "%2f")
    assert signing.sign_delivery_token(f"{times}~url={url}", "00112233FF99") == expected
