"""The three forms of labels, and what is said when they cannot be read."""

from __future__ import annotations

import pytest

from app.domain.photo_labels import (
    LabelError,
    Labels,
    Row,
    Vocabulary,
    read_labels,
    read_words,
)

KNOWN = Vocabulary(
    words=frozenset({"cat", "tabby", "animal", "car", "sofa", "sky"}),
    classes=(("tabby", "cat", "animal"), ("car",)),
    wnids=("n1", "n2"),
)
ACCEPTED = {
    "couch": frozenset({"sofa", "couch"}),
    "cat": frozenset({"cat", "tabby"}),
    "kite": frozenset({"kite"}),
}


def table(*cells: dict[str, str]) -> list[Row]:
    return [Row(number, row) for number, row in enumerate(cells, 2)]


def read(*cells: dict[str, str], accepted: bool = False) -> Labels:
    return read_labels(table(*cells), KNOWN, ACCEPTED if accepted else None)


def test_classes() -> None:
    labels = read(
        {"file": "a.jpg", "class_index": "0", "wnid": "n1", "names": "tabby, tabby cat"},
        {"file": "b.jpg", "class_index": "", "wnid": "n2", "names": ""},
    )
    assert labels.form == "classes" and labels.own_only
    assert labels.ranked == {"tabby", "car"}
    first = labels.photos["a.jpg"]
    assert first.right == {"tabby", "cat", "animal"} and first.first == "tabby"
    assert first.judged == {"tabby", "cat", "animal", "car"}
    assert list(first.sought) == ["tabby", "cat", "animal"]
    assert labels.photos["b.jpg"].first == "car"


def test_classes_by_id_alone() -> None:
    assert read({"file": "a", "wnid": "n2"}).photos["a"].right == {"car"}


def test_words() -> None:
    labels = read(
        {"file": "a.jpg", "tags": "Cat,  big   Animal , sky?, cat"},
        {"file": "b.jpg", "tags": "sky"},
        {"file": "c.jpg", "tags": ""},
    )
    assert labels.form == "words" and labels.ranked is None and not labels.own_only
    first = labels.photos["a.jpg"]
    assert first.right == {"cat", "big animal"} and first.first == "cat"
    # The sky is judged in other photos, not where nobody is sure of it.
    assert first.judged == {"cat", "big animal"}
    assert labels.photos["b.jpg"].judged == {"cat", "big animal", "sky"}
    assert labels.photos["c.jpg"].first == "" and not labels.photos["c.jpg"].right
    assert labels.unknown == ("big animal",)


def test_a_doubted_word_is_unknown_even_if_listed_too() -> None:
    photo = read({"file": "a", "words": "cat, sky, sky?"}).photos["a"]
    assert photo.right == {"cat"} and photo.judged == {"cat"}


def test_objects() -> None:
    labels = read(
        {"file": "a.jpg", "objects (relative)": "Cat 0.1 .2 0.3 1e-2; couch 0 0 1 1; cat 1 1 1 1"},
        {"file": "b.jpg", "objects (relative)": "kite; wet zebra 0 0 1 1"},
        {"file": "c.jpg", "objects (relative)": ""},
        accepted=True,
    )
    assert labels.form == "objects" and not labels.own_only
    first = labels.photos["a.jpg"]
    assert first.sought == {"cat": ACCEPTED["cat"], "couch": ACCEPTED["couch"]}
    assert first.right == {"cat", "tabby", "sofa", "couch"}
    assert first.judged == {"cat", "tabby", "sofa", "couch", "kite"}
    # Nothing of the engine's is a kite; nothing says what a zebra is called.
    assert labels.unknown == ("kite",) and labels.unlisted == ("wet zebra",)
    assert not labels.photos["b.jpg"].sought and not labels.photos["c.jpg"].sought


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ([], "no row"),
        ([{"name": "a", "tags": "cat"}], "no column 'file', only 'name', 'tags'"),
        ([{"file": "a", "label": "cat"}], "the columns are 'file', 'label'"),
        ([{"file": "a", "tags": "cat", "wnid": "n1"}], "one column"),
        ([{"file": "a", "tags": "cat", "words": "cat"}], "one column"),
        ([{"file": " ", "tags": "cat"}], "line 2 names no file"),
        ([{"file": "a", "tags": "x"}, {"file": "a", "tags": "y"}], "line 3 names 'a' again"),
        ([{"file": "a", "tags": " , "}], "'tags' is empty"),
        ([{"file": "a", "class_index": "2"}], "class_index '2' is not one of 0 to 1"),
        ([{"file": "a", "class_index": "-1"}], "class_index '-1'"),
        ([{"file": "a", "class_index": "²"}], "class_index '²'"),
        ([{"file": "a", "class_index": "", "wnid": ""}], "'' is no class"),
        ([{"file": "a", "wnid": "n3"}], "line 2: 'n3' is no class"),
        ([{"file": "a", "class_index": "0", "wnid": "n2"}], "class_index 0 is n1, not n2"),
        ([{"file": "a", "objects": "cat 0 0 1 1"}], "--words"),
    ],
)
def test_what_is_wrong_is_said(cells: list[dict[str, str]], reason: str) -> None:
    with pytest.raises(LabelError) as refusal:
        read(*cells)
    assert reason in str(refusal.value)


@pytest.mark.parametrize("text", ["cat 0 0 1", "0 0 1 1", "cat 0 0 1 1 1"])
def test_malformed_objects(text: str) -> None:
    with pytest.raises(LabelError, match="is not 'class cx cy w h'"):
        read({"file": "a", "objects": text}, accepted=True)
    with pytest.raises(LabelError, match="is empty"):
        read({"file": "a", "objects": " ; "}, accepted=True)


def test_an_engine_without_classes_takes_words() -> None:
    with pytest.raises(LabelError, match="no classes"):
        read_labels(table({"file": "a", "class_index": "0"}), Vocabulary(frozenset()))


def test_accepted_words() -> None:
    rows = table({"class": "Couch", "accepted words": "sofa,  Studio  couch"})
    assert read_words(rows) == {"couch": {"sofa", "studio couch"}}
    for cells, reason in (
        ([{"class": "a"}], "needs the columns"),
        ([{"name": "a", "words": "b"}], "needs the columns"),
        ([], "it has none"),
        ([{"class": "a", "words": " , "}], "no class or no word"),
        ([{"class": "a", "words": "b"}, {"class": "A", "words": "b"}], "names 'a' again"),
    ):
        with pytest.raises(LabelError, match=reason):
            read_words(table(*cells))
