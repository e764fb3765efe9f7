"""Use case: every page of a document or animation as a derivative (CONTRACT D10)."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.accounts import Cloud
from app.domain.assets import Asset, AssetKey
from app.domain.errors import BadRequest, NotFound
from app.domain.making.explode import MAX_PAGES, ExplodeOrder
from app.domain.rendering import RenderLimits
from app.domain.unit_of_work import Database
from app.services.deriving import Deriving
from app.services.expansion import expand


@dataclass(frozen=True, slots=True)
class Page:
    """A page that was made.

    Attributes:
        transformation: canonical text, which its URL carries.
        format: extension of its URL.
        width, height: pixels.
        bytes: size of the file.
    """

    transformation: str
    format: str
    width: int
    height: int
    bytes: int


class Explode:
    """Makes all pages of an asset."""

    def __init__(
        self,
        database: Database,
        deriving: Deriving,
        limits: RenderLimits,
    ) -> None:
        self._database = database
        self._deriving = deriving
        self._limits = limits

    async def check(self, cloud: Cloud, order: ExplodeOrder) -> tuple[Asset, int]:
        """The asset and its number of pages, before anything is made.

        Raises:
            NotFound: ``Resource not found - <public_id>``.
            BadRequest: it has too many pages, or a named transformation is missing.
        """
        key = AssetKey("image", order.type, order.public_id)
        asset = await self._database.read_hot(lambda unit: unit.assets.get(cloud.id, key))
        if asset is None or asset.placeholder:
            raise NotFound(f"Resource not found - {order.public_id}")
        await expand(self._database, cloud, order.page(1, self._limits), self._limits)
        count = asset.pages or 1
        if count > MAX_PAGES:
            raise BadRequest(f"Too many pages. Got {count}. Maximum is {MAX_PAGES}.")
        return asset, count

    async def __call__(self, cloud: Cloud, order: ExplodeOrder) -> tuple[Asset, tuple[Page, ...]]:
        """Make every page that is not there yet.

        Raises:
            NotFound: ``Resource not found - <public_id>``.
            BadRequest: the transformation cannot be run on this asset.
            RateLimited: too many derivatives are being made.
        """
        asset, count = await self.check(cloud, order)
        pages = []
        for number in range(1, count + 1):
            asked = order.page(number, self._limits)
            made = await self._deriving.derived(cloud, asset, asked, order.format)
            pages.append(Page(asked.text, order.format, made.width, made.height, made.size))
        return asset, tuple(pages)
