"""Arithmetic and conditions: ``iw_div_2``, ``$x_mul_2_add_10``, ``w_gt_300_and_ar_lt_1.0``.

Everything stands between underscores. What binds tighter comes first, as in school: ``pow``;
``mul``, ``div``, ``mod``; ``add``, ``sub``; comparisons; ``and``; ``or``. Equals run from left
to right. There are no parentheses.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from app.domain.errors import BadRequest
from app.domain.transformation.escapes import unescape
from app.domain.transformation.facts import LONG_NAMES, NAMES, Facts, Share, Value

_BINDING = {
    "or": 1,
    "and": 2,
    **dict.fromkeys("eq ne lt gt lte gte in nin".split(), 3),
    **dict.fromkeys(("add", "sub"), 4),
    **dict.fromkeys(("mul", "div", "mod"), 5),
    "pow": 6,
}
_LOOSEST, _LOGIC, _COMPARISON = 1, 2, 3

#: Operands and operators of one expression.
_TOKENS = 200

_SOURCES = {"ctx": "ctx", "context": "ctx", "md": "md", "metadata": "md"}

#: Known of videos only.
_VIDEO = frozenset("du duration idu initial_duration".split())

_WORDS = sorted({*LONG_NAMES, *NAMES, *_VIDEO, *_BINDING, "to_i", "to_f", "isdef", "isndef"})
_TOKEN = re.compile(
    r"""(?:
      (?P<keyed>(?:ctx|context|md|metadata):(?:![^!]*!|[^!_:$]+))
    | (?P<text>(?:ref:)?![^!]*!)
    | (?P<ratio>\d{1,9}(?:\.\d{1,9})?:\d{1,9}(?:\.\d{1,9})?)
    | (?P<number>-?(?:\d{1,9}(?:\.\d{1,9})?|\.\d{1,9}))
    | \$(?P<variable>[A-Za-z][A-Za-z0-9]*)
    | \$\((?P<quoted>[A-Za-z][A-Za-z0-9]*)\)
    | (?P<word>"""
    + "|".join(sorted(_WORDS, key=len, reverse=True))
    + r"""))(?:_|\Z)""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Literal:
    """A number or a text."""

    value: Value


@dataclass(frozen=True, slots=True)
class Variable:
    """``$name``, without its ``$``."""

    name: str


@dataclass(frozen=True, slots=True)
class Fact:
    """A short name of :data:`app.domain.transformation.facts.NAMES`."""

    name: str


@dataclass(frozen=True, slots=True)
class Keyed:
    """``ctx:!key!`` or ``md:!key!``: contextual or structured metadata, empty if it has none.

    Attributes:
        source: ``ctx`` or ``md``.
    """

    source: str
    key: str


@dataclass(frozen=True, slots=True)
class Cast:
    """``…_to_i`` (a whole number) or ``…_to_f`` (a share, as if written with a point)."""

    operand: Expression
    kind: str


@dataclass(frozen=True, slots=True)
class Defined:
    """``isdef_$name``, or ``isndef_$name``."""

    name: str
    wanted: bool


@dataclass(frozen=True, slots=True)
class Operation:
    """Two operands and what stands between them."""

    operator: str
    left: Expression
    right: Expression


Expression: TypeAlias = Literal | Variable | Fact | Keyed | Cast | Defined | Operation


@lru_cache(maxsize=2048)
def parse_value(text: str) -> Expression:
    """Read what comes to a number or a text.

    Raises:
        ValueError: it is no such expression.
        BadRequest: it asks for what only videos have.
    """
    found = _Parser(text).whole()
    if _is_condition(found):
        raise ValueError(f"a condition where a value is expected: {text}")
    return found


@lru_cache(maxsize=2048)
def parse_condition(text: str) -> Expression:
    """Read what comes to true or false.

    Raises:
        BadRequest: it is no condition.
    """
    try:
        found = _Parser(text).whole()
    except ValueError:
        raise BadRequest(f"Invalid condition: {text}") from None
    if not _is_condition(found):
        raise BadRequest(f"Invalid condition: {text}")
    return found


class _Parser:
    """One expression, by precedence climbing."""

    def __init__(self, text: str) -> None:
        self._tokens: list[re.Match[str]] = []
        at = 0
        while at < len(text):
            match = _TOKEN.match(text, at)
            if match is None:
                raise ValueError(f"not understood: {text[at:]}")
            self._tokens.append(match)
            at = match.end()
        if not self._tokens or text.endswith("_"):
            raise ValueError(f"incomplete: {text}")
        if len(self._tokens) > _TOKENS:
            raise ValueError("an expression this long is not calculated")
        self._at = 0

    def whole(self) -> Expression:
        found = self._climb(_LOOSEST)
        if self._at < len(self._tokens):
            raise ValueError(f"an operator is missing before {self._tokens[self._at][0]}")
        return found

    def _climb(self, loosest: int) -> Expression:
        left = self._operand()
        while (word := self._word()) in _BINDING and _BINDING[word] >= loosest:
            self._at += 1
            right = self._climb(_BINDING[word] + 1)
            needs_conditions = _BINDING[word] <= _LOGIC
            if {_is_condition(left), _is_condition(right)} != {needs_conditions}:
                raise ValueError(f"{word} does not join these")
            left = Operation(word, left, right)
        return left

    def _operand(self) -> Expression:
        if self._at == len(self._tokens):
            raise ValueError("incomplete")
        token = self._tokens[self._at]
        self._at += 1
        if token["word"] in ("isdef", "isndef"):
            name = self._operand()
            if not isinstance(name, Variable):
                raise ValueError(f"{token['word']} needs a variable")
            return Defined(name.name, token["word"] == "isdef")
        found = _read(token)
        while (cast := self._word()) in ("to_i", "to_f"):
            self._at += 1
            found = Cast(found, cast)
        return found

    def _word(self) -> str:
        return (self._tokens[self._at]["word"] or "") if self._at < len(self._tokens) else ""


