"""The ``cld`` command against a live server."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.live import LiveServer
from tests.sdk.checks import at_least, categories, check_delivered, check_tags, check_upload

Cld = Callable[..., dict[str, Any]]


def test_the_examples_of_the_add_on(cld: Cld, server: LiveServer, workplace: Path) -> None:
    photo = (workplace / "turtles.jpg").read_bytes()
    upload = ("uploader", "upload", "turtles.jpg", "public_id=sample")

    categorized = cld(server, *upload, "categorization=imagga_tagging")
    auto_tagged = cld(server, *upload, "categorization=imagga_tagging", "auto_tagging=0.4")
    plain = cld(server, *upload, "tags=zoo")
    updated = cld(
        server, "admin", "update", "sample", "categorization=imagga_tagging", "auto_tagging=0.5"
    )
    read = cld(server, "admin", "resource", "sample")

    check_upload(categorized, photo)
    assert categorized["tags"] == []
    check_upload(auto_tagged, photo)
    check_tags(auto_tagged, 0.4)
    assert auto_tagged["tags"] == at_least(auto_tagged, 0.4)
    assert plain["tags"] == ["zoo"]
    check_tags(updated, 0.5, own=["zoo"])
    check_tags(read, 0.5, own=["zoo"])
    assert read["tags"] == sorted(read["tags"])
    assert categories(read) == categories(categorized)
    check_delivered(read, photo)
