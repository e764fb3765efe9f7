"""Applications written with the Python and the Node SDK, against a live server."""

from __future__ import annotations

from pathlib import Path

import httpx

from tests import photos
from tests.live import LiveServer
from tests.sdk.checks import at_least, categories, check_delivered, check_tags, check_upload
from tests.sdk.conftest import Sdk, every_sdk


@every_sdk
def test_the_examples_of_the_add_on(sdk: Sdk, server: LiveServer, workplace: Path) -> None:
    photo = (workplace / "turtles.jpg").read_bytes()

    done = sdk.run("tagging", server, workplace)

    categorized, auto_tagged = done["categorized"], done["auto_tagged"]
    check_upload(categorized, photo)
    assert categorized["public_id"] == "sample"
    assert categorized["original_filename"] == "turtles"
    assert categorized["tags"] == []  # without a threshold nothing becomes a tag
    check_upload(auto_tagged, photo)
    assert auto_tagged["overwritten"] is True
    assert auto_tagged["asset_id"] == categorized["asset_id"]
    check_tags(auto_tagged, 0.4)
    assert auto_tagged["tags"] == at_least(auto_tagged, 0.4)  # the surest first
    assert categories(auto_tagged) == categories(categorized)

    updated, read = done["updated"], done["read"]
    assert done["plain"]["tags"] == ["zoo"]
    assert "info" not in done["plain"]
    check_tags(updated, 0.5, own=["zoo"])
    assert updated["tags"] == sorted(updated["tags"])
    assert categories(updated) == categories(categorized)
    check_delivered(updated, photo)
    check_tags(read, 0.5, own=["zoo"])
    assert read["info"] == updated["info"]
    assert read["tags"] == updated["tags"]
    check_delivered(read, photo)


@every_sdk
def test_a_library_of_assets(sdk: Sdk, server: LiveServer, workplace: Path, fresh: str) -> None:
    photo = (workplace / "turtles.jpg").read_bytes()
    first, second, third = (f"{fresh}/{name}" for name in ("a b", "é", "plain"))
    tag = f"{fresh}-tag"

    done = sdk.run("library", server, workplace, fresh)

    assert done["ping"]["status"] == "ok"
    allowed, remaining = (int(value) for value in done["rate"])
    assert 0 < remaining < allowed
    for name, public_id in (("first", first), ("second", second), ("third", third)):
        check_upload(done[name], photo)
        assert done[name]["public_id"] == public_id
    assert done["first"]["tags"] == ["b", "a"]
    assert done["first"]["context"] == {"custom": {"alt": "x=1|y", "by": "me"}}
    assert done["third"]["original_filename"] == "clé"

    assert sorted(done["added"]["public_ids"]) == [first, second]
    assert done["removed"]["public_ids"] == [first]
    assert done["replaced"]["public_ids"] == [second]
    assert done["context_added"]["public_ids"] == [first]
    assert done["cleared"]["public_ids"] == [third]
    check_tags(done["explicit"], 0.4, own=["own"])

    tagged = {item["public_id"]: item for item in done["by_tag"]["resources"]}
    assert set(tagged) == {first, second}
    assert sorted(tagged[first]["tags"]) == sorted(["a", tag])
    assert tagged[first]["context"] == {"custom": {"alt": "x=1|y", "by": "you"}}
    assert sorted(tagged[second]["tags"]) == sorted(["only", tag])
    assert done["tags"]["tags"] == [tag]
    by_prefix = [item["public_id"] for item in done["by_prefix"]["resources"]]
    assert by_prefix == [first, third, second]  # "é" sorts after every ASCII letter
    pages = [*done["page_1"]["resources"], *done["page_2"]["resources"]]
    assert [item["public_id"] for item in pages] == by_prefix
    assert "next_cursor" not in done["page_2"]
    assert {item["public_id"] for item in done["by_ids"]["resources"]} == {first, third}
    assert [item["public_id"] for item in done["by_asset_ids"]["resources"]] == [second]
    assert done["by_asset_id"]["public_id"] == first
    assert done["read_first"]["asset_id"] == done["first"]["asset_id"]
    assert sorted(done["read_first"]["tags"]) == sorted(["a", tag])
    check_tags(done["read_third"], 0.4, own=["own"])

    deleted = sdk.run("deletion", server, workplace, fresh)
    assert deleted["destroyed"]["result"] == "ok"
    assert deleted["destroyed_again"]["result"] == "not found"
    assert deleted["left"]["resources"] == []
    assert deleted["deleted"]["deleted"] == {
        first: "deleted",
        second: "deleted",
        f"{fresh}/none": "not_found",
    }
    for asset in ("first", "second", "third"):
        assert httpx.get(done[asset]["url"]).status_code == 404


