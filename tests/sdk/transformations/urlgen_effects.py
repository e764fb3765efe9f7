"""Effects, adjustments and reshapes of @cloudinary/url-gen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.sdk.transformations.case import MARGIN, PHOTO, Case, source_format, source_shape
from tests.sdk.transformations.expect import RAMP, blank, colour, ramp

FILTERS = (
    "alDente athena audrey aurora daguerre eucalyptus fes frost hairspray hokusai incognito linen "
    "peacock primavera quartz redRock refresh sizzle sonnet ukulele zorro"
).split()
DITHERS = (
    "threshold1x1Nondither checkerboard2x1Dither ordered2x2Dispersed ordered3x3Dispersed "
    "ordered4x4Dispersed ordered8x8Dispersed halftone4x4Angled halftone6x6Angled halftone8x8Angled "
    "halftone4x4Orthogonal halftone6x6Orthogonal halftone8x8Orthogonal halftone16x16Orthogonal "
    "circles5x5Black circles5x5White circles6x6Black circles6x6White circles7x7Black "
    "circles7x7White"
).split()
CONDITIONS = (
    "deuteranopia protanopia tritanopia tritanomaly deuteranomaly coneMonochromacy rodMonochromacy"
).split()

#: Change the colours of a photo and keep its size.
EFFECTS = [
    "Effect.blur()",
    "Effect.blur(500)",
    "Effect.blur(800).region(Region.faces())",
    "Effect.blur(800).region(Region.custom().x(40).y(30).width(90).height(60))",
    "Effect.pixelate()",
    "Effect.pixelate(20)",
    "Effect.pixelate(9).region(Region.faces())",
    "Effect.pixelate(7).region(Region.custom().x(20).y(20).width(120).height(90))",
    "Effect.grayscale()",
    "Effect.sepia()",
    "Effect.sepia(50)",
    "Effect.colorize(35).color('blue')",
    "Effect.colorize()",
    "Effect.oilPaint()",
    "Effect.oilPaint(60)",
    "Effect.cartoonify()",
    "Effect.cartoonify(60).colorReductionLevel(40)",
    "Effect.cartoonify(30).blackwhite()",
    "Effect.blackwhite()",
    "Effect.blackwhite(40)",
    "Effect.negate()",
    "Effect.vignette()",
    "Effect.vignette(60)",
    "Effect.vectorize()",
    "Effect.vectorize().numOfColors(5).detailsLevel(100).despeckleLevel(20).cornersLevel(30)",
    "Effect.gradientFade().strength(50)",
    "Effect.gradientFade().type(GradientFade.symmetric()).horizontalStartPoint(0.2)",
    "Effect.gradientFade().type(GradientFade.symmetricPad()).verticalStartPoint(0.3)",
    "Effect.assistColorBlind()",
    "Effect.assistColorBlind().stripesStrength(20)",
    "Effect.assistColorBlind().xray()",
    "Effect.theme('black')",
    "Effect.theme('blue').photosensitivity(110)",
    *(f"Effect.artisticFilter(ArtisticFilter.{name}())" for name in FILTERS),
    *(f"Effect.dither(Dither.{name}())" for name in DITHERS),
    *(f"Effect.simulateColorBlind().condition(SimulateColorBlind.{name}())" for name in CONDITIONS),
]

ADJUSTMENTS = [
    "Adjust.brightness(40)",
    "Adjust.brightness(-30)",
    "Adjust.brightnessHSB(30)",
    "Adjust.contrast(50)",
    "Adjust.contrast(40).functionType('sigmoidal')",
    "Adjust.saturation(70)",
    "Adjust.saturation(-100)",
    "Adjust.vibrance(80)",
    "Adjust.hue(40)",
    "Adjust.gamma(50)",
    "Adjust.red(50)",
    "Adjust.green(-40)",
    "Adjust.blue(60)",
    "Adjust.sharpen()",
    "Adjust.sharpen(400)",
    "Adjust.unsharpMask(500)",
    "Adjust.tint('100:red:blue:yellow')",
    "Adjust.tint('equalize:80:blue:blueviolet')",
    "Adjust.replaceColor('blue').fromColor('e66f1e').tolerance(60)",
    "Adjust.replaceColor('green')",
    "Adjust.recolor([[0.3, 0.7, 0.1], [0.3, 0.6, 0.1], [0.2, 0.5, 0.1]])",
    "Adjust.fillLight()",
    "Adjust.fillLight().blend(60).bias(20)",
    "Adjust.opacity(40)",
    "Adjust.by3dLut('film:grade.3dl')",
]

#: These look at the photo first, and may leave a good one as it is.
AUTOMATIC = [
    "Adjust.improve()",
    "Adjust.improve().mode(ImproveMode.indoor()).blend(40)",
    "Adjust.improve().mode(ImproveMode.outdoor())",
    "Adjust.autoBrightness()",
    "Adjust.autoBrightness(60)",
    "Adjust.autoColor()",
    "Adjust.autoColor(70)",
    "Adjust.autoContrast()",
    "Adjust.autoContrast(80)",
]
CORRECTIONS = ["Effect.redEye()", "Effect.advancedRedEye()"]

#: Each has its reason in ``refused.txt``.
REFUSED = [
    "effect(Effect.accelerate(100))",
    "effect(Effect.boomerang())",
    "effect(Effect.deshake())",
    "effect(Effect.fadeIn(500))",
    "effect(Effect.fadeOut(500))",
    "effect(Effect.reverse())",
    "effect(Effect.transition())",
    "effect(Effect.generativeRemove().prompt('dog'))",
    "effect(Effect.generativeReplace().from('dog').to('cat'))",
    "effect(Effect.generativeBackgroundReplace().prompt('beach'))",
    "effect(Effect.generativeRecolor('shirt', 'red'))",
    "effect(Effect.generativeRestore())",
    "effect(Effect.upscale())",
    "effect(Effect.enhance())",
    "effect(Effect.extract('dog'))",
    "effect(Effect.backgroundRemoval())",
    "effect(Effect.styleTransfer(Source.image('logo')).strength(50))",
    "effect(Effect.noise(30))",
    "adjust(Adjust.viesusCorrect())",
    "overlay(Overlay.source(Source.video('dog')))",
    "overlay(Overlay.source(Source.subtitles('words.srt')))",
    "addFlag(Flag.clip())",
    "addFlag(Flag.clipEvenOdd())",
    "customFunction(CustomFunction.wasm('blur.wasm'))",
    "customFunction(CustomFunction.remote('https://example.org/f'))",
    "resize(Resize.pad(300, 300).background(Background.generativeFill()))",
]


def cases() -> Iterator[Case]:
    """All of them."""
    for method, group, calls in (
        ("effect", "effect", EFFECTS),
        ("adjust", "adjust", ADJUSTMENTS),
        ("adjust", "adjust automatically", AUTOMATIC),
        ("effect", "adjust automatically", CORRECTIONS),
    ):
        for call in calls:
            photo = source_shape(PHOTO)
            shape = photo if group == "adjust automatically" else photo.recoloured()
            yield Case(
                "url-gen",
                group,
                shape,
                f"image.{method}({call})",
                source=PHOTO,
                format=source_format(PHOTO),
            )
    for call in REFUSED:
        yield Case("url-gen", "refused", ramp(), f"image.{call}")
    yield from _shapes()
    yield from _transparency()
    yield from _animations()


def _case(call: str, group: str, source: str, **facts: Any) -> Case:
    shape = facts.pop("shape", None) or source_shape(source).recoloured()
    picture_format = facts.pop("format", None) or source_format(source)
    return Case(
        "url-gen", group, shape, f"image.{call}", source=source, format=picture_format, **facts
    )


def _shapes() -> Iterator[Case]:
    """What turns, bends or trims."""
    for degrees in (90, 180, 270, -90, 30, 45, 360):
        shape = ramp().turned(degrees)
        yield _case(f"rotate(Rotate.byAngle({degrees}))", "rotate", "ramp", shape=shape)
    for mode, shape in (
        ("horizontalFlip", ramp().mirrored(across=True)),
        ("verticalFlip", ramp().mirrored(across=False)),
        ("ignore", ramp()),
    ):
        call = f"rotate(Rotate.mode(RotationMode.{mode}()))"
        yield _case(call, "rotate", "ramp", shape=shape)
    # The longer side of the picture lies where no rule says which way it is asked for.
    for mode in ("autoRight", "autoLeft"):
        call = f"rotate(Rotate.mode(RotationMode.{mode}()))"
        yield _case(call, "rotate", "ramp", shape=ramp().unsized())
    inner = blank(120 - 2 * MARGIN, 90 - 2 * MARGIN)
    for call in ("trim()", "trim().colorSimilarity(20)", "trim().colorOverride('white')"):
        yield _case(f"reshape(Reshape.{call})", "reshape", "framed", shape=inner)
    for call in (
        "shear(20, 0)",
        "shear(5, 10)",
        "distort([20, 10, 200, 0, 220, 150, 10, 140])",
        "distortArc(120)",
    ):
        shape = ramp().recoloured().unsized()
        yield _case(f"reshape(Reshape.{call})", "reshape", "ramp", shape=shape)
    cut = blank(*RAMP).recoloured()
    yield _case("reshape(Reshape.cutByImage(Source.image('logo')))", "reshape", "ramp", shape=cut)
    for call, radii in (
        ("byRadius(20)", (20, 20, 20, 20)),
        ("byRadius(10, 40)", (10, 40, 10, 40)),
        ("byRadius(0, 20, 40, 60)", (0, 20, 40, 60)),
        ("max()", None),
    ):
        shape = ramp().rounded(radii)
        yield _case(f"roundCorners(RoundCorners.{call})", "corners", "ramp", shape=shape)
    for width, name in ((5, "red"), (12, "blue")):
        shape = ramp().bordered(width, colour(name))
        yield _case(f"border(Border.solid({width}, '{name}'))", "border", "ramp", shape=shape)
    rounded = blank(RAMP[0] + 8, RAMP[1] + 8).recoloured()
    call = "border(Border.solid(4, 'red').roundCorners(RoundCorners.byRadius(20)))"
    yield _case(call, "border", "ramp", shape=rounded)


def _transparency() -> Iterator[Case]:
    """What makes transparent, and what is seen around transparent pictures."""
    white = ["Effect.makeTransparent(10)", "Effect.makeTransparent().colorToReplace('white')"]
    for call in white:
        yield _case(f"effect({call})", "transparency", "framed")
    for call in (
        "Effect.shadow(50).offsetX(8).offsetY(8).color('red')",
        "Effect.shadow()",
        "Effect.dropShadow().azimuth(220).elevation(40).spread(20)",
        "Effect.outline().color('red')",
        "Effect.outline().mode(OutlineMode.inner()).width(4).blurLevel(20).color('blue')",
        "Effect.outline().mode(OutlineMode.innerFill()).width(3)",
        "Effect.outline().mode(OutlineMode.outer()).width(6).color('green')",
        "Effect.outline().mode(OutlineMode.fill()).width(5).color('orange')",
    ):
        shape = source_shape("logo").recoloured().unsized()
        yield _case(f"effect({call})", "transparency", "logo", shape=shape)
    logo = source_shape("logo")
    yield _case("adjust(Adjust.opacityThreshold(60))", "transparency", "logo", shape=logo)
    yield _case("effect(Effect.removeBackground())", "transparency", "framed")
    call = "effect(Effect.removeBackground().screen().colorToRemove('white'))"
    yield _case(call, "transparency", "framed")
    yield _case("adjust(Adjust.opacity(30))", "transparency", "ramp")
    yield _case("backgroundColor('red')", "background", "logo")


def _animations() -> Iterator[Case]:
    """Frames kept, chosen, slowed down and repeated."""
    wheel = source_shape("wheel")
    for call, pages in (
        ("effect(Effect.loop())", 4),
        ("effect(Effect.loop(3))", 4),
        ("animated(Animated.edit().delay(200).loop(2))", 4),
        ("extract(Extract.getFrame().byNumber(2))", 1),
        ("extract(Extract.getPage().byNumber(3))", 1),
        ("resize(Resize.scale(32))", 4),
        ("effect(Effect.grayscale())", 4),
    ):
        shape = wheel.resized("scale", 32) if "Resize" in call else wheel
        yield _case(call, "animation", "wheel", shape=shape, pages=pages)
    kept: tuple[tuple[str, int | None], ...] = (("webp", None), ("gif", 4), ("png", 1))
    for name, frames in kept:
        call = f"delivery(Delivery.format(Format.{name}()))"
        yield _case(call, "animation", "wheel", shape=wheel, pages=frames, format=name)
    for name, flag in (("webp", "animatedWebP"), ("png", "animatedPng")):
        call = f"delivery(Delivery.format(Format.{name}())).addFlag(Flag.{flag}())"
        yield _case(call, "animation", "wheel", shape=wheel, pages=4, format=name)
