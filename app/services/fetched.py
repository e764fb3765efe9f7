"""Use case: remote images by their URLs, fetched once and kept as assets of type ``fetch``."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from app.domain.accounts import Cloud
from app.domain.assets import Asset, AssetKey
from app.domain.errors import BadRequest, Overloaded, Unauthorized
from app.domain.ports import BlobStore, RemoteFetcher
from app.domain.unit_of_work import Database, UnitOfWork
from app.services.blobs import BlobJanitor
from app.services.categorize import Categorizer
from app.services.flights import Flights
from app.services.new_assets import new_asset

#: Remote images that are fetched at the same time.
FETCHES = 16

#: Characters of a URL that is taken.
MAX_URL = 2000

#: Some proxies fold the two slashes of a URL within a path into one.
_FOLDED = re.compile(r"(https?):/+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """What is fetched.

    Attributes:
        hosts: host names in lower case, each with its subdomains; ``*`` for any public one.
        max_bytes: largest image that is taken.
    """

    hosts: tuple[str, ...]
    max_bytes: int


class FetchedImages:
    """Remote images of the hosts that the operator names."""

    def __init__(
        self,
        database: Database,
        blobs: BlobStore,
        categorizer: Categorizer,
        janitor: BlobJanitor,
        fetcher: RemoteFetcher,
        limits: FetchLimits,
    ) -> None:
        self._database = database
        self._blobs = blobs
        self._categorizer = categorizer
        self._janitor = janitor
        self._fetcher = fetcher
        self._limits = limits
        self._flights: Flights[Asset] = Flights()

    def key(self, url: str) -> AssetKey:
        """The asset that a URL is, or would be, kept as.

        Raises:
            Unauthorized: its host is none of the operator's; the same for all of them.
            BadRequest: it is no URL that can be fetched.
        """
        url = _FOLDED.sub(r"\1://", url, count=1)
        if len(url) > MAX_URL:
            raise BadRequest(f"Remote URL is longer than {MAX_URL} characters")
        try:
            host = (urlsplit(url).hostname or "").lower().rstrip(".")
        except ValueError:
            host = ""
        if not host or not _FOLDED.match(url):
            raise BadRequest(f"Unsupported source URL: {url}")
        allowed = self._limits.hosts
        if not any(item in ("*", host) or host.endswith(f".{item}") for item in allowed):
            raise Unauthorized("Remote URL is not allowed")
        return AssetKey("image", "fetch", url)

    async def fetch(self, cloud: Cloud, key: AssetKey) -> Asset:
        """Fetch an image that is not kept yet.

        Args:
            key: from :meth:`key`.

        Raises:
            NotFound: the server answers 404.
            BadRequest: it cannot be fetched, or is no image.
            Overloaded: too many are being fetched.
        """
        place = (cloud.id, key.public_id)
        if len(self._flights) >= FETCHES and place not in self._flights:
            raise Overloaded("Too many images are being fetched. Try again later.")
        return await self._flights.join(place, lambda: self._fetch(cloud, key))

    async def _fetch(self, cloud: Cloud, key: AssetKey) -> Asset:
        blob = self._blobs.create()
        try:
            await self._fetcher.fetch(key.public_id, blob.write, self._limits.max_bytes)
            look = await self._categorizer.look(blob.source())
            info = await self._janitor.keep(blob)
        finally:
            blob.discard()
        inspection = look.inspection
        asset = replace(
            new_asset(cloud, key, info),
            format=inspection.format,
            width=inspection.width,
            height=inspection.height,
            pages=inspection.pages,
            display_name=key.public_id,
        )
        try:
            return await self._database.write(lambda unit: _commit(unit, self._blobs, asset))
        finally:
            self._janitor.release([info.key])  # stays if the row was written


def _commit(unit: UnitOfWork, blobs: BlobStore, asset: Asset) -> Asset:
    """Add the asset unless another process was faster."""
    unit.blobs.guard()
    old = unit.assets.get(asset.cloud_id, asset.key, lock=True)
    if old is not None:
        return old
    if not blobs.exists(asset.blob_key):
        raise Overloaded("Fetching was interrupted. Try again.")
    unit.assets.add(asset)
    return asset
