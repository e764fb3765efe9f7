"""Writes the twenty demonstration photos of ``docs/tagging.md``: pictures, tags, sources.

    python -m models.build.demonstrate ORIGINALS

``docs/demonstration.tsv`` names the photos, the packages they come from, their makers and licences,
and the word that a person typed first. ORIGINALS holds them as unpacked from the packages. Small
copies go to ``docs/images/``; the table between the two marks in ``docs/tagging.md`` is replaced.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

from app.imaging.imager import PillowImager
from app.imaging.thumbnails import thumbnail
from app.tagging.catalogue import load_tagger
from models.build.heads import CLASSIFIER, MODELS

DOCS = MODELS.parent / "docs"
LIST, PAGE, IMAGES = DOCS / "demonstration.tsv", DOCS / "tagging.md", DOCS / "images"
BEGIN, END = "<!-- demonstration: begin -->", "<!-- demonstration: end -->"
THRESHOLD, SIDE = 0.4, 240


def main() -> None:
    """Tag, and write the page."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("originals", type=Path)
    originals = parser.parse_args().originals
    tagger = load_tagger(MODELS, CLASSIFIER, ("lite2-core",))
    imager = PillowImager(max_pixels=10**8)
    IMAGES.mkdir(exist_ok=True)
    lines = ["| photo | tags at 0.4 | typed first | from |", "|---|---|---|---|"]
    hits = 0
    with LIST.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    for row in rows:
        source = originals / row["file"]
        found = tagger.categorize(imager.inspect(source, tagger.inputs("fast")).inputs)
        tags = [item for item in found if item.confidence >= THRESHOLD]
        hit = row["first_word"] in {item.word for item in tags}
        hits += hit
        name = f"{row['name']}.jpg"
        (IMAGES / name).write_bytes(thumbnail(imager, source, SIDE))
        told = ", ".join(f"{item.word} {item.confidence:.2f}" for item in tags)
        word = row["first_word"] if hit else f"*{row['first_word']}*"
        origin = f"{row['package']}; {row['author']}; {row['licence']}"
        lines.append(f"| ![{row['name']}](images/{name}) | {told} | {word} | {origin} |")
    lines.append("")
    lines.append(f"The word typed first is among the tags of {hits} of {len(rows)} photos.")
    head, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    tail = rest.partition(END)[2]
    text = "\n".join([BEGIN, "", *lines, "", END])
    PAGE.write_text(head + text + tail, encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
