"""What effects do to sharpness, opacity, size and regions, in numbers."""

from __future__ import annotations

import math

import numpy as np
import pytest
from PIL import Image, ImageDraw

from app.domain.errors import BadRequest
from app.domain.rendering import RenderLimits
from app.domain.transformation.effect_names import EFFECTS
from app.domain.transformation.steps import Colour, Effect
from app.imaging.render import effects
from tests import photos
from tests.unit.imaging.render.test_effects import SIZE, array, chroma, detail, flat, mean, run
from tests.unit.imaging.render.test_effects_golden import ARGUMENTS

FACE = (70.0, 10.0, 110.0, 60.0)


@pytest.fixture(scope="module")
def photo() -> Image.Image:
    return photos.load("astronaut.png", SIZE)


@pytest.fixture
def disc() -> Image.Image:
    """A red disc of 40 pixels in the middle of a transparent square of 80."""
    image = Image.new("RGBA", (80, 80))
    ImageDraw.Draw(image).ellipse((20, 20, 59, 59), fill=(200, 30, 30, 255))
    return image


def alpha(image: Image.Image) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    return np.asarray(image.getchannel("A")).astype(np.int64)


def test_blur_takes_detail_away_with_its_strength(photo: Image.Image) -> None:
    measured = [detail(run(photo, f"blur:{level}")) for level in (1, 50, 100, 500, 2000)]
    assert measured == sorted(measured, reverse=True)
    assert measured[2] < detail(photo) / 20
    assert mean(run(photo, "blur:500")) == pytest.approx(mean(photo), abs=1.5)
    assert run(photo, "blur").tobytes() == run(photo, "blur:100").tobytes()


def test_blur_lets_nothing_invisible_in(disc: Image.Image) -> None:
    blurred = array(run(disc, "blur:300"))
    seen = blurred[..., 3] == 255
    assert np.abs(blurred[seen][:, :3] - (200, 30, 30)).max() <= 2


@pytest.mark.parametrize("name", ["sharpen", "unsharp_mask"])
def test_sharpening_adds_detail(photo: Image.Image, name: str) -> None:
    assert detail(run(photo, f"{name}:500")) > detail(run(photo, name)) > 1.3 * detail(photo)


def test_pixelate_makes_squares_of_their_mean(photo: Image.Image) -> None:
    squares = array(run(photo, "pixelate:16"))
    first = squares[:16, :16]
    assert np.ptp(first, axis=(0, 1)).max() == 0
    assert first[0, 0] == pytest.approx(array(photo)[:16, :16].mean(axis=(0, 1)), abs=1)
    assert (squares[0, 15] != squares[0, 16]).any()
    assert squares.shape == array(photo).shape
    # A twentieth of the shorter side.
    assert run(photo, "pixelate").tobytes() == run(photo, "pixelate:6").tobytes()


@pytest.mark.parametrize("name", ["blur_region:400", "pixelate_region:9"])
def test_regions_change_inside_only(photo: Image.Image, name: str) -> None:
    changed = array(run(photo, name, x=20, y=30, width=50, height=40)) != array(photo)
    assert changed[30:70, 20:70].mean() > 0.5
    changed[30:70, 20:70] = False
    assert not changed.any()
    to_the_edge = (array(run(photo, name, x=100, y=60)) != array(photo)).any(axis=-1)
    rows, columns = np.nonzero(to_the_edge)
    assert rows.min() >= 60 and columns.min() >= 100
    assert rows.max() >= 115 and columns.max() >= 175
    assert run(photo, name, x=5000, y=0, width=9, height=9).tobytes() == photo.tobytes()


@pytest.mark.parametrize("name", ["blur_faces:800", "pixelate_faces", "pixelate_faces:12"])
def test_faces_change_alone(photo: Image.Image, name: str) -> None:
    assert run(photo, name).tobytes() == photo.tobytes()
    result = run(photo, name, faces=(FACE, (170, 100, 300, 300)))
    changed = (array(result) != array(photo)).any(axis=-1)
    assert changed[10:60, 70:110].mean() > 0.5
    assert changed[100:, 170:].any()
    changed[10:60, 70:110] = changed[100:, 170:] = False
    assert not changed.any()


