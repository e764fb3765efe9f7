"""Delivery URLs whose form and signature the SDKs fixed, against a live server."""

from __future__ import annotations

import io
import json
import string
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import cloudinary
import cloudinary.auth_token
import httpx
import pytest
from cloudinary.utils import cloudinary_url
from PIL import Image

from tests import photos
from tests.live import CLOUD, SECRET, LiveServer
from tests.sdk.page_server import serve_directory

VECTORS: Mapping[str, Any] = json.loads(
    (Path(__file__).parents[1] / "data" / "signature_vectors.json").read_text()
)
URLS = {vector["call"]: vector["url"] for vector in VECTORS["urls"]}
TOKEN_KEY = "00112233FF99"
#: The host of the cloud alone, whose URLs leave the cloud out.
OWN_HOST = "acme-res.cloudinary.com"
SIZE = (90, 60)

Ask = Callable[..., httpx.Response]


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    settings = {
        "TOKEN_KEY": TOKEN_KEY,
        "CDN_HOSTS": f"{OWN_HOST}={CLOUD}",
        "FETCH_ALLOW_NETWORKS": "127.0.0.0/8",
        "FETCH_HOSTS": "127.0.0.1",
    }
    server = LiveServer(tmp_path_factory.mktemp("vectors"), "", settings).start()
    photo = photos.encode(photos.load("coffee.png", SIZE), "JPEG", quality=95)
    with server.client() as client:
        for public_id in ("cats/tabby", "cats/tabbz", "tabby", "katze ß"):
            for delivery_type in ("upload", "authenticated", "private"):
                reply = client.upload(photo, public_id=public_id, type=delivery_type)
                assert reply.status_code == 200, reply.text
        raw = client.upload(b"%PDF-1.4", resource_type="raw", public_id="doc.pdf", name="doc.pdf")
        assert raw.status_code == 200, raw.text
    yield server
    server.stop()


@pytest.fixture(scope="module")
def ask(live: LiveServer) -> Iterator[Ask]:
    """Asks the server for a URL as if it were the URL's host."""
    with httpx.Client(timeout=30) as http:

        def get(url: str, **headers: str) -> httpx.Response:
            parts = urlsplit(url)
            path = url[url.index(parts.netloc) + len(parts.netloc) :]
            return http.get(live.url + path, headers={"Host": parts.netloc} | headers)

        yield get


def _picture(reply: httpx.Response) -> tuple[str | None, tuple[int, int]]:
    assert reply.status_code == 200, f"{reply.url}: {reply.status_code} {reply.text}"
    with Image.open(io.BytesIO(reply.content)) as image:
        return image.format, image.size


def _changed(text: str, at: int) -> str:
    """The text with another character of the same kind at one place."""
    for kind in (string.digits, string.ascii_lowercase, string.ascii_uppercase):
        if text[at] in kind:
            other = kind[(kind.index(text[at]) + 1) % len(kind)]
            return text[:at] + other + text[at + 1 :]
    return text[:at] + "x" + text[at + 1 :]


def _built(public_id: str, **options: Any) -> str:
    """A URL of the SDK."""
    cloudinary.reset_config()
    cloudinary.config(cloud_name=CLOUD, api_key="111", api_secret=SECRET, secure=True)
    try:
        return str(cloudinary_url(public_id, **options)[0])
    finally:
        cloudinary.reset_config()


PLAIN = [
    "default",
    "secure_distribution=media.example:8443",
    "secure_distribution + private_cdn",
    "cname http",
    "cname http + private_cdn",
    "url_suffix private_cdn",
    "use_root_path",
    "shorten",
    "cdn_subdomain",
    "cloud_name starting with slash",
    "authenticated signed",
]
RESIZED = [
    "secure,w=100,h=80,crop=fill,gravity=face",
    "sign_url short sha1",
    "sign_url long sha256",
]
SIGNED = ["sign_url short sha1", "sign_url long sha256", "authenticated signed"]


def test_every_vector_is_tried() -> None:
    assert set(URLS) == {*PLAIN, *RESIZED, "raw suffix", "fetch", "unicode"}


