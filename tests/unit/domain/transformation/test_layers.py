"""What layers show, in every spelling."""

from __future__ import annotations

import base64

import pytest

from app.domain.transformation import layers
from app.domain.transformation.steps import Border, Colour, LayerRef, TextLayer, TextStyle

URL = "https://example.com/a b/ü.png?x=1"
ENCODED = base64.urlsafe_b64encode(URL.encode()).decode()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("logo", LayerRef("asset", "logo")),
        ("folder:logo", LayerRef("asset", "folder/logo")),
        ("folder:logo.png", LayerRef("asset", "folder/logo.png")),
        ("upload:logo", LayerRef("asset", "logo")),
        ("image:upload:logo", LayerRef("asset", "logo")),
        ("image:logo", LayerRef("asset", "logo")),
        ("private:a:b", LayerRef("asset", "a/b", type="private")),
        ("image:authenticated:a", LayerRef("asset", "a", type="authenticated")),
        ("lut:grade.3dl", LayerRef("asset", "grade.3dl", "raw")),
        ("lut:film:grade.cube", LayerRef("asset", "film/grade.cube", "raw")),
        ("lut:private:grade.cube", LayerRef("asset", "grade.cube", "raw", "private")),
        ("lut:fetch:grade.cube", LayerRef("asset", "fetch/grade.cube", "raw")),
        ("lut", LayerRef("asset", "lut")),
        ("text", LayerRef("asset", "text")),
        ("private", LayerRef("asset", "private")),
        (f"fetch:{ENCODED}", LayerRef("fetch", URL)),
        (f"fetch:{ENCODED.rstrip('=')}", LayerRef("fetch", URL)),
        (f"fetch:{ENCODED}.png", LayerRef("fetch", URL)),
        (f"image:fetch:{ENCODED}", LayerRef("fetch", URL)),
    ],
)
def test_assets(value: str, expected: LayerRef) -> None:
    assert layers.layer(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("text:Arial_40:Hello", TextLayer("Hello", TextStyle("Arial", 40))),
        ("text:Open%20Sans_12.5:a:b", TextLayer("a:b", TextStyle("Open Sans", 12.5))),
        ("text:Source_Code_Pro_9:x", TextLayer("x", TextStyle("Source_Code_Pro", 9))),
        ("text:Arial_9:a%2Cb%252Fc%0Ad", TextLayer("a,b/c\nd", TextStyle("Arial", 9))),
        ("text:Arial_9:50%off", TextLayer("50%off", TextStyle("Arial", 9))),
        ("text:Arial_9:50%add", TextLayer("50%add", TextStyle("Arial", 9))),
        (
            "text:Arial_40_bold_italic_underline_center_stroke_letter_spacing_5"
            "_line_spacing_-10.5_antialias_good_hinting_full:x",
            TextLayer(
                "x",
                TextStyle(
                    "Arial",
                    40,
                    weight="bold",
                    slant="italic",
                    decoration="underline",
                    align="center",
                    stroke=True,
                    letter_spacing=5,
                    line_spacing=-10.5,
                    antialias="good",
                    hinting="full",
                ),
            ),
        ),
        ("text:Arial_40_none:x", TextLayer("x", TextStyle("Arial", 40))),
        (
            "text:Arial_40_stroke_bo_3px_solid_rgb:ff0000_left:x:y",
            TextLayer(
                "x:y",
                TextStyle("Arial", 40, align="left", stroke=True),
                border=Border(3, Colour(255, 0, 0)),
            ),
        ),
        ("text:banner:Hi", TextLayer("Hi", None, named="banner")),
        ("text:banner", TextLayer("", None, named="banner")),
    ],
)
def test_texts(value: str, expected: TextLayer) -> None:
    assert layers.layer(value) == expected
    assert layers.layer(layers.canonical(value)) == expected


@pytest.mark.parametrize(
    "value", ["", ":", "text:", "text:Arial_4_wavy:x", "text:Arial_4_antialias_foo:x", "fetch:é"]
)
def test_what_is_no_layer(value: str) -> None:
    with pytest.raises(ValueError):
        layers.layer(value)
