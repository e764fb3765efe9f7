"""Which named transformations a canonical text calls."""

from __future__ import annotations

import pytest

from app.domain.rendering import RenderLimits
from app.domain.transformation import named
from app.domain.transformation.grammar import parse
from app.services.transformations import called_names

LIMITS = RenderLimits()


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("t_thumb", {"thumb"}),
        ("w_1/e_sepia,t_a-b", {"a-b"}),
        ("t_a.b/t_c", {"a", "b", "c"}),
        ("if_w_gt_5/t_a/if_else/t_b/if_end", {"a", "b"}),
        ("l_logo,t_a/t_b/fl_layer_apply,g_north", {"a", "b"}),
        ("l_t_a/c_fit,w_1", set()),
        ("l_text:Arial_9:t_a/fl_layer_apply", set()),
        ("l_text:Arial_9:x%252Ct_a/fl_layer_apply", set()),
        ("w_1", set()),
    ],
)
def test_called_names_are_those_of_the_grammar(text: str, names: set[str]) -> None:
    transformation = parse(text, LIMITS)
    assert called_names(transformation.text) == names
    assert named.names(transformation) == names
