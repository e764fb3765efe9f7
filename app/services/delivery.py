"""Use case: find the original that a delivery URL names, if the caller may have it."""

from __future__ import annotations

import mimetypes
from urllib.parse import quote

from app.domain.accounts import Cloud
from app.domain.assets import Asset, AssetKey, ResourceType
from app.domain.delivery import DeliveryPath
from app.domain.errors import BadRequest, NotFound, Unauthorized
from app.domain.signing import url_signature_matches
from app.domain.unit_of_work import Database, UnitOfWork
from app.services.accounts import Accounts
from app.services.upload import FORMAT_ALIASES

#: What the standard library does not know, or knows differently on each machine.
CONTENT_TYPES = {
    "jpg": "image/jpeg",
    "png": "image/png",
    "gif": "image/gif",
    "webp": "image/webp",
    "avif": "image/avif",
    "bmp": "image/bmp",
    "tif": "image/tiff",
    "ico": "image/x-icon",
    "heic": "image/heic",
}


class Delivery:
    """Originals by URL."""

    def __init__(self, database: Database, accounts: Accounts) -> None:
        self._database = database
        self._accounts = accounts

    async def original(
        self, cloud_name: str, resource_type: ResourceType, delivery_type: str, rest: str
    ) -> Asset:
        """The asset whose original is to be sent.

        Raises:
            NotFound: there is no such asset.
            Unauthorized: a private or authenticated one without a valid signature.
            BadRequest: a transformation or conversion, which is not offered yet.
        """
        path = DeliveryPath.parse(rest)
        cloud = await self._accounts.cloud(cloud_name)
        restricted = delivery_type != "upload"
        if path.signature:
            await self._check_signature(cloud, path)
        elif restricted:
            # The same answer whether it exists or not.
            raise Unauthorized("deny or ACL failure")
        if path.transformation:
            raise BadRequest(f"Transformations are not supported yet: {path.transformation}")
        asset = await self._database.read_hot(
            lambda unit: _find(unit, cloud, resource_type, delivery_type, path.name)
        )
        if asset is None:
            raise NotFound(f"Resource not found - {path.name}")
        _check_conversion(asset, path.name)
        return asset

    async def _check_signature(self, cloud: Cloud, path: DeliveryPath) -> None:
        # SDKs sign the escaped form; what was asked for has been unescaped on the way here.
        sources = (path.signed, quote(path.signed, safe="/:-_.!~*'(),;@$="))
        for key in await self._accounts.secrets(cloud):
            if any(url_signature_matches(source, path.signature, key.secret) for source in sources):
                return
        raise Unauthorized("Invalid Signature in URL")


def content_type(asset: Asset) -> str:
    """The Content-Type to deliver an original with."""
    if asset.format in CONTENT_TYPES:
        return CONTENT_TYPES[asset.format]
    return mimetypes.guess_type(asset.public_id)[0] or "application/octet-stream"


def _find(
    unit: UnitOfWork, cloud: Cloud, resource_type: ResourceType, delivery_type: str, name: str
) -> Asset | None:
    """By the name without its extension first, as URLs are written; then by the whole name."""
    stem, dot, extension = name.rpartition(".")
    if resource_type != "raw" and dot and stem and "/" not in extension:
        asset = unit.assets.get(cloud.id, AssetKey(resource_type, delivery_type, stem))
        if asset is not None:
            return asset
    return unit.assets.get(cloud.id, AssetKey(resource_type, delivery_type, name))


def _check_conversion(asset: Asset, name: str) -> None:
    if asset.resource_type == "raw" or name == asset.public_id:
        return
    extension = name.rpartition(".")[2].lower()
    wanted = FORMAT_ALIASES.get(extension, extension)
    if wanted not in CONTENT_TYPES:
        raise NotFound(f"Resource not found - {name}")
    if wanted != asset.format:
        raise BadRequest(f"Conversion to {extension} is not supported yet")
