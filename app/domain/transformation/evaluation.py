"""One component with its values calculated, for the picture that it meets."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeVar

from app.domain.errors import BadRequest
from app.domain.rendering import RenderLimits
from app.domain.transformation import effect_names, expressions, layers, values, vocabulary
from app.domain.transformation.facts import Facts, Share, Value
from app.domain.transformation.nodes import Component
from app.domain.transformation.parameters import REFERENCE, WORDS, invalid
from app.domain.transformation.steps import (
    Border,
    Corners,
    Effect,
    Gravity,
    LayerRef,
    Output,
    Placement,
    Resize,
    Step,
    TextLayer,
)

T = TypeVar("T")

#: Modes that look for what matters unless they are told where to look.
_LOOKING = frozenset("auto auto_pad imagga_crop imagga_scale".split())
#: Modes that mean something without any size.
_SIZELESS = frozenset(("crop", "thumb"))
_NORTH_WEST = Gravity(("north_west",))


class Evaluation:
    """Reads one component.

    Args:
        facts: the picture that it is run on.
        base: the picture under it where that is a layer's.
        variables: values by name, without ``$``.
        dpr: what ``dpr_auto`` stands for.
    """

    def __init__(
        self,
        component: Component,
        facts: Facts,
        base: Facts | None,
        variables: Mapping[str, Value],
        dpr: float,
        limits: RenderLimits,
    ) -> None:
        self._component = component
        self._params = component.params
        self._flags = component.flags
        self._facts = facts
        self._base = base
        self._variables = variables
        self._limits = limits
        self._density = 1.0
        if "dpr" in self._params:
            ratio = self._read("dpr", values.density)
            self._density = dpr if ratio is None else ratio

    def step(self, *, text: bool = False) -> Step:
        """What the component does to its picture.

        Args:
            text: it opens a text, which colour, background, border and wrapping are part of.
        """
        background = self._read("b", values.background)
        if text and background and background.kind == "colour":
            background = None
        wraps = text and self._params.get("c") == "fit"
        return Step(
            resize=None if wraps else self._resize(),
            effects=self._effects(),
            rotate=self._read("a", values.angles) or (),
            opacity=self._read("o", values.percent),
            corners=Corners(self._radii()) if "r" in self._params else None,
            border=None if text else self._border(),
            background=background,
            colour=None if text else self._read("co", values.colour),
            page=self._read("pg", values.page),
            flags=frozenset(self._flags) & vocabulary.PIXEL_FLAGS - {"layer_apply"},
        )

    def output(self, output: Output) -> Output:
        """What the component says of the file, on top of what earlier ones said."""
        if "f" in self._params:
            output = replace(output, format=self._read("f", values.file_format) or "")
        if quality := self._read("q", values.quality):
            output = replace(
                output,
                quality=quality.number,
                auto=quality.auto,
                chroma=quality.chroma,
                lossless=quality.number == 100,
            )
        if "dl" in self._params:
            output = replace(output, delay=self._read("dl", values.whole))
        if "cs" in self._params:
            output = replace(output, colour_space=self._read("cs", values.colour_space) or "")
        name, arguments = self._effect()
        if name == "loop":
            output = replace(output, loop=int("".join(arguments) or 0))
        elif name == "vectorize":
            output = replace(output, tracing=arguments)
        flags = frozenset(self._flags) & vocabulary.FILE_FLAGS
        if self._flags.get("progressive") == "none":
            flags -= {"progressive"}
        return replace(output, flags=output.flags | flags) if flags else output

    def content(self) -> LayerRef | TextLayer:
        """What the component, which opens a layer, shows."""
        name = "l" if "l" in self._params else "u"
        value = self._params[name]
        try:
            shown = layers.layer(self._substituted(value, bare=not value.startswith("text:")))
        except ValueError:
            raise invalid(name, value) from None
        return self._text(shown) if isinstance(shown, TextLayer) else shown

    def placement(self, *, under: bool) -> Placement:
        """Where the component, which closes a layer, puts it on the picture under it.

        Args:
            under: the layer goes below.
        """
        base = self._base or self._facts
        name, arguments = self._effect()
        blends = name in effect_names.BLENDS
        return Placement(
            under=under,
            gravity=self._read("g", values.gravity) or Gravity(),
            x=self._offset("x", base.width) or 0.0,
            y=self._offset("y", base.height) or 0.0,
            blend=name if blends else "normal",
            arguments=arguments if blends else (),
            tiled="tiled" in self._flags,
            no_overflow="no_overflow" in self._flags,
            disallow_overflow="text_disallow_overflow" in self._flags,
        )

    def _text(self, layer: TextLayer) -> TextLayer:
        """A text with what its component says of its looks."""
        if len(layer.text) > self._limits.text:
            raise BadRequest(f"Text is longer than {self._limits.text} characters")
        wraps = self._params.get("c") == "fit"
        background = self._read("b", values.background)
        style = layer.style and replace(
            layer.style,
            size=layer.style.size * self._density,
            letter_spacing=layer.style.letter_spacing * self._density,
            line_spacing=layer.style.line_spacing * self._density,
        )
        return replace(
            layer,
            style=style,
            colour=self._read("co", values.colour) or layer.colour,
            background=background.colour if background and background.kind == "colour" else None,
            border=self._border() or layer.border,
            width=self._side("w") if wraps else None,
            height=self._side("h") if wraps else None,
            mode="fit" if wraps else "",
            no_trim="text_no_trim" in self._flags,
            ellipsis="text_disallow_overflow" in self._flags,
        )

    def _resize(self) -> Resize | None:
        mode = self._read("c", values.mode)
        width, height = self._side("w"), self._side("h")
        aspect = self._read("ar", values.aspect)
        sized = width is not None or height is not None or aspect is not None
        if mode is None and self._effect()[0] in vocabulary.REGION_EFFECTS:
            return None
        if not sized and mode not in _SIZELESS:
            return None
        mode = mode or "scale"
        x = self._offset("x", self._facts.width)
        y = self._offset("y", self._facts.height)
        gravity = self._read("g", values.gravity)
        if gravity is None:
            gravity = Gravity(("auto",)) if mode in _LOOKING else Gravity()
            if mode == "crop" and (x is not None or y is not None):
                gravity = _NORTH_WEST
        return Resize(
            mode=mode,
            width=width,
            height=height,
            aspect=aspect,
            gravity=gravity,
            x=x,
            y=y,
            zoom=self._read("z", values.positive),
            ignore_aspect="ignore_aspect_ratio" in self._flags,
        )

    def _effects(self) -> tuple[Effect, ...]:
        name, arguments = self._effect()
        if not name or name == "loop" or name in effect_names.BLENDS:
            return ()
        region = name in vocabulary.REGION_EFFECTS
        return (
            Effect(
                name,
                arguments,
                colour=self._read("co", values.colour),
                x=self._offset("x", self._facts.width),
                y=self._offset("y", self._facts.height),
                width=self._side("w") if region else None,
                height=self._side("h") if region else None,
            ),
        )

    def _effect(self) -> tuple[str, tuple[str, ...]]:
        """Name and arguments of ``e_``, arithmetic among these calculated."""
        value = self._params.get("e")
        if value is None:
            return "", ()
        calculated = ":".join(self._argument(argument) for argument in value.split(":"))
        try:
            return values.effect(calculated, self._number)
        except ValueError:
            raise invalid("e", value) from None

    def _argument(self, text: str) -> str:
        try:
            expression = expressions.parse_value(text)
        except ValueError:
            return self._substituted(text)
        if isinstance(expression, (expressions.Literal, expressions.Fact)):
            return text
        return expressions.as_text(self._value(text))

    def _border(self) -> Border | None:
        found = self._read("bo", values.border)
        return Border(self._whole("bo", found[0] * self._density), found[1]) if found else None

    def _radii(self) -> tuple[float, float, float, float] | None:
        found = self._read("r", values.radii)
        if found is None:
            return None
        first, second, third, fourth = (
            float(self._whole("r", radius * self._density)) for radius in found
        )
        return first, second, third, fourth

    def _side(self, name: str) -> int | None:
        """A side in whole pixels, at least 1.

        A share is one of the picture's own side; with ``fl_relative`` of that of the picture
        under it, with ``fl_region_relative`` of that of the region of it that ``base`` then is.
        """
        found = self._read(name, values.side)
        if found is None:
            return None
        of = self._facts
        if self._base is not None and self._flags.keys() & {"relative", "region_relative"}:
            of = self._base
        whole = of.width if name == "w" else of.height
        pixels = found * whole if isinstance(found, Share) else found * self._density
        return max(1, self._whole(name, pixels))

    def _offset(self, name: str, side: int) -> float | None:
        found = self._read(name, values.offset)
        if found is None:
            return None
        pixels = found * side if isinstance(found, Share) else found * self._density
        return float(self._whole(name, pixels))

    def _whole(self, name: str, pixels: float) -> int:
        """A length in whole pixels, no longer than a picture's side may be."""
        if abs(pixels) > self._limits.side:
            value = self._params[name]
            raise BadRequest(f"{name}_{value} is more than {self._limits.side} pixels")
        return _half_up(pixels)

    def _read(self, name: str, reader: Callable[[str, values.Evaluate], T]) -> T | None:
        """A parameter's value; ``None`` if it is not given, or its reader says so."""
        value = self._params.get(name)
        if value is None:
            return None
        try:
            text = self._substituted(value) if name in WORDS else value
            return reader(text, self._number)
        except ValueError:
            raise invalid(name, value) from None

    def _number(self, text: str) -> float:
        value = self._value(text)
        return value if isinstance(value, Share) else expressions.as_number(value)

    def _value(self, text: str) -> Value:
        expression = expressions.parse_value(text)
        return expressions.evaluate(expression, self._facts, self._variables)

    def _substituted(self, text: str, *, bare: bool = True) -> str:
        """A text with its variables replaced by their values.

        Args:
            bare: also those without parentheses.
        """

        def value(match: re.Match[str]) -> str:
            if match[1] and not bare:
                return match[0]
            name = match[1] or match[2]
            if name not in self._variables:
                raise BadRequest(f"Undefined variable: ${name}")
            return expressions.as_text(self._variables[name])

        return REFERENCE.sub(value, text) if "$" in text else text


def _half_up(number: float) -> int:
    # Decimal fractions are not exact: 1.15 of 90 pixels are 103.49999999999999.
    return math.floor(round(number, 6) + 0.5)
