"""What effects do to colours, in numbers."""

from __future__ import annotations

import colorsys

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageDraw, ImageFilter

from app.domain.errors import BadRequest
from app.domain.transformation.effect_names import ART_FILTERS, COLOUR_DEFICIENCIES
from app.domain.transformation.steps import Colour, Effect
from app.imaging.render import effects
from tests import photos

SIZE = (180, 120)
RED, GREEN = (220, 40, 30), (40, 160, 50)


@pytest.fixture(scope="module")
def photo() -> Image.Image:
    return photos.load("astronaut.png", SIZE)


def run(
    image: Image.Image,
    text: str,
    colour: Colour | None = None,
    faces: tuple[tuple[float, float, float, float], ...] = (),
    **where: float,
) -> Image.Image:
    name, *arguments = text.split(":")
    effect = Effect(name, tuple(arguments), colour, **where)
    return effects.apply(image, effect, effects.Scene(faces=faces))


def array(image: Image.Image) -> npt.NDArray[np.float64]:
    return np.asarray(image, np.float64)


def mean(image: Image.Image) -> float:
    return float(array(image.convert("L")).mean())


def chroma(image: Image.Image) -> float:
    """Mean distance from gray."""
    values = array(image.convert("RGB"))
    return float((values.max(axis=-1) - values.min(axis=-1)).mean())


def detail(image: Image.Image) -> float:
    """Variance of the Laplacian: how sharp it is."""
    kernel = ImageFilter.Kernel((3, 3), (0, 1, 0, 1, -4, 1, 0, 1, 0), scale=1, offset=128)
    return float(array(image.convert("L").filter(kernel))[1:-1, 1:-1].var())


def flat(*colours: tuple[int, int, int]) -> Image.Image:
    """Bands of 20 pixels, one of each colour."""
    image = Image.new("RGB", (20 * len(colours), 20))
    for index, colour in enumerate(colours):
        image.paste(colour, (20 * index, 0, 20 * index + 20, 20))
    return image


def pixel(image: Image.Image, band: int) -> tuple[int, ...]:
    """The colour in the middle of a band of :func:`flat`."""
    return tuple(np.asarray(image)[10, 20 * band + 10].tolist())


@pytest.mark.parametrize("text", ["grayscale", "art:zorro", "simulate_colorblind:rod_monochromacy"])
def test_gray_has_equal_channels(photo: Image.Image, text: str) -> None:
    values = array(run(photo, text))
    assert np.ptp(values, axis=-1).max() <= 1


def test_grayscale_is_luma(photo: Image.Image) -> None:
    luma = array(photo) @ (0.299, 0.587, 0.114)
    assert np.abs(array(run(photo, "grayscale"))[..., 0] - luma).max() <= 1


def test_blackwhite_has_two_values_and_its_level_decides(photo: Image.Image) -> None:
    shares = [array(run(photo, f"blackwhite:{level}")).mean() / 255 for level in (0, 30, 70, 100)]
    assert shares[0] == 1 > shares[1] > shares[2] > shares[3] == 0
    assert set(np.unique(array(run(photo, "blackwhite")))) == {0, 255}


def test_negate_twice_is_the_picture(photo: Image.Image) -> None:
    assert array(run(photo, "negate")).mean() == pytest.approx(255 - array(photo).mean())
    assert run(run(photo, "negate"), "negate").tobytes() == photo.tobytes()


def test_sepia_orders_the_channels_and_its_level_decides(photo: Image.Image) -> None:
    red, green, blue = array(run(photo, "sepia:100")).mean(axis=(0, 1))
    assert red > green > blue
    weak, strong = (np.abs(array(run(photo, f"sepia:{n}")) - array(photo)).mean() for n in (10, 90))
    assert weak < strong / 5


def test_colorize_paints_over() -> None:
    image = flat(RED)
    assert pixel(run(image, "colorize"), 0) == (128, 128, 128)
    assert pixel(run(image, "colorize:50", Colour(0, 0, 255)), 0) == (110, 20, 142)
    assert run(image, "colorize:0").tobytes() == image.tobytes()


