"""From components, one after the other, to layers: what each shows, and where it goes.

Cloudinary takes a layer in two spellings. ``l_logo,w_20,g_north`` says all at once;
``l_logo/c_scale,w_20/fl_layer_apply,g_north`` has room for any number of steps. Here both become
the second: the opening says what the layer shows and how it starts, the closing where it goes.
"""

from __future__ import annotations

from collections.abc import Sequence

from app.domain.errors import BadRequest
from app.domain.transformation import canonical, effect_names
from app.domain.transformation.nodes import Component, LayerGroup, Node

#: What places a layer.
_PLACE = frozenset(("g", "x", "y"))
_PLACING_FLAGS = frozenset("cutter no_overflow text_disallow_overflow tiled".split())
#: What the component that closes a layer says about the layer's place, or about the file; the
#: rest changes the layer.
_CLOSING = _PLACE | frozenset("d dl dn dpr f q".split())


def opened(component: Component) -> str:
    """``l`` or ``u`` if a component opens a layer, else nothing."""
    return next((name for name in ("l", "u") if name in component.params), "")


def gathered(nodes: Sequence[Node]) -> tuple[Node, ...]:
    """Gather each layer with what is done to it.

    ``fl_layer_apply`` closes the nearest layer before it that is still open; a layer that is
    never closed, or says so itself, is placed at once.

    Raises:
        BadRequest: no layer is open.
    """
    closed = _closed(nodes)
    chains: list[list[Node]] = [[]]
    openings: list[Component] = []
    for at, node in enumerate(nodes):
        if isinstance(node, Component) and at in closed:
            openings.append(node)
            chains.append([])
        elif isinstance(node, Component) and opened(node):
            chains[-1].append(group(node))
        elif isinstance(node, Component) and "layer_apply" in node.flags:
            inner = chains.pop()
            chains[-1].append(group(openings.pop(), inner, node))
        else:
            chains[-1].append(node)
    return tuple(chains[0])


def group(
    opening: Component, inner: Sequence[Node] = (), closing: Component | None = None
) -> LayerGroup:
    """A layer whose closing component alone says where it goes.

    Without a closing component ``g x y`` of the opening place the layer; with one they do so only
    where it has none, and where no resize mode beside them needs them. What changes the layer, or
    a variable, in the closing component is done last.
    """
    end = closing or canonical.component({}, {"layer_apply": ""})
    last, end = _parted(end)
    moved = set(_PLACE & opening.params.keys())
    if closing is not None and ("c" in opening.params or _PLACE & end.params.keys()):
        moved = set()
    if _blends(opening) and "e" not in end.params:
        moved.add("e")
    params = {name: opening.params[name] for name in moved}
    if moved and "dpr" in opening.params:
        params["dpr"] = opening.params["dpr"]
    flags = dict.fromkeys(_PLACING_FLAGS & opening.flags.keys(), "")
    end = canonical.component({**params, **end.params}, {**flags, **end.flags})
    start = canonical.component(
        {name: value for name, value in opening.params.items() if name not in moved},
        {name: value for name, value in opening.flags.items() if name != "layer_apply"},
        opening.variables,
    )
    return LayerGroup(start, (*inner, *last), end)


def _closed(nodes: Sequence[Node]) -> set[int]:
    """Where the layers stand that a later component closes."""
    closed: set[int] = set()
    still_open: list[int] = []
    for at, node in enumerate(nodes):
        if not isinstance(node, Component):
            continue
        if opened(node):
            if "layer_apply" not in node.flags:
                still_open.append(at)
        elif "layer_apply" in node.flags:
            if not still_open:
                raise BadRequest(f"Invalid transformation: no layer before {node.text}")
            closed.add(still_open.pop())
    return closed


def _parted(closing: Component) -> tuple[tuple[Component, ...], Component]:
    """Part what changes a layer from what places it, in the component that closes it."""
    placing = _CLOSING | {"e"} if _blends(closing) else _CLOSING
    changing = {name: v for name, v in closing.params.items() if name not in placing}
    if not changing and not closing.variables:
        return (), closing
    if changing and "dpr" in closing.params:
        changing["dpr"] = closing.params["dpr"]
    left = {name: value for name, value in closing.params.items() if name in placing}
    # Its variables are set once, before they are needed.
    return (
        (canonical.component(changing, {}, closing.variables),),
        canonical.component(left, closing.flags),
    )


def _blends(component: Component) -> bool:
    return component.params.get("e", "").partition(":")[0] in effect_names.BLENDS
