"""Each kind of value in the forms that are documented."""

from __future__ import annotations

import pytest

from app.domain.transformation import colours, values
from app.domain.transformation.colours import colour
from app.domain.transformation.steps import Background, Colour, Gravity
from app.domain.transformation.values import Quality


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("red", Colour(255, 0, 0)),
        ("Red", Colour(255, 0, 0)),
        ("rebeccapurple", Colour(0x66, 0x33, 0x99)),
        ("transparent", Colour(0, 0, 0, 0)),
        ("none", Colour(0, 0, 0, 0)),
        ("rgb:00390b", Colour(0x00, 0x39, 0x0B)),
        ("rgb:00390b60", Colour(0x00, 0x39, 0x0B, 0x60)),
        ("rgb:f08", Colour(0xFF, 0x00, 0x88)),
        ("rgb:f08c", Colour(0xFF, 0x00, 0x88, 0xCC)),
        ("AABBCC", Colour(0xAA, 0xBB, 0xCC)),
        ("#abc", Colour(0xAA, 0xBB, 0xCC)),
        # X11 has names that CSS has not; where both have one, CSS's meaning counts.
        ("tomato3", Colour(205, 79, 57)),
        ("gray50", Colour(127, 127, 127)),
        ("grey90", Colour(229, 229, 229)),
        ("green", Colour(0, 128, 0)),
    ],
)
def test_colours(text: str, expected: Colour) -> None:
    assert colour(text) == expected
    assert colours.parse(text) == expected


@pytest.mark.parametrize("text", ["", "redd", "rgb:", "rgb:12", "rgb:12345", "rgb:ggg", "tomato5"])
def test_what_is_no_colour(text: str) -> None:
    assert colours.parse(text) is None
    with pytest.raises(ValueError):
        colour(text)


def test_shades_get_darker() -> None:
    for name in ("tomato", "skyblue", "ivory", "plum"):
        shades = [colour(f"{name}{number}") for number in (1, 2, 3, 4)]
        light = [shade.red + shade.green + shade.blue for shade in shades]
        assert light == sorted(light, reverse=True) and len(set(light)) == 4


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("north_west", Gravity(("north_west",))),
        ("center", Gravity(("center",))),
        ("xy_center", Gravity(("xy_center",))),
        ("face", Gravity(("face", "north"))),
        ("faces", Gravity(("faces", "north"))),
        ("face:center", Gravity(("face", "center"))),
        ("faces:auto", Gravity(("faces", "auto"))),
        ("adv_face", Gravity(("face", "north"))),
        ("adv_faces:center", Gravity(("faces", "center"))),
        ("adv_eyes", Gravity(("faces", "north"))),
        ("body", Gravity(("body", "face", "auto"))),
        ("body:face", Gravity(("body", "face", "north"))),
        ("custom", Gravity(("custom", "center"))),
        ("custom:face", Gravity(("custom", "face", "north"))),
        ("custom:adv_faces", Gravity(("custom", "faces", "north"))),
        ("cat", Gravity(("cat", "auto"))),
        ("cat:dog:east", Gravity(("cat", "dog", "east"))),
        ("ocr_text", Gravity(("ocr_text", "auto"))),
        ("auto", Gravity(("auto",))),
        ("auto:face", Gravity(("auto",), ("face",))),
        ("auto:car_40:bird:face_avoid:0", Gravity(("auto",), ("car", "bird"))),
        ("auto:subject", Gravity(("auto",))),
        ("auto:none", Gravity(("auto",))),
        ("cat:auto:dog", Gravity(("cat", "auto"), ("dog",))),
    ],
)
def test_gravities_end_in_a_place(text: str, expected: Gravity) -> None:
    assert values.gravity(text, float) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("20", (20, 20, 20, 20)),
        ("20:30", (20, 30, 20, 30)),
        ("10:20:30", (10, 20, 30, 20)),
        ("1:2:3:4", (1, 2, 3, 4)),
        ("max", None),
    ],
)
def test_radii_follow_css(text: str, expected: tuple[float, ...] | None) -> None:
    assert values.radii(text, float) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10", [("angle", 10)]),
        ("-20", [("angle", -20)]),
        ("12.5", [("angle", 12.5)]),
        ("vflip.45", [("vflip", 0), ("angle", 45)]),
        ("auto_right.hflip.-5", [("auto_right", 0), ("hflip", 0), ("angle", -5)]),
        ("ignore", [("ignore", 0)]),
        ("exif", [("exif", 0)]),
        ("auto_left", [("auto_left", 0)]),
    ],
)
def test_angles(text: str, expected: list[tuple[str, float]]) -> None:
    assert list(values.angles(text, float)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("80", Quality(80, "", "")),
        ("80:444", Quality(80, "", "444")),
        ("90:qmax_60", Quality(90, "", "")),
        ("auto", Quality(None, "good", "")),
        ("auto:low", Quality(None, "low", "")),
        ("auto:best:444", Quality(None, "best", "444")),
        ("auto:420", Quality(None, "good", "420")),
        ("jpegmini", Quality(None, "good", "")),
        ("jpegmini:1", Quality(None, "good", "")),
    ],
)
def test_qualities(text: str, expected: Quality) -> None:
    assert values.quality(text, float) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("red", Background(colour=Colour(255, 0, 0))),
        ("auto", Background("auto")),
        ("auto:border", Background("auto", arguments=("border",))),
        (
            "auto:predominant_gradient_contrast:4:diagonal_desc:palette_red_00ff00",
            Background(
                "auto",
                arguments=(
                    "predominant_gradient_contrast",
                    "4",
                    "diagonal_desc",
                    "palette_red_00ff00",
                ),
            ),
        ),
        ("blurred", Background("blurred")),
        ("blurred:400:15", Background("blurred", arguments=("400", "15"))),
    ],
)
def test_backgrounds(text: str, expected: Background) -> None:
    assert values.background(text, float) == expected


def test_lengths() -> None:
    assert values.side("auto", float) is None
    assert values.side("auto:breakpoints_100_1900_50_15:json", float) is None
    assert values.side("12", float) == 12
    assert values.border("3px_solid_rgb:00390b", float) == (3, Colour(0, 0x39, 0x0B))
    assert values.density("auto", float) is None
    assert values.density("2.0", float) == 2
    assert values.aspect("1.5", float) == 1.5
    assert [values.page(text, float) for text in ("3", "2-4", "5;7")] == [3, 2, 5]


@pytest.mark.parametrize(
    ("text", "expected"), [("jpeg", "jpg"), ("tiff", "tif"), ("auto:image", "auto"), ("svg", "svg")]
)
def test_formats(text: str, expected: str) -> None:
    assert values.file_format(text, float) == expected


def test_effects() -> None:
    assert values.effect("sepia:50", float) == ("sepia", ("50",))
    assert values.effect("loop", float) == ("loop", ())
    assert values.effect("trim:10:", float)[0] == "trim"
