"""Measures how far the confidences of a classifier can be trusted, and reports it.

    python -m models.build.calibrate PHOTOS LABELS.tsv             # print the report
    python -m models.build.calibrate PHOTOS LABELS.tsv --write     # and keep it beside the model

PHOTOS is a folder, LABELS.tsv a table with the columns ``file`` and ``class_index``. The network
looks at the middle of every photo once; all figures come from the logits it gave. Nothing here
changes a manifest: its temperature and the odds in ``taxonomy.tsv`` stay a person's decision.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track

from app.commands.evaluation.reading import read_rows
from app.domain.evaluation import (
    BINS,
    THRESHOLDS,
    Bin,
    JudgedPhoto,
    Tally,
    calibration_error,
    judge,
    reliability,
    word_rows,
)
from app.domain.images import Pixels
from app.domain.photo_labels import LabelError, Truth, Vocabulary, read_labels
from app.imaging.imager import PillowImager
from app.tagging import colours
from app.tagging.catalogue import load_tagger
from app.tagging.engine import Floats, ModelError
from app.tagging.manifest import read_manifest
from app.tagging.tagger import Tagger
from app.tagging.taxonomy import Taxonomy, read_table
from models.build.calibration_report import (
    HABIT,
    THRESHOLD,
    TRIAL_ODDS,
    Correction,
    Effect,
    Findings,
    Quality,
    Trial,
    report,
    show,
    write,
)

MODELS = Path(__file__).parents[1]

#: The heads of the complete tagger.
HEADS = ("lite2-core",)

#: Temperatures in the table: 0.50, 0.55 … 1.00.
TEMPERATURES = tuple(step / 100 for step in range(50, 101, 5))

#: Where the optimum is sought, in the manifest's two decimals.
_FINE = tuple(step / 100 for step in range(40, 121))


@dataclass(frozen=True, slots=True)
class Seen:
    """Labelled photos with what the network saw in their middle.

    Attributes:
        classes: (n,), the number of each photo's class.
        truths: the class's word and all wider ones.
        logits: (n, classes), not divided by the temperature.
        embeddings: (n, width).
        small: the views that colours are read from.
    """

    files: tuple[str, ...]
    classes: NDArray[np.int64]
    truths: tuple[Truth, ...]
    logits: Floats
    embeddings: Floats
    small: tuple[Pixels, ...]


def look(tagger: Tagger, photos: Path, labels: Path, wnids: Sequence[str]) -> Seen:
    """Run the network over all labelled photos, the central view only.

    Args:
        wnids: the WordNet 3.0 id of each class; a column of that name is checked against them.

    Raises:
        LabelError: the labels cannot be used.
    """
    rows = read_rows(labels)
    if rows and not all(row.cells.get("class_index") for row in rows):
        raise LabelError(f"{labels}: every row needs a class_index")
    taxonomy = tagger.taxonomy
    classes = tuple(taxonomy.of_class(index) for index in range(taxonomy.classes))
    known = frozenset(word.text for word in taxonomy.words)
    truths = read_labels(rows, Vocabulary(known, classes, tuple(wnids))).photos
    centre = tagger.inputs("fast")[0]
    imager = PillowImager(max_pixels=10**8)
    logits, embeddings, small = [], [], []
    for name in track(truths, description="Looking", console=Console(stderr=True)):
        views = imager.inspect(photos / name, (centre, colours.VIEW)).inputs
        answer, embedding = tagger.classifier.run(views[centre])
        logits.append(answer)
        embeddings.append(embedding)
        small.append(views[colours.VIEW])
    return Seen(
        tuple(truths),
        np.array([int(row.cells["class_index"]) for row in rows]),
        tuple(truths.values()),
        np.stack(logits),
        np.stack(embeddings),
        tuple(small),
    )


def judged(
    tagger: Tagger, seen: Seen, *, scale: float = 1.0, whole: bool = False
) -> tuple[JudgedPhoto, ...]:
    """A tagger's answers from what the network saw, held against the truth.

    Args:
        scale: factor on the logits. The tagger divides them by its own temperature, so the
            quotient of that and another one shows what it would say at the other.
        whole: give it the view for colours and sky too.
    """
    found = []
    for number, name in enumerate(seen.files):
        small = seen.small[number] if whole else None
        logits = scale * seen.logits[number : number + 1]
        said = tagger.judge(logits, seen.embeddings[number : number + 1], small)
        found.append(judge(name, said, seen.truths[number], own_only=True))
    return tuple(found)


def negative_log_likelihood(
    logits: Floats, classes: NDArray[np.int64], temperature: float
) -> float:
    """Mean of -ln p(true class) after the softmax at a temperature.

    What temperature scaling minimises in Guo et al., "On Calibration of Modern Neural Networks",
    2017. Of the network alone: the odds of single classes do not enter it.

    Args:
        logits: (n, classes).
        classes: (n,), the true ones.

    Returns:
        Nats a photo; 0 is perfect.
    """
    scaled = logits / temperature
    scaled = scaled - scaled.max(axis=1, keepdims=True)
    true = scaled[np.arange(len(classes)), classes]
    return float(np.mean(np.log(np.exp(scaled).sum(axis=1)) - true))


def best_temperature(logits: Floats, classes: NDArray[np.int64]) -> float:
    """The temperature, 0.40 … 1.20 in steps of 0.01, with the least log-likelihood lost."""
    return min(_FINE, key=lambda value: negative_log_likelihood(logits, classes, value))


def top(logits: Floats, classes: NDArray[np.int64], count: int) -> float:
    """Share of photos whose true class is among the ``count`` most likely ones."""
    order = np.argsort(-logits, axis=1, kind="stable")[:, :count]
    return float(np.mean((order == classes[:, None]).any(axis=1)))


def bins_above(photos: Sequence[JudgedPhoto], floor: float) -> tuple[Bin, ...]:
    """Judged words by confidence, without those below the floor.

    The five most likely classes are named however unlikely they are. Thousands of words near 0 %
    that are right near 0 % of the time would make the error of the others look small.
    """
    kept = (replace(p, said=p.above(floor)) for p in photos)
    return tuple(reliability(kept, BINS))


def trial(photos: Sequence[JudgedPhoto], seen: Seen, temperature: float, floor: float) -> Trial:
    """The row of a temperature.

    Args:
        photos: judged at this temperature.
    """
    return Trial(
        temperature,
        negative_log_likelihood(seen.logits, seen.classes, temperature),
        calibration_error(bins_above(photos, floor)),
        Tally(photos).at(THRESHOLD),
    )


def quality(photos: Sequence[JudgedPhoto], floor: float) -> Quality:
    """An engine's figures at all thresholds."""
    tally, bins = Tally(photos), bins_above(photos, floor)
    curve = tuple(tally.at(step / 100) for step in range(5, 96))
    return Quality(tuple(map(tally.at, THRESHOLDS)), curve, bins, calibration_error(bins))


