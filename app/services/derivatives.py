"""Use case: the derivative that a transformation makes of an asset, found or made now."""

from __future__ import annotations

import hashlib
import time
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import ParamSpec, Protocol, TypeVar

import orjson

from app.domain.accounts import Cloud
from app.domain.assets import Asset
from app.domain.derivatives import Derivative
from app.domain.errors import BadRequest, Overloaded, RateLimited
from app.domain.faces import Box
from app.domain.ports import BlobStore, IncomingBlob
from app.domain.rendering import PictureRenderer, Rendering, RenderJob, Source
from app.domain.transformation.nodes import Transformation
from app.domain.transformation.steps import LayerRef
from app.services.derivative_cache import DerivativeCache
from app.services.flights import Flights
from app.services.update import UpdateAsset

P = ParamSpec("P")
T = TypeVar("T")

#: What a transformation's text contains if it may ask for an asset's tags, context or name.
_ASKING = ("if_", "$", "!", "ctx:", "md:", "tags", "current_public_id", "cpi")


class RenderQueue(Protocol):
    """Threads for renderings, bounded in number, in what waits, and in pixels."""

    async def render(
        self, pixels: int, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run a rendering of about that many pixels; ``Overloaded`` when too many wait."""


@dataclass(frozen=True, slots=True)
class Engine:
    """What renders.

    Attributes:
        version: part of every key: another one makes other bytes.
        max_pixels: width × height of an image and its layers together.
    """

    renderer: PictureRenderer
    version: str
    max_pixels: int


@dataclass(frozen=True, slots=True)
class Order:
    """A derivative that is asked for.

    Attributes:
        text: canonical transformation as asked for, named ones by their names.
        transformation: the same with what they stand for.
        extension: of the URL, empty for none.
        negotiated: what ``f_auto`` stands for (see :class:`app.domain.rendering.RenderJob`).
        dpr: what ``dpr_auto`` stands for.
        faces: whether faces have to be known.
        layers: the assets that layers show.
    """

    text: str
    transformation: Transformation
    extension: str = ""
    negotiated: str = ""
    dpr: float = 1.0
    faces: bool = False
    layers: Mapping[LayerRef, Asset] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Made:
    """What came of an order.

    Attributes:
        blob_key: of the bytes in the blob store; empty where they are not kept there.
        size: bytes.
        etag: MD5 of the bytes, lower-case hex.
        modified: UTC.
        width, height: pixels.
        format: extension of what it is; ``json`` for ``fl_getinfo``.
        data: the bytes where they have just been made, and may not be stored yet.
        seconds: that rendering took; ``None`` if it was there already.
    """

    blob_key: str
    size: int
    etag: str
    modified: datetime
    format: str
    width: int = 0
    height: int = 0
    data: bytes | None = None
    seconds: float | None = None


class Derivatives:
    """Makes and finds derivatives.

    A process makes one only once however many ask for it meanwhile. Worker processes do not wait
    for each other: at worst each of them makes it, and the equal rows and blobs fall together.
    """

    def __init__(
        self,
        cache: DerivativeCache,
        blobs: BlobStore,
        engine: Engine,
        queue: RenderQueue,
        update: UpdateAsset,
    ) -> None:
        self.cache = cache
        self._blobs = blobs
        self._engine = engine
        self._queue = queue
        self._update = update
        self._flights: Flights[Made] = Flights()
        self._looks: Flights[Asset] = Flights()

    async def get(
        self,
        cloud: Cloud,
        asset: Asset,
        order: Order,
        admit: Callable[[], Awaitable[None]],
        *,
        keep: bool = True,
    ) -> Made:
        """The derivative.

        Args:
            admit: called before one is made; raises if that is not allowed.
            keep: store one that is made.

        Raises:
            BadRequest: the transformation cannot be run on this asset.
            Overloaded: too many are being made.
        """
        if order.faces and asset.faces is None:
            asset = await self._with_faces(cloud, asset)
        key = key_of(asset, order, self._engine.version)
        rounds = self.cache.rounds
        found = await self.cache.find(asset.asset_id, key)
        if found is not None:
            return self._found(found)
        await admit()

        async def make() -> Made:
            # Another flight may have landed since it was looked for.
            landed = await self.cache.stored_since(rounds, asset.asset_id, key)
            return self._found(landed) if landed else await self._make(asset, order, key, keep)

        return await self._flights.join((asset.asset_id, key, keep), make)

    async def close(self) -> None:
        """Finish what is being made, and store it."""
        await self._flights.close()
        await self.cache.close()

    def _found(self, derivative: Derivative) -> Made:
        self.cache.used(derivative.id)
        return replace(_made(derivative), data=self.cache.unstored(derivative.blob_key))

    async def _with_faces(self, cloud: Cloud, asset: Asset) -> Asset:
        try:
            return await self._looks.join(
                asset.asset_id, lambda: self._update.with_faces(cloud, asset)
            )
        except RateLimited as error:
            raise Overloaded(error.message) from error

    async def _make(self, asset: Asset, order: Order, key: str, keep: bool) -> Made:
        if self.cache.full:
            raise Overloaded("Images are made faster than they can be stored. Try again later.")
        job = RenderJob(
            source=self.source(asset),
            transformation=order.transformation,
            extension=order.extension,
            negotiated=order.negotiated,
            dpr=order.dpr,
            layers={ref: self.source(layer) for ref, layer in order.layers.items()},
        )
        sources = (job.source, *job.layers.values())
        if sum(source.width * source.height for source in sources) > self._engine.max_pixels:
            raise BadRequest(
                f"Image and layers have more than {self._engine.max_pixels} pixels together"
            )
        held = sum(source.width * source.height * source.pages for source in sources)
        started = time.perf_counter()
        rendering, blob = await self._queue.render(held, self._render, job)
        seconds = time.perf_counter() - started
        info = blob.info()
        now = datetime.now(UTC).replace(microsecond=0)
        if rendering.format == "json":  # facts, no picture: they are not kept
            blob.discard()
            return Made("", info.size, info.md5, now, "json", data=rendering.data, seconds=seconds)
        derivative = Derivative(
            id=uuid.uuid4().hex,
            asset_id=asset.asset_id,
            key=key,
            transformation=order.text,
            format=rendering.format,
            extension=order.extension,
            width=rendering.width,
            height=rendering.height,
            bytes=info.size,
            etag=info.md5,
            blob_key=info.key,
            created_at=now,
            used_at=now,
        )
        if keep:
            self.cache.keep(asset, derivative, blob, rendering.data)
        else:
            blob.discard()
        return replace(_made(derivative), data=rendering.data, seconds=seconds)

    def _render(self, job: RenderJob) -> tuple[Rendering, IncomingBlob]:
        """Render, and hash the result while the thread is at it."""
        rendering = self._engine.renderer.render(job)
        blob = self._blobs.create()
        blob.write(rendering.data)
        return rendering, blob

    def source(self, asset: Asset) -> Source:
        """A stored picture as renderers want it."""
        width, height = asset.width or 1, asset.height or 1
        return Source(
            data=self._blobs.path(asset.blob_key),
            format=asset.format or "",
            width=width,
            height=height,
            pages=asset.pages or 1,
            faces=_within(asset.faces or (), width, height),
            custom=_within(asset.custom_coordinates, width, height),
            tags=frozenset(asset.tag_words),
            context=asset.context,
            public_id=asset.public_id,
            quality=asset.quality_override,
        )


def _made(derivative: Derivative) -> Made:
    return Made(
        derivative.blob_key,
        derivative.bytes,
        derivative.etag,
        derivative.created_at,
        derivative.format,
        derivative.width,
        derivative.height,
    )


def key_of(asset: Asset, order: Order, version: str) -> str:
    """SHA-256 of everything that the bytes depend on, beside the asset's identity."""
    text = order.transformation.text
    asking = any(part in text for part in _ASKING)
    facts = [
        version,
        asset.blob_key,
        text,
        order.extension,
        order.negotiated,
        order.dpr,
        (asset.faces or ()) if order.faces else None,
        asset.custom_coordinates,
        [asset.public_id, sorted(asset.tag_words), dict(asset.context)] if asking else None,
        sorted((repr(ref), layer.blob_key) for ref, layer in order.layers.items()),
    ]
    if asset.quality_override:  # without one, what was made before there were any keeps its key
        facts.append(asset.quality_override)
    return hashlib.sha256(orjson.dumps(facts, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _within(boxes: tuple[Box, ...], width: int, height: int) -> tuple[Box, ...]:
    """The parts of rectangles that lie in the picture, by descending size."""
    clipped = [
        (x, y, min(x + w, width) - x, min(y + h, height) - y)
        for x, y, w, h in boxes
        if x < width and y < height
    ]
    return tuple(sorted(clipped, key=lambda box: -box[2] * box[3]))