@pytest.mark.parametrize("name", ["redeye", "adv_redeye"])
def test_red_eyes_lose_their_red(photo: Image.Image, name: str) -> None:
    flash = photo.copy()
    ImageDraw.Draw(flash).ellipse((80, 25, 86, 31), fill=(235, 20, 30))
    ImageDraw.Draw(flash).ellipse((5, 100, 11, 106), fill=(235, 20, 30))
    healed = array(run(flash, name, faces=(FACE,)))
    assert healed[28, 83, 0] < 60
    assert (healed[103, 8] == (235, 20, 30)).all()
    assert run(flash, name).tobytes() == flash.tobytes()
    # Skin is no eye.
    assert np.abs(array(run(photo, name, faces=(FACE,))) - array(photo)).mean() < 0.2


def test_oil_paint_flattens_but_keeps_edges(photo: Image.Image) -> None:
    painted = run(photo, "oil_paint:40")
    blurred = run(photo, "blur:150")
    assert detail(blurred) < detail(painted) < detail(photo)
    edge = flat((20, 20, 20), (230, 230, 230))
    assert set(np.unique(array(run(edge, "oil_paint:30")))) <= {20, 230}
    assert run(photo, "oil_paint:0").tobytes() == photo.tobytes()


def test_cartoonify_has_few_colours_and_dark_lines(photo: Image.Image) -> None:
    def colours(image: Image.Image) -> int:
        return len(image.getcolors(1 << 20) or ())

    assert colours(run(photo, "cartoonify:0:80")) < colours(photo) / 10
    assert colours(run(photo, "cartoonify:0:90")) < colours(run(photo, "cartoonify:0:10"))
    assert mean(run(photo, "cartoonify:90:20")) < mean(run(photo, "cartoonify:20:20"))
    assert chroma(run(photo, "cartoonify:50:bw")) == 0


def test_vignette_darkens_towards_corners() -> None:
    white = Image.new("RGB", (200, 100), (255, 255, 255))
    half = array(run(white, "vignette:50"))[..., 0]
    assert half[50, 100] == 255
    assert half[0, 0] == pytest.approx(127, abs=3)
    assert 255 > half[50, 5] > half[0, 0]
    assert array(run(white, "vignette:100"))[0, 0, 0] <= 3
    assert run(white, "vignette:0").tobytes() == white.tobytes()


@pytest.mark.parametrize("kind", range(19))
def test_dithering_keeps_the_mean(kind: int) -> None:
    ramp = Image.linear_gradient("L").resize((240, 240)).convert("RGB")
    dithered = array(run(ramp, f"ordered_dither:{kind}"))
    assert set(np.unique(dithered)) == {0, 255}
    assert dithered.mean() == pytest.approx(127, abs=6)
    if kind:
        # Also in a narrow band, where a single threshold would say all or nothing.
        assert dithered[104:120].mean() == pytest.approx(119, abs=24)


def test_vectorize_has_so_many_colours(photo: Image.Image) -> None:
    for count in (2, 5, 20):
        traced = run(photo, f"vectorize:colors:{count}")
        assert 2 <= len(traced.getcolors(1 << 20) or ()) <= count


def test_make_transparent_takes_the_corners_colour(photo: Image.Image) -> None:
    framed = Image.new("RGB", (220, 160), (255, 255, 255))
    framed.paste(photo.point([min(value, 200) for value in range(256)] * 3), (20, 20))
    result = alpha(run(framed, "make_transparent"))
    assert result[:20].max() == result[:, :20].max() == result[-20:].max() == 0
    assert result[20:140, 20:200].min() == 255
    chosen = alpha(run(flat((255, 0, 0), (0, 0, 255)), "make_transparent:5", Colour(0, 0, 255)))
    assert chosen[:, :20].min() == 255
    assert chosen[:, 20:].max() == 0
    shares = [alpha(run(photo, f"make_transparent:{n}")).mean() for n in (0, 20, 60, 100)]
    assert shares == sorted(shares, reverse=True)
    assert shares[-1] == 0


