"""Text images, sprites, animations and exploded pages, from what a request says to the bytes."""

from __future__ import annotations

import asyncio
import io
import json
from pathlib import Path

import pytest
from PIL import Image, ImageChops

from app.domain.errors import BadRequest, NotFound, RateLimited
from app.domain.making.explode import parse_explode
from app.domain.making.pictures import delivered, parse_multi, parse_sprite
from app.domain.making.texts import parse_text
from app.services.sprites import Sprite
from tests import photos
from tests.unit.net.net_server import Request, response, serving
from tests.unit.services.workshop import LIMITS, Workshop, params, workshop

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


LOGOS = {
    "logos/b": photos.load("china.jpg", (120, 80)),
    "logos/a": photos.load("chelsea.png", (60, 90)),
    "logos/c": photos.load("coffee.png", (200, 40)),
}


async def logos(found: Workshop) -> None:
    for name, image in LOGOS.items():
        await found.store(name, photos.encode(image, "PNG"), tags=("logo", "other"))
    await found.store("untagged", photos.tiny_png())


async def sprite(found: Workshop, **given: object) -> Sprite:
    return await found.sprites(found.key, parse_sprite(params(**given), LIMITS))


async def test_a_sprite_shows_the_tagged_pictures_by_public_id(tmp_path: Path) -> None:
    async with workshop(tmp_path) as found:
        await logos(found)
        made = await sprite(found, tag="logo")
        assert (made.asset.public_id, made.asset.type, made.asset.format) == (
            "logo",
            "sprite",
            "png",
        )
        assert (made.name, made.transformation) == ("logo", "")
        assert [region.name for region in made.regions] == ["logos/a", "logos/b", "logos/c"]
        sheet = found.picture(made.asset).convert("RGB")
        assert sheet.size == (made.asset.width, made.asset.height)
        for region in made.regions:
            box = (region.x, region.y, region.x + region.width, region.y + region.height)
            assert sheet.crop(box).tobytes() == LOGOS[region.name].tobytes()


async def test_style_sheet_and_map_come_with_the_sheet(tmp_path: Path) -> None:
    async with workshop(tmp_path) as found:
        await logos(found)
        made = await sprite(found, tag="logo", transformation="w_30")
        assert made.transformation == "w_30"
        assert made.asset.public_id == "logo,w_30"
        assert delivered("sprite", f"{made.name}.png", "w_30")[0] == made.asset.key
        css = await found.find("logo,w_30.css", "sprite", "raw")
        told = await found.find("logo,w_30.json", "sprite", "raw")
        assert css is not None
        assert told is not None
        assert css.version == told.version == made.asset.version
        assert json.loads(found.content(told)) == {
            region.name: {
                "width": region.width,
                "height": region.height,
                "x": region.x,
                "y": region.y,
            }
            for region in made.regions
        }
        assert {region.width for region in made.regions} == {30}
        text = found.content(css).decode()
        assert 'url("logo.png")' in text
        first = made.regions[0]
        assert f"width: {first.width}px; height: {first.height}px" in text


async def test_a_sprites_format_is_that_of_its_transformation(tmp_path: Path) -> None:
    async with workshop(tmp_path) as found:
        await logos(found)
        made = await sprite(found, tag="logo", format="jpg", transformation="w_100")
        assert made.transformation == "f_jpg,w_100"
        assert (made.asset.format, found.picture(made.asset).format) == ("jpg", "JPEG")
        # The pictures were not compressed twice: they were rendered without loss.
        assert (await sprite(found, tag="logo", transformation="f_jpg,w_100")).asset.etag == (
            made.asset.etag
        )


async def test_a_sprite_that_is_made_again_replaces_the_former_one(tmp_path: Path) -> None:
    async with workshop(tmp_path) as found:
        await logos(found)
        first = await sprite(found, tag="logo")
        count = await found.count()
        await found.store("logos/d", photos.tiny_png(), tags=("logo",))
        second = await sprite(found, tag="logo")
        assert second.asset.asset_id == first.asset.asset_id
        assert second.asset.version > first.asset.version
        assert len(second.regions) == 4
        assert await found.count() == count + 1


