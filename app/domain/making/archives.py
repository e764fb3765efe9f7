"""Archives of stored assets: what ``generate_archive`` is told, and what files are called inside.

(CONTRACT D11, G)
"""

from __future__ import annotations

import re
import time
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from app.domain import folders, tag_words
from app.domain.assets import RESOURCE_TYPES, Asset, AssetKey, ResourceType
from app.domain.eager import EagerItem, parse_eager
from app.domain.errors import BadRequest
from app.domain.making.ports import ArchiveFormat
from app.domain.params import Params
from app.domain.rendering import RenderLimits

#: Assets and files in one archive; files are more than assets where there are transformations.
MAX_ASSETS, MAX_FILES = 1000, 5000

#: Tags, prefixes and folders that one archive selects by.
MAX_SELECTORS = 20

#: Bytes of one segment of a file's name, so that every file system can hold it.
_MAX_SEGMENT = 200

#: Characters that some file system does not have in names.
_NOT_IN_NAMES = re.compile(r'[<>:"|?*\\\x00-\x1f\x7f]')

#: A delivery type; one that there is not finds nothing.
_TYPE = re.compile(r"[a-z][a-z0-9_]{0,29}")

Mode: TypeAlias = Literal["create", "download", "create_and_download"]
_MODES: tuple[Mode, ...] = ("create", "download", "create_and_download")


@dataclass(frozen=True, slots=True)
class Selectors:
    """Which assets go into an archive: all that any of these finds, each once.

    Attributes:
        resource_types: of tags, public ids, prefixes and folders.
        keys: of ``fully_qualified_public_ids``; what follows the type is as it was written,
            perhaps with an extension.
    """

    resource_types: tuple[ResourceType, ...]
    type: str = "upload"
    tags: tuple[str, ...] = ()
    public_ids: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()
    keys: tuple[AssetKey, ...] = ()
    asset_folders: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ArchiveNaming:
    """What files are called inside.

    Attributes:
        flatten_folders: all files lie in the root.
        flatten_transformations: a transformation is told by the file's name, not by a folder.
        skip_transformation_name: it is not told at all.
        use_original_filename: files are called as they were when they were uploaded.
    """

    flatten_folders: bool = False
    flatten_transformations: bool = False
    skip_transformation_name: bool = False
    use_original_filename: bool = False


@dataclass(frozen=True, slots=True)
class Target:
    """The raw asset that an archive becomes.

    Attributes:
        filename: of a download, with its extension; empty for the public id's.
    """

    format: ArchiveFormat = "zip"
    public_id: str = ""
    filename: str = ""
    asset_folder: str | None = None
    tags: tuple[str, ...] = ()

    @property
    def download_name(self) -> str:
        """The name that a download is saved under."""
        name = self.filename or self.public_id.rpartition("/")[2] or "archive"
        ending = f".{self.format}"
        return name if name.endswith(ending) else name + ending


@dataclass(frozen=True, slots=True)
class ArchiveOrder:
    """An archive that is asked for.

    Attributes:
        transformations: each makes one file of each image; empty for the originals.
        keep_derived: whether derivatives that are made for it are kept.
    """

    selectors: Selectors
    mode: Mode = "create"
    target: Target = Target()
    naming: ArchiveNaming = ArchiveNaming()
    transformations: tuple[EagerItem, ...] = ()
    allow_missing: bool = False
    keep_derived: bool = False


def parse_archive(
    resource_type: str, params: Params, limits: RenderLimits, *, now: float | None = None
) -> ArchiveOrder:
    """Read an archive's order.

    Args:
        resource_type: of the endpoint: ``image``, ``video``, ``raw``, ``all`` or ``auto``.
        now: Unix seconds; the present time unless given.

    Raises:
        BadRequest: nothing is selected, too much is, or a value is wrong.
    """
    if params.text("search_expression"):
        raise BadRequest("search_expression is not supported for archives")
    _check_expiry(params, time.time() if now is None else now)
    mode = params.text("mode") or "create"
    if mode not in _MODES:
        raise BadRequest(f"Invalid value {mode} for parameter mode")
    return ArchiveOrder(
        _selectors(resource_type, params),
        mode,
        _target(params),
        ArchiveNaming(
            flatten_folders=params.flag("flatten_folders"),
            flatten_transformations=params.flag("flatten_transformations"),
            skip_transformation_name=params.flag("skip_transformation_name"),
            use_original_filename=params.flag("use_original_filename"),
        ),
        parse_eager(params.items("transformations"), limits, "transformations"),
        allow_missing=params.flag("allow_missing"),
        keep_derived=params.flag("keep_derived"),
    )


