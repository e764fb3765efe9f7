from __future__ import annotations

import io
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from skimage.metrics import structural_similarity

from app.domain.errors import BadRequest
from app.domain.rendering import RenderLimits
from app.domain.transformation.steps import Background, Colour, Gravity, Resize
from app.imaging.render.picture import Picture
from app.imaging.render.resizing import needed, resize, settled
from tests import photos

LIMITS = RenderLimits()
RED = Background(colour=Colour(255, 0, 0))


def still(image: Image.Image, **known: object) -> Picture:
    return replace(Picture((image,)), **known)  # type: ignore[arg-type]


def ramp(width: int, height: int) -> Image.Image:
    """Red tells the column, green the row."""
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[..., 0] = np.arange(width)
    pixels[..., 1] = np.arange(height)[:, None]
    return Image.fromarray(pixels)


def similarity(one: Image.Image, other: Image.Image) -> float:
    pair = (np.asarray(image.convert("L")) for image in (one, other))
    return float(structural_similarity(*pair))


def reduced(photo: Image.Image, wanted: tuple[int, int]) -> Picture:
    """A photo as a JPEG that was decoded at the scale that its reader chooses."""
    file = Image.open(io.BytesIO(photos.encode(photo, "JPEG", quality=95)))
    file.draft("RGB", wanted)
    file.load()
    return Picture((file.convert("RGB"),), nominal=photo.size)


@settings(deadline=None, max_examples=150)
@given(
    st.sampled_from(
        "scale fit limit mfit fill lfill pad lpad mpad fill_pad crop thumb auto".split()
    ),
    st.tuples(*[st.integers(1, 200)] * 4),
    st.sampled_from(["RGB", "RGBA"]),
    st.sampled_from(["north_west", "center", "south_east", "auto"]),
)
def test_every_mode_makes_a_picture_of_the_asked_kind(
    mode: str, sides: tuple[int, int, int, int], kind: str, name: str
) -> None:
    width, height, w, h = sides
    wanted = Resize(mode, w, h, gravity=Gravity((name,)))  # type: ignore[arg-type]
    result = resize(still(Image.new(kind, (width, height), "navy")), wanted, RED, LIMITS)
    if mode in ("scale", "fill", "pad", "lpad", "fill_pad", "thumb", "auto"):
        assert result.size == (w, h)
    assert result.frames[0].size == result.size
    assert result.frames[0].mode in (("RGBA",) if kind == "RGBA" else ("RGB",))
    # One colour stays one colour, whatever filter it went through.
    colours = {pixel[:3] for _, pixel in result.frames[0].getcolors(maxcolors=99)}  # type: ignore
    assert colours <= {(0, 0, 128), (255, 0, 0)}


def test_cropping_copies_pixels() -> None:
    picture = still(ramp(200, 100))
    cut = resize(picture, Resize("crop", 51, 30, gravity=Gravity(("south_east",))), None, LIMITS)
    assert np.array_equal(np.asarray(cut.frames[0]), np.asarray(ramp(200, 100))[70:, 149:])


def test_filling_without_scaling_copies_pixels() -> None:
    picture = still(ramp(201, 100))
    cut = resize(picture, Resize("fill", 100, 100), None, LIMITS)  # half a pixel off the middle
    assert np.array_equal(np.asarray(cut.frames[0]), np.asarray(ramp(201, 100))[:, 51:151])


def test_an_unchanged_picture_is_not_copied() -> None:
    picture = still(ramp(60, 40))
    assert resize(picture, Resize("limit", 500, 500), None, LIMITS).frames[0] is picture.frames[0]


@pytest.mark.parametrize("name", photos.NAMES)
def test_reductions_look_like_lanczos(name: str) -> None:
    photo = photos.load(name)
    small = resize(still(photo), Resize("fill", 120, 90), None, LIMITS).frames[0]
    left = (photo.width - photo.height * 4 / 3) / 2
    box = (left, 0, photo.width - left, photo.height)
    if left < 0:
        top = (photo.height - photo.width * 3 / 4) / 2
        box = (0, top, photo.width, photo.height - top)
    exact = photo.resize((120, 90), Image.Resampling.LANCZOS, box=box)
    assert similarity(small, exact) > 0.99


