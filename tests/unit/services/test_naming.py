"""What uploads are called and where they are placed."""

from __future__ import annotations

import re

import pytest

from app.domain.errors import BadRequest
from app.services.naming import (
    Naming,
    choose_display_name,
    choose_folder,
    choose_public_id,
)

RESERVED = "abcdefghij0123456789"


@pytest.mark.parametrize(
    ("naming", "expected"),
    [
        (Naming(public_id="a/b"), "a/b"),
        (Naming(public_id="b", folder="/a/"), "a/b"),
        (Naming(public_id="b", folder="f", public_id_prefix="p/q"), "p/q/b"),
        (Naming(public_id="b", asset_folder="s"), "b"),
        (Naming(public_id="b", asset_folder="s", use_asset_folder_as_public_id_prefix=True), "s/b"),
        (Naming(use_filename=True, unique_filename=False), "My_file"),
        (Naming(use_filename=True, reserved=RESERVED), "My_file_abcdef"),
        (Naming(reserved=RESERVED), RESERVED),
        (Naming(reserved=RESERVED, public_id="a"), "a"),
        (Naming(reserved=RESERVED, folder="f"), f"f/{RESERVED}"),
    ],
)
def test_public_ids(naming: Naming, expected: str) -> None:
    assert choose_public_id(naming, "image", "My file", "png") == expected


def test_raw_files_keep_their_extension_unless_they_are_named() -> None:
    assert choose_public_id(Naming(reserved=RESERVED), "raw", "a", "txt") == f"{RESERVED}.txt"
    assert choose_public_id(Naming(public_id="a"), "raw", "a", "txt") == "a"
    assert choose_public_id(Naming(use_filename=True, unique_filename=False), "raw", "a", "") == "a"


def test_names_left_to_chance_differ() -> None:
    first, second = (choose_public_id(Naming(), "image", "", "") for _ in range(2))
    assert first != second and re.fullmatch("[a-z0-9]{20}", first)


@pytest.mark.parametrize(
    "naming",
    [
        Naming(public_id="/a"),
        Naming(public_id="a/"),
        Naming(public_id="a?b"),
        Naming(public_id="a", folder="v12"),
        Naming(public_id="a", public_id_prefix="../x"),
        Naming(public_id="a" * 255, folder="f"),
    ],
)
def test_names_that_nothing_may_have(naming: Naming) -> None:
    with pytest.raises(BadRequest, match="is invalid"):
        choose_public_id(naming, "image", "", "")


def test_folders() -> None:
    naming = Naming(folder="/f/", asset_folder=None)
    assert choose_folder(naming, "f/a", "dynamic") == "f"
    assert choose_folder(Naming(folder="f", asset_folder=""), "f/a", "dynamic") == ""
    assert choose_folder(Naming(asset_folder="s"), "a/b/c", "fixed") == "a/b"
    assert choose_folder(Naming(asset_folder="s"), "c", "fixed") == ""


def test_display_names() -> None:
    assert choose_display_name(Naming(), "a/b", "My file") == "b"
    assert choose_display_name(Naming(use_filename_as_display_name=True), "a/b", "My") == "My"
    assert choose_display_name(Naming(use_filename_as_display_name=True), "a/b", "") == "b"
    named = Naming(display_name="N", use_filename_as_display_name=True)
    assert choose_display_name(named, "a/b", "My") == "N"
    long = choose_display_name(Naming(use_filename_as_display_name=True), "b", "x/" * 300)
    assert len(long) == 255 and "/" not in long
