"""Use case: derivatives that a call asks for beforehand (CONTRACT B2: ``eager``,
``responsive_breakpoints``)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.accounts import Cloud
from app.domain.assets import Asset
from app.domain.eager import BreakpointsOrder, EagerItem
from app.domain.errors import BadRequest, NotFound, Overloaded, RateLimited
from app.domain.rendering import RenderLimits
from app.domain.transformation import grammar
from app.services.delivery import Delivery
from app.services.derivatives import Made

#: Renderings that one width is looked for with.
_TRIES = 6


@dataclass(frozen=True, slots=True)
class Eager:
    """A derivative that was asked for, and what became of it.

    Attributes:
        made: ``None`` if it could not be made.
        reason: why not.
    """

    item: EagerItem
    made: Made | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Breakpoint:
    """A width that is worth a file of its own."""

    item: EagerItem
    width: int
    height: int
    size: int


class EagerDerivatives:
    """Makes derivatives right away, or in the background."""

    def __init__(self, delivery: Delivery, limits: RenderLimits) -> None:
        self._delivery = delivery
        self._limits = limits

    async def make(self, cloud: Cloud, asset: Asset, items: Sequence[EagerItem]) -> list[Eager]:
        """Make them one after the other; what cannot be made of this picture says why.

        Raises:
            RateLimited: too much is being rendered.
        """
        made = [await self._make(cloud, asset, item) for item in items]
        await self._delivery.settle(asset)
        return made

    async def breakpoints(
        self, cloud: Cloud, asset: Asset, order: BreakpointsOrder
    ) -> list[Breakpoint]:
        """The widths, the largest first, at which files differ by ``bytes_step``,
        or by more where ``max_images`` would not reach the smallest.

        The largest is the wider of the asset's and ``max_width``'s smaller one. From each width
        the next one is looked for by halving, guided by the sizes of renderings that were tried.

        Raises:
            BadRequest: the transformation cannot be run on this picture.
            RateLimited: too much is being rendered.
        """
        if asset.resource_type != "image":
            raise BadRequest(f"Transformations of {asset.resource_type} files are not supported")
        plain = await self._sized(cloud, asset, order, None)
        widest = min(order.max_width, plain.width)
        found = [await self._sized(cloud, asset, order, widest)]
        least = await self._sized(cloud, asset, order, min(order.min_width, widest))
        # Fewer images than steps: larger ones, so that they cover all widths all the same.
        most = max(1, order.max_images - 1)
        step = max(order.bytes_step, -(-(found[0].size - least.size) // most))
        while len(found) < order.max_images and found[-1].width > least.width:
            goal = found[-1].size - step
            found.append(await self._smaller(cloud, asset, order, found[-1], least, goal))
        if order.create_derived:
            await self.make(cloud, asset, [point.item for point in found])
        return found

    async def _make(self, cloud: Cloud, asset: Asset, item: EagerItem) -> Eager:
        try:
            extension = item.written(asset)
            made = await self._delivery.derive(cloud, asset, item.transformation, extension)
        except Overloaded as error:
            raise RateLimited(error.message) from error
        except (BadRequest, NotFound) as error:
            return Eager(item, reason=error.message)
        return Eager(item, made)

    async def _smaller(
        self,
        cloud: Cloud,
        asset: Asset,
        order: BreakpointsOrder,
        last: Breakpoint,
        least: Breakpoint,
        goal: int,
    ) -> Breakpoint:
        """The widest picture whose file has at most ``goal`` bytes.

        Beyond the last step the narrowest one is left, whatever its file's size.
        """
        if goal <= least.size:
            return least
        low, high = least, last
        for _ in range(_TRIES):
            if high.width - low.width <= max(1, last.width // 100):
                break
            share = (goal - low.size) / max(1, high.size - low.size)
            # A guess that would not move goes to the middle.
            width = round(low.width + min(0.9, max(0.1, share)) * (high.width - low.width))
            tried = await self._sized(
                cloud, asset, order, min(high.width - 1, max(low.width + 1, width))
            )
            low, high = (tried, high) if tried.size <= goal else (low, tried)
        return low

    async def _sized(
        self, cloud: Cloud, asset: Asset, order: BreakpointsOrder, width: int | None
    ) -> Breakpoint:
        parts = [order.transformation.text, f"c_scale,w_{width}" if width else ""]
        text = "/".join(filter(None, parts))
        item = EagerItem(grammar.parse(text, self._limits), order.extension)
        try:
            extension = item.written(asset)
            made = await self._delivery.derive(
                cloud, asset, item.transformation, extension, keep=False
            )
        except Overloaded as error:
            raise RateLimited(error.message) from error
        return Breakpoint(item, made.width, made.height, made.size)