def _selectors(resource_type: str, params: Params) -> Selectors:
    if resource_type not in (*RESOURCE_TYPES, "all", "auto"):
        raise BadRequest(f"Invalid value {resource_type} for parameter resource_type")
    given = params.text("type") or "upload"
    if not _TYPE.fullmatch(given):
        raise BadRequest(f"Invalid value {given} for parameter type")
    types = tuple(name for name in RESOURCE_TYPES if resource_type in (name, "all", "auto"))
    found = Selectors(
        types,
        given,
        tags=tuple(params.list("tags")),
        public_ids=tuple(params.items("public_ids")),
        prefixes=tuple(params.items("prefixes")),
        keys=tuple(map(_key, params.items("fully_qualified_public_ids"))),
        asset_folders=tuple(folder.strip("/") for folder in params.items("asset_folders")),
    )
    ids = (*found.public_ids, *found.keys)
    if not (found.tags or ids or found.prefixes or found.asset_folders):
        raise BadRequest(
            "Missing required parameter - tags, public_ids, prefixes, "
            "fully_qualified_public_ids or asset_folders"
        )
    for name, count, most in (
        ("tags", len(found.tags), MAX_SELECTORS),
        ("prefixes", len(found.prefixes), MAX_SELECTORS),
        ("asset_folders", len(found.asset_folders), MAX_SELECTORS),
        ("public_ids", len(ids), MAX_ASSETS),
    ):
        if count > most:
            raise BadRequest(f"Too many {name} for an archive. Got {count}. Maximum is {most}.")
    return found


def _key(text: str) -> AssetKey:
    """``image/upload/folder/name.jpg``."""
    resource_type, _, rest = text.strip("/").partition("/")
    type, _, public_id = rest.partition("/")
    for name in RESOURCE_TYPES:
        if name == resource_type and _TYPE.fullmatch(type) and public_id:
            return AssetKey(name, type, public_id)
    raise BadRequest(f"Invalid value {text} for parameter fully_qualified_public_ids")


def _target(params: Params) -> Target:
    given = params.text("target_format") or "zip"
    format: ArchiveFormat
    match given.lower():
        case "zip":
            format = "zip"
        case "tgz" | "tar.gz":
            format = "tgz"
        case _:
            raise BadRequest(f"Invalid value {given} for parameter target_format")
    filename = params.text("target_filename")
    if len(filename) > 255 or re.search(r"[/\\\x00-\x1f\x7f]", filename):
        raise BadRequest(f"Invalid value {filename[:255]} for parameter target_filename")
    given_folder = "target_asset_folder" in params
    folder = folders.check(params.text("target_asset_folder"), "target_asset_folder")
    return Target(
        format,
        params.text("target_public_id"),
        filename,
        folder if given_folder else None,
        tag_words.clean(params.list("target_tags")),
    )


def _check_expiry(params: Params, now: float) -> None:
    expires = params.integer("expires_at", default=0)
    if expires and expires < now:
        raise BadRequest("The URL has expired")


class ArchiveNames:
    """Names of an archive's files: relative, without ``..``, each only once.

    Where two come out alike, also where they differ in case only, the later ones get a number:
    ``a.jpg``, ``a_1.jpg`` …  How the vendor spells these numbers, and where it puts the name of a
    transformation, is not known: here it is a folder, ``c_fill,w_100/cats/tabby.jpg``, which
    ``flatten_transformations`` makes the end of the name, ``cats/tabby-c_fill,w_100.jpg``.
    """

    def __init__(self, naming: ArchiveNaming) -> None:
        self._naming = naming
        self._taken: set[str] = set()

    def name(self, asset: Asset, item: EagerItem | None = None, extension: str = "") -> str:
        """A name for an original, or for a derivative of it.

        Args:
            item: what the derivative was made by.
            extension: of the derivative.
        """
        naming = self._naming
        folder, _, stem = asset.public_id.rpartition("/")
        ending = extension or asset.format or ""
        if naming.use_original_filename and asset.original_filename:
            stem, ending = asset.original_filename, ending or asset.original_extension
        elif asset.resource_type == "raw":
            stem, ending = _split(stem)
        folders = [] if naming.flatten_folders else folder.split("/")
        told = item is not None and not naming.skip_transformation_name
        if item is not None and told:
            label = item.transformation.text.replace("/", "--")
            if naming.flatten_transformations or naming.flatten_folders:
                stem = f"{stem}-{label}"
            else:
                folders = [label, *folders]
        return self._unique([*folders, stem], ending)

    def _unique(self, segments: Sequence[str], extension: str) -> str:
        clean = [found for segment in segments if (found := _clean(segment))]
        path = "/".join(clean) or "file"
        ending = f".{_clean(extension)}" if _clean(extension) else ""
        name, count = path + ending, 0
        while name.casefold() in self._taken:
            count += 1
            name = f"{path}_{count}{ending}"
        self._taken.add(name.casefold())
        return name


def _split(name: str) -> tuple[str, str]:
    """A raw asset's name and its extension, which its public id carries."""
    stem, dot, extension = name.rpartition(".")
    return (stem, extension) if dot and stem and len(extension) <= 10 else (name, "")


def _clean(segment: str) -> str:
    """A segment of a name that every file system takes; empty if nothing is left of it."""
    text = _NOT_IN_NAMES.sub("_", unicodedata.normalize("NFC", segment)).strip(" .")
    return text.replace("/", "_").encode()[:_MAX_SEGMENT].decode(errors="ignore")
