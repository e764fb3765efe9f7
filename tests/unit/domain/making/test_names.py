"""What files are called inside archives, and pictures in style sheets."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime

import pytest

from app.domain.assets import Asset, ResourceType
from app.domain.eager import EagerItem
from app.domain.making.archives import ArchiveNames, ArchiveNaming
from app.domain.making.sheets import Region, css, json_map
from app.domain.rendering import RenderLimits
from app.domain.transformation.grammar import parse

NOW = datetime(2025, 6, 4, tzinfo=UTC)


def asset(
    public_id: str,
    format: str | None = "jpg",
    resource_type: ResourceType = "image",
    original: str | None = None,
) -> Asset:
    return Asset(
        public_id,
        1,
        resource_type,
        "upload",
        public_id,
        1,
        "v",
        1,
        "etag",
        "blob",
        NOW,
        NOW,
        format,
        original_filename=original,
    )


def item(text: str) -> EagerItem:
    return EagerItem(parse(text, RenderLimits()))


def test_names_are_never_the_same() -> None:
    names = ArchiveNames(ArchiveNaming(flatten_folders=True))
    found = [names.name(asset(name)) for name in ("a/x", "b/x", "c/X", "x_1", "d/x")]
    assert found == ["x.jpg", "x_1.jpg", "X_2.jpg", "x_1_1.jpg", "x_3.jpg"]
    assert len({name.casefold() for name in found}) == 5


@pytest.mark.parametrize(
    ("public_id", "name"),
    [
        ("https://a.example/b/c?d=e", "https_/a.example/b/c_d=e.jpg"),
        ("../../etc/passwd", "etc/passwd.jpg"),
        ("/etc/passwd", "etc/passwd.jpg"),
        ("a/./../b", "a/b.jpg"),
        ("c:\\windows\\x", "c__windows_x.jpg"),
        ("..", "file.jpg"),
        ("a\x00b\nc", "a_b_c.jpg"),
        ("dots...", "dots.jpg"),
        ("zażółć/🦎", "zażółć/🦎.jpg"),
    ],
)
def test_names_are_relative_and_safe(public_id: str, name: str) -> None:
    assert ArchiveNames(ArchiveNaming()).name(asset(public_id)) == name


def test_segments_are_bounded_in_bytes() -> None:
    name = ArchiveNames(ArchiveNaming()).name(asset("ż" * 255))
    assert name.endswith("ż.jpg")
    assert len(name.encode()) <= 204


def test_hostile_original_names() -> None:
    names = ArchiveNames(ArchiveNaming(use_original_filename=True))
    assert names.name(asset("a/b", original="../../x")) == "a/_.._x.jpg"


def test_transformations_in_names() -> None:
    small = item("c_fill,w_100/e_sepia")
    for naming, name in (
        (ArchiveNaming(), "c_fill,w_100--e_sepia/cats/tabby.png"),
        (ArchiveNaming(flatten_transformations=True), "cats/tabby-c_fill,w_100--e_sepia.png"),
        (ArchiveNaming(skip_transformation_name=True), "cats/tabby.png"),
        (ArchiveNaming(flatten_folders=True), "tabby-c_fill,w_100--e_sepia.png"),
        (ArchiveNaming(flatten_folders=True, skip_transformation_name=True), "tabby.png"),
    ):
        assert ArchiveNames(naming).name(asset("cats/tabby"), small, "png") == name


def test_raw_files_keep_the_extension_of_their_public_id() -> None:
    names = ArchiveNames(ArchiveNaming())
    assert names.name(asset("a/notes.txt", None, "raw")) == "a/notes.txt"
    assert names.name(asset("a/notes.txt", None, "raw")) == "a/notes_1.txt"
    assert names.name(asset("noextension", None, "raw")) == "noextension"


REGIONS = [
    Region("logos/one", 10, 20, 0, 0),
    Region("logos-one", 30, 40, 12, 0),
    Region("2nd", 50, 60, 0, 42),
    Region('"}*{', 1, 1, 44, 0),
    Region("logos/ONE", 1, 1, 46, 0),
]


def test_a_style_sheet_has_a_class_for_each_picture() -> None:
    text = css(REGIONS, 'my "logo".png').decode()
    assert 'url("my%20%22logo%22.png")' in text
    classes = re.findall(r"^\.([^ ]+) \{ background-position", text, re.MULTILINE)
    assert classes == ["logos_one", "logos-one", "_2nd", "_", "logos_ONE_2"]
    assert ".logos-one { background-position: -12px 0; width: 30px; height: 40px; }" in text
    assert text.count("{") == text.count("}") == len(REGIONS) + 1


def test_a_map_has_the_names_as_they_are() -> None:
    found = json.loads(json_map(REGIONS))
    assert list(found) == [region.name for region in REGIONS]
    assert found["2nd"] == {"width": 50, "height": 60, "x": 0, "y": 42}
