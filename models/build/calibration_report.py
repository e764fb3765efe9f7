"""The report of ``models.build.calibrate``: its tables, its text and its two pictures."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from rich.console import Console
from rich.table import Table

from app.commands.evaluation.charts import reliability_diagram
from app.commands.evaluation.markup import Html, join, tag
from app.commands.evaluation.tables import percent
from app.domain.evaluation import BINS, Bin, Figures, Row

#: The threshold that the documentation recommends for tags.
THRESHOLD = 0.4

#: Class words said wrongly in this many photos or more are listed: one photo shows no habit.
HABIT = 2

#: The odds that are tried on those words.
TRIAL_ODDS = 0.3


@dataclass(frozen=True, slots=True)
class Trial:
    """What holds at a temperature.

    Attributes:
        nll: see :func:`negative_log_likelihood`.
        ece: see :func:`error_above`.
        figures: at :data:`THRESHOLD`.
    """

    temperature: float
    nll: float
    ece: float | None
    figures: Figures


@dataclass(frozen=True, slots=True)
class Effect:
    """What smaller odds change at :data:`THRESHOLD`, over all photos.

    Attributes:
        lost: words, the class's and those above it, that were said rightly and no longer are.
        avoided: words that were said wrongly and no longer are.
    """

    lost: int
    avoided: int


@dataclass(frozen=True, slots=True)
class Correction:
    """The odds that the taxonomy gives the classes of a word.

    Attributes:
        odds: number of a class, and its odds.
    """

    word: str
    odds: tuple[tuple[int, float], ...]
    effect: Effect


@dataclass(frozen=True, slots=True)
class Quality:
    """An engine's figures.

    Attributes:
        thresholds: at 0.1 … 0.9.
        curve: at 0.05 … 0.95, for drawing.
        bins: of the words from the floor up.
        ece: of these bins.
    """

    thresholds: tuple[Figures, ...]
    curve: tuple[Figures, ...]
    bins: tuple[Bin, ...]
    ece: float | None


@dataclass(frozen=True, slots=True)
class Findings:
    """Everything that the report says.

    Attributes:
        command: that made it.
        engine: the model's name and version.
        heads: name and version of each file of heads in the complete tagger.
        temperature: the manifest's.
        optimum: the temperature with the least negative log-likelihood, to two decimals.
        top1: share of photos whose most likely class is the true one, as top5 among five.
        words: class words with what was said of them, at the manifest's temperature.
        corrections: odds that the taxonomy has.
        candidates: words said wrongly out of habit, with what :data:`TRIAL_ODDS` would change.
    """

    command: str
    engine: str
    heads: tuple[str, ...]
    photos: int
    temperature: float
    floor: float
    optimum: float
    top1: float
    top5: float
    trials: tuple[Trial, ...]
    words: tuple[Row, ...]
    corrections: tuple[Correction, ...]
    candidates: tuple[tuple[Row, Effect], ...]
    alone: Quality
    complete: Quality


@dataclass(frozen=True, slots=True)
class Grid:
    """A table for the terminal and for Markdown; all columns but the first are numbers."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def markdown(self) -> str:
        """As GitHub's Markdown."""
        ruler = ("---", *("--:" for _ in self.columns[1:]))
        lines = (self.columns, ruler, *self.rows)
        return "\n".join(f"| {' | '.join(line)} |" for line in lines)

    def rich(self) -> Table:
        """For the terminal."""
        table = Table()
        for number, name in enumerate(self.columns):
            table.add_column(name, justify="right" if number else "left")
        for row in self.rows:
            table.add_row(*row)
        return table


#: A heading, a paragraph, a picture or a table of the report.
Block: TypeAlias = str | Grid


