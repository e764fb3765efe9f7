"""Each function of the uploader as a command: ``cld uploader <function> …``."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import tarfile
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from tests.live import LiveServer
from tests.sdk.checks import check_upload
from tests.sdk.conftest import EXAMPLES, client_environment

#: What takes or gives objects of Python that a command line has no words for.
NOT_COMMANDS = ("call_cacheable_api", "upload_large_part")


@dataclass
class Cld:
    """A process in which ``cld`` runs."""

    process: subprocess.Popen[str]

    def answer(self, *arguments: str) -> dict[str, Any]:
        """Run the command; its status, what it printed, and its errors."""
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(json.dumps(arguments) + "\n")
        self.process.stdin.flush()
        return dict(json.loads(self.process.stdout.readline()))

    def __call__(self, *arguments: str) -> Any:
        """Run ``cld uploader``, which has to succeed; the JSON that it printed."""
        answer = self.answer("uploader", *arguments)
        assert answer["status"] == 0 and not answer["errors"], answer
        return json.loads(answer["printed"])

    def refused(self, *arguments: str) -> str:
        """Run ``cld uploader``, which has to fail; the error."""
        answer = self.answer("uploader", *arguments)
        assert answer["status"] == 1 and answer["printed"] == "", answer
        return str(answer["errors"])

    def stored(self, public_id: str, *options: str) -> Any:
        """An asset as ``cld admin`` shows it."""
        answer = self.answer("admin", "resource", public_id, *options)
        assert answer["status"] == 0, answer
        return json.loads(answer["printed"])

    def two(self, name: str, *options: str) -> list[str]:
        """Upload the photo twice; both public ids."""
        names = [f"{name}/1", f"{name}/2"]
        for one in names:
            self("upload", "turtles.jpg", f"public_id={one}", *options)
        return names


@pytest.fixture(scope="session")
def cld(server: LiveServer, files: Path) -> Iterator[Cld]:
    process = subprocess.Popen(
        [sys.executable, str(EXAMPLES / "cld_session.py")],
        cwd=files,
        # Its configuration file is looked for in the home directory.
        env=client_environment(server) | {"HOME": str(files)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    with process:
        yield Cld(process)
        assert process.stdin
        process.stdin.close()


@pytest.fixture
def photo(files: Path) -> bytes:
    return (files / "turtles.jpg").read_bytes()


def picture(url: str) -> Image.Image:
    reply = httpx.get(url)
    assert reply.status_code == 200, url
    return Image.open(io.BytesIO(reply.content))


def test_upload(cld: Cld, fresh: str, photo: bytes) -> None:
    eager = '[{"width": 100, "crop": "scale"}]'
    made = cld("upload", "turtles.jpg", f"public_id={fresh}", "tags=b,a", f"eager={eager}")
    check_upload(made, photo)
    assert (made["public_id"], made["resource_type"]) == (fresh, "image")  # told from ``auto``
    assert picture(made["eager"][0]["url"]).width == 100
    assert cld.stored(fresh)["tags"] == ["a", "b"]
    assert "Image file format jpg not allowed" in cld.refused(
        "upload", "turtles.jpg", "allowed_formats=png"
    )


def test_unsigned_upload(cld: Cld, fresh: str, photo: bytes) -> None:
    with_name = ("create_upload_preset", f"name={fresh}", "unsigned=true", "tags=preset")
    assert cld.answer("admin", *with_name)["status"] == 0
    made = cld("unsigned_upload", "turtles.jpg", fresh, "tags=mine")
    check_upload(made, photo)
    assert sorted(made["tags"]) == ["mine", "preset"] and "api_key" not in made
    assert cld.answer("admin", "delete_upload_preset", fresh)["status"] == 0


def test_upload_image(cld: Cld, fresh: str, photo: bytes) -> None:
    _check_unprintable(cld, "upload_image", fresh, photo)


def test_upload_resource(cld: Cld, fresh: str, photo: bytes) -> None:
    _check_unprintable(cld, "upload_resource", fresh, photo)


def _check_unprintable(cld: Cld, method: str, fresh: str, photo: bytes) -> None:
    """It uploads; what it returns then is nothing that ``cld`` can print."""
    assert "not JSON serializable" in cld.refused(method, "turtles.jpg", f"public_id={fresh}")
    assert cld.stored(fresh)["bytes"] == len(photo)


def test_upload_large(cld: Cld, fresh: str, files: Path) -> None:
    options = ("chunk_size=5243000", "resource_type=image", f"public_id={fresh}")
    made = cld("upload_large", "large.bmp", *options)
    check_upload(made, (files / "large.bmp").read_bytes())
    assert made["done"] is True and made["width"] == 1400


def test_call_api(cld: Cld, fresh: str) -> None:
    cld("upload", "turtles.jpg", f"public_id={fresh}")
    fields = {"public_id": fresh, "timestamp": int(time.time())}
    assert cld("call_api", "destroy", json.dumps(fields))["result"] == "ok"


def test_explicit(cld: Cld, fresh: str) -> None:
    cld("upload", "turtles.jpg", f"public_id={fresh}", "tags=old")
    changed = cld("explicit", fresh, "type=upload", "tags=a,b", "context=alt=x")
    assert sorted(changed["tags"]) == cld.stored(fresh)["tags"] == ["a", "b"]
    assert cld.stored(fresh, "context=true")["context"] == {"custom": {"alt": "x"}}
    error = cld.refused("explicit", f"{fresh}-none", "type=upload")
    assert f"Resource not found - {fresh}-none" in error


def test_rename(cld: Cld, fresh: str) -> None:
    """CONTRACT J7."""
    first, second = cld.two(fresh)
    assert cld("rename", first, f"{fresh}/3")["public_id"] == f"{fresh}/3"
    assert "already exists" in cld.refused("rename", f"{fresh}/3", second)
    taken = cld("rename", f"{fresh}/3", second, "overwrite=true")
    assert cld.stored(second)["asset_id"] == taken["asset_id"]
    moved = cld("rename", second, f"{fresh}/4", "to_type=private")
    assert cld.stored(f"{fresh}/4", "type=private")["asset_id"] == moved["asset_id"]


def test_destroy(cld: Cld, fresh: str) -> None:
    cld("upload", "turtles.jpg", f"public_id={fresh}")
    assert cld("destroy", fresh, "invalidate=true")["result"] == "ok"
    assert cld("destroy", fresh)["result"] == "not found"


def test_add_tag(cld: Cld, fresh: str) -> None:
    """CONTRACT J6."""
    names = cld.two(fresh)
    assert cld("add_tag", "b,a", *names)["public_ids"] == names
    assert [cld.stored(name)["tags"] for name in names] == [["a", "b"]] * 2
    assert cld("add_tag", fresh, names[0])["public_ids"] == names[:1]
    assert cld("add_tag", fresh, names[1], "exclusive=true")["public_ids"] == names[1:]
    assert [cld.stored(name)["tags"] for name in names] == [["a", "b"], ["a", "b", fresh]]


def test_remove_tag(cld: Cld, fresh: str) -> None:
    """CONTRACT J6."""
    names = cld.two(fresh, "tags=a,b,c")
    assert cld("remove_tag", "a,c", names[0])["public_ids"] == names[:1]
    assert [cld.stored(name)["tags"] for name in names] == [["b"], ["a", "b", "c"]]


def test_replace_tag(cld: Cld, fresh: str) -> None:
    """CONTRACT J6."""
    names = cld.two(fresh, "tags=a,b")
    assert cld("replace_tag", "z", *names)["public_ids"] == names
    assert [cld.stored(name)["tags"] for name in names] == [["z"], ["z"]]


def test_remove_all_tags(cld: Cld, fresh: str) -> None:
    """CONTRACT J6."""
    names = cld.two(fresh, "tags=a,b")
    assert cld("remove_all_tags", ",".join(names))["public_ids"] == names
    assert not any("tags" in cld.stored(name) for name in names)


def test_add_context(cld: Cld, fresh: str) -> None:
    names = cld.two(fresh, "context=alt=old")
    assert cld("add_context", '{"alt": "a|b=c", "by": "me"}', names[0])["public_ids"] == names[:1]
    stored = [cld.stored(name, "context=true")["context"]["custom"] for name in names]
    assert stored == [{"alt": "a|b=c", "by": "me"}, {"alt": "old"}]


def test_remove_all_context(cld: Cld, fresh: str) -> None:
    names = cld.two(fresh, "context=alt=old")
    assert cld("remove_all_context", names[0])["public_ids"] == names[:1]
    assert ["context" in cld.stored(name, "context=true") for name in names] == [False, True]


def test_update_metadata(cld: Cld, fresh: str) -> None:
    """CONTRACT J9."""
    field = {"external_id": fresh, "label": fresh, "type": "string"}
    assert cld.answer("admin", "add_metadata_field", json.dumps(field))["status"] == 0
    names = cld.two(f"{fresh}/m")
    assert cld("update_metadata", json.dumps({fresh: "v"}), *names)["public_ids"] == names
    assert [cld.stored(name)["metadata"] for name in names] == [{fresh: "v"}] * 2
    assert cld.answer("admin", "delete_metadata_field", fresh)["status"] == 0


def test_call_tags_api(cld: Cld, fresh: str) -> None:
    names = cld.two(fresh)
    assert cld("call_tags_api", "x", "add", *names)["public_ids"] == names
    assert cld.stored(names[1])["tags"] == ["x"]


def test_call_context_api(cld: Cld, fresh: str) -> None:
    names = cld.two(fresh)
    assert cld("call_context_api", "k=v", "add", *names)["public_ids"] == names
    assert cld.stored(names[1], "context=true")["context"] == {"custom": {"k": "v"}}


def test_text(cld: Cld, fresh: str) -> None:
    made = cld("text", "Hello", f"public_id={fresh}", "font_family=Arial", "font_size=40")
    assert (made["type"], made["format"]) == ("text", "png")
    assert picture(made["url"]).size == (made["width"], made["height"])


def test_generate_sprite(cld: Cld, fresh: str) -> None:
    """CONTRACT J15."""
    cld.two(fresh, f"tags={fresh}")
    made = cld("generate_sprite", f"tag={fresh}", "width=30", "crop=scale")
    assert "c_scale,w_30" in made["css_url"] and len(made["image_infos"]) == 2
    assert picture(made["image_url"]).width >= 30


def test_download_generated_sprite(cld: Cld, fresh: str) -> None:
    cld.two(fresh, f"tags={fresh}")
    assert picture(cld("download_generated_sprite", f"tag={fresh}")).height > 427


def test_multi(cld: Cld, fresh: str) -> None:
    """CONTRACT J15."""
    cld.two(fresh, f"tags={fresh}")
    made = cld("multi", f"tag={fresh}", "width=30", "crop=scale")
    assert made["url"].endswith(".gif") and "w_30" in made["url"]
    assert (picture(made["url"]).format, picture(made["url"]).width) == ("GIF", 30)


def test_download_multi(cld: Cld, fresh: str) -> None:
    cld.two(fresh, f"tags={fresh}")
    assert picture(cld("download_multi", f"tag={fresh}")).format == "GIF"


def test_explode(cld: Cld, fresh: str) -> None:
    cld("upload", "pages.tif", f"public_id={fresh}")
    assert cld("explode", fresh, "page=all", "format=png")["status"] == "processing"
    until = time.monotonic() + 20
    while len(cld.stored(fresh)["derived"]) < 2 and time.monotonic() < until:
        time.sleep(0.1)
    pages = sorted(item["transformation"] for item in cld.stored(fresh)["derived"])
    assert pages == ["pg_1", "pg_2"]


def test_create_archive(cld: Cld, fresh: str) -> None:
    cld.two(fresh, f"tags={fresh}")
    made = cld("create_archive", f"tags={fresh}", "target_format=tgz")
    assert made["file_count"] == 2
    content = io.BytesIO(httpx.get(made["url"]).content)
    with tarfile.open(fileobj=content, mode="r:gz") as archive:
        assert len([member for member in archive if member.isfile()]) == 2


def test_create_zip(cld: Cld, fresh: str) -> None:
    cld.two(fresh, f"tags={fresh}")
    made = cld("create_zip", f"tags={fresh}")
    with zipfile.ZipFile(io.BytesIO(httpx.get(made["url"]).content)) as archive:
        assert len(archive.namelist()) == 2


def test_create_slideshow(cld: Cld, fresh: str) -> None:
    manifest = f'manifest_json={{"vars": {{"slides": [{{"media": "i:{fresh}"}}]}}}}'
    assert "create_slideshow is not supported" in cld.refused("create_slideshow", manifest)
