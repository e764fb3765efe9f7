"""Which effects are offered, and what they take."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import BadRequest
from app.domain.transformation.effect_names import (
    BLENDS,
    EFFECTS,
    REFUSED,
    check,
    offered,
    values,
)
from app.domain.transformation.steps import Colour


def split(text: str) -> tuple[str, tuple[str, ...]]:
    name, *arguments = text.split(":")
    return name, tuple(arguments)


def test_no_name_is_offered_and_refused() -> None:
    assert not (EFFECTS.keys() | BLENDS.keys()) & REFUSED
    assert not EFFECTS.keys() & BLENDS.keys()
    assert offered("sepia") and offered("screen")
    assert not offered("gen_fill") and not offered("nonsense")


@pytest.mark.parametrize(
    "text",
    [
        # As the builders of the SDKs write them.
        "trim::",
        "trim:50:",
        "trim::yellow",
        "trim:50:rgb:ffff00",
        "outline:15:200",
        "outline:fill",
        "outline:outer:20:200",
        "tint:equalize:80:red:blue:yellow",
        "tint:100:red:0p:rgb:ffffff:35p",
        "theme:color_black:photosensitivity_50",
        "vectorize",
        "vectorize:colors:3:detail:0.5:despeckle:0.3:paths:20:corners:4",
        "vectorize:paths:20",
        "cartoonify:20:bw",
        "cartoonify:20:30",
        "cartoonify::bw",
        "contrast:50",
        "contrast:level_50;type_linear",
        "replace_color:saddlebrown",
        "replace_color:2F4F4F:20",
        "replace_color:saddlebrown:20:000000",
        "distort:arc:180.0",
        "distort:-40:25:280:60:260:155:35:165",
        "shear:0.0:20",
        "recolor:0.3:0.7:0.1:0.3:0.6:0.1:0.2:0.5:0.1",
        "dropshadow:",
        "dropshadow:azimuth_220;elevation_40;spread_20",
        "bgremoval:screen:29f20a",
        "improve:50",
        "improve:indoor:20",
        "gradient_fade:symmetric_pad:50",
        "gradient_fade:20",
        "assist_colorblind:xray",
        "assist_colorblind:20",
        "simulate_colorblind",
        "fill_light:70:20",
        "art:al_dente",
        "blur:300",
        "anti_removal:90",
        "displace",
    ],
)
def test_what_builders_write_is_understood(text: str) -> None:
    check(*split(text))


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("sepia:0", "sepia"),
        ("sepia:101", "101"),
        ("brightness:-100", "-99"),
        ("blur:2001", "2000"),
        ("blur:abc", "abc"),
        ("blur:nan", "nan"),
        ("blur:1e3", "1e3"),
        ("blur:10:20", "20"),
        ("grayscale:3", "3"),
        ("contrast:150", "150"),
        ("contrast:level_201;type_linear", "201"),
        ("contrast:level_0;type_linear", "level"),
        ("distort", "numbers"),
        ("distort:arc", "numbers"),
        ("distort:20", "distort"),
        ("distort:arc:400", "360"),
        ("distort:arc:1:2:3:4:5:6:7:8", "distort"),
        ("distort:1:2:3", "numbers"),
        ("distort:0:0:30000:0:9:9:0:9", "30000"),
        ("shear:20", "skews"),
        ("recolor:1:2:3", "matrix"),
        ("art", "filter"),
        ("art:picasso", "filter"),
        ("replace_color", "to"),
        ("replace_color:nocolour", "to"),
        ("tint:50:red:120p", "120"),
        ("tint:50:nocolour", "nocolour"),
        ("theme", "color"),
        ("outline:sideways", "sideways"),
        ("ordered_dither:19", "18"),
        ("simulate_colorblind:blind", "blind"),
        ("enhance", "enhance"),
        ("nonsense:3", "nonsense"),
    ],
)
def test_what_cannot_be_taken_is_refused_by_name(text: str, named: str) -> None:
    with pytest.raises(BadRequest, match=named):
        check(*split(text))


def test_values_are_read_with_their_defaults() -> None:
    plain = values("outline", ())
    assert (plain.word("mode"), plain.number("width"), plain.number("blur")) == ("outer", 5, 0)
    skipped = values("outline", ("15", "200"))
    assert (skipped.word("mode"), skipped.number("width")) == ("outer", 15)
    assert values("trim", ("", "yellow")).shade("color") == Colour(255, 255, 0)
    assert values("trim", ("", "yellow")).number("tolerance") == 10
    assert values("contrast", ()).number("level") == 0
    assert values("contrast", ("", "type_linear")).number("level") == 100
    assert values("tint", ("50", "red", "20p", "rgb", "0000ff")).stops("position") == (
        (Colour(255, 0, 0), 0.2),
        (Colour(0, 0, 255), None),
    )
    assert values("tint", ("50", "rgb:0000ff")).stops("position") == ((Colour(0, 0, 255), None),)
    assert values("distort", ("arc", "90")).numbers("numbers") == (90,)
    assert values("dropshadow", ("elevation_10",)).number("elevation") == 10
    assert values("dropshadow", ("spread_10",)).number("spread") == 10


@given(
    st.sampled_from(sorted(EFFECTS)),
    st.lists(
        st.text(alphabet="0123456789.-+pea_;: \x00é", max_size=8)
        | st.sampled_from(["red", "rgb", "arc", "bw", "level_5", "colors", "", "9" * 400]),
        max_size=10,
    ),
)
def test_anything_is_read_or_refused(name: str, arguments: list[str]) -> None:
    try:
        check(name, tuple(arguments))
    except BadRequest as error:
        assert name in error.message
