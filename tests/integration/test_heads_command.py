"""``lenticular heads``: words learnt from real pixels, and said by the command and the server."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import ImageOps
from typer.testing import CliRunner

from app.cli import app
from app.commands import heads
from app.domain.errors import InvalidImage
from app.tagging.catalogue import list_models
from tests import photos
from tests.integration.test_commands import run
from tests.live import LiveServer

SHIPPED = Path(__file__).parents[2] / "models"

#: Folders with the photos that their pictures are cut from.
FOLDERS = {
    "MyCat": ("chelsea.png",),
    "mycup": ("coffee.png",),
    "none": ("china.jpg", "rocket.jpg", "flower.jpg"),
}


def cut(names: tuple[str, ...], folder: Path, count: int) -> None:
    """Crops of photos, some of them mirrored, all different."""
    chance = random.Random(folder.name)
    folder.mkdir(parents=True)
    for number in range(count):
        photo = photos.load(names[number % len(names)])
        width, height = (int(side * chance.uniform(0.5, 0.95)) for side in photo.size)
        left, top = chance.randrange(photo.width - width), chance.randrange(photo.height - height)
        photo = photo.crop((left, top, left + width, top + height))
        if chance.random() < 0.5:
            photo = ImageOps.mirror(photo)
        photo.thumbnail((300, 300))
        photo.save(folder / f"{number}.jpg", quality=chance.randrange(60, 95))


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("pictures")
    for name, sources in FOLDERS.items():
        cut(sources, directory / name, 41)
    (directory / "none" / "broken.jpg").write_bytes(b"no picture")
    return directory


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory, pictures: Path) -> Path:
    """The shipped models and heads named ``own``, trained on the pictures."""
    directory = tmp_path_factory.mktemp("models")
    for name in ("lite2-int8", "lite2-core", "mtcnn"):
        (directory / name).symlink_to(SHIPPED / name)
    # One thread for so little: more of them wait for each other, on a busy machine for long.
    environment = {"LENTICULAR_MODELS_DIR": str(directory), "OPENBLAS_NUM_THREADS": "1"}
    done = run("heads", "train", str(pictures), "--name", "own", **environment)
    assert done.returncode == 0, done.stderr
    assert "LENTICULAR_HEADS=lite2-core,own\n" in done.stdout and "mycat" in done.stdout
    assert "broken.jpg: Invalid image file; left out" in done.stderr
    return directory


class Made(NamedTuple):
    """How a command ended, and what it printed."""

    code: int
    out: str
    err: str


def invoke(models: Path, *arguments: str, **environment: str) -> Made:
    """A command in this process, which spares its start."""
    settings = {"LENTICULAR_MODELS_DIR": str(models), "COLUMNS": "200"} | environment
    done = CliRunner().invoke(app, arguments, env=settings)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return Made(done.exit_code, done.stdout, done.stderr)


def train(models: Path, pictures: Path, *arguments: str, name: str = "own") -> Made:
    return invoke(models, "heads", "train", str(pictures), "--name", name, *arguments)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Eyes that read the embedding off a file's bytes, for tests of what is done around it."""

    def embed(path: Path) -> NDArray[np.float32]:
        if not path.read_bytes().startswith(b"\xff\xd8"):
            raise InvalidImage
        chance = np.random.default_rng(int(path.stem))
        shown = [path.parent.name == folder for folder in FOLDERS]
        return np.tile(np.array([*shown, 0], np.float32) + chance.random(4, np.float32), (4, 1))

    monkeypatch.setattr(heads, "embedder", lambda settings, classifier: embed)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, models: Path) -> Iterator[LiveServer]:
    settings = {"MODELS_DIR": str(models), "HEADS": "lite2-core,own"}
    live = LiveServer(tmp_path_factory.mktemp("live"), "", settings).start()
    yield live
    live.stop()


def test_what_was_learnt_is_said(models: Path) -> None:
    """Of whole photos, that it was never shown, and of the right ones only."""
    paths = [str(photos.path(name)) for name in photos.NAMES]
    environment = {"LENTICULAR_MODELS_DIR": str(models), "LENTICULAR_HEADS": "lite2-core,own"}
    lines = run("tag", "--json", *paths, **environment).stdout.splitlines()
    for name, line in zip(photos.NAMES, lines, strict=True):
        said = {entry["tag"]: entry for entry in json.loads(line)["categories"]}
        assert ("mycat" in said) == (name == "chelsea.png"), said
        assert ("mycup" in said) == (name == "coffee.png"), said
        if name == "chelsea.png":
            assert said["mycat"]["confidence"] > 0.8 and said["mycat"]["source"] == "own 1.0.0"
            assert said["cat"]["confidence"] > 0.3, "the other words are still there"
    off = invoke(models, "tag", "--json", paths[2])
    assert "mycat" not in off.out and '"cat"' in off.out


def test_an_upload_gets_it_as_a_tag(server: LiveServer) -> None:
    with server.client() as client:
        reply = client.upload(
            photos.path("coffee.png"), categorization="imagga_tagging", auto_tagging=0.4
        ).json()
    data = reply["info"]["categorization"]["imagga_tagging"]["data"]
    assert "mycup" in reply["tags"] and "mycat" not in reply["tags"]
    (said,) = [entry for entry in data if entry["tag"] == "mycup"]
    assert said["confidence"] > 0.8


