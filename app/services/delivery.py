"""Use case: what a delivery URL stands for, if the caller may have it (CONTRACT F)."""

from __future__ import annotations

import logging
import mimetypes
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from app.domain import formats
from app.domain.accounts import Cloud
from app.domain.assets import Asset, AssetKey
from app.domain.derivatives import TransformationName
from app.domain.errors import BadRequest, NotFound, Overloaded, RateLimited, Unauthorized
from app.domain.ports import BlobStore
from app.domain.rendering import RenderLimits, Source
from app.domain.transformation.nodes import Transformation
from app.domain.transformation.steps import LayerRef
from app.domain.unit_of_work import Database, UnitOfWork
from app.services.accounts import Accounts
from app.services.delivery_access import PUBLIC_TYPES, DeliveryAccess, Grant, refusal
from app.services.delivery_url import (
    ACCEPT,
    DPR,
    Page,
    Plan,
    Visit,
    keys,
    plan,
    read,
    round_dpr,
    round_width,
    signed_texts,
)
from app.services.derivative_cache import HOT_ITEM
from app.services.derivatives import Derivatives, Made, Order
from app.services.expansion import expand
from app.services.fetched import FetchedImages
from app.services.remembered import RememberedAssets

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Delivered:
    """What is to be sent.

    Attributes:
        blob_key: of the bytes in the blob store; empty where they are only in ``data``.
        size: bytes.
        etag: MD5 of the bytes, lower-case hex.
        modified: UTC.
        content_type: media type.
        public: whether anybody may have it, so that shared caches may keep it.
        pinned: whether this URL stands for these bytes for ever.
        vary: request headers that the answer depends on.
        filename: to be saved under, ``None`` to be shown.
        data: the bytes where they have just been made, and may not be stored yet.
        rendered: seconds that making it took; ``None`` if it was there already.
        headers: lines that the asset's owner wants sent along.
    """

    blob_key: str
    size: int
    etag: str
    modified: datetime
    content_type: str
    public: bool = True
    pinned: bool = False
    vary: tuple[str, ...] = ()
    filename: str | None = None
    data: bytes | None = None
    rendered: float | None = None
    headers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Target:
    """The asset that a URL names, and how the rest of its name is to be understood.

    Attributes:
        extension: that the result shall have, normalised; empty for none.
        substitute: whether it stands in for a missing one.
    """

    asset: Asset
    extension: str = ""
    substitute: bool = False


#: Who has signed a call.
_TRUSTED = Grant(signature=True, token=True)


async def _admitted() -> None:
    """Who may ask for anything."""


