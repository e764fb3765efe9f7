"""Accuracy and calibration of a model on labelled photos.

    python -m models.build.evaluate PHOTOS LABELS.tsv [--model lite2-int8]

LABELS.tsv has the columns ``file`` and ``class_index`` (ImageNet-1k). The true words of a photo
are its class's word and all wider words over it in the taxonomy.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

from rich.progress import track

from app.domain.categories import Category
from app.imaging.imager import PillowImager
from app.tagging.catalogue import load_engine

MODELS = Path(__file__).parents[1]
Result = tuple[list[Category], str, set[str]]


def read_taxonomy(folder: Path) -> list[tuple[str, set[str]]]:
    """For each class its word, and that with all wider words."""
    with (folder / "taxonomy.tsv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    leaves = [row for row in rows if row["kind"] == "leaf"]
    return [(r["word"], {r["word"], *filter(None, r["parents"].split(", "))}) for r in leaves]


def report(results: list[Result], leaf_words: set[str]) -> list[str]:
    """The figures as lines of text."""
    first = five = 0
    for found, word, _ in results:
        leaves = [item.word for item in found if item.word in leaf_words]
        first += leaves[:1] == [word]
        five += word in leaves[:5]
    count = len(results)
    lines = [
        f"{count} photos, {sum(len(found) for found, _, _ in results) / count:.1f} words each",
        f"true class is the first leaf word: {first / count:.3f}",
        f"true class is among the first five leaf words: {five / count:.3f}",
        f"expected calibration error of the words: {100 * calibration_error(results):.1f} %",
        "threshold  precision  recall  photos without a tag",
    ]
    for step in range(1, 10):
        threshold = step / 10
        right = wrong = missed = untagged = 0
        for found, _, true in results:
            tags = {item.word for item in found if item.confidence >= threshold}
            right += len(tags & true)
            wrong += len(tags - true)
            missed += len(true - tags)
            untagged += not tags
        lines.append(
            f"{threshold:9.1f}  {right / max(1, right + wrong):9.3f}  "
            f"{right / max(1, right + missed):6.3f}  {100 * untagged / count:6.1f} %"
        )
    return lines


def calibration_error(results: list[Result], bins: int = 15) -> float:
    """Mean distance between confidence and share right, over equal bins of confidence."""
    pairs = [(item.confidence, item.word in true) for found, _, true in results for item in found]
    error = 0.0
    for number in range(bins):
        inside = [p for p in pairs if number == min(bins - 1, int(p[0] * bins))]
        if inside:
            confidence = sum(p[0] for p in inside) / len(inside)
            right = sum(p[1] for p in inside) / len(inside)
            error += abs(confidence - right) * len(inside) / len(pairs)
    return error


def main() -> None:
    """Evaluate and print."""
    parser = argparse.ArgumentParser(description="Accuracy and calibration on labelled photos.")
    parser.add_argument("photos", type=Path)
    parser.add_argument("labels", type=Path)
    parser.add_argument("--model", default="lite2-int8")
    options = parser.parse_args()
    engine = load_engine(MODELS, options.model)
    classes = read_taxonomy(MODELS / options.model)
    imager = PillowImager(max_pixels=10**9)
    results: list[Result] = []
    with options.labels.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    logits_first = logits_five = 0
    for row in track(rows, "photos"):
        pixels = imager.inspect(options.photos / row["file"], [engine.input]).inputs[engine.input]
        index = int(row["class_index"])
        order = engine.rank(pixels)
        logits_first += order[0] == index
        logits_five += index in order[:5]
        results.append((engine.categorize(pixels), *classes[index]))
    print(f"logits: top-1 {logits_first / len(rows):.3f}, top-5 {logits_five / len(rows):.3f}")
    print("\n".join(report(results, {word for word, _ in classes})))


if __name__ == "__main__":
    main()
