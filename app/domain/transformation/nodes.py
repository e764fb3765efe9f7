"""What a transformation's text is made of: components, layers around components, branches.

``c_fill,w_100/l_logo/c_scale,w_20/fl_layer_apply,g_north/f_auto`` is a :class:`Component`, a
:class:`LayerGroup` and another :class:`Component`. Nothing has been computed yet: a value may
still name variables, or the width that the picture will have when its turn comes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Component:
    """What stands between two slashes.

    Attributes:
        text: its canonical text: the parameters sorted, values as the client wrote them.
        params: parameter name (``w``, ``c``, ``e`` …) to its value as written, without the
            name and underscore; flags, variables and conditions are not among them.
        flags: each flag of ``fl_`` to what follows its colon, empty for most.
        variables: assignments ``$name_value`` in order, names with their ``$``.
    """

    text: str
    params: Mapping[str, str] = field(default_factory=dict)
    flags: Mapping[str, str] = field(default_factory=dict)
    variables: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class LayerGroup:
    """An overlay or underlay.

    Attributes:
        opening: the component with ``l_`` or ``u_``; without ``closing`` it also says how the
            layer is resized, changed and placed.
        inner: what is done to the layer before it is placed.
        closing: the component with ``fl_layer_apply``, which places it.
    """

    opening: Component
    inner: tuple[Node, ...] = ()
    closing: Component | None = None


@dataclass(frozen=True, slots=True)
class Branch:
    """``if_<condition>/…/if_else/…/if_end``, or a single component with a condition."""

    condition: str
    then: tuple[Node, ...]
    otherwise: tuple[Node, ...] = ()


Node: TypeAlias = Component | LayerGroup | Branch


@dataclass(frozen=True, slots=True)
class Transformation:
    """A whole transformation.

    Attributes:
        text: canonical: components as they are run, each with its parameters sorted. Two
            texts that mean the same are the same here as far as order and spelling go.
        nodes: what is done, from left to right.
    """

    text: str = ""
    nodes: tuple[Node, ...] = ()