async def test_nothing_is_stored_when_a_sprite_fails(tmp_path: Path) -> None:
    async with workshop(tmp_path) as found:
        await logos(found)
        count = await found.count()
        with pytest.raises(NotFound, match="Resource not found - nothing"):
            await sprite(found, tag="nothing")
        for given in (
            {"tag": "logo", "transformation": "t_unknown"},
            {"tag": "logo", "transformation": "f_pdf"},
            {"tag": "logo", "transformation": "c_scale,w_20000,h_20000"},
            {"tag": "logo", "transformation": "l_missing"},
        ):
            with pytest.raises((BadRequest, NotFound)):
                await sprite(found, **given)
        assert await found.count() == count


async def test_a_sprite_of_remote_pictures(tmp_path: Path) -> None:
    files = {f"/{name}.png": photos.encode(image, "PNG") for name, image in LOGOS.items()}

    def answer(request: Request) -> bytes:
        found = files.get(request.path)
        return response(found) if found else response(b"", status="404 Not Found")

    async with workshop(tmp_path) as found, serving(answer) as server:
        urls = [server.url(path) for path in files]
        made = await sprite(found, urls=urls, transformation="w_50")
        assert [region.name for region in made.regions] == urls
        assert {region.width for region in made.regions} == {50}
        # The same URLs have the same name, whoever asks when.
        again = await sprite(found, urls=urls, transformation="w_50")
        assert again.asset.asset_id == made.asset.asset_id
        with pytest.raises(NotFound, match="Resource not found"):
            await sprite(found, urls=[*urls, server.url("/gone.png")])
        assert await found.count() == 3  # the sheet and its companions; no remote picture


async def test_private_addresses_are_not_fetched(tmp_path: Path) -> None:
    async with workshop(tmp_path) as found:
        with pytest.raises(BadRequest, match="not allowed"):
            await sprite(found, urls=["http://192.168.7.9/a.png"])


async def test_a_remote_file_that_is_no_picture_is_refused(tmp_path: Path) -> None:
    async with workshop(tmp_path) as found, serving(lambda _: response(b"words")) as server:
        with pytest.raises(BadRequest, match="Invalid image file"):
            await sprite(found, urls=[server.url("/a.png")])


async def test_multi_shows_every_picture_for_the_delay(tmp_path: Path) -> None:
    async with workshop(tmp_path) as found:
        await logos(found)
        order = parse_multi(params(tag="logo", transformation="c_fill,dl_250,h_40,w_50"), LIMITS)
        made = await found.multis(found.key, order)
        assert made.asset.public_id == "logo,gif,c_fill,dl_250,h_40,w_50"
        assert delivered("multi", "logo.gif", made.transformation)[0] == made.asset.key
        assert (made.asset.type, made.asset.format, made.asset.pages) == ("multi", "gif", 3)
        with found.picture(made.asset) as gif:
            assert (gif.size, gif.n_frames) == ((50, 40), 3)  # type: ignore[attr-defined]  # of animations
            for number in range(3):
                gif.seek(number)
                assert gif.info["duration"] == 250
            assert gif.info["loop"] == 0


async def test_multi_as_webp_has_the_name_that_clients_know(tmp_path: Path) -> None:
    async with workshop(tmp_path) as found:
        await logos(found)
        made = await found.multis(found.key, parse_multi(params(tag="logo", format="webp"), LIMITS))
        assert made.asset.public_id == "logo,webp,f_webp"
        assert found.picture(made.asset).format == "WEBP"


async def test_multi_as_pdf_has_a_page_for_each_picture(tmp_path: Path) -> None:
    async with workshop(tmp_path) as found:
        await logos(found)
        made = await found.multis(found.key, parse_multi(params(tag="logo", format="pdf"), LIMITS))
        assert (made.asset.format, made.asset.pages) == ("pdf", 3)
        content = found.content(made.asset)
        assert content.startswith(b"%PDF")
        assert content.count(b"/Type /Page\n") == 3


