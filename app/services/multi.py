"""Use case: an animation or a PDF of tagged or remote pictures (CONTRACT D9)."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.accounts import ApiKey, Cloud
from app.domain.assets import Asset, AssetKey
from app.domain.errors import Overloaded, RateLimited
from app.domain.making.pictures import (
    MULTI,
    MULTI_FORMATS,
    PicturesOrder,
    chosen_format,
    multi_id,
)
from app.domain.making.ports import PictureMaker
from app.domain.rendering import Rendering
from app.services.derivatives import RenderQueue
from app.services.made_assets import MadeAssets, MadeFile
from app.services.pictures import Pictures


@dataclass(frozen=True, slots=True)
class Multi:
    """An animation or a PDF that was made.

    Attributes:
        asset: an image of type ``multi``.
        name: what it is called in URLs, behind the transformation and the version.
        transformation: canonical text, which its URL carries; empty where its public id was given.
    """

    asset: Asset
    name: str
    transformation: str


class Multis:
    """Makes animations and PDFs."""

    def __init__(
        self, pictures: Pictures, maker: PictureMaker, queue: RenderQueue, made: MadeAssets
    ) -> None:
        self._pictures = pictures
        self._maker = maker
        self._queue = queue
        self._made = made

    async def __call__(self, owner: ApiKey, order: PicturesOrder) -> Multi:
        """Make one, and store it under its name; a former one of that name is replaced.

        Raises:
            NotFound: no image has the tag, or a URL leads nowhere.
            BadRequest: a picture, the transformation or the format is refused, or they are too
                large together.
            RateLimited: too much is being done.
        """
        made = await self.rendered(owner.cloud, order)
        text = order.shown_transformation
        id = order.public_id or multi_id(order.name, made.format, text)
        key = AssetKey("image", MULTI, id)
        file = MadeFile(key, made.data, made.format, made.width, made.height, made.pages)
        (asset,) = await self._made.store(owner, [file])
        return Multi(asset, order.name, text)

    async def rendered(self, cloud: Cloud, order: PicturesOrder) -> Rendering:
        """Make one that is not stored; raises what storing it would."""
        async with self._pictures.gathered(cloud, order) as gathered:
            extension = chosen_format(gathered.output, "gif", MULTI_FORMATS)
            sources = [source for _, source in gathered.pictures]
            try:
                return await self._queue.render(
                    gathered.pixels, self._maker.multi, sources, gathered.output, extension
                )
            except Overloaded as error:
                raise RateLimited(error.message) from error
