"""Delivery URLs, taken apart."""

from __future__ import annotations

import cloudinary
import pytest
from cloudinary.utils import cloudinary_url
from hypothesis import given
from hypothesis import strategies as st

from app.domain.delivery import DeliveryPath, Location, is_transformation, locate
from app.domain.errors import BadRequest
from app.domain.signing import url_signature_matches

SECRET = "b"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("acme/image/upload/a.jpg", Location("acme", "image", "upload", "a.jpg")),
        ("/acme/image/upload/w_5/a.jpg", Location("acme", "image", "upload", "w_5/a.jpg")),
        ("//acme/raw/private/a/b.bin", Location("acme", "raw", "private", "a/b.bin")),
        ("acme/video/upload/a.mp4", Location("acme", "video", "upload", "a.mp4")),
        ("acme/image/fetch/http://x/y", Location("acme", "image", "fetch", "http://x/y")),
        ("image/upload/a.jpg", Location(None, "image", "upload", "a.jpg")),
        ("image/facebook/a", Location(None, "image", "facebook", "a")),
        # A cloud may be called like a resource type.
        ("image/image/upload/a.jpg", Location("image", "image", "upload", "a.jpg")),
        ("files/raw/upload/a", Location("files", "raw", "upload", "a")),
        ("acme/images/a/dog.jpg", Location("acme", "image", "upload", "a/dog.jpg", True)),
        ("images/a/dog.jpg", Location(None, "image", "upload", "a/dog.jpg", True)),
        ("acme/private_images/a/d", Location("acme", "image", "private", "a/d", True)),
        ("authenticated_images/a/d", Location(None, "image", "authenticated", "a/d", True)),
        ("acme/videos/a/d", Location("acme", "video", "upload", "a/d", True)),
        ("acme/files/a/d", Location("acme", "raw", "upload", "a/d", True)),
        ("acme/iu/a.jpg", Location("acme", "image", "upload", "a.jpg")),
        ("acme/a.jpg", Location("acme", "image", "upload", "a.jpg")),
        ("acme/c_fill,w_5/v1/a.jpg", Location("acme", "image", "upload", "c_fill,w_5/v1/a.jpg")),
        ("a.jpg", Location(None, "image", "upload", "a.jpg")),
    ],
)
def test_locations(path: str, expected: Location) -> None:
    assert locate(path.split("/")) == expected


def test_hosts_of_one_cloud_never_name_it() -> None:
    found = locate(["folder", "a.jpg"], cloudless=True)
    assert found == Location(None, "image", "upload", "folder/a.jpg")


@pytest.mark.parametrize("path", ["", "/", "//", "acme/", "acme//"])
def test_paths_to_nothing(path: str) -> None:
    with pytest.raises(BadRequest):
        locate(path.split("/"))


SIGNED = "s--pHciVkaD--"


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        ("a.jpg", DeliveryPath("", "a.jpg", "", "a.jpg")),
        ("v12/a/b.jpg", DeliveryPath("", "a/b.jpg", "", "a/b.jpg", 12)),
        ("w_5//e_sepia/v1/a", DeliveryPath("", "w_5/e_sepia/a", "w_5/e_sepia", "a", 1)),
        (f"{SIGNED}/w_5/a", DeliveryPath("pHciVkaD", "w_5/a", "w_5", "a")),
        (f"{SIGNED}/a", DeliveryPath("pHciVkaD", "a", "", "a")),
        ("s--short--/a", DeliveryPath("", "s--short--/a", "", "s--short--/a")),
        # The order of parameters and the spelling are those of the URL: they are signed.
        ("w_5,c_fill/a%20b", DeliveryPath("", "w_5,c_fill/a%20b", "w_5,c_fill", "a%20b")),
        # A version ends the transformation; the last segment is always the name.
        ("v1/w_5/a.jpg", DeliveryPath("", "w_5/a.jpg", "", "w_5/a.jpg", 1)),
        ("w_5", DeliveryPath("", "w_5", "", "w_5")),
        ("v1", DeliveryPath("", "v1", "", "v1")),
        ("my_pets/a.jpg", DeliveryPath("", "my_pets/a.jpg", "", "my_pets/a.jpg")),
        ("$x_5,w_$x/if_end/a", DeliveryPath("", "$x_5,w_$x/if_end/a", "$x_5,w_$x/if_end", "a")),
        ("v" + "9" * 30 + "/a", DeliveryPath("", f"v{'9' * 30}/a", "", f"v{'9' * 30}/a")),
    ],
)
def test_paths(rest: str, expected: DeliveryPath) -> None:
    assert DeliveryPath.parse(rest) == expected