async def test_a_text_becomes_an_image_of_its_own_type(tmp_path: Path) -> None:
    async with workshop(tmp_path) as found:
        given = params(text="Hello", public_id="banner", font_size="40", font_color="#ff0000")
        outcome = await found.texts(found.key, parse_text(given, LIMITS))
        asset = outcome.asset
        assert (asset.public_id, asset.type, asset.format) == ("banner", "text", "png")
        image = found.picture(asset)
        assert image.mode == "RGBA"
        assert image.size == (asset.width, asset.height)
        drawn = image.getchannel("A").point(lambda value: 255 * (value == 255))
        colours = Image.composite(image.convert("RGB"), Image.new("RGB", image.size, "red"), drawn)
        assert ImageChops.difference(colours, Image.new("RGB", image.size, "red")).getbbox() is None
        longer = params(text="Hello, world", public_id="banner", font_size="40")
        again = await found.texts(found.key, parse_text(longer, LIMITS))
        assert again.overwritten
        assert (again.asset.width or 0) > (asset.width or 0)
        random = await found.texts(found.key, parse_text(params(text="x"), LIMITS))
        assert len(random.asset.public_id) == 20


async def test_fonts_that_there_are_not_are_refused(tmp_path: Path) -> None:
    async with workshop(tmp_path) as found:
        for given in (
            {"font_family": "Nonesuch"},
            {"font_weight": "rather bold"},
            {"font_style": "leaning"},
        ):
            with pytest.raises(BadRequest):
                await found.texts(found.key, parse_text(params(text="x", **given), LIMITS))
        with pytest.raises(BadRequest, match="public_id"):
            await found.texts(found.key, parse_text(params(text="x", public_id="a?"), LIMITS))
        assert await found.count() == 0


async def test_explode_makes_every_frame(tmp_path: Path) -> None:
    frames = [photos.load("china.jpg", (64, 48)).rotate(90 * turn) for turn in range(4)]
    gif = photos.animate(frames, "GIF", duration=100)
    async with workshop(tmp_path) as found:
        await found.store("turning", gif)
        given = params(public_id="turning", transformation="pg_all/c_scale,w_32")
        asset, pages = await found.explode(found.key.cloud, parse_explode(given, LIMITS))
        assert asset.public_id == "turning"
        assert [page.transformation for page in pages] == [
            f"pg_{number}/c_scale,w_32" for number in range(1, 5)
        ]
        assert {(page.format, page.width, page.height) for page in pages} == {("png", 32, 24)}
        while found.cache._tasks:
            await next(iter(found.cache._tasks))
        kept = await found.database.read(lambda unit: unit.derivatives.page(asset.asset_id, 10))
        assert len({item.etag for item in kept}) == 4
        assert {item.bytes for item in kept} == {page.bytes for page in pages}


async def test_explode_of_what_is_not_there(tmp_path: Path) -> None:
    async with workshop(tmp_path) as found:
        given = params(public_id="none", transformation="pg_all")
        with pytest.raises(NotFound, match="Resource not found - none"):
            await found.explode(found.key.cloud, parse_explode(given, LIMITS))


async def test_explode_leaves_out_the_still_of_an_animated_png(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "green", "blue")]
    buffer = io.BytesIO()
    frames[0].save(
        buffer, "PNG", save_all=True, append_images=frames[1:], default_image=True, duration=50
    )
    async with workshop(tmp_path) as found:
        await found.store("apng", buffer.getvalue())
        given = params(public_id="apng", transformation="pg_all")
        asset, pages = await found.explode(found.key.cloud, parse_explode(given, LIMITS))
        assert len(pages) == 2
        while found.cache._tasks:
            await next(iter(found.cache._tasks))
        kept = await found.database.read(lambda unit: unit.derivatives.page(asset.asset_id, 10))
        made = {item.transformation: found.blobs.path(item.blob_key) for item in kept}
        colours = [Image.open(made[page.transformation]).getpixel((0, 0)) for page in pages]
        assert colours == [(0, 128, 0), (0, 0, 255)]


async def test_pictures_are_not_put_together_beyond_the_pool(tmp_path: Path) -> None:
    async with workshop(tmp_path) as found:
        await logos(found)
        made = await asyncio.gather(
            *(sprite(found, tag="logo") for _ in range(20)), return_exceptions=True
        )
        assert all(isinstance(item, (Sprite, RateLimited)) for item in made)
        versions = [item.asset.version for item in made if isinstance(item, Sprite)]
        assert len(set(versions)) == len(versions) > 0