class Delivery:
    """Originals and derivatives by URL."""

    def __init__(
        self,
        database: Database,
        accounts: Accounts,
        blobs: BlobStore,
        access: DeliveryAccess,
        derivatives: Derivatives,
        fetched: FetchedImages,
        limits: RenderLimits,
        remembered: RememberedAssets,
    ) -> None:
        self._database = database
        self._accounts = accounts
        self._blobs = blobs
        self._access = access
        self._derivatives = derivatives
        self._fetched = fetched
        self._limits = limits
        self._remembered = remembered

    async def get(self, visit: Visit) -> Delivered:
        """What is to be sent.

        Raises:
            NotFound: there is no such asset.
            Unauthorized: the caller may not have it, or not have it made.
            BadRequest: the URL is not understood, or cannot be done.
            Overloaded: too much is being made or fetched.
        """
        if visit.suffix:
            try:
                return await self._get(visit)
            except (NotFound, Unauthorized):
                visit = replace(visit, suffix=False)  # what looked like a suffix was a name
        return await self._get(visit)

    async def _get(self, visit: Visit) -> Delivered:
        page = read(visit, self._limits)
        cloud = await self._accounts.cloud(visit.cloud)
        path = page.path
        proof = visit.proof
        if path.signature:
            signed = signed_texts(visit, path)
            proof = replace(proof, signature=path.signature, signed=signed)
        grant = await self._access.grant(cloud, proof)
        await self._access.admit(cloud, grant, visit.type, page.derived)
        try:
            wish = page.plan or await self._expanded(cloud, visit, page)
            target = await self._target(cloud, visit, page, wish)
            self._access.admit_now(grant, target.asset)
            if wish.original and target.extension in ("", target.asset.format):
                return _original(visit, page, target, wish)
            return await self._derived(cloud, visit, page, grant, target, wish)
        except RateLimited as error:  # looking for faces, or at a fetched image
            raise Overloaded(error.message) from error

    def content(self, delivered: Delivered) -> bytes | Path:
        """The bytes, or where they lie.

        Raises:
            NotFound: they are lost.
        """
        cache = self._derivatives.cache
        data = delivered.data or cache.hot.get(delivered.blob_key)
        if data is not None:
            return data
        path = self._blobs.path(delivered.blob_key)
        try:
            if delivered.size > HOT_ITEM:
                path.stat()
                return path
            data = path.read_bytes()
        except FileNotFoundError as error:
            log.exception("the bytes of a delivery are missing")
            raise NotFound("Resource not found") from error
        cache.hot.put(delivered.blob_key, data)
        return data

    async def derive(
        self,
        cloud: Cloud,
        asset: Asset,
        asked: Transformation,
        extension: str = "",
        *,
        keep: bool = True,
    ) -> Made:
        """A derivative that somebody with a key asks for beforehand.

        Args:
            extension: format; empty for the one that a URL without extension gives.
            keep: store it; if not it is only measured.

        Raises:
            BadRequest: it cannot be made of this asset.
            NotFound: a layer's asset is missing.
            Overloaded: too much is being made.
        """
        transformation = await expand(self._database, cloud, asked, self._limits)
        wish = plan(transformation, None, self._limits)
        order = Order(
            text=asked.text,
            transformation=wish.transformation,
            extension=extension,
            faces=wish.faces,
            layers=await self._layers(cloud, _TRUSTED, wish),
        )
        return await self._derivatives.get(cloud, asset, order, _admitted, keep=keep)

    async def settle(self, asset: Asset) -> None:
        """Wait until what was derived from an asset so far is stored."""
        await self._derivatives.cache.settle(asset.asset_id)

    async def layers(self, cloud: Cloud, transformation: Transformation) -> dict[LayerRef, Source]:
        """What an expanded transformation shows on its picture, for who has a key."""
        wish = plan(transformation, None, self._limits)
        found = await self._layers(cloud, _TRUSTED, wish)
        return {ref: self._derivatives.source(asset) for ref, asset in found.items()}

    async def close(self) -> None:
        """Finish and store what is being made."""
        await self._derivatives.close()

    async def _expanded(self, cloud: Cloud, visit: Visit, page: Page) -> Plan:
        """The plan with what named transformations stand for now."""
        transformation = await expand(self._database, cloud, page.asked, self._limits)
        return plan(transformation, round_width(visit.width), self._limits)

    async def _target(self, cloud: Cloud, visit: Visit, page: Page, wish: Plan) -> _Target:
        name = page.path.name
        if visit.type == "fetch":
            return _Target(await self.remote(cloud, name))
        asset = await self._find(cloud, page.keys)
        substitute = asset is None and bool(wish.default)
        if substitute:
            asset = await self._find(cloud, keys("image", "upload", wish.default))
        if asset is None:
            raise NotFound(f"Resource not found - {name}")
        if asset.resource_type == "raw" or (asset.public_id == name and not substitute):
            return _Target(asset)
        extension = formats.normalise(page.extension)
        film = asset.resource_type == "video" and extension in formats.MEDIA
        if extension and extension not in formats.FORMATS and not film:
            raise NotFound(f"Resource not found - {name}")
        return _Target(asset, extension, substitute)

    async def _find(self, cloud: Cloud, candidates: Sequence[AssetKey]) -> Asset | None:
        return await self._database.read_hot(lambda unit: self._first(unit, cloud, candidates))

    def remote_key(self, url: str) -> AssetKey:
        """What an image of another server is called here.

        Raises:
            Unauthorized, BadRequest: it may not be fetched.
        """
        return self._fetched.key(url)

    async def remote(self, cloud: Cloud, url: str) -> Asset:
        """An image of another server, fetched unless it is here."""
        key = self._fetched.key(url)
        return await self._find(cloud, [key]) or await self._fetched.fetch(cloud, key)

    def _first(
        self, unit: UnitOfWork, cloud: Cloud, candidates: Sequence[AssetKey]
    ) -> Asset | None:
        """The first asset there is."""
        found = (self._remembered.current(unit, cloud, key) for key in candidates)
        return next((asset for asset in found if asset is not None and not asset.hidden), None)

    async def _derived(
        self, cloud: Cloud, visit: Visit, page: Page, grant: Grant, target: _Target, wish: Plan
    ) -> Delivered:
        asset = target.asset
        if asset.resource_type != "image":
            raise BadRequest(f"Transformations of {asset.resource_type} files are not supported")
        layers = await self._layers(cloud, grant, wish)
        order = Order(
            text=page.asked.text,
            transformation=wish.transformation,
            extension=target.extension,
            negotiated=formats.negotiate(visit.accept) if ACCEPT[0] in wish.vary else "",
            dpr=round_dpr(visit.dpr) if DPR[0] in wish.vary else 1.0,
            faces=wish.faces,
            layers=layers,
        )
        wanted = TransformationName(page.asked.text, page.extension)
        made = await self._derivatives.get(
            cloud, asset, order, lambda: self._access.admit_new(cloud, grant, wanted)
        )
        return Delivered(
            blob_key=made.blob_key,
            size=made.size,
            etag=made.etag,
            modified=made.modified,
            content_type=formats.content_type(made.format) or "application/json",
            public=_is_public(visit, asset),
            # What other rows have a say in may change while the asset stays the same.
            pinned=page.plan is not None and not layers and _is_pinned(page, target),
            vary=wish.vary,
            filename=_filename(asset, wish.attachment, made.format),
            data=made.data,
            rendered=made.seconds,
            headers=asset.headers,
        )

    async def _layers(self, cloud: Cloud, grant: Grant, wish: Plan) -> dict[LayerRef, Asset]:
        """The assets that layers show; missing ones are missing here."""
        found = {}
        for ref in wish.layers:
            if ref.kind == "fetch":
                asset: Asset | None = await self.remote(cloud, ref.name)
            elif ref.type not in PUBLIC_TYPES and not grant.signature:
                raise refusal()
            else:
                asset = await self._find(cloud, keys(ref.resource_type, ref.type, ref.name))
            if asset is not None:
                self._access.admit_now(grant, asset)
                found[ref] = asset
        return found


