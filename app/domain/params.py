"""The decoded parameters of a request, in every form that clients send them (CONTRACT 0.6, 0.7).

Arrays come as ``k[]=a&k[]=b``, ``k[0]=a&k[1]=b``, repeated ``k``, JSON arrays, or one string
joined with commas; booleans as ``1|0|true|false`` in any case or as JSON; numbers as text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_plus

import orjson

from app.domain.errors import BadRequest

#: ``tags[]``, ``public_ids[3]``; what stands before the bracket is the name.
_ARRAY_NAME = re.compile(r"(.+?)\[(\d*)\]", re.DOTALL)

_TRUE = frozenset({"1", "true", "yes"})
_FALSE = frozenset({"0", "false", "no", ""})

#: Parameters in one request; far beyond what any client sends.
MAX_PARAMETERS = 10_000

#: Arrays and objects inside one another in a JSON value.
MAX_DEPTH = 100

#: Values that say nothing; SDKs send them for options that were left out.
_EMPTY: tuple[Any, ...] = ("", [], {})


@dataclass(frozen=True, slots=True)
class Trace:
    """Which parameters a request sent with a value, and which of any the service looked at."""

    sent: set[str] = field(default_factory=set)
    read: set[str] = field(default_factory=set)


#: Where the parameters of the request at hand are noted; ``None`` while nobody wants to know.
#: It is the request's and not an object's, because parameters are completed by presets and
#: travel from one ``Params`` to the next.
TRACE: ContextVar[Trace | None] = ContextVar("lenticular_parameters", default=None)


class Params:
    """Names to values: text, lists of text, or JSON values.

    What asks for a parameter by its name reads it (:class:`Trace`); what handles all of them
    alike, such as a signature, does not.
    """

    def __init__(self, values: dict[str, Any]) -> None:
        self._values = values

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any]) -> Params:
        """From JSON values; nulls count as not sent.

        Raises:
            BadRequest: a NUL character, or arrays and objects nested too deeply.
        """
        for name, value in values.items():
            if "\0" in name or not _plain(value):
                raise BadRequest(f"Invalid value for parameter {name}".replace("\0", ""))
        return cls({name: value for name, value in values.items() if value is not None})

    @classmethod
    def from_pairs(cls, pairs: Iterable[tuple[str, str]]) -> Params:
        """From form fields in the order they were sent.

        Raises:
            BadRequest: too many of them, or a NUL character.
        """
        values: dict[str, Any] = {}
        indexed: dict[str, list[tuple[int, str]]] = {}
        for count, (name, value) in enumerate(pairs, 1):
            if count > MAX_PARAMETERS:
                raise BadRequest("Too many parameters")
            if "\0" in name or "\0" in value:
                raise BadRequest(f"Invalid value for parameter {name}".replace("\0", ""))
            if name.endswith("]") and (match := _ARRAY_NAME.fullmatch(name)):
                # Without a number they keep the order they came in.
                position = int(match[2]) if match[2] and len(match[2]) < 9 else count
                indexed.setdefault(match[1], []).append((position, value))
            elif name in values:
                former = values[name]
                values[name] = [*(former if isinstance(former, list) else [former]), value]
            else:
                values[name] = value
        for name, items in indexed.items():
            items.sort(key=lambda item: item[0])
            values[name] = [value for _, value in items]
        return cls(values)

    @classmethod
    def from_query(cls, query: bytes | str) -> Params:
        """From a query string or an urlencoded body.

        Raises:
            BadRequest: it is not UTF-8.
        """
        if not query:
            return cls({})
        text = query.decode("ascii", "surrogateescape") if isinstance(query, bytes) else query
        return cls.from_pairs(decode_pairs(text))

    def traced(self) -> Params:
        """These, noted as sent by the request; those without a value are not."""
        if (trace := TRACE.get()) is not None:
            trace.sent.update(name for name, value in self._values.items() if value not in _EMPTY)
        return self

    def merged(self, other: Params) -> Params:
        """These with those of ``other``, which win."""
        return Params(self._values | other._values) if other._values else self

    def __contains__(self, name: str) -> bool:
        """Whether it was sent, even if empty."""
        return name in self._values

    def names(self) -> tuple[str, ...]:
        """The names that were sent."""
        return tuple(self._values)

    def raw(self, name: str) -> Any:
        """The value as it was sent: text, list, or JSON value; ``None`` if it was not."""
        if (trace := TRACE.get()) is not None:
            trace.read.add(name)
        return self._values.get(name)

    def text(self, name: str) -> str:
        """The value as text, empty if it was not sent; lists joined with commas."""
        return _as_text(self.raw(name))

    def values(self) -> dict[str, Any]:
        """Every value as it was sent, for who passes all of them on."""
        return dict(self._values)

    def texts(self) -> dict[str, str]:
        """Every value as text, for who passes all of them on."""
        return {name: _as_text(value) for name, value in self._values.items()}

    def signable(self) -> dict[str, str]:
        """What a signature covers: every value as text, as it was sent.

        Only ``timestamp`` has a meaning of its own there.
        """
        self.raw("timestamp")
        return self.texts()

    def items(self, name: str) -> list[str]:
        """The elements of an array; a single text is one element unless it is a JSON array.

        For ids, which may hold commas: use :meth:`list` for words.
        """
        value = self.raw(name)
        if isinstance(value, str):
            parsed = _json_array(value)
            value = parsed if parsed is not None else [value]
        elif not isinstance(value, list):
            value = [] if value is None else [value]
        return [text for item in value if (text := _as_text(item))]

    def list(self, name: str) -> list[str]:
        """The elements of an array, each split at commas too; trimmed, none empty."""
        parts = (part.strip() for item in self.items(name) for part in item.split(","))
        return [part for part in parts if part]

    def flag(self, name: str, *, default: bool = False) -> bool:
        """A boolean.

        Raises:
            BadRequest: ``Invalid value <v> for parameter <name>``.
        """
        if name not in self._values:
            return default
        text = self.text(name).strip().lower()
        if text in _TRUE:
            return True
        if text in _FALSE:
            return default if text == "" else False
        raise BadRequest(f"Invalid value {self.text(name)} for parameter {name}")

    def integer(self, name: str, *, default: int) -> int:
        """A whole number.

        Raises:
            BadRequest: ``Invalid value <v> for parameter <name>``.
        """
        text = self.text(name).strip()
        if not text:
            return default
        if not re.fullmatch(r"[+-]?[0-9]{1,18}(\.0+)?", text):
            raise BadRequest(f"Invalid value {text} for parameter {name}")
        return int(text.partition(".")[0])


def decode_pairs(text: str) -> Iterable[tuple[str, str]]:
    """The pairs of an urlencoded text.

    Raises:
        BadRequest: it is not UTF-8.
    """
    for part in text.split("&"):
        if part:
            name, _, value = part.partition("=")
            yield decode_component(name), decode_component(value)


def decode_component(text: str) -> str:
    """One urlencoded name or value.

    Raises:
        BadRequest: it is not UTF-8.
    """
    try:
        decoded = unquote_plus(text, errors="strict")
        decoded.encode()
    except UnicodeError as error:
        raise BadRequest("Parameters must be UTF-8") from error
    return decoded


def _json_array(text: str) -> list[Any] | None:
    if not (text.startswith("[") and text.endswith("]")):
        return None
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    return value if isinstance(value, list) and _plain(value) else None


def _plain(value: object) -> bool:
    """Whether a JSON value holds neither a NUL, which PostgreSQL does not store, nor deep nesting.

    Deeply nested values are parsed, but neither JSON nor recursion takes them any further.
    """
    left: list[tuple[object, int]] = [(value, 1)]
    while left:
        item, level = left.pop()
        if isinstance(item, str):
            if "\0" in item:
                return False
        elif isinstance(item, (dict, list)):
            if level > MAX_DEPTH:
                return False
            left += ((inner, level + 1) for inner in item)
            if isinstance(item, dict):
                left += ((inner, level + 1) for inner in item.values())
    return True


def _as_text(value: Any) -> str:
    """A JSON value as clients would have written it in a form."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, list):
        return ",".join(_as_text(item) for item in value)
    return orjson.dumps(value).decode()  # true, 5, 0.4, {"a":"b"}
