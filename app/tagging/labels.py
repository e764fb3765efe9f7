"""Photos that an operator has labelled: a folder for each word, or a table of files and words."""

from __future__ import annotations

import contextlib
import csv
import hashlib
import io
import os
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.tagging.scenes import BUSY

#: Folders of photos that show none of the words.
NONE = frozenset({"none", "_none"})

#: Photos with a word, and photos without it, that learning it takes. Below, the figures of the
#: left-out photos say little, and the gate is read off those.
LEAST = 40

#: Photos in all: with fewer, a part left out has not enough of either.
LEAST_IN_ALL = 100

MAX_LENGTH = 60

#: What a word may not have: the marks of lists, tables and expressions, and control characters.
_FORBIDDEN = re.compile(r"[,\[\](){}<>\x00-\x1f\x7f-\x9f]")

#: Errors that one message names at most.
_NAMED = 5


class TeachingError(ValueError):
    """Words cannot be learnt from this; the text says why."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """A photo and what is known of it.

    Attributes:
        present: words that it shows.
        unknown: words that nobody has decided on; it shows none of the others.
    """

    path: Path
    present: frozenset[str]
    unknown: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Lesson:
    """Labelled photos.

    Attributes:
        photos: each once, however many copies of it there are.
        words: in alphabetical order.
        notes: what the operator should know about the labels, a sentence each.
    """

    photos: tuple[Labelled, ...]
    words: tuple[str, ...]
    notes: tuple[str, ...] = ()

    def matrix(self) -> NDArray[np.int8]:
        """The labels, (photos, words): 1 present, 0 absent, -1 unknown."""
        return np.array(
            [
                [1 if w in photo.present else -int(w in photo.unknown) for w in self.words]
                for photo in self.photos
            ],
            np.int8,
        ).reshape(len(self.photos), len(self.words))

    def without(self, unreadable: Collection[Path]) -> Lesson:
        """The same lesson without some of its photos."""
        left = tuple(photo for photo in self.photos if photo.path not in unreadable)
        return Lesson(left, self.words, self.notes)

    def check(self) -> None:
        """Refuse what is too little to learn from.

        Raises:
            TeachingError: naming every word with too few photos, and how many it has.
        """
        if not self.words:
            raise TeachingError("There is no word: neither a folder with photos nor a tag")
        labels = self.matrix()
        short = []
        for word, column in zip(self.words, labels.T, strict=True):
            yes, no = int((column == 1).sum()), int((column == 0).sum())
            if yes < LEAST:
                short.append(f"{word}: {yes} photos show it, {LEAST} are needed")
            if no < LEAST:
                short.append(f"{word}: {no} photos do not show it, {LEAST} are needed")
        if short:
            raise TeachingError("Too few photos\n" + "\n".join(short))
        if len(self.photos) < LEAST_IN_ALL:
            raise TeachingError(
                f"Too few photos: {len(self.photos)} in all, {LEAST_IN_ALL} are needed"
            )


def to_word(text: str) -> str:
    """A word as it will be answered: lower case, single spaces.

    Raises:
        TeachingError: it cannot be a tag.
    """
    # Composed, or a folder's name on macOS would be another word than the same one typed.
    word = " ".join(unicodedata.normalize("NFC", text).lower().split())
    if not 1 <= len(word) <= MAX_LENGTH:
        raise TeachingError(f"{text!r} is no word: 1 to {MAX_LENGTH} characters")
    if _FORBIDDEN.search(word) or _FORBIDDEN.search(text) or word.endswith("?"):
        raise TeachingError(f"{text!r} is no word: it has a comma, a tab, a bracket or a final '?'")
    if word == BUSY:
        raise TeachingError(f"{text!r} cannot be learnt: the engine uses it for itself")
    return word


def read_folders(directory: Path, suffixes: Collection[str]) -> Lesson:
    """Labels by folder: its name is the word of the photos in it, at any depth.

    A photo of several folders shows all of their words; every photo lacks those of all others.

    Args:
        suffixes: file names that are photos, such as ``.jpg``; case does not matter.

    Raises:
        TeachingError: a folder's name is no word, or a photo lies under ``none`` and a word.
        OSError: the directory cannot be read.
    """
    found: list[Labelled] = []
    loose, has_none = 0, False
    for entry in sorted(directory.iterdir()):
        if entry.name.startswith("."):
            continue
        if not entry.is_dir():
            loose += entry.suffix.lower() in suffixes
            continue
        paths = list(_photos(entry, suffixes))
        none = entry.name.lower() in NONE
        if not paths:
            continue
        has_none |= none
        present = frozenset() if none else frozenset({to_word(entry.name)})
        found += [Labelled(path, present) for path in paths]
    if not found:
        raise TeachingError(f"{directory} has no folder with photos (a folder for each word)")
    photos = list(_merged(found))
    notes = _notes(len(found) - len(photos))
    if loose:
        notes.append(f"{loose} photos lie in no folder and are not used")
    if not has_none:
        notes.append(
            "There is no folder `none`: photos that show none of the words make them surer"
        )
    return _lesson(photos, notes)


def read_table(directory: Path, table: Path) -> Lesson:
    """Labels by table: columns ``file`` and ``tags``, with tabs, semicolons or commas between.

    Args:
        directory: what ``file`` is relative to.

    Raises:
        TeachingError: the table is malformed, or contradicts itself.
        OSError: it cannot be read.
    """
    try:
        text = table.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise TeachingError(f"{table} is not UTF-8") from error
    header = text.partition("\n")[0]
    delimiter = next((mark for mark in "\t;" if mark in header), ",")
    rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, restval="")
    found = []
    try:
        rows.fieldnames = [name.strip().lower() for name in rows.fieldnames or ()]
        if not {"file", "tags"} <= set(rows.fieldnames):
            raise TeachingError(f"{table} needs a first line with the columns file and tags")
        for row in rows:
            found.append(_labelled(directory, row, f"{table}, line {rows.line_num}"))
    except csv.Error as error:
        raise TeachingError(f"{table}, line {rows.line_num}: {error}") from error
    photos: dict[bytes, Labelled] = {}
    for photo, key in zip(found, _identities([p.path for p in found]), strict=True):
        same = photos.setdefault(key, photo)
        if (same.present, same.unknown) != (photo.present, photo.unknown):
            raise TeachingError(
                f"{same.path} and {photo.path} are the same photo with different tags"
            )
    return _lesson(list(photos.values()), _notes(len(found) - len(photos)))


def _photos(folder: Path, suffixes: Collection[str]) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if path.suffix.lower() in suffixes and not hidden and path.is_file():
            yield path


def _labelled(directory: Path, row: Mapping[str | None, object], where: str) -> Labelled:
    """One row of a table."""
    file, tags = str(row["file"]).strip(), str(row["tags"])
    if row.get(None):
        raise TeachingError(f"{where}: more columns than the first line has; put tags in quotes")
    if not file:
        raise TeachingError(f"{where}: no file")
    present: set[str] = set()
    unknown: set[str] = set()
    for tag in filter(None, map(str.strip, tags.split(","))):
        try:
            (unknown if tag.endswith("?") else present).add(to_word(tag.removesuffix("?")))
        except TeachingError as error:
            raise TeachingError(f"{where}: {error}") from error
    if both := present & unknown:
        raise TeachingError(f"{where}: {min(both)} is given with and without '?'")
    return Labelled(directory / file, frozenset(present), frozenset(unknown))


def _merged(found: Sequence[Labelled]) -> Iterator[Labelled]:
    """Copies of a photo in several folders as one photo with all of their words.

    Raises:
        TeachingError: some lie under ``none`` and under a word.
    """
    copies: dict[bytes, list[Labelled]] = defaultdict(list)
    for photo, key in zip(found, _identities([p.path for p in found]), strict=True):
        copies[key].append(photo)
    wrong = []
    for same in copies.values():
        present = frozenset[str]().union(*(photo.present for photo in same))
        if present and not all(photo.present for photo in same):
            none = next(photo.path for photo in same if not photo.present)
            wrong.append(f"{none} is said to show none of the words, and {min(present)}")
        yield Labelled(same[0].path, present)
    if wrong:
        more = [f"and {len(wrong) - _NAMED} more"] if len(wrong) > _NAMED else []
        raise TeachingError("\n".join(wrong[:_NAMED] + more))


def _identities(paths: Sequence[Path]) -> Iterator[bytes]:
    """What tells photos apart: their bytes, which are only read of files of equal sizes."""
    sizes = [_size(path) for path in paths]
    alike = Counter(sizes)
    for path, size in zip(paths, sizes, strict=True):
        identity = os.fsencode(path)
        if size is not None and alike[size] > 1:
            # What cannot be read will be named when it is looked at.
            with contextlib.suppress(OSError):
                identity = hashlib.sha256(path.read_bytes()).digest()
        yield identity


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None


def _notes(copies: int) -> list[str]:
    return [f"{copies} files are copies of others and count once"] if copies else []


def _lesson(photos: Sequence[Labelled], notes: Iterable[str]) -> Lesson:
    words = {word for photo in photos for word in photo.present | photo.unknown}
    return Lesson(tuple(photos), tuple(sorted(words)), tuple(notes))
