"""Use case: let the add-ons that a request names look at a picture."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from app.domain.addons import LABELS, AddonRequest
from app.domain.assets import Categorization
from app.domain.errors import RateLimited
from app.domain.images import InputSpec, Inspection, Pixels
from app.domain.ports import Imager, TaggingEngine, Workers

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Look:
    """What came of looking at a picture."""

    inspection: Inspection
    categorizations: tuple[Categorization, ...] = ()


class Categorizer:
    """Decodes a picture once and asks the engines behind the requested add-ons.

    Args:
        engines: add-on name to the engine that answers for it.
    """

    def __init__(
        self, engines: Mapping[str, TaggingEngine], imager: Imager, workers: Workers
    ) -> None:
        self._engines = engines
        self._imager = imager
        self._workers = workers

    def check(self, requests: tuple[AddonRequest, ...]) -> None:
        """Refuse add-ons that no engine answers for.

        Raises:
            RateLimited: the answer of an account without that subscription.
        """
        for request in requests:
            if request.addon not in self._engines:
                raise RateLimited(
                    f"You don't have an active subscription for {LABELS[request.addon]}"
                )

    async def look(self, source: bytes | Path, requests: tuple[AddonRequest, ...] = ()) -> Look:
        """Decode ``source`` and categorize it.

        Raises:
            InvalidImage: it cannot be decoded.
            BadRequest: it has too many pixels.
            RateLimited: an add-on without an engine, or too much work is waiting.
        """
        self.check(requests)
        return await self._workers.cpu(self._look, source, requests)

    def _look(self, source: bytes | Path, requests: tuple[AddonRequest, ...]) -> Look:
        engines = [self._engines[request.addon] for request in requests]
        specs = dict.fromkeys(engine.input for engine in engines)
        inspection = self._imager.inspect(source, tuple(specs))
        results = (
            self._ask(request, engine, inspection.inputs)
            for request, engine in zip(requests, engines, strict=True)
        )
        return Look(inspection, tuple(results))

    def _ask(
        self, request: AddonRequest, engine: TaggingEngine, inputs: Mapping[InputSpec, Pixels]
    ) -> Categorization:
        try:
            categories = tuple(engine.categorize(inputs[engine.input]))
        except Exception:
            # An engine that fails does not cost the upload: the add-on says so (CONTRACT C4).
            log.exception("engine %s failed", engine.name)
            return Categorization(
                request.addon, engine.name, engine.version, "failed", request.languages
            )
        return Categorization(
            request.addon, engine.name, engine.version, "complete", request.languages, categories
        )
