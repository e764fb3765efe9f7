"""A page of another origin uploads without credentials, in headless Chromium."""

from __future__ import annotations

import shutil
import uuid
from pathlib import Path

import pytest
from PIL import Image

from tests.browser import chromium
from tests.live import LiveServer
from tests.sdk.checks import check_tags, check_upload

PAGE = Path(__file__).parent / "page"


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory, flower: bytes) -> Path:
    """The page with its two photos."""
    directory = tmp_path_factory.mktemp("site")
    shutil.copytree(PAGE, directory, dirs_exist_ok=True)
    photo = directory / "turtles.jpg"
    photo.write_bytes(flower)
    with Image.open(photo) as image:
        image.resize((2000, 1800)).save(directory / "large.bmp")
    return directory


def test_a_page_uploads_unsigned(
    server: LiveServer, browser: str, site: Path, tmp_path: Path
) -> None:
    preset = f"page-{uuid.uuid4().hex[:8]}"
    with server.client() as client:
        made = client.post(
            "upload_presets",
            name=preset,
            unsigned="true",
            categorization="imagga_tagging",
            auto_tagging="0.4",
        )
        assert made.status_code == 200, made.text
    photo, large_photo = ((site / name).read_bytes() for name in ("turtles.jpg", "large.bmp"))
    with Image.open(site / "turtles.jpg") as image:
        size = image.size

    report = chromium.report_of(
        browser, site, tmp_path / "profile", {"api": server.api, "preset": preset}
    )

    assert "failure" not in report, report
    assert report["origin"].startswith("http://localhost:")
    whole, shown = report["whole"]["result"], report["whole"]["shown"]
    check_upload(whole, photo)
    check_tags(whole, 0.4, own=["browser"])
    assert shown["tags"] == whole["tags"]
    assert (shown["width"], shown["height"]) == size
    assert all(tag in report["text"] for tag in whole["tags"])

    first, last = report["chunked"]["answers"]
    shown = report["chunked"]["shown"]
    assert (first["done"], first["bytes"]) == (False, 6_000_000)
    assert last["done"] is True
    assert last["public_id"] == first["public_id"]
    check_upload(last, large_photo)
    check_tags(last, 0.4, own=["browser"])
    assert shown == {"tags": last["tags"], "width": 2000, "height": 1800}

    refusal = report["refusal"]
    assert (refusal["status"], refusal["message"]) == (400, "Upload preset not found")
    assert refusal["header"] == refusal["message"]
    assert refusal["requestId"]
    assert refusal["message"] in report["text"]
