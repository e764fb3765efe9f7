"""Archives over HTTP, on both databases: stored, downloaded, refused (CONTRACT D11, D12)."""

from __future__ import annotations

import io
import tarfile
import time
import zipfile

import httpx
import pytest
from PIL import Image

from tests import photos
from tests.integration.shelf import SIZES, listed, ok, opened, refused, shelf, signed, told
from tests.integration.stored import stored
from tests.live import CLOUD, Client
from tests.receiver import Receiver


def unzipped(response: httpx.Response) -> dict[str, bytes]:
    archive = zipfile.ZipFile(io.BytesIO(response.content))
    assert archive.testzip() is None
    return {name: archive.read(name) for name in archive.namelist()}


def original(client: Client, public_id: str) -> bytes:
    return opened(f"{client.server.url}/{CLOUD}/image/upload/{public_id}.png").content


def test_a_zip_is_stored(client: Client, fresh: str, receiver: Receiver) -> None:
    shelf(client, fresh)
    body = ok(
        client.post(
            "image/generate_archive",
            tags=fresh,
            target_public_id=f"{fresh}/all",
            target_tags="packed",
            notification_url=receiver.url,
        )
    )
    assert list(body)[-3:] == ["resource_count", "file_count", "api_key"]
    assert (body["resource_count"], body["file_count"]) == (3, 3)
    assert (body["resource_type"], body["public_id"]) == ("raw", f"{fresh}/all.zip")
    assert body["tags"] == ["packed"]
    response = opened(body["url"])
    assert len(response.content) == body["bytes"]
    expected = {f"{fresh}/{name}.png": original(client, f"{fresh}/{name}") for name in SIZES}
    assert unzipped(response) == expected
    notice = told(receiver)
    assert notice["notification_type"] == "generate_archive"
    assert (notice["asset_id"], notice["file_count"]) == (body["asset_id"], 3)


def test_an_archive_in_the_background(client: Client, fresh: str, receiver: Receiver) -> None:
    shelf(client, fresh)
    fields = {"prefixes": fresh, "target_format": "tgz", "notification_url": receiver.url}
    soon = int(time.time()) + 1
    answer = ok(client.post("all/generate_archive", **fields, expires_at=soon, **{"async": "true"}))
    assert answer["status"] == "processing"
    body = told(receiver)
    assert (body["resource_count"], "signature" in body) == (3, False)
    with tarfile.open(fileobj=io.BytesIO(opened(body["url"]).content)) as archive:
        assert sorted(archive.getnames()) == [f"{fresh}/{name}.png" for name in SIZES]
    missing = client.post("image/generate_archive", public_ids=fresh, **{"async": "true"})
    assert refused(missing, 404) == f"Resource not found - {fresh}"


def test_a_download_is_sent_while_it_is_packed(client: Client, fresh: str) -> None:
    shelf(client, fresh)
    url = signed(
        client.server,
        "image/generate_archive",
        mode="download",
        public_ids=[f"{fresh}/a", f"{fresh}/b"],
        target_format="tgz",
        target_filename="mine",
        transformations="w_20|e_grayscale",
        flatten_folders="true",
    )
    response = opened(url)
    assert response.headers["content-type"] == "application/gzip"
    assert response.headers["content-disposition"] == 'attachment; filename="mine.tgz"'
    # How long it will be is not known when it begins.
    assert response.headers["transfer-encoding"] == "chunked"
    with tarfile.open(fileobj=io.BytesIO(response.content)) as archive:
        names = archive.getnames()
        assert names == ["a-w_20.png", "a-e_grayscale.png", "b-w_20.png", "b-e_grayscale.png"]
        small = archive.extractfile(names[0])
        assert small and Image.open(small).width == 20
    head = httpx.head(url)
    assert head.status_code == 200 and head.content == b""
    assert head.headers["content-disposition"] == response.headers["content-disposition"]
    assert listed(client, "raw", "upload", "mine") == []
    # Derivatives are not kept unless that is asked for.
    assert ok(client.get(f"resources/image/upload/{fresh}/a"))["derived"] == []


