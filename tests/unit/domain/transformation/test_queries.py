"""What can be told of a transformation before it runs."""

from __future__ import annotations

import base64

import pytest

from app.domain.rendering import RenderLimits
from app.domain.transformation import queries
from app.domain.transformation.grammar import parse
from app.domain.transformation.nodes import Transformation
from app.domain.transformation.steps import LayerRef

ENCODED = base64.urlsafe_b64encode(b"https://a.b/c.png").decode()


def read(text: str) -> Transformation:
    return parse(text, RenderLimits())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("w_5/l_text:Arial_9:x", []),
        ("l_logo/u_a:b.png/e_sepia/fl_layer_apply/l_logo", ["logo", "a/b.png"]),
        ("if_w_gt_5/l_a/if_else/l_b/if_end", ["a", "b"]),
        ("l_a/l_b/fl_layer_apply/fl_layer_apply", ["a", "b"]),
        ("$i_!a:b!,l_$i", ["a/b"]),
        ("$i_ref:!a:b!/l_$i", ["a/b"]),
        ("if_w_gt_5/$i_!a!/if_else/$i_!b!/if_end/l_$i", ["a", "b"]),
        ("$n_5,$c_!x!,l_logo_$(n)_$c", ["logo_5_x"]),
        ("$i_ctx:!k!,l_$i", []),
        ("$i_!text:foo!,l_$i", []),
    ],
)
def test_references(text: str, expected: list[str]) -> None:
    assert [layer.name for layer in queries.references(read(text))] == expected


def test_references_to_other_types() -> None:
    found = queries.references(read(f"l_private:a/l_fetch:{ENCODED}/l_lut:b.cube"))
    assert found == (
        LayerRef("asset", "a", type="private"),
        LayerRef("fetch", "https://a.b/c.png"),
        LayerRef("asset", "b.cube", "raw"),
    )


def test_references_by_many_variables_are_bounded() -> None:
    values = "/".join(f"$a_!a{i}!,$b_!b{i}!,$c_!c{i}!" for i in range(20))
    assert len(queries.references(read(f"{values}/l_$(a)_$(b)_$(c)"))) == 20


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("c_fill,g_face,w_5", True),
        ("c_fill,g_custom:face,w_5", True),
        ("c_fill,g_custom,w_5", False),
        ("c_fill,g_auto,w_5", True),
        ("c_fill,g_auto:none,w_5", False),
        ("c_fill,g_north,w_5", False),
        ("c_fill_pad,w_5", True),
        ("c_auto,w_5", True),
        ("c_pad,w_5", False),
        ("e_blur_faces", True),
        ("e_redeye", True),
        ("e_blur", False),
        ("if_fc_gt_1,w_5", True),
        ("if_w_gt_1_and_face_count_gt_1,w_5", True),
        ("w_fc_mul_50", True),
        ("$n_fc", True),
        ("l_face,w_5", False),
        ("l_face/fl_layer_apply,g_faces", True),
        ("$g_!face!,c_fill,g_$g,w_5", True),
        ("$g_!north!,c_fill,g_$g,w_5", False),
    ],
)
def test_faces(text: str, expected: bool) -> None:
    assert queries.wants_faces(read(text)) is expected


def test_default_image() -> None:
    assert queries.default_image(read("w_5")) == ""
    assert queries.default_image(read("d_a.png/d_folder:avatar.png")) == "folder/avatar.png"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("w_5", None),
        ("fl_attachment", ""),
        ("fl_attachment:photo", "photo"),
        ("fl_attachment:my%20photo%2Ejpg", "my photo.jpg"),
        ("fl_lossy.attachment:my.photo.png8", "my.photo"),
    ],
)
def test_attachment(text: str, expected: str | None) -> None:
    assert queries.attachment(read(text)) == expected


def test_formats() -> None:
    assert queries.requested_format(read("w_5")) == ""
    assert queries.requested_format(read("f_png/f_jpeg")) == "jpg"
    assert queries.requested_format(read("f_auto")) == "auto"
    assert queries.requested_format(read("$f_!png!,f_$f")) == ""
    assert queries.uses_auto_format(read("if_w_gt_5,f_auto/f_png"))
    assert queries.uses_auto_format(read("$f_!auto!,f_$f"))
    assert not queries.uses_auto_format(read("f_png,q_auto"))


def test_the_rest() -> None:
    assert queries.uses_auto_density(read("w_5/dpr_auto"))
    assert not queries.uses_auto_density(read("dpr_2.0,w_5"))
    assert queries.wants_info(read("l_a/w_5/fl_layer_apply/fl_getinfo"))
    assert not queries.wants_info(read("w_5"))