def test_bgremoval_of_a_screen_takes_its_shades() -> None:
    image = flat((40, 240, 40), (25, 190, 28), (200, 60, 60))
    plain, screen = (
        alpha(run(image, text))[10, [10, 30, 50]].tolist()
        for text in ("bgremoval:28f028", "bgremoval:screen:28f028")
    )
    assert plain == [0, 255, 255]
    assert screen == [0, 0, 255]


def test_opacity_threshold_leaves_two_opacities() -> None:
    image = Image.merge("RGBA", [Image.linear_gradient("L")] * 4)
    result = alpha(run(image, "opacity_threshold:25"))
    assert set(np.unique(result)) == {0, 255}
    assert (result == 255).mean() == pytest.approx(0.75, abs=0.01)
    opaque = flat((1, 2, 3))
    assert run(opaque, "opacity_threshold").tobytes() == opaque.tobytes()


def test_gradient_fade_counts_from_its_edge() -> None:
    image = Image.new("RGB", (100, 60), (10, 20, 30))
    default = alpha(run(image, "gradient_fade"))
    assert default[0, 50] == 0
    assert 0 < default[15, 50] < 255
    assert default[30:].min() == 255
    right = alpha(run(image, "gradient_fade", x=-50))
    assert right[:, -1].max() == 0
    assert right[:, :50].min() >= 252
    both = alpha(run(image, "gradient_fade:symmetric", x=25))
    assert both[:, 0].max() == both[:, -1].max() == 0
    assert both[:, 50].min() == 255
    assert (both == both[:, ::-1]).all()
    assert (
        alpha(run(image, "gradient_fade:60", x=50)).mean()
        < alpha(run(image, "gradient_fade:20", x=50)).mean()
    )


def test_trim_leaves_the_content() -> None:
    image = Image.new("RGB", (100, 80), (250, 250, 250))
    image.paste((10, 60, 120), (13, 7, 61, 50))
    image.putpixel((90, 70), (240, 240, 240))  # noise below the tolerance
    assert run(image, "trim").size == (48, 43)
    assert run(image, "trim::").tobytes() == run(image, "trim:10").tobytes()
    assert run(image, "trim:2").size == (78, 64)
    assert run(image, "trim:10:000000").size == (100, 80)
    blank = Image.new("RGB", (30, 20), (9, 9, 9))
    assert run(blank, "trim").size == (30, 20)


def test_trim_of_transparent_edges(disc: Image.Image) -> None:
    assert run(disc, "trim").size == (40, 40)


def test_frames_are_trimmed_alike() -> None:
    frames = []
    for left in (10, 30):
        frame = Image.new("RGB", (80, 60), (255, 255, 255))
        frame.paste((0, 0, 0), (left, 20, left + 20, 40))
        frames.append(frame)
    blank = Image.new("RGB", (80, 60), (255, 255, 255))
    trimmed = effects.apply_all([*frames, blank], Effect("trim"), effects.Scene())
    assert [frame.size for frame in trimmed] == [(40, 20)] * 3
    assert [array(frame)[5, 5, 0] for frame in trimmed] == [0, 255, 255]
    untouched = effects.apply_all([blank, blank], Effect("trim"), effects.Scene())
    assert [frame.size for frame in untouched] == [(80, 60)] * 2


def test_frames_are_all_changed(photo: Image.Image) -> None:
    frames = effects.apply_all([photo, run(photo, "hue")], Effect("negate"), effects.Scene())
    assert frames[0].tobytes() == run(photo, "negate").tobytes()
    assert len({frame.tobytes() for frame in frames}) == 2


def test_outline_surrounds_the_shape(disc: Image.Image) -> None:
    lined = run(disc, "outline:6", Colour(0, 0, 255))
    assert lined.size == (92, 92)
    values = array(lined)
    assert tuple(values[46, 46]) == (200, 30, 30, 255)
    # The disc ends 20 pixels from the middle, the line 26; on the diagonals, too.
    for angle in np.arange(0, 2 * math.pi, math.pi / 8):
        x, y = (46 + 23 * math.cos(angle), 46 + 23 * math.sin(angle))
        assert tuple(values[int(y), int(x)]) == (0, 0, 255, 255)
        x, y = (46 + 29 * math.cos(angle), 46 + 29 * math.sin(angle))
        assert values[int(y), int(x), 3] == 0
    assert tuple(array(run(disc, "outline:fill:6", Colour(0, 0, 255)))[46, 46]) == (0, 0, 255, 255)