def test_downloads_of_all_kinds(client: Client, fresh: str) -> None:
    shelf(client, fresh)
    names = [f"{fresh}/{name}.png" for name in SIZES]
    fields = {"tags": fresh, "mode": "download"}
    posted = client.post("image/generate_archive", **fields)
    assert posted.headers["content-type"] == "application/zip"
    assert list(unzipped(posted)) == names
    legacy = opened(signed(client.server, "image/download_tag.zip", tag=fresh))
    assert list(unzipped(legacy)) == names
    plain = opened(signed(client.server, "all/generate_archive", prefixes=[fresh]))
    assert list(unzipped(plain)) == names
    both = client.post(
        "image/generate_archive", tags=fresh, mode="create_and_download", target_public_id=fresh
    )
    assert both.headers["content-disposition"] == f'attachment; filename="{fresh}.zip"'
    assert list(unzipped(both)) == names
    packed = ok(client.get(f"resources/raw/upload/{fresh}.zip"))
    assert opened(packed["url"]).content == both.content


def test_large_files_come_through_whole(client: Client, fresh: str) -> None:
    content = bytes(range(256)) * 40_000  # 10 MB, many chunks
    ok(client.upload(content, name="big.bin", resource_type="raw", public_id=f"{fresh}.bin"))
    url = signed(client.server, "raw/generate_archive", mode="download", prefixes=[fresh])
    assert unzipped(opened(url)) == {f"{fresh}.bin": content}


def test_what_cannot_be_finished_is_no_archive(client: Client, fresh: str) -> None:
    for name in ("a", "b"):
        content = photos.read("coffee.png") * 10 + name.encode()  # some MB
        ok(client.upload(content, name=name, resource_type="raw", public_id=f"{fresh}/{name}"))
    last = stored(client.server, f"{fresh}/b", resource_type="raw")
    next(client.server.data_dir.rglob(last.blob_key)).unlink()
    url = signed(client.server, "raw/generate_archive", mode="download", prefixes=[fresh])
    with pytest.raises(httpx.RemoteProtocolError):
        httpx.get(url)
    path = "raw/generate_archive"
    assert "deleted" in refused(client.post(path, prefixes=fresh, target_public_id=fresh), 404)
    assert refused(client.get(f"resources/raw/upload/{fresh}.zip"), 404)
    # Others look at this server for rows without bytes.
    ok(client.post("raw/destroy", public_id=f"{fresh}/b"))


def test_missing_assets_of_archives(client: Client, fresh: str) -> None:
    shelf(client, fresh)
    fields = {"public_ids[]": [f"{fresh}/a", f"{fresh}/z"], "target_public_id": fresh}
    path = "image/generate_archive"
    assert refused(client.post(path, **fields), 404) == f"Resource not found - {fresh}/z"
    body = ok(client.post(path, **fields, allow_missing="true", tags=f"{fresh}-none"))
    assert (body["resource_count"], body["missing_public_ids"]) == (1, [f"{fresh}/z"])
    assert body["empty_tags"] == [f"{fresh}-none"] and "empty_prefixes" not in body


@pytest.mark.parametrize(
    ("path", "fields", "expected"),
    [
        ("image", {}, "Missing required parameter"),
        ("images", {"tags": "a"}, "resource_type"),
        ("image", {"tags": "a", "target_format": "rar"}, "rar"),
        ("image", {"tags": "a", "mode": "keep"}, "keep"),
        ("image", {"tags": "a", "expires_at": "1"}, "expired"),
        ("image", {"tags": "a", "mode": "download", "async": "1"}, "async"),
        ("image", {"search_expression": "tags=a"}, "not supported"),
    ],
)
def test_archives_that_are_refused(
    client: Client, path: str, fields: dict[str, str], expected: str
) -> None:
    assert expected in refused(client.post(f"{path}/generate_archive", **fields))
