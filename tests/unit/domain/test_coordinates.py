"""Coordinates that people give."""

from __future__ import annotations

from typing import Any

import pytest

from app.domain.coordinates import clip_sizes, parse
from app.domain.errors import BadRequest


@pytest.mark.parametrize(
    ("value", "boxes"),
    [
        ("120,30,109,150|121,31,110,151", ((120, 30, 109, 150), (121, 31, 110, 151))),
        ("1,2,3,4", ((1, 2, 3, 4),)),
        (" 1, 2,3 ,4 ", ((1, 2, 3, 4),)),
        ("1.4,2.6,3.0,0.9", ((1, 3, 3, 1),)),
        ([[1, 2, 3, 4], [5, 6, 7, 8.2]], ((1, 2, 3, 4), (5, 6, 7, 8))),
        ([1, 2, 3, 4], ((1, 2, 3, 4),)),
        (["1,2,3,4", "5,6,7,8"], ((1, 2, 3, 4), (5, 6, 7, 8))),
        ("", ()),
        ([], ()),
    ],
)
def test_rectangles(value: Any, boxes: tuple[tuple[int, ...], ...]) -> None:
    assert parse(value, "face_coordinates") == boxes


@pytest.mark.parametrize(
    "value",
    [
        "1,2,3",
        "1,2,3,4,5",
        "1,2,3,4|",
        "|",
        "a,b,c,d",
        "-1,2,3,4",
        "1,2,0,4",
        "1,2,3,0.4",
        "1,2,3,1e3",
        "1,2,3,nan",
        "1,2,3,١",  # a digit, but not one of ours
        "1,2,3,9999999",
        "|".join(["1,2,3,4"] * 501),
        [[1, 2, 3]],
        [[1, 2, [3], 4]],
        [True, 2, 3, 4],
        {"x": 1},
        5,
    ],
)
def test_what_is_malformed_is_refused(value: Any) -> None:
    with pytest.raises(BadRequest, match=r"for parameter custom_coordinates$") as caught:
        parse(value, "custom_coordinates")
    assert len(caught.value.message) < 300


def test_sizes_are_clipped_and_offsets_ignored() -> None:
    boxes = parse("120,30,109,150|121,31,110,151|0,0,500,5", "face_coordinates")
    assert clip_sizes(boxes, 241, 51) == (
        (120, 30, 109, 51),
        (121, 31, 110, 51),
        (0, 0, 241, 5),
    )
