"""Archives of stored assets: what is selected, what files hold and are called, what is refused."""

from __future__ import annotations

import asyncio
import io
import os
import tarfile
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from app.domain.assets import AssetKey
from app.domain.errors import BadRequest, NotFound
from app.domain.making.archives import MAX_ASSETS, parse_archive
from app.services.archives import Archive
from app.services.made_assets import MadeFile
from tests import photos
from tests.unit.services.workshop import LIMITS, Workshop, params, workshop

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


CHINA, FLOWER = photos.read("china.jpg"), photos.read("flower.jpg")
CHELSEA = photos.encode(photos.load("chelsea.png", (90, 60)), "PNG")
NOTES = b"some words\n" * 100


async def filled(found: Workshop) -> None:
    await found.store("trips/china", CHINA, tags=("travel",), filename="IMG_1.jpg", folder="a/b")
    await found.store("trips/far/flower", FLOWER, tags=("travel", "plant"), filename="IMG_1.jpg")
    await found.store("chelsea", CHELSEA, tags=("cat",))
    await found.store("secret", CHELSEA, tags=("travel",), type="private")
    await found.store("notes.txt", NOTES, tags=("travel",), resource_type="raw", filename="n.txt")


async def downloaded(
    found: Workshop, resource_type: str = "image", **given: object
) -> dict[str, bytes]:
    """The files of an archive, by their names."""
    order = parse_archive(resource_type, params(mode="download", **given), LIMITS)
    data = b"".join(
        [chunk async for chunk in await found.archives.download(found.key.cloud, order)]
    )
    if order.target.format == "zip":
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return {name: archive.read(name) for name in archive.namelist()}
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:gz") as tar:
        files = [(member.name, tar.extractfile(member)) for member in tar.getmembers()]
        return {name: file.read() for name, file in files if file}


async def created(found: Workshop, resource_type: str = "image", **given: object) -> Archive:
    order = parse_archive(resource_type, params(**given), LIMITS)
    return await found.archives.create(found.key, order)


@pytest.mark.parametrize("target_format", ["zip", "tgz"])
async def test_the_originals_of_a_tag(tmp_path: Path, target_format: str) -> None:
    async with workshop(tmp_path) as found:
        await filled(found)
        files = await downloaded(found, tags=["travel"], target_format=target_format)
        assert files == {"trips/china.jpg": CHINA, "trips/far/flower.jpg": FLOWER}


async def test_every_selector_finds_its_assets(tmp_path: Path) -> None:
    async with workshop(tmp_path) as found:
        await filled(found)
        every = {"trips/china.jpg", "trips/far/flower.jpg", "chelsea.png"}
        for given, names in (
            ({"tags": "travel,cat"}, every),
            ({"public_ids": ["chelsea", "trips/china"]}, {"chelsea.png", "trips/china.jpg"}),
            ({"prefixes": "trips/"}, every - {"chelsea.png"}),
            ({"prefixes": ["/"]}, every),
            ({"prefixes": ["trips/far", "ch"]}, every - {"trips/china.jpg"}),
            ({"asset_folders": ["a/b"]}, {"trips/china.jpg"}),
            ({"tags": ["plant"], "public_ids": ["trips/far/flower"]}, {"trips/far/flower.jpg"}),
            ({"tags": ["travel"], "type": "private"}, {"secret.png"}),
            ({"fully_qualified_public_ids": ["image/private/secret.png"]}, {"secret.png"}),
        ):
            assert set(await downloaded(found, **given)) == names


async def test_all_resource_types(tmp_path: Path) -> None:
    async with workshop(tmp_path) as found:
        await filled(found)
        expected = {"trips/china.jpg": CHINA, "trips/far/flower.jpg": FLOWER, "notes.txt": NOTES}
        assert await downloaded(found, "all", tags=["travel"]) == expected
        assert await downloaded(found, "raw", tags=["travel"]) == {"notes.txt": NOTES}
        ids = ["raw/upload/notes.txt", "image/upload/trips/china.jpg", "image/upload/chelsea"]
        mixed = await downloaded(found, "auto", fully_qualified_public_ids=ids)
        assert mixed == {"notes.txt": NOTES, "trips/china.jpg": CHINA, "chelsea.png": CHELSEA}


