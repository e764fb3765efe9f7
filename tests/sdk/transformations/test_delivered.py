"""Every URL of every builder against a live server: status, format, size, pixels."""

from __future__ import annotations

import io
import itertools
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import cloudinary
import cloudinary.api
import httpx
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from tests import photos
from tests.coordinates import Layout, Pixels, faults, picture
from tests.live import Client, LiveServer
from tests.sdk.conftest import Sdk
from tests.sdk.transformations import case as cases_of
from tests.sdk.transformations.case import Case
from tests.sdk.transformations.catalogue import all_cases, built
from tests.sdk.transformations.expect import CUSTOM, FACES, RAMP
from tests.sdk.transformations.refusals import refused_part

CONTENT_TYPES = {
    "jpg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
    "avif": "image/avif",
    "gif": "image/gif",
    "bmp": "image/bmp",
    "tiff": "image/tiff",
    "ico": "image/x-icon",
    "jp2": "image/jp2",
    "pdf": "application/pdf",
    "svg": "image/svg+xml",
}
PILLOW_NAMES = {"jpg": "JPEG", "jp2": "JPEG2000"}
#: Where documents say how wide and high they are.
DOCUMENTS = {
    "pdf": re.compile(rb"/MediaBox \[ 0 0 (\d+)(?:\.0)? (\d+)(?:\.0)? \]"),
    "svg": re.compile(rb'<svg [^>]*width="(\d+)" height="(\d+)"'),
}
#: By how much the photo may differ on average where its content is to stay.
MOST_CHANGE = {"quality": 8, "format": 8, "delivery": 8, "adjust automatically": 60}


@dataclass(frozen=True)
class Stage:
    """A server with the sources, and the pixels of each as it delivers them."""

    server: LiveServer
    originals: dict[str, Pixels]

    @property
    def host(self) -> str:
        """Name and port."""
        return f"127.0.0.1:{self.server.port}"


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    settings = {"FETCH_ALLOW_NETWORKS": "127.0.0.0/8", "FETCH_HOSTS": "127.0.0.1"}
    server = LiveServer(tmp_path_factory.mktemp("transformations"), "", settings).start()
    with server.client() as client:
        originals = _upload(client)
    _name_transformations(server)
    yield Stage(server, originals)
    server.stop()


def _upload(client: Client) -> dict[str, Pixels]:
    ramp = photos.encode(picture(*RAMP), "PNG")
    logo = np.zeros((60, 90, 4), np.uint8)
    logo[:, :45] = cases_of.LOGO_INK
    margin = cases_of.MARGIN
    framed = Image.new("RGB", (120, 90), "white")
    framed.paste(photos.load("coffee.png", (120 - 2 * margin, 90 - 2 * margin)), (margin, margin))
    wheel = [photos.load("chelsea.png", (64, 48)).rotate(90 * turn) for turn in range(4)]
    files = {
        "ramp": ramp,
        "region": ramp,
        cases_of.PHOTO: photos.encode(photos.load("astronaut.png", (200, 200)), "JPEG", quality=95),
        "logo": photos.encode(Image.fromarray(logo), "PNG"),
        "framed": photos.encode(framed, "PNG"),
        "wheel": photos.animate(wheel, "GIF", duration=cases_of.WHEEL_DELAY, loop=0),
    }
    facts = {
        "face_coordinates": "|".join(",".join(map(str, box)) for box in FACES),
        "custom_coordinates": ",".join(map(str, CUSTOM)),
        "tags": "outdoor,holiday",
        "context": "caption=Ramp",
    }
    reply = client.upload(_table(), public_id="film/grade.3dl", resource_type="raw")
    assert reply.status_code == 200, reply.text
    originals = {}
    for public_id, data in files.items():
        reply = client.upload(data, public_id=public_id, **(facts if public_id == "region" else {}))
        assert reply.status_code == 200, f"{public_id}: {reply.text}"
        with Image.open(io.BytesIO(data)) as image:
            originals[public_id] = np.asarray(image.convert("RGBA"))
    return originals


def _table() -> bytes:
    """A table of colours that takes half of the red away."""
    colours = itertools.product((0, 512), (0, 1023), (0, 1023))
    rows = [(0, 1023), *colours]
    return "\n".join(" ".join(map(str, row)) for row in rows).encode()


def _name_transformations(server: LiveServer) -> None:
    cloudinary.reset_config()
    cloudinary.config(
        cloud_name="acme", api_key="111", api_secret="not-a-real-secret", upload_prefix=server.url
    )
    for name, options in cases_of.NAMED.items():
        cloudinary.api.create_transformation(name, options)
    cloudinary.reset_config()


@pytest.fixture(scope="module")
def delivered(
    stage: Stage, node: Sdk, tmp_path_factory: pytest.TempPathFactory
) -> list[tuple[Case, str, httpx.Response]]:
    """Every case with its URL and the server's answer."""
    cases = all_cases(f"http://{stage.host}/acme/image/upload/logo.png")
    urls, _ = built(cases, stage.host, node, tmp_path_factory.mktemp("calls"))
    with httpx.Client(timeout=60) as http, ThreadPoolExecutor(4) as pool:

        def fetched(pair: tuple[Case, str]) -> httpx.Response:
            case, url = pair
            return http.get(url, headers={"Accept": "*/*"} | dict(case.headers))

        replies = list(pool.map(fetched, zip(cases, urls, strict=True)))
    return list(zip(cases, urls, replies, strict=True))