@pytest.mark.parametrize("call", PLAIN)
def test_originals(ask: Ask, call: str) -> None:
    assert _picture(ask(URLS[call])) == ("JPEG", SIZE)


@pytest.mark.parametrize("call", RESIZED)
def test_derivatives(ask: Ask, call: str) -> None:
    assert _picture(ask(URLS[call])) == ("JPEG", (100, 80))


def test_a_raw_file_with_a_suffix(ask: Ask) -> None:
    reply = ask(URLS["raw suffix"])
    assert (reply.status_code, reply.content) == (200, b"%PDF-1.4")


def test_a_name_in_unicode(ask: Ask) -> None:
    # No name may have a question mark, but what is asked for is one name and no query.
    reply = ask(URLS["unicode"])
    assert reply.status_code == 404 and "katze ß?.jpg" in reply.json()["error"]["message"]
    assert _picture(ask(URLS["unicode"].replace("%3F", ""))) == ("JPEG", SIZE)


def test_fetch(ask: Ask, tmp_path: Path) -> None:
    photos.load("coffee.png", SIZE).save(tmp_path / "a b.jpg")
    with serve_directory(tmp_path) as base:
        url = _built(f"{base}/a b.jpg?x=1", type="fetch", fetch_format="png")
        written = URLS["fetch"].partition("http://example.org/")[2]
        assert url.endswith(f"/{written}"), "the same form as the vector"
        assert _picture(ask(url)) == ("PNG", SIZE)
    refused = ask(URLS["fetch"])
    assert 400 <= refused.status_code < 500, "its host is not on the list"


@pytest.mark.parametrize("call", SIGNED)
def test_one_changed_character_of_a_signature_is_refused(ask: Ask, call: str) -> None:
    url = URLS[call]
    first = url.index("s--") + 3
    for at in range(first, url.index("--/")):
        reply = ask(_changed(url, at))
        assert (reply.status_code, reply.headers.get("X-Cld-Error")) == (
            401,
            "Invalid Signature in URL",
        ), at - first


@pytest.mark.parametrize("call", SIGNED)
def test_what_is_signed_cannot_be_changed(ask: Ask, call: str) -> None:
    url = URLS[call]
    others = [url.replace("tabby", "tabbz"), url.replace(".jpg", ".png")]
    others += [url.removesuffix(".jpg"), url.replace("cats/tabby", "tabby")]
    if "c_fill" in url:
        others += [url.replace("h_80", "h_81"), url.replace("c_fill", "c_pad")]
        others += [url.replace(",w_100", ""), url.replace("/v1/", "/e_sepia/v1/")]
    else:
        others += [url.replace("/v1700000000", "/w_10/v1700000000")]
    for other in others:
        assert other != url and ask(other).status_code == 401, other
    # The version is not signed, so that an upload does not end what was given out.
    version = "/v1700000000/" if "v1700000000" in url else "/v1/"
    assert ask(url.replace(version, "/v1700000001/")).status_code == 200


def test_a_signature_cut_short_opens_nothing(ask: Ask) -> None:
    for call in SIGNED:
        url = URLS[call]
        for other in (
            url.replace("--/", "/", 1),
            url[: url.index("--/") - 1] + "--/cats/tabby.jpg",
        ):
            assert ask(other).status_code in {400, 401, 404}, other


def test_restricted_ones_need_a_signature_whether_they_exist_or_not(ask: Ask) -> None:
    signature = URLS["authenticated signed"].split("/")[-5]
    bare = URLS["authenticated signed"].replace(f"{signature}/", "")
    replies = [ask(bare), ask(bare.replace("tabby", "no-such"))]
    private = bare.replace("/authenticated/", "/private/")
    replies += [ask(private), ask(private.replace("tabby", "no-such"))]
    assert {reply.status_code for reply in replies} == {401}
    assert len({reply.headers["X-Cld-Error"] for reply in replies}) == 1