async def test_transformations_make_a_file_each(tmp_path: Path) -> None:
    async with workshop(tmp_path) as found:
        await filled(found)
        given = {"tags": ["travel"], "transformations": "c_scale,w_50|c_scale,w_20/e_grayscale/png"}
        files = await downloaded(found, "all", **given)
        sizes = {
            name: Image.open(io.BytesIO(data)).width
            for name, data in files.items()
            if name != "notes.txt"
        }
        assert sizes == {
            "c_scale,w_50/trips/china.jpg": 50,
            "c_scale,w_20--e_grayscale/trips/china.png": 20,
            "c_scale,w_50/trips/far/flower.jpg": 50,
            "c_scale,w_20--e_grayscale/trips/far/flower.png": 20,
        }
        assert files["notes.txt"] == NOTES  # what is no image cannot be transformed
        flat = await downloaded(found, flatten_transformations=True, **given)
        assert "trips/china-c_scale,w_50.jpg" in flat
        bare = await downloaded(found, skip_transformation_name=True, flatten_folders=1, **given)
        assert set(bare) == {"china.jpg", "china.png", "flower.jpg", "flower.png"}


async def test_derivatives_are_kept_if_that_is_wanted(tmp_path: Path) -> None:
    async with workshop(tmp_path) as found:
        await filled(found)
        asset = await found.find("chelsea", "upload")
        assert asset is not None
        for keep, count in ((False, 0), (True, 1)):
            await downloaded(found, tags=["cat"], transformations="w_9", keep_derived=keep)
            while found.cache._tasks:
                await next(iter(found.cache._tasks))
            kept = await found.database.read(lambda unit: unit.derivatives.page(asset.asset_id, 10))
            assert len(kept) == count


async def test_original_names_and_flat_folders(tmp_path: Path) -> None:
    async with workshop(tmp_path) as found:
        await filled(found)
        files = await downloaded(found, tags="travel", use_original_filename=True)
        assert set(files) == {"trips/IMG_1.jpg", "trips/far/IMG_1.jpg"}
        flat = await downloaded(found, tags="travel", use_original_filename=1, flatten_folders=1)
        assert flat == {"IMG_1.jpg": CHINA, "IMG_1_1.jpg": FLOWER}
        raw = await downloaded(found, "raw", tags="travel", use_original_filename=True)
        assert raw == {"n.txt": NOTES}


async def test_what_is_missing(tmp_path: Path) -> None:
    async with workshop(tmp_path) as found:
        await filled(found)
        ids = ["chelsea", "gone", "lost"]
        with pytest.raises(NotFound, match="Resource not found - gone, lost"):
            await downloaded(found, public_ids=ids)
        with pytest.raises(NotFound, match="Resource not found - image/upload/gone"):
            await downloaded(found, fully_qualified_public_ids=["image/upload/gone"])
        archive = await created(
            found, public_ids=ids, allow_missing=True, tags="cat,none", prefixes=["zzz", "ch"]
        )
        assert archive.selection.missing_public_ids == ("gone", "lost")
        assert archive.selection.empty_tags == ("none",)
        assert archive.selection.empty_prefixes == ("zzz",)
        assert (len(archive.selection.assets), archive.files) == (1, 1)
        with pytest.raises(NotFound, match="no asset is selected"):
            await downloaded(found, tags=["none"])
        with pytest.raises(NotFound):
            await created(found, public_ids=["gone"], allow_missing=True)


async def test_an_archive_is_stored_as_a_raw_asset(tmp_path: Path) -> None:
    async with workshop(tmp_path) as found:
        await filled(found)
        archive = await created(
            found,
            "all",
            tags=["travel"],
            target_public_id="packed/all",
            target_tags="made,zip",
            target_asset_folder="archives",
        )
        asset = archive.outcome.asset
        assert (asset.resource_type, asset.type) == ("raw", "upload")
        assert (asset.public_id, asset.asset_folder) == ("packed/all.zip", "archives")
        assert set(asset.tag_words) == {"made", "zip"}
        assert asset.access_key == found.key.key
        assert (len(archive.selection.assets), archive.files) == (3, 3)
        with zipfile.ZipFile(io.BytesIO(found.content(asset))) as zipped:
            assert zipped.read("trips/china.jpg") == CHINA
        again = await created(found, tags=["cat"], target_public_id="packed/all.zip")
        assert again.outcome.asset.asset_id == asset.asset_id
        plain = await created(found, tags=["cat"], target_format="tgz")
        assert plain.outcome.asset.public_id.endswith(".tgz")
        assert len(plain.outcome.asset.public_id) == 24


async def test_the_transformed_are_counted(tmp_path: Path) -> None:
    async with workshop(tmp_path) as found:
        await filled(found)
        given = {"tags": ["travel"], "transformations": ["w_0.5", "w_2.0"]}
        archive = await created(found, **given)
        assert (len(archive.selection.assets), archive.files) == (2, 4)
        with zipfile.ZipFile(io.BytesIO(found.content(archive.outcome.asset))) as zipped:
            assert len(zipped.namelist()) == 4