def test_inner_outline_stays_within_the_shape(disc: Image.Image) -> None:
    lined = run(disc, "outline:inner:6")
    assert lined.size == disc.size
    assert (alpha(lined) == alpha(disc)).all()
    assert tuple(array(lined)[40, 23]) == (0, 0, 0, 255)
    assert tuple(array(lined)[40, 40]) == (200, 30, 30, 255)
    filled = array(run(disc, "outline:inner_fill:6"))
    assert tuple(filled[40, 40]) == (0, 0, 0, 255)
    assert tuple(filled[40, 23]) == (200, 30, 30, 255)
    square = array(run(flat((9, 99, 9)), "outline:inner:3"))
    assert tuple(square[0, 10]) == (0, 0, 0, 255)
    assert tuple(square[10, 10]) == (9, 99, 9, 255)


def test_outline_blur_softens(disc: Image.Image) -> None:
    hard, soft = (alpha(run(disc, text)) for text in ("outline:6", "outline:6:100"))
    assert soft.shape[0] > hard.shape[0]
    between = [np.count_nonzero((a > 20) & (a < 235)) for a in (hard, soft)]
    assert between[1] > 5 * (between[0] + 1)


def test_shadow_falls_where_it_should(disc: Image.Image) -> None:
    image = Image.new("RGB", (60, 40), (255, 0, 0))
    below = run(image, "shadow:100", Colour(0, 0, 0), x=10, y=15)
    assert below.size == (60 + 12, 40 + 17)
    assert tuple(array(below)[5, 5]) == (255, 0, 0, 255)
    assert alpha(below)[49, 40] > 200
    above = run(image, "shadow:100", x=-10, y=-15)
    assert tuple(array(above)[17 + 20, 12 + 20]) == (255, 0, 0, 255)
    weak, strong = (alpha(run(image, f"shadow:{n}", x=10, y=15))[49, 40] for n in (20, 80))
    assert weak == pytest.approx(strong / 4, abs=2)
    assert tuple(array(run(image, "shadow"))[41, 40])[:3] == (128, 128, 128)


def test_dropshadow_falls_away_from_the_light(disc: Image.Image) -> None:
    def centre(text: str) -> tuple[float, float]:
        cast = run(disc, text)
        assert cast.size == disc.size
        only = np.where(alpha(disc) == 0, alpha(cast), 0)
        rows, columns = np.mgrid[:80, :80]
        return float((only * columns).sum() / only.sum()), float((only * rows).sum() / only.sum())

    assert centre("dropshadow:azimuth_0;elevation_20;spread_10")[1] > 50  # light from above
    assert centre("dropshadow:azimuth_90;elevation_20;spread_10")[0] < 30  # from the right
    x, y = centre("dropshadow:azimuth_90;elevation_90;spread_10")
    assert (x, y) == pytest.approx((39.5, 39.5), abs=1)


def test_shear_grows_by_the_tangent() -> None:
    image = Image.new("RGB", (100, 60), (10, 200, 30))
    along = run(image, "shear:45:0")
    assert along.size == (160, 60)
    assert alpha(along).sum() / 255 == pytest.approx(6000, rel=0.03)
    # The first angle moves lower rows to the right.
    assert alpha(along)[2, 90] == 255 and alpha(along)[2, 110] == 0
    assert alpha(along)[57, 50] == 0 and alpha(along)[57, 110] == 255
    assert run(image, "shear:0:-45").size == (100, 160)


