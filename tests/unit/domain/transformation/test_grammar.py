"""From text to nodes: structure, canonical order, refusals, limits."""

from __future__ import annotations

import pytest

from app.domain.errors import BadRequest
from app.domain.rendering import RenderLimits
from app.domain.transformation.grammar import parse
from app.domain.transformation.nodes import Branch, Component, LayerGroup, Node

LIMITS = RenderLimits()


def nodes(text: str) -> tuple[Node, ...]:
    return parse(text, LIMITS).nodes


def shape(found: tuple[Node, ...]) -> list[object]:
    """Nodes as nested lists of texts: ``["if", condition, then, else]``, ``["layer", …]``."""
    result: list[object] = []
    for node in found:
        if isinstance(node, Component):
            result.append(node.text)
        elif isinstance(node, Branch):
            result.append(["if", node.condition, shape(node.then), shape(node.otherwise)])
        else:
            assert node.closing
            closing = node.closing.text
            result.append(["layer", node.opening.text, shape(node.inner), closing])
    return result


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("", ""),
        ("w_100,c_fill,h_80", "c_fill,h_80,w_100"),
        ("/w_100//c_fill/", "w_100/c_fill"),
        ("w_1, h_2 ,,", "h_2,w_1"),
        ("w_10,w_20", "w_20"),
        ("fl_lossy,c_fit,fl_progressive:semi", "c_fit,fl_lossy.progressive:semi"),
        ("w_5,$b_2,$a_$b,if_w_gt_5", "if_w_gt_5,$b_2,$a_$b,w_5"),
        ("co_red,c_fit,bo_1px_solid_red,b_auto", "b_auto,bo_1px_solid_red,c_fit,co_red"),
        ("f_jpeg,q_080", "f_jpeg,q_080"),
        # A text is the same in a URL (its own escapes gone) and in a parameter of the API.
        ("l_text:Arial_20:Hi you%2C me", "l_text:Arial_20:Hi%20you%252C%20me"),
        ("l_text:Arial_20:Hi%20you%252C%20me", "l_text:Arial_20:Hi%20you%252C%20me"),
        ("l_text:Arial_20:100%", "l_text:Arial_20:100%25"),
        ("l_text:Arial_20:$(a)%2Fb", "l_text:Arial_20:$(a)%252Fb"),
        ("fl_attachment:a.photo.jpg.lossy", "fl_attachment:a.photo.jpg.lossy"),
    ],
)
def test_canonical_text(text: str, canonical: str) -> None:
    assert parse(text, LIMITS).text == canonical