def test_tint_maps_luma_to_its_colours() -> None:
    image = flat((0, 0, 0), (128, 128, 128), (255, 255, 255))
    tinted = run(image, "tint:100:blue:yellow:0p:red")
    assert pixel(run(image, "tint:100:blue:red"), 0) == (0, 0, 255)
    assert pixel(run(image, "tint:100:blue:red"), 2) == (255, 0, 0)
    assert pixel(run(image, "tint:100:blue:red:50p"), 1) == (255, 0, 0)
    assert pixel(tinted, 2) == (255, 0, 0)
    assert run(image, "tint:0:blue:red").tobytes() == image.tobytes()
    default = pixel(run(image, "tint"), 1)
    assert default[0] > default[1] == default[2]


@pytest.mark.parametrize("name", ["brightness", "brightness_hsb"])
def test_brightness_moves_the_mean(photo: Image.Image, name: str) -> None:
    levels = [mean(run(photo, f"{name}:{level}")) for level in (-99, -40, 0, 40, 100)]
    assert levels == sorted(levels)
    assert levels[0] < 3
    assert levels[2] == pytest.approx(mean(photo), abs=0.5)
    assert mean(run(photo, name)) == mean(run(photo, f"{name}:80"))


def test_brightness_hsb_keeps_hue_where_brightness_clips() -> None:
    image = flat((200, 100, 50))
    before = colorsys.rgb_to_hsv(200, 100, 50)[0]
    assert colorsys.rgb_to_hsv(*pixel(run(image, "brightness_hsb:100"), 0))[0] == pytest.approx(
        before, abs=0.01
    )
    assert abs(colorsys.rgb_to_hsv(*pixel(run(image, "brightness:100"), 0))[0] - before) > 0.02


@pytest.mark.parametrize("kind", ["{}", "level_{};type_sigmoidal"])
def test_contrast_spreads_and_gathers(photo: Image.Image, kind: str) -> None:
    spread = [array(run(photo, f"contrast:{kind.format(n)}")).std() for n in (-80, 0, 80)]
    assert spread == sorted(spread)
    assert spread[1] == array(photo).std()


def test_linear_contrast_of_a_hundred_changes_nothing(photo: Image.Image) -> None:
    assert run(photo, "contrast:level_100;type_linear").tobytes() == photo.tobytes()
    assert array(run(photo, "contrast:50;type_linear")).std() < array(photo).std() * 0.55


def test_opposite_contrasts_cancel() -> None:
    image = flat((60, 128, 190))
    assert pixel(run(run(image, "contrast:30"), "contrast:-30"), 0) == pytest.approx(
        (60, 128, 190), abs=2
    )


def test_gamma_lightens_the_middle_only() -> None:
    image = flat((0, 0, 0), (100, 100, 100), (255, 255, 255))
    lighter = run(image, "gamma:100")
    assert pixel(lighter, 0) == (0, 0, 0)
    assert pixel(lighter, 1)[0] == round(255 * (100 / 255) ** 0.5)
    assert pixel(lighter, 2) == (255, 255, 255)
    assert pixel(run(image, "gamma:-50"), 1)[0] < 60


@pytest.mark.parametrize("index", range(3))
def test_channels_change_alone(photo: Image.Image, index: int) -> None:
    name = ("red", "green", "blue")[index]
    others = [band for band in range(3) if band != index]
    for level, holds in ((50, np.greater_equal), (-100, lambda new, old: new == 0)):
        changed = array(run(photo, f"{name}:{level}"))
        assert holds(changed[..., index], array(photo)[..., index]).all()
        assert (changed[..., others] == array(photo)[..., others]).all()


