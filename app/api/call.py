"""An authenticated call of the Upload API, and what it asks for beyond its own reply.

Nothing of it belongs to the request it came with, so that it can be gone on with later, by a
background job.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.api import asset_parameters
from app.api.render import Json, Renderer
from app.api.services import Services
from app.domain import delete_tokens, eager
from app.domain.accounts import ApiKey
from app.domain.assets import Asset
from app.domain.eager import BreakpointsOrder, EagerItem
from app.domain.errors import BadRequest
from app.domain.jobs import Job
from app.domain.params import Params
from app.domain.unit_of_work import UnitOfWork
from app.services.eager import Breakpoint, Eager

#: The kind of job that makes derivatives in the background.
EAGER = "eager"


@dataclass(frozen=True, slots=True)
class Extras:
    """What a call wants done with its asset once that is stored.

    Attributes:
        later: whether derivatives are made in the background.
        told: URLs that are told of the asset.
        told_of_eager: URLs that are told of derivatives made in the background.
    """

    eager: tuple[EagerItem, ...] = ()
    breakpoints: tuple[BreakpointsOrder, ...] = ()
    later: bool = False
    told: tuple[str, ...] = ()
    told_of_eager: tuple[str, ...] = ()
    delete_token: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """A call.

    Attributes:
        params: completed by the preset.
        key: whose secret signs what is answered.
        base: what URLs start with.
        signed: whether the caller used that key.
        batch: id of what it does in the background, 32 hex digits unless the client chose it.
    """

    services: Services
    params: Params
    key: ApiKey
    base: str
    signed: bool = True
    batch: str = ""

    @classmethod
    def new(
        cls, services: Services, params: Params, key: ApiKey, base: str, *, signed: bool = True
    ) -> Call:
        """A call with a batch id.

        Raises:
            BadRequest: the client's is no id.
        """
        batch = params.text("batch_id")
        if len(batch) > 255 or not batch.isprintable():
            raise BadRequest(f"Invalid value {batch[:200]!r} for parameter batch_id")
        return cls(services, params, key, base, signed, batch or secrets.token_hex(16))

    @classmethod
    async def resume(cls, services: Services, payload: Mapping[str, Any]) -> Call:
        """A call that was put off.

        Args:
            payload: what :meth:`payload` gave.

        Raises:
            Unauthorized: its key or its cloud is no longer there.
        """
        key = await services.accounts.enabled_key(payload["cloud"], payload["key"])
        params = Params.from_mapping(payload["params"])
        return cls(services, params, key, payload["base"], payload["signed"], payload["batch"])

    def payload(self) -> Json:
        """Everything that is needed to go on with it later, as JSON values."""
        return {
            "cloud": self.key.cloud.name,
            "key": self.key.key,
            "params": self.params.values(),
            "base": self.base,
            "signed": self.signed,
            "batch": self.batch,
        }

    @property
    def access_key(self) -> str:
        """API key that the caller used, empty for none."""
        return self.key.key if self.signed else ""

    def renderer(self) -> Renderer:
        """What renders its reply."""
        shown = asset_parameters.shown(self.params)
        shape = self.services.http.tag_shape
        return Renderer(self.base, self.key, self.signed, shape, shown)

    def told(self) -> tuple[str, ...]:
        """URLs that are told of what it does.

        Raises:
            BadRequest: ``notification_url`` is none.
        """
        return self.services.notifications.urls(self.params.text("notification_url"))

    def extras(self) -> Extras:
        """What it wants done with its asset.

        Raises:
            BadRequest: a value is wrong.
        """
        params, limits = self.params, self.services.transformations.limits
        told, of_eager = self.told(), params.text("eager_notification_url")
        return Extras(
            eager=eager.parse_eager(params.items("eager"), limits),
            breakpoints=eager.parse_breakpoints(params.raw("responsive_breakpoints"), limits),
            later=params.flag("eager_async"),
            told=told,
            told_of_eager=self.services.notifications.urls(of_eager) if of_eager else told,
            delete_token=params.flag("return_delete_token"),
        )

    async def finish(self, asset: Asset, result: Json, extras: Extras, event: str) -> Json:
        """Do what the call wants done beyond storing its asset; its whole reply.

        Args:
            result: the reply so far.
            event: what notifications call it; empty to tell nobody.

        Raises:
            BadRequest: a picture cannot be transformed as it is asked for.
            RateLimited: too much is being rendered.
        """
        api_key = result.pop("api_key", None)
        if extras.breakpoints:
            result["responsive_breakpoints"] = [
                await self._breakpoints(asset, order) for order in extras.breakpoints
            ]
        if extras.eager and asset.resource_type == "image":
            result["eager"] = await self._eager(asset, extras)
        if extras.delete_token:
            now = self.services.clock()
            result["delete_token"] = delete_tokens.issue(asset.asset_id, self.key.secret, now)
        if api_key is not None:
            result["api_key"] = api_key
        if event:
            await self.tell(extras.told, {"notification_type": event, **result})
        return result

    async def tell(self, urls: tuple[str, ...], body: Mapping[str, Any]) -> None:
        """Have a notification sent."""
        if not urls:
            return
        cloud, notifications = self.key.cloud, self.services.notifications

        def work(unit: UnitOfWork) -> None:
            notifications.enqueue(unit, cloud.id, urls, body, access_key=self.access_key)

        await self.services.background(work)

    async def make(self, asset: Asset, items: tuple[EagerItem, ...]) -> list[Json]:
        """Make derivatives; how they are shown."""
        made = await self.services.eager.make(self.key.cloud, asset, items)
        return [self._made(asset, item) for item in made]

    async def _eager(self, asset: Asset, extras: Extras) -> list[Json]:
        if not extras.later:
            return await self.make(asset, extras.eager)
        payload = {
            "call": self.payload(),
            "asset_id": asset.asset_id,
            "items": [[item.transformation.text, item.extension] for item in extras.eager],
            "told": list(extras.told_of_eager),
        }
        job = Job.new(self.key.cloud.id, EAGER, payload)
        await self.services.background(lambda unit: unit.jobs.add(job))
        renderer = self.renderer()
        return [
            {
                "status": "processing",
                "batch_id": self.batch,
                "transformation": _shown(item),
                **renderer.eager_urls(asset, item),
            }
            for item in extras.eager
        ]

    async def _breakpoints(self, asset: Asset, order: BreakpointsOrder) -> Json:
        found = await self.services.eager.breakpoints(self.key.cloud, asset, order)
        result: Json = {"breakpoints": [self._breakpoint(asset, point) for point in found]}
        text = order.transformation.text
        return result | ({"transformation": text} if text else {})

    def _breakpoint(self, asset: Asset, point: Breakpoint) -> Json:
        size = {"width": point.width, "height": point.height, "bytes": point.size}
        return size | self.renderer().eager_urls(asset, point.item)

    def _made(self, asset: Asset, result: Eager) -> Json:
        shown: Json = {"transformation": _shown(result.item)}
        urls = self.renderer().eager_urls(asset, result.item)
        if result.made is None:
            return shown | {"status": "failed", "reason": result.reason} | urls
        made = result.made
        size = {"width": made.width, "height": made.height, "bytes": made.size}
        return shown | size | {"format": made.format} | urls


def _shown(item: EagerItem) -> str:
    """A derivative's transformation as replies show it, its format behind it."""
    text = item.transformation.text
    return f"{text}/{item.extension}" if item.extension else text
