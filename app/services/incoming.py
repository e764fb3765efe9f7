"""What becomes of a picture before it is stored: ``transformation``, ``format`` (CONTRACT B2)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from app.domain.accounts import Cloud
from app.domain.errors import BadRequest, Overloaded, RateLimited
from app.domain.faces import Box
from app.domain.images import Inspection
from app.domain.ports import BlobStore, IncomingBlob
from app.domain.rendering import Rendering, RenderJob, RenderLimits, Source
from app.domain.transformation import queries
from app.domain.transformation.nodes import Transformation
from app.domain.transformation.steps import LayerRef
from app.domain.unit_of_work import Database
from app.services.derivatives import Engine, RenderQueue
from app.services.expansion import expand

#: Gives what the layers of an expanded transformation show.
Layers = Callable[[Cloud, Transformation], Awaitable[Mapping[LayerRef, Source]]]


@dataclass(frozen=True, slots=True)
class Incoming:
    """What is to become of a picture.

    Attributes:
        transformation: ``None`` for none.
        format: to convert to, normalised; empty to keep its own.
        faces: of the picture as it comes, by descending size.
        custom: rectangles that the request gives.
    """

    transformation: Transformation | None = None
    format: str = ""
    faces: tuple[Box, ...] = ()
    custom: tuple[Box, ...] = ()

    def __bool__(self) -> bool:
        return self.transformation is not None or bool(self.format)

    @property
    def wants_faces(self) -> bool:
        """Whether the transformation goes by faces."""
        return self.transformation is not None and queries.wants_faces(self.transformation)


class IncomingTransformations:
    """Renders pictures on their way in: what is stored is the result."""

    def __init__(
        self,
        database: Database,
        blobs: BlobStore,
        engine: Engine,
        queue: RenderQueue,
        limits: RenderLimits,
        layers: Layers,
    ) -> None:
        self._database = database
        self._blobs = blobs
        self._engine = engine
        self._queue = queue
        self._limits = limits
        self._layers = layers

    async def __call__(
        self, cloud: Cloud, blob: IncomingBlob, inspection: Inspection, incoming: Incoming
    ) -> IncomingBlob:
        """The picture as it is to be stored, which the caller keeps or discards.

        Args:
            blob: the picture as it came; it is left alone.

        Raises:
            BadRequest: the transformation cannot be run on it.
            NotFound: a layer's asset is missing.
            RateLimited: too much is being rendered.
        """
        asked = incoming.transformation or Transformation("", ())
        transformation = await expand(self._database, cloud, asked, self._limits)
        job = RenderJob(
            source=Source(
                data=blob.source(),
                format=inspection.format,
                width=inspection.width,
                height=inspection.height,
                pages=inspection.pages,
                faces=incoming.faces,
                custom=incoming.custom,
            ),
            transformation=transformation,
            extension=incoming.format or inspection.format,
            layers=await self._layers(cloud, transformation),
        )
        if inspection.width * inspection.height > self._engine.max_pixels:
            raise BadRequest(f"Image has more than {self._engine.max_pixels} pixels")
        held = inspection.width * inspection.height * inspection.pages
        try:
            rendering, made = await self._queue.render(held, self._render, job)
        except Overloaded as error:
            raise RateLimited(error.message) from error
        if rendering.format == "json":
            made.discard()
            raise BadRequest("fl_getinfo is not allowed in an incoming transformation")
        return made

    def _render(self, job: RenderJob) -> tuple[Rendering, IncomingBlob]:
        rendering = self._engine.renderer.render(job)
        blob = self._blobs.create()
        blob.write(rendering.data)
        return rendering, blob
