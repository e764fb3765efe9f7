"""Arithmetic, predefined values, variables, conditions."""

from __future__ import annotations

import pytest

from app.domain.errors import BadRequest
from app.domain.transformation import expressions
from app.domain.transformation.facts import LONG_NAMES, Facts, Share, Value

FACTS = Facts(
    width=300,
    height=200,
    initial_width=600,
    initial_height=500,
    pages=4,
    page=2,
    page_x=3,
    page_y=5,
    page_names=("sky", "sea"),
    faces=1,
    density=96,
    tags=frozenset(("cat", "dog")),
    context={"caption": "a/b", "count": "7"},
    metadata={"id": "x"},
    public_id="folder/cat",
)
VARIABLES: dict[str, Value] = {"five": 5.0, "half": Share("0.5"), "name": "north", "n7": "7"}


def value(text: str) -> Value:
    return expressions.evaluate(expressions.parse_value(text), FACTS, VARIABLES)


def holds(text: str) -> bool:
    return expressions.holds(expressions.parse_condition(text), FACTS, VARIABLES)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("100", 100),
        ("-7", -7),
        (".5", 0.5),
        ("16:9", 16 / 9),
        ("iw_div_2", 300),
        ("ih_mul_0.5", 250),
        ("w_sub_10", 290),
        ("10_sub_-5", 15),
        ("10_sub_2_sub_3", 5),
        ("2_add_3_mul_4", 14),
        ("2_mul_3_add_4", 10),
        ("2_pow_3_mul_2", 16),
        ("2_mul_2_pow_3", 16),
        ("17_mod_5", 2),
        ("iw_mul_2_add_ih_mul_2", 2200),
        ("$five_mul_2", 10),
        ("$(five)_add_1", 6),
        ("$n7_add_1", 8),
        ("ctx:!count!_mul_2", 14),
        ("7_div_2_to_i", 3.5),
        ("$half_to_i", 0),
        ("$five_to_f", 5),
        ("ar", 1.5),
        ("iar", 1.2),
        ("cp_add_pc", 6),
        ("px_add_py", 8),
        ("fc", 1),
        ("idn", 96),
        ("cpi", "folder/cat"),
        ("tags", "cat:dog"),
        ("pgnames", "sky:sea"),
        ("ctx:!caption!", "a/b"),
        ("context:caption", "a/b"),
        ("md:!id!", "x"),
        ("ctx:!none!", ""),
        ("!a%2Cb!", "a,b"),
        ("ref:!a:b!", "a:b"),
        ("$name", "north"),
    ],
)
def test_values(text: str, expected: Value) -> None:
    assert value(text) == expected


@pytest.mark.parametrize("long_name", LONG_NAMES)
def test_long_names_are_the_same_as_short_ones(long_name: str) -> None:
    if LONG_NAMES[long_name] in ("tar", "ils"):
        with pytest.raises(BadRequest, match="not known of this image"):
            value(long_name)
    else:
        assert value(long_name) == value(LONG_NAMES[long_name])


def test_what_is_known_of_some_images_only() -> None:
    known = Facts(1, 1, 1, 1, trimmed_aspect_ratio=2.5, illustration_score=0.75)
    for name, expected in (("tar", 2.5), ("illustration_score", 0.75)):
        assert expressions.evaluate(expressions.parse_value(name), known, {}) == expected


def test_a_point_makes_a_share_and_arithmetic_makes_pixels_of_it() -> None:
    assert isinstance(value("0.5"), Share)
    assert isinstance(value("$half"), Share)
    assert isinstance(value("$five_to_f"), Share)
    assert not isinstance(value("$half_mul_2"), Share)
    assert not isinstance(value("$half_to_i"), Share)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "_",
        "5_",
        "_5",
        "5__5",
        "5_5",
        "add",
        "5_add",
        "5_add_mul_5",
        "foo",
        "w_gt_5",
        "5px",
        "1234567890",
        "!a",
        "$x-y",
        "isdef_$x",
        "_".join(["1_add"] * 200 + ["1"]),
    ],
)
def test_what_is_no_value(text: str) -> None:
    with pytest.raises(ValueError):
        expressions.parse_value(text)


@pytest.mark.parametrize(
    "text", ["5_div_0", "5_mod_0", "999999999_pow_999", "-8_pow_0.5", "!a!_add_1", "tags_mul_2"]
)
def test_what_has_no_value(text: str) -> None:
    with pytest.raises(ValueError):
        value(text)


def test_undefined_variables_are_named() -> None:
    with pytest.raises(BadRequest, match=r"Undefined variable: \$foo"):
        value("$foo_add_1")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("w_gt_299", True),
        ("w_gt_300", False),
        ("w_gte_300", True),
        ("w_lt_300", False),
        ("w_lte_300", True),
        ("w_eq_300", True),
        ("w_ne_h", True),
        ("width_gt_height", True),
        ("ar_gt_3:4", True),
        ("ar_eq_3:2", True),
        ("ar_lt_1.0", False),
        ("w_gt_1000_and_h_gt_1_or_fc_gte_1", True),
        ("fc_gte_1_or_w_gt_1000_and_h_gt_1000", True),
        ("w_gt_1_and_h_gt_1000", False),
        ("w_sub_100_mul_2_gt_99", True),
        ("!cat!_in_tags", True),
        ("!cat:dog!_in_tags", True),
        ("!cat:cow!_in_tags", False),
        ("!cow!_nin_tags", True),
        ("!sky!_in_pgnames", True),
        ("ctx:!caption!_eq_!a%2Fb!", True),
        ("ctx:!caption!_ne_!!", True),
        ("ctx:!none!_eq_!!", True),
        ("ctx:!count!_gt_6", True),
        ("$name_eq_!north!", True),
        ("$five_eq_!5!", True),
        ("$five_gt_4", True),
        ("isdef_$five", True),
        ("isndef_$five", False),
        ("isndef_$foo", True),
        ("pc_gt_1_and_cp_eq_2", True),
    ],
)
def test_conditions(text: str, expected: bool) -> None:
    assert holds(text) is expected


def test_texts_cannot_be_ordered() -> None:
    with pytest.raises(ValueError):
        holds("$name_gt_5")


@pytest.mark.parametrize(
    ("given", "text"),
    [(5.0, "5"), (-3.0, "-3"), (2.5, "2.5"), (Share("1.0"), "1.0"), ("a", "a")],
)
def test_values_in_texts(given: Value, text: str) -> None:
    assert expressions.as_text(given) == text
