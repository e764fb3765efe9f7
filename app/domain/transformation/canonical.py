"""The canonical text of transformations: the order that SDKs write, whatever came in.

Conditions first, then variables as they were set, then parameters by name, flags joined with
points. Values stay as they were written, but for the escapes of texts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from app.domain.transformation import layers
from app.domain.transformation.nodes import Branch, Component, Node


def component(
    params: Mapping[str, str],
    flags: Mapping[str, str],
    variables: Sequence[tuple[str, str]] = (),
) -> Component:
    """A component with its canonical text."""
    values = {
        name: layers.canonical(value) if name in ("l", "u") else value
        for name, value in sorted(params.items())
    }
    given = dict(values)
    if flags:
        given["fl"] = ".".join(
            f"{flag}:{detail}" if detail else flag for flag, detail in sorted(flags.items())
        )
    pieces = [f"{name}_{value}" for name, value in (*variables, *sorted(given.items()))]
    return Component(",".join(pieces), values, dict(sorted(flags.items())), tuple(variables))


def part(condition: str, whole: Component) -> str:
    """The text of a component with its condition."""
    return ",".join(piece for piece in (condition and f"if_{condition}", whole.text) if piece)


def text(nodes: Iterable[Node]) -> str:
    """A text that reads as these nodes again, with every conditional and layer closed."""
    return "/".join(piece for piece in _pieces(nodes) if piece)


def _pieces(nodes: Iterable[Node]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, Component):
            yield node.text
        elif isinstance(node, Branch):
            yield f"if_{node.condition}"
            yield from _pieces(node.then)
            if node.otherwise:
                yield "if_else"
                yield from _pieces(node.otherwise)
            yield "if_end"
        else:
            yield node.opening.text
            yield from _pieces(node.inner)
            yield node.closing.text if node.closing else ""
