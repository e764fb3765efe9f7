"""Whatever comes in: a transformation or a refusal, quickly, and the same one next time."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.errors import BadRequest
from app.domain.rendering import RenderLimits
from app.domain.transformation import canonical, named, queries
from app.domain.transformation.grammar import parse
from app.domain.transformation.info import info
from app.domain.transformation.nodes import Transformation
from app.domain.transformation.vocabulary import FLAGS
from tests.unit.domain.transformation.test_scope import walk

LIMITS = RenderLimits()

VALUES = {
    "w": ["100", "0.5", "iw_div_2", "$x", "auto", "$x_mul_2_add_1"],
    "h": ["80", "ih_sub_10", "1.0"],
    "c": ["fill", "thumb", "crop", "pad", "fit", "auto"],
    "g": ["face", "north_east", "auto:face", "xy_center", "cat:dog"],
    "x": ["5", "-5", "0.1", "w_div_20"],
    "e": ["sepia", "blur:20", "shadow:$x", "loop", "trim:10", "replace_color:red:20:blue"],
    "r": ["max", "5:10", "$x"],
    "a": ["20", "hflip.20", "ignore"],
    "b": ["red", "auto:predominant", "blurred:400:15", "rgb:fff8"],
    "bo": ["3px_solid_red"],
    "q": ["80", "auto:best", "70:444"],
    "f": ["auto", "png"],
    "dpr": ["2.0", "auto"],
    "o": ["50", "$x"],
    "t": ["thumb", "a.b"],
}
LAYERS = ["l_logo", "u_a:b", "l_text:Arial_20:Hi%2C $(x)", "l_text:Open Sans_9_bold:1%2F2"]
CONDITIONS = ["w_gt_5", "ar_lt_1.0_and_fc_gte_1", "!a:b!_in_tags", "$x_eq_5"]


@st.composite
def components(draw: st.DrawFn) -> str:
    """One component: some parameters, flags, a variable, in any order."""
    names = draw(st.lists(st.sampled_from(sorted(VALUES)), min_size=1, max_size=5))
    pieces = [f"{name}_{draw(st.sampled_from(VALUES[name]))}" for name in names]
    for flag in draw(st.lists(st.sampled_from(sorted(FLAGS - {"layer_apply"})), max_size=2)):
        pieces.append(f"fl_{flag}")
    if draw(st.booleans()):
        pieces.append(f"$x_{draw(st.sampled_from(['5', '!5!', 'w_mod_7_add_1']))}")
    return ",".join(draw(st.permutations(pieces)))


@st.composite
def chains(draw: st.DrawFn, depth: int = 2) -> str:
    """Components, layers and branches, inside each other."""
    if not depth:
        return draw(components())
    links = ["$x_5"]
    for _ in range(draw(st.integers(1, 3))):
        kind = draw(st.sampled_from(["layer", "open", "single", "block"]))
        if kind == "layer":
            inner = draw(chains(depth=depth - 1))
            links += [draw(st.sampled_from(LAYERS)), inner, "fl_layer_apply,g_north,x_5"]
        elif kind == "open":
            links.append(f"{draw(st.sampled_from(LAYERS))},w_20,x_5")
        elif kind == "single":
            links.append(f"if_{draw(st.sampled_from(CONDITIONS))},{draw(components())}")
        else:
            inner = draw(chains(depth=depth - 1))
            links += [f"if_{draw(st.sampled_from(CONDITIONS))}", inner, "if_else", inner, "if_end"]
        links.append(draw(components()))
    return "/".join(links)


def read(text: str) -> Transformation | None:
    try:
        return parse(text, LIMITS)
    except BadRequest:
        return None


@settings(max_examples=100, deadline=None)
@given(chains())
def test_canonical_text_means_the_same_and_stays(text: str) -> None:
    found = read(text)
    if found is None:
        return  # Beyond a limit.
    assert parse(found.text, LIMITS) == found
    closed = canonical.text(found.nodes)
    again = parse(closed, RenderLimits(components=1000))
    assert canonical.text(again.nodes) == closed
    expanded = named.expand(found, {"thumb": "w_5", "a": "e_sepia", "b": "t_a"}, RenderLimits())
    assert parse(expanded.text, RenderLimits(components=1000)).text == expanded.text


@settings(max_examples=100, deadline=None)
@given(chains())
def test_what_has_been_read_runs_or_is_refused(text: str) -> None:
    found = read(text)
    if found is None:
        return
    queries.references(found)
    queries.wants_faces(found)
    info(found.text)
    try:
        walk(found)
    except BadRequest:
        return


ALPHABET = "wahcefilrtuxyz$_,/:.!()%-0123456789 ABé\n"
WORDS = [
    "w_", "c_", "e_", "l_text:", "l_fetch:", "fl_", "if_", "$x_", "_add_", "_gt_", "_and_", "else",
    "end", "layer_apply", "auto", "fill", "rgb:", "ctx:!", "100", "0.5", "/", ",", ":", "!", "%2C",
    "$(x)", "_stroke_bo_", "attachment:", "q_", "g_", "t_", "99999999999", "\x00", "١",
]  # fmt: skip


@settings(max_examples=500, deadline=None)
@given(
    st.one_of(
        st.text(max_size=200),
        st.text(ALPHABET, max_size=200),
        st.lists(st.sampled_from(WORDS), max_size=40).map("".join),
    )
)
def test_any_text_is_a_transformation_or_a_refusal(text: str) -> None:
    found = read(text)
    if found is None:
        return
    assert parse(found.text, LIMITS) == found
    queries.references(found)
    info(found.text)
    try:
        walk(found)
    except BadRequest:
        return


@pytest.mark.parametrize(
    "text",
    [
        "_".join(["w_1"] + ["add_1"] * 1000),
        "l_text:Arial" + "_1a" * 2000 + ":x",
        "l_text:Arial_20" + "_letter_spacing_1" * 400 + "x:y",
        "l_text:Arial_20:" + "%25" * 2000,
        "g_auto:" + "a_" * 3000,
        "bo_" + "px_solid_" * 800,
        "e_tint:" + "1:" * 3000,
        "a_" + "1." * 3000,
        "if_" + "w_gt_1_and_" * 600 + "w_gt_1",
        "/".join(["if_w_gt_1"] * 100),
        "/".join(["l_a"] * 20 + ["fl_layer_apply"] * 20),
        "fl_" + "attachment:a." * 600,
        "b_auto:border:palette" + "_a" * 3000,
        "$" + "x" * 8000,
        "co_rgb:" + "f" * 8000,
        "l_fetch:" + "A" * 8000,
        "," * 8000,
        "/" * 8000,
    ],
    ids=lambda text: text[:12],
)
def test_long_texts_take_no_time(text: str) -> None:
    started = time.process_time()
    found = read(text)
    if found is not None:
        queries.references(found)
    assert time.process_time() - started < 0.5
