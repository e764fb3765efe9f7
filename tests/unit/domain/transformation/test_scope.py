"""Components with their values calculated, for the picture that they meet."""

from __future__ import annotations

import pytest

from app.domain.errors import BadRequest
from app.domain.rendering import RenderLimits
from app.domain.transformation.grammar import parse
from app.domain.transformation.nodes import Branch, Component, LayerGroup, Transformation
from app.domain.transformation.scope import Facts, Scope
from app.domain.transformation.steps import (
    Background,
    Border,
    Colour,
    Corners,
    Effect,
    Gravity,
    LayerRef,
    LayerStep,
    Output,
    Placement,
    Resize,
    Step,
    TextLayer,
    TextStyle,
)

LIMITS = RenderLimits()
BASE = Facts(300, 200, 600, 400)
LAYER = Facts(60, 40, 60, 40)
RED = Colour(255, 0, 0)


def steps(text: str, scope: Scope | None = None, facts: Facts = BASE) -> list[Step]:
    """The steps of a transformation of components only; the facts stay as they are."""
    scope = scope or Scope()
    found = []
    for node in parse(text, LIMITS).nodes:
        assert isinstance(node, Component)
        found.append(scope.step(node, facts))
    return found


def step(text: str, scope: Scope | None = None) -> Step:
    return steps(text, scope)[-1]


def resize(text: str) -> Resize | None:
    return step(text).resize