def test_saturation_and_vibrance(photo: Image.Image) -> None:
    assert chroma(run(photo, "saturation:-100")) < 1
    assert (
        chroma(run(photo, "saturation:60")) > chroma(photo) > chroma(run(photo, "saturation:-40"))
    )
    image = flat((150, 130, 130), (255, 20, 20))
    pale, strong = (np.ptp(pixel(run(image, "vibrance:100"), band)) for band in (0, 1))
    assert pale >= 1.7 * 20
    assert strong <= 255
    assert mean(run(photo, "vibrance:100")) == pytest.approx(mean(photo), abs=3)


def test_hue_turns_around_luma() -> None:
    image = flat((150, 90, 90))
    for level in (-100, -50, 30, 80):
        turned = run(image, f"hue:{level}")
        assert mean(turned) == pytest.approx(mean(image), abs=1.5)
        assert pixel(turned, 0) != pixel(image, 0)
    there = pixel(run(image, "hue:100"), 0)
    assert there[0] < there[1]
    assert there == pixel(run(image, "hue:-100"), 0)
    assert run(image, "hue:0").tobytes() == image.tobytes()


def test_automatic_corrections_approach_their_aim(photo: Image.Image) -> None:
    dark = run(photo, "brightness:-60")
    assert abs(mean(run(dark, "auto_brightness")) - 127) < abs(mean(dark) - 127) / 2
    low, high = array(run(dark, "auto_contrast")).min(), array(run(dark, "auto_contrast")).max()
    assert (low, high) == (0, 255) != (array(dark).min(), array(dark).max())
    cast = run(photo, "blue:-60")
    tone = array(run(cast, "auto_color")).mean(axis=(0, 1))
    assert tone[0] - tone[2] < (array(cast).mean(axis=(0, 1)) @ (1, 0, -1)) / 2
    for name in ("auto_brightness", "auto_contrast", "auto_color", "improve", "fill_light"):
        assert run(dark, f"{name}:0").tobytes() == dark.tobytes()
        half, full = (
            np.abs(array(run(dark, f"{name}:{n}")) - array(dark)).mean() for n in (50, 100)
        )
        assert half == pytest.approx(full / 2, abs=0.6)
        assert full > 1


def test_statistics_ignore_what_is_transparent() -> None:
    image = flat((80, 80, 80), (255, 255, 255)).convert("RGBA")
    image.paste((80, 80, 80, 255), (0, 0, 10, 20))
    image.paste((120, 120, 120, 255), (10, 0, 20, 20))
    image.paste((255, 255, 255, 0), (20, 0, 40, 20))
    stretched = array(run(image, "auto_contrast"))
    assert stretched[10, 5, 0] == 0
    assert stretched[10, 15, 0] == 255


def test_fill_light_lightens_shadows_most() -> None:
    # Large areas, since it looks at surroundings.
    image = flat((50, 50, 50), (230, 230, 230)).resize((400, 200), Image.Resampling.NEAREST)
    lit = array(run(image, "fill_light"))[100, [50, 350], 0]
    assert lit[0] > 70
    assert lit[1] <= 233
    more, less = (array(run(image, f"fill_light:100:{bias}"))[100, 50, 0] for bias in (40, -40))
    assert more > lit[0] > less


def test_improve_indoors_takes_a_cast_away(photo: Image.Image) -> None:
    cast = run(photo, "blue:-60")
    indoor, outdoor = (array(run(cast, f"improve:{mode}")) for mode in ("indoor", "outdoor"))
    assert indoor[..., 2].mean() > outdoor[..., 2].mean()


def test_replace_color_spares_other_hues() -> None:
    image = flat(RED, GREEN, (128, 128, 128), (130, 22, 16))
    changed = run(image, "replace_color:blue:40:rgb:dc281e")
    assert pixel(changed, 0) == pytest.approx((0, 0, 255), abs=2)
    assert pixel(changed, 1) == pytest.approx(GREEN, abs=2)
    assert pixel(changed, 2) == pytest.approx((128, 128, 128), abs=2)
    shade = pixel(changed, 3)
    assert shade[2] > max(shade[:2])  # the same thing in the shade
    assert sum(shade) < sum(pixel(changed, 0))


