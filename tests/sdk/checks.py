"""What every tagged upload has to satisfy, whichever client asked for it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import jsonschema  # type: ignore[import-untyped]  # it ships no types

from tests.live import SECRET

ADDON = "imagga_tagging"

Result = Mapping[str, Any]

_DATA = Path(__file__).parents[1] / "data"
_SCHEMA = json.loads((_DATA / "upload_response_schema.json").read_text())
_VALIDATOR = jsonschema.Draft202012Validator(_SCHEMA)


def categories(result: Result) -> list[tuple[str, Decimal]]:
    """The list of an add-on's reply, after checking its form."""
    answer = result["info"]["categorization"][ADDON]
    assert set(answer) == {"status", "data"}
    assert answer["status"] == "complete"
    found = []
    for entry in answer["data"]:
        assert set(entry) == {"tag", "confidence"}
        # repr of a float is its shortest decimal, so this counts the decimals that were sent.
        confidence = Decimal(repr(entry["confidence"]))
        assert 0 < confidence <= 1
        assert confidence == round(confidence, 4)
        found.append((entry["tag"], confidence))
    assert found, "a photo has categories"
    confidences = [confidence for _, confidence in found]
    assert confidences == sorted(confidences, reverse=True)
    return found


def at_least(result: Result, threshold: float) -> list[str]:
    """The tags that a threshold makes of a result's categories, in their order."""
    limit = Decimal(repr(threshold))
    words = [word.lower() for word, confidence in categories(result) if confidence >= limit]
    return list(dict.fromkeys(words))


def check_tags(result: Result, threshold: float, own: Iterable[str] = ()) -> None:
    """Every category at or above the threshold, and none below, became a tag."""
    expected = at_least(result, threshold)
    # A list that is all above or all below would make this check pass without comparing.
    assert 0 < len(expected) < len(categories(result))
    assert set(result["tags"]) == {*expected, *own}
    assert len(result["tags"]) == len(set(result["tags"]))


def check_upload(result: Result, content: bytes) -> None:
    """An upload's reply has its documented form, and its URLs give back the same bytes."""
    _VALIDATOR.validate(result)
    signed = f"public_id={result['public_id']}&version={result['version']}{SECRET}"
    assert result["signature"] == hashlib.sha1(signed.encode()).hexdigest()
    assert result["etag"] == hashlib.md5(content).hexdigest()
    assert result["bytes"] == len(content)
    check_delivered(result, content)


def check_delivered(result: Result, content: bytes) -> None:
    """Both URLs open and give the same bytes."""
    for name in ("url", "secure_url"):
        reply = httpx.get(result[name], timeout=30)
        assert reply.status_code == 200, result[name]
        assert reply.content == content
