"""The two diagrams of the page as inline SVG."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from app.commands.evaluation.markup import Html, join, tag
from app.commands.evaluation.tables import percent
from app.domain.evaluation import Bin, Figures

#: Inner side of a diagram and the room for its labels, in units of the view box.
_SIDE = 300.0
_LEFT, _TOP, _RIGHT, _BOTTOM = 46.0, 12.0, 14.0, 40.0
#: Height of the strip under the reliability diagram that shows how many words a bin has.
_STRIP = 44.0
#: Numbers of thresholds keep this distance from each other.
_APART = 16.0
#: Least length of the curve's axes: more would draw noise large.
_LEAST_TENTHS = 2


@dataclass(frozen=True, slots=True)
class _Axis:
    """A range of shares laid along a side of the diagram."""

    low: float = 0.0
    high: float = 1.0

    def share(self, value: float) -> float:
        """Where a value lies, 0 … 1 from the origin, kept inside."""
        return min(1.0, max(0.0, (value - self.low) / (self.high - self.low)))

    def ticks(self) -> list[float]:
        """Round values from end to end, seven at most."""
        span = round(100 * (self.high - self.low))
        step = next(step for step in (5, 10, 20) if span <= 6 * step)
        first = math.ceil(round(100 * self.low, 6) / step)
        last = math.floor(round(100 * self.high, 6) / step)
        return [step * number / 100 for number in range(first, last + 1)]


def _x(axis: _Axis, value: float) -> float:
    return round(_LEFT + _SIDE * axis.share(value), 1)


def _y(axis: _Axis, value: float) -> float:
    return round(_TOP + _SIDE * (1 - axis.share(value)), 1)


def _frame(across: _Axis, up: _Axis, names: tuple[str, str]) -> Html:
    """Grid, ticks and the names of the axes."""
    parts = []
    bottom, right = _TOP + _SIDE, _LEFT + _SIDE
    for value in across.ticks():
        x = _x(across, value)
        parts.append(tag("line", class_="grid", x1=x, x2=x, y1=_TOP, y2=bottom))
        parts.append(tag("text", f"{100 * value:.0f}", class_="tick mid", x=x, y=bottom + 15))
    for value in up.ticks():
        y = _y(up, value)
        parts.append(tag("line", class_="grid", x1=_LEFT, x2=right, y1=y, y2=y))
        parts.append(tag("text", f"{100 * value:.0f}", class_="tick end", x=_LEFT - 6, y=y + 4))
    middle = _TOP + _SIDE / 2
    parts.append(
        tag("text", names[0], class_="name mid", x=_LEFT + _SIDE / 2, y=bottom + 33),
    )
    parts.append(
        tag("text", names[1], class_="name mid", transform=f"translate(12 {middle}) rotate(-90)"),
    )
    return join(*parts)


def _svg(title: str, height: float, *content: Html) -> Html:
    width = _LEFT + _SIDE + _RIGHT
    box = f"0 0 {width:g} {height:g}"
    return tag("svg", tag("title", title), *content, viewBox=box, role="img", class_="chart")


def reliability_diagram(bins: Sequence[Bin]) -> Html:
    """How often words of each confidence are right; on the diagonal they are as they say."""
    axis = _Axis()
    most = max((item.count for item in bins), default=0) or 1
    bottom = _TOP + _SIDE
    strip = bottom + _BOTTOM + _STRIP
    parts = [_frame(axis, axis, ("confidence, %", "share right, %"))]
    for item in bins:
        if item.confidence is None or item.right is None:
            continue
        left, right = _x(axis, item.low) + 1, _x(axis, item.high) - 1
        top = _y(axis, item.right)
        # Square roots, or the few words of most bins would not show beside those of the first.
        height = max(1.0, _STRIP * math.sqrt(item.count / most))
        hint = tag(
            "title",
            f"{item.low:.2f}–{item.high:.2f}: {item.count} words, mean confidence "
            f"{percent(item.confidence)}, right {percent(item.right)}",
        )
        width = round(right - left, 1)
        bar = tag("rect", class_="bar", x=left, y=top, width=width, height=round(bottom - top, 1))
        dot = tag("circle", class_="dot", cx=_x(axis, item.confidence), cy=top, r=4)
        count = tag(
            "rect",
            class_="count",
            x=left,
            y=round(strip - height, 1),
            width=width,
            height=round(height, 1),
        )
        parts.append(tag("g", hint, bar, count, dot))
    diagonal = tag("line", class_="ideal", x1=_LEFT, y1=bottom, x2=_LEFT + _SIDE, y2=_TOP)
    name = tag("text", "words", class_="tick end", x=_LEFT - 6, y=strip - 4)
    return _svg("Reliability diagram", strip + 6, *parts, diagonal, name)


def curve_diagram(curve: Sequence[Figures], marks: Sequence[Figures], now: Figures) -> Html:
    """Precision over recall, from low thresholds (right) to high ones (left).

    Args:
        marks: thresholds written beside the curve.
        now: the one that the report is about.
    """
    points = [(f.recall, f.precision) for f in curve]
    drawn = [(x, y) for x, y in points if x is not None and y is not None]
    across = _axis([x for x, _ in drawn])
    up = _axis([y for _, y in drawn])
    parts = [_frame(across, up, ("recall, %", "precision, %"))]
    path = " ".join(f"{_x(across, x)},{_y(up, y)}" for x, y in drawn)
    parts.append(tag("polyline", class_="curve", points=path))
    labelled: list[tuple[float, float]] = []
    for item in (*marks, now):
        if item.recall is None or item.precision is None:
            continue
        x, y = _x(across, item.recall), _y(up, item.precision)
        hint = tag(
            "title",
            f"threshold {item.threshold:g}: precision {percent(item.precision)}, "
            f"recall {percent(item.recall)}",
        )
        if item is now:
            parts.append(tag("g", hint, tag("circle", class_="now", cx=x, cy=y, r=6)))
            continue
        parts.append(tag("g", hint, tag("circle", class_="dot", cx=x, cy=y, r=4)))
        # Where points lie close together not every one can have its number beside it.
        if all(math.hypot(x - other[0], y - other[1]) > _APART for other in labelled):
            labelled.append((x, y))
            # Below and left of the curve, which bends the other way.
            label = tag("text", f"{item.threshold:g}", class_="tick end", x=x - 7, y=y + 13)
            parts.append(label)
    return _svg("Precision over recall", _TOP + _SIDE + _BOTTOM, *parts)


def _axis(values: Sequence[float]) -> _Axis:
    """From the tenth below the least value to that above the greatest, two at least."""
    low = math.floor(10 * min(values, default=0.0) + 1e-9)
    high = math.ceil(10 * max(values, default=1.0) - 1e-9)
    if high - low < _LEAST_TENTHS:
        high = min(10, low + _LEAST_TENTHS)
        low = high - _LEAST_TENTHS
    return _Axis(low / 10, high / 10)
