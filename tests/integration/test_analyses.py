"""What is found out about pictures where a call asks for it, and read from the store after."""

from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image

from tests import photos
from tests.integration.replies import ok, refused
from tests.integration.stored import stored
from tests.live import Client

FLAGS = (
    "colors",
    "phash",
    "quality_analysis",
    "accessibility_analysis",
    "cinemagraph_analysis",
    "image_metadata",
    "media_metadata",
    "exif",
    "faces",
    "coordinates",
    "pages",
)

#: Keys of replies that flags add.
KEYS = {
    "colors": {"colors", "predominant"},
    "phash": {"phash"},
    "quality_analysis": {"quality_analysis", "quality_score"},
    "accessibility_analysis": {"accessibility_analysis"},
    "cinemagraph_analysis": {"cinemagraph_analysis"},
    "image_metadata": {"image_metadata", "illustration_score", "semi_transparent", "grayscale"},
    "media_metadata": {"media_metadata", "illustration_score", "semi_transparent", "grayscale"},
    "exif": {"exif"},
    "faces": {"faces"},
}


@pytest.fixture(scope="module")
def photo() -> bytes:
    """A JPEG with EXIF: a camera, a place, an orientation."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0x0112] = "Maker", "Model 3", 1
    gps = exif.get_ifd(0x8825)
    gps[1], gps[2], gps[3], gps[4] = "N", (52.0, 30.0, 0.0), "E", (13.0, 24.0, 0.0)
    exif[0x8825] = gps
    return photos.encode(photos.load("astronaut.png", (200, 200)), "JPEG", quality=92, exif=exif)


def checked(body: dict[str, Any]) -> None:
    """The values of a reply with every flag, as the contract has them."""
    colours = body["colors"]
    assert 1 <= len(colours) <= 32
    assert all(len(colour) == 7 and colour[0] == "#" for colour, _ in colours)
    shares = [share for _, share in colours]
    assert shares == sorted(shares, reverse=True) and sum(shares) == pytest.approx(100, abs=2)
    assert {"google", "cloudinary"} <= body["predominant"].keys()
    assert all(isinstance(name, str) for name, _ in body["predominant"]["google"])
    assert len(body["phash"]) == 16 and int(body["phash"], 16)
    assert 0 <= body["quality_analysis"]["focus"] <= 1 and 0 <= body["quality_score"] <= 1
    analysis = body["accessibility_analysis"]
    assert 0 <= analysis["colorblind_accessibility_score"] <= 1
    assert body["cinemagraph_analysis"] == {"cinemagraph_score": 0}
    for name in ("image_metadata", "media_metadata"):
        metadata = body[name]
        assert (metadata["Make"], metadata["Model"]) == ("Maker", "Model 3")
        assert all(isinstance(value, str) for value in metadata.values())
    assert body["exif"]["Model"] == "Model 3"
    assert (body["semi_transparent"], body["grayscale"]) == (False, False)
    assert 0 <= body["illustration_score"] <= 1
    assert len(body["faces"]) == 1 and len(body["faces"][0]) == 4


def test_upload_explicit_and_details_agree(lone: Client, photo: bytes, fresh: str) -> None:
    flags = dict.fromkeys(FLAGS, "true")
    body = ok(lone.upload(photo, public_id=fresh, **flags))
    checked(body)
    plain = ok(lone.upload(photo, public_id=f"{fresh}-2"))
    wanted = set().union(*KEYS.values())
    assert not wanted & plain.keys()
    asked = {"public_id": f"{fresh}-2", "type": "upload"}
    explicit = ok(lone.post("image/explicit", **asked, **flags))
    details = ok(lone.get(f"resources/image/upload/{fresh}", **flags))
    for other in (explicit, details):
        assert {key: other[key] for key in wanted} == {key: body[key] for key in wanted}
    assert details["pages"] == 1 and "coordinates" not in details
    assert not wanted & ok(lone.get(f"resources/image/upload/{fresh}")).keys()


@pytest.mark.parametrize("flag", KEYS)
def test_details_find_out_once(lone: Client, photo: bytes, fresh: str, flag: str) -> None:
    ok(lone.upload(photo, public_id=fresh))
    path = f"resources/image/upload/{fresh}"
    plain = ok(lone.get(path)).keys()
    first = ok(lone.get(path, **{flag: "true"}))
    assert first.keys() - plain == KEYS[flag]
    kept = stored(lone.server, fresh)
    assert ok(lone.get(path, **{flag: "true"})) == first
    assert stored(lone.server, fresh) == kept  # nothing was found out anew
    others = {key for name, keys in KEYS.items() if name != flag for key in keys} - KEYS[flag]
    assert not others & first.keys()


def test_every_picture_has_its_fingerprint(lone: Client, photo: bytes, fresh: str) -> None:
    """Whoever asks for duplicates later can be answered."""
    ok(lone.upload(photo, public_id=fresh))
    kept = stored(lone.server, fresh).phash
    assert ok(lone.get(f"resources/image/upload/{fresh}", phash="1"))["phash"] == kept != ""


def test_the_fingerprint_outlives_resizing(lone: Client, photo: bytes) -> None:
    with Image.open(io.BytesIO(photo)) as picture:
        copy = photos.encode(picture.resize((120, 120)), "JPEG", quality=60)
    first, second = (int(ok(lone.upload(file, phash="1"))["phash"], 16) for file in (photo, copy))
    other = int(ok(lone.upload(photos.path("china.jpg"), phash="1"))["phash"], 16)
    assert (first ^ second).bit_count() <= 6
    assert (first ^ other).bit_count() >= 16


def test_overwriting_forgets_what_was_found(lone: Client, photo: bytes, fresh: str) -> None:
    flags = {"colors": "1", "quality_analysis": "1", "media_metadata": "1"}
    before = ok(lone.upload(photo, public_id=fresh, **flags))
    ok(lone.upload(photos.tiny_png(), public_id=fresh))
    after = ok(lone.get(f"resources/image/upload/{fresh}", **flags))
    assert after["colors"] != before["colors"]
    assert "Make" in before["media_metadata"] and "Make" not in after["media_metadata"]


@pytest.mark.parametrize("flag", FLAGS)
def test_what_is_no_flag(lone: Client, fresh: str, flag: str) -> None:
    said = f"Invalid value perhaps for parameter {flag}"
    assert refused(lone.upload(photos.tiny_png(), public_id=fresh, **{flag: "perhaps"})) == said
    ok(lone.upload(photos.tiny_png(), public_id=fresh))
    path = f"resources/image/upload/{fresh}"
    assert refused(lone.get(path, **{flag: "perhaps"})) == said


def test_rotated_photos_are_looked_at_upright(lone: Client, fresh: str) -> None:
    """Boxes of faces are those of the picture as it is shown."""
    upright = photos.load("astronaut.png", (256, 256)).crop((0, 0, 256, 200))
    straight = ok(lone.upload(photos.encode(upright, "JPEG"), public_id=fresh, faces="1"))
    lying = photos.turned(upright.transpose(Image.Transpose.ROTATE_90), 6, "JPEG")
    body = ok(lone.upload(lying, public_id=f"{fresh}-2", faces="1", colors="1"))
    assert (body["width"], body["height"]) == (256, 200)
    for found, expected in zip(body["faces"][0], straight["faces"][0], strict=True):
        assert abs(found - expected) <= 12


def test_raw_files_have_nothing_to_find(lone: Client, fresh: str) -> None:
    flags = dict.fromkeys(FLAGS, "true")
    body = ok(lone.upload(b"words", name="a.txt", resource_type="raw", public_id=fresh, **flags))
    found = ok(lone.get(f"resources/raw/upload/{fresh}", **flags))
    for reply in (body, found):
        assert not set().union(*KEYS.values()) & reply.keys()
