"""Use case: a sprite of tagged or remote pictures (CONTRACT D9)."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.accounts import ApiKey, Cloud
from app.domain.assets import Asset, AssetKey
from app.domain.errors import Overloaded, RateLimited
from app.domain.making import sheets
from app.domain.making.pictures import (
    SPRITE,
    SPRITE_FORMATS,
    PicturesOrder,
    chosen_format,
    sprite_id,
)
from app.domain.making.ports import PictureMaker, Sheet
from app.domain.making.sheets import Region
from app.services.derivatives import RenderQueue
from app.services.made_assets import MadeAssets, MadeFile
from app.services.pictures import Pictures


@dataclass(frozen=True, slots=True)
class Sprite:
    """A sprite that was made.

    Attributes:
        asset: the sheet, an image of type ``sprite``. Its style sheet and its map are raw assets
            of the same type and version, called like it with ``.css`` and ``.json``.
        name: what it is called in URLs, behind the transformation and the version.
        transformation: canonical text, which its URLs carry; empty where its public id was given.
    """

    asset: Asset
    name: str
    transformation: str
    regions: tuple[Region, ...]


class Sprites:
    """Makes sprites."""

    def __init__(
        self, pictures: Pictures, maker: PictureMaker, queue: RenderQueue, made: MadeAssets
    ) -> None:
        self._pictures = pictures
        self._maker = maker
        self._queue = queue
        self._made = made

    async def __call__(self, owner: ApiKey, order: PicturesOrder) -> Sprite:
        """Make a sprite, and store it under its name; a former one of that name is replaced.

        Raises:
            NotFound: no image has the tag, or a URL leads nowhere.
            BadRequest: a picture, the transformation or the format is refused, or they are too
                large together.
            RateLimited: too much is being done.
        """
        sheet = await self.sheet(owner.cloud, order)
        text = order.shown_transformation
        assets = await self._made.store(owner, _files(order.name, text, sheet))
        return Sprite(assets[0], order.name, text, sheet.regions)

    async def sheet(self, cloud: Cloud, order: PicturesOrder) -> Sheet:
        """Make a sprite that is not stored; raises what storing it would."""
        async with self._pictures.gathered(cloud, order) as gathered:
            extension = chosen_format(gathered.output, "png", SPRITE_FORMATS)
            try:
                return await self._queue.render(
                    gathered.pixels,
                    self._maker.sprite,
                    gathered.pictures,
                    gathered.output,
                    extension,
                )
            except Overloaded as error:
                raise RateLimited(error.message) from error


def _files(name: str, transformation: str, sheet: Sheet) -> list[MadeFile]:
    id, image = sprite_id(name, transformation), sheet.image
    # URLs carry the name; the transformation is a part of the path before it.
    link = f"{name.rpartition('/')[2]}.{image.format}"
    return [
        MadeFile(
            AssetKey("image", SPRITE, id), image.data, image.format, image.width, image.height, 1
        ),
        MadeFile(AssetKey("raw", SPRITE, f"{id}.css"), sheets.css(sheet.regions, link)),
        MadeFile(AssetKey("raw", SPRITE, f"{id}.json"), sheets.json_map(sheet.regions)),
    ]
