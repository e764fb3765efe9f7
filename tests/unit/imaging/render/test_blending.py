"""Blend modes, in numbers."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image

from app.domain.errors import BadRequest
from app.imaging.render.blending import blend, masked

VALUES = (0, 1, 60, 127, 128, 200, 254, 255)


def flat(mode: str, size: tuple[int, int], colour: tuple[int, ...]) -> Image.Image:
    return Image.new(mode, size, colour)


def multiplied(base: float, top: float) -> float:
    return base * top / 255


def screened(base: float, top: float) -> float:
    return 255 - (255 - base) * (255 - top) / 255


def overlaid(base: float, top: float) -> float:
    return 2 * multiplied(base, top) if base < 128 else 2 * screened(base, top) - 255


FORMULAS = [
    ("normal", lambda base, top: top),
    ("multiply", multiplied),
    ("screen", screened),
    ("overlay", overlaid),
]


@pytest.mark.parametrize(("mode", "formula"), FORMULAS)
def test_opaque_pixels_follow_the_formula(
    mode: str, formula: Callable[[float, float], float]
) -> None:
    for base, top in itertools.product(VALUES, VALUES):
        result = blend(
            flat("RGB", (1, 1), (base, 0, 255)), flat("RGB", (1, 1), (top,) * 3), (0, 0), mode
        )
        assert result.mode == "RGB"
        expected = [formula(value, top) for value in (base, 0, 255)]
        # Pillow cuts fractions off; overlay's two halves each do.
        assert result.getpixel((0, 0)) == pytest.approx(expected, abs=1.01), (base, top)


@pytest.mark.parametrize(("mode", "formula"), FORMULAS)
def test_transparency_of_both_counts(mode: str, formula: Callable[[float, float], float]) -> None:
    base, under, top, over = 200, 0.6, 90, 0.4
    result = blend(
        flat("RGBA", (1, 1), (base, base, base, round(under * 255))),
        flat("RGBA", (1, 1), (top, top, top, round(over * 255))),
        (0, 0),
        mode,
    )
    # Source-over of the mixed colour, W3C Compositing and Blending Level 1.
    mixed = (1 - under) * top + under * formula(base, top)
    alpha = over + under * (1 - over)
    colour = (over * mixed + (1 - over) * under * base) / alpha
    assert result.getpixel((0, 0)) == pytest.approx([colour] * 3 + [alpha * 255], abs=1.5)


@pytest.mark.parametrize("mode", ["normal", "multiply", "screen", "overlay", "anti_removal"])
def test_nothing_changes_outside_the_layer(mode: str) -> None:
    base = flat("RGB", (6, 5), (10, 120, 240))
    layer = flat("RGBA", (3, 3), (90, 90, 90, 255))
    layer.putpixel((1, 1), (90, 90, 90, 0))
    result = blend(base, layer, (4, -1), mode)
    changed = np.any(np.asarray(result) != np.asarray(base), axis=2)
    inside = np.zeros((5, 6), dtype=bool)
    inside[0:2, 4:6] = True
    inside[0, 5] = False  # the transparent pixel
    assert (changed == inside).all()
    assert base.getpixel((4, 0)) == (10, 120, 240), "the base itself was changed"


@pytest.mark.parametrize("at", [(6, 0), (-3, 0), (0, 5), (0, -3), (99, 99)])
def test_a_layer_beside_the_base_changes_nothing(at: tuple[int, int]) -> None:
    base = flat("RGBA", (6, 5), (10, 120, 240, 100))
    result = blend(base, flat("RGB", (3, 3), (0, 0, 0)), at, "multiply")
    assert result.tobytes() == base.tobytes()


def test_a_layer_on_nothing_keeps_its_colour() -> None:
    nothing = flat("RGBA", (1, 1), (0, 0, 0, 0))
    for mode in ("normal", "multiply", "screen", "overlay"):
        result = blend(nothing, flat("RGBA", (1, 1), (90, 30, 10, 128)), (0, 0), mode)
        assert result.getpixel((0, 0)) == (90, 30, 10, 128)


def test_masks_and_cut_outs_are_opposites() -> None:
    base = flat("RGB", (4, 2), (10, 120, 240))
    layer = flat("RGBA", (2, 2), (0, 0, 0, 0))
    layer.putpixel((0, 0), (9, 9, 9, 255))
    layer.putpixel((1, 0), (9, 9, 9, 100))
    kept, cut = (blend(base, layer, (1, 0), mode) for mode in ("mask", "cut_out"))
    assert kept.size == cut.size == (4, 2)
    assert list(kept.getchannel("A").tobytes()) == [0, 255, 100, 0, 0, 0, 0, 0]
    assert list(cut.getchannel("A").tobytes()) == [255, 0, 155, 255, 255, 255, 255, 255]
    assert kept.getpixel((1, 0)) == (10, 120, 240, 255)


def test_a_mask_multiplies_with_what_is_transparent_already() -> None:
    base = flat("RGBA", (1, 1), (10, 120, 240, 128))
    half = flat("RGBA", (1, 1), (0, 0, 0, 128))
    assert masked(base, half, (0, 0)).getpixel((0, 0)) == (10, 120, 240, 128 * 128 // 255)
    assert masked(base, flat("RGB", (1, 1), (0, 0, 0)), (0, 0)).getpixel((0, 0)) == (
        *(10, 120, 240),
        128,
    )


@pytest.mark.parametrize(
    ("red", "green", "shift", "moved"),
    [
        (0, 127, (30, 0), (30, 0)),  # the documented examples, smaller
        (114, 127, (50, 0), (5, 0)),
        (255, 127, (30, 0), (-30, 0)),
        (0, 127, (-30, 0), (-30, 0)),
        (127, 0, (0, 12), (0, 12)),
        (127, 255, (30, 12), (0, -12)),
        (127, 127, (999, 999), (0, 0)),
    ],
)
def test_displacement_follows_the_formula(
    red: int, green: int, shift: tuple[float, float], moved: tuple[int, int]
) -> None:
    rows, columns = np.indices((40, 80))
    base = np.stack([columns, rows, rows * 0], axis=2).astype(np.uint8)
    layer = flat("RGB", (80, 40), (red, green, 77))
    result = np.asarray(
        blend(Image.fromarray(base), layer, (0, 0), "displace", shift=shift), dtype=int
    )
    # Each pixel shows where it came from; beyond the edge that is the edge's.
    assert (result[:, :, 0] == np.clip(columns - moved[0], 0, 79)).all()
    assert (result[:, :, 1] == np.clip(rows - moved[1], 0, 39)).all()


def test_displacement_stays_within_the_map(photo: Image.Image) -> None:
    layer = flat("RGBA", (50, 300), (0, 0, 0, 255))
    layer.paste((0, 0, 0, 0), (0, 0, 50, 100))
    result = np.asarray(blend(photo, layer, (20, 0), "displace", shift=(15, 0)))
    before = np.asarray(photo)
    assert (result[:100] == before[:100]).all(), "the map is transparent there"
    assert (result[:, :20] == before[:, :20]).all() and (result[:, 70:] == before[:, 70:]).all()
    assert (result[100:, 20:70] == before[100:, 5:55]).all()


def test_anti_removal_is_slight_uneven_and_reproducible() -> None:
    base = flat("RGB", (64, 64), (0, 0, 0))
    layer = flat("RGBA", (64, 64), (200, 200, 200, 200))
    plain = np.asarray(blend(base, layer, (0, 0)), dtype=float)
    deviations = []
    for level in ("1", "50", "100"):
        once, again = (
            np.asarray(blend(base, layer, (0, 0), "anti_removal", (level,)), dtype=float)
            for _ in range(2)
        )
        assert (once == again).all()
        assert (once <= plain + 1).all() and (once >= plain / 2 - 2).all()
        deviations.append(float(once.std()))
    assert deviations[0] < deviations[1] < deviations[2]
    default = np.asarray(blend(base, layer, (0, 0), "anti_removal"), dtype=float)
    assert default.std() == deviations[1]


@pytest.mark.parametrize(
    ("mode", "arguments", "shift"),
    [
        ("dissolve", (), (0, 0)),
        ("anti_removal", ("0",), (0, 0)),
        ("anti_removal", ("101",), (0, 0)),
        ("anti_removal", ("a lot",), (0, 0)),
        ("anti_removal", ("9" * 5000,), (0, 0)),
        ("displace", (), (1000, 0)),
        ("displace", (), (0, float("nan"))),
    ],
)
def test_what_there_is_not_is_refused(
    mode: str, arguments: tuple[str, ...], shift: tuple[float, float]
) -> None:
    image = flat("RGB", (2, 2), (0, 0, 0))
    with pytest.raises(BadRequest):
        blend(image, image, (0, 0), mode, arguments, shift)
