"""From components, one after the other, to conditionals and layers inside each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from app.domain.errors import BadRequest
from app.domain.transformation import canonical, layering
from app.domain.transformation.nodes import Branch, Component, Node

#: Conditions inside each other.
_DEPTH = 20


class Part(NamedTuple):
    """A component with its condition: ``w_gt_100``, ``else``, ``end``, or empty without one."""

    condition: str
    component: Component

    @property
    def text(self) -> str:
        """Its canonical text."""
        return canonical.part(self.condition, self.component)


def nodes(parts: Sequence[Part]) -> tuple[Node, ...]:
    """Put components into the conditionals and layers that they stand in.

    Raises:
        BadRequest: a conditional or a layer ends that has not begun.
    """
    return _Tree().build(parts)


@dataclass(slots=True)
class _Block:
    """A conditional that is being read, or the whole transformation.

    Attributes:
        single: the condition had parameters beside it, and so concerns these only.
    """

    condition: str = ""
    then: list[Node | _Block] = field(default_factory=list)
    otherwise: list[Node | _Block] | None = None
    single: bool = False

    @property
    def open(self) -> list[Node | _Block]:
        """Where the next node belongs."""
        return self.then if self.otherwise is None else self.otherwise

    def closed(self) -> Branch:
        """What has been read."""
        return Branch(self.condition, _closed(self.then), _closed(self.otherwise or []))


class _Tree:
    """Puts components into the conditionals that they stand in.

    A condition alone reaches to its ``if_end``, or to the end of the text; one with parameters
    beside it concerns these only, unless an ``if_end`` follows that no other condition can
    claim. ``if_else`` follows the same rule.
    """

    def __init__(self) -> None:
        self._blocks = [_Block()]

    def build(self, parts: Sequence[Part]) -> tuple[Node, ...]:
        """The nodes of a whole transformation."""
        for condition, component in parts:
            own: list[Node | _Block] = [component] if component.text else []
            if condition == "else":
                self._otherwise(own)
            elif condition == "end":
                self._end()
                self._blocks[-1].open.extend(own)
            elif not condition:
                self._blocks[-1].open.extend(own)
            elif own:
                self._blocks[-1].open.append(_Block(condition, own, single=True))
            else:
                self._begin(_Block(condition))
        while len(self._blocks) > 1:
            self._end()
        return _closed(self._blocks[0].then)

    def _begin(self, block: _Block) -> None:
        if len(self._blocks) > _DEPTH:
            raise BadRequest(f"Transformation has more than {_DEPTH} conditions in each other")
        self._blocks.append(block)

    def _otherwise(self, own: list[Node | _Block]) -> None:
        block = self._blocks[-1]
        last = block.open[-1] if block.open else None
        single = last if isinstance(last, _Block) and last.single else None
        if single and own and single.otherwise is None:
            single.otherwise = own
        elif len(self._blocks) > 1 and block.otherwise is None:
            block.otherwise = own
        elif single and single.otherwise is None:
            block.open.pop()
            single.single, single.otherwise = False, own
            self._begin(single)
        else:
            raise BadRequest("Invalid transformation: if_else without if")

    def _end(self) -> None:
        if len(self._blocks) > 1:
            block = self._blocks.pop()
            self._blocks[-1].open.append(block)
            return
        nodes = self._blocks[0].then
        for at in reversed(range(len(nodes))):
            block_or_node = nodes[at]
            if isinstance(block_or_node, _Block) and block_or_node.single:
                block_or_node.single = False
                block_or_node.open.extend(nodes[at + 1 :])
                del nodes[at + 1 :]
                return
        raise BadRequest("Invalid transformation: if_end without if")


def _closed(items: Sequence[Node | _Block]) -> tuple[Node, ...]:
    return layering.gathered(
        [item.closed() if isinstance(item, _Block) else item for item in items]
    )
