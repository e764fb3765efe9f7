"""One order of what is made of stored assets, now or in the background (CONTRACT D9-D11)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from app.api.call import Call
from app.api.render import Json
from app.api.urls import transformed_url
from app.domain.assets import Asset
from app.domain.jobs import Job
from app.domain.making import sheets
from app.domain.making.archives import ArchiveOrder, parse_archive
from app.domain.making.explode import ExplodeOrder, parse_explode
from app.domain.making.pictures import COMPANIONS, PicturesOrder, parse_multi, parse_sprite
from app.services.archives import Archive
from app.services.explode import Page
from app.services.multi import Multi
from app.services.sprites import Sprite

#: The kind of job that makes one in the background.
MAKING = "making"

#: What can be made so; also the types of the notifications that tell of it.
Action: TypeAlias = Literal["sprite", "multi", "explode", "generate_archive"]


@dataclass(frozen=True, slots=True)
class MakingCall:
    """An order.

    Attributes:
        endpoint: resource type of its URL.
    """

    call: Call
    action: Action
    endpoint: str

    async def run(self) -> Json:
        """Make it and tell who is to be told, or leave both to the queue; the reply's JSON.

        Raises:
            BadRequest, NotFound: what is wrong with the order, before anything is put off; of
                sprites and animations in the background only what its parameters tell.
            RateLimited: too much is being done.
        """
        self.call.told()
        if self.action != "explode" and not self.call.params.flag("async"):
            return await self._made()
        await self._check()
        payload = {"call": self.call.payload(), "action": self.action, "endpoint": self.endpoint}
        job = Job.new(self.call.key.cloud.id, MAKING, payload)
        await self.call.services.background(lambda unit: unit.jobs.add(job))
        return {"status": "processing", "batch_id": self.call.batch}

    async def resume(self) -> None:
        """Make what was put off, and tell who is to be told."""
        # A URL that has expired since was good when the order was taken.
        await self._made(now=0.0)

    def pictures(self) -> PicturesOrder:
        """The order of a sprite or an animation.

        Raises:
            BadRequest: a value is wrong.
        """
        parse = parse_sprite if self.action == "sprite" else parse_multi
        return parse(self.call.params, self.call.services.transformations.limits)

    def archive(self, now: float | None = None) -> ArchiveOrder:
        """The order of an archive.

        Args:
            now: as for :func:`app.domain.making.archives.parse_archive`.

        Raises:
            BadRequest: a value is wrong.
        """
        limits = self.call.services.transformations.limits
        return parse_archive(self.endpoint, self.call.params, limits, now=now)

    def _explode(self) -> ExplodeOrder:
        return parse_explode(self.call.params, self.call.services.transformations.limits)

    async def _check(self) -> None:
        services, cloud = self.call.services, self.call.key.cloud
        match self.action:
            case "sprite" | "multi":
                self.pictures()
            case "explode":
                await services.explode.check(cloud, self._explode())
            case "generate_archive":
                await services.archives.select(cloud, self.archive())

    async def _made(self, now: float | None = None) -> Json:
        services, key = self.call.services, self.call.key
        match self.action:
            case "sprite":
                result = self._sprite(await services.sprites(key, self.pictures()))
            case "multi":
                result = self._multi(await services.multis(key, self.pictures()))
            case "explode":
                result = self._pages(*await services.explode(key.cloud, self._explode()))
            case "generate_archive":
                result = self._archive(await services.archives.create(key, self.archive(now)))
        await self.call.tell(self.call.told(), {"notification_type": self.action, **result})
        return result

    def _sprite(self, sprite: Sprite) -> Json:
        format = sprite.asset.format or ""
        css, json = (self._url(sprite, extension) for extension in COMPANIONS)
        image = self._url(sprite, format)
        return {
            "css_url": css,
            "image_url": image,
            "secure_css_url": css,
            "secure_image_url": image,
            "json_url": json,
            "secure_json_url": json,
            "version": sprite.asset.version,
            "asset_id": sprite.asset.asset_id,
            "public_id": sprite.asset.public_id,
            "image_infos": sheets.infos(sprite.regions),
        }

    def _multi(self, multi: Multi) -> Json:
        url = self._url(multi, multi.asset.format or "")
        return {
            "url": url,
            "secure_url": url,
            "asset_id": multi.asset.asset_id,
            "public_id": multi.asset.public_id,
            "version": multi.asset.version,
        }

    def _pages(self, asset: Asset, pages: tuple[Page, ...]) -> Json:
        infos = []
        for page in pages:
            url = self._transformed(asset, page.transformation, page.format)
            size = {"width": page.width, "height": page.height, "bytes": page.bytes}
            infos.append(size | {"url": url, "secure_url": url})
        return {
            "pages": len(infos),
            "image_infos": infos,
            "batch_id": self.call.batch,
            "asset_id": asset.asset_id,
        }

    def _archive(self, archive: Archive) -> Json:
        result = self.call.renderer().upload_result(archive.outcome)
        api_key, selection = result.pop("api_key"), archive.selection
        lacking = {
            "missing_public_ids": list(selection.missing_public_ids),
            "empty_tags": list(selection.empty_tags),
            "empty_prefixes": list(selection.empty_prefixes),
        }
        return {
            **result,
            "resource_count": len(selection.assets),
            "file_count": archive.files,
            **{name: values for name, values in lacking.items() if values},
            "api_key": api_key,
        }

    def _url(self, made: Sprite | Multi, extension: str) -> str:
        # Its public id consists of the name, the transformation and what else the URL says.
        return self._transformed(
            replace(made.asset, public_id=made.name), made.transformation, extension
        )

    def _transformed(self, asset: Asset, transformation: str, extension: str) -> str:
        key = self.call.key
        made = (transformation, extension)
        return transformed_url(self.call.base, key.cloud.name, asset, made, key.secret)