def _read(token: re.Match[str]) -> Expression:
    if number := token["number"]:
        return Literal(Share(number) if "." in number else float(number))
    if ratio := token["ratio"]:
        width, _, height = ratio.partition(":")
        if float(height) == 0:
            raise ValueError("a ratio to nothing")
        return Literal(float(width) / float(height))
    if name := token["variable"] or token["quoted"]:
        return Variable(name)
    if keyed := token["keyed"]:
        source, _, key = keyed.partition(":")
        return Keyed(_SOURCES[source], unescape(key.strip("!")))
    if (text := token["text"]) is not None:
        return Literal(unescape(text[text.index("!") + 1 : -1]))
    word = token["word"]
    if word in _VIDEO:
        raise BadRequest(f"Transformation not supported: {word}")
    short = LONG_NAMES.get(word, word)
    if short not in NAMES:
        raise ValueError(f"a value is missing before {word}")
    return Fact(short)


def _is_condition(expression: Expression) -> bool:
    if isinstance(expression, Operation):
        return _BINDING[expression.operator] <= _COMPARISON
    return isinstance(expression, Defined)


def evaluate(expression: Expression, facts: Facts, variables: Mapping[str, Value]) -> Value:
    """What an expression of :func:`parse_value` comes to.

    Args:
        facts: what is known of the picture.
        variables: values by name, without ``$``.

    Raises:
        ValueError: it has no value: a division by nothing, too large, a text that is no number.
        BadRequest: a variable is not defined.
    """
    if isinstance(expression, Literal):
        return expression.value
    if isinstance(expression, Variable):
        if expression.name not in variables:
            raise BadRequest(f"Undefined variable: ${expression.name}")
        return variables[expression.name]
    if isinstance(expression, Fact):
        return facts.value(expression.name)
    if isinstance(expression, Keyed):
        source = facts.context if expression.source == "ctx" else facts.metadata
        return source.get(expression.key, "")
    if isinstance(expression, Cast):
        number = as_number(evaluate(expression.operand, facts, variables))
        return float(int(number)) if expression.kind == "to_i" else Share(number)
    assert isinstance(expression, Operation)  # noqa: S101 - parse_value gives nothing else
    left = as_number(evaluate(expression.left, facts, variables))
    right = as_number(evaluate(expression.right, facts, variables))
    return _calculate(expression.operator, left, right)


def holds(expression: Expression, facts: Facts, variables: Mapping[str, Value]) -> bool:
    """Whether a condition of :func:`parse_condition` is true.

    Raises:
        ValueError, BadRequest: as :func:`evaluate`.
    """
    if isinstance(expression, Defined):
        return (expression.name in variables) == expression.wanted
    assert isinstance(expression, Operation)  # noqa: S101 - parse_condition gives nothing else
    if expression.operator in ("and", "or"):
        enough = any if expression.operator == "or" else all
        return enough(holds(side, facts, variables) for side in (expression.left, expression.right))
    left = evaluate(expression.left, facts, variables)
    right = evaluate(expression.right, facts, variables)
    return _compare(expression.operator, left, right)


def as_number(value: Value) -> float:
    """A value as a number, also if it is a text that reads as one.

    Raises:
        ValueError: it is none, or not a finite one.
    """
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"not a number: {value}")
    return number


def as_text(value: Value) -> str:
    """A value as it is shown in texts: whole numbers without a point."""
    if isinstance(value, str):
        return value
    if isinstance(value, Share):
        return repr(float(value))
    return str(int(value)) if value.is_integer() else repr(value)


_ARITHMETIC: Mapping[str, Callable[[float, float], float]] = {
    "add": lambda left, right: left + right,
    "sub": lambda left, right: left - right,
    "mul": lambda left, right: left * right,
    "div": lambda left, right: left / right,
    "mod": lambda left, right: left % right,
    "pow": math.pow,
}


def _calculate(operator: str, left: float, right: float) -> float:
    try:
        return as_number(_ARITHMETIC[operator](left, right))
    except ArithmeticError as error:
        raise ValueError(str(error)) from None


def _compare(operator: str, left: Value, right: Value) -> bool:
    if operator in ("in", "nin"):
        wanted = {item for item in as_text(left).split(":") if item}
        return (wanted <= set(as_text(right).split(":"))) == (operator == "in")
    try:
        first, second = as_number(left), as_number(right)
    except ValueError:
        if operator not in ("eq", "ne"):
            raise
        return (as_text(left) == as_text(right)) == (operator == "eq")
    same = math.isclose(first, second, rel_tol=1e-9)
    return {
        "eq": same,
        "ne": not same,
        "lt": first < second and not same,
        "gt": first > second and not same,
        "lte": first < second or same,
        "gte": first > second or same,
    }[operator]