@pytest.mark.parametrize(
    ("rest", "name"),
    [
        ("w_5/v1/a/b/dog.jpg", "a/b.jpg"),
        ("a/dog.jpg", "a.jpg"),
        ("a/dog", "a"),
        ("a.bin/dog", "a.bin"),
        ("a.jpg", "a.jpg"),
    ],
)
def test_words_for_search_engines_are_no_part_of_the_name(rest: str, name: str) -> None:
    path = DeliveryPath.parse(rest, suffix=True)
    assert path.name == name
    assert path.signed.endswith(name) and "dog" not in path.signed


@pytest.mark.parametrize(
    ("rest", "query", "name"),
    [
        ("http://x.y/a.jpg", "", "http://x.y/a.jpg"),
        ("w_5/https://x.y/a.jpg", "b=1&c", "https://x.y/a.jpg?b=1&c"),
        ("w_5/v1/https:/x.y//a.jpg", "", "https://x.y//a.jpg"),
        ("w_5/http:/x.y/w_6/a.jpg", "", "http://x.y/w_6/a.jpg"),
    ],
)
def test_remote_urls(rest: str, query: str, name: str) -> None:
    path = DeliveryPath.parse(rest, remote=True, query=query)
    assert path.name == name
    assert path.transformation in ("", "w_5")


def test_a_query_is_no_part_of_other_names() -> None:
    assert DeliveryPath.parse("a.jpg", query="_a=B").name == "a.jpg"


@pytest.mark.parametrize("rest", ["", "/", SIGNED + "/", "w_5/", "v1/", "w_5/v1/"])
def test_nothing_is_named(rest: str) -> None:
    with pytest.raises(BadRequest):
        DeliveryPath.parse(rest)


@pytest.mark.parametrize(
    ("segment", "expected"),
    [
        ("w_100", True),
        ("c_fill,w_100", True),
        ("c_fill,zz_5", True),
        ("c_fill,w_100,gravity_face", True),
        ("l_text:Arial_20:a,b", True),
        ("gravity_face,w_100", False),
        ("so_5", True),
        ("$x_5", True),
        ("fl_lossy", True),
        ("if_end", True),
        ("my_pets", False),
        ("zz_5", False),
        ("photos", False),
        ("w_", False),
        ("w_5,photos", False),
        ("w-5", False),
        ("", False),
        (",", False),
    ],
)
def test_what_reads_as_a_transformation(segment: str, expected: bool) -> None:
    assert is_transformation(segment) is expected


@pytest.mark.parametrize(
    ("public_id", "options"),
    [
        ("cats/tabby.jpg", {"width": 100, "crop": "fill"}),
        ("cats/ta bby", {"format": "png", "transformation": ["a", "b"]}),
        ("größe", {"type": "private", "long_url_signature": True}),
        ("cats/tabby", {"format": "jpg", "url_suffix": "a-cat"}),
        ("cats/tabby", {"url_suffix": "a-cat", "version": 12, "width": 5}),
        ("cats/tabby", {"type": "authenticated", "version": 12}),
        ("http://x.y/a b.jpg?c=d", {"type": "fetch", "width": 5}),
        ("a.bin", {"resource_type": "raw", "url_suffix": "dog"}),
        ("cats/tabby.jpg", {"shorten": True, "height": 0.5}),
        ("tabby.jpg", {"use_root_path": True, "effect": "sepia"}),
        ("tabby", {"overlay": {"text": "a, b/c", "font_family": "Open Sans", "font_size": 9}}),
    ],
)
@pytest.mark.parametrize("private_cdn", [False, True])
def test_signatures_of_the_sdk_cover_what_was_sent(
    public_id: str, options: dict[str, object], private_cdn: bool
) -> None:
    cloudinary.reset_config()
    host = {"cloud_name": "acme", "api_key": "a", "api_secret": SECRET, "secure": False}
    host |= {"cname": "h", "private_cdn": private_cdn}
    url, _ = cloudinary_url(public_id, sign_url=True, **(host | options))
    location = locate(url.removeprefix("http://h").split("/"), cloudless=private_cdn)
    assert location.cloud == (None if private_cdn else "acme")
    assert location.type == options.get("type", "upload")
    remote = location.type == "fetch"
    path = DeliveryPath.parse(location.rest, suffix=location.suffix, remote=remote)
    assert path.signature
    assert url_signature_matches(path.signed, path.signature, SECRET)
    assert not url_signature_matches(f"{path.signed}x", path.signature, SECRET)


@given(st.text("wc_5/v1s-.$,:abé ", max_size=60), st.booleans(), st.booleans())
def test_any_path_is_taken_apart_or_refused(text: str, suffix: bool, remote: bool) -> None:
    try:
        location = locate(text.split("/"))
        path = DeliveryPath.parse(location.rest, suffix=suffix, remote=remote)
    except BadRequest:
        return
    assert path.name
    # What is signed leads to the same thing again.
    if not path.signature and path.version is None and not remote:
        again = DeliveryPath.parse(path.signed)
        assert again.signed == path.signed
