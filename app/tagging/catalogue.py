"""The models in a directory: manifests, verification, loading."""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.domain.images import InputSpec
from app.tagging.engine import ModelError, OnnxEngine
from app.tagging.taxonomy import Taxonomy, TaxonomyError

MANIFEST = "manifest.toml"

#: What a manifest must say: table, key, type.
_REQUIRED: tuple[tuple[str, str, type | tuple[type, ...]], ...] = (
    ("model", "name", str),
    ("model", "version", str),
    ("model", "licence", str),
    ("input", "size", int),
    ("input", "crop", (int, float)),
    ("input", "resample", str),
    ("output", "temperature", (int, float)),
    ("output", "floor", (int, float)),
    ("output", "limit", int),
    ("output", "best", int),
)


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """A model as ``lenticular models`` shows it.

    Attributes:
        problem: why it cannot be used; empty if it can.
    """

    name: str
    version: str = ""
    licence: str = ""
    problem: str = ""


def list_models(directory: Path) -> list[ModelInfo]:
    """Every model of a directory, verified."""
    return [_info(path.parent) for path in sorted(directory.glob(f"*/{MANIFEST}"))]


def load_engine(directory: Path, name: str) -> OnnxEngine:
    """Verify a model and make it ready to run.

    Raises:
        ModelError: it does not exist, is damaged, or does not fit its manifest.
    """
    folder = directory / name
    if not (folder / MANIFEST).is_file():
        known = ", ".join(model.name for model in list_models(directory)) or "none"
        raise ModelError(f"there is no model {name} in {directory} (there are: {known})")
    manifest = read_manifest(folder)
    verify_files(folder, manifest)
    answer = manifest["output"]
    try:
        taxonomy = Taxonomy.load(
            folder / "taxonomy.tsv",
            floor=answer["floor"],
            limit=answer["limit"],
            best=answer["best"],
        )
    except TaxonomyError as error:
        raise ModelError(str(error)) from error
    size, crop, resample = (manifest["input"][key] for key in ("size", "crop", "resample"))
    return OnnxEngine(
        manifest["model"]["name"],
        manifest["model"]["version"],
        folder / "model.onnx",
        InputSpec(size, crop, resample),
        taxonomy,
        answer["temperature"],
    )


def read_manifest(folder: Path) -> dict[str, Any]:
    """Read and check a manifest.

    Raises:
        ModelError: naming what is missing or wrong.
    """
    try:
        manifest = tomllib.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ModelError(f"{folder.name}/{MANIFEST} cannot be read: {error}") from error
    for table, key, kind in _REQUIRED:
        value = manifest.get(table, {}).get(key)
        if not isinstance(value, kind) or isinstance(value, bool):
            raise ModelError(f"{folder.name}/{MANIFEST}: {table}.{key} is missing or wrong")
    if manifest["model"]["name"] != folder.name:
        raise ModelError(f"{folder.name}/{MANIFEST}: model.name must be {folder.name}")
    picture, answer = manifest["input"], manifest["output"]
    if not (0 < picture["crop"] <= 1 and 16 <= picture["size"] <= 2048):
        raise ModelError(f"{folder.name}/{MANIFEST}: input.size or input.crop is out of range")
    if picture["resample"] not in ("bilinear", "bicubic"):
        raise ModelError(f"{folder.name}/{MANIFEST}: input.resample is bilinear or bicubic")
    if not answer["temperature"] > 0:
        raise ModelError(f"{folder.name}/{MANIFEST}: output.temperature must be positive")
    return manifest


def verify_files(folder: Path, manifest: dict[str, Any]) -> None:
    """Compare every listed file with its SHA-256.

    Raises:
        ModelError: naming the file that is missing, changed, or not listed.
    """
    listed: dict[str, str] = manifest.get("files", {})
    for name in ("model.onnx", "taxonomy.tsv"):
        if name not in listed:
            raise ModelError(f"{folder.name}/{MANIFEST}: files.{name} has no SHA-256")
    for name, expected in listed.items():
        try:
            actual = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        except OSError as error:
            raise ModelError(f"{folder.name}/{name} cannot be read") from error
        if actual != expected:
            raise ModelError(f"{folder.name}/{name} is not the file that the manifest names")


def _info(folder: Path) -> ModelInfo:
    try:
        manifest = read_manifest(folder)
    except ModelError as error:
        return ModelInfo(folder.name, problem=str(error))
    model = manifest["model"]
    problem = ""
    try:
        verify_files(folder, manifest)
    except ModelError as error:
        problem = str(error)
    return ModelInfo(model["name"], model["version"], model["licence"], problem)