def placed(text: str, scope: Scope | None = None) -> tuple[LayerStep, list[Step], Placement]:
    """A transformation of one layer, walked as a renderer does."""
    scope = scope or Scope()
    (group,) = parse(text, LIMITS).nodes
    assert isinstance(group, LayerGroup)
    content = scope.content(group.opening, BASE)
    opened = scope.layer(group.opening, LAYER, BASE)
    assert opened.content == content
    inner = []
    for node in group.inner:
        assert isinstance(node, Component)
        inner.append(scope.step(node, LAYER, BASE))
    return opened, inner, scope.placement(group, LAYER, BASE)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("w_100", Resize("scale", 100)),
        ("w_0.5", Resize("scale", 150)),
        ("h_1.5,w_30", Resize("scale", 30, 300)),
        ("c_fit,w_iw_div_2", Resize("fit", 300)),
        ("w_iw_mul_0.251", Resize("scale", 151)),
        ("w_1_div_9", Resize("scale", 1)),
        ("$a_0.5,w_$a", Resize("scale", 150)),
        ("$a_40,$b_$a_mul_2,w_$b_add_$a", Resize("scale", 120)),
        ("$a_!40!,w_$(a)", Resize("scale", 40)),
        ("ar_16:9,c_fill,w_160", Resize("fill", 160, aspect=16 / 9)),
        ("$r_!4:3!,ar_1.5,c_fill", Resize("fill", aspect=1.5)),
        ("c_fill,g_face,w_5", Resize("fill", 5, gravity=Gravity(("face", "north")))),
        ("$g_north_east,c_fill,g_$g,w_5", Resize("fill", 5, gravity=Gravity(("north_east",)))),
        ("c_auto,w_5", Resize("auto", 5, gravity=Gravity(("auto",)))),
        ("c_imagga_scale,w_5", Resize("imagga_scale", 5, gravity=Gravity(("auto",)))),
        ("c_crop,w_5,x_3", Resize("crop", 5, gravity=Gravity(("north_west",)), x=3)),
        ("c_crop,w_5", Resize("crop", 5)),
        ("c_crop,g_east,w_5,y_-3", Resize("crop", 5, gravity=Gravity(("east",)), y=-3)),
        ("c_fill,w_5,x_0.1,y_0.1", Resize("fill", 5, x=30, y=20)),
        ("c_thumb,g_face,z_0.75", Resize("thumb", gravity=Gravity(("face", "north")), zoom=0.75)),
        ("c_crop,g_face", Resize("crop", gravity=Gravity(("face", "north")))),
        ("fl_ignore_aspect_ratio,w_5", Resize("scale", 5, ignore_aspect=True)),
        ("dpr_1.5,w_5,h_0.5,c_fill", Resize("fill", 8, 100)),
        ("c_crop,dpr_2.0,w_5,x_3", Resize("crop", 10, gravity=Gravity(("north_west",)), x=6)),
        ("c_fit", None),
        ("c_scale,w_auto", None),
        ("g_face", None),
        ("e_sepia", None),
        ("h_40,w_auto:100:500", Resize("scale", None, 40)),
    ],
)
def test_resizes(text: str, expected: Resize | None) -> None:
    assert resize(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a_90.hflip", Step(rotate=(("angle", 90), ("hflip", 0)))),
        ("$a_40,a_$a_mul_2", Step(rotate=(("angle", 80),))),
        ("o_50", Step(opacity=50)),
        ("r_10:20,dpr_2", Step(corners=Corners((20, 40, 20, 40)))),
        ("r_max", Step(corners=Corners(None))),
        ("$r_5,r_$r:0", Step(corners=Corners((5, 0, 5, 0)))),
        ("bo_3px_solid_red,dpr_1.5", Step(border=Border(5, RED))),
        ("$w_4,$c_!red!,bo_$(w)px_solid_$c", Step(border=Border(4, RED))),
        ("$w_4,bo_$w_mul_2px_solid_red", Step(border=Border(8, RED))),
        ("b_red", Step(background=Background(colour=RED))),
        ("$c_rgb:ff0000,b_$c", Step(background=Background(colour=RED))),
        ("b_auto:border", Step(background=Background("auto", arguments=("border",)))),
        ("co_red", Step(colour=RED)),
        ("pg_3", Step(page=3)),
        ("fl_cutter.tiled.lossy", Step(flags=frozenset(("cutter", "tiled")))),
        ("e_sepia:50", Step(effects=(Effect("sepia", ("50",)),))),
        ("$l_20,e_sepia:$l_mul_2", Step(effects=(Effect("sepia", ("40",)),))),
        ("$c_!red!,e_replace_color:$c", Step(effects=(Effect("replace_color", ("red",)),))),
        (
            "co_red,e_shadow:30,x_5,y_-0.1",
            Step(effects=(Effect("shadow", ("30",), RED, 5, -20),), colour=RED),
        ),
        # Width and height bound the effect's region, and are no resize.
        (
            "e_pixelate_region:5,h_20,w_0.5,x_3,y_4",
            Step(effects=(Effect("pixelate_region", ("5",), x=3, y=4, width=150, height=20),)),
        ),
        (
            "c_fill,e_blur_region,w_50",
            Step(resize=Resize("fill", 50), effects=(Effect("blur_region", width=50),)),
        ),
    ],
)
def test_steps(text: str, expected: Step) -> None:
    assert step(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("f_jpeg,q_80", Output(format="jpg", quality=80)),
        ("f_png/f_webp,q_80:444", Output(format="webp", quality=80, chroma="444")),
        ("q_80/q_auto:eco", Output(auto="eco")),
        ("q_auto/q_30", Output(quality=30)),
        ("q_100", Output(quality=100, lossless=True)),
        ("$q_25,q_$q_mul_2", Output(quality=50)),
        ("$q_!auto:low!,q_$q", Output(auto="low")),
        ("dl_200/e_loop", Output(delay=200, loop=0)),
        ("e_loop:3", Output(loop=3)),
        (
            "fl_progressive.lossy/fl_png8",
            Output(flags=frozenset(("progressive", "lossy", "png8"))),
        ),
        ("fl_progressive:none", Output()),
        ("fl_progressive:steep", Output(flags=frozenset(("progressive",)))),
        ("f_auto:animated", Output(format="auto")),
        ("cs_cmyk/cs_tinysrgb", Output(colour_space="tinysrgb")),
        ("e_vectorize:5:detail:200/w_5", Output(tracing=("5", "detail", "200"))),
        ("fl_awebp.any_format.sanitize.apng", Output(flags=frozenset(("apng",)))),
        ("fl_attachment:a.getinfo", Output()),
    ],
)
def test_output_is_gathered_and_the_last_one_wins(text: str, expected: Output) -> None:
    scope = Scope()
    steps(text, scope)
    assert scope.output == expected


