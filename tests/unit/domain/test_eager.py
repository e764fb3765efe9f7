"""Orders of derivatives that are made beforehand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from app.domain.assets import Asset
from app.domain.eager import BreakpointsOrder, parse_breakpoints, parse_eager
from app.domain.errors import BadRequest
from app.domain.rendering import RenderLimits

LIMITS = RenderLimits()


def texts(*values: str) -> list[tuple[str, str]]:
    return [(item.transformation.text, item.extension) for item in parse_eager(values, LIMITS)]


def test_transformations_with_and_without_a_format() -> None:
    assert texts("c_fill,w_10|w_5/PNG", "t_a/e_sepia/jpeg") == [
        ("c_fill,w_10", ""),
        ("w_5", "png"),
        ("t_a/e_sepia", "jpg"),
    ]
    assert texts("", " | ") == []
    assert texts("w_1/e_sepia") == [("w_1/e_sepia", "")]


@pytest.mark.parametrize("text", ["w_abc", "w_1/bogus", "w_1|?", "|".join(["w_1"] * 101)])
def test_what_is_no_transformation(text: str) -> None:
    with pytest.raises(BadRequest):
        parse_eager([text], LIMITS)


@pytest.mark.parametrize(
    ("text", "own", "written"),
    [
        ("w_1", "png", "png"),
        ("w_1/gif", "png", "gif"),
        ("f_webp,w_1", "png", "webp"),
        ("f_auto,w_1", "png", "png"),
        ("w_1", "heic", ""),
        ("w_1", "", ""),
    ],
)
def test_the_extension_of_a_url(text: str, own: str, written: str) -> None:
    (item,) = parse_eager([text], LIMITS)
    assert item.written(asset(own)) == written
    assert item.written(replace(asset(own), type="fetch")) == ""


def test_a_format_can_be_part_of_the_transformation() -> None:
    plain, converted, bare = parse_eager(["w_1|w_2/gif|/png"], LIMITS)
    assert plain.within(LIMITS) == plain
    assert converted.within(LIMITS).transformation.text == "w_2/f_gif"
    assert bare.within(LIMITS).transformation.text == "f_png"


def asset(own: str) -> Asset:
    now = datetime(2026, 1, 2, tzinfo=UTC)
    rest = {"version_id": "v", "bytes": 1, "etag": "e", "blob_key": "k", "format": own}
    return Asset("a", 1, "image", "upload", "x", 1, created_at=now, updated_at=now, **rest)  # type: ignore[arg-type]  # of a dictionary


def orders(value: Any) -> tuple[BreakpointsOrder, ...]:
    return parse_breakpoints(value, LIMITS)


def test_breakpoints_have_defaults() -> None:
    (order,) = orders("[{}]")
    assert (order.bytes_step, order.min_width, order.max_width) == (20_000, 50, 1000)
    assert (order.max_images, order.create_derived, order.extension) == (20, False, "")
    assert orders("") == orders(None) == orders("[]") == ()


def test_numbers_come_as_text_too() -> None:
    text = '{"bytes_step": "500", "min_width": 10, "max_width": "20", "create_derived": "true"}'
    (order,) = orders(text)
    assert (order.bytes_step, order.max_width, order.create_derived) == (500, 20, True)
    assert orders([{"bytes_step": "500"}]) == orders('{"bytes_step": 500}')


def test_images_of_all_orders_are_bounded() -> None:
    assert len(orders([{"max_images": 200}] * 2)) == 2
    assert len(orders([{}] * 20)) == 20
    with pytest.raises(BadRequest, match="Too many images"):
        orders([{"max_images": 200}] * 3)


@pytest.mark.parametrize(
    "value",
    [
        "7",
        '"x"',
        "[7]",
        "[[]]",
        '{"max_images": 201}',
        '{"max_images": true}',
        '{"max_images": 1.5}',
        '{"bytes_step": 0}',
        '{"bytes_step": 1e400}',
        '{"min_width": 0}',
        '{"max_width": 999999999999}',
        '{"create_derived": "perhaps"}',
        '{"transformation": 5}',
        '{"format": "exe"}',
        '{"unknown": 1}',
        [{}] * 21,
    ],
)
def test_what_is_no_order(value: Any) -> None:
    with pytest.raises(BadRequest, match="for parameter responsive_breakpoints"):
        orders(value)
