"""Named transformations: found, and replaced by what they stand for."""

from __future__ import annotations

import pytest

from app.domain.errors import BadRequest
from app.domain.rendering import RenderLimits
from app.domain.transformation import named
from app.domain.transformation.grammar import parse
from app.domain.transformation.nodes import Component

LIMITS = RenderLimits()
KNOWN = {
    "thumb": "c_thumb,g_face,w_75",
    "gray": "e_grayscale",
    "both": "t_thumb/t_gray",
    "mark": "l_logo,g_west",
    "big": "if_w_gt_100,w_$size",
    "loop": "t_knot",
    "knot": "w_5/t_loop",
}


def expanded(text: str, limits: RenderLimits = LIMITS) -> str:
    found = named.expand(parse(text, limits), KNOWN, limits)
    # What comes out reads as what it is.
    assert parse(found.text, LIMITS).nodes == found.nodes
    return found.text


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("w_5", set()),
        ("t_a.b/if_w_gt_5/t_c/if_else/t_d/if_end", {"a", "b", "c", "d"}),
        ("l_x,t_a/t_b/fl_layer_apply,t_c", {"a", "b", "c"}),
    ],
)
def test_names(text: str, names: set[str]) -> None:
    assert named.names(parse(text, LIMITS)) == names


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("t_thumb", "c_thumb,g_face,w_75"),
        ("t_thumb.gray/q_auto", "c_thumb,g_face,w_75/e_grayscale/q_auto"),
        ("t_both", "c_thumb,g_face,w_75/e_grayscale"),
        ("e_sepia,t_gray", "e_grayscale/e_sepia"),
        ("$size_40,t_big,o_50", "$size_40/if_w_gt_100/w_$size/if_end/o_50"),
        ("if_w_gt_5/t_gray/if_end", "if_w_gt_5/e_grayscale/if_end"),
        ("l_x,w_9,t_gray,g_east", "l_x,w_9/e_grayscale/fl_layer_apply,g_east"),
        ("l_x/t_gray/fl_layer_apply,t_both", None),
        # A layer that the named one does not close is not closed by what follows.
        ("l_x/t_mark/fl_layer_apply", "l_x/l_logo/fl_layer_apply,g_west/fl_layer_apply"),
    ],
)
def test_expansion(text: str, expected: str | None) -> None:
    inner = "l_x/e_grayscale/c_thumb,g_face,w_75/e_grayscale/fl_layer_apply"
    assert expanded(text) == (expected or inner)


def test_what_calls_nothing_stays_as_it_is() -> None:
    transformation = parse("if_w_gt_5,w_10", LIMITS)
    assert named.expand(transformation, KNOWN, LIMITS) is transformation


@pytest.mark.parametrize(("text", "count"), [("t_thumb,dpr_2.0", 1), ("t_both/dpr_2.0", 3)])
def test_a_ratio_holds_for_what_is_called(text: str, count: int) -> None:
    found = named.expand(parse(text, LIMITS), KNOWN, LIMITS).nodes
    assert len(found) == count
    assert isinstance(found[0], Component)
    assert found[0].params["dpr"] == "2.0"


@pytest.mark.parametrize(
    ("text", "limits", "message"),
    [
        ("t_foo", LIMITS, "Named transformation not found: foo"),
        ("t_loop", LIMITS, "t_loop calls itself"),
        ("t_both/t_both", RenderLimits(components=5), "more than 5 components"),
        ("t_mark/t_mark/t_mark", RenderLimits(layers=2), "more than 2 layers"),
    ],
)
def test_refusals(text: str, limits: RenderLimits, message: str) -> None:
    with pytest.raises(BadRequest, match=message):
        expanded(text, limits)


def test_names_that_multiply_are_stopped_early() -> None:
    lookup = {f"n{i}": ".".join([f"t_n{i + 1}"] + [f"n{i + 1}"] * 9) for i in range(8)}
    with pytest.raises(BadRequest, match="more than 100 components"):
        named.expand(parse("t_n0", LIMITS), lookup | {"n8": "w_5"}, LIMITS)


def test_depth_is_bounded() -> None:
    lookup = {f"n{i}": f"t_n{i + 1}" for i in range(50)} | {"n50": "w_5"}
    with pytest.raises(BadRequest, match="calls itself, or too many"):
        named.expand(parse("t_n0", LIMITS), lookup, LIMITS)
