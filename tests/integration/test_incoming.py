"""What becomes of pictures before they are stored: ``transformation``, ``format``."""

from __future__ import annotations

import hashlib
import io

import httpx
import pytest
from PIL import Image

from tests import photos
from tests.integration.replies import ok, refused
from tests.live import Client


@pytest.fixture(scope="module")
def photo() -> bytes:
    """300 × 200, JPEG."""
    return photos.encode(photos.load("china.jpg", (300, 200)), "JPEG", quality=90)


def delivered(url: str) -> tuple[bytes, Image.Image]:
    response = httpx.get(url)
    assert response.status_code == 200, response.headers
    return response.content, Image.open(io.BytesIO(response.content))


def test_the_result_is_what_is_stored(lone: Client, photo: bytes, fresh: str) -> None:
    transformation = "c_fill,h_80,w_60/e_grayscale"
    body = ok(lone.upload(photo, public_id=fresh, transformation=transformation))
    data, picture = delivered(body["secure_url"])
    assert (body["width"], body["height"], body["format"]) == (60, 80, "jpg")
    assert picture.size == (60, 80) and picture.format == "JPEG"
    assert body["bytes"] == len(data) < len(photo)
    assert body["etag"] == hashlib.md5(data).hexdigest()
    red, green, blue = picture.convert("RGB").split()
    assert red.tobytes() == green.tobytes() == blue.tobytes()
    found = ok(lone.get(f"resources/image/upload/{fresh}"))
    assert (found["width"], found["height"], found["bytes"]) == (60, 80, len(data))
    assert found["derived"] == []  # it is the asset, not a derivative of it


def test_named_ones(lone: Client, photo: bytes, fresh: str) -> None:
    ok(lone.post(f"transformations/{fresh}", transformation="c_scale,w_90"))
    body = ok(lone.upload(photo, public_id=fresh, transformation=f"t_{fresh}/a_90"))
    assert (body["width"], body["height"]) == (60, 90)
    missing = lone.upload(photo, public_id=f"{fresh}-x", transformation=f"t_no-{fresh}")
    assert refused(missing) == f"Named transformation not found: no-{fresh}"


def test_layers(lone: Client, photo: bytes, fresh: str) -> None:
    ok(lone.upload(photos.tiny_png((0, 0, 255)), name="a.png", public_id=f"{fresh}-logo"))
    layer = f"l_{fresh}-logo/c_scale,h_50,w_50/fl_layer_apply,g_north_west"
    body = ok(lone.upload(photo, format="png", transformation=layer))
    _, picture = delivered(body["url"])
    assert picture.size == (300, 200) and picture.convert("RGB").getpixel((25, 25)) == (0, 0, 255)


def test_given_rectangles_count_before(lone: Client, fresh: str) -> None:
    """A crop goes by the rectangles of the picture as it comes."""
    halves = Image.new("RGB", (100, 60), "red")
    halves.paste("blue", (50, 0, 100, 60))
    for fields in (
        {"face_coordinates": "60,10,20,20", "transformation": "c_thumb,g_face,h_20,w_20"},
        {"custom_coordinates": "60,10,20,20", "transformation": "c_crop,g_custom"},
    ):
        png = photos.encode(halves, "PNG")
        body = ok(lone.upload(png, name="a.png", public_id=fresh, **fields))
        _, picture = delivered(body["url"])
        assert picture.size == (20, 20)
        assert picture.convert("RGB").getcolors() == [(400, (0, 0, 255))]


def test_faces_are_looked_for_before(lone: Client, fresh: str) -> None:
    astronaut = photos.path("astronaut.png")
    whole = ok(lone.upload(astronaut, public_id=f"{fresh}-whole", faces=1))
    x, y, width, height = whole["faces"][0]
    body = ok(
        lone.upload(astronaut, public_id=fresh, transformation="c_thumb,g_face,h_90,w_90", faces=1)
    )
    assert (body["width"], body["height"]) == (90, 90)
    # Her face fills the middle of what is stored, of which the boxes are now.
    (box,) = body["faces"]
    assert box[2] > 40 and abs(box[0] + box[2] / 2 - 45) < 15
    assert max(width, height) < 300 and x > 100 and y < 200


