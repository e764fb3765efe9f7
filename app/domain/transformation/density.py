"""The device pixel ratio of components that have none of their own.

Builders write ``c_scale,w_100/dpr_2.0``: the ratio as a component by itself, or beside a format
and a quality. A ratio that stands without any length speaks for the lengths before it in the
chain, back to the one that a ratio of its own has taken care of. It reaches into layers and
branches before it, not out of those that it stands in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from app.domain.transformation.nodes import Branch, Component, Node

_LENGTHS = frozenset("bo h l r t u w x y".split())


def spread(nodes: Sequence[Node], ratio: str = "") -> tuple[Node, ...]:
    """Give components the ratio that a later one sets for them; texts stay as they are.

    Args:
        nodes: a chain.
        ratio: what has been set behind it; empty for nothing.
    """
    found: list[Node] = []
    for node in reversed(nodes):
        if isinstance(node, Component):
            own = node.params.get("dpr", "")
            if own and not node.params.keys() & _LENGTHS:
                ratio = own
            found.append(_with(node, ratio))
        elif isinstance(node, Branch):
            found.append(
                replace(
                    node, then=spread(node.then, ratio), otherwise=spread(node.otherwise, ratio)
                )
            )
        else:
            found.append(
                replace(
                    node,
                    opening=_with(node.opening, ratio),
                    inner=spread(node.inner, ratio),
                    closing=node.closing and _with(node.closing, ratio),
                )
            )
    return tuple(reversed(found))


def _with(component: Component, ratio: str) -> Component:
    if not ratio or "dpr" in component.params or not component.params.keys() & _LENGTHS:
        return component
    return replace(component, params={**component.params, "dpr": ratio})