def with_odds(taxonomy: Taxonomy, odds: Mapping[int, float]) -> Taxonomy:
    """The same words with other odds."""
    leaves = [taxonomy.of_class(index)[0] for index in range(taxonomy.classes)]
    return Taxonomy(leaves, {word.text: word.wider for word in taxonomy.words}, {}, odds)


def words_said(taxonomy: Taxonomy, probabilities: Floats) -> list[frozenset[str]]:
    """The words of each photo at :data:`THRESHOLD`; probabilities are (n, classes)."""
    return [
        frozenset(w for w, score in taxonomy.scores(one).items() if round(score, 4) >= THRESHOLD)
        for one in probabilities
    ]


def effect(
    before: Sequence[frozenset[str]], after: Sequence[frozenset[str]], truths: Sequence[Truth]
) -> Effect:
    """What a correction changes: words of each photo before and after it."""
    gone = [(b - a, truth.right) for b, a, truth in zip(before, after, truths, strict=True)]
    return Effect(
        lost=sum(len(words & right) for words, right in gone),
        avoided=sum(len(words - right) for words, right in gone),
    )


class Corrector:
    """Tries smaller odds, each time against a taxonomy without any."""

    def __init__(self, taxonomy: Taxonomy, probabilities: Floats, truths: Sequence[Truth]) -> None:
        self._taxonomy = taxonomy
        self._probabilities, self._truths = probabilities, truths
        self._classes: dict[str, list[int]] = {}
        for index in range(taxonomy.classes):
            self._classes.setdefault(taxonomy.of_class(index)[0], []).append(index)
        self._before = words_said(with_odds(taxonomy, {}), probabilities)

    def effect_of(self, odds: Mapping[int, float]) -> Effect:
        """Of odds by the number of the class."""
        changed = with_odds(self._taxonomy, odds)
        return effect(self._before, words_said(changed, self._probabilities), self._truths)

    def effect_on(self, word: str, odds: float) -> Effect:
        """Of the same odds for all classes of a word."""
        return self.effect_of(dict.fromkeys(self._classes[word], odds))