def test_auto_density_is_the_clients() -> None:
    assert steps("dpr_auto,w_100", Scope(2.5))[0].resize == Resize("scale", 250)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("w_$foo", r"Undefined variable: \$foo"),
        ("co_$foo", r"Undefined variable: \$foo"),
        ("l_text:Arial_9:$(foo)", r"Undefined variable: \$foo"),
        ("w_w_sub_300", "Invalid value w_sub_300 in w_w_sub_300"),
        ("w_5_div_0", "Invalid value 5_div_0 in w_5_div_0"),
        ("$x_5_div_0", r"Invalid value 5_div_0 in \$x_5_div_0"),
        ("$x_!a!,w_$x", r"Invalid value \$x in w_\$x"),
        ("$x_300,o_$x", r"Invalid value \$x in o_\$x"),
        ("$c_!reddish!,co_$c", r"Invalid value \$c in co_\$c"),
        ("$e_!foo!,e_$e", r"Invalid value \$e in e_\$e"),
        ("$e_!gen_fill!,e_$e", "Transformation not supported: e_gen_fill"),
        ("w_20001", "w_20001 is more than 20000 pixels"),
        ("w_9999,dpr_3.0", "w_9999 is more than 20000 pixels"),
        ("c_crop,w_5,x_-99999", "x_-99999 is more than 20000 pixels"),
        ("bo_99999px_solid_red", "is more than 20000 pixels"),
    ],
)
def test_what_cannot_be_calculated(text: str, message: str) -> None:
    with pytest.raises(BadRequest, match=message):
        walk(parse(text, LIMITS))


def walk(transformation: Transformation, scope: Scope | None = None) -> Scope:
    """Run all nodes with the same facts."""
    scope = scope or Scope(2.0, LIMITS)
    for node in transformation.nodes:
        if isinstance(node, Component):
            scope.step(node, BASE)
        elif isinstance(node, Branch):
            chosen = node.then if scope.holds(node.condition, BASE) else node.otherwise
            walk(Transformation(nodes=chosen), scope)
        else:
            scope.content(node.opening, BASE)
            scope.layer(node.opening, LAYER, BASE)
            walk(Transformation(nodes=node.inner), scope)
            scope.placement(node, LAYER, BASE)
    return scope


def test_branches_may_set_variables() -> None:
    text = "$s_10/if_w_gt_200/$s_50/if_else/$s_70/if_end/w_$s"
    scope = walk(parse(text, LIMITS))
    assert scope.holds("$s_eq_50", BASE)
    with pytest.raises(BadRequest, match="Invalid condition: !a!_gt_5"):
        scope.holds("!a!_gt_5", BASE)


def test_variables_are_calculated_when_they_are_set() -> None:
    scope = Scope()
    (first,) = parse("$half_w_div_2", LIMITS).nodes
    assert isinstance(first, Component)
    scope.step(first, BASE)
    assert scope.holds("$half_eq_150", LAYER)


