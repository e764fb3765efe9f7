"""What effects take as arguments, and how these are read.

An effect's parameters are read in order. An argument that does not have the form of the next
parameter (a word where a number is meant) belongs to one further on, and the parameter in
between has its default; that is how ``outline:15`` and ``outline:inner:15`` are both understood.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias, cast

from app.domain.errors import BadRequest
from app.domain.transformation import colours
from app.domain.transformation.steps import Colour

#: A colour of a gradient and where it is reached, 0 … 1, ``None`` where not said.
Stop: TypeAlias = tuple[Colour, float | None]
Value: TypeAlias = float | str | Colour | tuple[float, ...] | tuple[Stop, ...] | None
#: A parameter's value, and how many arguments it was read from.
Taken: TypeAlias = tuple[Value, int]


class Parameter(Protocol):
    """One parameter of an effect."""

    @property
    def name(self) -> str:
        """What it is called in messages and in the values that were read."""
        ...

    @property
    def default(self) -> Value:
        """Its value where it is not given."""
        ...

    @property
    def required(self) -> bool:
        """Whether it has to be given."""
        ...

    def take(self, effect: str, arguments: tuple[str, ...]) -> Taken | None:
        """Read it from the first arguments, of which there is at least one.

        Returns:
            Nothing if they do not have its form.

        Raises:
            BadRequest: they have its form, and are out of its range.
        """
        ...


def number(text: str) -> float | None:
    """A decimal number, or nothing; ``nan``, ``inf`` and exponents are none."""
    if not text or not set(text) <= set("+-.0123456789"):
        return None
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def out_of_range(effect: str, name: str, value: float, limits: tuple[float, float]) -> BadRequest:
    """The refusal of a number beyond its limits."""
    low, high = limits
    return BadRequest(
        f"Invalid value {value:g} for effect {effect}: {name} must be between {low:g} and {high:g}"
    )


@dataclass(frozen=True, slots=True)
class Number:
    """A number within a range, alone or as ``<name>_<number>`` or ``<name>:<number>``."""

    name: str
    low: float
    high: float
    default: float | None
    required: bool = False

    def take(self, effect: str, arguments: tuple[str, ...]) -> Taken | None:
        """See :class:`Parameter`."""
        used = 2 if arguments[0] == self.name and len(arguments) > 1 else 1
        value = number(arguments[used - 1].removeprefix(f"{self.name}_"))
        if value is None:
            return None
        if not self.low <= value <= self.high:
            raise out_of_range(effect, self.name, value, (self.low, self.high))
        return value, used


@dataclass(frozen=True, slots=True)
class Word:
    """One of some words, written alone or as ``<name>_<word>``."""

    name: str
    choices: tuple[str, ...]
    default: str = ""
    required: bool = False

    def take(self, effect: str, arguments: tuple[str, ...]) -> Taken | None:
        """See :class:`Parameter`."""
        word = arguments[0].removeprefix(f"{self.name}_")
        return (word, 1) if word in self.choices else None


@dataclass(frozen=True, slots=True)
class Shade:
    """A colour, written alone or as ``<name>_<colour>``; ``rgb:`` may stand before digits."""

    name: str
    default: Colour | None = None
    required: bool = False

    def take(self, effect: str, arguments: tuple[str, ...]) -> Taken | None:
        """See :class:`Parameter`."""
        first, *rest = arguments
        first = first.removeprefix(f"{self.name}_")
        used = 2 if first == "rgb" and rest else 1
        colour = colours.parse(rest[0] if used == 2 else first)
        return None if colour is None else (colour, used)


@dataclass(frozen=True, slots=True)
class Numbers:
    """All remaining arguments, as many numbers as one of the given counts."""

    name: str
    counts: tuple[int, ...]
    limit: float
    required: bool = True
    default: tuple[float, ...] = ()

    def take(self, effect: str, arguments: tuple[str, ...]) -> Taken | None:
        """See :class:`Parameter`."""
        values = tuple(value for text in arguments if (value := number(text)) is not None)
        if len(values) < len(arguments) or len(values) not in self.counts:
            return None
        for value in values:
            if abs(value) > self.limit:
                raise out_of_range(effect, self.name, value, (-self.limit, self.limit))
        return values, len(values)


@dataclass(frozen=True, slots=True)
class Stops:
    """All remaining arguments: colours, each perhaps followed by a percentage, ``red:20p``."""

    name: str
    default: tuple[Stop, ...]
    required: bool = False

    def take(self, effect: str, arguments: tuple[str, ...]) -> Taken | None:
        """See :class:`Parameter`."""
        stops: list[Stop] = []
        used = 0
        while used < len(arguments):
            shade = Shade("color").take(effect, arguments[used:])
            if shade is None or not isinstance(shade[0], Colour):
                return None
            used += shade[1]
            percent = number(arguments[used].removesuffix("p")) if used < len(arguments) else None
            if percent is None or not arguments[used].endswith("p"):
                stops.append((shade[0], None))
                continue
            if not 0 <= percent <= 100:
                raise out_of_range(effect, self.name, percent, (0, 100))
            stops.append((shade[0], percent / 100))
            used += 1
        return tuple(stops), used


@dataclass(frozen=True, slots=True)
class Values:
    """What was read, by the parameters' names; each getter is for one kind of parameter."""

    of: Mapping[str, Value] = field(default_factory=dict)

    def given(self, name: str) -> bool:
        """Whether an optional word, number or colour has a value."""
        return self.of[name] not in (None, "", ())

    def number(self, name: str) -> float:
        """A :class:`Number`; it has a default, or has been given."""
        return float(cast(float, self.of[name]))

    def word(self, name: str) -> str:
        """A :class:`Word`; empty where not given."""
        return cast(str, self.of[name])

    def shade(self, name: str) -> Colour | None:
        """A :class:`Shade`."""
        return cast("Colour | None", self.of[name])

    def numbers(self, name: str) -> tuple[float, ...]:
        """:class:`Numbers`."""
        return cast("tuple[float, ...]", self.of[name])

    def stops(self, name: str) -> tuple[Stop, ...]:
        """:class:`Stops`."""
        return cast("tuple[Stop, ...]", self.of[name])


def read(effect: str, parameters: tuple[Parameter, ...], arguments: tuple[str, ...]) -> Values:
    """Read an effect's arguments.

    An empty argument, which builders write for one that is not given, leaves its parameter's
    default. Arguments of the form ``a_1;b_2`` are read like ``a_1:b_2``.

    Raises:
        BadRequest: one is out of its range, has no place, or is missing.
    """
    left = tuple(part for argument in arguments for part in argument.split(";"))
    values: dict[str, Value] = {}
    for parameter in parameters:
        values[parameter.name] = parameter.default
        taken = parameter.take(effect, left) if left and left[0] else None
        if taken is not None:
            values[parameter.name] = taken[0]
            left = left[taken[1] :]
        elif parameter.required:
            raise BadRequest(f"Invalid or missing {parameter.name} for effect {effect}")
        elif left and not left[0]:
            left = left[1:]
    misplaced = next(filter(None, left), None)
    if misplaced is not None:
        raise BadRequest(f"Invalid value {misplaced} for effect {effect}")
    return Values(values)
