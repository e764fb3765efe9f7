"""Every resize mode against the written rules, over 2,000 random sizes, gravities and offsets."""

from __future__ import annotations

import io
import random
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pytest
from PIL import Image, ImageChops

from app.domain.errors import BadRequest
from app.domain.rendering import RenderJob, Source
from app.domain.transformation.nodes import Component, Transformation
from app.imaging.render.renderer import PillowRenderer
from tests import coordinates, photos
from tests.unit.domain.geometry_reference import (
    ANCHORS,
    SMALLEST_AROUND,
    Ask,
    Box,
    Scene,
    View,
    view,
)

CASES = 2000
SEED = 20261125

MODES = (
    "scale fit limit mfit fill lfill fill_pad pad lpad mpad crop thumb auto auto_pad "
    "imagga_crop imagga_scale"
).split()
REGIONS = ("face", "faces", "face:center", "faces:center", "face:auto", "custom", "custom:face")
BLUE = (0, 0, 255, 255)


@dataclass(frozen=True)
class Case:
    """A resize of a picture, and what has to come of it; ``None`` where nothing would be left."""

    ask: Ask
    scene: Scene
    params: Mapping[str, str]
    flags: Mapping[str, str]
    expected: View | None

    def __str__(self) -> str:
        text = ",".join(f"{name}_{value}" for name, value in self.params.items())
        return f"{text} {''.join(self.flags)} of {self.scene}"


def cases(count: int, seed: int) -> Iterator[Case]:
    """Random cases of all modes, for all of which the rules say what is meant."""
    rng = random.Random(seed)
    made = 0
    while made < count:
        mode = MODES[made % len(MODES)]
        scene = _scene(rng)
        ask = _ask(rng, mode, scene)
        expected = view(ask, scene)
        if _near_a_threshold(ask, scene) or (expected and _invisible(expected)):
            continue
        made += 1
        background = rng.random() < 0.5
        yield Case(
            ask,
            scene,
            _params(ask) | ({"b": "rgb:0000ff"} if background else {}),
            {"ignore_aspect_ratio": ""} if ask.ignore_aspect else {},
            expected,
        )


def _scene(rng: random.Random) -> Scene:
    width, height = rng.randint(8, 127), rng.randint(8, 127)
    faces = tuple(_box(rng, width, height) for _ in range(rng.choice((0, 1, 1, 3))))
    custom = _box(rng, width, height) if rng.random() < 0.6 else None
    return Scene(width, height, tuple(sorted(faces, key=_smallness)), custom)


def _box(rng: random.Random, width: int, height: int) -> Box:
    across, down = rng.randint(2, width), rng.randint(2, height)
    return rng.randint(0, width - across), rng.randint(0, height - down), across, down


def _smallness(box: Box) -> int:
    return -box[2] * box[3]


def _ask(rng: random.Random, mode: str, scene: Scene) -> Ask:
    width, height, aspect, dpr = _sizes(rng, mode, scene)
    gravity, x, y = _place(rng, mode, scene)
    zoom = None
    if mode == "thumb" and rng.random() < 0.5:
        # Without a region a zoom below 1 would have to show more than there is.
        found = (gravity or "").startswith("face") and scene.faces
        zoom = Fraction(rng.randint(4 if found else 10, 25), 10)
    if mode == "crop" and gravity in REGIONS:
        if gravity.startswith("face") and scene.faces and rng.random() < 0.4:
            width = height = aspect = None
            dpr = Fraction(1)
            zoom = rng.choice((None, Fraction(rng.randint(5, 20), 10)))
        elif width is None and height is None:
            gravity = None  # an aspect of a region's box is not written
    ignore = mode == "scale" and aspect is None and rng.random() < 0.2
    return Ask(mode, width, height, aspect, gravity, x, y, zoom, dpr, ignore)


def _sizes(
    rng: random.Random, mode: str, scene: Scene
) -> tuple[int | Fraction | None, int | Fraction | None, Fraction | None, Fraction]:
    """Width, height, aspect and dpr: at least one side or an aspect is given."""
    sides: list[int | Fraction | None] = [rng.randint(1, 160), rng.randint(1, 160)]
    if rng.random() < 0.25:
        # Whether a share is multiplied by the dpr is not written.
        across, down = (Fraction(rng.randint(10, 150), 100) for _ in sides)
        return across, down, None, Fraction(1)
    dpr = rng.choice((Fraction(1), Fraction(1), Fraction(2), Fraction(3, 2)))
    kind = rng.random()
    if kind < 0.5:
        return sides[0], sides[1], None, dpr
    aspect = rng.choice((Fraction(16, 9), Fraction(1), Fraction(3, 4), Fraction(5, 2)))
    if kind < 0.6 and mode not in {"scale", "fit", "limit", "mfit", "fill_pad", "auto_pad"}:
        return None, None, aspect, Fraction(1)
    sides[rng.randrange(2)] = None
    return sides[0], sides[1], aspect if kind < 0.8 else None, dpr


