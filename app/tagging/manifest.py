"""A model's manifest: what it says, and whether the files are the ones it names."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeAlias

from app.tagging.engine import ModelError

MANIFEST = "manifest.toml"

Manifest: TypeAlias = dict[str, Any]

#: What a manifest must say: table, key, type.
Required: TypeAlias = tuple[tuple[str, str, type | tuple[type, ...]], ...]

NUMBER = (int, float)

#: Kinds of models; a manifest that names none describes a classifier.
KINDS = ("classifier", "heads", "faces", "detector")

_COMMON: Required = (("model", "name", str), ("model", "version", str), ("model", "licence", str))


def read_manifest(folder: Path) -> Manifest:
    """Read a manifest of any kind.

    Raises:
        ModelError: naming what is missing or wrong.
    """
    try:
        manifest = tomllib.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ModelError(f"{folder.name}/{MANIFEST} cannot be read: {error}") from error
    require(folder, manifest, _COMMON)
    if manifest["model"]["name"] != folder.name:
        raise ModelError(f"{folder.name}/{MANIFEST}: model.name must be {folder.name}")
    if " " in manifest["model"]["version"]:
        raise ModelError(f"{folder.name}/{MANIFEST}: model.version has a space")
    if kind_of(manifest) not in KINDS:
        raise ModelError(f"{folder.name}/{MANIFEST}: model.kind is one of {', '.join(KINDS)}")
    return manifest


def kind_of(manifest: Manifest) -> str:
    """The kind of model that a manifest describes."""
    return str(manifest["model"].get("kind", "classifier"))


def require(folder: Path, manifest: Manifest, required: Required) -> None:
    """Check that a manifest says what it must.

    Raises:
        ModelError: naming what is missing or wrong.
    """
    for table, key, kind in required:
        value = manifest.get(table, {}).get(key)
        if not isinstance(value, kind) or isinstance(value, bool):
            raise ModelError(f"{folder.name}/{MANIFEST}: {table}.{key} is missing or wrong")


def verify_files(folder: Path, manifest: Manifest, needed: Iterable[str]) -> None:
    """Compare every listed file with its SHA-256.

    Args:
        needed: files that must be listed.

    Raises:
        ModelError: naming the file that is missing, changed, or not listed.
    """
    listed: dict[str, str] = manifest.get("files", {})
    for name in needed:
        if name not in listed:
            raise ModelError(f"{folder.name}/{MANIFEST}: files.{name} has no SHA-256")
    for name, expected in listed.items():
        try:
            actual = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        except OSError as error:
            raise ModelError(f"{folder.name}/{name} cannot be read") from error
        if actual != expected:
            raise ModelError(f"{folder.name}/{name} is not the file that the manifest names")
