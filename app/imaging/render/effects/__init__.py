"""Effects (``e_``) on frames."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from PIL import Image

from app.domain.transformation import effect_names
from app.domain.transformation.steps import Effect
from app.imaging.render.effects import (
    art,
    colours,
    focus,
    outlines,
    style,
    tones,
    transparency,
    vision,
    warp,
)
from app.imaging.render.effects.call import Call, Scene

__all__ = ["Scene", "apply", "apply_all"]

_Function: TypeAlias = Callable[[Image.Image, Call], Image.Image]

#: Effects on colours: they are given and return ``RGB`` of the same size; opacity stays.
_ON_COLOURS: Mapping[str, _Function] = {
    "adv_redeye": focus.redeye,
    "art": art.art,
    "assist_colorblind": vision.assist_colorblind,
    "auto_brightness": tones.auto_brightness,
    "auto_color": tones.auto_color,
    "auto_contrast": tones.auto_contrast,
    "blackwhite": colours.blackwhite,
    "blue": tones.channel,
    "brightness": tones.brightness,
    "brightness_hsb": tones.brightness_hsb,
    "cartoonify": style.cartoonify,
    "colorize": colours.colorize,
    "contrast": tones.contrast,
    "fill_light": tones.fill_light,
    "gamma": tones.gamma,
    "grayscale": colours.grayscale,
    "green": tones.channel,
    "hue": colours.hue,
    "improve": tones.improve,
    "negate": colours.negate,
    "oil_paint": style.oil_paint,
    "ordered_dither": style.ordered_dither,
    "red": tones.channel,
    "redeye": focus.redeye,
    "replace_color": colours.replace_color,
    "saturation": colours.saturation,
    "sepia": colours.sepia,
    "sharpen": focus.sharpen,
    "simulate_colorblind": vision.simulate_colorblind,
    "theme": colours.theme,
    "tint": colours.tint,
    "unsharp_mask": focus.unsharp_mask,
    "vectorize": style.vectorize,
    "vibrance": colours.vibrance,
    "vignette": style.vignette,
}

#: Effects that look at opacity, change it, or change the size.
_ON_PICTURES: Mapping[str, _Function] = {
    "bgremoval": transparency.bgremoval,
    "blur": focus.blur,
    "blur_faces": focus.blur_faces,
    "blur_region": focus.blur_region,
    "distort": warp.distort,
    "dropshadow": outlines.dropshadow,
    "gradient_fade": transparency.gradient_fade,
    "make_transparent": transparency.make_transparent,
    "opacity_threshold": transparency.opacity_threshold,
    "outline": outlines.outline,
    "pixelate": focus.pixelate,
    "pixelate_faces": focus.pixelate_faces,
    "pixelate_region": focus.pixelate_region,
    "recolor": colours.recolor,
    "shadow": outlines.shadow,
    "shear": warp.shear,
    "trim": warp.trim,
}


def apply(image: Image.Image, effect: Effect, scene: Scene) -> Image.Image:
    """Apply an effect to one frame.

    Args:
        image: ``RGB`` or ``RGBA``.

    Returns:
        A new picture, ``RGBA`` where the effect makes transparency, or the same one where
        nothing changes; ``trim``, ``outline``, ``shadow``, ``shear`` and ``distort`` change the
        size.

    Raises:
        BadRequest: there is no such effect, an argument is not what it takes, or the result
            would be larger than the scene's limits.
    """
    return _run(image, _call(effect, scene))


def apply_all(
    frames: Sequence[Image.Image], effect: Effect, scene: Scene
) -> tuple[Image.Image, ...]:
    """Apply an effect to all frames of a picture, which keep one size.

    Raises:
        BadRequest: as :func:`apply`.
    """
    call = replace(_call(effect, scene), frames=len(frames))
    if effect.name == "trim":
        boxes = [box for frame in frames if (box := warp.trim_box(frame, call))]
        if not boxes:
            return tuple(frames)
        lefts, tops, rights, bottoms = zip(*boxes, strict=True)
        union = (min(lefts), min(tops), max(rights), max(bottoms))
        return tuple(frame.crop(union) for frame in frames)
    return tuple(_run(frame, call) for frame in frames)


def _call(effect: Effect, scene: Scene) -> Call:
    return Call(
        name=effect.name,
        values=effect_names.values(effect.name, effect.arguments),
        colour=effect.colour,
        x=effect.x,
        y=effect.y,
        width=effect.width,
        height=effect.height,
        scene=scene,
    )


def _run(image: Image.Image, call: Call) -> Image.Image:
    function = _ON_COLOURS.get(call.name)
    if function is None:
        return _ON_PICTURES[call.name](image, call)
    if image.mode == "RGB":
        return function(image, call)
    alpha = image.getchannel("A")
    changed = function(image.convert("RGB"), replace(call, visible=alpha)).convert("RGBA")
    changed.putalpha(alpha)
    return changed