FORMS: list[tuple[str, dict[str, Any]]] = [
    ("tabby", {"use_root_path": True}),
    ("tabby", {"shorten": True}),
    ("cats/tabby", {"url_suffix": "my-cat", "private_cdn": True}),
    ("cats/tabby", {"private_cdn": True, "type": "authenticated"}),
    ("cats/tabby", {"signature_algorithm": "sha256"}),
    ("cats/tabby", {"long_url_signature": True, "type": "private"}),
    ("cats/tabby", {"transformation": [{"width": 40, "crop": "scale"}, {"effect": "sepia"}]}),
    ("katze ß", {"width": 30, "crop": "scale", "type": "authenticated"}),
    ("cats/tabby", {"overlay": {"font_family": "Arial", "font_size": 9, "text": "é, /?"}}),
]


@pytest.mark.parametrize(("public_id", "options"), FORMS, ids=lambda value: str(value)[:60])
def test_signed_urls_of_all_forms(ask: Ask, public_id: str, options: dict[str, Any]) -> None:
    url = _built(public_id, sign_url=True, format="jpg", **options)
    assert _picture(ask(url))[0] == "JPEG"
    first = url.index("s--") + 3
    assert ask(_changed(url, first)).status_code == 401
    assert ask(_changed(url, url.index("--/") - 1)).status_code == 401


@pytest.mark.parametrize("delivery_type", ["private", "authenticated"])
def test_suffixes_of_restricted_types(ask: Ask, delivery_type: str) -> None:
    options = {"private_cdn": True, "type": delivery_type, "sign_url": True}
    plain = _built("cats/tabby", format="jpg", **options)
    # Node and others write this form; the Python SDK does not offer it for these types.
    url = plain.replace(f"/image/{delivery_type}/", f"/{delivery_type}_images/")
    url = url.replace("tabby.jpg", "tabby/my-cat.jpg")
    assert _picture(ask(url)) == ("JPEG", SIZE)
    assert ask(_changed(url, url.index("s--") + 3)).status_code == 401
    assert ask(url.replace("my-cat", "your-cat")).status_code == 200, "the suffix is not signed"
    assert ask(url.replace("tabby", "tabbz")).status_code == 401


def _token(**options: Any) -> str:
    return str(cloudinary.auth_token.generate(key=TOKEN_KEY, **options))


PATH = f"/{CLOUD}/image/authenticated/v1/cats/tabby.jpg"


@pytest.mark.parametrize("kind", ["acl", "url"])
def test_tokens(live: LiveServer, kind: str) -> None:
    bound = {"acl": f"/{CLOUD}/image/authenticated/*"} if kind == "acl" else {"url": PATH}
    token = _token(start_time=int(time.time()) - 10, duration=300, **bound)
    with httpx.Client(timeout=30) as http:

        def status(text: str, path: str = PATH) -> int:
            return http.get(f"{live.url}{path}?{text}").status_code

        assert status(token) == 200
        cookie = http.get(live.url + PATH, headers={"Cookie": token})
        assert cookie.status_code == 200
        value = token.index("=") + 1
        for at in range(value, len(token)):
            assert status(_changed(token, at)) == 401, token[value:at]
        assert status(token, PATH.replace("tabby", "tabbz")) == (200 if kind == "acl" else 401)
        assert status(token, PATH.replace("/authenticated/", "/private/")) == 401
        assert status(_token(expiration=int(time.time()) - 5, **bound)) == 401
        assert status(_token(start_time=int(time.time()) + 100, duration=100, **bound)) == 401
        other = cloudinary.auth_token.generate(key="00112233FF98", duration=300, **bound)
        assert status(str(other)) == 401


def test_tokens_of_the_vectors_have_run_out(live: LiveServer) -> None:
    for name in ("auth_token", "auth_token_url"):
        reply = httpx.get(f"{live.url}{PATH}?{quote(VECTORS[name], safe='=~%*')}")
        assert reply.status_code == 401


def test_a_url_with_a_token_of_the_sdk(ask: Ask) -> None:
    options = {"type": "authenticated", "sign_url": True, "width": 40, "crop": "scale"}
    token = {"key": TOKEN_KEY, "duration": 300}
    url = _built("cats/tabby", format="jpg", auth_token=token, **options)
    assert "__cld_token__=" in url and "s--" not in url
    assert _picture(ask(url)) == ("JPEG", (40, 27))
    assert ask(url.replace("w_40", "w_41")).status_code == 401
