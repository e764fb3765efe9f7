"""Pages of the front-end packages show their images from the service, in headless Chromium."""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import numpy as np
import pytest
from PIL import Image

from tests import photos
from tests.browser import chromium
from tests.live import LiveServer
from tests.sdk.conftest import Sdk, run
from tests.sdk.page_server import QuietHandler, serving

FRONTENDS = Path(__file__).parent / "frontends"
WINDOW = (900, 1000)
#: What Chromium accepts, so that `f_auto` is the same picture.
ACCEPT = {"Accept": "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"}
#: Mean difference of a channel's values that scaling in the browser may cause.
TOLERANCE = 4.0

#: Each image of a page with its natural size; ``None`` for one that must not be loaded.
EXPECTED: Mapping[str, Mapping[str, tuple[int, int] | None]] = {
    "react": {
        "fill": (150, 100),
        "thumbnail": (90, 90),
        "turned": (80, 120),
        "overlay": (140, 140),
        "responsive": (200, 133),
        "steps": (180, 120),
        "lazy": (110, 80),
        "blur": (100, 70),
        "pixelate": (101, 70),
        "predominant": (102, 70),
        "vectorize": (103, 70),
        "dark": (104, 70),
        "mono": (105, 70),
        "together": (200, 133),
        "below": None,
    },
    "core": {
        "fill": (150, 100),
        "chain": (200, 140),
        "effect": (120, 80),
        "text": (160, 90),
        "responsive": (200, 133),
        "dense": (180, 120),
    },
}


@dataclass(frozen=True)
class Page:
    """A page of a package in the browser.

    Attributes:
        report: what it told of its images and requests.
        picture: of its upper part.
    """

    name: str
    report: Mapping[str, Any]
    picture: Image.Image

    def image(self, name: str) -> Mapping[str, Any]:
        """What it told of one image."""
        return next(image for image in self.report["images"] if image["name"] == name)


@pytest.fixture(scope="module", params=list(EXPECTED))
def page(
    request: pytest.FixtureRequest,
    sqlite_server: LiveServer,
    browser: str,
    node: Sdk,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Page]:
    """A bundled page, opened twice: for its report and for its picture."""
    name: str = request.param
    _upload(sqlite_server)
    site = tmp_path_factory.mktemp(f"site-{name}")
    shutil.copy(FRONTENDS / "index.html", site)
    script, bundle = FRONTENDS / f"{name}.js", site / "bundle.js"
    command = [*node.command, str(FRONTENDS / "bundle.js"), str(script), str(bundle)]
    run(command, site, dict(node.environment))
    query = {"host": f"127.0.0.1:{sqlite_server.port}"}
    report = chromium.report_of(browser, site, tmp_path_factory.mktemp("profile"), query)
    assert "failure" not in report, report
    file = site / "page.png"
    with serving(_Deaf, site) as port:
        url = f"http://localhost:{port}/?{urlencode(query)}"
        chromium.screenshot_of(browser, url, file, tmp_path_factory.mktemp("profile"), WINDOW)
    with Image.open(file) as picture:
        yield Page(name, report, picture.convert("RGB"))


class _Deaf(QuietHandler):
    """Serves a page and listens to no report."""

    def do_POST(self) -> None:  # noqa: N802  # the base class calls it by this name
        """Take it and forget it."""
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(204)
        self.end_headers()


def _upload(server: LiveServer) -> None:
    photo = photos.encode(photos.load("coffee.png", (300, 200)), "JPEG", quality=95)
    logo = photos.encode(Image.new("RGB", (120, 60), (255, 0, 255)), "PNG")
    with server.client() as client:
        for public_id, data in (("page/photo", photo), ("page/logo", logo)):
            reply = client.upload(data, public_id=public_id)
            assert reply.status_code == 200, reply.text


def test_every_image_has_the_size_that_was_asked_for(page: Page) -> None:
    natural = {image["name"]: tuple(image["natural"]) for image in page.report["images"]}
    expected = {name: size or (0, 0) for name, size in EXPECTED[page.name].items()}
    assert natural == expected, page.report["requests"]


def test_every_image_that_it_asked_for_is_there(page: Page) -> None:
    urls = page.report["requests"]
    assert len(urls) >= len([size for size in EXPECTED[page.name].values() if size])
    wrong = [url for url in urls if httpx.get(url, headers=ACCEPT).status_code != 200]
    assert not wrong


def test_the_page_looks_like_what_the_service_delivers(page: Page) -> None:
    assert page.picture.size == WINDOW and page.report["ratio"] == 1
    wrong = []
    for image in page.report["images"]:
        left, top, width, height = (round(edge) for edge in image["box"])
        if EXPECTED[page.name][image["name"]] is None:
            continue
        reply = httpx.get(image["src"], headers=ACCEPT)
        with Image.open(io.BytesIO(reply.content)) as delivered:
            backdrop = Image.new("RGBA", delivered.size, (240, 240, 240, 255))
            backdrop.alpha_composite(delivered.convert("RGBA"))
        wanted = backdrop.convert("RGB").resize((width, height))
        shown = page.picture.crop((left, top, left + width, top + height))
        pixels = [np.asarray(picture, np.float64) for picture in (wanted, shown)]
        difference = np.abs(pixels[0] - pixels[1]).mean()
        if difference > TOLERANCE or pixels[0].std() < 10:
            wrong.append(f"{image['name']} differs by {difference:.1f}: {image['src']}")
    assert not wrong, "\n" + "\n".join(wrong)
    if page.name == "react":
        left, top = (round(edge) for edge in page.image("overlay")["box"][:2])
        inside, outside = (page.picture.getpixel((left + x, top + 15)) for x in (30, 75))
        assert inside == (255, 0, 255) != outside, "the logo lies in the upper left"