def test_a_component_knows_its_parts() -> None:
    (component,) = nodes("$x_5,$y_!a!,c_fill,w_$x,fl_progressive:semi.lossy")
    assert isinstance(component, Component)
    assert component.params == {"c": "fill", "w": "$x"}
    assert component.flags == {"progressive": "semi", "lossy": ""}
    assert component.variables == (("$x", "5"), ("$y", "!a!"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "c_fill,w_100/l_logo/c_scale,w_20/fl_layer_apply,g_north/f_auto",
            [
                "c_fill,w_100",
                ["layer", "l_logo", ["c_scale,w_20"], "fl_layer_apply,g_north"],
                "f_auto",
            ],
        ),
        # One layer inside another: the nearest open one is closed first.
        (
            "l_a/u_b/e_sepia/fl_layer_apply,x_1/fl_layer_apply,x_2",
            [
                [
                    "layer",
                    "l_a",
                    [["layer", "u_b", ["e_sepia"], "fl_layer_apply,x_1"]],
                    "fl_layer_apply,x_2",
                ]
            ],
        ),
        # Never closed, or closed by itself: what places it becomes a closing of its own.
        (
            "l_a,w_20,g_north,x_5,y_6,e_screen,dpr_2.0/e_sepia",
            [
                [
                    "layer",
                    "dpr_2.0,l_a,w_20",
                    [],
                    "dpr_2.0,e_screen,fl_layer_apply,g_north,x_5,y_6",
                ],
                "e_sepia",
            ],
        ),
        (
            "l_a/l_b,fl_layer_apply,g_south/fl_layer_apply",
            [["layer", "l_a", [["layer", "l_b", [], "fl_layer_apply,g_south"]], "fl_layer_apply"]],
        ),
        # The first of two is never closed.
        (
            "l_a,fl_tiled/l_b/fl_layer_apply",
            [
                ["layer", "fl_tiled,l_a", [], "fl_layer_apply.tiled"],
                ["layer", "l_b", [], "fl_layer_apply"],
            ],
        ),
        # A gravity in the opening is the resize mode's, if there is one; else the layer's.
        (
            "l_a,c_thumb,g_face,w_9/fl_layer_apply",
            [["layer", "c_thumb,g_face,l_a,w_9", [], "fl_layer_apply"]],
        ),
        (
            "l_a,g_west,w_9/fl_layer_apply",
            [["layer", "l_a,w_9", [], "fl_layer_apply,g_west"]],
        ),
        # What changes the layer in its closing component is done last.
        (
            "l_a/fl_layer_apply,$x_3,w_$x,o_50,g_east,f_png",
            [["layer", "l_a", ["$x_3,o_50,w_$x"], "f_png,fl_layer_apply,g_east"]],
        ),
        (
            "l_a/fl_layer_apply,$x_3,x_$x",
            [["layer", "l_a", ["$x_3"], "fl_layer_apply,x_$x"]],
        ),
        (
            "l_a/e_sepia/fl_layer_apply,e_multiply",
            [["layer", "l_a", ["e_sepia"], "e_multiply,fl_layer_apply"]],
        ),
    ],
)
def test_layers(text: str, expected: list[object]) -> None:
    assert shape(nodes(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("if_w_gt_5,w_1/e_sepia", [["if", "w_gt_5", ["w_1"], []], "e_sepia"]),
        ("if_w_gt_5,w_1/if_else,w_2/h_3", [["if", "w_gt_5", ["w_1"], ["w_2"]], "h_3"]),
        ("if_w_gt_5/w_1/h_2/if_end/h_3", [["if", "w_gt_5", ["w_1", "h_2"], []], "h_3"]),
        (
            "if_w_gt_5/w_1/if_else/w_2/h_2/if_end/h_3",
            [["if", "w_gt_5", ["w_1"], ["w_2", "h_2"]], "h_3"],
        ),
        # Without an end it reaches to the end.
        ("if_w_gt_5/w_1/if_else/w_2", [["if", "w_gt_5", ["w_1"], ["w_2"]]]),
        # Parameters beside the condition, and an end that no other condition claims.
        ("if_w_gt_5,w_1/h_2/if_end/h_3", [["if", "w_gt_5", ["w_1", "h_2"], []], "h_3"]),
        ("if_w_gt_5,w_1/if_else/h_2/if_end/h_3", [["if", "w_gt_5", ["w_1"], ["h_2"]], "h_3"]),
        (
            "if_w_gt_5/if_h_gt_5,w_1/if_else,w_2/if_end/h_3",
            [["if", "w_gt_5", [["if", "h_gt_5", ["w_1"], ["w_2"]]], []], "h_3"],
        ),
        (
            "if_w_gt_5/if_h_gt_5/w_1/if_end/if_else/if_h_lt_5/w_2/if_end/if_end",
            [
                [
                    "if",
                    "w_gt_5",
                    [["if", "h_gt_5", ["w_1"], []]],
                    [["if", "h_lt_5", ["w_2"], []]],
                ]
            ],
        ),
        (
            "l_a/if_w_gt_5/w_1/if_end/fl_layer_apply",
            [["layer", "l_a", [["if", "w_gt_5", ["w_1"], []]], "fl_layer_apply"]],
        ),
        ("if_w_gt_5,l_a", [["if", "w_gt_5", [["layer", "l_a", [], "fl_layer_apply"]], []]]),
    ],
)
def test_branches(text: str, expected: list[object]) -> None:
    assert shape(nodes(text)) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("zz_5", "Invalid transformation parameter: zz_5"),
        ("c_fill,width_5", "Invalid transformation parameter: width_5"),
        ("jpg", "Invalid transformation parameter: jpg"),
        ("$1x_5", "Invalid transformation parameter: $1x_5"),
        ("w_abc", "Invalid value abc in w_abc"),
        ("w_", "Invalid value  in w_"),
        ("w_0", "Invalid value 0 in w_0"),
        ("w_-5", "Invalid value -5 in w_-5"),
        ("w_16:9", "Invalid value 16:9 in w_16:9"),
        ("w_1e3", "Invalid value 1e3 in w_1e3"),
        ("w_nan", "Invalid value nan in w_nan"),
        ("w_iw_div", "Invalid value iw_div in w_iw_div"),
        ("w_$", "Invalid value $ in w_$"),
        ("x_5_gt_3", "Invalid value 5_gt_3 in x_5_gt_3"),
        ("c_stretch", "Invalid value stretch in c_stretch"),
        ("g_nroth", "Invalid value nroth in g_nroth"),
        ("g_north:face", "Invalid value north:face in g_north:face"),
        ("co_rgb:12345", "Invalid value rgb:12345 in co_rgb:12345"),
        ("b_auto:foo", "Invalid value auto:foo in b_auto:foo"),
        ("bo_red", "Invalid value red in bo_red"),
        ("bo_$", "Invalid value $ in bo_$"),
        ("r_1:2:3:4:5", "Invalid value 1:2:3:4:5 in r_1:2:3:4:5"),
        ("r_-1", "Invalid value -1 in r_-1"),
        ("o_101", "Invalid value 101 in o_101"),
        ("q_0", "Invalid value 0 in q_0"),
        ("q_auto:superb", "Invalid value auto:superb in q_auto:superb"),
        ("f_foo", "Invalid value foo in f_foo"),
        ("e_foo", "Invalid value foo in e_foo"),
        ("e_loop:x", "Invalid value loop:x in e_loop:x"),
        ("e_sepia:999", "Invalid value 999 for effect sepia: level must be between 1 and 100"),
        ("dpr_11", "Invalid value 11 in dpr_11"),
        ("dl_1.5", "Invalid value 1.5 in dl_1.5"),
        ("pg_0", "Invalid value 0 in pg_0"),
        ("cs_foo", "Invalid value foo in cs_foo"),
        ("t_a..b", "Invalid value a..b in t_a..b"),
        ("ar_4:0", "Invalid value 4:0 in ar_4:0"),
        ("l_text:Arial_20_boldish:x", "Invalid value text:Arial_20_boldish:x in l_text:Arial_20_"),
        ("l_fetch:@@@", "Invalid value fetch:@@@ in l_fetch:@@@"),
        ("l_fetch:ZnRwOi8vYS9i", "Invalid value fetch:ZnRwOi8vYS9i in l_fetch:ZnRwOi8vYS9i"),
        ("l_:", "Invalid value : in l_:"),
        ("$x_!a", "Invalid value !a in $x_!a"),
        ("fl_foo", "Invalid transformation flag: foo"),
        ("fl_lossy.foo", "Invalid transformation flag: foo"),
        ("if_w", "Invalid condition: w"),
        ("if_w_gt", "Invalid condition: w_gt"),
        ("if_w_gt_5_and_h", "Invalid condition: w_gt_5_and_h"),
        ("if_end", "Invalid transformation: if_end without if"),
        ("if_w_gt_1/w_1/if_end/if_end", "Invalid transformation: if_end without if"),
        ("if_else,w_5", "Invalid transformation: if_else without if"),
        ("if_w_gt_1,w_1/if_else,w_5/if_else,w_6", "Invalid transformation: if_else without if"),
        ("w_5/fl_layer_apply,g_north", "Invalid transformation: no layer before fl_layer_apply"),
        ("l_a,u_b", "Invalid transformation: two layers in l_a,u_b"),
        ("e_screen,w_5", "Invalid transformation: e_screen without a layer"),
        # Nothing is known but not offered without being told so.
        ("so_2", "Transformation not supported: so_2"),
        ("fn_wasm:x.wasm", "Transformation not supported: fn_wasm:x.wasm"),
        ("e_gen_fill", "Transformation not supported: e_gen_fill"),
        ("e_gen_remove:prompt_a", "Transformation not supported: e_gen_remove"),
        ("e_volume:50", "Transformation not supported: e_volume"),
        ("b_gen_fill:prompt_x", "Transformation not supported: b_gen_fill"),
        ("f_mp4", "Transformation not supported: f_mp4"),
        ("f_jxl", "Transformation not supported: f_jxl"),
        ("fl_splice", "Transformation not supported: fl_splice"),
        ("fl_clip", "Transformation not supported: fl_clip"),
        ("fl_clip_evenodd", "Transformation not supported: fl_clip_evenodd"),
        ("g_liquid", "Transformation not supported: g_liquid"),
        ("l_video:dog", "Transformation not supported: l_video"),
        ("l_subtitles:a.srt", "Transformation not supported: l_subtitles"),
        ("l_lut:", "Invalid value lut: in l_lut:"),
        ("pg_name:Shape", "Transformation not supported: pg_name:Shape"),
        ("cs_icc:a.icc", "Transformation not supported: cs_icc:a.icc"),
        ("cs_copy", "Transformation not supported: cs_copy"),
        ("if_du_gt_5,w_5", "Transformation not supported: du"),
        # Also where it would never run.
        ("if_w_lt_1/e_foo/if_end", "Invalid value foo in e_foo"),
    ],
)
def test_what_is_refused_is_named(text: str, message: str) -> None:
    with pytest.raises(BadRequest) as caught:
        parse(text, LIMITS)
    assert caught.value.message.startswith(message)