def _place(
    rng: random.Random, mode: str, scene: Scene
) -> tuple[str | None, int | None, int | None]:
    """Gravity and offsets."""
    if mode in {"scale", "fit", "limit", "mfit", "auto_pad"}:
        return None, None, None
    if mode in SMALLEST_AROUND:
        return rng.choice((None, *ANCHORS)), None, None
    if mode == "crop" and rng.random() < 0.1:
        return "xy_center", rng.randint(0, scene.width), rng.randint(0, scene.height)
    if rng.random() < 0.35:
        return rng.choice((*REGIONS, "auto", "cat")), None, None
    gravity = rng.choice((None, *ANCHORS))
    if (gravity is None and mode != "crop") or rng.random() < 0.5:
        return gravity, None, None
    return gravity, 2 * rng.randint(-10, 30), 2 * rng.randint(-10, 30)


def _near_a_threshold(ask: Ask, scene: Scene) -> bool:
    """Whether rounding alone decides between filling and padding."""
    if ask.mode not in {"fill_pad", "auto_pad"}:
        return False
    if scene.faces:
        return True  # faces decide as well: cases of their own
    seen = view(Ask("fill", ask.width, ask.height, ask.aspect, dpr=ask.dpr), scene)
    assert seen is not None
    left, top, right, bottom = seen.shown
    kept = min((right - left) / scene.width, (bottom - top) / scene.height)
    return abs(kept - Fraction(2, 3)) < Fraction(1, 50)


def _invisible(seen: View) -> bool:
    """Whether less than a pixel of the source is to be seen: no rule says how that looks."""
    left, top, right, bottom = seen.shown
    return min(right - left, bottom - top) < 1


def _params(ask: Ask) -> dict[str, str]:
    """The parameters as a client writes them."""
    values: dict[str, object] = {
        "ar": ask.aspect and f"{ask.aspect.numerator}:{ask.aspect.denominator}",
        "c": ask.mode,
        "dpr": None if ask.dpr == 1 else f"{float(ask.dpr):.1f}",
        "g": ask.gravity,
        "h": float(ask.height) if isinstance(ask.height, Fraction) else ask.height,
        "w": float(ask.width) if isinstance(ask.width, Fraction) else ask.width,
        "x": ask.x,
        "y": ask.y,
        "z": ask.zoom and float(ask.zoom),
    }
    return {name: str(value) for name, value in values.items() if value is not None}


def job(case: Case) -> RenderJob:
    """The case as a renderer is given it."""
    scene = case.scene
    data = photos.encode(coordinates.picture(scene.width, scene.height), "PNG", compress_level=1)
    source = Source(
        data,
        "png",
        scene.width,
        scene.height,
        faces=scene.faces,
        custom=(scene.custom,) if scene.custom else (),
    )
    parts = [*(f"{name}_{value}" for name, value in case.params.items())]
    parts += [f"fl_{name}" for name in case.flags]
    text = ",".join(sorted(parts))
    component = Component(text, case.params, case.flags)
    return RenderJob(source, Transformation(text, (component,)), extension="png")


def problems(renderer: PillowRenderer, case: Case) -> list[str]:
    """What a renderer gets wrong in a case."""
    try:
        rendering = renderer.render(job(case))
    except BadRequest as refusal:
        return [] if case.expected is None else [f"refused: {refusal}"]
    if case.expected is None:
        return [f"a result of {rendering.width}×{rendering.height} where nothing is left"]
    margin = coordinates.Paint((BLUE,)) if "b" in case.params else coordinates.BARE
    size = (case.scene.width, case.scene.height)
    layout = coordinates.seen(coordinates.whole(*size), case.expected, margin)
    with Image.open(io.BytesIO(rendering.data)) as image:
        assert image.format == "PNG"
        pixels = np.asarray(image.convert("RGBA"))
    found = list(coordinates.faults(pixels, layout, size, samples=12))
    if (rendering.width, rendering.height) != pixels.shape[1::-1]:
        found.append(f"it says that it is {rendering.width}×{rendering.height}")
    return found


def test_every_resize_mode_shows_what_the_rules_say() -> None:
    renderer = PillowRenderer()
    wrong: dict[str, list[str]] = {}
    total: Counter[str] = Counter()
    for case in cases(CASES, SEED):
        total[case.ask.mode] += 1
        found = problems(renderer, case)
        if found:
            wrong.setdefault(case.ask.mode, []).append(f"{case}: {'; '.join(found[:2])}")
    assert sum(total.values()) == CASES and min(total.values()) >= CASES // len(MODES)
    report = [
        f"{mode}: {len(lines)} of {total[mode]} wrong, e.g.\n  " + "\n  ".join(lines[:4])
        for mode, lines in wrong.items()
    ]
    assert not wrong, "\n" + "\n".join(report)


