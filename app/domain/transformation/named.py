"""Named transformations: which ones a transformation calls, and what it is without them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from app.domain.errors import BadRequest
from app.domain.rendering import RenderLimits
from app.domain.transformation import canonical, density
from app.domain.transformation.grammar import parse
from app.domain.transformation.nodes import Branch, Component, LayerGroup, Node, Transformation
from app.domain.transformation.queries import components

#: Named transformations that call each other, one inside the other.
_DEPTH = 10


def names(transformation: Transformation) -> frozenset[str]:
    """The named transformations that a transformation calls itself, without ``t_``."""
    return frozenset(
        name for component in components(transformation.nodes) for name in _called(component)
    )


def expand(
    transformation: Transformation, lookup: Mapping[str, str], limits: RenderLimits
) -> Transformation:
    """Replace every call by what it stands for.

    Variables that are set beside a call are set before it, so that it can use them; a ratio beside
    it holds for it; every other parameter beside it comes after it. In the opening of a layer
    these say how the layer starts, and the call comes after them.

    Args:
        lookup: names without ``t_`` to texts.

    Raises:
        BadRequest: a name is not known or leads back to itself, or the whole is beyond a limit.
    """
    if not names(transformation):
        return transformation
    nodes = density.spread(_Expansion(lookup, limits).nodes(transformation.nodes, ()))
    return Transformation(canonical.text(nodes), nodes)


class _Expansion:
    """One transformation that is being expanded."""

    def __init__(self, lookup: Mapping[str, str], limits: RenderLimits) -> None:
        self._lookup = lookup
        self._limits = limits
        self._components = 0
        self._layers = 0

    def nodes(self, nodes: Sequence[Node], inside: tuple[str, ...]) -> tuple[Node, ...]:
        """Nodes without calls.

        Args:
            inside: the calls that they are part of, outermost first.
        """
        found: list[Node] = []
        for node in nodes:
            if isinstance(node, Component):
                found += self._component(node, inside)
            elif isinstance(node, Branch):
                then = self.nodes(node.then, inside)
                found.append(replace(node, then=then, otherwise=self.nodes(node.otherwise, inside)))
            else:
                found.append(self._layer(node, inside))
        return tuple(found)

    def _component(self, component: Component, inside: tuple[str, ...]) -> tuple[Node, ...]:
        self._count()
        if "t" not in component.params:
            return (component,)
        called = density.spread(self._calls(component, inside), component.params.get("dpr", ""))
        before = canonical.component({}, {}, component.variables)
        params = {name: v for name, v in component.params.items() if name not in ("t", "dpr")}
        if params and "dpr" in component.params:
            params["dpr"] = component.params["dpr"]
        after = canonical.component(params, component.flags)
        return (*_if_any(before), *called, *_if_any(after))

    def _layer(self, group: LayerGroup, inside: tuple[str, ...]) -> LayerGroup:
        self._count(layers=1)
        called = self._calls(group.opening, inside)
        inner = self.nodes(group.inner, inside)
        if not called:
            return replace(group, inner=inner)
        params = {name: value for name, value in group.opening.params.items() if name != "t"}
        opening = canonical.component(params, group.opening.flags, group.opening.variables)
        return replace(group, opening=opening, inner=(*called, *inner))

    def _calls(self, component: Component, inside: tuple[str, ...]) -> tuple[Node, ...]:
        found: list[Node] = []
        for name in _called(component):
            if name in inside or len(inside) >= _DEPTH:
                raise BadRequest(f"Invalid transformation: t_{name} calls itself, or too many")
            if name not in self._lookup:
                raise BadRequest(f"Named transformation not found: {name}")
            called = parse(self._lookup[name], self._limits)
            found += self.nodes(called.nodes, (*inside, name))
        return tuple(found)

    def _count(self, layers: int = 0) -> None:
        self._components += 1
        self._layers += layers
        if self._components > self._limits.components:
            raise BadRequest(f"Transformation has more than {self._limits.components} components")
        if self._layers > self._limits.layers:
            raise BadRequest(f"Transformation has more than {self._limits.layers} layers")


def _called(component: Component) -> list[str]:
    return component.params["t"].split(".") if "t" in component.params else []


def _if_any(component: Component) -> tuple[Component, ...]:
    return (component,) if component.text else ()
