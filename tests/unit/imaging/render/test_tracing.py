"""Pictures as vectors: read back by what their elements say."""

from __future__ import annotations

import re
from xml.etree import ElementTree as Tree

import numpy as np
import pytest
from PIL import Image, ImageDraw

from app.domain.transformation import effect_names
from app.imaging.render import tracing
from tests import photos

SVG = "{http://www.w3.org/2000/svg}"


def written(image: Image.Image, *arguments: str) -> bytes:
    return tracing.svg(image, effect_names.values("vectorize", arguments))


def traced(image: Image.Image, *arguments: str) -> Tree.Element:
    data = written(image, *arguments)
    assert data == written(image, *arguments)
    return Tree.fromstring(data)


def fills(document: Tree.Element) -> set[str]:
    return {element.attrib["fill"] for element in document.iter() if "fill" in element.attrib}


def extent(path: Tree.Element) -> tuple[float, float, float, float]:
    """Left, top, right and lower edge of a path's points."""
    numbers = [float(text) for text in re.findall(r"-?[\d.]+", path.attrib["d"])]
    left, top = map(float, re.findall(r"-?[\d.]+", path.attrib["transform"]))
    across, down = np.array(numbers[::2]) + left, np.array(numbers[1::2]) + top
    return across.min(), down.min(), across.max(), down.max()


def test_it_has_the_size_of_the_picture() -> None:
    document = traced(photos.load("china.jpg", (900, 600)))
    assert document.tag == f"{SVG}svg"
    assert (document.attrib["width"], document.attrib["height"]) == ("900", "600")
    assert document.attrib["viewBox"] == "0 0 900 600"


def test_a_shape_lies_where_it_lay() -> None:
    image = Image.new("RGB", (800, 400), (240, 240, 240))
    ImageDraw.Draw(image).rectangle((200, 100, 599, 299), fill=(200, 30, 30))
    document = traced(image, "2")
    group = document.find(f"{SVG}g")
    assert group is not None
    across, down = map(float, re.findall(r"[\d.]+", group.attrib["transform"]))
    red = [path for path in group if path.attrib["fill"] != "#f0f0f0"]
    assert [path.attrib["fill"][:2] for path in red] == ["#c"]
    left, top, right, lower = extent(red[0])
    edges = (left * across, top * down, right * across, lower * down)
    assert np.allclose(edges, (200, 100, 600, 300), atol=6)
    ground = document.find(f"{SVG}rect")
    assert ground is not None
    assert ground.attrib == {"width": "800", "height": "400", "fill": "#f0f0f0"}


@pytest.mark.parametrize("colours", [2, 5, 30])
def test_it_has_so_many_colours(colours: int) -> None:
    found = fills(
        traced(photos.load("coffee.png", (300, 200)), "colors", str(colours), "detail", "1000")
    )
    assert colours * 0.7 <= len(found) <= colours


@pytest.mark.parametrize(
    ("less", "more"),
    [
        ("detail:0", "detail:1000"),
        ("detail:0.1", "detail:1.0"),
        ("despeckle:20", "despeckle:1"),
        ("despeckle:0.2", "despeckle:0"),
        ("paths:100", "paths:0"),
    ],
)
def test_arguments_decide_how_much_is_drawn(less: str, more: str) -> None:
    photo = photos.load("china.jpg", (600, 400))
    small, large = (written(photo, *text.split(":")) for text in (less, more))
    assert len(small) < len(large)


def test_corners_stay_or_are_rounded() -> None:
    photo = photos.load("china.jpg", (300, 200))
    assert written(photo, "corners", "0") != written(photo, "corners", "70")


def test_what_is_transparent_is_left_out() -> None:
    image = photos.load("china.jpg", (200, 100)).convert("RGBA")
    image.paste((0, 0, 0, 0), (0, 0, 100, 100))
    document = traced(image)
    assert document.find(f"{SVG}rect") is None
    group = document.find(f"{SVG}g")
    assert group is not None
    scale = float(re.findall(r"[\d.]+", group.attrib["transform"])[0])
    assert min(extent(path)[0] for path in group) * scale > 95
    assert len(traced(Image.new("RGBA", (50, 50)))[0]) == 0


@pytest.mark.parametrize("size", [(1, 1), (1, 900), (20_000, 1), (3, 2)])
def test_slim_and_tiny_pictures(size: tuple[int, int]) -> None:
    document = traced(Image.new("RGB", size, (1, 2, 3)))
    assert (document.attrib["width"], document.attrib["height"]) == tuple(map(str, size))
    assert fills(document) == {"#010203"}


def test_noise_stays_bounded() -> None:
    noise = np.random.default_rng(1).integers(0, 256, (700, 700, 3), dtype=np.uint8)
    data = written(Image.fromarray(noise), "30", "1000", "0", "0", "0")
    assert len(data) < 1_500_000