def test_each_answers_the_picture_that_was_asked_for(
    stage: Stage, delivered: list[tuple[Case, str, httpx.Response]]
) -> None:
    wrong: dict[str, list[str]] = {}
    answered = 0
    for case, url, reply in delivered:
        if refused_part(url):
            continue
        answered += 1
        found = list(_problems(case, reply, stage.originals))
        if found:
            path = url.removeprefix(f"http://{stage.host}/acme/image/")
            wrong.setdefault(case.kind, []).append(f"{path}  [{case}]\n      " + "; ".join(found))
    count = sum(map(len, wrong.values()))
    report = [
        f"{kind}: {len(lines)} wrong\n    " + "\n    ".join(lines) for kind, lines in wrong.items()
    ]
    assert not wrong, f"\n{count} of {answered} wrong\n" + "\n".join(report)


def test_what_is_refused_says_so(delivered: list[tuple[Case, str, httpx.Response]]) -> None:
    wrong = []
    for _, url, reply in delivered:
        part = refused_part(url)
        if not part:
            continue
        said = reply.headers.get("X-Cld-Error", "")
        if reply.status_code != 400 or part.partition("_")[2] not in said:
            wrong.append(f"{url}: {reply.status_code}, {said!r} does not name {part}")
    assert not wrong, "\n" + "\n".join(wrong)


def _problems(case: Case, reply: httpx.Response, originals: dict[str, Pixels]) -> Iterator[str]:
    if reply.status_code != 200:
        yield f"{reply.status_code} {reply.headers.get('X-Cld-Error', reply.text[:200])}"
        return
    for name, value in case.answers.items():
        if value not in reply.headers.get(name, ""):
            yield f"{name} is {reply.headers.get(name)!r}, which does not contain {value}"
    if case.info:
        yield from _wrong_info(case, reply)
        return
    if reply.headers["content-type"] != CONTENT_TYPES[case.format]:
        yield f"it is {reply.headers['content-type']}, not {case.format}"
    if case.format in DOCUMENTS:
        size = DOCUMENTS[case.format].search(reply.content)
        if size is None or (int(size[1]), int(size[2])) != case.shape.size:
            yield f"it is {size and size.groups()}, not {case.shape.size}"
        return
    with Image.open(io.BytesIO(reply.content)) as image:
        written = PILLOW_NAMES.get(case.format, case.format.upper())
        if image.format != written:
            yield f"its bytes are {image.format}, not {written}"
        pages = getattr(image, "n_frames", 1)
        if case.pages is not None and pages != case.pages:
            yield f"it has {pages} frames, not {case.pages}"
        if case.delay is not None and image.info.get("duration") != case.delay:
            yield f"a frame lasts {image.info.get('duration')} ms, not {case.delay}"
        pixels = np.asarray(image.convert("RGBA"))
    yield from _wrong_pixels(case, pixels, originals)


def _wrong_info(case: Case, reply: httpx.Response) -> Iterator[str]:
    output = reply.json()["output"]
    if (output["width"], output["height"]) != case.shape.size:
        yield f"it tells of {output}, not of {case.shape.size}"


def _wrong_pixels(case: Case, pixels: Pixels, originals: dict[str, Pixels]) -> Iterator[str]:
    height, width = pixels.shape[:2]
    shape = case.shape
    if not shape.loose:
        layout = shape.layout
        off = (width - layout.width, height - layout.height)
        if any(off) and max(map(abs, off)) <= shape.tolerance:
            layout = _shifted(layout, *off)
        yield from list(faults(pixels, layout, RAMP, slack=case.slack))[:3]
    original = originals.get(case.source)
    if original is not None and original.shape == pixels.shape:
        yield from _wrong_change(case, np.abs(_seen(pixels) - _seen(original)))


def _wrong_change(case: Case, change: NDArray[np.float64]) -> Iterator[str]:
    """What is wrong with how much a result of the source's size differs from the source."""
    mean = change.mean()
    # Encoding a photo anew changes it by about 1 of 255; what is lossless stays as it is.
    lossy = case.source == cases_of.PHOTO
    noticed = mean > 1.5 if lossy else np.count_nonzero(change.max(axis=2) > 16) >= 20
    if case.shape.changed and not noticed:
        yield f"it looks as without the transformation (mean difference {mean:.2f})"
    if lossy and not case.shape.changed and mean > MOST_CHANGE[case.kind]:
        yield f"it looks otherwise than the source (mean difference {mean:.1f})"


def _shifted(layout: Layout, across: int, down: int) -> Layout:
    """A layout on a canvas that is some pixels larger or smaller around the same centre."""
    return Layout(
        layout.width + across,
        layout.height + down,
        lambda x, y: layout.at(x - across / 2, y - down / 2),
        layout.grain,
        layout.anchored,
    )


def _seen(pixels: Pixels) -> NDArray[np.float64]:
    """Colours times opacity, and opacity: what is invisible does not count."""
    values = pixels.astype(float)
    values[:, :, :3] *= values[:, :, 3:] / 255
    return values