def test_replace_color_finds_the_prominent_colour() -> None:
    image = flat((128, 128, 128), (128, 128, 128), RED)
    assert pixel(run(image, "replace_color:lime"), 2)[1] > 200


def test_recolor_multiplies_by_its_matrix() -> None:
    image = flat((200, 100, 50))
    assert pixel(run(image, "recolor:0:0:1:1:0:0:0:1:0"), 0) == (50, 200, 100)
    assert pixel(run(image, "recolor:0.5:0:0:0:0.5:0:0:0:0.5"), 0) == (100, 50, 25)
    four = run(image, "recolor:1:0:0:0:0:1:0:0:0:0:1:0:0:0:0:0.5")
    assert pixel(four, 0) == (200, 100, 50, 128)


def test_theme_turns_light_into_dark() -> None:
    image = Image.new("RGB", (60, 60), (250, 250, 250))
    ImageDraw.Draw(image).rectangle((20, 20, 40, 30), fill=(10, 10, 10))
    ImageDraw.Draw(image).rectangle((20, 40, 40, 50), fill=(200, 30, 30))
    dark = array(run(image, "theme:color_black"))
    assert dark[5, 5].max() <= 3
    assert dark[25, 30].min() >= 200
    assert dark[45, 30, 0] > dark[45, 30, 1:].max() + 50
    assert run(image, "theme:color_black:photosensitivity_0").tobytes() == image.tobytes()


def test_art_filters_all_differ(photo: Image.Image) -> None:
    results = {run(photo, f"art:{name}").tobytes() for name in ART_FILTERS}
    assert len(results | {photo.tobytes()}) == len(ART_FILTERS) + 1


def test_colour_deficiencies_confuse_what_they_should() -> None:
    image = flat((150, 110, 40), (110, 130, 40))

    def apart(picture: Image.Image) -> float:
        return float(np.abs(np.subtract(pixel(picture, 0), pixel(picture, 1))).sum())

    seen = {name: apart(run(image, f"simulate_colorblind:{name}")) for name in COLOUR_DEFICIENCIES}
    assert seen["deuteranopia"] < seen["deuteranomaly"] < apart(image)
    assert seen["tritanopia"] > seen["deuteranopia"]
    default = run(image, "simulate_colorblind").tobytes()
    assert default == run(image, "simulate_colorblind:deuteranopia").tobytes()


def test_assistance_makes_red_and_green_tell_apart() -> None:
    image = flat((180, 100, 60), (100, 140, 60), (120, 120, 120))
    seen = run(image, "simulate_colorblind")
    helped = run(run(image, "assist_colorblind:xray"), "simulate_colorblind")
    difference = [np.abs(np.subtract(pixel(p, 0), pixel(p, 1))).sum() for p in (seen, helped)]
    assert difference[1] > difference[0]
    striped = array(run(image, "assist_colorblind:50"))
    assert striped[:, :20].std(axis=(0, 1)).min() > 5
    assert striped[:, 40:].std(axis=(0, 1)).max() == 0
    # Opposite diagonals: a row is the one above moved to opposite sides.
    assert (striped[1, 1:9] == striped[0, 2:10]).all() or (striped[1, 1:9] == striped[0, :8]).all()


def test_opacity_stays_as_it_was(photo: Image.Image) -> None:
    shape = photo.copy()
    mask = Image.new("L", SIZE)
    ImageDraw.Draw(mask).ellipse((20, 20, 160, 100), fill=180)
    shape.putalpha(mask)
    for text in ("sepia", "blur:500", "pixelate:9", "oil_paint", "vignette", "art:fes", "hue"):
        changed = run(shape, text)
        assert changed.mode == "RGBA"
        assert changed.getchannel("A").tobytes() == mask.tobytes()
        assert changed.convert("RGB").tobytes() != shape.convert("RGB").tobytes()


@pytest.mark.parametrize("name", ["enhance", "gen_restore", "no_such_effect"])
def test_what_is_not_offered_is_refused(photo: Image.Image, name: str) -> None:
    with pytest.raises(BadRequest, match=name):
        run(photo, name)
