"""What a new asset is called and where it is placed (CONTRACT B2, B6, B8)."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain import public_ids
from app.domain.accounts import FolderMode
from app.domain.assets import ResourceType


@dataclass(frozen=True, slots=True)
class Naming:
    """How the asset is to be called and where it is to be placed.

    Attributes:
        asset_folder: ``None`` if the request does not say.
        reserved: stands in for what would be random in the public id, so that an upload that is
            repeated gets the same one; 20 letters and digits, empty to draw them.
    """

    public_id: str = ""
    public_id_prefix: str = ""
    folder: str = ""
    asset_folder: str | None = None
    use_asset_folder_as_public_id_prefix: bool = False
    display_name: str = ""
    use_filename: bool = False
    unique_filename: bool = True
    use_filename_as_display_name: bool = False
    unique_display_name: bool = False
    discard_original_filename: bool = False
    reserved: str = ""


def choose_public_id(naming: Naming, resource_type: ResourceType, stem: str, extension: str) -> str:
    """The full public id of an upload.

    Args:
        stem, extension: of the file's name.

    Raises:
        BadRequest: ``public_id (<id>) is invalid``.
    """
    if naming.public_id:
        if naming.public_id.startswith("/"):
            public_ids.check(naming.public_id)
        name = naming.public_id
    else:
        if naming.use_filename and stem:
            name = public_ids.from_filename(
                stem, unique=naming.unique_filename, reserved=naming.reserved
            )
        else:
            name = naming.reserved or public_ids.random_id()
        if resource_type == "raw" and extension:
            name = f"{name}.{extension}"
    prefix = naming.public_id_prefix or naming.folder
    if not prefix and naming.use_asset_folder_as_public_id_prefix:
        prefix = naming.asset_folder or ""
    return public_ids.check(f"{prefix.strip('/')}/{name}" if prefix.strip("/") else name)


def choose_folder(naming: Naming, public_id: str, mode: FolderMode) -> str:
    """The folder of an upload, without slashes around it.

    Where folders are fixed it is what stands before the last slash of the public id, whatever
    the request says.
    """
    if mode == "fixed":
        return fixed_folder(public_id)
    folder = naming.asset_folder if naming.asset_folder is not None else naming.folder
    return folder.strip("/")


def choose_display_name(naming: Naming, public_id: str, stem: str) -> str:
    """The display name of an upload: as given, else the file's name if wanted, else the last
    part of the public id.
    """
    if naming.display_name:
        return naming.display_name
    if naming.use_filename_as_display_name and stem:
        return stem.replace("/", "_")[: public_ids.MAX_LENGTH]
    return public_id.rpartition("/")[2]


def fixed_folder(public_id: str) -> str:
    """The folder of a public id where folders are fixed; empty at the root."""
    return public_id.rpartition("/")[0]