def test_analyses_are_of_the_result(lone: Client, photo: bytes, fresh: str) -> None:
    body = ok(lone.upload(photo, public_id=fresh, transformation="e_grayscale", colors=1, phash=1))
    for colour, _ in body["colors"]:
        red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
        assert max(red, green, blue) - min(red, green, blue) <= 2
    assert len(body["phash"]) == 16


def test_formats(lone: Client, photo: bytes, fresh: str) -> None:
    """CONTRACT J5: what is not among the allowed formats is converted to ``format``."""
    png = photos.encode(photos.load("chelsea.png", (30, 20)), "PNG")
    assert ok(lone.upload(png, name="a.png", allowed_formats="png"))["format"] == "png"
    wrong = lone.upload(png, name="a.png", public_id=fresh, allowed_formats="jpg")
    assert refused(wrong) == "Image file format png not allowed"
    made = ok(lone.upload(png, name="a.png", allowed_formats="jpg", format="jpg"))
    _, picture = delivered(made["url"])
    assert made["format"] == "jpg" and picture.format == "JPEG" and made["url"].endswith(".jpg")
    assert made["original_filename"] == "a"
    kept = ok(lone.upload(png, name="a.png", allowed_formats="png,jpg", format="jpg"))
    assert kept["format"] == "png"
    for wanted, name in (("webp", "WEBP"), ("png", "PNG"), ("jpeg", "JPEG"), ("PNG", "PNG")):
        body = ok(lone.upload(photo, format=wanted, transformation="w_20"))
        _, picture = delivered(body["url"])
        assert (picture.format, picture.width) == (name, 20)
    same = ok(lone.upload(photo, format="jpg"))
    assert same["bytes"] == len(photo)  # nothing to convert: the file is kept as it is
    assert lone.get(f"resources/image/upload/{fresh}").status_code == 404


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"transformation": "w_abc"}, "Invalid value abc in w_abc"),
        ({"transformation": "l_no-such-layer"}, "Resource not found - no-such-layer"),
        ({"transformation": "fl_getinfo"}, "fl_getinfo is not allowed in an incoming"),
        ({"transformation": "w_30000,h_30000"}, ""),
        ({"transformation": "c_crop,w_5,h_5,x_900,y_900"}, ""),
        ({"format": "bogus"}, "Invalid value bogus for parameter format"),
        ({"format": "heic"}, "Invalid value heic for parameter format"),
        ({"format": "mp4"}, "Invalid value mp4 for parameter format"),
        ({"allowed_formats": "gif", "format": "png"}, "Image file format jpg not allowed"),
    ],
)
def test_what_fails_leaves_nothing(
    lone: Client, photo: bytes, fresh: str, fields: dict[str, str], said: str
) -> None:
    kept = set(lone.server.data_dir.glob("blobs/**/*"))
    response = lone.upload(photo, public_id=fresh, **fields)
    assert response.status_code in (400, 404) and said in refused(response, response.status_code)
    assert lone.get(f"resources/image/upload/{fresh}").status_code == 404
    assert {path for path in lone.server.data_dir.glob("blobs/**/*") if path.is_file()} <= kept


def test_failing_to_replace_leaves_what_was_there(lone: Client, photo: bytes, fresh: str) -> None:
    before = ok(lone.upload(photo, public_id=fresh, tags="kept"))
    refused(lone.upload(photos.tiny_png(), public_id=fresh, transformation="w_abc"))
    found = ok(lone.get(f"resources/image/upload/{fresh}"))
    assert (found["version"], found["tags"]) == (before["version"], ["kept"])
    assert httpx.get(before["url"]).content == photo


def test_only_pictures_are_transformed(lone: Client) -> None:
    wrong = lone.upload(b"words", name="a.txt", resource_type="raw", transformation="w_10")
    assert refused(wrong) == "Transformations of raw files are not supported"


def test_animations_stay_animated(lone: Client) -> None:
    frames = [Image.new("RGB", (40, 30), colour) for colour in ("red", "green", "blue")]
    body = ok(lone.upload(photos.animate(frames, "GIF"), name="a.gif", transformation="w_20"))
    _, picture = delivered(body["url"])
    assert (body["pages"], picture.n_frames, picture.size) == (3, 3, (20, 15))  # type: ignore[attr-defined]  # an animation's