@pytest.mark.parametrize(
    ("text", "opened", "inner", "placement"),
    [
        (
            "l_logo,w_20,g_north,x_5,y_0.1,o_50",
            Step(resize=Resize("scale", 20), opacity=50),
            [],
            Placement(gravity=Gravity(("north",)), x=5, y=20),
        ),
        ("l_logo,w_0.5", Step(resize=Resize("scale", 30)), [], Placement()),
        (
            "l_logo,w_0.5,fl_relative",
            Step(resize=Resize("scale", 150), flags=frozenset(("relative",))),
            [],
            Placement(),
        ),
        (
            "l_logo/c_scale,fl_relative,w_0.5/fl_layer_apply,x_0.1",
            Step(),
            [Step(resize=Resize("scale", 150), flags=frozenset(("relative",)))],
            Placement(x=30),
        ),
        (
            "u_a:b/e_sepia/fl_layer_apply,g_south_east,e_anti_removal:20,fl_tiled",
            Step(),
            [Step(effects=(Effect("sepia"),))],
            Placement(
                under=True,
                gravity=Gravity(("south_east",)),
                blend="anti_removal",
                arguments=("20",),
                tiled=True,
            ),
        ),
        (
            "l_logo,e_multiply,fl_no_overflow,dpr_2.0,x_5",
            Step(flags=frozenset(("no_overflow",))),
            [],
            Placement(x=10, blend="multiply", no_overflow=True),
        ),
        (
            "l_logo,c_thumb,g_face,w_9/fl_layer_apply,g_west",
            Step(resize=Resize("thumb", 9, gravity=Gravity(("face", "north")))),
            [],
            Placement(gravity=Gravity(("west",))),
        ),
        (
            "l_logo/fl_layer_apply,w_w_div_2,o_30,x_w_div_3",
            Step(),
            [Step(resize=Resize("scale", 30), opacity=30)],
            Placement(x=20),
        ),
    ],
)
def test_layers(text: str, opened: Step, inner: list[Step], placement: Placement) -> None:
    first, done, where = placed(text)
    assert isinstance(first.content, LayerRef)
    assert (first.step, done, where) == (opened, inner, placement)


def test_layers_by_variables() -> None:
    first, _, _ = placed("$img_!folder:logo!,$w_30,l_$img,w_$w")
    assert first.content == LayerRef("asset", "folder/logo")
    assert first.step.resize == Resize("scale", 30)
    first, _, _ = placed("$lang_!de!,l_logo_$(lang)")
    assert first.content == LayerRef("asset", "logo_de")


def test_variables_of_an_opening_are_set_once() -> None:
    scope = Scope()
    steps("$n_1", scope)
    placed("$n_$n_add_1,l_logo,w_$n/fl_layer_apply", scope)
    assert scope.holds("$n_eq_2", BASE)


def test_output_beside_a_layer_counts_and_inside_it_does_not() -> None:
    scope = Scope()
    placed("f_png,l_logo/q_50/fl_layer_apply,fl_lossy", scope)
    assert scope.output == Output(format="png", flags=frozenset(("lossy",)))


def test_texts() -> None:
    text = "l_text:Arial_20_letter_spacing_3:Hi $(name)%2C $5,$name_!Ann!,co_red,b_blue,dpr_2.0"
    first, _, _ = placed(f"{text},bo_2px_solid_red,c_fit,w_50,h_30,r_4")
    assert first.content == TextLayer(
        "Hi Ann, $5",
        TextStyle("Arial", 40, letter_spacing=6),
        colour=RED,
        background=Colour(0, 0, 255),
        border=Border(4, RED),
        width=100,
        height=60,
        mode="fit",
    )
    assert first.step == Step(corners=Corners((8, 8, 8, 8)))


def test_texts_that_do_not_wrap_are_resized() -> None:
    first, _, where = placed("l_text:Arial_20:x,w_50,fl_text_no_trim.text_disallow_overflow,b_auto")
    assert isinstance(first.content, TextLayer)
    assert (first.content.width, first.content.mode) == (None, "")
    assert first.content.no_trim and first.content.ellipsis and where.disallow_overflow
    assert first.step.resize == Resize("scale", 50)
    assert first.step.background == Background("auto")


def test_a_text_may_not_grow_beyond_the_limit_by_its_variables() -> None:
    scope = Scope(limits=RenderLimits(text=10))
    with pytest.raises(BadRequest, match="longer than 10"):
        placed("$a_!12345!,l_text:Arial_9:$(a)$(a)$(a)", scope)


def test_a_style_may_be_a_variable() -> None:
    first, _, _ = placed("$s_!Arial_12_bold!,l_text:$(s):x")
    assert isinstance(first.content, TextLayer)
    assert first.content.style == TextStyle("Arial", 12, weight="bold")
