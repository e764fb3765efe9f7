"""Steps: components with every expression evaluated. What a renderer is told to do next.

Lengths are pixels of the picture as it is at that step, the device pixel ratio multiplied in.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Mode: TypeAlias = Literal[
    "scale",
    "fit",
    "limit",
    "mfit",
    "fill",
    "lfill",
    "fill_pad",
    "pad",
    "lpad",
    "mpad",
    "crop",
    "thumb",
    "auto",
    "auto_pad",
    "imagga_crop",
    "imagga_scale",
]


@dataclass(frozen=True, slots=True)
class Colour:
    """sRGB with opacity, 0 … 255 each."""

    red: int
    green: int
    blue: int
    alpha: int = 255


@dataclass(frozen=True, slots=True)
class Gravity:
    """What stays in sight, or where something is anchored.

    Attributes:
        names: tried in order until one is found in the picture: compass points (``center``,
            ``north_west`` …), ``face``, ``faces``, ``custom``, ``auto``, ``xy_center``, names
            of objects. The last one is a compass point, ``auto`` or ``xy_center``.
        hints: subjects that ``auto`` prefers (``auto:face``, ``auto:car``).
    """

    names: tuple[str, ...] = ("center",)
    hints: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Background:
    """What fills the part of a canvas that no picture covers.

    Attributes:
        kind: ``colour``; ``auto`` (of ``b_auto``), ``blurred`` (of ``b_blurred``).
        colour: for ``colour``.
        arguments: what followed the kind, by colons: ``predominant_gradient``, ``4`` …
    """

    kind: Literal["colour", "auto", "blurred"] = "colour"
    colour: Colour = Colour(255, 255, 255)
    arguments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Resize:
    """``c w h ar g x y z`` of one component.

    Attributes:
        width, height: whole pixels; ``None`` where not given. At least one side, or an aspect
            ratio, is given for every mode but ``crop`` and ``thumb``.
        aspect: width ÷ height; ``None`` where not given.
        x, y: offset in pixels; ``None`` where not given. Negative ones are allowed.
        zoom: of ``z_``; ``None`` where not given.
        ignore_aspect: ``fl_ignore_aspect_ratio``: the side that is not given stays as it is.
    """

    mode: Mode
    width: int | None = None
    height: int | None = None
    aspect: float | None = None
    gravity: Gravity = Gravity()
    x: float | None = None
    y: float | None = None
    zoom: float | None = None
    ignore_aspect: bool = False


@dataclass(frozen=True, slots=True)
class Effect:
    """``e_<name>:<arguments>`` with the parameters of its component that it may read.

    Attributes:
        arguments: what followed the name, by colons, variables replaced: ``("50",)``.
        colour: of ``co_``; ``None`` where not given.
        x, y: of the component; ``None`` where not given.
        width, height: of ``w_`` and ``h_`` for the effects on a region (``blur_region`` …), which
            read them instead of a resize; ``None`` where not given.
    """

    name: str
    arguments: tuple[str, ...] = ()
    colour: Colour | None = None
    x: float | None = None
    y: float | None = None
    width: float | None = None
    height: float | None = None


@dataclass(frozen=True, slots=True)
class Corners:
    """Radii of the corners in pixels, clockwise from the upper left; ``None`` for ``r_max``."""

    radii: tuple[float, float, float, float] | None


@dataclass(frozen=True, slots=True)
class Border:
    """``bo_<width>px_solid_<colour>``; the width in pixels."""

    width: int
    colour: Colour


@dataclass(frozen=True, slots=True)
class Placement:
    """How a layer is put on the picture, or under it.

    Attributes:
        under: an underlay: the picture is put on the layer.
        x, y: offset from where the gravity puts it, in pixels of the picture.
        blend: ``normal``, ``screen``, ``multiply``, ``overlay``, ``mask``, ``cut_out``,
            ``displace``, ``anti_removal`` …
        arguments: what followed the blend mode's name, by colons.
        tiled: repeat it over the whole picture.
        no_overflow: never let it enlarge the picture: what sticks out is cut off.
        disallow_overflow: ``fl_text_disallow_overflow``: refuse a layer that sticks out.
    """

    under: bool = False
    gravity: Gravity = Gravity()
    x: float = 0.0
    y: float = 0.0
    blend: str = "normal"
    arguments: tuple[str, ...] = ()
    tiled: bool = False
    no_overflow: bool = False
    disallow_overflow: bool = False


@dataclass(frozen=True, slots=True)
class TextStyle:
    """How the text of a layer looks.

    Attributes:
        family: font family as written.
        size: pixels.
        weight, slant: ``bold``, ``italic`` …
        decoration: ``underline``, ``strikethrough`` or nothing.
        align: of lines: ``left``, ``center``, ``right``, ``end``, ``start``, ``justify``.
        stroke: whether ``stroke`` was asked for; its border's width and colour come from ``bo``.
        letter_spacing, line_spacing: pixels added between letters and between lines.
        antialias, hinting: as written, empty for the default.
    """

    family: str
    size: float
    weight: str = "normal"
    slant: str = "normal"
    decoration: str = ""
    align: str = ""
    stroke: bool = False
    letter_spacing: float = 0.0
    line_spacing: float = 0.0
    antialias: str = ""
    hinting: str = ""


@dataclass(frozen=True, slots=True)
class LayerRef:
    """What a layer shows, beside text.

    Attributes:
        kind: ``asset`` or ``fetch``.
        resource_type, type: of the asset; ``image`` and ``upload`` unless said otherwise. A raw
            one is a colour table (``l_lut``), which changes the picture's colours.
        name: public id (slashes, not colons; may carry an extension), or the remote URL.
    """

    kind: Literal["asset", "fetch"]
    name: str
    resource_type: Literal["image", "raw"] = "image"
    type: str = "upload"


@dataclass(frozen=True, slots=True)
class TextLayer:
    """A text, or the picture of one.

    Attributes:
        text: decoded; lines parted by newlines.
        style: ``None`` where ``named`` names a text asset whose style is to be used.
        named: public id of a text asset; empty without.
        colour: of ``co_``, black without.
        background: of ``b_``, ``None`` for transparent.
        border: of ``bo_``: a stroke around letters if the style says so, else a frame.
        width, height: of ``w_`` and ``h_``: where lines wrap (``c_fit``); ``None`` without.
        mode: ``c_`` with them; empty without.
        ellipsis: ``fl_text_disallow_overflow`` and friends: cut what does not fit.
    """

    text: str
    style: TextStyle | None
    named: str = ""
    colour: Colour = Colour(0, 0, 0)
    background: Colour | None = None
    border: Border | None = None
    width: int | None = None
    height: int | None = None
    mode: str = ""
    no_trim: bool = False
    ellipsis: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One component, ready to be run. In this order:

    resize → effects → rotate → opacity → corners → border → background.

    Attributes:
        rotate: turns in order: ``(kind, degrees clockwise)``, kinds ``angle``, ``hflip``,
            ``vflip``, ``auto_right``, ``auto_left``, ``exif``, ``ignore``.
        opacity: 0 … 100.
        background: fills behind what is transparent, and the canvas of paddings.
        colour: of ``co_``.
        page: first page or frame of ``pg_``, counted from 1; ``None`` without.
        flags: flags that change pixels: ``cutter``, ``tiled``, ``no_overflow`` …
    """

    resize: Resize | None = None
    effects: tuple[Effect, ...] = ()
    rotate: tuple[tuple[str, float], ...] = ()
    opacity: float | None = None
    corners: Corners | None = None
    border: Border | None = None
    background: Background | None = None
    colour: Colour | None = None
    page: int | None = None
    flags: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True, slots=True)