@pytest.mark.parametrize(
    ("text", "limits", "message"),
    [
        ("w_1/w_2/w_3", RenderLimits(components=2), "more than 2 components"),
        ("l_a/u_b", RenderLimits(layers=1), "more than 1 layers"),
        ("/".join(["if_w_gt_1"] * 21), LIMITS, "more than 20 conditions"),
        ("/".join(["if_w_gt_1,w_2/if_else"] * 21), LIMITS, "more than 20 conditions"),
        ("l_text:Arial_9:12345", RenderLimits(text=4), "longer than 4 characters"),
        ("w_100", RenderLimits(length=4), "longer than 4 characters"),
        ("l_text:Arial_9:\ud800", LIMITS, "not UTF-8"),
        ("l_text:Arial_9:%" + "25" * 50 + "20", LIMITS, "Invalid value"),
    ],
)
def test_limits(text: str, limits: RenderLimits, message: str) -> None:
    with pytest.raises(BadRequest, match=message):
        parse(text, limits)


def test_conditions_do_not_count_as_components() -> None:
    assert parse("if_w_gt_1/w_2/if_else/w_3/if_end", RenderLimits(components=2)).nodes


def test_escapes_do_not_count_as_characters_of_a_text() -> None:
    assert parse("l_text:Arial_9:%2C%2C%2C%2C", RenderLimits(text=4)).nodes


