"""What operators say of their photos."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.tagging.labels import (
    Labelled,
    Lesson,
    TeachingError,
    read_folders,
    read_table,
    to_word,
)

SUFFIXES = {".jpg", ".png"}


def put(root: Path, *names: str) -> None:
    """Files whose bytes are their names' last parts: equal names are copies."""
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(path.name.encode())


def labels(lesson: Lesson, root: Path) -> dict[str, set[str]]:
    return {str(p.path.relative_to(root)): set(p.present) for p in lesson.photos}


def table(root: Path, text: str, encoding: str = "utf-8") -> Lesson:
    (root / "labels").write_text(text, encoding)
    return read_table(root, root / "labels")


def test_a_folder_is_a_word(tmp_path: Path) -> None:
    put(tmp_path, "Red Kite/a.jpg", "Red Kite/2024/b.JPG", "gull/c.png", "none/d.jpg")
    put(tmp_path, "gull/notes.txt", "gull/.hidden.jpg", ".cache/e.jpg", "empty/readme.md")
    lesson = read_folders(tmp_path, SUFFIXES)
    assert lesson.words == ("gull", "red kite") and lesson.notes == ()
    assert labels(lesson, tmp_path) == {
        "Red Kite/2024/b.JPG": {"red kite"},
        "Red Kite/a.jpg": {"red kite"},
        "gull/c.png": {"gull"},
        "none/d.jpg": set(),
    }
    assert lesson.matrix().tolist() == [[0, 1], [0, 1], [1, 0], [0, 0]]


def test_a_photo_in_several_folders_has_all_their_words(tmp_path: Path) -> None:
    put(tmp_path, "boat/same.jpg", "dusk/same.jpg", "dusk/b.jpg", "_none/c.jpg", "loose.jpg")
    lesson = read_folders(tmp_path, SUFFIXES)
    assert labels(lesson, tmp_path) == {
        "_none/c.jpg": set(),
        "boat/same.jpg": {"boat", "dusk"},
        "dusk/b.jpg": {"dusk"},
    }
    assert len(lesson.notes) == 2 and "1 photos lie in no folder" in lesson.notes[1]


def test_a_photo_of_a_word_and_of_none_is_refused(tmp_path: Path) -> None:
    put(tmp_path, "boat/same.jpg", "none/same.jpg")
    with pytest.raises(TeachingError, match=r"none/same\.jpg.*none of the words.*boat"):
        read_folders(tmp_path, SUFFIXES)


def test_without_none_there_is_a_note(tmp_path: Path) -> None:
    put(tmp_path, "a/1.jpg", "b/2.jpg")
    assert "no folder `none`" in read_folders(tmp_path, SUFFIXES).notes[0]
    with pytest.raises(TeachingError, match="no folder with photos"):
        read_folders(tmp_path / "a", SUFFIXES)


@pytest.mark.parametrize(
    "text",
    [
        'file,tags\na.jpg,"boat, Dusk?"\nb.jpg,\nc.jpg,dusk\n',
        "file\ttags\na.jpg\tboat,dusk?\nb.jpg\t\nc.jpg\tdusk\n",
        "\ufeffFile;when;Tags\r\na.jpg;2024;boat,dusk?\r\nb.jpg;2024;\r\nc.jpg;2024;dusk\r\n",
        'file,tags\na.jpg,"boat,dusk?"\nb.jpg\nc.jpg,dusk\n',
    ],
    ids=["csv", "tsv", "excel", "short-row"],
)
def test_tables(tmp_path: Path, text: str) -> None:
    lesson = table(tmp_path, text)
    assert [(p.path.name, set(p.present), set(p.unknown)) for p in lesson.photos] == [
        ("a.jpg", {"boat"}, {"dusk"}),
        ("b.jpg", set(), set()),
        ("c.jpg", {"dusk"}, set()),
    ]
    assert lesson.matrix().tolist() == [[1, -1], [0, 0], [0, 1]]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "columns file and tags"),
        ("photo,tags\na.jpg,boat\n", "columns file and tags"),
        ("file,tags\na.jpg,boat,dusk\n", "line 2: more columns"),
        ("file,tags\n,boat\n", "line 2: no file"),
        ('file,tags\na.jpg,"boat,boat?"\n', "line 2: boat is given with and without"),
        ("file,tags\nb.jpg,\na.jpg,bo[at\n", r"line 3: 'bo\[at' is no word"),
        ("file,tags\na.jpg,?\n", "line 2: '' is no word"),
        ("file,tags\nx/s.jpg,boat\ny/s.jpg,\n", "same photo with different tags"),
    ],
)
def test_tables_that_are_refused(tmp_path: Path, text: str, why: str) -> None:
    put(tmp_path, "x/s.jpg", "y/s.jpg")
    with pytest.raises(TeachingError, match=why):
        table(tmp_path, text)


def test_another_encoding_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TeachingError, match="UTF-8"):
        table(tmp_path, "file,tags\na.jpg,käse\n", "latin-1")


def test_copies_count_once(tmp_path: Path) -> None:
    put(tmp_path, "x/s.jpg", "y/s.jpg")
    lesson = table(tmp_path, "file,tags\nx/s.jpg,boat\ny/s.jpg,boat\ngone.jpg,boat\n")
    assert [p.path.name for p in lesson.photos] == ["s.jpg", "gone.jpg"]
    assert "1 files are copies" in lesson.notes[0]


def test_words() -> None:
    assert to_word("  Red   KITE ") == "red kite"
    assert to_word("cafe\u0301") == "café" and to_word("x" * 60) == "x" * 60
    for text in ("", " ", "x" * 61, "a,b", "a\tb", "a[b", "b)", "{", "a\x07", "what?", "busy"):
        with pytest.raises(TeachingError):
            to_word(text)


def many(counts: dict[str, int], none: int) -> Lesson:
    photos = [
        Labelled(Path(f"{word}{n}"), frozenset({word} - {""}))
        for word, count in (*counts.items(), ("", none))
        for n in range(count)
    ]
    return Lesson(tuple(photos), tuple(sorted(counts)))


def test_too_few_are_refused_with_word_and_count() -> None:
    many({"boat": 40, "dusk": 60}, 0).check()
    with pytest.raises(TeachingError, match="boat: 39 photos show it, 40 are needed") as caught:
        many({"boat": 39, "dusk": 60}, 10).check()
    assert "boat: 70" not in str(caught.value) and "dusk" not in str(caught.value)
    with pytest.raises(TeachingError, match="dusk: 39 photos do not show it"):
        many({"dusk": 90}, 39).check()
    with pytest.raises(TeachingError, match="99 in all, 100 are needed"):
        many({"boat": 40}, 59).check()
    with pytest.raises(TeachingError, match="no word"):
        many({}, 200).check()


def test_unreadable_photos_count_no_longer() -> None:
    lesson = many({"boat": 40}, 70)
    with pytest.raises(TeachingError, match="boat: 39"):
        lesson.without({Path("boat7")}).check()