class LayerStep:
    """The opening of a layer: what it shows, and what its own component does to it."""

    content: LayerRef | TextLayer
    step: Step


@dataclass(frozen=True, slots=True)
class Output:
    """How the result is to be written: ``f q fl cs dl`` of all components, the last one wins.

    Attributes:
        format: of ``f_``: an extension or ``auto``; empty without.
        quality: 1 … 100; ``None`` for the default or where ``auto`` is set.
        auto: ``best``, ``good``, ``eco`` or ``low`` for ``q_auto``; empty without.
        chroma: ``444`` or ``420`` of ``q_80:444``; empty for the default.
        lossless: whether the format's lossless form is asked for.
        flags: flags that change the file: ``progressive``, ``lossy``, ``png8``, ``apng``,
            ``force_icc``, ``force_strip``, ``keep_iptc``, ``keep_attribution`` …
        delay: ``dl_``: milliseconds between frames; ``None`` keeps them.
        loop: ``e_loop``: how often an animation repeats, 0 for ever; ``None`` keeps it.
        colour_space: of ``cs_``: ``srgb``, ``tinysrgb``, ``cmyk``, ``no_cmyk``, ``keep_cmyk`` …
        tracing: arguments of ``e_vectorize``, which say how a vector format is traced.
    """

    format: str = ""
    quality: int | None = None
    auto: str = ""
    chroma: str = ""
    lossless: bool = False
    flags: frozenset[str] = field(default_factory=frozenset)
    delay: int | None = None
    loop: int | None = None
    colour_space: str = ""
    tracing: tuple[str, ...] = ()