@pytest.mark.parametrize(
    ("text", "ratios"),
    [
        ("c_scale,w_100/dpr_2.0", ["2.0", "2.0"]),
        ("c_scale,w_100/dpr_2.0,f_auto,q_auto", ["2.0", "2.0"]),
        ("c_scale,w_100/e_sepia/c_crop,w_50/dpr_auto", ["auto", "", "auto", "auto"]),
        ("w_100,dpr_3.0/h_50/dpr_2.0", ["3.0", "2.0", "2.0"]),
        ("w_100/dpr_2.0/w_50/dpr_3.0", ["2.0", "2.0", "3.0", "3.0"]),
        ("dpr_2.0/c_scale,w_100", ["2.0", ""]),
        ("c_scale,w_100/w_50,dpr_2.0", ["", "2.0"]),
    ],
)
def test_a_ratio_by_itself_is_that_of_the_lengths_before_it(text: str, ratios: list[str]) -> None:
    found = [node.params.get("dpr", "") for node in nodes(text) if isinstance(node, Component)]
    assert found == ratios


def test_a_ratio_reaches_into_layers_and_branches() -> None:
    layer, branch, _ = nodes("l_a,x_5/w_9/fl_layer_apply,y_5/if_w_gt_5/h_7/if_end/dpr_2.0")
    assert isinstance(layer, LayerGroup) and isinstance(branch, Branch)
    assert layer.closing
    for component in (layer.opening, layer.inner[0], layer.closing, branch.then[0]):
        assert isinstance(component, Component)
        assert component.params["dpr"] == "2.0"