def test_hidden_colours_do_not_bleed() -> None:
    pixels = np.zeros((40, 40, 4), np.uint8)
    pixels[..., 1] = 255  # transparent green
    pixels[:, 20:] = (255, 0, 0, 255)
    small = resize(still(Image.fromarray(pixels)), Resize("scale", 7), None, LIMITS).frames[0]
    shown = np.asarray(small)[np.asarray(small)[..., 3] > 8]
    assert len(shown) and shown[:, 1].max() <= 2 and shown[:, 0].min() >= 250


def test_padding_is_coloured_or_transparent() -> None:
    picture = still(Image.new("RGB", (40, 20), "white"))
    wanted = Resize("pad", 40, 40, gravity=Gravity(("north",)))
    painted = resize(picture, wanted, RED, LIMITS).frames[0]
    assert painted.mode == "RGB"
    assert painted.getpixel((20, 19)) == (255, 255, 255)
    assert painted.getpixel((20, 20)) == (255, 0, 0)
    bare = resize(picture, wanted, None, LIMITS).frames[0]
    assert bare.getpixel((20, 19)) == (255, 255, 255, 255)
    assert bare.getpixel((20, 20))[3] == 0  # type: ignore[index]


def test_padding_with_the_pictures_own_colours() -> None:
    picture = still(photos.load("china.jpg", (60, 40)))
    for kind in ("auto", "blurred"):
        padded = resize(picture, Resize("pad", 60, 80), Background(kind), LIMITS).frames[0]  # type: ignore[arg-type]
        assert padded.size == (60, 80)
        assert np.array_equal(np.asarray(padded)[20:60], np.asarray(picture.frames[0]))
        assert np.asarray(padded)[:20].any()


def test_regions_move_along() -> None:
    face, custom = (100.0, 20.0, 120.0, 40.0), (0.0, 0.0, 200.0, 100.0)
    picture = still(ramp(200, 100), faces=(face,), custom=(custom,))
    filled = resize(picture, Resize("fill", 50, 50), None, LIMITS)
    assert filled.faces == ((25, 10, 35, 20),) and filled.custom == ((-25, 0, 75, 50),)
    padded = resize(picture, Resize("pad", 100, 100), None, LIMITS)
    assert padded.faces == ((50, 35, 60, 45),)


def test_frames_share_one_window() -> None:
    # The eye is drawn to another side in each frame; a window that jumps would be unbearable.
    frames = []
    stripes = Image.fromarray(np.tile(np.uint8([0, 0, 255, 255]), (40, 10))).convert("RGB")
    for at in (10, 150):
        frame = Image.new("RGB", (200, 50), "gray")
        frame.paste(stripes, (at, 5))
        frames.append(frame)
    moving = Picture(tuple(frames), durations=(40, 40), loop=3)
    wanted = Resize("fill", 50, 50, gravity=Gravity(("auto",)))
    result = resize(moving, wanted, None, LIMITS)
    assert [frame.size for frame in result.frames] == [(50, 50)] * 2
    assert (result.durations, result.loop) == ((40, 40), 3)
    busy = [float(np.asarray(frame).std()) for frame in result.frames]
    assert busy[0] > 10 > busy[1]