def report(found: Findings) -> list[Block]:
    """The report, block by block."""
    return [
        f"# How well {found.engine} is calibrated",
        f"Made by `{found.command}` from {found.photos:,} labelled photos. Of a photo its class's "
        "word and all wider words are true, every other word of the taxonomy is wrong. The photos "
        "are probably of the training set, so every figure is somewhat optimistic. The network "
        f"looked at the middle of each photo once. Its most likely class is the true one in "
        f"{percent(found.top1)}, one of the five most likely in {percent(found.top5)}.",
        *_temperature_blocks(found),
        *_threshold_blocks(found),
        *_word_blocks(found),
    ]


def _temperature_blocks(found: Findings) -> list[Block]:
    if found.temperature > found.optimum:
        choice = (
            f"The manifest's {found.temperature:.2f} is a little higher than the optimum on "
            "purpose: a network is surer of photos that it was trained on than of others, and on "
            "others the optimum lies higher. It costs a little likelihood here and errs on the "
            "modest side. (The study of tagging behind this project, TAGGING.md, recommends 0.70 "
            "to 0.75 for lite2.)"
        )
    else:
        choice = (
            f"The manifest's {found.temperature:.2f} is not above the optimum, though it should "
            "be: on photos that the network was not trained on the optimum lies higher."
        )
    return [
        "## Temperature",
        "Logits are divided by the temperature T before the softmax. NLL is the mean negative "
        "log-likelihood of the true class, in nats; ECE the expected calibration error of the "
        f"words from {found.floor:g} up, in {BINS} bins of equal width (Guo et al., 2017). "
        f"Precision, recall and the share of photos without a tag are those at {THRESHOLD:g}, of "
        "the classifier alone.",
        Grid(
            ("T", "NLL", "ECE", "precision", "recall", "untagged", ""),
            tuple(temperature_row(item, found) for item in found.trials),
        ),
        f"The NLL is least at T = {found.optimum:.2f} (in steps of 0.01). {choice}",
    ]


def temperature_row(item: Trial, found: Findings) -> tuple[str, ...]:
    """A row of the table, its last cell marking the best temperature and the manifest's."""
    least = min(found.trials, key=lambda t: (t.nll, t.temperature))
    marks = [
        *(["least NLL"] if item is least else []),
        *(["manifest"] if item.temperature == found.temperature else []),
    ]
    figures = item.figures
    return (
        f"{item.temperature:.2f}",
        f"{item.nll:.4f}",
        percent(item.ece),
        *figure_cells(figures),
        ", ".join(marks),
    )


def figure_cells(figures: Figures) -> tuple[str, str, str]:
    """Precision, recall and the share of photos without a tag."""
    untagged = figures.untagged / figures.photos if figures.photos else None
    return percent(figures.precision), percent(figures.recall), percent(untagged)


def _threshold_blocks(found: Findings) -> list[Block]:
    names = ("precision", "recall", "untagged")
    pairs = zip(found.alone.thresholds, found.complete.thresholds, strict=True)
    return [
        "## Thresholds",
        f"At the manifest's temperature. *Alone* is the classifier without heads and colours; "
        f"*complete* is the tagger as it ships, with {', '.join(found.heads)} and colours, at the "
        "level `fast`. Of the complete tagger the words that the classifier itself said are "
        "judged; words of any source find, and a photo is untagged if no source says a word. The "
        "heads learnt from these photos too (`models/build/labels/single.tsv`), which flatters "
        "its recall and its share without a tag. Its "
        "`scene_odds`, meant for scenes of many things, raise words here too: that makes it "
        "less precise and find more than the classifier alone.",
        Grid(
            ("threshold", *(f"alone: {n}" for n in names), *(f"complete: {n}" for n in names)),
            tuple(
                (f"{one.threshold:.1f}", *figure_cells(one), *figure_cells(other))
                for one, other in pairs
            ),
        ),
        f"ECE of the words from {found.floor:g} up: {percent(found.alone.ece)} alone, "
        f"{percent(found.complete.ece)} complete.",
        "![Precision and recall over the threshold](thresholds.svg)",
        "## Reliability",
        "How often words of each confidence are right, of the classifier alone; on the diagonal "
        "they are as they say. Bars below it mean words that are too sure, above it too modest. "
        "The strip shows the number of words in each bin (square roots).",
        "![Reliability diagram](reliability.svg)",
        Grid(
            ("confidence", "words", "mean confidence", "right"),
            tuple(
                (f"{b.low:.2f}–{b.high:.2f}", str(b.count), percent(b.confidence), percent(b.right))
                for b in found.alone.bins
                if b.count
            ),
        ),
    ]


