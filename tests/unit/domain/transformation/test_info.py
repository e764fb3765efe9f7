"""Transformations as the SDKs' options."""

from __future__ import annotations

from typing import Any

import cloudinary
import pytest
from cloudinary.utils import generate_transformation_string

from app.domain.errors import BadRequest
from app.domain.transformation.info import OPTIONS, info
from app.domain.transformation.parameters import NAMES


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("c_fill,h_100,w_150", [{"width": 150, "height": 100, "crop": "fill"}]),
        ("w_0.5/e_sepia:50", [{"width": 0.5}, {"effect": "sepia:50"}]),
        (
            "if_w_gt_5,$a_5,$b_!x!,fl_lossy.attachment:p,q_auto",
            [
                {
                    "if": "w_gt_5",
                    "variables": [["$a", 5], ["$b", "!x!"]],
                    "quality": "auto",
                    "flags": ["attachment:p", "lossy"],
                }
            ],
        ),
        (
            "l_logo/fl_layer_apply,x_-5",
            [{"overlay": "logo"}, {"x": -5, "flags": "layer_apply"}],
        ),
        ("t_thumb,dpr_2.0,f_png", [{"transformation": "thumb", "dpr": 2.0, "fetch_format": "png"}]),
    ],
)
def test_options(text: str, expected: list[dict[str, Any]]) -> None:
    assert info(text) == expected


def test_every_parameter_has_its_option() -> None:
    assert set(OPTIONS) == NAMES


def test_the_sdk_writes_these_options_as_they_were() -> None:
    cloudinary.reset_config()
    text = "a_20,b_red,bo_2px_solid_red,c_fill,co_blue,e_sepia:50,g_face,h_20,o_50,q_80,r_20,w_30"
    (options,) = info(text)
    options = {name: str(value) for name, value in options.items()}
    assert generate_transformation_string(**options)[0] == text


def test_what_is_no_transformation() -> None:
    with pytest.raises(BadRequest):
        info("zz_5")