@every_sdk
def test_urls_that_sdks_build_themselves(sdk: Sdk, server: LiveServer, workplace: Path) -> None:
    photo = (workplace / "turtles.jpg").read_bytes()
    with server.client() as client:
        assert client.upload(photo, public_id="sample").status_code == 200

    url = sdk.run("urls", server, workplace, "http")["url"]

    assert url.startswith(f"{server.url}/")
    assert httpx.get(url).content == photo


def test_refusals_reach_the_application(
    sdk: Sdk, server: LiveServer, workplace: Path, fresh: str
) -> None:
    done = sdk.run("refusals", server, workplace, fresh)

    python = sdk.name == "python"
    bad, denied, missing = (
        ("BadRequest", "AuthorizationRequired", "NotFound") if python else (400, 401, 404)
    )
    expected = {
        "missing": (missing, f"Resource not found - {fresh}"),
        "bad_addon": (bad, "Categorization item no_such_addon is not valid"),
        "bad_update": (bad, "Illegal value"),
        "bad_signature": (denied, "Invalid Signature "),
        "bad_secret": (denied, "api_secret mismatch"),
        "bad_preset": (bad, "Upload preset not found"),
    }
    for call, (kind, message) in expected.items():
        assert done[call]["kind"] == kind, call
        assert message in done[call]["message"], call
    if python:
        error = done["returned_error"]["error"]
        assert error["http_code"] == 404
        assert error["message"].startswith("Resource not found")


@every_sdk
def test_upload_presets(sdk: Sdk, server: LiveServer, workplace: Path, fresh: str) -> None:
    photo = (workplace / "turtles.jpg").read_bytes()

    done = sdk.run("presets", server, workplace, fresh)

    assert (done["created"]["message"], done["created"]["name"]) == ("created", fresh)
    assert done["read"]["name"] == fresh
    assert done["read"]["unsigned"] is True
    assert done["read"]["settings"]["categorization"] == "imagga_tagging"
    assert float(done["read"]["settings"]["auto_tagging"]) == 0.4
    assert fresh in [preset["name"] for preset in done["listed"]["presets"]]

    unsigned, signed = done["unsigned"], done["signed"]
    check_upload(unsigned, photo)
    assert "api_key" not in unsigned
    check_tags(unsigned, 0.4, own=["preset", "mine"])
    assert done["updated"]["message"] == "updated"
    assert done["reread"]["unsigned"] is False
    assert float(done["reread"]["settings"]["auto_tagging"]) == 0.5
    check_upload(signed, photo)
    check_tags(signed, 0.5, own=["preset"])
    assert done["deleted"]["message"] == "deleted"


def test_faces_and_a_closer_look(sdk: Sdk, server: LiveServer, workplace: Path, fresh: str) -> None:
    photo = photos.read("astronaut.png")
    (workplace / "astronaut.png").write_bytes(photo)

    done = sdk.run("faces", server, workplace, fresh)

    uploaded = done["uploaded"]
    check_upload(uploaded, photo)
    ((left, top, width, height),) = uploaded["faces"]
    # The astronaut's face, from the hairline to the chin.
    assert left >= 165 and left + width <= 280 and top >= 50 and top + height <= 190
    assert width > 60 and height > 60
    for name in ("read", "explicit"):
        assert done[name]["faces"] == uploaded["faces"], name
    assert "faces" not in done["read_without"] and "faces" not in done["plain"]
    assert done["none"]["faces"] == []
    assert categories(done["closer"]) != categories(uploaded)
    if sdk.name == "python":
        assert categories(done["closer_update"]) == categories(done["closer"])


@every_sdk
def test_uploads_in_chunks(sdk: Sdk, server: LiveServer, large_files: Path) -> None:
    anything = (large_files / "large.bin").read_bytes()
    large_photo = (large_files / "large.bmp").read_bytes()
    photo = (large_files / "turtles.jpg").read_bytes()

    done = sdk.run("chunks", server, large_files)

    raw, image, one_chunk = done["raw"], done["image"], done["one_chunk"]
    assert all(result["done"] is True for result in (raw, image, one_chunk))
    check_upload(raw, anything)
    assert (raw["resource_type"], "width" in raw, "format" in raw) == ("raw", False, False)
    check_upload(image, large_photo)
    assert (image["width"], image["height"], image["format"]) == (2000, 1800, "bmp")
    check_tags(image, 0.4)
    check_upload(one_chunk, photo)