def _word_blocks(found: Findings) -> list[Block]:
    said, wrong = len(found.words), [row.wrong for row in found.words if row.wrong]
    return [
        "## Single words",
        f"At {THRESHOLD:g} the classifier alone said {said} class words: "
        f"{sum(row.right for row in found.words)} times rightly, {sum(wrong)} times wrongly. "
        f"{said - len(wrong)} of them were never wrong, {wrong.count(1)} once. Below are those "
        f"wrong in {HABIT} photos or more, with what odds of {TRIAL_ODDS:g} would change: true "
        "words lost and false ones avoided, wider ones counted too. A correction pays if it avoids "
        "clearly more than it loses; with one photo a class that is a hint, no proof.",
        Grid(
            ("word", "right", "wrong", f"lost at {TRIAL_ODDS:g}", "avoided"),
            tuple(
                (row.name, str(row.right), str(row.wrong), str(e.lost), str(e.avoided))
                for row, e in found.candidates
            ),
        ),
        "`taxonomy.tsv` has odds for the classes below. They were chosen on photos of things that "
        "no class stands for (its column *reason* says which); here, where every photo shows a "
        "class, they should lose next to nothing.",
        Grid(
            ("word", "class: odds", "right", "wrong", "true words lost", "false words avoided"),
            tuple(_correction_row(item, found) for item in found.corrections),
        ),
        "Right and wrong are with the correction, the last two columns against none.",
    ]


def _correction_row(item: Correction, found: Findings) -> tuple[str, ...]:
    row = next((row for row in found.words if row.name == item.word), Row(item.word))
    changed = item.effect
    numbers = (row.right, row.wrong, changed.lost, changed.avoided)
    odds = ", ".join(f"{index}: {value:g}" for index, value in item.odds)
    return (item.word, odds, *map(str, numbers))


def markdown(blocks: Sequence[Block]) -> str:
    """The report as a file."""
    texts = []
    for block in blocks:
        if isinstance(block, Grid):
            texts.append(block.markdown())
        elif block.startswith(("#", "!")):
            texts.append(block)
        else:
            texts.append(textwrap.fill(block, 118, break_long_words=False, break_on_hyphens=False))
    return "\n\n".join(texts) + "\n"


def show(blocks: Sequence[Block], console: Console) -> None:
    """Print the report; pictures are left out."""
    for block in blocks:
        if isinstance(block, Grid):
            console.print(block.rich())
        elif not block.startswith("!"):
            style = "bold" if block.startswith("#") else None
            console.print(block, style=style, markup=False, highlight=False)


#: What the page of `lenticular evaluate` styles in its head; a file of its own has to bring it.
_STYLE = (
    'text { font: 11px system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; fill: #5b6672; }'
    " .name { font-size: 12px; fill: #1c2127; } .mid { text-anchor: middle; }"
    " .end { text-anchor: end; } .grid { stroke: #dde2e7; }"
    " .ideal { stroke: #5b6672; stroke-dasharray: 5 4; } .bar { fill: #b9cdf3; }"
    " .count { fill: #c9d0d8; } .dot { fill: #2457c5; stroke: #fff; stroke-width: 1.5; }"
    " .curve { fill: none; stroke-width: 2; stroke-linejoin: round; }"
    " .precision { stroke: #2457c5; } .recall { stroke: #b3541e; }"
    " circle.precision, text.precision { fill: #2457c5; stroke: none; }"
    " circle.recall, text.recall { fill: #b3541e; stroke: none; }"
)

