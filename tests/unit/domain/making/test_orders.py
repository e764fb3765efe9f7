"""What requests for texts, sprites, animations, pages and archives may say."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.domain.assets import AssetKey, ResourceType
from app.domain.errors import BadRequest
from app.domain.making.archives import parse_archive
from app.domain.making.explode import parse_explode
from app.domain.making.pictures import (
    MAX_PICTURES,
    PicturesOrder,
    delivered,
    made_id,
    multi_id,
    parse_multi,
    parse_sprite,
    parted,
    sprite_id,
)
from app.domain.making.texts import parse_text
from app.domain.params import Params
from app.domain.public_ids import check
from app.domain.rendering import RenderLimits
from app.domain.transformation.grammar import parse
from app.domain.transformation.steps import Colour

LIMITS = RenderLimits()


def params(**values: object) -> Params:
    return Params.from_mapping(values)


def test_a_texts_defaults_are_the_documented_ones() -> None:
    layer = parse_text(params(text="Hi"), LIMITS).layer
    assert layer.style is not None
    assert (layer.style.size, layer.style.weight, layer.style.slant) == (12.0, "normal", "normal")
    assert (layer.colour, layer.background) == (Colour(0, 0, 0), None)


def test_a_texts_looks() -> None:
    given = params(
        text="Hi",
        font_family="Lato",
        font_size="18",
        font_color="rgb:0000ff",
        font_weight="bold",
        font_style="italic",
        background="yellow",
        opacity="40",
        text_decoration="underline",
        text_align="center",
        letter_spacing="-2",
        line_spacing="3.5",
    )
    layer = parse_text(given, LIMITS).layer
    assert layer.colour == Colour(0, 0, 255, 102)
    assert layer.background == Colour(255, 255, 0)
    style = layer.style
    assert style is not None
    assert (style.family, style.size, style.weight, style.slant) == ("Lato", 18.0, "bold", "italic")
    assert (style.decoration, style.align) == ("underline", "center")
    assert (style.letter_spacing, style.line_spacing) == (-2.0, 3.5)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("font_size", "0"),
        ("font_size", "many"),
        ("font_size", "1e3"),
        ("font_size", "nan"),
        ("opacity", "101"),
        ("opacity", "-1"),
        ("font_color", "reddish"),
        ("background", "#12"),
        ("text_decoration", "blink"),
        ("text_align", "middle"),
        ("letter_spacing", "99999"),
        ("line_spacing", "[]x"),
    ],
)
def test_wrong_looks_are_named(name: str, value: str) -> None:
    with pytest.raises(BadRequest) as refused:
        parse_text(params(text="Hi", **{name: value}), LIMITS)
    assert refused.value.message == f"Invalid value {value} for parameter {name}"


def test_a_text_is_needed_and_bounded() -> None:
    with pytest.raises(BadRequest, match="Missing required parameter - text"):
        parse_text(params(text=" "), LIMITS)
    with pytest.raises(BadRequest, match="Text is too long"):
        parse_text(params(text="x" * 1001), LIMITS)


def test_either_a_tag_or_urls() -> None:
    for given in ({}, {"tag": "a", "urls": ["http://a/b.png"]}):
        with pytest.raises(BadRequest):
            parse_sprite(params(**given), LIMITS)
    assert parse_sprite(params(urls=["http://a/b.png", "http://a/c.png"]), LIMITS).urls == (
        "http://a/b.png",
        "http://a/c.png",
    )


@pytest.mark.parametrize(
    "given",
    [
        {"tag": "x" * 256},
        {"urls": [f"http://a/{number}" for number in range(MAX_PICTURES + 1)]},
        {"urls": ["http://a/" + "x" * 2000]},
        {"tag": "a", "format": "exe"},
        {"tag": "a", "format": "pdf"},
        {"tag": "a", "mode": "explain"},
        {"tag": "a", "transformation": "w_abc"},
        {"tag": "a", "transformation": "../x"},
    ],
)
def test_wrong_sprites(given: dict[str, object]) -> None:
    with pytest.raises(BadRequest):
        parse_sprite(params(**given), LIMITS)


@pytest.mark.parametrize("video", ["mp4", "webm"])
def test_videos_are_refused_politely(video: str) -> None:
    with pytest.raises(BadRequest, match="videos are not made of images"):
        parse_multi(params(tag="a", format=video), LIMITS)
    with pytest.raises(BadRequest, match=video):
        parse_multi(params(tag="a", transformation=f"f_{video}"), LIMITS)


@pytest.mark.parametrize(
    ("transformation", "text"),
    [
        ("", "f_webp"),
        ("w_100", "f_webp,w_100"),
        ("w_100/e_sepia", "w_100/e_sepia/f_webp"),
        ("f_webp,w_100", "f_webp,w_100"),
    ],
)
def test_a_format_becomes_part_of_the_transformation(transformation: str, text: str) -> None:
    order = parse_multi(params(tag="a", transformation=transformation, format="WebP"), LIMITS)
    assert order.transformation.text == text


def test_what_is_done_and_how_it_is_written() -> None:
    asked = parse(
        "$x_150/c_fill,dl_$x,f_webp,h_40,q_70,w_60/e_loop:2/e_sepia,fl_progressive", LIMITS
    )
    change, output = parted(asked, LIMITS)
    assert change.text == "$x_150/c_fill,h_40,w_60/e_sepia"
    assert parse(change.text, LIMITS) == change
    assert (output.format, output.quality, output.delay, output.loop) == ("webp", 70, 150, 2)
    assert "progressive" in output.flags
    assert parted(parse("f_jpg", LIMITS), LIMITS)[0].nodes == ()


def test_facts_are_not_asked_of_the_single_pictures() -> None:
    assert parted(parse("fl_getinfo,w_10", LIMITS), LIMITS)[0].text == "w_10"


def test_names_of_what_was_made() -> None:
    assert sprite_id("logo", "") == "logo"
    assert sprite_id("logo", "w_100") == "logo,w_100"
    assert multi_id("logo", "gif", "") == "logo,gif"
    assert multi_id("logo", "webp", "f_webp") == "logo,webp,f_webp"


@pytest.mark.parametrize(
    "parts",
    [
        ("l_text:Arial_20:100%25",),
        ("w_1/" * 100,),
        ("gif", "e_blur/v12/w_1"),
        ("x" * 300,),
    ],
)
def test_names_are_always_public_ids(parts: tuple[str, ...]) -> None:
    found = made_id("logo", *parts)
    assert check(found) == found
    assert found.startswith("logo,")
    assert found != made_id("logo", *parts, "more")
    assert check(made_id("n" * 255, *parts))


@pytest.mark.parametrize("tag", ["50% off", "a/../b", "/etc", "a?b", "zażółć", "v1/a"])
def test_every_tag_has_a_name(tag: str) -> None:
    name = parse_sprite(params(tag=tag), LIMITS).name
    assert check(name) == name
    assert (name == tag) == (tag == "zażółć")


@pytest.mark.parametrize(
    ("type", "name", "transformation", "keys"),
    [
        ("sprite", "logo.png", "", [("image", "logo")]),
        ("sprite", "a/logo.v2.css", "w_9", [("raw", "a/logo.v2,w_9.css")]),
        ("sprite", "logo.json", "", [("raw", "logo.json")]),
        ("sprite", "logo", "f_jpg,w_9", [("image", "logo,f_jpg,w_9")]),
        ("multi", "logo.gif", "", [("image", "logo,gif"), ("image", "logo")]),
        ("multi", "logo.webp", "f_webp", [("image", "logo,webp,f_webp"), ("image", "logo")]),
        ("multi", "a.b/logo", "dl_9", [("image", "a.b/logo,gif,dl_9"), ("image", "a.b/logo")]),
    ],
)
def test_what_urls_name(
    type: str, name: str, transformation: str, keys: list[tuple[ResourceType, str]]
) -> None:
    expected = tuple(AssetKey(kind, type, public_id) for kind, public_id in keys)
    assert delivered(type, name, transformation) == expected


@pytest.mark.parametrize("parse", [parse_sprite, parse_multi])
def test_a_public_id_is_the_name_and_needs_no_transformation(
    parse: Callable[[Params, RenderLimits], PicturesOrder],
) -> None:
    order = parse(params(tag="logo", transformation="w_9", public_id="shelf/strip"), LIMITS)
    assert (order.name, order.shown_transformation) == ("shelf/strip", "")
    assert order.transformation.text == "w_9"


@pytest.mark.parametrize("parse", [parse_sprite, parse_multi])
@pytest.mark.parametrize(
    "beside",
    [{"public_id": "a", "mode": "download"}, {"public_id": "../a"}, {"public_id": "x" * 251}],
)
def test_public_ids_that_are_refused(
    parse: Callable[[Params, RenderLimits], PicturesOrder], beside: dict[str, str]
) -> None:
    with pytest.raises(BadRequest, match="public_id"):
        parse(params(tag="logo", **beside), LIMITS)


def test_urls_have_one_name_in_each_order() -> None:
    urls = ["http://a/1.png", "http://a/2.png"]
    name = parse_sprite(params(urls=urls), LIMITS).name
    assert name == parse_multi(params(urls=urls), LIMITS).name
    assert name != parse_multi(params(urls=urls[::-1]), LIMITS).name


def test_explode_counts_its_pages() -> None:
    given = params(public_id="a", transformation="pg_all,w_100/e_sepia", format="jpeg")
    order = parse_explode(given, LIMITS)
    assert (order.format, order.type) == ("jpg", "upload")
    assert order.page(12, LIMITS).text == "pg_12,w_100/e_sepia"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"transformation": "pg_all"}, "Missing required parameter - public_id"),
        ({"public_id": "a"}, "Missing required parameter - transformation"),
        ({"public_id": "a", "transformation": "pg_2"}, "pg_all is missing"),
        ({"public_id": "a", "transformation": "l_text:Arial_9:pg_all x"}, "pg_all is missing"),
        ({"public_id": "a", "transformation": "pg_all,w_x"}, "w_x"),
        ({"public_id": "a", "transformation": "pg_all", "format": "heic"}, "parameter format"),
        ({"public_id": "a", "transformation": "pg_all", "type": "fetch"}, "parameter type"),
    ],
)
def test_wrong_explosions(given: dict[str, object], message: str) -> None:
    with pytest.raises(BadRequest, match=message):
        parse_explode(params(**given), LIMITS)


def test_an_archives_defaults() -> None:
    order = parse_archive("image", params(tags="a, b"), LIMITS)
    assert (order.mode, order.target.format, order.allow_missing) == ("create", "zip", False)
    assert (order.selectors.tags, order.selectors.resource_types) == (("a", "b"), ("image",))
    assert order.target.download_name == "archive.zip"
    named = parse_archive(
        "all", params(tags="a", target_filename="mine", target_format="tgz"), LIMITS
    )
    assert named.target.download_name == "mine.tgz"
    assert named.selectors.resource_types == ("image", "video", "raw")


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"tags": ""},
        {"tags": [str(number) for number in range(21)]},
        {"prefixes": [str(number) for number in range(21)]},
        {"public_ids": [str(number) for number in range(1001)]},
        {"tags": "a", "mode": "steal"},
        {"tags": "a", "target_format": "rar"},
        {"tags": "a", "type": "../x"},
        {"tags": "a", "flatten_folders": "perhaps"},
        {"tags": "a", "transformations": "w_abc"},
        {"tags": "a", "target_filename": "../a"},
        {"tags": "a", "target_filename": "a\nb"},
        {"tags": "a", "expires_at": 999},
        {"tags": "a", "expires_at": "soon"},
        {"fully_qualified_public_ids": ["image/upload"]},
        {"fully_qualified_public_ids": ["picture/upload/a"]},
        {"search_expression": "tags=a"},
    ],
)
def test_wrong_archives(given: dict[str, object]) -> None:
    with pytest.raises(BadRequest):
        parse_archive("image", params(**given), LIMITS, now=1000)


def test_wrong_resource_types_of_archives() -> None:
    with pytest.raises(BadRequest, match="parameter resource_type"):
        parse_archive("documents", params(tags="a"), LIMITS)