def test_listing(models: Path) -> None:
    listed = invoke(models, "heads", "list", LENTICULAR_HEADS="own,gone")
    rows = {
        line.split("│")[1].strip(): line for line in listed.out.splitlines() if line.startswith("│")
    }
    assert "1.0.0" in rows["own"] and "mycat 0.40, mycup 0.40" in rows["own"]
    assert rows["own"].rstrip("│ ").endswith("on")
    assert rows["lite2-core"].rstrip("│ ").endswith("off")
    assert "not in" in rows["gone"]


def test_verify_finds_a_changed_byte(models: Path, tmp_path: Path) -> None:
    assert invoke(models, "models", "verify").code == 0
    shutil.copytree(models / "own", tmp_path / "own")
    weights = tmp_path / "own" / "weights.npy"
    weights.write_bytes(weights.read_bytes()[:-1] + b"\x01")
    done = invoke(tmp_path, "models", "verify")
    assert done.code == 1 and "own/weights.npy is not the file" in done.out


def test_refusals_come_before_the_work(models: Path, pictures: Path, tmp_path: Path) -> None:
    for word in FOLDERS:
        shutil.copytree(pictures / word, tmp_path / "few" / word)
    for number in (1, 2):
        (tmp_path / "few" / "mycup" / f"{number}.jpg").unlink()
    code, _, error = train(models, tmp_path / "few", name="few")
    assert code == 1 and "mycup: 39 photos show it, 40 are needed" in error
    assert "mycat" not in error and not (models / "few").exists()

    code, _, error = train(models, pictures)
    assert code == 1 and "--force" in error
    code, _, error = train(models, pictures, "--force", name="lite2-int8")
    assert code == 1 and "was not made by" in error and (models / "lite2-int8").is_symlink()
    code, _, error = train(models, pictures, name="a,b")
    assert code == 1 and "is no name for heads" in error
    code, _, error = train(models, pictures, "--classifier", "mtcnn", name="faces")
    assert code == 1 and "not classifier" in error
    code, _, error = train(models, pictures, "--into", str(pictures / "none/0.jpg"), name="x")
    assert code == 2
    code, _, error = train(models, pictures, "--into", str(pictures / "none/0.jpg/x"))
    assert code == 1 and "cannot be written to (Not a directory)" in error


@pytest.mark.usefixtures("quick")
def test_unreadable_photos_may_leave_too_few(models: Path, pictures: Path, tmp_path: Path) -> None:
    for word in FOLDERS:
        shutil.copytree(pictures / word, tmp_path / word)
    for number in (1, 2):
        (tmp_path / "mycup" / f"{number}.jpg").write_bytes(b"no picture %d" % number)
    code, _, error = train(models, tmp_path, name="few")
    assert code == 1 and "mycup: 39 photos show it" in error and "mycup/1.jpg: Invalid" in error
    assert not (models / "few").exists()


@pytest.mark.usefixtures("quick")
def test_a_table_of_labels_and_the_next_version(
    models: Path, pictures: Path, tmp_path: Path
) -> None:
    """Learnt anew, elsewhere: from a table, where one photo's cup is unknown."""
    into = tmp_path / "elsewhere"
    shutil.copytree(models / "own", into / "own")
    rows = [f"{path.relative_to(pictures)}\t" for path in sorted(pictures.glob("none/?*.jpg"))]
    rows += [f"MyCat/{number}.jpg\tAnimal of mine, mycup?" for number in range(1)]
    rows += [f"MyCat/{number}.jpg\tAnimal of mine" for number in range(1, 41)]
    table = tmp_path / "labels.tsv"
    table.write_text("file\ttags\n" + "\n".join(rows) + "\n")
    code, _, error = train(models, pictures, "--labels", str(table), "--into", str(into), "--force")
    assert code == 1 and "mycup: 0 photos show it" in error

    rows += [f"mycup/{number}.jpg\tmycup" for number in range(41)]
    table.write_text("file\ttags\n" + "\n".join(rows) + "\n")
    code, output, _ = train(
        models, pictures, "--labels", str(table), "--into", str(into), "--force"
    )
    assert code == 0 and "version 1.1.0" in output and f"Copy it to {models}" in output
    (model,) = list_models(into)
    assert (model.version, model.problem) == ("1.1.0", "")
    assert "animal of mine" in (into / "own" / "tags.tsv").read_text()
    assert [path.name for path in into.iterdir()] == ["own"]


@pytest.mark.usefixtures("quick")
def test_words_that_never_get_reliable_are_not_written(
    models: Path, pictures: Path, tmp_path: Path
) -> None:
    """Whether a picture's number is odd, nobody can see."""

    def table(own: str) -> str:
        """Labels with the word ``odd``, and those of the folder."""
        rows = ["file,tags"]
        for path in sorted(pictures.glob("*/[0-9]*.jpg")):
            odd = "odd" if int(path.stem) % 2 else ""
            rows.append(f'{path},"{odd}, {own if path.parent.name == "MyCat" else ""}"')
        (tmp_path / "labels.csv").write_text("\n".join(rows))
        return str(tmp_path / "labels.csv")

    done = train(models, pictures, "--labels", table(""), name="vain")
    assert done.code == 1 and "No word became reliable" in done.err and "none" in done.out
    assert not (models / "vain").exists()

    done = train(models, pictures, "--labels", table("mine"), "--into", str(tmp_path), name="half")
    assert done.code == 0 and "Left out, never reliable enough: odd" in done.err
    words = [line.split("\t")[0] for line in (tmp_path / "half/tags.tsv").read_text().splitlines()]
    assert words == ["word", "mine"]