@pytest.mark.parametrize("name", photos.NAMES)
@pytest.mark.parametrize("width", [100, 160, 213])
def test_reduced_jpegs_serve_their_resize(name: str, width: int) -> None:
    photo = photos.load(name)
    for wanted in (
        Resize("scale", width),
        Resize("fill", width, width // 2, gravity=Gravity(("east",))),
        Resize("pad", width, width),
    ):
        enough = needed(photo.size, wanted)
        assert enough is not None
        small = reduced(photo, enough)
        assert small.frames[0].width < photo.width
        made = resize(small, wanted, RED, LIMITS)
        exact = resize(still(photo), wanted, RED, LIMITS)
        assert made.size == exact.size and made.nominal is None


def test_regions_of_a_reduced_jpeg_are_those_of_the_whole_one() -> None:
    small = replace(reduced(photos.load("china.jpg"), (160, 106)), faces=((64.0, 0, 128, 64),))
    assert small.frames[0].size == (160, 107)
    (face,) = resize(small, Resize("scale", 320), None, LIMITS).faces
    assert face == pytest.approx((32, 0, 64, 32), abs=0.1)


def test_a_reduced_jpeg_is_not_shifted_by_its_last_column_and_row() -> None:
    photo = photos.load("china.jpg").crop((0, 0, 633, 425))  # ¼ of it is 158.25 × 106.25
    small = reduced(photo, (158, 106))
    assert small.frames[0].size == (159, 107)
    made = resize(small, Resize("scale", 80), None, LIMITS).frames[0]
    assert similarity(made, photo.resize(made.size, Image.Resampling.LANCZOS)) > 0.985


def test_a_reduced_jpeg_can_be_settled() -> None:
    photo = photos.load("flower.jpg")
    whole = settled(reduced(photo, (320, 213)))
    assert whole.nominal is None and whole.frames[0].size == photo.size
    assert similarity(whole.frames[0], photo) > 0.9
    assert settled(whole) is whole


@pytest.mark.parametrize(
    ("wanted", "enough"),
    [
        (Resize("scale", 500), (500, 333)),
        (Resize("limit", 500, 500), (500, 333)),
        (Resize("fill", 500, 500), (750, 500)),
        (Resize("auto_pad", 500, 500), (750, 500)),
        (Resize("auto", 500, 500, zoom=2.0), (1500, 1000)),
        (Resize("scale", 2000), None),
        (Resize("mfit", 100), None),
        (Resize("crop", 100, 100, x=9999), None),
        (Resize("mpad", 3000, 3000), None),
        (Resize("thumb", 100, 100), (150, 100)),
        (Resize("thumb", 100, 100, gravity=Gravity(("face", "north"))), None),
    ],
)
def test_what_has_to_be_decoded(wanted: Resize, enough: tuple[int, int] | None) -> None:
    got = needed((2000, 1333), wanted)
    assert got == (enough and pytest.approx(enough, abs=1))


def test_known_faces_tell_what_a_thumbnail_needs() -> None:
    wanted = Resize("thumb", 60, 60, gravity=Gravity(("face", "north")))
    face = (500.0, 500.0, 700.0, 700.0)  # a window of 300 pixels becomes 60
    assert needed((2000, 1000), wanted, [face]) == (400, 200)
    assert needed((2000, 1000), wanted, []) == (120, 60)
    assert needed((2000, 1000), wanted, [(5.0, 5.0, 5.0, 9.0), (0, -9, 50, -2)]) == (120, 60)
    assert needed((2000, 1000), wanted, [face, (0.0, 0.0, 20.0, 20.0)]) is None


@pytest.mark.parametrize(
    ("wanted", "limits"),
    [
        (Resize("scale", 30_000, 1), LIMITS),
        (Resize("pad", 6000, 6000), LIMITS),
        (Resize("mpad", 30, 500_000), LIMITS),
        (Resize("scale", 100, 100), RenderLimits(frame_pixels=15_000)),
    ],
)
def test_results_beyond_a_limit_are_refused(wanted: Resize, limits: RenderLimits) -> None:
    moving = Picture((Image.new("RGB", (20, 10)),) * 2, durations=(50, 50))
    with pytest.raises(BadRequest, match="too large"):
        resize(moving, wanted, None, limits)


def test_extreme_proportions() -> None:
    thin = still(Image.new("RGB", (1, 2000), "teal"))
    strip = resize(thin, Resize("fill", 20_000, 1, gravity=Gravity(("south",))), None, LIMITS)
    assert strip.frames[0].getcolors() == [(20_000, (0, 128, 128))]
    assert math.prod(resize(thin, Resize("thumb", 9, 9, zoom=1e300), None, LIMITS).size) == 81
