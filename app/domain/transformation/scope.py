"""What a walk over a transformation carries along: variables, and how the result is written.

A renderer walks the nodes from left to right and asks here, for each, what it is to do to the
picture as it is by then.
"""

from __future__ import annotations

from app.domain.errors import BadRequest
from app.domain.rendering import RenderLimits
from app.domain.transformation import expressions
from app.domain.transformation.evaluation import Evaluation
from app.domain.transformation.facts import Facts, Value
from app.domain.transformation.nodes import Component, LayerGroup
from app.domain.transformation.parameters import invalid
from app.domain.transformation.steps import LayerRef, LayerStep, Output, Placement, Step, TextLayer

__all__ = ["Facts", "Scope"]


class Scope:
    """The state of one walk.

    Args:
        dpr_auto: what ``dpr_auto`` stands for.

    Attributes:
        output: how the result is to be written, as far as the walk has come.
    """

    def __init__(self, dpr_auto: float = 1.0, limits: RenderLimits | None = None) -> None:
        self.output = Output()
        self._dpr_auto = dpr_auto
        self._limits = limits or RenderLimits()
        self._variables: dict[str, Value] = {}

    def step(self, component: Component, facts: Facts, base: Facts | None = None) -> Step:
        """A component's variables set, and what it does.

        Args:
            facts: the picture that it is run on.
            base: the picture under it if that is a layer's; ``output`` is left alone then.

        Raises:
            BadRequest: a value cannot be calculated, or is out of its range.
        """
        self._assign(component, facts)
        evaluation = self._evaluation(component, facts, base)
        if base is None:
            self.output = evaluation.output(self.output)
        return evaluation.step()

    def content(self, opening: Component, facts: Facts) -> LayerRef | TextLayer:
        """The variables of a layer's opening set, and what the layer shows.

        Args:
            facts: the picture under the layer.

        Raises:
            BadRequest: as :meth:`step`.
        """
        self._assign(opening, facts)
        return self._evaluation(opening, facts, facts).content()

    def layer(self, opening: Component, facts: Facts, base: Facts) -> LayerStep:
        """What a layer shows, and what its opening does to it; :meth:`content` comes before.

        Args:
            facts: the layer's own picture.
            base: the picture under it.

        Raises:
            BadRequest: as :meth:`step`.
        """
        content = self._evaluation(opening, base, base).content()
        evaluation = self._evaluation(opening, facts, base)
        return LayerStep(content, evaluation.step(text=isinstance(content, TextLayer)))

    def placement(self, group: LayerGroup, facts: Facts, base: Facts) -> Placement:
        """How a layer is put on the picture under it.

        Args:
            facts: the layer as it is by then.
            base: the picture under it, whose sides shares refer to.

        Raises:
            BadRequest: as :meth:`step`.
        """
        closing = group.closing or group.opening
        evaluation = self._evaluation(closing, facts, base)
        self.output = self._evaluation(group.opening, base, base).output(self.output)
        self.output = evaluation.output(self.output)
        return evaluation.placement(under="u" in group.opening.params)

    def holds(self, condition: str, facts: Facts) -> bool:
        """Whether a condition is true of a picture.

        Raises:
            BadRequest: it compares what cannot be compared.
        """
        try:
            return expressions.holds(expressions.parse_condition(condition), facts, self._variables)
        except ValueError:
            raise BadRequest(f"Invalid condition: {condition}") from None

    def _evaluation(self, component: Component, facts: Facts, base: Facts | None) -> Evaluation:
        return Evaluation(component, facts, base, self._variables, self._dpr_auto, self._limits)

    def _assign(self, component: Component, facts: Facts) -> None:
        for name, value in component.variables:
            try:
                expression = expressions.parse_value(value)
            except ValueError:
                self._variables[name[1:]] = value
                continue
            try:
                found = expressions.evaluate(expression, facts, self._variables)
            except ValueError:
                raise invalid(name, value) from None
            self._variables[name[1:]] = found
