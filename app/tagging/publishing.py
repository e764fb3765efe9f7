"""Writing taught heads as a model folder: all of it or nothing."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from app.tagging.card import write_card
from app.tagging.engine import ModelError
from app.tagging.heads import TAGS, WEIGHTS, Heads
from app.tagging.labels import TeachingError
from app.tagging.manifest import MANIFEST, kind_of, read_manifest, verify_files
from app.tagging.teaching import Origin, Taught

CARD = "CARD.md"
LICENCE = "operator's own"
#: By this a folder is known to be a work of ours, that a later training may replace.
SOURCE = "lenticular heads train"

FIRST_VERSION = "1.0.0"

#: The name stands in LENTICULAR_HEADS, between commas, and before a version, with a space between.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True)
class Place:
    """Where heads will be written.

    Attributes:
        directory: of models; made if it does not exist.
        version: of what will be written there.
        replaces: whether an earlier training gives way; else nothing may have come there.
    """

    directory: Path
    name: str
    version: str
    replaces: bool = False

    @property
    def folder(self) -> Path:
        """The model's folder."""
        return self.directory / self.name


def find_place(directory: Path, name: str, *, replace: bool) -> Place:
    """Check that heads of a name can be written, before the work is done.

    Args:
        replace: whether an earlier training of this name may give way.

    Raises:
        TeachingError: the name is no folder's name, taken, or another model's, or the directory
            cannot be written to.
    """
    if not _NAME.fullmatch(name):
        raise TeachingError(
            f"{name!r} is no name for heads: letters, digits, '.', '-' and '_', 64 at most"
        )
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=directory, prefix=f".{name}-"):
            pass
    except OSError as error:
        reason = error.strerror or error
        raise TeachingError(
            f"{directory} cannot be written to ({reason}); --into names another directory"
        ) from error
    folder = directory / name
    if not os.path.lexists(folder):
        return Place(directory, name, FIRST_VERSION)
    try:
        model = read_manifest(folder)["model"]
    except ModelError:
        model = {}
    if model.get("source") != SOURCE or kind_of({"model": model}) != "heads":
        raise TeachingError(f"{folder} exists and was not made by `{SOURCE}`; choose another name")
    if not replace:
        raise TeachingError(f"{folder} exists (version {model['version']}); --force replaces it")
    return Place(directory, name, _next(model["version"]), replaces=True)


def publish(place: Place, taught: Taught, origin: Origin) -> None:
    """Write the folder; before the last moment nothing of it can be seen.

    Raises:
        ModelError: what was written cannot be read back.
        OSError: it cannot be written.
    """
    with _unseen(place) as folder:
        folder.mkdir()
        np.save(folder / WEIGHTS, taught.weights)
        (folder / TAGS).write_text(_tags(taught), encoding="utf-8")
        card = write_card(place.name, place.version, taught, origin)
        (folder / CARD).write_text(card, encoding="utf-8")
        files = {
            path.name: hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(folder.iterdir())
        }
        manifest = _manifest(place, taught, origin, files)
        (folder / MANIFEST).write_text(manifest, encoding="utf-8")
        verify_files(folder, read_manifest(folder), (WEIGHTS, TAGS))
        Heads.load(place.name, place.version, folder)
        for path in (*folder.iterdir(), folder):
            _sync(path)


@contextmanager
def _unseen(place: Place) -> Iterator[Path]:
    """A folder that takes its place when all has gone well, and is gone otherwise.

    It lies one level deeper than models do, so that no listing finds it half written.
    """
    aside = Path(tempfile.mkdtemp(dir=place.directory, prefix=f".{place.name}-"))
    try:
        yield aside / place.name
        old = aside / "replaced"
        if place.replaces:
            place.folder.rename(old)
        try:
            (aside / place.name).rename(place.folder)
        except OSError:
            if old.exists():
                old.rename(place.folder)
            raise
        _sync(place.directory)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _sync(path: Path) -> None:
    """Have a file or directory on the disk before something relies on it."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _next(version: str) -> str:
    """The version after one of ours: learnt anew, the same words mean something new."""
    numbers = re.fullmatch(r"(\d+)\.(\d+)\.(\d+)", version)
    return f"{numbers[1]}.{int(numbers[2]) + 1}.0" if numbers else FIRST_VERSION


def _tags(taught: Taught) -> str:
    rows = [("word", "synset", "parents", "gate", "crowded", "parts")]
    for tag in taught.tags:
        parts = "yes" if tag.parts else "no"
        parents = ", ".join(tag.parents)
        gates = (f"{tag.gate:.2f}", f"{tag.crowded:.2f}")
        rows.append((tag.word, tag.synset, parents, *gates, parts))
    return "".join("\t".join(row) + "\n" for row in rows)


def _manifest(place: Place, taught: Taught, origin: Origin, files: dict[str, str]) -> str:
    """The manifest as TOML, whose strings are JSON's."""

    def text(value: str) -> str:
        return json.dumps(value, ensure_ascii=False)

    lines = [
        f"# Linear heads, taught with `{SOURCE}`. See {CARD}.",
        "",
        "[model]",
        'kind = "heads"',
        f"name = {text(place.name)}",
        f"version = {text(place.version)}",
        f"licence = {text(LICENCE)}",
        f"source = {text(SOURCE)}",
        f"classifier = {text(origin.classifier)}",
        "",
        "[training]",
        f"date = {origin.today.isoformat()}",
        f"photos = {taught.photos}",
        f"folds = {taught.folds}",
        "",
        "# On photos that were left out of the learning.",
        "[training.words]",
    ]
    for item in taught.figures:
        gate = "" if item.gate is None else f"gate = {item.gate:.2f}, "
        lines.append(
            f"{text(item.word)} = {{ positives = {item.positives}, negatives = {item.negatives}, "
            f"average_precision = {item.average_precision:.4f}, {gate}"
            f"precision = {item.precision:.4f}, recall = {item.recall:.4f}, "
            f"ece = {item.calibration_error:.4f} }}"
        )
    lines += ["", "[files]"]
    lines += [f"{text(name)} = {text(digest)}" for name, digest in files.items()]
    return "\n".join(lines) + "\n"