def content_type(asset: Asset) -> str:
    """The media type of an original."""
    known = formats.content_type(asset.format or "")
    return known or mimetypes.guess_type(asset.public_id)[0] or "application/octet-stream"


def _original(visit: Visit, page: Page, target: _Target, wish: Plan) -> Delivered:
    asset = target.asset
    return Delivered(
        blob_key=asset.blob_key,
        size=asset.bytes,
        etag=asset.etag,
        modified=asset.created_at,
        content_type=content_type(asset),
        public=_is_public(visit, asset),
        pinned=_is_pinned(page, target),
        filename=_filename(asset, wish.attachment, asset.format),
        headers=asset.headers,
    )


def _is_public(visit: Visit, asset: Asset) -> bool:
    return visit.type in PUBLIC_TYPES and not asset.access_control


def _is_pinned(page: Page, target: _Target) -> bool:
    asset = target.asset
    return page.path.version == asset.version and not target.substitute and not asset.access_control


def _filename(asset: Asset, wanted: str | None, extension: str | None) -> str | None:
    """The name to be saved under, if the URL asks for that."""
    if wanted is None:
        return None
    name = wanted or asset.public_id.rpartition("/")[2]
    if asset.resource_type == "raw" or not extension or name.endswith(f".{extension}"):
        return name
    return f"{name}.{extension}"
