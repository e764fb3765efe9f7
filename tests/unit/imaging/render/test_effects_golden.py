"""Every effect against a picture of it that somebody has looked at.

``python -m tests.unit.imaging.render.test_effects_golden`` writes the pictures anew, after a
change that is meant; look at them before they are committed.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from app.domain.transformation.effect_names import EFFECTS
from app.domain.transformation.steps import Colour, Effect
from app.imaging.render import effects
from tests import photos

GOLDEN = Path(__file__).parent / "golden"

#: Arguments where an effect needs some, or does nothing without.
ARGUMENTS = {
    "art": "hokusai",
    "blue": "50",
    "blur": "200",
    "blur_faces": "300",
    "blur_region": "200",
    "contrast": "60",
    "distort": "arc:120",
    "gamma": "60",
    "green": "-50",
    "ordered_dither": "6",
    "outline": "outer:4:40",
    "recolor": "0:1:0:0:0:1:1:0:0",
    "red": "50",
    "replace_color": "blue:50",
    "shear": "20:0",
    "theme": "color_black",
    "tint": "equalize:80:navy:white:20p:orange",
    "trim": "20",
    "vectorize": "colors:6:detail:0.7",
}

#: Effects that show nothing on an opaque picture.
ON_SHAPES = frozenset(("dropshadow", "opacity_threshold", "outline", "shadow"))

#: The astronaut's face in a picture of 64 pixels a side.
FACE = (21.0, 5.0, 35.0, 22.0)


def _picture(name: str) -> Image.Image:
    photo = photos.load("astronaut.png", (64, 64))
    if name in ON_SHAPES:
        mask = Image.new("L", photo.size)
        ImageDraw.Draw(mask).ellipse((12, 12, 52, 56), fill=200)
        photo.putalpha(mask)
    if name in ("trim", "make_transparent", "bgremoval", "theme"):
        framed = Image.new("RGB", (80, 72), (250, 250, 250))
        framed.paste(photo, (8, 4))
        return framed
    if "redeye" in name:
        ImageDraw.Draw(photo).ellipse((25, 10, 29, 14), fill=(230, 20, 30))
    return photo


def _render(name: str) -> Image.Image:
    arguments = ARGUMENTS.get(name)
    region = name.endswith("_region")
    effect = Effect(
        name,
        tuple(arguments.split(":")) if arguments else (),
        colour=Colour(200, 30, 60) if name in ("outline", "colorize") else None,
        x=10 if region else None,
        y=20 if region else None,
        width=30 if region else None,
        height=25 if region else None,
    )
    return effects.apply(_picture(name), effect, effects.Scene(faces=(FACE,)))


@pytest.mark.parametrize("name", sorted(EFFECTS))
def test_an_effect_looks_as_it_did(name: str) -> None:
    rendered = _render(name)
    with Image.open(GOLDEN / f"{name}.png") as golden:
        assert rendered.size == golden.size
        assert rendered.mode == golden.mode
        difference = np.abs(np.asarray(rendered, np.int16) - np.asarray(golden, np.int16))
    # Another build of Pillow may round otherwise, and move a few edges.
    assert difference.mean() <= 1.5
    assert (difference.max(axis=-1) > 24).mean() <= 0.01


def test_every_golden_picture_is_of_an_effect() -> None:
    assert {path.stem for path in GOLDEN.glob("*.png")} == set(EFFECTS)


def _write() -> None:
    GOLDEN.mkdir(exist_ok=True)
    for name in EFFECTS:
        _render(name).save(GOLDEN / f"{name}.png", optimize=True)


if __name__ == "__main__":
    _write()