def measure(seen: Seen, alone: Tagger, complete: Tagger, folder: Path, command: str) -> Findings:
    """Work everything out.

    Args:
        alone: the classifier without heads and colours.
        complete: with all of them.
        folder: the model's.
    """
    output = read_manifest(folder)["output"]
    temperature, floor = output["temperature"], output["floor"]
    trials = []
    for value in track(
        sorted({*TEMPERATURES, temperature}), "Temperatures", console=Console(stderr=True)
    ):
        photos = judged(alone, seen, scale=temperature / value)
        trials.append(trial(photos, seen, value, floor))
    own, whole = judged(alone, seen), judged(complete, seen, whole=True)
    rows = word_rows(own, THRESHOLD, sought=False, said=True)
    words = tuple(row for row in rows if alone.taxonomy.is_class(row.name))
    probabilities = alone.classifier.probabilities(seen.logits)
    corrector = Corrector(alone.taxonomy, probabilities, seen.truths)
    habits = sorted((r for r in words if r.wrong >= HABIT), key=lambda r: (-r.wrong, r.name))
    return Findings(
        command=command,
        engine=f"{alone.name} {alone.version}",
        heads=heads_of(alone.name),
        photos=len(seen.files),
        temperature=temperature,
        floor=floor,
        optimum=best_temperature(seen.logits, seen.classes),
        top1=top(seen.logits, seen.classes, 1),
        top5=top(seen.logits, seen.classes, 5),
        trials=tuple(trials),
        words=words,
        corrections=corrections(leaf_rows(folder), corrector),
        candidates=tuple((row, corrector.effect_on(row.name, TRIAL_ODDS)) for row in habits),
        alone=quality(own, floor),
        complete=quality(whole, floor),
    )


def corrections(
    leaves: Iterable[Mapping[str, str]], corrector: Corrector
) -> tuple[Correction, ...]:
    """The odds of the table, by word, each with what they change by themselves."""
    by_word: dict[str, dict[int, float]] = {}
    for index, row in enumerate(leaves):
        if row["odds"]:
            by_word.setdefault(row["word"], {})[index] = float(row["odds"])
    return tuple(
        Correction(word, tuple(odds.items()), corrector.effect_of(odds))
        for word, odds in by_word.items()
    )


def heads_of(classifier: str) -> tuple[str, ...]:
    """Name and version of the heads that fit a classifier; the tagger leaves out the others."""
    manifests = [read_manifest(MODELS / name)["model"] for name in HEADS]
    return tuple(f"{m['name']} {m['version']}" for m in manifests if m["classifier"] == classifier)


def leaf_rows(folder: Path) -> list[dict[str, str]]:
    """The rows of a model's classes."""
    return [row for row in read_table(folder / "taxonomy.tsv") if row["kind"] == "leaf"]


def main() -> None:
    """Measure, print, and write what was asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("photos", type=Path)
    parser.add_argument("labels", type=Path)
    parser.add_argument("--model", default="lite2-int8")
    parser.add_argument("--write", action="store_true", help="also write into the model's folder")
    options = parser.parse_args()
    folder = MODELS / options.model
    command = f"python -m models.build.calibrate {options.photos} {options.labels}"
    command += f" --model {options.model}" if options.model != "lite2-int8" else ""
    command += " --write" if options.write else ""
    try:
        alone = load_tagger(MODELS, options.model, colours=False)
        complete = load_tagger(MODELS, options.model, HEADS)
        wnids = [row["wnid"] for row in leaf_rows(folder)]
        seen = look(alone, options.photos, options.labels, wnids)
    except (ModelError, LabelError) as error:
        parser.exit(1, f"{error}\n")
    found = measure(seen, alone, complete, folder, command)
    show(report(found), Console())
    if options.write:
        write(folder, found)


if __name__ == "__main__":
    main()
