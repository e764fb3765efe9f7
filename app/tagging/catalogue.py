"""The models in a directory: listing, verifying, loading."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.domain.detail import LEVELS, Detail
from app.domain.images import InputSpec
from app.tagging import faces, heads, objects
from app.tagging.engine import ModelError, OnnxClassifier
from app.tagging.faces import MtcnnDetector
from app.tagging.heads import Heads, HeadTag
from app.tagging.manifest import (
    MANIFEST,
    NUMBER,
    Manifest,
    Required,
    kind_of,
    read_manifest,
    require,
    verify_files,
)
from app.tagging.objects import OnnxDetector
from app.tagging.scenes import BUSY
from app.tagging.tagger import Answer, Tagger, Views
from app.tagging.taxonomy import Taxonomy, TaxonomyError

#: Files that a model of each kind cannot do without.
NEEDED = {
    "classifier": ("model.onnx", "taxonomy.tsv"),
    "heads": (heads.WEIGHTS, heads.TAGS),
    "faces": faces.NETWORKS,
    "detector": (objects.MODEL, objects.LABELS),
}

_CLASSIFIER: Required = (
    ("input", "size", int),
    ("input", "crop", NUMBER),
    ("input", "resample", str),
    ("output", "temperature", NUMBER),
    ("output", "floor", NUMBER),
    ("output", "limit", int),
    ("output", "best", int),
)


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """A model as ``lenticular models`` shows it.

    Attributes:
        kind: one of :data:`app.tagging.manifest.KINDS`; empty if the manifest cannot be read.
        problem: why it cannot be used; empty if it can.
    """

    name: str
    kind: str = ""
    version: str = ""
    licence: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class HeadsInfo:
    """A file of heads as ``lenticular heads`` shows it.

    Attributes:
        classifier: the model whose embedding it reads.
        tags: its words, in its order.
        problem: why it cannot be used; empty if it can.
    """

    name: str
    version: str
    classifier: str = ""
    tags: tuple[HeadTag, ...] = ()
    problem: str = ""


def list_models(directory: Path) -> list[ModelInfo]:
    """Every model of a directory, verified."""
    return [_info(path.parent) for path in sorted(directory.glob(f"*/{MANIFEST}"))]


def list_heads(directory: Path) -> list[HeadsInfo]:
    """Every file of heads of a directory, verified."""
    found = []
    for model in list_models(directory):
        if model.kind != "heads":
            continue
        try:
            folder, manifest = _open(directory, model.name, "heads")
            require(folder, manifest, (("model", "classifier", str),))
            loaded = Heads.load(model.name, model.version, folder)
        except ModelError as error:
            found.append(HeadsInfo(model.name, model.version, problem=str(error)))
        else:
            of = manifest["model"]["classifier"]
            tags = tuple(tag for tag in loaded.tags if tag.word != BUSY)
            found.append(HeadsInfo(model.name, model.version, of, tags))
    return found


def load_tagger(
    directory: Path, name: str, heads: Sequence[str] = (), *, colours: bool = True
) -> Tagger:
    """Verify a classifier and its heads and make them ready to run.

    Args:
        heads: files of heads; those made for another classifier are left out.
        colours: whether dominant colours are named.

    Raises:
        ModelError: one does not exist, is damaged, or does not fit its manifest.
    """
    folder, manifest = _open(directory, name, "classifier")
    require(folder, manifest, _CLASSIFIER)
    taxonomy = _taxonomy(folder)
    views = _views(folder, manifest)
    output = manifest["output"]
    if not output["temperature"] > 0:
        raise ModelError(f"{folder.name}/{MANIFEST}: output.temperature must be positive")
    classifier = OnnxClassifier(
        folder / "model.onnx", views.centre, taxonomy.classes, output["temperature"]
    )
    return Tagger(
        manifest["model"]["name"],
        manifest["model"]["version"],
        classifier,
        views,
        taxonomy,
        Answer(output["floor"], output["limit"], output["best"]),
        _heads(directory, heads, name, classifier.width),
        scene_odds=_scene_odds(folder, output.get("scene_odds", {})),
        with_colours=colours,
    )


def load_faces(directory: Path, name: str) -> MtcnnDetector:
    """Verify a face detector and make it ready to run.

    Raises:
        ModelError: it does not exist, is damaged, or does not fit its manifest.
    """
    folder, manifest = _open(directory, name, "faces")
    return faces.open_detector(folder, manifest)


def load_objects(directory: Path, name: str) -> OnnxDetector:
    """Verify an object detector and make it ready to run.

    Raises:
        ModelError: it does not exist, is damaged, or does not fit its manifest.
    """
    folder, manifest = _open(directory, name, "detector")
    return objects.open_objects(folder, manifest)


def _open(directory: Path, name: str, kind: str) -> tuple[Path, Manifest]:
    """A verified model of a kind."""
    folder = directory / name
    if not (folder / MANIFEST).is_file():
        known = ", ".join(m.name for m in list_models(directory) if m.kind in (kind, "")) or "none"
        raise ModelError(f"there is no model {name} in {directory} (there are: {known})")
    manifest = read_manifest(folder)
    if kind_of(manifest) != kind:
        raise ModelError(f"{name} is a model of the kind {kind_of(manifest)}, not {kind}")
    verify_files(folder, manifest, NEEDED[kind])
    return folder, manifest


def _heads(directory: Path, names: Sequence[str], classifier: str, width: int) -> list[Heads]:
    found = []
    for name in names:
        folder, manifest = _open(directory, name, "heads")
        require(folder, manifest, (("model", "classifier", str),))
        if manifest["model"]["classifier"] != classifier:
            continue
        loaded = Heads.load(name, manifest["model"]["version"], folder)
        if loaded.width != width:
            raise ModelError(
                f"{name} reads embeddings of {loaded.width} numbers, {classifier} gives {width}"
            )
        found.append(loaded)
    return found


def _taxonomy(folder: Path) -> Taxonomy:
    try:
        return Taxonomy.load(folder / "taxonomy.tsv")
    except TaxonomyError as error:
        raise ModelError(str(error)) from error


def _views(folder: Path, manifest: Manifest) -> Views:
    picture = manifest["input"]
    size, crop, resample = (picture[key] for key in ("size", "crop", "resample"))
    if not (0 < crop <= 1 and 16 <= size <= 2048):
        raise ModelError(f"{folder.name}/{MANIFEST}: input.size or input.crop is out of range")
    if resample not in ("bilinear", "bicubic"):
        raise ModelError(f"{folder.name}/{MANIFEST}: input.resample is bilinear or bicubic")
    centre = InputSpec(size, crop, resample)
    parts = [_part(folder, centre, item) for item in picture.get("parts", ())]
    weights = (float(picture.get("centre_weight", 1.0)), *(weight for _, weight in parts))
    return Views(centre, tuple(part for part, _ in parts), weights)


def _part(folder: Path, centre: InputSpec, item: Any) -> tuple[InputSpec, float]:
    """One of ``input.parts``: share of the short side, where it lies, and its weight."""
    match item:
        case [int() | float(), int() | float(), int() | float(), int() | float()]:
            crop, x, y, weight = item
            if 0 < crop <= 1 and 0 <= x <= 1 and 0 <= y <= 1 and weight > 0:
                return InputSpec(centre.size, crop, centre.resample, at=(x, y)), float(weight)
    raise ModelError(f"{folder.name}/{MANIFEST}: input.parts holds [crop, x, y, weight]")


def _scene_odds(folder: Path, table: Any) -> dict[Detail, float]:
    """``output.scene_odds``: a number of 1 or more for each level of detail."""
    if not isinstance(table, dict) or set(table) - set(LEVELS):
        raise ModelError(f"{folder.name}/{MANIFEST}: output.scene_odds is by {', '.join(LEVELS)}")
    for value in table.values():
        if not isinstance(value, (int, float)) or value < 1:
            raise ModelError(f"{folder.name}/{MANIFEST}: output.scene_odds holds numbers from 1 up")
    return {level: float(table[level]) for level in LEVELS if level in table}


def _info(folder: Path) -> ModelInfo:
    try:
        manifest = read_manifest(folder)
    except ModelError as error:
        return ModelInfo(folder.name, problem=str(error))
    model, kind = manifest["model"], kind_of(manifest)
    problem = ""
    try:
        verify_files(folder, manifest, NEEDED[kind])
    except ModelError as error:
        problem = str(error)
    return ModelInfo(model["name"], kind, model["version"], model["licence"], problem)
