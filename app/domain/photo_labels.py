"""What people say of photos: the three forms of a labels file (docs/evaluate.md).

Whatever the form, each photo ends with the same :class:`Truth`: which words would be right, which
can be judged at all, and what there is to find.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, TypeAlias

Form: TypeAlias = Literal["classes", "words", "objects"]

#: How the columns of each form begin.
_COLUMNS: dict[Form, tuple[str, ...]] = {
    "classes": ("class_index", "wnid"),
    "words": ("tags", "words"),
    "objects": ("objects",),
}

#: Numbers behind the class of an object: centre, width and height.
_BOX = 4
_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?", re.IGNORECASE)


class LabelError(ValueError):
    """Labels that cannot be used; the text says where and why."""


class Row(NamedTuple):
    """A row of a table.

    Attributes:
        line: where it stands in the file, the header being 1.
        cells: text by the name of its column.
    """

    line: int
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words that an engine can say.

    Attributes:
        words: all of them, whatever part of the engine says them.
        classes: for each class of its classifier the class's word and all wider words, the
            class's first; empty if it has no classes.
        wnids: the WordNet 3.0 id of each class.
    """

    words: frozenset[str]
    classes: tuple[tuple[str, ...], ...] = ()
    wnids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Truth:
    """What is known of a photo.

    Attributes:
        right: words that are right.
        judged: words that are right or wrong, ``right`` among them; of others nothing is known.
        sought: what there is to find, and the words that find it: a right word by itself, or an
            object by any word accepted for its class.
        first: the word that counts for top-1 and top-5; "" if the photo has none.
    """

    right: frozenset[str]
    judged: frozenset[str]
    sought: Mapping[str, frozenset[str]]
    first: str = ""


@dataclass(frozen=True, slots=True)
class Labels:
    """A file of labels.

    Attributes:
        photos: what is known of each file.
        ranked: the words that top-1 and top-5 count among; ``None`` if they count among all.
        own_only: judge only what the engine's classifier itself said, not its other parts.
        accepted: the words of each class of objects.
        unknown: words, or classes of objects, that the engine has no word for.
        unlisted: classes of objects for which no words are listed.
    """

    form: Form
    photos: Mapping[str, Truth]
    ranked: frozenset[str] | None = None
    own_only: bool = False
    accepted: Mapping[str, frozenset[str]] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()
    unlisted: tuple[str, ...] = ()


def plain(text: str) -> str:
    """A word as engines say it: lower case, single spaces."""
    return " ".join(text.split()).lower()


def read_words(rows: Sequence[Row]) -> dict[str, frozenset[str]]:
    """The words accepted for each class: columns ``class`` and one that names words.

    Raises:
        LabelError: a column is missing, a class empty, there twice, or without a word.
    """
    columns = list(rows[0].cells) if rows else []
    column = next((name for name in columns if "words" in name), None)
    if "class" not in columns or column is None:
        raise LabelError(
            "the table of words needs the columns 'class' and 'accepted words'; "
            f"it has {_listed(columns)}"
        )
    accepted: dict[str, frozenset[str]] = {}
    for row in rows:
        name = plain(row.cells["class"])
        words = frozenset(filter(None, map(plain, row.cells[column].split(","))))
        if not name or not words:
            raise LabelError(f"line {row.line} of the table of words has no class or no word")
        if name in accepted:
            raise LabelError(f"line {row.line} of the table of words names {name!r} again")
        accepted[name] = words
    return accepted


def read_labels(
    rows: Sequence[Row],
    vocabulary: Vocabulary,
    accepted: Mapping[str, frozenset[str]] | None = None,
) -> Labels:
    """Read labels of whichever form their columns show.

    Args:
        accepted: the words of each class of objects; only that form needs it.

    Raises:
        LabelError: a column is missing or one too many, a row malformed, a file there twice.
    """
    if not rows:
        raise LabelError("there is no row below the header")
    columns = list(rows[0].cells)
    if "file" not in columns:
        raise LabelError(f"there is no column 'file', only {_listed(columns)}")
    form, found = _form(columns)
    files: dict[str, Row] = {}
    for row in rows:
        name = row.cells["file"].strip()
        if not name:
            raise LabelError(f"line {row.line} names no file")
        if name in files:
            raise LabelError(f"line {row.line} names {name!r} again, as line {files[name].line}")
        files[name] = row
    match form:
        case "classes":
            return _classes(files, vocabulary)
        case "words":
            return _words(files, found, vocabulary)
        case "objects":
            if accepted is None:
                raise LabelError("labels of objects need a table of accepted words (--words)")
            return _objects(files, found, vocabulary, accepted)


def _form(columns: Sequence[str]) -> tuple[Form, str]:
    """The form that columns show, and the first column of it."""
    found: dict[Form, list[str]] = {}
    for name in columns:
        for form, beginnings in _COLUMNS.items():
            exact = form != "objects" and name in beginnings
            if exact or (form == "objects" and name.startswith(beginnings)):
                found.setdefault(form, []).append(name)
    # A class may be given both ways; of the others there can be one only.
    if not found or len(found) > 1 or len(found.get("words", found.get("objects", [""]))) > 1:
        raise LabelError(
            "beside 'file' one column has to say what is true: 'class_index' (or 'wnid'), 'tags' "
            f"(or 'words'), or 'objects…'; the columns are {_listed(columns)}"
        )
    form, names = found.popitem()
    return form, names[0]