@pytest.mark.parametrize(
    ("faces", "padded"),
    [(((40, 20, 20, 20),), False), (((0, 20, 20, 20), (80, 20, 20, 20)), True)],
    ids=["a face within the window", "faces at both edges"],
)
@pytest.mark.parametrize("mode", ["fill_pad", "auto_pad"])
def test_padding_where_filling_would_cut_a_face(
    mode: str, faces: tuple[Box, ...], padded: bool
) -> None:
    scene = Scene(100, 60, faces)
    stand_in = "pad" if padded else "fill"
    expected = view(Ask(stand_in, 80, 60), scene)
    assert expected is not None
    if not padded and mode == "auto_pad":
        expected = View(expected.width, expected.height, expected.shown, expected.placed, False)
    case = Case(Ask(mode, 80, 60), scene, {"c": mode, "w": "80", "h": "60"}, {}, expected)
    assert problems(PillowRenderer(), case) == []


def test_the_reference_itself() -> None:
    """Numbers worked out by hand, so that the reference does not stand on itself alone."""
    scene = Scene(200, 100, ((150, 40, 20, 20),))
    for ask, size, shown in [
        (Ask("fill", 100, 100), (100, 100), (50, 0, 150, 100)),
        (Ask("fill", 50, 50, gravity="east", x=10), (50, 50), (80, 0, 180, 100)),
        (Ask("lfill", 400, 50), (200, 50), (0, 25, 200, 75)),
        (Ask("limit", 100), (100, 50), (0, 0, 200, 100)),
        (Ask("mfit", 300, 300), (300, 150), (0, 0, 200, 100)),
        (Ask("crop", 100, 50, gravity="south_east", x=10, y=5), (100, 50), (90, 45, 190, 95)),
        (Ask("crop", 100, 50, x=150, y=70), (50, 30), (150, 70, 200, 100)),
        (Ask("crop", gravity="face"), (20, 20), (150, 40, 170, 60)),
        (Ask("crop", gravity="face", zoom=Fraction(1, 2)), (40, 40), (140, 30, 180, 70)),
        (Ask("thumb", 60, 60, gravity="face"), (60, 60), (145, 35, 175, 65)),
        (Ask("thumb", 60, 30, gravity="north", zoom=Fraction(2)), (60, 30), (50, 0, 150, 50)),
        (Ask("scale", 101, dpr=Fraction(3, 2)), (152, 76), (0, 0, 200, 100)),
        (Ask("scale", Fraction(1, 2)), (100, 50), (0, 0, 200, 100)),
        (Ask("fill", aspect=Fraction(1)), (100, 100), (50, 0, 150, 100)),
    ]:
        seen = view(ask, scene)
        assert seen is not None
        assert (seen.width, seen.height) == size, ask
        assert [*seen.shown] == [*map(Fraction, shown)], ask
    padded = view(Ask("pad", 120, 120, gravity="south"), scene)
    assert padded is not None and [*map(int, padded.placed)] == [0, 60, 120, 120]
    assert view(Ask("crop", 50, 50, x=300, y=0), scene) is None


def test_the_comparison_notices_what_is_wrong() -> None:
    size = (100, 60)
    expected = view(Ask("pad", 60, 60), Scene(*size))
    assert expected is not None
    layout = coordinates.seen(coordinates.whole(*size), expected)
    right = Image.new("RGBA", (60, 60))
    inner = coordinates.picture(*size).resize((60, 36), Image.Resampling.LANCZOS)
    right.paste(inner, (0, 12))

    def found(picture: Image.Image, layout: coordinates.Layout = layout) -> list[str]:
        pixels = np.asarray(picture.convert("RGBA"))
        return list(coordinates.faults(pixels, layout, size))

    assert found(right) == []
    assert "it is 59×60" in found(right.crop((0, 0, 59, 60)))[0]
    assert "off by" in found(ImageChops.offset(right, 3, 0))[0]
    assert found(right.transpose(Image.Transpose.FLIP_TOP_BOTTOM))
    assert found(right.transpose(Image.Transpose.FLIP_LEFT_RIGHT))
    gray = Image.new("RGBA", (60, 60), "gray")
    gray.paste(inner, (0, 12))
    assert "margin" in found(gray)[0]
    smaller = Image.new("RGBA", (60, 60))
    smaller.paste(inner.resize((54, 32)), (3, 14))
    assert found(smaller)
    free = coordinates.Layout(60, 60, layout.at, layout.grain, anchored=False)
    assert any("another scale" in fault for fault in found(smaller, free))
