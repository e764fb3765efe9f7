"""Whole renderings: steps in their order, layers, branches, formats."""

from __future__ import annotations

import io
import json
from typing import Any

import numpy as np
import pytest
from PIL import Image
from skimage.metrics import structural_similarity

from app.domain.errors import BadRequest, NotFound
from app.domain.rendering import Rendering, RenderJob, RenderLimits, Source
from app.domain.transformation.grammar import parse
from app.domain.transformation.steps import LayerRef
from app.imaging.render.renderer import PillowRenderer
from tests import photos

RENDERER = PillowRenderer()
RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)


def png(image: Image.Image, **known: Any) -> Source:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return Source(buffer.getvalue(), "png", *image.size, **known)


def halves(width: int = 80, height: int = 40) -> Image.Image:
    """Red on the left, blue on the right."""
    image = Image.new("RGB", (width, height), RED)
    image.paste(BLUE, (width // 2, 0, width, height))
    return image


def render(source: Source, text: str, **options: Any) -> Rendering:
    return RENDERER.render(RenderJob(source, parse(text, RenderLimits()), **options))


def opened(made: Rendering) -> Image.Image:
    return Image.open(io.BytesIO(made.data))


def test_a_component_resizes_before_it_turns_and_frames() -> None:
    made = render(png(halves()), "a_90,bo_5px_solid_lime,c_scale,w_40")
    image = opened(made).convert("RGB")
    assert image.size == (made.width, made.height) == (20 + 10, 40 + 10)
    assert image.getpixel((2, 25)) == GREEN
    assert image.getpixel((15, 10)) == RED  # the left went up
    assert image.getpixel((15, 40)) == BLUE


def test_components_see_what_those_before_them_made() -> None:
    made = render(png(halves()), "c_crop,g_east,w_40/c_scale,w_0.5/if_w_eq_20,e_negate")
    image = opened(made).convert("RGB")
    assert image.size == (20, 20)
    assert image.getpixel((10, 10)) == (255, 255, 0)


def test_expressions_know_the_first_size_and_the_present_one() -> None:
    made = render(png(halves()), "c_scale,w_20/c_scale,h_ih_div_2,w_w_mul_3")
    assert (made.width, made.height) == (60, 20)


def test_branches() -> None:
    text = "if_w_gt_100/c_scale,w_10/if_else/c_scale,w_30/if_end/c_scale,h_7"
    assert render(png(halves()), text).height == 7
    assert opened(render(png(halves()), text.removesuffix("/c_scale,h_7"))).width == 30


def test_a_layer_is_changed_by_itself_and_then_placed() -> None:
    logo = png(Image.new("RGB", (10, 10), GREEN))
    made = render(
        png(halves()),
        "l_marks:logo/c_scale,w_20/fl_layer_apply,g_south_east,x_5",
        layers={LayerRef("asset", "marks/logo"): logo},
    )
    image = opened(made).convert("RGB")
    assert image.size == (80, 40)
    assert image.getpixel((74, 39)) == GREEN
    assert image.getpixel((55, 20)) == GREEN
    assert image.getpixel((54, 20)) == BLUE
    assert image.getpixel((76, 39)) == BLUE


def test_shares_of_a_relative_layer_are_the_pictures() -> None:
    logo = png(Image.new("RGB", (10, 10), GREEN))
    made = render(
        png(halves()),
        "l_logo/c_scale,fl_relative,w_0.25/fl_layer_apply,g_west",
        layers={LayerRef("asset", "logo"): logo},
    )
    row = np.asarray(opened(made).convert("RGB"))[20]
    assert (row == GREEN).all(axis=1).sum() == 20


def test_layers_within_layers() -> None:
    known = {
        LayerRef("asset", "a"): png(Image.new("RGB", (20, 20), GREEN)),
        LayerRef("asset", "b"): png(Image.new("RGB", (4, 4), (0, 0, 0))),
    }
    made = render(
        png(halves()), "l_a/l_b/fl_layer_apply,g_center/fl_layer_apply,g_west", layers=known
    )
    image = opened(made).convert("RGB")
    assert image.getpixel((10, 20)) == (0, 0, 0)
    assert image.getpixel((2, 20)) == GREEN


def test_one_layer_for_each_face_as_wide_as_it() -> None:
    source = png(halves(), faces=((0, 0, 20, 20), (50, 10, 10, 10)))
    made = render(
        source,
        "l_m/c_scale,fl_region_relative,w_1.0/fl_layer_apply,g_faces",
        layers={LayerRef("asset", "m"): png(Image.new("RGB", (5, 5), GREEN))},
    )
    green = (np.asarray(opened(made).convert("RGB")) == GREEN).all(axis=2)
    assert green.sum() == 20 * 20 + 10 * 10
    assert green[19, 19]
    assert green[10, 50]
    assert green[19, 59]


def test_a_layer_that_is_not_there() -> None:
    with pytest.raises(NotFound, match="Resource not found - logo"):
        render(png(halves()), "l_logo,w_10")


def test_a_picture_turned_the_other_way_fills_what_was_asked_for() -> None:
    made = render(png(halves()), "a_auto_right,c_fill,h_80,w_40")
    image = opened(made).convert("RGB")
    assert image.size == (40, 80)
    assert image.getpixel((20, 10)) == RED
    assert image.getpixel((20, 70)) == BLUE


def test_backgrounds_fill_what_corners_cut_off() -> None:
    image = opened(render(png(halves()), "b_lime,r_max")).convert("RGB")
    assert image.getpixel((0, 0)) == GREEN
    assert image.getpixel((20, 20)) == RED


@pytest.mark.parametrize(
    ("text", "extension", "negotiated", "expected"),
    [
        ("c_scale,w_10", "", "", "png"),
        ("c_scale,w_10", "jpg", "", "jpg"),
        ("c_scale,w_10/f_webp", "jpg", "", "webp"),
        ("f_auto", "jpg", "avif", "avif"),
        ("f_auto", "jpg", "", "png"),
    ],
)
def test_formats(text: str, extension: str, negotiated: str, expected: str) -> None:
    made = render(png(halves()), text, extension=extension, negotiated=negotiated)
    names = {"jpg": "JPEG"}
    assert made.format == expected
    assert opened(made).format == names.get(expected, expected.upper())


def test_facts_instead_of_the_picture() -> None:
    made = render(png(halves()), "c_scale,w_20/fl_getinfo")
    told = json.loads(made.data)
    assert made.format == "json"
    assert told["input"]["width"] == 80
    assert (told["output"]["width"], told["output"]["height"]) == (20, 10)


def animation() -> Source:
    frames = [Image.new("RGB", (40, 20), colour) for colour in (RED, GREEN, BLUE)]
    buffer = io.BytesIO()
    frames[0].save(buffer, "GIF", save_all=True, append_images=frames[1:], duration=100, loop=0)
    return Source(buffer.getvalue(), "gif", 40, 20, pages=3)


def test_animations_stay_animated() -> None:
    made = render(animation(), "c_scale,w_20/e_negate/f_webp")
    image = opened(made)
    assert made.pages == image.n_frames == 3  # type: ignore[attr-defined]  # of animations
    image.seek(1)
    _, green, blue = image.convert("RGB").getpixel((10, 5))  # type: ignore[misc]  # RGB has three
    assert blue > 200
    assert green < 60


def test_an_animation_becomes_a_still_png_unless_it_is_asked_for() -> None:
    moving = animation()
    apng = render(moving, "f_png,fl_apng")
    kept = Source(apng.data, "png", 40, 20, pages=3)
    for source, text, extension, pages in (
        (moving, "f_png", "", 1),
        (moving, "c_scale,w_20", "png", 1),
        (moving, "$f_!png!,f_$f", "", 1),
        (moving, "fl_apng", "png", 3),
        (moving, "f_webp", "", 3),
        (moving, "f_gif", "png", 3),
        (kept, "c_scale,w_20", "", 3),
        (kept, "c_scale,w_20", "png", 3),
        (kept, "f_auto", "", 3),
        (kept, "f_png", "", 1),
        (kept, "f_webp", "", 3),
    ):
        made = render(source, text, extension=extension)
        assert made.pages == getattr(opened(made), "n_frames", 1) == pages, (text, extension)
    assert opened(render(moving, "f_png")).convert("RGB").getpixel((5, 5)) == RED


def test_a_layer_may_be_a_table_of_colours() -> None:
    swapped = "LUT_3D_SIZE 2\n" + "\n".join(
        f"{blue} {green} {red}" for blue in (0, 1) for green in (0, 1) for red in (0, 1)
    )
    known = {LayerRef("asset", "film/swap.cube", "raw"): Source(swapped.encode(), "", 1, 1)}
    text = "c_scale,w_40/l_lut:film:swap.cube/fl_layer_apply,f_webp,q_100"
    made = render(png(halves()), text, layers=known)
    image = opened(made).convert("RGB")
    assert (made.format, image.size) == ("webp", (40, 20))
    assert image.getpixel((5, 10)) == BLUE
    assert image.getpixel((35, 10)) == RED
    with pytest.raises(NotFound, match=r"Resource not found - film/swap\.cube"):
        render(png(halves()), text)


def test_vectors() -> None:
    drawn = render(png(halves()), "c_scale,w_40/e_vectorize:2/q_auto/f_svg")
    assert (drawn.format, drawn.width, drawn.height) == ("svg", 40, 20)
    assert drawn.data.startswith(b"<svg ")
    assert render(png(halves()), "c_scale,w_40/e_vectorize:2", extension="svg").data == drawn.data
    # Elsewhere the effect shows in the pixels.
    assert render(png(halves()), "e_vectorize:2/f_png").format == "png"


def test_one_page_of_an_animation() -> None:
    made = render(animation(), "pg_3/c_scale,w_20/f_png")
    assert made.pages == 1
    assert opened(made).convert("RGB").getpixel((5, 5)) == BLUE
    with pytest.raises(BadRequest, match="page"):
        render(animation(), "pg_4")


def test_a_reduced_jpeg_is_as_good_as_a_whole_one() -> None:
    """The first resize of a JPEG decodes an eighth of its pixels at best; nobody must see it."""
    path = photos.path("china.jpg")
    with Image.open(path) as original:
        whole = original.convert("RGB")
    source = Source(path, "jpg", *whole.size)
    wanted = (whole.width // 4 - 7, whole.height // 4 - 3)
    made = opened(render(source, f"c_scale,h_{wanted[1]},w_{wanted[0]}/f_png")).convert("L")
    exact = whole.resize(wanted, Image.Resampling.LANCZOS).convert("L")
    alike = structural_similarity(np.asarray(made), np.asarray(exact), data_range=255)
    assert alike > 0.97  # a picture that is off by half a pixel comes to 0.93


def test_the_same_job_gives_the_same_bytes() -> None:
    source = png(halves())
    text = "l_text:Arial_20:Hi,co_white/c_fill,g_auto,h_30,w_30/q_auto/f_jpg"
    assert render(source, text) == render(source, text)


def test_results_beyond_the_limits_are_refused() -> None:
    small = PillowRenderer(RenderLimits(pixels_out=1000))
    with pytest.raises(BadRequest, match="too large"):
        small.render(RenderJob(png(halves()), parse("c_scale,w_100", RenderLimits())))