def _classes(files: Mapping[str, Row], vocabulary: Vocabulary) -> Labels:
    """Form ``classes``: true are the class's word and all words wider than it."""
    if not vocabulary.classes:
        raise LabelError("the engine has no classes: its photos need labels with 'tags'")
    known = frozenset(word for words in vocabulary.classes for word in words)
    of_class: dict[int, Truth] = {}
    photos: dict[str, Truth] = {}
    for name, row in files.items():
        index = _class_of(row, vocabulary)
        if index not in of_class:
            words = vocabulary.classes[index]
            sought = {word: frozenset((word,)) for word in words}
            of_class[index] = Truth(frozenset(words), known, sought, words[0])
        photos[name] = of_class[index]
    ranked = frozenset(words[0] for words in vocabulary.classes)
    return Labels("classes", photos, ranked, own_only=True)


def _class_of(row: Row, vocabulary: Vocabulary) -> int:
    """The index of a row's class.

    Raises:
        LabelError: there is no such class, or index and id name different ones.
    """
    count = len(vocabulary.classes)
    text, wnid = (row.cells.get(name, "").strip() for name in ("class_index", "wnid"))
    if not text:
        if wnid not in vocabulary.wnids:
            raise LabelError(f"line {row.line}: {wnid!r} is no class of the engine")
        return vocabulary.wnids.index(wnid)
    index = int(text) if text.isascii() and text.isdigit() else count
    if index >= count:
        raise LabelError(f"line {row.line}: class_index {text!r} is not one of 0 to {count - 1}")
    if wnid and index < len(vocabulary.wnids) and vocabulary.wnids[index] != wnid:
        raise LabelError(
            f"line {row.line}: class_index {index} is {vocabulary.wnids[index]}, not {wnid}"
        )
    return index


def _words(files: Mapping[str, Row], column: str, vocabulary: Vocabulary) -> Labels:
    """Form ``words``: words that are true, or, with a question mark, not known to be."""
    sure: dict[str, list[str]] = {}
    unsure: dict[str, frozenset[str]] = {}
    for name, row in files.items():
        items = [plain(item) for item in row.cells[column].split(",")]
        unsure[name] = frozenset(plain(item[:-1]) for item in items if item.endswith("?"))
        listed = (item for item in items if item and not item.endswith("?"))
        sure[name] = [word for word in dict.fromkeys(listed) if word not in unsure[name]]
    every = frozenset().union(*unsure.values(), *sure.values()) - {""}
    photos = {
        name: Truth(
            frozenset(words),
            # Most photos have no question mark, and share one set.
            every - unsure[name] if unsure[name] else every,
            {word: frozenset((word,)) for word in words},
            words[0] if words else "",
        )
        for name, words in sure.items()
    }
    if not every:
        raise LabelError(f"the column {column!r} is empty")
    unknown = sorted(frozenset().union(*sure.values()) - vocabulary.words)
    return Labels("words", photos, unknown=tuple(unknown))


def _objects(
    files: Mapping[str, Row],
    column: str,
    vocabulary: Vocabulary,
    accepted: Mapping[str, frozenset[str]],
) -> Labels:
    """Form ``objects``: classes of objects, each with the words that are accepted for it."""
    present = {name: _read_objects(row, column) for name, row in files.items()}
    seen = frozenset().union(*present.values())
    if not seen:
        raise LabelError(f"the column {column!r} is empty")
    known = {name for name, words in accepted.items() if not words.isdisjoint(vocabulary.words)}
    judged = frozenset().union(*accepted.values())
    photos = {}
    for name, classes in present.items():
        sought = {item: accepted[item] for item in classes if item in known}
        photos[name] = Truth(frozenset().union(*sought.values()), judged, sought)
    return Labels(
        "objects",
        photos,
        accepted=accepted,
        unknown=tuple(sorted(seen & set(accepted) - known)),
        unlisted=tuple(sorted(seen - set(accepted))),
    )


def _read_objects(row: Row, column: str) -> tuple[str, ...]:
    """The classes of ``class cx cy w h; …``, each once; the boxes may be left out."""
    classes: dict[str, None] = {}
    for item in row.cells[column].split(";"):
        parts = item.split()
        numbers = 0
        while numbers < len(parts) and _NUMBER.fullmatch(parts[-1 - numbers]):
            numbers += 1
        if parts and (numbers not in (0, _BOX) or numbers == len(parts)):
            raise LabelError(f"line {row.line}: {item.strip()!r} is not 'class cx cy w h'")
        if parts:
            classes[plain(" ".join(parts[: len(parts) - numbers]))] = None
    return tuple(classes)


def _listed(columns: Sequence[str]) -> str:
    return ", ".join(map(repr, columns)) or "none"