_BOX = re.compile(r'viewBox="0 0 ([\d.]+) ([\d.]+)"')


def standalone(drawing: str) -> str:
    """An inline SVG as a file: with its namespace, size, style, and white behind it.

    The white ground makes it legible on dark pages too.

    Args:
        drawing: one ``svg`` element with a ``viewBox`` from 0 0, its title first.
    """
    box = _BOX.search(drawing)
    if box is None:
        raise ValueError("the drawing has no viewBox from 0 0")
    head, _, rest = drawing.partition(">")
    title, end, content = rest.partition("</title>")
    width, height = box.groups()
    ground = tag("rect", width=width, height=height, rx=8, fill="#ffffff")
    size = f'xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"'
    # The style holds no markup characters but quotes, which XML allows in content.
    return f"{head} {size}>{title}{end}<style>{_STYLE}</style>{ground}{content}\n"


#: Left, top, width and height of the inner diagram, in units of the view box.
_LEFT, _TOP, _WIDTH, _HEIGHT = 46.0, 14.0, 420.0, 260.0


def thresholds_diagram(curve: Sequence[Figures]) -> Html:
    """Precision and recall over the threshold, %; the recommended threshold is dashed."""
    values = [v for f in curve for v in (f.precision, f.recall) if v is not None]
    low = min(0.9, int(10 * min(values, default=0.0)) / 10)
    bottom = _TOP + _HEIGHT

    def x(value: float) -> float:
        return round(_LEFT + _WIDTH * value, 1)

    def y(value: float) -> float:
        return round(_TOP + _HEIGHT * (1 - value) / (1 - low), 1)

    parts = []
    for step in range(0, 11):
        at = x(step / 10)
        parts.append(tag("line", class_="grid", x1=at, x2=at, y1=_TOP, y2=bottom))
        parts.append(tag("text", f"{step / 10:g}", class_="mid", x=at, y=bottom + 15))
    for step in range(round(20 * low), 21):
        at = y(step / 20)
        parts.append(tag("line", class_="grid", x1=_LEFT, x2=x(1), y1=at, y2=at))
        parts.append(tag("text", f"{5 * step} %", class_="end", x=_LEFT - 6, y=at + 4))
    mark = x(THRESHOLD)
    parts.append(tag("line", class_="ideal", x1=mark, x2=mark, y1=_TOP, y2=bottom))
    parts.append(tag("text", "recommended", x=mark + 5, y=bottom - 7))
    for name, below in (("precision", 18), ("recall", 18)):
        points = [(f.threshold, getattr(f, name)) for f in curve if getattr(f, name) is not None]
        line = " ".join(f"{x(at)},{y(value)}" for at, value in points)
        parts.append(tag("polyline", class_=f"curve {name}", points=line))
        for at, value in points:
            if round(100 * at) % 10 == 0:
                hint = tag("title", f"threshold {at:g}: {name} {percent(value)}")
                dot = tag("circle", hint, class_=name, cx=x(at), cy=y(value), r=4)
                parts.append(dot)
            if round(100 * at) == 70:
                parts.append(
                    tag("text", name, class_=f"name mid {name}", x=x(at), y=y(value) + below)
                )
    parts.append(tag("text", "threshold", class_="name mid", x=x(0.5), y=bottom + 34))
    box = f"0 0 {_LEFT + _WIDTH + 18:g} {bottom + 44:g}"
    title = tag("title", "Precision and recall over the threshold, %")
    return tag("svg", title, join(*parts), viewBox=box, role="img")


def write(folder: Path, found: Findings) -> None:
    """Keep the report and its pictures beside the model."""
    (folder / "REPORT.md").write_text(markdown(report(found)), encoding="utf-8")
    for name, drawing in (
        ("reliability.svg", reliability_diagram(found.alone.bins)),
        ("thresholds.svg", thresholds_diagram(found.alone.curve)),
    ):
        (folder / name).write_text(standalone(drawing), encoding="utf-8")
