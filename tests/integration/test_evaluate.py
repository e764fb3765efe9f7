"""``lenticular evaluate`` on licensed photos; its figures worked out anew from ``tag``."""

from __future__ import annotations

import base64
import io
import json
import re
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests import photos
from tests.integration.test_commands import run

#: True words; some that the engine has, some that it has not, one that nobody is sure of.
TRUE = {
    "china.jpg": ["building", "sky", "pagoda-like thing"],
    "chelsea.png": ["cat", "pet", "animal"],
    "coffee.png": ["cup", "food"],
    "rocket.jpg": ["rocket", "sky", "cat"],
}
DOUBTED = {"coffee.png": {"building"}, "chelsea.png": {"sky"}}
HOSTILE = 'a</script><script>alert(1)</script>\'" onerror="x.png'

KEYS = {
    "": "format lenticular measured_at engine labels directory photos failed unlabelled threshold "
    "words_per_photo answered_per_photo untagged nothing_found top1 top5 precision recall "
    "recall_known thresholds ece reliability words classes speed results",
    "engine": "addon name version detail heads face_model sources",
    "labels": "file form photos unknown unlisted",
    "thresholds": "threshold precision recall right wrong found missed words_per_photo untagged "
    "nothing_found",
    "reliability": "from to count confidence right",
    "words": "word photos found missed right wrong precision recall",
    "speed": "images_per_second cpu_ms_per_image seconds threads",
    "results": "file first sought missed tags",
}


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The licensed photos, one of them under a hostile name, and a file that is no picture."""
    folder = tmp_path_factory.mktemp("photos")
    for name in (*TRUE, "flower.jpg"):
        shutil.copy(photos.path(name), folder / name)
    (folder / HOSTILE).parent.mkdir(parents=True)
    shutil.copy(photos.path("astronaut.png"), folder / HOSTILE)
    (folder / "broken.jpg").write_bytes(b"no picture")
    return folder


def write_labels(path: Path, rows: Mapping[str, str], column: str = "tags") -> Path:
    lines = [f"file\t{column}", *(f"{name}\t{text}" for name, text in rows.items())]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@dataclass
class Evaluated:
    """What one run of the command gave."""

    data: dict[str, Any]
    html: str
    stdout: str
    stderr: str


@pytest.fixture(scope="module")
def evaluated(directory: Path, tmp_path_factory: pytest.TempPathFactory) -> Evaluated:
    """Words of the licensed photos, the hostile one said to be of other things."""
    place = tmp_path_factory.mktemp("reports")
    rows = {
        name: ", ".join([*words, *(f"{word}?" for word in DOUBTED.get(name, ()))])
        for name, words in TRUE.items()
    }
    labels = write_labels(
        place / "labels.tsv", rows | {HOSTILE: "<b>pizza</b>, rocket", "broken.jpg": "cat"}
    )
    data, html = place / "report.json", place / "report.html"
    done = run(
        *("evaluate", str(directory), "--labels", str(labels)),
        *("--json", str(data), "--html", str(html)),
    )
    assert done.returncode == 0, done.stderr
    return Evaluated(
        json.loads(data.read_text(encoding="utf-8")),
        html.read_text(encoding="utf-8"),
        done.stdout,
        done.stderr,
    )


def tagged(files: Iterable[Path]) -> dict[str, dict[str, float]]:
    """What ``lenticular tag`` says of files, by their names."""
    done = run("tag", "--json", *map(str, files))
    found = [json.loads(line) for line in done.stdout.splitlines()]
    return {
        Path(item["file"]).name: {c["tag"]: c["confidence"] for c in item["categories"]}
        for item in found
    }


def test_keys(evaluated: Evaluated) -> None:
    data = evaluated.data
    assert set(data) == set(KEYS[""].split())
    described = (Path(__file__).parents[2] / "docs" / "evaluate.md").read_text(encoding="utf-8")
    for key in " ".join(KEYS.values()).split():
        assert f"`{key}`" in described, f"docs/evaluate.md does not say what {key} is"
    for name, keys in KEYS.items():
        part = data[name] if name else data
        assert set(part[0] if isinstance(part, list) else part) == set(keys.split()), name
    assert set(data["results"][0]["tags"][0]) == {"tag", "confidence", "verdict", "source"}
    assert data["engine"]["name"] and data["engine"]["detail"] == "fast"
    assert data["speed"]["images_per_second"] > 0 < data["speed"]["cpu_ms_per_image"]
    assert [item["threshold"] for item in data["thresholds"]] == [n / 10 for n in range(1, 10)]
    assert len(data["reliability"]) == 15


def test_figures_worked_out_anew(evaluated: Evaluated, directory: Path) -> None:
    true = TRUE | {Path(HOSTILE).name: ["<b>pizza</b>", "rocket"]}
    said = tagged([*(directory / name for name in TRUE), directory / HOSTILE])
    every = {word for words in true.values() for word in words} | {"cat"}
    judged = [
        (confidence, word in true[name])
        for name, words in said.items()
        for word, confidence in words.items()
        if word in every and word not in DOUBTED.get(name, set())
    ]
    sought = [said[name].get(word, -1) for name, words in true.items() for word in words]
    data = evaluated.data
    for item in [*data["thresholds"], data | {"threshold": 0.4}]:
        at = item["threshold"]
        passed = [right for confidence, right in judged if confidence >= at]
        expected = sum(passed) / len(passed) if passed else None
        assert item["precision"] == pytest.approx(expected, abs=1e-6)
        found = sum(confidence >= at for confidence in sought)
        assert item["recall"] == pytest.approx(found / len(sought), abs=1e-6)
        none = sum(max(words.values()) < at for words in said.values())
        assert item["untagged"] == pytest.approx(none / len(said), abs=1e-6)
        count = sum(c >= at for words in said.values() for c in words.values())
        assert item["words_per_photo"] == pytest.approx(count / len(said), abs=1e-6)
    error = 0.0
    for number in range(15):
        inside = [p for p in judged if number / 15 <= p[0] < (number + 1) / 15 + (number == 14)]
        if inside:
            gap = sum(c for c, _ in inside) - sum(right for _, right in inside)
            error += abs(gap) / len(judged)
        assert data["reliability"][number]["count"] == len(inside)
    assert data["ece"] == pytest.approx(error, abs=1e-6)
    ranks = [list(said[name]).index(w[0]) if w[0] in said[name] else 99 for name, w in true.items()]
    assert data["top1"] == pytest.approx(sum(r < 1 for r in ranks) / len(ranks), abs=1e-6)
    assert data["top5"] == pytest.approx(sum(r < 5 for r in ranks) / len(ranks), abs=1e-6)


def test_what_could_not_be_judged_is_named(evaluated: Evaluated) -> None:
    data = evaluated.data
    assert data["photos"] == 5 and data["labels"]["photos"] == 6
    assert data["failed"] == [{"file": "broken.jpg", "error": "Invalid image file"}]
    assert data["unlabelled"] == ["flower.jpg"]
    assert set(data["labels"]["unknown"]) == {"<b>pizza</b>", "pagoda-like thing"}
    for text in ("broken.jpg (Invalid image file)", "flower.jpg", "pagoda-like thing"):
        assert text in evaluated.stdout and text in evaluated.html


@dataclass
class Page(HTMLParser):
    """A page taken apart, and its end tags held against its start tags."""

    open: list[str] = field(default_factory=list)
    seen: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)
    text: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in ("meta", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def test_the_page_stands_alone_and_nothing_breaks_out_of_it(evaluated: Evaluated) -> None:
    page = Page()
    page.feed(evaluated.html)
    page.close()
    assert page.open == []
    names = {tag for tag, _ in page.seen}
    assert {"svg", "table", "img", "figure"} <= names
    assert not names & {"script", "link", "iframe", "object", "base", "form", "bi"} - {"b"}
    for tag, attributes in page.seen:
        assert not [name for name in attributes if name.startswith("on") or name == "href"], tag
    text = "".join(page.text)
    assert HOSTILE in text and "<b>pizza</b>" in text
    without_pictures = re.sub(r"base64,[A-Za-z0-9+/=]+", "", evaluated.html)
    for outside in ("http:", "https:", "url(", "@import", "//"):
        assert outside not in without_pictures
    sources = [attributes["src"] for tag, attributes in page.seen if tag == "img"]
    for source in sources:
        assert source is not None and source.startswith("data:image/jpeg;base64,")
        data = base64.b64decode(source.partition(",")[2], validate=True)
        with Image.open(io.BytesIO(data)) as image:
            assert image.format == "JPEG" and max(image.size) == 240
    alts = {attributes["alt"] for tag, attributes in page.seen if tag == "img"}
    missed = {item["file"] for item in evaluated.data["results"] if item["missed"]}
    wrong = {
        item["file"]
        for item in evaluated.data["results"]
        if any(t["verdict"] == "wrong" and t["confidence"] >= 0.4 for t in item["tags"])
    }
    assert alts == missed | wrong and HOSTILE in alts


def test_classes(directory: Path, tmp_path: Path) -> None:
    # 285 is the Egyptian cat, 504 the coffee mug.
    labels = tmp_path / "labels.csv"
    labels.write_text("file,class_index\nchelsea.png,285\ncoffee.png,504\n")
    done = run("evaluate", str(directory), "--labels", str(labels), "--json", "-")
    assert done.returncode == 0, done.stderr
    data = json.loads(done.stdout)
    assert "precision" in done.stderr, "the tables leave stdout to the JSON"
    assert data["labels"]["form"] == "classes"
    cat, _ = data["results"]
    assert "cat" in cat["sought"] and cat["first"] == cat["sought"][0]
    said = {item["tag"]: item for item in cat["tags"]}
    assert said["cat"]["verdict"] == "right"
    # Other parts' words find what they name, but are not judged.
    assert {item["verdict"] for item in cat["tags"] if item["source"]} <= {"unknown"}
    right = [i for r in data["results"] for i in r["tags"] if i["verdict"] == "right"]
    assert data["thresholds"][0]["right"] == sum(i["confidence"] >= 0.1 for i in right)


def test_objects(directory: Path, tmp_path: Path) -> None:
    words = tmp_path / "words.tsv"
    words.write_text("class\taccepted words\ncat\tcat, kitten\ndog\tdog\nyeti\tyeti\n")
    rows = {"chelsea.png": "cat 0.5 0.5 1 1; yeti 0 0 1 1; imp", "china.jpg": "dog 0.5 0.5 1 1"}
    labels = write_labels(tmp_path / "labels.tsv", rows, "objects (class cx cy w h)")
    done = run(
        *("evaluate", str(directory), "--labels", str(labels), "--words", str(words)),
        *("--json", str(tmp_path / "a.json"), "--threshold", "0.5", "--detail", "thorough"),
    )
    assert done.returncode == 0, done.stderr
    data = json.loads((tmp_path / "a.json").read_text())
    assert data["engine"]["detail"] == "thorough" and data["engine"]["face_model"]
    assert (data["labels"]["unknown"], data["labels"]["unlisted"]) == (["yeti"], ["imp"])
    assert data["recall"] == 0.5 and data["precision"] == 1 and data["top1"] is None
    assert [(item["class"], item["found"], item["missed"]) for item in data["classes"]] == [
        ("cat", 1, 0),
        ("dog", 0, 1),
    ]
    assert data["classes"][0]["accepted"] == ["cat", "kitten"]


def test_what_is_wrong_is_said_in_a_line(directory: Path, tmp_path: Path) -> None:
    labels = write_labels(tmp_path / "labels.tsv", {"chelsea.png": "cat"})
    gone = write_labels(tmp_path / "gone.tsv", {f"[/{n}].jpg": "cat" for n in range(7)})
    bad = write_labels(tmp_path / "bad.tsv", {"chelsea.png": "cat"}, "label")
    broken = write_labels(tmp_path / "broken.tsv", {"broken.jpg": "cat"})
    for arguments, reason in (
        (("--labels", str(gone)), "7 of 7 labelled files are not in"),
        (("--labels", str(gone)), "[/3].jpg, [/4].jpg, …"),
        (("--labels", str(bad)), "the columns are 'file', 'label'"),
        (("--labels", str(tmp_path / "none.tsv")), "No such file"),
        (("--labels", str(broken)), "None of 1 photos could be looked at: broken.jpg: Invalid"),
        (("--labels", str(labels), "--words", str(labels)), "'accepted words'"),
        (("--labels", str(labels), "--html", str(tmp_path / "no" / "a.html")), "cannot be written"),
        (("--labels", str(labels), "--addon", "google_tagging"), "No engine is configured"),
    ):
        done = run("evaluate", str(directory), *arguments, COLUMNS="1000")
        assert done.returncode == 1 and "Traceback" not in done.stderr, (arguments, done.stderr)
        assert reason in done.stderr, (arguments, done.stderr)
    unknown = run("evaluate", str(directory), "--labels", str(labels), "--detail", "close")
    assert unknown.returncode == 2 and "fast, thorough" in unknown.stderr
    no_directory = run("evaluate", str(tmp_path / "none"), "--labels", str(labels))
    assert no_directory.returncode == 1 and "is no directory" in no_directory.stderr