def test_distort_brings_corners_to_points() -> None:
    image = Image.new("RGB", (100, 100), (0, 0, 0))
    for index, place in enumerate(((0, 0), (80, 0), (80, 80), (0, 80))):
        image.paste((60 * index + 60, 0, 0), (*place, place[0] + 20, place[1] + 20))
    points = ((30, 10), (190, 40), (160, 180), (5, 120))
    warped = run(image, "distort:" + ":".join(f"{x}:{y}" for x, y in points))
    assert warped.size == (185, 170)
    centre = np.mean(points, axis=0)
    for index, point in enumerate(points):
        near = np.array(point) + 0.06 * (centre - point) - (5, 10)
        seen = array(warped)[int(near[1]), int(near[0])]
        assert tuple(seen) == pytest.approx((60 * index + 60, 0, 0, 255), abs=3)
    assert alpha(warped)[0, 0] == 0


def test_arc_bends_the_middle_line(photo: Image.Image) -> None:
    bent = run(photo, "distort:arc:120")
    half = math.radians(60)
    radius = SIZE[0] / math.radians(120)
    outer, inner = radius + SIZE[1] / 2, radius - SIZE[1] / 2
    assert bent.width == pytest.approx(2 * outer * math.sin(half), abs=2)
    assert bent.height == pytest.approx(outer - inner * math.cos(half), abs=2)
    assert alpha(bent)[0, 0] == 0
    # Straight above the centre lies the picture's middle column, at its scale.
    column = array(bent)[:100, bent.width // 2, :3]
    assert np.abs(column - array(photo)[:100, SIZE[0] // 2]).mean() < 12
    # The left edge's middle has come around the circle by half the angle.
    x = round(bent.width / 2 - (radius - 1) * math.sin(half) + 2)
    y = round(outer - radius * math.cos(half))
    assert np.abs(array(bent)[y, x, :3] - array(photo)[60, 2]).mean() < 30
    assert alpha(bent)[y, x - 8] == 0
    down = run(photo, "distort:arc:-120")
    assert down.size == bent.size
    assert alpha(down)[-1, 0] == 0 and alpha(down)[0, bent.width // 2 - 5] == 0
    assert alpha(down)[-2, bent.width // 2] == 255


def test_results_beyond_the_limits_are_refused() -> None:
    image = Image.new("RGB", (400, 400))
    scene = effects.Scene(limits=RenderLimits(pixels_out=200_000, side=1000))
    for text in (
        "shear:80:0",
        "distort:0:0:900:0:900:900:0:900",
        "distort:0:0:1200:0:1200:9:0:9",
        "outline:100",
        "distort:arc:180",
    ):
        name, *arguments = text.split(":")
        with pytest.raises(BadRequest, match=f"effect {name} is too large"):
            effects.apply(image, Effect(name, tuple(arguments)), scene)
    with pytest.raises(BadRequest, match="shadow"):
        effects.apply(image, Effect("shadow", x=900.0), scene)


def test_frames_together_have_a_limit() -> None:
    frames = [Image.new("RGB", (40, 40))] * 10
    effect = Effect("outline", ("30",))  # 100 × 100 pixels each
    for limit, allowed in ((100_000, True), (99_999, False)):
        scene = effects.Scene(limits=RenderLimits(frame_pixels=limit))
        if allowed:
            assert effects.apply_all(frames, effect, scene)[9].size == (100, 100)
            continue
        with pytest.raises(BadRequest, match="outline"):
            effects.apply_all(frames, effect, scene)
        assert effects.apply_all(frames[:1], effect, scene)[0].size == (100, 100)


@pytest.mark.parametrize("text", ["distort:0:0:9:9:20:20:30:30", "shear:45:45", "shear:90:0"])
def test_shapes_without_area_are_refused(photo: Image.Image, text: str) -> None:
    with pytest.raises(BadRequest, match=text.split(":", maxsplit=1)[0]):
        run(photo, text)


@pytest.mark.parametrize("name", sorted(EFFECTS))
@pytest.mark.parametrize("size", [(1, 1), (1, 9), (7, 2)])
def test_tiny_pictures_are_no_trouble(name: str, size: tuple[int, int]) -> None:
    for mode in ("RGB", "RGBA"):
        arguments = ARGUMENTS.get(name)
        text = f"{name}:{arguments}" if arguments else name
        result = run(Image.new(mode, size, (90, 10, 200)), text, faces=((0, 0, 1, 1),))
        assert result.mode in ("RGB", "RGBA")
        assert min(result.size) >= 1
