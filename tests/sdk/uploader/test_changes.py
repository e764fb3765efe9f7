"""Each function that changes assets, of each SDK: its reply and what is stored then."""

from __future__ import annotations

import io
from typing import Any

import httpx
import pytest
from PIL import Image

from tests.sdk.conftest import PYTHONS, Sdk

in_python = pytest.mark.parametrize("sdk", PYTHONS, indirect=True)


def _kind(sdk: Sdk, status: int) -> object:
    """How an SDK names the error of a status; the older Python SDK does not tell them apart."""
    if sdk.name == "node":
        return status
    if sdk.version:
        return "Error"
    return {400: "BadRequest", 404: "NotFound"}[status]


def _ends(replies: list[Any]) -> list[list[str]]:
    """The last parts of the public ids of replies."""
    return [[name.rpartition("/")[2] for name in reply["public_ids"]] for reply in replies]


def test_explicit(sdk: Sdk, done: Any) -> None:
    """CONTRACT J4 and J8: what is given replaces, what is not stays."""
    changed, stored = done["changed"], done["stored"]
    assert sorted(changed["tags"]) == stored["tags"] == ["a", "b"]
    assert stored["context"] == changed["context"] == {"custom": {"kept": "yes"}}
    assert stored["coordinates"] == {"custom": [[1, 2, 30, 40]]}
    (derived,) = changed["eager"]
    picture = Image.open(io.BytesIO(httpx.get(derived["url"]).content))
    assert (picture.width, picture.format) == (100, "PNG")
    assert stored["derived"][0]["url"] == derived["url"]
    assert done["missing"]["kind"] == _kind(sdk, 404)
    assert done["missing"]["message"].startswith("Resource not found - ")


def test_rename(sdk: Sdk, done: Any) -> None:
    """CONTRACT J7: to a free id, refused for one that is taken, and over it."""
    renamed = done["renamed"]
    assert renamed["public_id"].endswith("/rename/3")
    assert done["old"] is None
    assert done["new"]["asset_id"] == renamed["asset_id"] and done["new"]["tags"] == ["t"]
    assert httpx.get(renamed["url"]).status_code == 200
    assert done["taken"]["kind"] == _kind(sdk, 400)
    assert "already exists" in done["taken"]["message"]
    assert done["taken_over"]["format"] == done["then"]["format"] == "tif"
    assert done["then"]["asset_id"] == done["taken_over"]["asset_id"]
    assert (done["moved"]["type"], done["private"]["type"]) == ("private", "private")
    assert "/image/private/s--" in done["moved"]["url"]
    assert httpx.get(done["moved"]["url"]).status_code == 200
    assert done["missing"]["kind"] == _kind(sdk, 404)


def test_destroy(done: Any) -> None:
    assert done["destroyed"]["result"] == done["raw"]["result"] == "ok"
    assert done["again"]["result"] == "not found"
    assert done["left"] is None


def test_add_tag(sdk: Sdk, done: Any) -> None:
    """CONTRACT J6: a word, a list, a text of several; ids that do not exist are left out."""
    assert _ends(done["replies"]) == [["1"], ["1", "2"], ["1", "2"], ["2"]]
    first, second = done["added"]
    (own,) = set(second) - {"b", "c", "d"}
    assert second == sorted(["b", "c", "d", own]) and first == sorted([*second, "one"])
    if sdk.name == "python":  # Node's SDK has the option, but loses it
        assert done["exclusive"] == [sorted(["b", "c", "d", "one"]), second]


def test_remove_tag(done: Any) -> None:
    """CONTRACT J6."""
    assert _ends(done["replies"]) == [["1"], ["1", "2"]]
    assert done["left"] == [["c"], ["a", "c"]]


def test_replace_tag(done: Any) -> None:
    """CONTRACT J6."""
    assert _ends([done["reply"]]) == [["1"]]
    assert done["left"] == [["y", "z"], ["a", "b"]]


def test_remove_all_tags(done: Any) -> None:
    """CONTRACT J6: the key is gone then."""
    assert _ends(done["replies"]) == [["1", "2"]] * 2
    assert done["left"] == [None, None]


def test_add_context(done: Any) -> None:
    """CONTRACT J3 and D6: merged, escaped, an empty value deletes."""
    assert _ends([done["reply"]]) == [["1", "2"]]
    assert done["left"] == [{"custom": {"alt": "alternative|alt=a"}}] * 2


def test_remove_all_context(done: Any) -> None:
    assert _ends([done["reply"]]) == [["1"]]
    assert done["left"] == [None, {"custom": {"alt": "old"}}]


def test_update_metadata(done: Any) -> None:
    """CONTRACT J9: the public ids of all assets that were given."""
    assert _ends([done["reply"]]) == [["1", "2"]]
    assert done["left"] == [{done["field"]: "a=b|c"}] * 2


@in_python
def test_call_tags_api(done: Any) -> None:
    assert _ends([done["reply"]]) == [["1", "2"]]
    assert done["left"] == [["x"], ["x"]]


@in_python
def test_call_context_api(done: Any) -> None:
    assert _ends([done["reply"]]) == [["1", "2"]]
    assert done["left"] == [{"custom": {"k": "v"}}] * 2