async def test_nothing_is_stored_when_an_archive_fails(tmp_path: Path) -> None:
    async with workshop(tmp_path, raw=100_000) as found:
        await filled(found)
        before = await found.count()
        for given in (
            {"tags": ["travel"]},  # larger than raw files may be
            {"tags": ["cat"], "target_public_id": "a?b"},
            {"tags": ["cat"], "transformations": "t_missing"},
            {"tags": ["cat"], "transformations": "l_missing"},
        ):
            with pytest.raises((BadRequest, NotFound)):
                await created(found, **given)
        assert await found.count() == before
        assert not list((tmp_path / "incoming").iterdir())


async def test_what_is_wrong_with_the_first_file_is_told_before_a_download_begins(
    tmp_path: Path,
) -> None:
    async with workshop(tmp_path) as found:
        await filled(found)
        order = parse_archive("image", params(tags="cat", transformations="l_missing"), LIMITS)
        with pytest.raises(NotFound):
            await found.archives.download(found.key.cloud, order)


async def test_a_thousand_assets_and_no_more(tmp_path: Path) -> None:
    async with workshop(tmp_path) as found:
        files = [
            MadeFile(AssetKey("raw", "upload", f"many/{number}.bin"), b"%d" % number)
            for number in range(MAX_ASSETS)
        ]
        await found.made.store(found.key, files)
        order = parse_archive("raw", params(prefixes=["many/"]), LIMITS)
        tracemalloc.start()
        size = 0
        async for chunk in await found.archives.download(found.key.cloud, order):
            size += len(chunk)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert size > 100_000
        assert peak < 20_000_000
        await found.made.store(
            found.key, [MadeFile(AssetKey("raw", "upload", "many/more.bin"), b"more")]
        )
        with pytest.raises(BadRequest, match="Too many assets"):
            await found.archives.download(found.key.cloud, order)


async def test_five_thousand_files_and_no_more(tmp_path: Path) -> None:
    async with workshop(tmp_path) as found:
        key = AssetKey("image", "upload", "picture")
        many = [
            MadeFile(AssetKey(key.resource_type, key.type, f"p{number}"), CHELSEA, "png", 90, 60, 1)
            for number in range(51)
        ]
        await found.made.store(found.key, many)
        widths = "|".join(f"w_{number}" for number in range(1, 100))
        order = parse_archive("image", params(prefixes="p", transformations=widths), LIMITS)
        with pytest.raises(BadRequest, match=r"Too many files for an archive\. Got 5049"):
            await found.archives.select(found.key.cloud, order)


def is_open(path: Path) -> bool:
    return any(descriptor.resolve() == path for descriptor in Path("/proc/self/fd").iterdir())


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - no event tells of what a thread opens
            await asyncio.sleep(0.001)


@pytest.mark.parametrize("target_format", ["zip", "tgz"])
async def test_a_download_that_nobody_takes_lets_go_of_its_file(
    tmp_path: Path, target_format: str
) -> None:
    async with workshop(tmp_path) as found:
        asset = await found.store("a.bin", os.urandom(3_000_000), resource_type="raw")
        path = found.blobs.path(asset.blob_key).resolve()
        given = params(public_ids=["a.bin"], mode="download", target_format=target_format)
        chunks = await found.archives.download(found.key.cloud, parse_archive("raw", given, LIMITS))
        await anext(chunks)
        assert is_open(path)
        await chunks.aclose()
        await asyncio.sleep(0)  # closing waits for what runs in a thread
        assert not is_open(path)


async def test_who_stops_waiting_lets_go_of_the_file(tmp_path: Path) -> None:
    async with workshop(tmp_path) as found:
        asset = await found.store("a.bin", os.urandom(8_000_000), resource_type="raw")
        path = found.blobs.path(asset.blob_key).resolve()
        task = asyncio.create_task(created(found, "raw", public_ids=["a.bin"]))
        await until(lambda: is_open(path))
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await until(lambda: not is_open(path))
        assert await found.count() == 1


async def test_an_asset_that_goes_meanwhile_is_told(tmp_path: Path) -> None:
    async with workshop(tmp_path) as found:
        await found.store("a.bin", os.urandom(1_000_000), resource_type="raw")
        last = await found.store("b.bin", NOTES, resource_type="raw")
        given = params(prefixes="/", mode="download")
        order = parse_archive("raw", given, LIMITS)
        chunks = await found.archives.download(found.key.cloud, order)
        found.blobs.delete(last.blob_key)
        with pytest.raises(NotFound, match="deleted while it was packed"):
            async for _ in chunks:
                pass
        with pytest.raises(NotFound):
            await created(found, "raw", prefixes="/")
        assert await found.count() == 2
