"""Layers, text, variables, conditions, delivery and flags of @cloudinary/url-gen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Any

from tests.sdk.transformations.case import PHOTO, Case, source_shape
from tests.sdk.transformations.expect import RAMP, Shape, blank, paint, ramp, stamped

ALIGNMENTS = "left center right start end justify".split()
ANTIALIASING = "none gray subpixel fast good best".split()
HINTING = "none slight medium full".split()
WEIGHTS = "thin light normal bold".split()

#: Source pixels by which a lossy format may put a point off.
LOSSY = 7

#: Flags that leave the pixels of a PNG as they are.
FLAGS = (
    "anyFormat animatedPng animatedWebP forceStrip forceIcc ignoreMaskChannels "
    "immutableCache keepAttribution keepIptc png24 png32 preserveTransparency progressive "
    "rasterize sanitize stripProfile"
).split()


def cases(remote: str) -> Iterator[Case]:
    """All of them; ``remote`` is a URL at which the logo can be loaded."""
    yield from _layers(remote)
    yield from _texts()
    yield from _variables()
    yield from _conditions()
    yield from _backgrounds()
    yield from _formats()
    yield from _qualities()
    yield from _delivery()
    yield from _flags()


def _ramp(call: str, kind: str, shape: Shape, **facts: Any) -> Case:
    return Case("url-gen", kind, shape, f"image.{call}", **facts)


def _layers(remote: str) -> Iterator[Case]:
    small = "new Transformation().resize(Resize.scale(30))"
    logo = f"Source.image('logo').transformation({small})"
    for place, left, top in (
        ("north_west", 0, 0),
        ("north", 105, 0),
        ("north_east", 210, 0),
        ("west", 0, 70),
        ("center", 105, 70),
        ("east", 210, 70),
        ("south_west", 0, 140),
        ("south", 105, 140),
        ("south_east", 210, 140),
    ):
        position = f"new Position().gravity(Gravity.compass('{place}'))"
        call = f"overlay(Overlay.source({logo}).position({position}))"
        yield _ramp(call, "overlay", stamped(ramp(), left, top, 30, 20))
    for place, left, top in (("north_west", 12, 8), ("south_east", 198, 132), ("center", 117, 78)):
        position = f"new Position().gravity(Gravity.compass('{place}')).offsetX(12).offsetY(8)"
        call = f"overlay(Overlay.source({logo}).position({position}))"
        yield _ramp(call, "overlay", stamped(ramp(), left, top, 30, 20))
    whole = stamped(ramp(), 75, 50, 90, 60)
    yield _ramp("overlay(Overlay.source(Source.image('logo')))", "overlay", whole)
    fetched = f"overlay(Overlay.source(Source.fetch('{remote}')))"
    yield _ramp(fetched, "overlay", whole)
    large = "Source.image('logo').transformation(new Transformation().resize(Resize.scale(300)))"
    enlarged = stamped(ramp().framed(-30, -20, 300, 200), 0, 0, 300, 200)
    yield _ramp(f"overlay(Overlay.source({large}))", "overlay", enlarged)
    position = "new Position().allowOverflow(false)"
    cut = stamped(ramp(), -30, -20, 300, 200)
    yield _ramp(f"overlay(Overlay.source({large}).position({position}))", "overlay", cut)
    tiles = f"overlay(Overlay.source({logo}).position(new Position().tiled()))"
    yield _ramp(tiles, "overlay", blank(*RAMP).recoloured())
    for mode in ("multiply()", "screen()", "overlay()", "antiRemoval(20)"):
        shape = ramp().covered(105, 70, 30, 20)
        if mode.startswith("antiRemoval"):
            shape = replace(shape, changed=False)  # it is meant to be all but invisible
        call = f"overlay(Overlay.source({logo}).blendMode(BlendMode.{mode}))"
        yield _ramp(call, "overlay", shape)
    masked = f"overlay(Overlay.source({logo}).blendMode(BlendMode.mask()))"
    yield _ramp(masked, "overlay", ramp().recoloured().unsized())
    yield _ramp("underlay(Underlay.source(Source.image('logo')))", "underlay", ramp())
    photo = f"underlay(Underlay.source(Source.image('{PHOTO}')))"
    yield _ramp(photo, "underlay", blank(200, 200).recoloured(), source="logo")
    nested = (
        "overlay(Overlay.source(Source.image('logo').transformation(new Transformation()"
        ".resize(Resize.scale(30)).overlay(Overlay.source(Source.image('ramp').transformation("
        "new Transformation().resize(Resize.scale(4)))))))"
    )
    yield _ramp(nested + ")", "overlay", ramp().covered(105, 70, 30, 20))
    folder = f"Source.image('{PHOTO}').transformation(new Transformation()"
    rounded = f"overlay(Overlay.source({folder}.resize(Resize.fill(40, 40))"
    rounded += ".roundCorners(RoundCorners.max()))))"
    yield _ramp(rounded, "overlay", ramp().covered(100, 60, 40, 40))
    half = "new Transformation().resize(Resize.scale(0.5).relative())"
    relative = f"Source.image('logo').transformation({half})"
    shape = stamped(ramp(), 60, 40, 120, 80)
    yield _ramp(f"overlay(Overlay.source({relative}))", "overlay", shape)


def _texts() -> Iterator[Case]:
    """Text in the upper left, so that the lower half of the picture stays what it is."""
    styles = [
        "new TextStyle('Arial', 24)",
        "new TextStyle('Roboto', 18)",
        "new TextStyle('Times', 26)",
        "new TextStyle('Arial', 20).fontStyle(FontStyle.italic())",
        "new TextStyle('Arial', 20).fontStyle(FontStyle.normal()).stroke(Stroke.solid(2, 'red'))",
        "new TextStyle('Arial', 20).letterSpacing(3).lineSpacing(4)",
        *(f"new TextStyle('Arial', 22).fontWeight(FontWeight.{name}())" for name in WEIGHTS),
        *(
            f"new TextStyle('Arial', 21).textAlignment(TextAlignment.{name}())"
            for name in ALIGNMENTS
        ),
        *(
            f"new TextStyle('Arial', 19).fontAntialias(FontAntialias.{name}())"
            for name in ANTIALIASING
        ),
        *(f"new TextStyle('Arial', 23).fontHinting(FontHinting.{name}())" for name in HINTING),
        *(
            f"new TextStyle('Arial', 25).textDecoration(TextDecoration.{name}())"
            for name in ("normal", "underline", "strikethrough")
        ),
    ]
    sources = [f"Source.text('Hi, you!', {style})" for style in styles]
    style = "new TextStyle('Arial', 20)"
    sources += [
        f"Source.text('50% off/now', {style}).textColor('red')",
        f"Source.text('größer 漢', {style}).textColor('#ffff00').backgroundColor('blue')",
        f"Source.text('several words in lines', {style}).textFit(TextFit.size(120, 60))",
        f"Source.text('turned', {style}).transformation("
        "new Transformation().rotate(Rotate.byAngle(10)))",
    ]
    position = "new Position().gravity(Gravity.compass('north_west')).offsetX(4).offsetY(4)"
    for source in sources:
        shape = ramp().covered(0, 0, 200, 80)
        yield _ramp(f"overlay(Overlay.source({source}).position({position}))", "text", shape)


def _variables() -> Iterator[Case]:
    half = ramp().resized("scale", 120)
    for assignment in (
        "Variable.set('size', 120)",
        "Variable.setInteger('size', 120)",
        "Variable.set('size', Expression.expression('60 * 2'))",
        "Variable.set('size', Expression.expression('width / 2'))",
        "Variable.set('size', Expression.expression('initial_height - 40'))",
    ):
        call = f"addVariable({assignment}).resize(Resize.scale('$size'))"
        yield _ramp(call, "variable", half)
    product = "Resize.scale(Expression.expression('$share * iw'))"
    call = f"addVariable(Variable.setFloat('share', 0.5)).resize({product})"
    yield _ramp(call, "variable", half)
    bordered = "addVariable(Variable.setString('ink', 'red')).border(Border.solid(6, '$ink'))"
    yield _ramp(bordered, "variable", ramp().bordered(6, paint(255, 0, 0)))
    words = (
        "addVariable(Variable.setString('word', 'Hi, you')).overlay(Overlay.source("
        "Source.text('$(word)!', new TextStyle('Arial', 20))).position("
        "new Position().gravity(Gravity.compass('north_west'))))"
    )
    yield _ramp(words, "variable", ramp().covered(0, 0, 200, 80))
    logo = (
        "addVariable(Variable.setAssetReference('mark', 'logo')).overlay("
        "Overlay.source(Source.image('$mark')))"
    )
    yield _ramp(logo, "variable", stamped(ramp(), 75, 50, 90, 60))
    context = (
        "addVariable(Variable.setFromContext('caption', 'caption')).overlay(Overlay.source("
        "Source.text('$(caption)', new TextStyle('Arial', 20))).position("
        "new Position().gravity(Gravity.compass('north_west'))))"
    )
    yield _ramp(context, "variable", ramp().covered(0, 0, 200, 80), source="region")


def _conditions() -> Iterator[Case]:
    small = "new Transformation().resize(Resize.scale(60))"
    turned = "new Transformation().rotate(Rotate.byAngle(90))"
    yes, no = ramp().resized("scale", 60), ramp().turned(90)
    for condition, shape in (
        ("width > 200", yes),
        ("width >= 241", no),
        ("initial_height = 160", yes),
        ("aspect_ratio < 1", no),
        ("width > 200 && height < 100", no),
        ("width > 300 || height < 200", yes),
        ("width != 240", no),
        ("face_count > 5", no),
        ("page_count = 1", yes),
    ):
        call = f'conditional(Conditional.ifCondition("{condition}", {small}).otherwise({turned}))'
        yield _ramp(call, "condition", shape)
    for condition, shape in (
        ("!outdoor! in tags", yes),
        ("!outdoor:zoo! in tags", no),
        ("context:caption = !ramp!", no),
    ):
        call = f"conditional(Conditional.ifCondition('{condition}', {small}).otherwise({turned}))"
        yield _ramp(call, "condition", shape, source="region")
    alone = f"conditional(Conditional.ifCondition('height > 500', {small}))"
    yield _ramp(alone, "condition", ramp())
    for name, shape in (
        ("small_square", ramp().resized("fill", 60, 60)),
        ("two_steps", ramp().resized("crop", 120, 80).turned(90)),
    ):
        call = f"namedTransformation(NamedTransformation.name('{name}'))"
        yield _ramp(call, "named", shape)
    call = (
        "addVariable(Variable.set('size', 80)).namedTransformation("
        "NamedTransformation.name('by_variable'))"
    )
    yield _ramp(call, "named", ramp().resized("scale", 80))


def _backgrounds() -> Iterator[Case]:
    shape = ramp().resized("pad", 150, 150).with_any_margin()
    for background in (
        "auto()",
        "border()",
        "border().contrast()",
        "border().contrast().palette('red', 'blue')",
        "predominant()",
        "predominant().contrast()",
        "borderGradient().gradientColors(2)",
        "predominantGradient().gradientColors(4).gradientDirection(GradientDirection.horizontal())",
        "predominantGradient().gradientDirection(GradientDirection.vertical())",
        "predominantGradient().gradientDirection(GradientDirection.diagonalAsc())",
        "predominantGradient().gradientDirection(GradientDirection.diagonalDesc())",
        "blurred()",
        "blurred().intensity(40).brightness(20)",
    ):
        yield _ramp(
            f"resize(Resize.pad(150, 150).background(Background.{background}))", "background", shape
        )


def _formats() -> Iterator[Case]:
    for name, written in (
        ("jpg", "jpg"),
        ("jpeg", "jpg"),
        ("png", "png"),
        ("webp", "webp"),
        ("avif", "avif"),
        ("gif", "gif"),
        ("bmp", "bmp"),
        ("tiff", "tiff"),
        ("tif", "tiff"),
        ("ico", "ico"),
        ("jp2", "jp2"),
        ("pdf", "pdf"),
        ("svg", "svg"),
    ):
        call = f"delivery(Delivery.format(Format.{name}()))"
        # An icon is at most 256 pixels wide, and a palette has 256 colours for all pixels.
        shape = ramp().repainted() if name in {"gif", "ico"} else ramp()
        yield _ramp(call, "format", shape, format=written, slack=LOSSY)
    for call in (
        "effect(Effect.vectorize()).delivery(Delivery.quality('auto'))",
        "effect(Effect.vectorize().numOfColors(4)).resize(Resize.scale(120))",
    ):
        shape = ramp().resized("scale", 120) if "Resize" in call else ramp()
        yield _ramp(f"{call}.delivery(Delivery.format('svg'))", "format", shape, format="svg")
    for accept, written in (
        ("image/avif,image/webp,*/*", "avif"),
        ("image/webp,*/*", "webp"),
        ("image/*", "jpg"),
    ):
        yield _ramp(
            "delivery(Delivery.format(Format.auto()))",
            "format",
            source_shape(PHOTO),
            source=PHOTO,
            format=written,
            headers={"Accept": accept},
            answers={"Vary": "Accept"},
        )


def _qualities() -> Iterator[Case]:
    photo = source_shape(PHOTO)
    for quality in (
        "80",
        "Quality.auto()",
        "Quality.autoBest()",
        "Quality.autoGood()",
        "Quality.autoEco()",
        "Quality.autoLow()",
        "85).chromaSubSampling(ChromaSubSampling.chroma444()",
        "70).chromaSubSampling(ChromaSubSampling.chroma420()",
        "90).quantization(60",
        "Quality.jpegmini()",
        "Quality.jpegminiBest()",
        "Quality.jpegminiHigh()",
        "Quality.jpegminiMedium()",
    ):
        call = f"delivery(Delivery.quality({quality}))"
        yield _ramp(call, "quality", photo, source=PHOTO, format="jpg")
    for mode in ("semi", "steep", "none", "progressive"):
        call = f"delivery(Delivery.format(Format.jpg()).progressive(Progressive.{mode}()))"
        yield _ramp(call, "format", photo, source=PHOTO, format="jpg")
    call = "delivery(Delivery.format(Format.png()).lossy().preserveTransparency())"
    yield _ramp(call, "format", blank(90, 60), source="logo")


def _delivery() -> Iterator[Case]:
    photo = source_shape(PHOTO)
    for space in ("srgb", "trueColor", "tinySrgb", "noCmyk", "keepCmyk", "cmyk"):
        call = f"delivery(Delivery.colorSpace(ColorSpace.{space}()))"
        yield _ramp(call, "delivery", photo, source=PHOTO, format="jpg")
    yield _ramp("delivery(Delivery.density(150))", "delivery", ramp())
    call = "delivery(Delivery.defaultImage('logo.png'))"
    yield _ramp(call, "delivery", blank(90, 60), source="missing")
    call = "resize(Resize.scale(100)).delivery(Delivery.dpr(Dpr.auto()))"
    yield _ramp(call, "delivery", ramp().resized("scale", 100))


def _flags() -> Iterator[Case]:
    for name in FLAGS:
        yield _ramp(f"addFlag(Flag.{name}())", "flag", ramp())
    yield _ramp("addFlag(Flag.png8())", "flag", ramp(), slack=10)
    # What has no transparency is then a JPEG.
    yield _ramp("addFlag(Flag.lossy())", "flag", ramp(), format="jpg", slack=LOSSY)
    attached = {"Content-Disposition": "attachment"}
    yield _ramp("addFlag(Flag.attachment())", "flag", ramp(), answers=attached)
    named = {"Content-Disposition": "holiday"}
    yield _ramp("addFlag(Flag.attachment('holiday'))", "flag", ramp(), answers=named)
    info = "resize(Resize.scale(100)).addFlag(Flag.getInfo())"
    yield _ramp(info, "flag", ramp().resized("scale", 100), info=True)
    tiff = "delivery(Delivery.format(Format.tiff())).addFlag(Flag.tiff8Lzw())"
    yield _ramp(tiff, "flag", ramp(), format="tiff")
    for flag in ("tiled", "noOverflow", "relative", "regionRelative"):
        yield _ramp(f"addFlag(Flag.{flag}())", "flag", ramp())
    chained = (
        "resize(Resize.crop(120, 80).gravity(Gravity.compass('south_east')))"
        ".rotate(Rotate.byAngle(90)).border(Border.solid(4, 'blue')).resize(Resize.scale(44))"
    )
    shape = ramp().resized("crop", 120, 80, gravity="south_east").turned(90)
    shape = shape.bordered(4, paint(0, 0, 255)).resized("scale", 44)
    yield _ramp(chained, "chain", shape)
    for number in range(1, 9):
        width, share = 60 + 20 * number, Fraction(number, 10)
        chained = (
            f"resize(Resize.fill({width}, 90)).rotate(Rotate.mode(RotationMode.horizontalFlip()))"
            f".resize(Resize.crop({float(share)}, {float(share)}).gravity(Gravity.compass('east')))"
        )
        shape = ramp().resized("fill", width, 90).mirrored(across=True)
        yield _ramp(chained, "chain", shape.resized("crop", share, share, gravity="east"))
